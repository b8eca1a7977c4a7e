//! URLs in a text, as far as they hold a password.

/// The addresses of a text's URLs: what follows each `://`.
pub fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1)
}

/// What may be the password of an address, `user:password@host…`: what stands
/// before the last `@` of its authority (RFC 3986, 3.2) and, as some libraries
/// let a password hold a bare `@` or `/`, what stands before the first `@` of all.
pub fn passwords(address: &str) -> impl Iterator<Item = &str> {
    let end = address.bytes().position(|byte| b"/?# ".contains(&byte)).unwrap_or(address.len());
    let ends = [address[..end].rfind('@'), address.find('@')];
    let password = |at: usize| address[..at].split_once(':').map(|(_, password)| password);
    ends.into_iter().flatten().filter_map(password).filter(|password| !password.is_empty())
}

/// A text without its `%20` and the like: each as what it stands for. What only
/// looks like one stays.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = escaped(rest).unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that `%XX` at the start stands for, and the rest (RFC 3986, 2.1).
pub fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

#[cfg(test)]
mod tests {
    use super::{addresses, decoded, passwords};

    fn found(text: &str) -> Vec<&str> {
        addresses(text).flat_map(passwords).collect()
    }

    #[test]
    fn a_password_stands_before_the_host() {
        assert_eq!(found("amqp://user:word@rabbit:5672//a;redis://:w2@r/0"), ["word", "word", "w2", "w2"]);
        assert_eq!(found("http://u@h:1/ http://u:@h/ amqp://rabbit:5672//"), [""; 0]);
        assert_eq!(found("user:word@host"), [""; 0]);
    }

    #[test]
    fn a_bare_at_or_slash_may_be_of_it() {
        assert_eq!(found("mysql://u:p@ss@h/db?a=b@c"), ["p@ss", "p"]);
        assert_eq!(found("postgres://u:a/b@h/db"), ["a/b"]);
    }

    #[test]
    fn escapes() {
        assert_eq!(decoded("a%20b%2Fc%zz%4%"), "a b/c%zz%4%");
    }
}
