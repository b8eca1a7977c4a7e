//! The images of the hosts and the static binary, built once a run.

use crate::docker::docker;
use std::io::Write as _;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

/// What the scripts have built.
pub(crate) struct Images {
    /// The image of a host.
    pub(crate) host: String,
    /// The image of a small app; `tests/hosts/site/docker-entrypoint` lists its faults.
    pub(crate) site: String,
    /// The path of the static binary on this machine.
    pub(crate) binary: String,
}

/// Builds what is missing, once a run.
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

/// PostgreSQL and RabbitMQ: the image of the engine tests.
pub(crate) const SERVERS: &str = "docker-runner-test-servers";

/// The name of the example app's image. Builds it and [`SERVERS`] if they are missing.
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

/// Prints a line that the test harness does not capture.
pub(crate) fn print_uncaptured(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[track_caller]
fn script(path: &str, arguments: &[&str]) -> String {
    let output = Command::new(path).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Prints, when dropped, how long something took.
pub(crate) struct Timed {
    name: String,
    since: Instant,
}

impl Timed {
    pub(crate) fn start(name: &str) -> Self {
        Self { name: name.to_owned(), since: Instant::now() }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let seconds = self.since.elapsed().as_secs_f32();
        print_uncaptured(&format!("{seconds:7.1} s  {}", self.name));
    }
}
