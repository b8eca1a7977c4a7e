//! `status` after pushes that left hosts in different states.

use crate::check::{THREE_HOSTS, push, settings, three_hosts};
use crate::host::Connections;
use crate::network::{Fault, Network};
use docker_runner::deploy::commands::status;
use docker_runner::deploy::rollout::outcome::Outcome;
use std::sync::Arc;

/// Host, unit and drift of each row.
fn rows(network: &Arc<Network>) -> Vec<String> {
    let rows = status::rows(&settings(&THREE_HOSTS), &Connections(network.clone()));
    rows.iter()
        .map(|row| format!("{} {} {}", row.host, row.unit, row.drift.join("; ")).trim().to_owned())
        .collect()
}

const HEALTHY: [&str; 4] = ["a site", "b site", "b site-worker", "c site-beat"];

#[test]
fn a_lost_history_entry_is_known_from_another_host() {
    let network = three_hosts();
    assert_eq!(push(&network, &settings(&THREE_HOSTS), "new").0.unwrap(), Outcome::Done);
    // The last request removes images, and the one before it closes the journal.
    let end = network.state("b").requests - 1;
    let network = three_hosts();
    network.state("b").fault = Some((end, Fault::DiesBefore));
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done);
    assert!(
        lines.text().contains("b has the new tag, but its history could not be written"),
        "{}",
        lines.text()
    );
    network.recover();
    assert_eq!(rows(&network), HEALTHY);
}

#[test]
fn an_interrupted_push_is_reported() {
    let network = three_hosts();
    network.state("c").fault_at = Some(("docker pull team/site:new", Fault::Killed));
    let _ = push(&network, &settings(&THREE_HOSTS), "new");
    network.recover();
    let interrupted = "a push of new over old was interrupted at stage ";
    assert!(rows(&network).iter().all(|row| row.contains(interrupted)), "{:?}", rows(&network));
}

#[test]
fn beat_where_it_should_not_run_has_a_row() {
    let network = three_hosts();
    let beat = network.state("c").containers[0].clone();
    let mut state = network.state("a");
    state.units.insert("site-beat".into(), true);
    state.containers.push(beat);
    drop(state);
    let mut expected: Vec<_> = HEALTHY.map(str::to_owned).into();
    expected.insert(1, "a site-beat should run on c only".into());
    assert_eq!(rows(&network), expected);
}
