//! Finds the passwords of all URLs in a text, so that they can be redacted.

use super::percent_byte;

/// The addresses of a text's URLs: what follows each `://`.
pub fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1)
}

/// What may be the password of an address, `user:password@host…`: the text before
/// the last `@` of its authority (RFC 3986, 3.2) and, since some libraries accept
/// an unencoded `@` or `/` in a password, the text before the first `@`.
pub fn passwords(address: &str) -> impl Iterator<Item = &str> {
    let end = address.bytes().position(|byte| b"/?# ".contains(&byte)).unwrap_or(address.len());
    let ends = [address[..end].rfind('@'), address.find('@')];
    let password = |at: usize| address[..at].split_once(':').map(|(_, password)| password);
    ends.into_iter().flatten().filter_map(password).filter(|password| !password.is_empty())
}

/// A text with each `%XX` replaced by its byte; an invalid one stays as it is.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = percent_byte(rest).unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{addresses, decoded, passwords};

    fn all_passwords(text: &str) -> Vec<&str> {
        addresses(text).flat_map(passwords).collect()
    }

    #[test]
    fn a_password_is_before_the_host() {
        assert_eq!(
            all_passwords("amqp://user:word@rabbit:5672//a;redis://:w2@r/0"),
            ["word", "word", "w2", "w2"]
        );
        assert_eq!(all_passwords("http://u@h:1/ http://u:@h/ amqp://rabbit:5672//"), [""; 0]);
        assert_eq!(all_passwords("user:word@host"), [""; 0]);
    }

    #[test]
    fn a_password_may_contain_an_unencoded_at_or_slash() {
        assert_eq!(all_passwords("mysql://u:p@ss@h/db?a=b@c"), ["p@ss", "p"]);
        assert_eq!(all_passwords("postgres://u:a/b@h/db"), ["a/b"]);
    }

    #[test]
    fn invalid_percent_encoding_stays() {
        assert_eq!(decoded("a%20b%2Fc%zz%4%"), "a b/c%zz%4%");
    }
}
