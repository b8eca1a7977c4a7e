//! ENTRYPOINT_USER: whom we run as where we were started as root.
//!
//! The rules for names, numbers and groups are those of `USER` in a Dockerfile
//! and of gosu: a number is always an id, a name has to be known, the groups that
//! list the user come along unless a group is named, of several lines the first
//! counts.

use super::environment::Environment;
use crate::report;
use crate::sys::group::{self, Groups};
use crate::sys::identity::{self, Identity};
use crate::sys::passwd::{self, Users};
use crate::world::World;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const VARIABLE: &str = "ENTRYPOINT_USER";

/// The largest id that a number may name where the image's files do not have it
/// (32-bit kernels and many file systems go no further, and the largest of all,
/// -1, means "leave as it is").
const MAX_UNLISTED_ID: i64 = i32::MAX as i64;

/// Why ENTRYPOINT_USER can't be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither `USER` nor `USER:GROUP`.
    #[error("ENTRYPOINT_USER={} is not of the form USER or USER:GROUP", report::name(.0))]
    Form(OsString),
    /// passwd does not know the name.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: /etc/passwd has no user of that name: add it to the image, or give a number",
        report::name(.0)
    )]
    User(OsString),
    /// The group file does not know the name.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: /etc/group has no group of that name: add it to the image, or give a number",
        report::name(.0)
    )]
    Group(OsString),
    /// A number that is no id.
    #[error("cannot run as ENTRYPOINT_USER={}: ids go from 0 to {MAX_UNLISTED_ID}", report::name(.0))]
    Range(OsString),
    /// We are not root, and someone else than we should be.
    #[error(
        "cannot run as ENTRYPOINT_USER={}: this is uid {uid}, and only root can change that: start the container as root, or unset ENTRYPOINT_USER",
        report::name(requested)
    )]
    NotRoot {
        /// What was asked for.
        requested: OsString,
        /// Who we are.
        uid: u32,
    },
    /// The kernel does not let us.
    #[error("cannot run as ENTRYPOINT_USER={}: {error}", report::name(requested))]
    Kernel {
        /// What was asked for.
        requested: OsString,
        /// What it says.
        error: identity::Error,
    },
}

/// Another user to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserSwitch {
    requested: OsString,
    identity: Identity,
    /// The login name, or the number of a user without one.
    name: OsString,
    home: PathBuf,
}

/// Becomes whom the environment names, and gives the world as that user sees it.
/// It comes before everything that looks at what a user may do.
pub(super) fn switch_user(world: &World) -> Result<(Cow<'_, World>, Option<UserSwitch>), Error> {
    if world.non_empty(VARIABLE).is_none() {
        return Ok((Cow::Borrowed(world), None));
    }
    match plan(world, identity::gid(), &passwd::load_users(), &group::load_groups())? {
        None => Ok((Cow::Borrowed(world), None)),
        Some(switch) => Ok((Cow::Owned(switch.apply(world)?), Some(switch))),
    }
}

/// Whom to become; `None` where nobody is named, or we are that already. `gid`
/// is our own group, for a number that passwd does not know.
pub(super) fn plan(
    world: &World,
    gid: u32,
    users: &Users,
    groups: &Groups,
) -> Result<Option<UserSwitch>, Error> {
    let Some(asked) = world.non_empty(VARIABLE) else { return Ok(None) };
    let switch = resolve(asked, world.uid, gid, users, groups)?;
    let target = &switch.identity;
    if world.uid == 0 && world.euid == 0 {
        Ok(Some(switch))
    } else if (world.uid, world.euid, gid) == (target.uid, target.uid, target.gid) {
        Ok(None)
    } else {
        Err(Error::NotRoot { requested: asked.to_owned(), uid: world.uid })
    }
}

fn resolve(asked: &OsStr, uid: u32, gid: u32, users: &Users, groups: &Groups) -> Result<UserSwitch, Error> {
    let text = asked.to_str().ok_or_else(|| Error::User(asked.to_owned()))?;
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    if group.contains(':') {
        return Err(Error::Form(asked.to_owned()));
    }
    let range = |number: i64| checked_id(number).ok_or_else(|| Error::Range(asked.to_owned()));
    let listed_user = |number: i64| users.by_uid(u32::try_from(number).ok()?);
    let listed_group = |number: i64| groups.by_gid(u32::try_from(number).ok()?);
    let (uid, known) = match user.parse::<i64>() {
        _ if user.is_empty() => (uid, users.by_uid(uid)),
        Ok(number) => match listed_user(number) {
            Some(known) => (known.uid, Some(known)),
            None => (range(number)?, None),
        },
        Err(_) => {
            let known = users.by_name(user).ok_or_else(|| Error::User(asked.to_owned()))?;
            (known.uid, Some(known))
        }
    };
    let (gid, groups) = match group.parse::<i64>() {
        _ if group.is_empty() => {
            let own = known.as_ref().map(|known| groups.gids_of_member(&known.name)).unwrap_or_default();
            (known.as_ref().map_or(gid, |known| known.gid), own)
        }
        Ok(number) => match listed_group(number) {
            Some(known) => (known.gid, Vec::new()),
            None => (range(number)?, Vec::new()),
        },
        Err(_) => {
            let known = groups.by_name(group).ok_or_else(|| Error::Group(asked.to_owned()))?;
            (known.gid, Vec::new())
        }
    };
    if [uid, gid].contains(&u32::MAX) {
        return Err(Error::Range(asked.to_owned()));
    }
    Ok(UserSwitch {
        requested: asked.to_owned(),
        identity: Identity { uid, gid, groups },
        name: known.as_ref().map_or_else(|| uid.to_string().into(), |known| known.name.clone()),
        home: known.map_or_else(|| "/".into(), |known| known.home),
    })
}

fn checked_id(number: i64) -> Option<u32> {
    (0..=MAX_UNLISTED_ID).contains(&number).then(|| u32::try_from(number).ok()).flatten()
}

impl UserSwitch {
    /// Becomes that user, and gives the world as that user sees it.
    pub(super) fn apply(&self, world: &World) -> Result<World, Error> {
        let refused = |error| Error::Kernel { requested: self.requested.clone(), error };
        self.identity.assume().map_err(refused)?;
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
        write!(f, "runs as {} (uid {uid}, gid {gid}", report::name(&self.name))?;
        let groups: Vec<String> = groups.iter().map(u32::to_string).collect();
        if groups.is_empty() { write!(f, ")") } else { write!(f, ", groups {})", groups.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, UserSwitch, plan};
    use crate::sys::{group, passwd};
    use crate::world::World;

    const USERS: &[u8] = b"root:x:0:0:root:/root:/bin/bash\ngames:x:5:60::/usr/games:/bin/sh\n\
        app:x:10001:0::/home/app:\nhuge:x:3000000000:3000000000::/huge:\n1000:x:77:77::/home/number:\ntwice:x:5:61::/second:\n";
    const GROUPS: &[u8] = b"root:x:0:\nusers:x:100:games,app\ngames:x:60:\nstaff:x:50:games\n\
        1000:x:88:\nroots:x:0:games\nhuge:x:3000000000:\n";

    fn asked(user: &str, uid: u32, gid: u32) -> Result<Option<UserSwitch>, Error> {
        let environment = vec![("ENTRYPOINT_USER".into(), user.into())];
        let world = World { environment, uid, euid: uid, ..World::default() };
        plan(&world, gid, &passwd::Users::from(USERS), &group::parse(GROUPS))
    }

    /// `uid:gid:groups NAME HOME`, as gosu has them.
    fn shown(user: &str) -> String {
        let UserSwitch { identity, name, home, .. } = asked(user, 0, 0).unwrap().unwrap();
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
            assert_eq!(shown(user), expected, "{user}");
        }
    }

    #[test]
    fn what_cannot_be() {
        let refused = |user| asked(user, 0, 0).unwrap_err();
        for user in ["bogus", "0day", " app", "app ", "99999999999999999999", "Root"] {
            assert_eq!(refused(user), Error::User(user.into()));
        }
        for user in ["app:bogus", "app:0day", "0:99999999999999999999"] {
            assert_eq!(refused(user), Error::Group(user.into()));
        }
        for user in ["-1", "2147483648", "4294967295", "app:-1", "app:3000000001", "app:4294967295"] {
            assert_eq!(refused(user), Error::Range(user.into()));
        }
        assert_eq!(refused("app:users:more"), Error::Form("app:users:more".into()));
    }

    #[test]
    fn only_root_may_change() {
        assert_eq!(asked("app", 10001, 0), Ok(None));
        assert_eq!(asked("10001:root", 10001, 0), Ok(None));
        assert_eq!(asked("", 10001, 0), Ok(None));
        assert_eq!(asked("games", 10001, 0), Err(Error::NotRoot { requested: "games".into(), uid: 10001 }));
        assert_eq!(
            asked("app:users", 10001, 0),
            Err(Error::NotRoot { requested: "app:users".into(), uid: 10001 })
        );
    }

    #[test]
    fn home_and_name_follow() {
        let pairs = [("HOME", "/root"), ("A", "b"), ("LOGNAME", "root")];
        let environment = pairs.map(|(name, value)| (name.into(), value.into())).to_vec();
        let world =
            asked("app", 0, 0).unwrap().unwrap().world_as_user(&World { environment, ..World::default() });
        let expected = [("HOME", "/home/app"), ("A", "b"), ("LOGNAME", "app"), ("USER", "app")];
        assert_eq!(world.environment, expected.map(|(name, value)| (name.into(), value.into())));
        assert_eq!((world.uid, world.euid, world.user_given), (10001, 10001, true));
    }
}
