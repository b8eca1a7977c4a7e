//! The groups of `/etc/group` (group(5)).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

pub const PATH: &str = "/etc/group";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: OsString,
    pub gid: u32,
    /// Login names. Users with this main group need not be listed.
    pub members: Vec<OsString>,
}

/// All groups of a group file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(Vec<Group>);

/// Parses the text of a group file. Invalid lines are skipped.
pub fn parse(text: &[u8]) -> Groups {
    Groups(text.split(|byte| *byte == b'\n').filter_map(parse_entry).collect())
}

/// The groups of this machine. Empty if the file does not exist or cannot be read.
pub fn load_groups() -> Groups {
    match super::files::read_regular(PATH.as_ref(), super::passwd::MAX_FILE_SIZE) {
        Ok(Some(content)) => parse(&content.bytes),
        Ok(None) | Err(_) => Groups::default(),
    }
}

impl Groups {
    /// The first group with this name, as in `getgrnam(3)`.
    pub fn by_name(&self, name: impl AsRef<OsStr>) -> Option<&Group> {
        self.0.iter().find(|group| group.name == name.as_ref())
    }

    /// The first group with this id, as in `getgrgid(3)`.
    pub fn by_gid(&self, gid: u32) -> Option<&Group> {
        self.0.iter().find(|group| group.gid == gid)
    }

    /// The ids of the groups that list the user, in the order of the file.
    pub fn gids_of_member(&self, user: &OsStr) -> Vec<u32> {
        let listing = self.0.iter().filter(|group| group.members.iter().any(|member| member == user));
        listing.map(|group| group.gid).collect()
    }
}

/// Parses `name:password:gid:member,member`. The last field may be missing. Blanks
/// around the line and a carriage return at its end are ignored.
fn parse_entry(line: &[u8]) -> Option<Group> {
    let mut fields = line.trim_ascii().split(|byte| *byte == b':');
    let name = fields.next().filter(|name| !name.is_empty() && !b"#+-".contains(&name[0]))?;
    let _password = fields.next()?;
    let gid = super::passwd::parse_id(fields.next()?)?;
    let members = fields.next().unwrap_or_default().split(|byte| *byte == b',');
    let members =
        members.filter(|member| !member.is_empty()).map(|member| OsStr::from_bytes(member).to_owned());
    Some(Group { name: OsStr::from_bytes(name).to_owned(), gid, members: members.collect() })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::ffi::OsStr;

    #[test]
    fn finds_groups_and_their_members() {
        let groups =
            parse(b"root:x:0:\n# app:x:9:app\nweb:x:33:app,www\nbad:x:3a:app\nmail:x:8:app,\ndos:x:9:www,app\r\nlast:x:70");
        assert_eq!(groups.by_name("web").unwrap().gid, 33);
        assert_eq!(groups.by_name("last").unwrap().gid, 70);
        assert!(groups.by_name("bad").is_none() && groups.by_gid(3).is_none());
        assert_eq!(groups.by_gid(8).unwrap().name, "mail");
        assert_eq!(groups.gids_of_member(OsStr::new("app")), [33, 8, 9]);
        assert!(groups.gids_of_member(OsStr::new("")).is_empty());
    }
}
