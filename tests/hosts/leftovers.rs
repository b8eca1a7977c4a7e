//! Removes the containers and networks of killed runs, never those of a live run.

use crate::docker::docker;
use std::path::Path;
use std::sync::Once;

/// The label that names the run that created a container or network.
const OWNER: &str = "docker-runner-test-owner";

/// The label of this run: machine and process.
pub(crate) fn label() -> String {
    format!("{OWNER}={}:{}", machine(), std::process::id())
}

/// Removes, once a run, the leftovers of ended runs on this machine.
pub(crate) fn remove() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for id in ids_of_ended_runs(&["ps", "-a"]) {
            docker(["rm", "-fv", &id]);
        }
        for id in ids_of_ended_runs(&["network", "ls"]) {
            docker(["network", "rm", &id]);
        }
    });
}

/// The ids in this listing that belong to ended runs.
fn ids_of_ended_runs(list: &[&str]) -> Vec<String> {
    let filter = format!("label={OWNER}");
    let format = format!("{{{{.ID}}}} {{{{.Label \"{OWNER}\"}}}}");
    let options = ["--filter", &filter, "--format", &format];
    let listing = docker(list.iter().chain(&options)).ok();
    let lines = listing.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(_, owner)| has_ended(owner)).map(|(id, _)| id.to_owned()).collect()
}

fn has_ended(owner: &str) -> bool {
    let Some((owner_machine, process)) = owner.rsplit_once(':') else { return false };
    owner_machine == machine() && !Path::new("/proc").join(process).exists()
}

fn machine() -> String {
    nix::unistd::gethostname().unwrap().to_string_lossy().into_owned()
}
