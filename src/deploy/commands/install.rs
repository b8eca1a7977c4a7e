//! `install`: copies this binary to hosts. It is static, so nothing else is
//! needed.

use super::CliContext;
use crate::deploy::topology::LOCAL;
use crate::deploy::transport::ssh::{Ssh, install_command};
use crate::report;
use crate::sys::{child::Conversation, files, identity};
use std::io::Write;
use std::time::Duration;

/// More than the size of any build, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// How long a host may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What a copy of this binary prints.
const EXPECTED: &str = concat!("docker-deploy ", env!("CARGO_PKG_VERSION"));

/// Copies this binary to each host and checks that the copy runs. A failure on
/// one host does not affect the others. Returns the exit code.
pub(super) fn run(context: &CliContext<'_>, hosts: &[String]) -> u8 {
    let ssh = context.ssh(context.env_var("SSH_USER").filter(|user| !user.is_empty()));
    let binary = files::read_regular(&identity::binary(), MAX_SIZE).map_err(|error| error.to_string());
    let binary = binary.map(|content| content.map(|content| content.bytes).unwrap_or_default());
    let mut code = 0;
    for host in hosts {
        match binary.clone().and_then(|bytes| copy(&ssh, host, &bytes)) {
            Ok(version) => {
                let _ = report::print(&format!("{host}: {version}\n"));
            }
            Err(text) => {
                report::eprint(&format!("docker-deploy: cannot install on {host}: {text}\n"));
                code = 125;
            }
        }
    }
    code
}

/// Copies the binary to a host; returns the version that the copy prints.
fn copy(ssh: &Ssh, host: &str, bytes: &[u8]) -> Result<String, String> {
    let command = match host {
        LOCAL => install_command(),
        host => ssh.command(host, &install_command()),
    };
    let cannot_start = |error| format!("cannot start {}: {error}", command.program());
    let (mut child, mut input) =
        Conversation::start(command.program(), &command.argv()).map_err(cannot_start)?;
    // If the host does not read the binary, its error output says why.
    let _ = input.write_all(bytes);
    drop(input);
    let (mut last_output, mut last_error) = (String::new(), String::new());
    while let Ok((is_error, line)) = child.lines.recv_timeout(TIMEOUT) {
        let last = if is_error { &mut last_error } else { &mut last_output };
        *last = line;
    }
    let code = child.exit_code(TIMEOUT);
    if code.is_none() {
        child.kill();
    }
    version(code, last_output, last_error)
}

/// The version that the copy prints, by the exit code of the installation and
/// its last lines.
fn version(code: Option<i32>, last_output: String, last_error: String) -> Result<String, String> {
    match code {
        Some(0) if last_output == EXPECTED => Ok(last_output),
        Some(0) => Err(format!("the copy prints \"{last_output}\" instead of \"{EXPECTED}\"")),
        Some(_) if !last_error.is_empty() => Err(last_error),
        Some(code) => Err(format!("the installation exited with code {code}")),
        None => Err(format!("the installation timed out after {} s", TIMEOUT.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::{EXPECTED, version};

    #[test]
    fn the_result_of_an_installation() {
        let result = |code, output: &str, error: &str| version(code, output.to_owned(), error.to_owned());
        assert_eq!(result(Some(0), EXPECTED, "a warning"), Ok(EXPECTED.to_owned()));
        let other = format!("the copy prints \"other 1\" instead of \"{EXPECTED}\"");
        assert_eq!(result(Some(0), "other 1", ""), Err(other));
        assert_eq!(result(Some(1), EXPECTED, "no space left"), Err("no space left".to_owned()));
        assert_eq!(result(Some(3), "", ""), Err("the installation exited with code 3".to_owned()));
        assert_eq!(result(None, "", "x"), Err("the installation timed out after 120 s".to_owned()));
    }
}
