//! Which of the names we were called by.

use crate::error::Error;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What we are this time, and the arguments that are left for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applet {
    /// Whose pipeline runs.
    pub kind: AppletKind,
    /// The name we go by in messages.
    pub name: &'static str,
    /// The arguments after the name.
    pub arguments: Vec<OsString>,
}

/// The three jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppletKind {
    /// In the container: [`crate::entrypoint`].
    Entrypoint,
    /// On a host: [`crate::runner`].
    Runner,
    /// Across hosts: [`crate::deploy`].
    Deploy,
}

/// Every name, the only table of them.
pub const NAMES: [(&str, AppletKind); 4] = [
    ("docker-entrypoint", AppletKind::Entrypoint),
    ("run.sh", AppletKind::Entrypoint),
    ("docker-runner", AppletKind::Runner),
    ("docker-deploy", AppletKind::Deploy),
];

impl Applet {
    /// Decides by the exact file name of `argv[0]`; called by any other name,
    /// the first argument is the name.
    pub fn of(world: &World) -> Result<Self, Error> {
        let mut arguments = world.arguments.iter();
        let called = arguments.next().map(|name| file_name(name));
        if let Some((name, kind)) = called.and_then(lookup) {
            return Ok(Self { kind, name, arguments: arguments.cloned().collect() });
        }
        let first = arguments.next().ok_or(Error::NoName)?;
        let (name, kind) = lookup(first).ok_or_else(|| Error::UnknownName { name: first.clone() })?;
        Ok(Self { kind, name, arguments: arguments.cloned().collect() })
    }
}

fn lookup(name: &OsStr) -> Option<(&'static str, AppletKind)> {
    NAMES.into_iter().find(|(known, _)| name == *known)
}

fn file_name(path: &OsStr) -> &OsStr {
    Path::new(path).file_name().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{Applet, AppletKind};
    use crate::error::Error;
    use crate::world::World;

    fn called(arguments: &[&str]) -> Result<Applet, Error> {
        let arguments = arguments.iter().map(Into::into).collect();
        Applet::of(&World { arguments, ..World::default() })
    }

    #[test]
    fn the_file_name_decides() {
        let applet = called(&["/usr/local/bin/docker-runner", "antisocial"]).unwrap();
        assert_eq!((applet.kind, applet.name), (AppletKind::Runner, "docker-runner"));
        assert_eq!(applet.arguments, ["antisocial"]);
        assert_eq!(called(&["/run.sh"]).unwrap().kind, AppletKind::Entrypoint);
    }

    #[test]
    fn otherwise_the_first_argument_is_the_name() {
        let applet = called(&["busybox", "docker-deploy", "push"]).unwrap();
        assert_eq!((applet.kind, applet.arguments.len()), (AppletKind::Deploy, 1));
        assert!(matches!(called(&["busybox"]), Err(Error::NoName)));
        assert!(matches!(called(&["busybox", "docker-runner.old"]), Err(Error::UnknownName { .. })));
        assert!(matches!(called(&[]), Err(Error::NoName)));
    }
}
