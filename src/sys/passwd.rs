//! Users, as `/etc/passwd` has them (passwd(5)). A static binary has no NSS,
//! and a container's users are the image's own.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The file itself.
pub const PATH: &str = "/etc/passwd";

/// The largest file we read, in bytes.
pub const LIMIT: u64 = 16 << 20;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: OsString,
    /// The user id.
    pub uid: u32,
    /// The id of the main group.
    pub gid: u32,
    /// The home folder; may be empty.
    pub home: PathBuf,
}

/// The text of a passwd file, which is parsed while a user is looked for. A line
/// that is no entry (a comment, a NIS entry `+::…`, an id that is not a number) is
/// passed over, as libc does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users(Vec<u8>);

/// The users of this machine; none where the file is not there or can't be read.
pub fn load_users() -> Users {
    match super::files::read_regular(PATH.as_ref(), LIMIT) {
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
    /// The user of that name; of several the first, as `getpwnam(3)` has it.
    pub fn by_name(&self, name: impl AsRef<OsStr>) -> Option<User> {
        self.find(&|entry| entry.name == name.as_ref().as_bytes())
    }

    /// The user with that id; of several the first, as `getpwuid(3)` has it.
    pub fn by_uid(&self, uid: u32) -> Option<User> {
        self.find(&|entry| entry.uid == uid)
    }

    fn find(&self, matches: &dyn Fn(&Entry<'_>) -> bool) -> Option<User> {
        let entry = self.0.split(|byte| *byte == b'\n').filter_map(parse_entry).find(matches)?;
        let (name, home) = (OsStr::from_bytes(entry.name).to_owned(), OsStr::from_bytes(entry.home).into());
        Some(User { name, uid: entry.uid, gid: entry.gid, home })
    }
}

/// A line of the file.
#[derive(Debug)]
struct Entry<'a> {
    name: &'a [u8],
    uid: u32,
    gid: u32,
    home: &'a [u8],
}

/// `name:password:uid:gid:comment:home:shell`; what comes after the ids may be
/// left out. Blanks around it do not count, nor does the end of a Windows line.
fn parse_entry(line: &[u8]) -> Option<Entry<'_>> {
    let mut fields = line.trim_ascii().split(|byte| *byte == b':');
    let name = fields.next().filter(|name| !name.is_empty() && !b"#+-".contains(&name[0]))?;
    let _password = fields.next()?;
    let (uid, gid) = (parse_id(fields.next()?)?, parse_id(fields.next()?)?);
    Some(Entry { name, uid, gid, home: fields.nth(1).unwrap_or_default() })
}

/// An id: decimal digits and nothing else.
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
    fn passes_over_what_is_no_user() {
        let users = Users::from(TEXT);
        assert!(["bad", "short", "+", "# a comment", ""].iter().all(|name| users.by_name(name).is_none()));
        assert!(Users::default().by_uid(0).is_none());
    }
}
