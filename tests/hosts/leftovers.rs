//! What a killed run of these tests left behind: removed by the next one, a live run's never.

use crate::docker::docker;
use std::path::Path;
use std::sync::Once;

/// The label that says whose a container or network is.
const OWNER: &str = "docker-runner-test-owner";

/// The label for what this run makes: machine and process.
pub(crate) fn label() -> String {
    format!("{OWNER}={}:{}", machine(), std::process::id())
}

/// Removes, once a run, what dead runs on this machine left.
pub(crate) fn remove() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for id in dead(&["ps", "-a"]) {
            docker(["rm", "-fv", &id]);
        }
        for id in dead(&["network", "ls"]) {
            docker(["network", "rm", &id]);
        }
    });
}

/// What this listing shows of runs that are no more.
fn dead(list: &[&str]) -> Vec<String> {
    let filter = format!("label={OWNER}");
    let format = format!("{{{{.ID}}}} {{{{.Label \"{OWNER}\"}}}}");
    let options = ["--filter", &filter, "--format", &format];
    let listing = docker(list.iter().chain(&options)).ok();
    let lines = listing.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(_, owner)| is_dead(owner)).map(|(id, _)| id.to_owned()).collect()
}

fn is_dead(owner: &str) -> bool {
    let Some((on, process)) = owner.rsplit_once(':') else { return false };
    on == machine() && !Path::new("/proc").join(process).exists()
}

fn machine() -> String {
    nix::unistd::gethostname().unwrap().to_string_lossy().into_owned()
}
