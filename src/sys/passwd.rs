//! The users of `/etc/passwd` (passwd(5)). A static binary has no NSS, and the users
//! of a container are in its image.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub const PATH: &str = "/etc/passwd";

/// The largest passwd or group file to read, in bytes.
pub const MAX_FILE_SIZE: u64 = 16 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: OsString,
    pub uid: u32,
    /// The id of the main group.
    pub gid: u32,
    /// The home folder. May be empty.
    pub home: PathBuf,
}

/// The text of a passwd file. Each search parses it line by line. Lines that are not
/// entries (a comment, a NIS entry `+::…`, an id that is not a number) are skipped, as
/// in libc.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users(Vec<u8>);

/// The users of this machine. Empty if the file does not exist or cannot be read.
pub fn load_users() -> Users {
    match super::files::read_regular(PATH.as_ref(), MAX_FILE_SIZE) {
        Ok(Some(content)) => Users(content.bytes),
        Ok(None) | Err(_) => Users::default(),
    }
}

impl From<&[u8]> for Users {
    fn from(text: &[u8]) -> Self {
        Self(text.to_owned())
    }
}

impl Users {
    /// The first user with this name, as in `getpwnam(3)`.
    pub fn by_name(&self, name: impl AsRef<OsStr>) -> Option<User> {
        self.find(&|entry| entry.name == name.as_ref().as_bytes())
    }

    /// The first user with this id, as in `getpwuid(3)`.
    pub fn by_uid(&self, uid: u32) -> Option<User> {
        self.find(&|entry| entry.uid == uid)
    }

    fn find(&self, matches: &dyn Fn(&Entry<'_>) -> bool) -> Option<User> {
        let entry = self.0.split(|byte| *byte == b'\n').filter_map(parse_entry).find(matches)?;
        let (name, home) = (OsStr::from_bytes(entry.name).to_owned(), OsStr::from_bytes(entry.home).into());
        Some(User { name, uid: entry.uid, gid: entry.gid, home })
    }
}

#[derive(Debug)]
struct Entry<'a> {
    name: &'a [u8],
    uid: u32,
    gid: u32,
    home: &'a [u8],
}

/// Parses `name:password:uid:gid:comment:home:shell`. The fields after the ids may be
/// missing. Blanks around the line and a carriage return at its end are ignored.
fn parse_entry(line: &[u8]) -> Option<Entry<'_>> {
    let mut fields = line.trim_ascii().split(|byte| *byte == b':');
    let name = fields.next().filter(|name| !name.is_empty() && !b"#+-".contains(&name[0]))?;
    let _password = fields.next()?;
    let (uid, gid) = (parse_id(fields.next()?)?, parse_id(fields.next()?)?);
    Some(Entry { name, uid, gid, home: fields.nth(1).unwrap_or_default() })
}

/// Parses an id, which consists of decimal digits only.
pub(super) fn parse_id(field: &[u8]) -> Option<u32> {
    let digits = !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(field).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{User, Users};

    const TEXT: &[u8] = b"root:x:0:0:root:/root:/bin/bash\n# a comment\n+::::::\n\
        app:x:10001:0::/home/app\nbad:x:12a:0::/:\nshort:x:1\ntoor:x:0:0::/home/toor:/bin/sh\n\
        bare:x:7:8\n \tdos:x:9:9::/dos \r";

    #[test]
    fn finds_by_name_and_by_id() {
        let users = Users::from(TEXT);
        let app = User { name: "app".into(), uid: 10001, gid: 0, home: "/home/app".into() };
        assert_eq!(users.by_name("app"), Some(app.clone()));
        assert_eq!(users.by_uid(10001), Some(app.clone()));
        assert_eq!(users.by_uid(0).unwrap().name, "root");
        assert_eq!(users.by_name("toor").unwrap().home.as_os_str(), "/home/toor");
        let bare = User { name: "bare".into(), uid: 7, gid: 8, home: "".into() };
        assert_eq!(users.by_name("bare"), Some(bare));
        assert_eq!(users.by_name("dos").unwrap().home.as_os_str(), "/dos");
    }

    #[test]
    fn skips_lines_that_are_not_entries() {
        let users = Users::from(TEXT);
        assert!(["bad", "short", "+", "# a comment", ""].iter().all(|name| users.by_name(name).is_none()));
        assert!(Users::default().by_uid(0).is_none());
    }
}
