//! What can go wrong before anything is tried; what goes wrong later is part
//! of a deploy's [`super::rollout::outcome::Outcome`].

use crate::report::{self, argument};
use crate::runner::app::InvalidName;
use crate::runner::image::TAG_RULE;

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is none.
    #[error("{text} (docker-deploy --help tells what there is)")]
    Usage {
        /// What is wrong with it.
        text: String,
    },
    /// No app.
    #[error("no app: give APP as an argument or in the environment")]
    NoApp,
    /// APP is no name.
    #[error(transparent)]
    Name(InvalidName),
    /// No tag.
    #[error("no tag: give TAG as an argument or in the environment")]
    NoTag,
    /// TAG is no tag.
    #[error("{} is no tag of Docker's: {TAG_RULE}", argument(tag))]
    Tag {
        /// What was given.
        tag: String,
    },
    /// A setting is no number.
    #[error("{name}={} is no number of seconds up to a day (86400)", report::name(value))]
    Number {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// A host's name is none.
    #[error("{} in {variable} is no host name", report::name(host))]
    HostName {
        /// The variable.
        variable: String,
        /// The name.
        host: String,
    },
    /// A role's name is none.
    #[error("{} in ROLES is no name", report::name(role))]
    RoleName {
        /// The name.
        role: String,
    },
    /// A role without hosts.
    #[error("no hosts for the role {role}: set {variable}")]
    NoRoleHosts {
        /// The role.
        role: String,
        /// Where they should stand.
        variable: String,
    },
    /// HOSTS and WEB_HOSTS differ.
    #[error("HOSTS and WEB_HOSTS name different web hosts: give one of them")]
    TwoLists,
    /// Two hosts for beat.
    #[error("BEAT_HOSTS names {first} and {second}, so every scheduled task would run twice: give one")]
    BeatTwice {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// A URL that can't be asked on a host.
    #[error("CHECK_URL {why}: each web host asks itself, as in http://127.0.0.1:8000/health")]
    CheckUrl {
        /// What is wrong with it.
        why: &'static str,
    },
    /// `/etc/default/APP` of this machine can't be used.
    #[error("{}", .0.render_above_excerpt())]
    File(Box<crate::runner::Error>),
    /// What the hosts have against it; told already, a line each.
    #[error("nothing was changed")]
    Troubles,
    /// Ctrl-C, before anything was done.
    #[error("interrupted: nothing was changed")]
    Interrupted,
    /// There is no older tag.
    #[error("no older tag of {app} is known: give TAG")]
    NoOlder {
        /// The app.
        app: String,
    },
    /// Nothing was pushed yet.
    #[error("no host of {app} has the log of a push: nothing was pushed yet")]
    NoLog {
        /// The app.
        app: String,
    },
    /// No such push.
    #[error(
        "no host of {app} has the log of a push {}: docker-deploy history {app} lists the pushes, of which the last \
         twenty have one",
        argument(id)
    )]
    NoPush {
        /// The app.
        app: String,
        /// What was asked for.
        id: String,
    },
    /// The host's side can't go on.
    #[error("cannot speak with the deployer: {text}")]
    Wire {
        /// What went wrong.
        text: String,
    },
}

impl Error {
    /// The exit code: 2 for what was asked wrongly, 125 where nothing was tried.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_)
            | Self::Troubles
            | Self::Interrupted
            | Self::NoOlder { .. }
            | Self::NoLog { .. }
            | Self::NoPush { .. }
            | Self::Wire { .. } => 125,
            _ => 2,
        }
    }

    /// The line of a file that is at fault.
    pub fn excerpt(&self) -> Option<&report::Excerpt> {
        match self {
            Self::File(error) => error.excerpt(),
            _ => None,
        }
    }
}
