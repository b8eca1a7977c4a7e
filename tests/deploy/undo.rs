//! What an undo restores and reports, in cases that a single fault does not show.

use crate::check::{THREE_HOSTS, check_tag, history, push, run, settings, tags, three_hosts};
use crate::host::Connections;
use crate::network::{Container, Fault, Network};
use docker_runner::deploy::Error;
use docker_runner::deploy::host::Connect;
use docker_runner::deploy::protocol::request::Request;
use docker_runner::deploy::protocol::step_error::StepError;
use docker_runner::deploy::role::{Role, RoleUnit};
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::rollout::target::Target;
use docker_runner::deploy::tag_files::TagFiles;
use std::sync::{Arc, Mutex};

fn runs(network: &Network, host: &str, unit: &str) -> Vec<String> {
    let state = network.state(host);
    let own = state.containers.iter().filter(|container| container.unit == unit);
    own.map(|container| container.image.clone()).collect()
}

/// Neither container has a name, so only the process distinguishes web and beat.
#[test]
fn stopping_beat_does_not_stop_web() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    for host in ["a", "b"] {
        let mut state = network.state(host);
        state.nameless = true;
        state.containers.iter_mut().for_each(|container| container.name = format!("shy_{}", container.id));
    }
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    drop(b);
    network.state("a").enabled.insert("site-beat".into());
    let (outcome, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    assert_eq!(network.violations.lock().unwrap().first(), None);
    let new = ["team/site:new"];
    assert_eq!(
        (runs(&network, "a", "site"), runs(&network, "b", "site")),
        (new.map(str::to_owned).to_vec(), new.map(str::to_owned).to_vec())
    );
    assert_eq!(
        (runs(&network, "a", "site-beat"), runs(&network, "b", "site-beat")),
        (Vec::new(), new.map(str::to_owned).to_vec())
    );
    for warning in [
        "a: site-beat stops here and starts on b",
        "a: site-beat would start at boot, in addition to the one on b: run systemctl disable site-beat.service",
    ] {
        assert!(lines.text().lines().any(|line| line == warning), "{}", lines.text());
    }
}

/// The unit's container is the one that ends with it; the other one keeps running.
#[test]
fn a_manually_started_beat_keeps_running() {
    let network = Network::new(&[("a", &["site", "site-beat"])]);
    let mut a = network.state("a");
    a.nameless = true;
    a.containers.iter_mut().for_each(|container| container.name = format!("shy_{}", container.id));
    let beat = a.containers.iter().find(|container| container.process == "beat").unwrap();
    let by_hand = Container { id: "hand".into(), name: "bold".into(), unit: String::new(), ..beat.clone() };
    a.containers.push(by_hand);
    drop(a);
    let (outcome, lines) = push(&network, &settings(&[("HOSTS", "a"), ("BEAT_HOSTS", "a")]), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(network.state("a").containers.iter().any(|container| container.id == "hand"));
}

/// systemd restarts it all the time. It is stopped where it should not run, and runs again after
/// an undo.
#[test]
fn a_crashing_beat_counts_as_running() {
    let crashing = || {
        let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
        for host in ["a", "b"] {
            let mut state = network.state(host);
            state.units.insert("site-beat".into(), false);
            state.containers.retain(|container| container.process != "beat");
        }
        network.state("a").crashing.insert("site-beat".into());
        network
    };
    let settings = settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]);
    let network = crashing();
    assert_eq!(push(&network, &settings, "new").0.unwrap(), Outcome::Done);
    assert!(network.state("a").crashing.is_empty(), "beat was not stopped");
    let network = crashing();
    network.state("b").fault_at = Some(("wait for site-beat", Fault::Fails));
    assert!(matches!(push(&network, &settings, "new").0, Ok(Outcome::Undone { .. })));
    assert_eq!(
        (runs(&network, "a", "site-beat"), runs(&network, "b", "site-beat")),
        (vec!["team/site:old".to_owned()], Vec::new())
    );
}

/// Beat may still run on the lost host, so it does not start where it ran before.
#[test]
fn beat_does_not_start_while_it_may_run_elsewhere() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.fault_at = Some(("start site-beat", Fault::Partition));
    drop(b);
    let (outcome, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    let Ok(Outcome::Failed { hosts, old_tag, .. }) = outcome else { panic!("{outcome:?} {}", lines.text()) };
    let failures: Vec<_> = hosts.iter().map(|(host, failure)| format!("{host}: {failure}")).collect();
    let expected =
        ["b: no connection: connection timed out", "a: skipped restart site-beat: beat may still run on b"];
    assert_eq!(
        (failures.as_slice(), old_tag.as_deref()),
        (expected.map(str::to_owned).as_slice(), Some("old"))
    );
    assert_eq!((network.running_beats(), tags(&network.state("a")).0.as_deref()), (1, Some("old")));
    assert_eq!(runs(&network, "a", "site"), ["team/site:old"]);
}

/// A worker that can't be restored does not prevent the restoring of the web unit.
#[test]
fn other_units_are_restored_after_a_failure() {
    let network = three_hosts();
    network.state("c").fault_at = Some(("wait for site-beat", Fault::Fails));
    let seen = Arc::new(Mutex::new(false));
    let watched = network.clone();
    *network.hook.lock().unwrap() = Some(Arc::new(move |request: &str| {
        if request == "stage undo" && !std::mem::replace(&mut *seen.lock().unwrap(), true) {
            watched.state("b").fault_at = Some(("wait for site-worker", Fault::Fails));
        }
    }));
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    let Ok(Outcome::Failed { hosts, .. }) = outcome else { panic!("{outcome:?} {}", lines.text()) };
    assert_eq!(hosts.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["b"]);
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "older").unwrap());
}

/// A push after an interrupted one fails early because its tag does not exist. It still undoes what
/// the first one left, and reports the migrations of the first one.
#[test]
fn a_typo_after_an_interrupted_push() {
    let network = three_hosts();
    network.state("b").fault_at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE_HOSTS), "new");
    network.recover();
    let (outcome, lines) = run(&network, &settings(&THREE_HOSTS), &Target::Push("nwe".into()), 8);
    assert!(matches!(outcome, Ok(Outcome::Undone { migrated: true, .. })), "{outcome:?} {}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "older").unwrap());
    assert_eq!(network.violations.lock().unwrap().first(), None);
    assert!(history(&network.state("a")).last().unwrap().migrated);
}

/// The interrupted push pulled a tag that had moved. The old image gets its name back although the
/// next push pulls another tag.
#[test]
fn the_image_of_an_interrupted_push_is_restored() {
    let network = three_hosts();
    network.registry.lock().unwrap().insert("old".into(), "sha256:moved".into());
    network.state("b").fault_at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE_HOSTS), "old");
    network.recover();
    assert_eq!(network.state("a").images["team/site:old"], "sha256:moved");
    let (outcome, lines) = run(&network, &settings(&THREE_HOSTS), &Target::Push("nwe".into()), 8);
    assert!(matches!(outcome, Ok(Outcome::Undone { .. })), "{outcome:?} {}", lines.text());
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        assert_eq!(state.images["team/site:old"], "sha256:old", "{}", state.name);
        let ids = state.containers.iter().map(|container| container.image_id.as_str());
        assert!(ids.clone().all(|id| id == "sha256:old"), "{}: {:?}", state.name, ids.collect::<Vec<_>>());
    }
}

/// Beat is stopped on a host whose web unit can't be restored. So it starts where it ran before.
#[test]
fn a_stopped_beat_starts_on_its_old_host() {
    let network = Network::new(&[("b", &["site", "site-beat"]), ("a", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.fault_at = Some(("wait for site-beat", Fault::KilledAfter));
    drop(b);
    let settings = settings(&[("HOSTS", "b a"), ("BEAT_HOSTS", "b")]);
    let _ = push(&network, &settings, "new");
    network.recover();
    assert_eq!(runs(&network, "b", "site-beat"), ["team/site:new"]);
    let watched = network.clone();
    *network.hook.lock().unwrap() = Some(Arc::new(move |request: &str| {
        if request == "restart site" {
            watched.state("b").fault_at = Some(("wait for site", Fault::Fails));
        }
    }));
    let (outcome, lines) = run(&network, &settings, &Target::Push("nwe".into()), 8);
    let Ok(Outcome::Failed { hosts, .. }) = outcome else { panic!("{outcome:?} {}", lines.text()) };
    assert_eq!(hosts.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["b"], "{}", lines.text());
    assert_eq!(
        (network.running_beats(), runs(&network, "a", "site-beat")),
        (1, vec!["team/site:old".to_owned()])
    );
}

/// The second push has nothing to migrate, but the first one did migrate.
#[test]
fn migrations_of_an_interrupted_push_are_in_the_history() {
    let network = three_hosts();
    network.state("b").fault_at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE_HOSTS), "new");
    network.recover();
    network.state("a").migrated = true;
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(lines.text().contains("No migrations to apply"), "{}", lines.text());
    assert!(history(&network.state("a")).last().unwrap().migrated);
}

/// The tag of a rollback is resolved after the other rollback has ended.
#[test]
fn a_rollback_that_waited_for_another_does_not_go_forward() {
    let network = three_hosts();
    for tag in ["old", "new"] {
        push(&network, &settings(&THREE_HOSTS), tag).0.unwrap();
    }
    // The second one finds the lock held, and then the first one completes.
    network.pass(std::time::Duration::from_secs(10));
    let (other, calls) = (network.clone(), Mutex::new(0));
    *network.hook.lock().unwrap() = Some(Arc::new(move |request: &str| {
        let before = {
            let mut calls = calls.lock().unwrap();
            *calls += usize::from(request == "lock");
            *calls
        };
        if request == "lock" && before == 1 {
            let (first, lines) = run(&other, &settings(&THREE_HOSTS), &Target::Rollback(None), 8);
            assert_eq!(first.unwrap(), Outcome::Done, "{}", lines.text());
        }
    }));
    let (second, lines) = run(&network, &settings(&THREE_HOSTS), &Target::Rollback(None), 9);
    assert!(matches!(second, Err(Error::NoEarlierTag { .. })), "{second:?} {}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "new").unwrap());
}

/// A URL that did not answer before the push need not answer after an undo.
#[test]
fn the_undo_requests_a_url_only_if_it_answered_before() {
    let network = three_hosts();
    let lists = [&THREE_HOSTS[..], &[("CHECK_URL", "http://127.0.0.1:8000/health")]].concat();
    for host in ["a", "b"] {
        network.state(host).unanswered = true;
    }
    let (outcome, lines) = push(&network, &settings(&lists), "new");
    assert!(matches!(outcome, Ok(Outcome::Undone { .. })), "{outcome:?} {}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "older").unwrap());
    // If it answered before, it must answer again.
    let network = three_hosts();
    network.state("a").fault_at = Some(("wait for site and http://127.0.0.1:8000/health", Fault::Fails));
    let (outcome, lines) = push(&network, &settings(&lists), "new");
    assert!(matches!(outcome, Ok(Outcome::Undone { .. })), "{outcome:?}");
    let text = lines.text();
    let undo = text.split("== undo").nth(1).unwrap();
    assert!(undo.contains("a: wait for site and http://127.0.0.1:8000/health: ok"), "{undo}");
}

/// The permissions that the undo and the tasks need are checked before anything changes.
#[test]
fn all_sudo_permissions_are_checked() {
    let network = three_hosts();
    let units = ["systemctl restart", "systemctl stop site-beat", "systemctl start site-beat"];
    let docker = [&units[..], &["docker "]].concat();
    for host in network.hosts.values() {
        host.lock().unwrap().sudo = Some(docker.clone());
    }
    let mut b = network.state("b");
    b.units.insert("site-worker".into(), false);
    b.containers.retain(|container| container.process != "worker");
    drop(b);
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert!(matches!(outcome, Err(Error::Blocked)), "{outcome:?}");
    let expected = [
        "a: cannot use docker: sudo does not allow 'docker-runner --tag new site migrate' without a password",
        "b: cannot restart units: sudo does not allow 'systemctl stop site-worker.service' without a password",
    ];
    assert_eq!(lines.text().lines().filter(|line| !line.starts_with("==")).collect::<Vec<_>>(), expected);

    let more = [&docker[..], &["docker-runner --tag", "systemctl stop site-worker"]].concat();
    for host in network.hosts.values() {
        host.lock().unwrap().sudo = Some(more.clone());
    }
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
}

/// TAG is restored on the old host of beat before beat starts there.
#[test]
fn beat_is_restored_with_the_old_tag() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.fault_at = Some(("start site-beat", Fault::Fails));
    drop(b);
    let (outcome, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    assert!(matches!(outcome, Ok(Outcome::Undone { .. })), "{outcome:?} {}", lines.text());
    let done = network.state("a").done.clone();
    let running_beats: Vec<_> = done.iter().filter(|line| line.starts_with("start site-beat")).collect();
    assert_eq!(running_beats, ["start site-beat with old"]);
}

/// Ctrl-C during the inspection: nothing was changed.
#[test]
fn an_interrupt_during_the_inspection() {
    let network = three_hosts();
    network.state("b").fault_at = Some(("inspect", Fault::InterruptAfter));
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert!(matches!(&outcome, Err(error @ Error::Interrupted) if error.exit_code() == 125), "{outcome:?}");
    assert_eq!(lines.text(), "== inspect");
}

/// A host changes nothing for a deployer without its lock.
#[test]
fn nothing_changes_without_the_lock() {
    let network = three_hosts();
    let mut host = Connections(network.clone()).connect("a").unwrap();
    let unit = RoleUnit { role: Role::Web, unit: "site".into() };
    for request in [Request::WriteTagFiles { tag_files: TagFiles::default() }, Request::Stop { unit }] {
        assert_eq!(host.perform(&request, &mut |_| {}, &|| false), Err(StepError::NotLocked));
    }
    check_tag(&network.state("a"), "old", "older").unwrap();
}
