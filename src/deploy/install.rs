//! The binary copied to hosts: it is static, so that is all there is to it.

use super::error::Error;
use super::ssh::{Ssh, installer};
use crate::report;
use crate::sys::{files, identity, stream::Partner};
use std::io::Write;
use std::time::Duration;

/// Larger than any build of ours, in bytes.
const LARGEST: u64 = 64 << 20;

/// How long a host may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Copies ourselves to each host, and sees that it answers with our version.
pub fn install(ssh: &Ssh, hosts: &[String]) -> Result<(), Error> {
    let own = identity::binary();
    let failed = |host: &str, text: String| Error::Install { host: host.to_owned(), text };
    for host in hosts {
        let content = files::read(&own, LARGEST).map_err(|error| failed(host, error.to_string()))?;
        let bytes = content.map(|content| content.bytes).unwrap_or_default();
        let version = copy(ssh, host, &bytes).map_err(|text| failed(host, text))?;
        let _ = report::print(&format!("{host}: {version}\n"));
    }
    Ok(())
}

/// What the copied binary says about itself.
fn copy(ssh: &Ssh, host: &str, bytes: &[u8]) -> Result<String, String> {
    let ours = concat!("docker-deploy ", env!("CARGO_PKG_VERSION"));
    let words = ssh.command(host, &installer());
    let (mut partner, mut input) = Partner::start("ssh", &words).map_err(|error| error.to_string())?;
    // Where the host takes nothing, its own words say why.
    let _ = input.write_all(bytes);
    drop(input);
    let (mut said, mut last) = (String::new(), String::new());
    while let Ok((err, line)) = partner.lines.recv_timeout(LIMIT) {
        let kept = if err { &mut last } else { &mut said };
        *kept = line;
    }
    match partner.ended(LIMIT) {
        Some(0) if said == ours => Ok(said),
        Some(0) => Err(format!("it answers {said:?}, not {ours:?}")),
        Some(_) if !last.is_empty() => Err(last),
        Some(code) => Err(format!("the copy ended with {code}")),
        None => {
            partner.kill();
            Err("the copy does not end".into())
        }
    }
}
