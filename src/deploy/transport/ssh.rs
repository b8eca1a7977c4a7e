//! The ssh boundary: the only place where words become a shell line. ssh
//! joins the remote words with blanks, and the remote shell reads them again
//! (ssh(1)), so each is quoted.

use crate::deploy::agent::host_command::shell_line;

/// Where the binary is on a host.
pub const PLACE: &str = "/usr/local/bin";

/// Everything that an ssh call needs beside the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    /// The user, where ssh's own configuration is not to decide.
    pub user: Option<String>,
    /// A folder of our own for the sockets of shared connections.
    pub sockets: String,
}

impl Ssh {
    /// The local command that runs words on a host. One connection a host is
    /// shared by all calls, and ends with the first of them; a host that is
    /// gone is noticed after 20 s; nothing is asked at the terminal.
    pub fn command(&self, host: &str, words: &[String]) -> Vec<String> {
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
        let mut command = vec!["ssh".to_owned(), "-T".to_owned()];
        for option in options {
            command.extend(["-o".to_owned(), option.to_owned()]);
        }
        if let Some(user) = &self.user {
            command.extend(["-l".to_owned(), user.clone()]);
        }
        command.extend(["--".to_owned(), host.to_owned(), shell_line(words)]);
        command
    }
}

/// What installs the binary, read from standard input, on a host: beside its
/// place, then renamed over it, so that a running one is not disturbed. Where it
/// does not run there, nothing of it stays.
pub fn installer() -> Vec<String> {
    let steps = format!(
        "set -e; umask 022; new=$(mktemp {PLACE}/.docker-runner.XXXXXX); trap 'rm -f \"$new\"' EXIT; cat >\"$new\"; chmod 755 \"$new\"; \
         \"$new\" docker-deploy --version; mv -f \"$new\" {PLACE}/docker-runner; \
         for name in docker-deploy docker-entrypoint; do ln -sf docker-runner {PLACE}/$name; done"
    );
    let quoted = shell_line(&["sh".to_owned(), "-c".to_owned(), steps]);
    let as_root = format!("if [ \"$(id -u)\" = 0 ]; then {quoted}; else sudo -n {quoted}; fi");
    ["sh".to_owned(), "-c".to_owned(), as_root].to_vec()
}

#[cfg(test)]
mod tests {
    use super::Ssh;

    #[test]
    fn every_word_is_quoted_for_the_shell_at_the_other_end() {
        let ssh = Ssh { user: Some("deploy".into()), sockets: "/run/x".into() };
        let words = ["docker-deploy", "on-host", "a b", "$(id)"].map(str::to_owned);
        let command = ssh.command("web1", &words);
        assert_eq!(
            command[command.len() - 4..],
            ["deploy", "--", "web1", "docker-deploy on-host 'a b' '$(id)'"]
        );
        assert!(command.contains(&"ControlPath=/run/x/%C".to_owned()));
    }
}
