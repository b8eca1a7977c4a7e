//! The subcommands, one file each, and the environment they run in.

mod apps;
pub mod history;
mod install;
mod log;
mod rollout;
pub mod status;

use crate::deploy::agent;
use crate::deploy::cli::{self, CliArgs, Subcommand};
use crate::deploy::error::Error;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::Caller;
use crate::deploy::settings::{self, DeploySettings, Sources};
use crate::deploy::transport::connect::AgentConnector;
use crate::deploy::transport::ssh::Ssh;
use crate::report;
use crate::runner::app::{AppName, Root};
use crate::runner::config::{self, ConfigRequest};
use crate::runner::system::LocalSystem;
use crate::sys::dir::{self, Scratch};
use crate::sys::passwd;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Looks up a variable by its name.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Hosts that do not respond, and why.
pub type Unreachable = Vec<(String, StepError)>;

/// Runs the subcommand of the arguments; returns the exit code.
pub(super) fn run(world: &World, arguments: &[OsString]) -> Result<u8, Error> {
    let CliArgs { root, shell, subcommand } = cli::parse(world, arguments)?;
    let world = &world.with_variable(config::SHELL, shell.as_deref().map(OsStr::new));
    let context = || CliContext::new(world, root.clone());
    match subcommand {
        Subcommand::Show(text) => Ok(print(&text)),
        Subcommand::Push(args) => rollout::push(&context()?, &args),
        Subcommand::Rollback(args) => rollout::rollback(&context()?, &args),
        Subcommand::Status { app, json } => status::run(&context()?, app.as_deref(), json),
        Subcommand::History { app } => history::run(&context()?, app.as_deref()),
        Subcommand::Log { app, push } => log::run(&context()?, app.as_deref(), push.as_deref()),
        Subcommand::Install { hosts } => Ok(install::run(&context()?, &hosts)),
        Subcommand::OnHost { app } => {
            let app = AppName::parse(app.as_ref()).map_err(Error::Name)?;
            agent::serve::serve(world, root, app);
            Ok(0)
        }
    }
}

/// What the subcommands need of this machine.
struct CliContext<'a> {
    world: &'a World,
    root: Root,
    /// The directory of the ssh control sockets; removed when this value is dropped.
    sockets: Scratch,
}

/// The longest path of a folder for sockets. The name of the socket is 80 bytes long, with the random name
/// of its folder, and a path has at most 107 bytes (unix(7)).
const MAX_SOCKETS_PARENT: usize = 27;

/// XDG_RUNTIME_DIR if it belongs to this user (under sudo it may be another user's), else `/tmp`.
fn sockets_parent(world: &World) -> &Path {
    let own = world.non_empty("XDG_RUNTIME_DIR").map(Path::new);
    let fits = |path: &&Path| path.is_absolute() && path.as_os_str().len() <= MAX_SOCKETS_PARENT;
    own.filter(fits).filter(|path| dir::belongs_to(path, world.euid)).unwrap_or(Path::new("/tmp"))
}

impl<'a> CliContext<'a> {
    fn new(world: &'a World, root: Root) -> Result<Self, Error> {
        let parent = sockets_parent(world);
        let sockets = Scratch::create_random(parent, "docker-deploy").map_err(|error| Error::ScratchDir {
            parent: parent.display().to_string(),
            text: error.to_string(),
        })?;
        Ok(Self { world, root, sockets })
    }

    fn env_var(&self, name: &str) -> Option<String> {
        self.world.variable(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn settings(&self, app: Option<&str>, pull: bool) -> Result<DeploySettings, Error> {
        let environment = |name: &str| self.env_var(name);
        let app = settings::resolve_app(app, &environment)?;
        let file = self.settings_file(&app)?;
        settings::resolve(app, pull, &Sources { environment: &environment, file: &*file })
    }

    /// The variables that `/etc/default/APP` of this machine sets. Errors
    /// other than of its language do not matter here: it may have no IMAGE or
    /// TAG, or this user may not be able to read it.
    fn settings_file(&self, app: &AppName) -> Result<Lookup, Error> {
        let wanted = ConfigRequest::for_app(self.world, app);
        let config = config::load(self.world, &LocalSystem::new(self.world), &self.root, &wanted);
        let is_language = |problem: &crate::runner::Error| matches!(problem, crate::runner::Error::Shell(_));
        if let Some(problem) = config.problems.into_iter().find(is_language) {
            return Err(Error::File(Box::new(problem)));
        }
        let scope = config.scope;
        Ok(Box::new(move |name: &str| {
            let variable = scope.variables.get(name).filter(|variable| variable.place.is_some())?;
            String::from_utf8(variable.string_value()?.bytes.clone()).ok()
        }))
    }

    /// The options that make agents and docker-runner read the apps' files as
    /// this process does.
    fn options(&self) -> Vec<String> {
        agent::app_host::runner_options(self.world, &self.root)
    }

    fn connector(&self, settings: &DeploySettings) -> AgentConnector {
        let ssh = self.ssh(settings.ssh_user.clone());
        AgentConnector { app: settings.app.clone(), options: self.options(), ssh }
    }

    fn ssh(&self, user: Option<String>) -> Ssh {
        Ssh { user, sockets: self.sockets.path().display().to_string() }
    }

    fn caller(&self) -> Caller {
        let uid = self.world.uid;
        let from_environment = ["SUDO_USER", "LOGNAME", "USER"].iter().find_map(|name| self.env_var(name));
        let from_passwd =
            || passwd::load_users().by_uid(uid).map(|user| user.name.to_string_lossy().into_owned());
        let user = from_environment.filter(|user| !user.is_empty()).or_else(from_passwd);
        let user = user.unwrap_or_else(|| uid.to_string());
        Caller { user, machine: self.world.hostname.to_string_lossy().into_owned(), pid: self.world.pid }
    }
}

/// Prints to standard output; returns the exit code.
fn print(text: &str) -> u8 {
    if report::print(text) { 0 } else { 125 }
}

/// Prints the hosts that did not respond, and what the others responded.
fn print_with_unreachable(text: &str, unreachable: &Unreachable) -> u8 {
    for (host, failure) in unreachable {
        report::eprint(&format!("docker-deploy: {host}: {failure}\n"));
    }
    let code = print(text);
    if unreachable.is_empty() { code } else { 125 }
}

#[cfg(test)]
mod tests {
    use super::{CliContext, Root};
    use crate::world::World;

    #[test]
    fn the_caller_is_the_user_before_sudo() {
        let who = |environment: &[(&str, &str)]| {
            let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
            let world = World { environment, pid: std::process::id(), ..World::default() };
            CliContext::new(&world, Root("/".into())).unwrap().caller().user
        };
        assert_eq!(who(&[("USER", "root"), ("SUDO_USER", "ann")]), "ann");
        // The name of user id 0 in /etc/passwd.
        assert_eq!(who(&[("LOGNAME", "")]), "root");
    }
}
