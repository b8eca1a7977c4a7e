//! The program's three names: `argv[0]` or the first argument selects the applet.

use crate::report;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The selected applet and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applet {
    pub kind: AppletKind,
    /// The name that messages begin with.
    pub name: &'static str,
    /// The arguments after the name.
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppletKind {
    /// In the container: [`crate::entrypoint`].
    Entrypoint,
    /// On a host: [`crate::runner`].
    Runner,
    /// Across hosts: [`crate::deploy`].
    Deploy,
}

/// Why no applet is selected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The program has another name, and there is no first argument.
    #[error(
        "called by an unknown name: give docker-entrypoint, docker-runner or docker-deploy as the first argument"
    )]
    NoName,
    /// The program has another name, and the first argument is not an applet's name.
    #[error("{} is not one of docker-entrypoint, docker-runner and docker-deploy", report::printable(name))]
    UnknownName { name: OsString },
}

/// Every name of an applet.
pub const NAMES: [(&str, AppletKind); 4] = [
    ("docker-entrypoint", AppletKind::Entrypoint),
    ("run.sh", AppletKind::Entrypoint),
    ("docker-runner", AppletKind::Runner),
    ("docker-deploy", AppletKind::Deploy),
];

impl Applet {
    /// Selects by the exact file name of `argv[0]`. If that is not an applet's
    /// name, the first argument is taken as the name.
    pub fn from_world(world: &World) -> Result<Self, Error> {
        let mut arguments = world.arguments.iter();
        let program = arguments.next().map(|name| file_name(name));
        if let Some((name, kind)) = program.and_then(lookup) {
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
    use super::{Applet, AppletKind, Error};
    use crate::world::World;

    fn select(arguments: &[&str]) -> Result<Applet, Error> {
        let arguments = arguments.iter().map(Into::into).collect();
        Applet::from_world(&World { arguments, ..World::default() })
    }

    #[test]
    fn selects_by_file_name() {
        let applet = select(&["/usr/local/bin/docker-runner", "antisocial"]).unwrap();
        assert_eq!((applet.kind, applet.name), (AppletKind::Runner, "docker-runner"));
        assert_eq!(applet.arguments, ["antisocial"]);
        assert_eq!(select(&["/run.sh"]).unwrap().kind, AppletKind::Entrypoint);
    }

    #[test]
    fn selects_by_first_argument_otherwise() {
        let applet = select(&["busybox", "docker-deploy", "push"]).unwrap();
        assert_eq!((applet.kind, applet.arguments.len()), (AppletKind::Deploy, 1));
        assert!(matches!(select(&["busybox"]), Err(Error::NoName)));
        assert!(matches!(select(&["busybox", "docker-runner.old"]), Err(Error::UnknownName { .. })));
        assert!(matches!(select(&[]), Err(Error::NoName)));
    }
}
