//! Errors before anything is tried. Later failures are part of a rollout's
//! [`super::rollout::outcome::Outcome`].

use crate::deploy::protocol::step_error::StepError;
use crate::report::{self, argument};
use crate::runner::app::InvalidName;
use crate::runner::image::TAG_RULE;

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is not valid.
    #[error("{text} (see docker-deploy --help)")]
    Usage { text: String },
    #[error("APP is not set: pass it as an argument or in the environment")]
    NoApp,
    /// APP is not a valid name.
    #[error(transparent)]
    Name(InvalidName),
    #[error("TAG is not set: pass it as an argument or in the environment")]
    NoTag,
    #[error("{} is not a valid Docker tag: {TAG_RULE}", argument(tag))]
    Tag { tag: String },
    #[error("{name}={} is not a number of seconds between 0 and 86400 (one day)", report::printable(value))]
    Number { name: &'static str, value: String },
    #[error("{} in {variable} is not a valid host name", report::printable(host))]
    HostName { variable: String, host: String },
    #[error("{} in ROLES is not a valid role name", report::printable(role))]
    RoleName { role: String },
    #[error("role {role} has no hosts: set {variable}")]
    NoRoleHosts {
        role: String,
        /// The variable that should list them.
        variable: String,
    },
    #[error("HOSTS and WEB_HOSTS name different hosts: set only one of them")]
    TwoLists,
    #[error("BEAT_HOSTS names {first} and {second}, and every scheduled task would run twice: name one host")]
    BeatTwice { first: String, second: String },
    /// CHECK_URL is not valid. The URL is not shown: it may hold a password.
    #[error(
        "CHECK_URL {reason}: each web host requests it from itself, for example http://127.0.0.1:8000/health"
    )]
    CheckUrl { reason: &'static str },
    /// `/etc/default/APP` of this machine is not valid.
    #[error("{}", .0.render_above_excerpt())]
    File(Box<crate::runner::Error>),
    /// Hosts have blockers, which are already reported, a line each.
    #[error("nothing was changed")]
    Blocked,
    /// Ctrl-C before anything was changed.
    #[error("interrupted: nothing was changed")]
    Interrupted,
    #[error("no earlier tag of {app} is recorded: pass TAG")]
    NoEarlierTag { app: String },
    #[error("no host of {app} has a push log: nothing has been pushed yet")]
    NoLog { app: String },
    #[error(
        "no host of {app} has a log of push {}: docker-deploy history {app} lists the pushes; the last twenty logs \
         are kept",
        argument(id)
    )]
    NoPush { app: String, id: String },
    /// The directory of the ssh control sockets.
    #[error("cannot create a directory for connections in {parent}: {text}")]
    ScratchDir { parent: String, text: String },
    #[error("cannot list the apps on this host: {failure}")]
    ListApps { failure: StepError },
}

impl Error {
    /// The exit code: 2 for invalid input, 125 if nothing was tried.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::NoApp
            | Self::Name(_)
            | Self::NoTag
            | Self::Tag { .. }
            | Self::Number { .. }
            | Self::HostName { .. }
            | Self::RoleName { .. }
            | Self::NoRoleHosts { .. }
            | Self::TwoLists
            | Self::BeatTwice { .. }
            | Self::CheckUrl { .. } => 2,
            Self::File(_)
            | Self::Blocked
            | Self::Interrupted
            | Self::NoEarlierTag { .. }
            | Self::NoLog { .. }
            | Self::NoPush { .. }
            | Self::ScratchDir { .. }
            | Self::ListApps { .. } => 125,
        }
    }

    /// The line at fault of `/etc/default/APP`.
    pub fn excerpt(&self) -> Option<&report::Excerpt> {
        if let Self::File(error) = self { error.excerpt() } else { None }
    }
}
