//! A unit for systemd (systemd.unit(5), systemd.service(5)).

use super::service::Service;
use std::ffi::OsStr;
use std::fmt::Write;

/// The text of the unit file.
pub fn render(service: &Service) -> String {
    let Service { name, description, docker, grace, timeout, .. } = service;
    let mut after = vec!["docker.service".to_owned(), "network-online.target".to_owned()];
    after.extend(service.after.iter().map(|unit| with_type(unit)));
    let wants: Vec<&str> = after.iter().skip(1).map(String::as_str).collect();
    let start: Vec<String> = service.start.iter().map(|word| argument(word)).collect();
    let docker = argument(OsStr::new(docker));
    let mut text =
        format!("# /etc/systemd/system/{name}.service\n[Unit]\nDescription={}\n", escaped(description));
    let _ = write!(
        text,
        "Requires=docker.service\n\
         Wants={wants}\n\
         After={after}\n\
         # Enough tries for a restart of dockerd. After that, another start does not help.\n\
         StartLimitIntervalSec=300\n\
         StartLimitBurst=10\n\
         \n\
         [Service]\n\
         Environment={extra}\n\
         # Remove a container that a killed client left running.\n\
         ExecStartPre=-{docker} stop -t {grace} {name}\n\
         ExecStartPre=-{docker} rm -f {name}\n\
         ExecStart={start}\n\
         # The start is complete when the container is healthy.\n\
         ExecStartPost=/bin/sh -c {gate}\n\
         ExecStop=-{docker} stop -t {grace} {name}\n\
         ExecStopPost=-{docker} rm -f {name}\n\
         TimeoutStartSec=300\n\
         TimeoutStopSec={timeout}\n\
         SuccessExitStatus=143\n\
         Restart=always\n\
         RestartSec=5\n\
         \n\
         # docker.service too, so that the unit starts again after docker was stopped and started.\n\
         [Install]\n\
         WantedBy=multi-user.target docker.service\n",
        wants = wants.join(" "),
        after = after.join(" "),
        extra = quoted(&format!("EXTRA={}", service.extra.to_string_lossy())),
        start = start.join(" "),
        gate = argument(OsStr::new(&service.gate())),
    );
    text
}

fn with_type(unit: &str) -> String {
    if unit.contains('.') { unit.to_owned() } else { format!("{unit}.service") }
}

/// A word of a command line, in which `$` would begin a variable.
fn argument(word: &OsStr) -> String {
    let text = word.to_string_lossy().replace('$', "$$");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,@+=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) { text } else { quoted(&text) }
}

/// In double quotes, with the escapes of C and without specifiers.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{}\"", escaped(&text))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}
