//! Starts agents: on this machine directly, on all other hosts through ssh.

use crate::deploy::agent::host_command::{HostCommand, Privilege};
use crate::deploy::host::{Clock, Connect, Host};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::topology::LOCAL;
use crate::deploy::transport::session::Session;
use crate::deploy::transport::ssh::{INSTALL_FOLDER, Ssh};
use crate::runner::app::AppName;
use crate::sys::{clock, identity};
use std::time::{Duration, Instant};

/// Connects to the agents of an app on real hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentConnector {
    pub app: AppName,
    /// The options that make the agent read the app's files as the deployer does.
    pub options: Vec<String>,
    pub ssh: Ssh,
}

impl AgentConnector {
    /// The local command that starts the agent of a host.
    pub fn agent_command(&self, host: &str) -> HostCommand {
        let local = host == LOCAL;
        let program = match local {
            true => identity::binary().display().to_string(),
            false => format!("{INSTALL_FOLDER}/docker-deploy"),
        };
        let app = self.app.to_string();
        let options = self.options.iter().map(String::as_str);
        let arguments = ["on-host"].into_iter().chain(options).chain([app.as_str()]);
        let command = HostCommand::new(Privilege::User, &program, arguments);
        if local { command } else { self.ssh.command(host, &command) }
    }
}

impl Connect for AgentConnector {
    fn connect_unless(&self, name: &str, stop: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError> {
        Ok(Box::new(Session::open(name, self.agent_command(name), stop)?))
    }
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        clock::unix_time()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock};
    use std::time::{Duration, Instant};

    #[test]
    fn the_clock_sleeps_and_has_the_time() {
        let (start, time) = (Instant::now(), Duration::from_millis(20));
        SystemClock.sleep(time);
        assert!(start.elapsed() >= time);
        assert!(SystemClock.now() > 1_700_000_000);
    }
}
