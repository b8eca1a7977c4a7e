//! A command for a host, as a value: the agent runs it, and `docker-deploy plan`
//! prints it.

use crate::shell::quote;

/// The rights that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    /// Those of the deploying user.
    User,
    /// Access to Docker.
    Docker,
    /// Those of root.
    Root,
}

/// Which rights the deploying user gets through sudo only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sudo {
    /// Access to Docker.
    pub docker: bool,
    /// Those of root.
    pub root: bool,
}

/// A command with its arguments. It inherits the agent's environment and
/// working folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCommand {
    program: String,
    arguments: Vec<String>,
    privilege: Privilege,
}

impl HostCommand {
    /// A command that needs these rights.
    pub fn new<'a>(
        privilege: Privilege,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Self { program: program.to_owned(), arguments, privilege }
    }

    /// The program and its arguments.
    pub fn argv(&self) -> Vec<&str> {
        std::iter::once(&self.program).chain(&self.arguments).map(String::as_str).collect()
    }

    /// The program as it is looked up on PATH.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The command, run through `sudo -n` if its rights need that.
    pub fn elevated(self, sudo: Sudo) -> Self {
        let needs_sudo = match self.privilege {
            Privilege::User => false,
            Privilege::Docker => sudo.docker,
            Privilege::Root => sudo.root,
        };
        if needs_sudo { self.through_sudo(&[]) } else { self }
    }

    /// The command through sudo, which never asks for a password (`-n`).
    pub fn through_sudo(&self, options: &[&str]) -> Self {
        let arguments = ["-n"].iter().chain(options).copied().chain(self.argv());
        Self::new(Privilege::User, "sudo", arguments)
    }
}

/// The command as one line for a POSIX shell, quoted if necessary.
impl std::fmt::Display for HostCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self.argv().into_iter().map(|word| quote::word(word.as_ref()));
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::{HostCommand, Privilege, Sudo};

    #[test]
    fn the_program_is_the_first_word() {
        let command = HostCommand::new(Privilege::User, "a", ["b"]);
        assert_eq!((command.program(), command.argv()), ("a", vec!["a", "b"]));
    }

    #[test]
    fn sudo_is_used_for_missing_rights_only() {
        let (docker, root) = (Sudo { docker: true, root: false }, Sudo { docker: false, root: true });
        let line = |privilege, sudo| HostCommand::new(privilege, "a", ["b c"]).elevated(sudo).to_string();
        assert_eq!(line(Privilege::User, docker), "a 'b c'");
        assert_eq!(line(Privilege::Docker, root), "a 'b c'");
        assert_eq!(line(Privilege::Docker, docker), "sudo -n a 'b c'");
        assert_eq!(line(Privilege::Root, docker), "a 'b c'");
        assert_eq!(line(Privilege::Root, root), "sudo -n a 'b c'");
    }
}
