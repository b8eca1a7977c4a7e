//! The binary copied to hosts: it is static, so that is all there is to it.

use crate::deploy::topology::LOCAL;
use crate::deploy::transport::ssh::{Ssh, installer};
use crate::report;
use crate::sys::{child::Conversation, files, identity};
use std::io::Write;
use std::time::Duration;

/// Larger than any build of ours, in bytes.
const LARGEST: u64 = 64 << 20;

/// How long a host may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Copies ourselves to each host, and sees that it answers with our version.
/// What fails on one is told, and the others have their turn; the result is
/// the exit code.
pub fn install(ssh: &Ssh, hosts: &[String]) -> u8 {
    let own = files::read(&identity::binary(), LARGEST).map_err(|error| error.to_string());
    let own = own.map(|content| content.map(|content| content.bytes).unwrap_or_default());
    let mut code = 0;
    for host in hosts {
        match own.clone().and_then(|bytes| copy(ssh, host, &bytes)) {
            Ok(version) => {
                let _ = report::print(&format!("{host}: {version}\n"));
            }
            Err(text) => {
                report::tell(&format!("docker-deploy: cannot install on {host}: {text}\n"));
                code = 125;
            }
        }
    }
    code
}

/// What the copied binary says about itself.
fn copy(ssh: &Ssh, host: &str, bytes: &[u8]) -> Result<String, String> {
    let ours = concat!("docker-deploy ", env!("CARGO_PKG_VERSION"));
    let words = if host == LOCAL { installer() } else { ssh.command(host, &installer()) };
    let name = if host == LOCAL { "sh" } else { "ssh" };
    let cannot_start = |error| format!("cannot start {name}: {error}");
    let (mut partner, mut input) = Conversation::start(name, &words).map_err(cannot_start)?;
    // Where the host takes nothing, its own words say why.
    let _ = input.write_all(bytes);
    drop(input);
    let (mut said, mut last) = (String::new(), String::new());
    while let Ok((err, line)) = partner.lines.recv_timeout(LIMIT) {
        let kept = if err { &mut last } else { &mut said };
        *kept = line;
    }
    match partner.exit_code(LIMIT) {
        Some(0) if said == ours => Ok(said),
        Some(0) => Err(format!("it answers \"{said}\", not \"{ours}\"")),
        Some(_) if !last.is_empty() => Err(last),
        Some(code) => Err(format!("the copy ended with {code}")),
        None => {
            partner.kill();
            Err("the copy does not end".into())
        }
    }
}
