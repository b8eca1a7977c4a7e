//! How hosts are reached: this machine without ssh, all others with it.

use crate::deploy::host::{Clock, Connect, Host};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::topology::LOCAL;
use crate::deploy::transport::session::Session;
use crate::deploy::transport::ssh::{PLACE, Ssh};
use crate::runner::app::Name;
use crate::sys::{clock, identity};
use std::time::Duration;

/// The hosts of an app, as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Real {
    /// The app.
    pub app: Name,
    /// What tells the host's side how the app's files are read.
    pub options: Vec<String>,
    /// How ssh is called.
    pub ssh: Ssh,
}

impl Real {
    /// The local command whose child is the host's side of a host.
    pub fn words(&self, host: &str) -> Vec<String> {
        let local = host == LOCAL;
        let program = match local {
            true => identity::binary().display().to_string(),
            false => format!("{PLACE}/docker-deploy"),
        };
        let mut words = vec![program, "on-host".to_owned()];
        words.extend(self.options.iter().cloned());
        words.push(self.app.to_string());
        if local { words } else { self.ssh.command(host, &words) }
    }
}

impl Connect for Real {
    fn connect_unless(&self, name: &str, stop: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError> {
        Ok(Box::new(Session::open(name, self.words(name), stop)?))
    }
}

/// The real time.
#[derive(Debug, Clone, Copy)]
pub struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> u64 {
        clock::unix_time()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
