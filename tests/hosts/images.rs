//! What the hosts are made of: two images and the static binary, built once a run.

use crate::docker::docker;
use std::io::Write as _;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

/// What the scripts built.
pub(crate) struct Images {
    /// A server.
    pub(crate) host: String,
    /// A small app for it; `tests/hosts/site/docker-entrypoint` tells what it can do.
    pub(crate) site: String,
    /// The static binary's path on this machine.
    pub(crate) binary: String,
}

/// Builds what is not there yet; every test after the first finds it built.
pub(crate) fn images() -> &'static Images {
    static IMAGES: OnceLock<Images> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let _timed = Timed::start("building the images and the binary");
        script("scripts/binary.sh", &[]);
        let names = script("scripts/host-image.sh", &[]);
        let mut names = names.lines().map(str::to_owned);
        let binary = format!("{}/dist/{}/docker-runner", env!("CARGO_MANIFEST_DIR"), std::env::consts::ARCH);
        Images { host: names.next().unwrap(), site: names.next().unwrap(), binary }
    })
}

/// PostgreSQL and RabbitMQ, from the tests with a real engine.
pub(crate) const SERVERS: &str = "docker-runner-test-servers";

/// The example app's image and that of its servers, built where they are not there yet.
pub(crate) fn example() -> String {
    let release = std::env::var("DEBIAN").unwrap_or_else(|_| "trixie".to_owned());
    let name = format!("bookmarks:{release}");
    let missing = |image: &str| docker(["image", "inspect", image]).code != 0;
    if missing(&name) {
        let _timed = Timed::start("building the example app");
        script("scripts/images.sh", &[]);
        script("scripts/example-image.sh", &[&release]);
    }
    if missing(SERVERS) {
        script("scripts/servers-image.sh", &[]);
    }
    name
}

/// Tells a line past the capture of a test's output.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[track_caller]
fn script(path: &str, arguments: &[&str]) -> String {
    let output = Command::new(path).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Tells at its end how long something took, past the capture of a test's output.
pub(crate) struct Timed {
    what: String,
    since: Instant,
}

impl Timed {
    pub(crate) fn start(what: &str) -> Self {
        Self { what: what.to_owned(), since: Instant::now() }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let seconds = self.since.elapsed().as_secs_f32();
        tell(&format!("{seconds:7.1} s  {}", self.what));
    }
}
