//! Passwords of URLs in a text.

/// What follows each `://` in a text: the URLs without their schemes.
pub fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1)
}

/// The possible passwords of an address `user:password@host…`: the one before the
/// last `@` of its authority (RFC 3986, 3.2), and the one before its first `@`,
/// because some libraries allow a bare `@` or `/` in a password.
pub fn passwords(address: &str) -> impl Iterator<Item = &str> {
    let end = address.bytes().position(|byte| b"/?# ".contains(&byte)).unwrap_or(address.len());
    let ends = [address[..end].rfind('@'), address.find('@')];
    let password = |at: usize| address[..at].split_once(':').map(|(_, password)| password);
    ends.into_iter().flatten().filter_map(password).filter(|password| !password.is_empty())
}

/// Decodes `%20` and the like. A `%` without two hexadecimal digits is kept.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = percent_decoded_byte(rest).unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Decodes a `%XX` at the start (RFC 3986, 2.1): the byte, and the rest of the text.
pub fn percent_decoded_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

#[cfg(test)]
mod tests {
    use super::{addresses, passwords, percent_decoded};

    fn found(text: &str) -> Vec<&str> {
        addresses(text).flat_map(passwords).collect()
    }

    #[test]
    fn finds_a_password_before_the_host() {
        assert_eq!(found("amqp://user:word@rabbit:5672//a;redis://:w2@r/0"), ["word", "word", "w2", "w2"]);
        assert_eq!(found("http://u@h:1/ http://u:@h/ amqp://rabbit:5672//"), [""; 0]);
        assert_eq!(found("user:word@host"), [""; 0]);
    }

    #[test]
    fn finds_a_password_with_a_bare_at_or_slash() {
        assert_eq!(found("mysql://u:p@ss@h/db?a=b@c"), ["p@ss", "p"]);
        assert_eq!(found("postgres://u:a/b@h/db"), ["a/b"]);
    }

    #[test]
    fn decodes_percent_escapes() {
        assert_eq!(percent_decoded("a%20b%2Fc%zz%4%"), "a b/c%zz%4%");
    }
}
