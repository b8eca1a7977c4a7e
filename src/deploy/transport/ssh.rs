//! The command line of ssh. ssh joins the remote arguments with spaces, and the remote shell splits
//! them again (ssh(1)), so each argument is quoted.

use crate::deploy::agent::host_command::{HostCommand, Privilege};

/// The folder of the binary on a host.
pub const INSTALL_FOLDER: &str = "/usr/local/bin";

/// The settings of ssh that are the same for all hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    /// The remote user; `None` for the one in ssh's configuration.
    pub user: Option<String>,
    /// The folder for the sockets of shared connections.
    pub sockets: String,
}

impl Ssh {
    /// The local command that runs a command on a host. All calls for a host share one connection,
    /// which ends with the first of them. A connection without a response is closed after 20 s. ssh
    /// never asks for a password.
    pub fn command(&self, host: &str, remote: &HostCommand) -> HostCommand {
        let socket = format!("ControlPath={}/%C", self.sockets);
        let options = [
            "BatchMode=yes",
            "ConnectTimeout=15",
            "ServerAliveInterval=5",
            "ServerAliveCountMax=4",
            "ControlMaster=auto",
            "ControlPersist=no",
            &socket,
        ];
        let remote = remote.to_string();
        let mut arguments = vec!["-T"];
        arguments.extend(options.iter().flat_map(|option| ["-o", option]));
        if let Some(user) = &self.user {
            arguments.extend(["-l", user]);
        }
        arguments.extend(["--", host, &remote]);
        HostCommand::new(Privilege::User, "ssh", arguments)
    }
}

/// The command that installs the binary from its standard input. It writes a temporary file, runs
/// it once, and renames it, so that running processes keep the old binary. If the binary does not
/// run on the host, the temporary file is removed.
pub fn install_command() -> HostCommand {
    let script = format!(
        "set -e; umask 022; new=$(mktemp {INSTALL_FOLDER}/.docker-runner.XXXXXX); trap 'rm -f \"$new\"' EXIT; cat >\"$new\"; chmod 755 \"$new\"; \
         \"$new\" docker-deploy --version; mv -f \"$new\" {INSTALL_FOLDER}/docker-runner; \
         for name in docker-deploy docker-entrypoint; do ln -sf docker-runner {INSTALL_FOLDER}/$name; done"
    );
    let quoted = HostCommand::new(Privilege::User, "sh", ["-c", &script]);
    let as_root = format!("if [ \"$(id -u)\" = 0 ]; then {quoted}; else sudo -n {quoted}; fi");
    HostCommand::new(Privilege::User, "sh", ["-c", &as_root])
}

#[cfg(test)]
mod tests {
    use super::{HostCommand, Privilege, Ssh};

    #[test]
    fn each_argument_is_quoted_for_the_remote_shell() {
        let ssh = Ssh { user: Some("deploy".into()), sockets: "/run/x".into() };
        let remote = HostCommand::new(Privilege::User, "docker-deploy", ["on-host", "a b", "$(id)"]);
        let command = ssh.command("web1", &remote);
        let command = command.argv();
        assert_eq!(
            command[command.len() - 4..],
            ["deploy", "--", "web1", "docker-deploy on-host 'a b' '$(id)'"]
        );
        assert!(command.contains(&"ControlPath=/run/x/%C"));
    }
}
