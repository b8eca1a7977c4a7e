//! `docker-deploy` with hosts that are directories, and scripts in place of
//! docker, systemctl, nginx, ssh and sudo.

mod hostile;
mod install;
mod nginx;
mod plan;
mod push;
mod screen;
mod status;
mod usage;
mod versions;

use crate::run::{Test, binary};

/// The prefix of a command that needs root.
fn sudo() -> &'static str {
    if nix::unistd::geteuid().is_root() { "" } else { "sudo -n " }
}

/// A machine whose root is the test's folder, without apps.
fn bare() -> Test {
    Test::new("docker-deploy")
        .env("DOCKER_RUNNER_ROOT", "[folder]")
        .env("PATH", "[folder]/bin:/usr/bin:/bin")
        .env("LOGNAME", "ann")
        .link("bin/docker-deploy", binary())
        .program("bin/docker", include_str!("programs/docker"))
        .program("bin/systemctl", include_str!("programs/systemctl"))
        .program("bin/nginx", include_str!("programs/nginx"))
        .program("bin/ssh", include_str!("programs/ssh"))
        .program("bin/sudo", include_str!("programs/sudo"))
}

/// The configuration file of the app.
const SITE: &str = "export IMAGE=team/site\nexport OPTS=\"--rm -e SECRET_KEY=s3cret-value\"\n";

/// A host in this folder that runs tag `old` of the app `site`.
fn with_host(test: Test, folder: &str, units: &[&str]) -> Test {
    let unit = |unit: &&str| format!("{unit} active\n");
    let container = |unit: &&str| {
        let process = unit.split_once('-').map_or("run", |(_, role)| role);
        format!("{unit} team/site:old sha256:old {process}\n")
    };
    test.file(&format!("{folder}etc/default/site"), SITE)
        .file(&format!("{folder}var/www/site/TAG"), "export TAG=old\n")
        .file(&format!("{folder}var/www/site/REVERT"), "export TAG=older\n")
        .file(&format!("{folder}run/systemd/system/.keep"), "")
        .file(&format!("{folder}registry"), "older\nold\nnew\n")
        .file(&format!("{folder}images"), "team/site:older sha256:older\nteam/site:old sha256:old\n")
        .file(&format!("{folder}units"), units.iter().map(unit).collect::<String>())
        .file(&format!("{folder}containers"), units.iter().map(container).collect::<String>())
}

/// This machine as the only host, with these units.
fn local_host(units: &[&str]) -> Test {
    with_host(bare(), "", units)
}

/// Hosts reached by ssh, each with its units.
fn hosts(hosts: &[(&str, &[&str])]) -> Test {
    hosts.iter().fold(bare(), |test, (name, units)| with_host(test, &format!("hosts/{name}/"), units))
}
