//! ENTRYPOINT_USER: the user to run as if the container was started as root.
//!
//! The rules for names, numbers and groups are those of `USER` in a Dockerfile and of
//! gosu: a number is always an id, a name must exist in the image, the groups that list
//! the user are added unless a group is named, and the first of several lines applies.

use super::env_var::{Name, Variables};
use super::environment::Environment;
use crate::report;
use crate::sys::group::{self, Groups};
use crate::sys::identity::{self, Identity};
use crate::sys::passwd::{self, Users};
use crate::world::World;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The largest number that is accepted as an id without an entry in passwd or group.
/// 32-bit kernels and many file systems support no larger ids, and the largest of all,
/// -1, means "leave unchanged".
const MAX_UNLISTED_ID: i64 = i32::MAX as i64;

/// Why the process cannot run as ENTRYPOINT_USER.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither `USER` nor `USER:GROUP`.
    #[error("ENTRYPOINT_USER={} must have the form USER or USER:GROUP", report::printable(.0))]
    Form(OsString),
    /// passwd has no user with this name.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: /etc/passwd has no user with this name: add it to the image, or use a number",
        report::printable(.0)
    )]
    User(OsString),
    /// The group file has no group with this name.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: /etc/group has no group with this name: add it to the image, or use a number",
        report::printable(.0)
    )]
    Group(OsString),
    /// A number outside of the range of ids.
    #[error("cannot run as ENTRYPOINT_USER={}: an id must be from 0 to {MAX_UNLISTED_ID}", report::printable(.0))]
    Range(OsString),
    /// The process is neither root nor the requested user.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: the current user is uid {uid}, and only root can change it: start the container as root, or unset ENTRYPOINT_USER",
        report::printable(requested)
    )]
    NotRoot {
        /// The value of ENTRYPOINT_USER.
        requested: OsString,
        /// The current user id.
        uid: u32,
    },
    /// A system call failed or had no effect.
    #[error("cannot run as ENTRYPOINT_USER={}: {error}", report::printable(requested))]
    Kernel {
        /// The value of ENTRYPOINT_USER.
        requested: OsString,
        error: identity::Error,
    },
}

/// A change to another user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserSwitch {
    requested: OsString,
    identity: Identity,
    /// The login name, or the number of a user without an entry in passwd.
    name: OsString,
    home: PathBuf,
}

/// Changes to the user that ENTRYPOINT_USER names, and returns the world of that user. Call
/// it before anything that checks permissions.
pub(super) fn switch_user<'a>(
    variables: &Variables,
    world: &'a World,
) -> Result<(Cow<'a, World>, Option<UserSwitch>), Error> {
    if variables.bytes(Name::EntrypointUser).is_none() {
        return Ok((Cow::Borrowed(world), None));
    }
    match plan(variables, world, identity::gid(), &passwd::load_users(), &group::load_groups())? {
        None => Ok((Cow::Borrowed(world), None)),
        Some(switch) => Ok((Cow::Owned(switch.apply(world)?), Some(switch))),
    }
}

/// The user to change to; `None` if ENTRYPOINT_USER is unset, or names the current user.
/// `gid` is the current group, the default for a number without an entry in passwd.
pub(super) fn plan(
    variables: &Variables,
    world: &World,
    gid: u32,
    users: &Users,
    groups: &Groups,
) -> Result<Option<UserSwitch>, Error> {
    let Some(requested) = variables.bytes(Name::EntrypointUser) else { return Ok(None) };
    let switch = resolve(requested, world.uid, gid, users, groups)?;
    let target = &switch.identity;
    if world.uid == 0 && world.euid == 0 {
        Ok(Some(switch))
    } else if (world.uid, world.euid, gid) == (target.uid, target.uid, target.gid) {
        Ok(None)
    } else {
        Err(Error::NotRoot { requested: requested.to_owned(), uid: world.uid })
    }
}

fn resolve(
    requested: &OsStr,
    uid: u32,
    gid: u32,
    users: &Users,
    groups: &Groups,
) -> Result<UserSwitch, Error> {
    let text = requested.to_str().ok_or_else(|| Error::User(requested.to_owned()))?;
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    if group.contains(':') {
        return Err(Error::Form(requested.to_owned()));
    }
    let unlisted_id = |number: i64| checked_id(number).ok_or_else(|| Error::Range(requested.to_owned()));
    let listed_user = |number: i64| users.by_uid(u32::try_from(number).ok()?);
    let listed_group = |number: i64| groups.by_gid(u32::try_from(number).ok()?);
    let (uid, known) = match user.parse::<i64>() {
        _ if user.is_empty() => (uid, users.by_uid(uid)),
        Ok(number) => match listed_user(number) {
            Some(known) => (known.uid, Some(known)),
            None => (unlisted_id(number)?, None),
        },
        Err(_) => {
            let known = users.by_name(user).ok_or_else(|| Error::User(requested.to_owned()))?;
            (known.uid, Some(known))
        }
    };
    let (gid, groups) = match group.parse::<i64>() {
        _ if group.is_empty() => {
            let listed_in =
                known.as_ref().map(|known| groups.gids_of_member(&known.name)).unwrap_or_default();
            (known.as_ref().map_or(gid, |known| known.gid), listed_in)
        }
        Ok(number) => match listed_group(number) {
            Some(known) => (known.gid, Vec::new()),
            None => (unlisted_id(number)?, Vec::new()),
        },
        Err(_) => {
            let known = groups.by_name(group).ok_or_else(|| Error::Group(requested.to_owned()))?;
            (known.gid, Vec::new())
        }
    };
    if [uid, gid].contains(&u32::MAX) {
        return Err(Error::Range(requested.to_owned()));
    }
    Ok(UserSwitch {
        requested: requested.to_owned(),
        identity: Identity { uid, gid, groups },
        name: known.as_ref().map_or_else(|| uid.to_string().into(), |known| known.name.clone()),
        home: known.map_or_else(|| "/".into(), |known| known.home),
    })
}

/// The number as an id, if it is in the range of ids without an entry.
fn checked_id(number: i64) -> Option<u32> {
    (0..=MAX_UNLISTED_ID).contains(&number).then(|| u32::try_from(number).ok()).flatten()
}

impl UserSwitch {
    /// Changes to the user, and returns the world of that user.
    pub(super) fn apply(&self, world: &World) -> Result<World, Error> {
        let failed = |error| Error::Kernel { requested: self.requested.clone(), error };
        self.identity.assume().map_err(failed)?;
        Ok(self.world_as_user(world))
    }

    fn world_as_user(&self, world: &World) -> World {
        let mut environment = Environment::new(&world.environment);
        environment.set("HOME", &self.home);
        environment.set("USER", &self.name);
        environment.set("LOGNAME", &self.name);
        let uid = self.identity.uid;
        World { environment: environment.into_variables(), uid, euid: uid, user_given: true, ..world.clone() }
    }
}

impl std::fmt::Display for UserSwitch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Identity { uid, gid, groups } = &self.identity;
        write!(f, "runs as {} (uid {uid}, gid {gid}", report::printable(&self.name))?;
        let groups: Vec<String> = groups.iter().map(u32::to_string).collect();
        if groups.is_empty() { write!(f, ")") } else { write!(f, ", groups {})", groups.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, UserSwitch, plan};
    use crate::entrypoint::env_var::Variables;
    use crate::sys::{group, passwd};
    use crate::world::World;

    const USERS: &[u8] = b"root:x:0:0:root:/root:/bin/bash\ngames:x:5:60::/usr/games:/bin/sh\n\
        app:x:10001:0::/home/app:\nhuge:x:3000000000:3000000000::/huge:\n1000:x:77:77::/home/number:\ntwice:x:5:61::/second:\n";
    const GROUPS: &[u8] = b"root:x:0:\nusers:x:100:games,app\ngames:x:60:\nstaff:x:50:games\n\
        1000:x:88:\nroots:x:0:games\nhuge:x:3000000000:\n";

    fn plan_for(user: &str, uid: u32, gid: u32) -> Result<Option<UserSwitch>, Error> {
        let world = World { uid, euid: uid, ..World::default() };
        let variables = Variables::from_env(&[("ENTRYPOINT_USER".into(), user.into())]).unwrap();
        plan(&variables, &world, gid, &passwd::Users::from(USERS), &group::parse(GROUPS))
    }

    /// `UID:GID:GROUPS NAME HOME`.
    fn describe(user: &str) -> String {
        let UserSwitch { identity, name, home, .. } = plan_for(user, 0, 0).unwrap().unwrap();
        format!(
            "{}:{}:{:?} {} {}",
            identity.uid,
            identity.gid,
            identity.groups,
            name.display(),
            home.display()
        )
    }

    #[test]
    fn names_numbers_and_groups() {
        for (user, expected) in [
            ("root", "0:0:[] root /root"),
            ("games", "5:60:[100, 50, 0] games /usr/games"),
            ("5", "5:60:[100, 50, 0] games /usr/games"),
            ("+005", "5:60:[100, 50, 0] games /usr/games"),
            ("games:", "5:60:[100, 50, 0] games /usr/games"),
            ("games:root", "5:0:[] games /usr/games"),
            ("games:50", "5:50:[] games /usr/games"),
            ("games:4242", "5:4242:[] games /usr/games"),
            ("app", "10001:0:[100] app /home/app"),
            ("1000", "1000:0:[] 1000 /"),
            ("1000:1000", "1000:1000:[] 1000 /"),
            ("1000:staff", "1000:50:[] 1000 /"),
            (":staff", "0:50:[] root /root"),
            (":", "0:0:[] root /root"),
            ("2147483647", "2147483647:0:[] 2147483647 /"),
            ("3000000000", "3000000000:3000000000:[] huge /huge"),
            ("1:3000000000", "1:3000000000:[] 1 /"),
        ] {
            assert_eq!(describe(user), expected, "{user}");
        }
    }

    #[test]
    fn rejects_unknown_names_and_invalid_ids() {
        let error_for = |user| plan_for(user, 0, 0).unwrap_err();
        for user in ["bogus", "0day", " app", "app ", "99999999999999999999", "Root"] {
            assert_eq!(error_for(user), Error::User(user.into()));
        }
        for user in ["app:bogus", "app:0day", "0:99999999999999999999"] {
            assert_eq!(error_for(user), Error::Group(user.into()));
        }
        for user in ["-1", "2147483648", "4294967295", "app:-1", "app:3000000001", "app:4294967295"] {
            assert_eq!(error_for(user), Error::Range(user.into()));
        }
        assert_eq!(error_for("app:users:more"), Error::Form("app:users:more".into()));
    }

    #[test]
    fn only_root_can_change_the_user() {
        assert_eq!(plan_for("app", 10001, 0), Ok(None));
        assert_eq!(plan_for("10001:root", 10001, 0), Ok(None));
        assert_eq!(plan_for("", 10001, 0), Ok(None));
        assert_eq!(
            plan_for("games", 10001, 0),
            Err(Error::NotRoot { requested: "games".into(), uid: 10001 })
        );
        assert_eq!(
            plan_for("app:users", 10001, 0),
            Err(Error::NotRoot { requested: "app:users".into(), uid: 10001 })
        );
    }

    #[test]
    fn the_world_has_the_home_and_name_of_the_user() {
        let pairs = [("HOME", "/root"), ("A", "b"), ("LOGNAME", "root")];
        let environment = pairs.map(|(name, value)| (name.into(), value.into())).to_vec();
        let world =
            plan_for("app", 0, 0).unwrap().unwrap().world_as_user(&World { environment, ..World::default() });
        let expected = [("HOME", "/home/app"), ("A", "b"), ("LOGNAME", "app"), ("USER", "app")];
        assert_eq!(world.environment, expected.map(|(name, value)| (name.into(), value.into())));
        assert_eq!((world.uid, world.euid, world.user_given), (10001, 10001, true));
    }
}
