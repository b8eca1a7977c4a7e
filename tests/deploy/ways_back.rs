//! What is put back, and what is said of it, where one fault would not show it.

use crate::check::{THREE, history, is_on, marks, push, run, settings, three};
use crate::host::Connections;
use crate::network::{Container, Fault, Network};
use docker_runner::deploy::Error;
use docker_runner::deploy::host::Connect;
use docker_runner::deploy::protocol::request::Request;
use docker_runner::deploy::protocol::step_error::StepError;
use docker_runner::deploy::rollout::Wanted;
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::tag_files::TagFiles;
use docker_runner::deploy::topology::{Role, RoleUnit};
use std::sync::{Arc, Mutex};

fn runs(network: &Network, host: &str, unit: &str) -> Vec<String> {
    let state = network.state(host);
    let own = state.containers.iter().filter(|container| container.unit == unit);
    own.map(|container| container.image.clone()).collect()
}

/// Its unit gives its container no name, and beat's neither: nothing but the process tells them apart.
#[test]
fn beat_that_stops_leaves_web_alone() {
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
    let (ended, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
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
    for told in [
        "a: site-beat stops here, and starts on b",
        "a: site-beat would start again with the host, beside b's: systemctl disable site-beat.service",
    ] {
        assert!(lines.text().lines().any(|line| line == told), "{}", lines.text());
    }
}

/// Which of two is the unit's is seen by which goes with it; the other one is nobody's to stop.
#[test]
fn a_beat_that_somebody_started_by_hand_stays() {
    let network = Network::new(&[("a", &["site", "site-beat"])]);
    let mut a = network.state("a");
    a.nameless = true;
    a.containers.iter_mut().for_each(|container| container.name = format!("shy_{}", container.id));
    let beat = a.containers.iter().find(|container| container.process == "beat").unwrap();
    let by_hand = Container { id: "hand".into(), name: "bold".into(), unit: String::new(), ..beat.clone() };
    a.containers.push(by_hand);
    drop(a);
    let (ended, lines) = push(&network, &settings(&[("HOSTS", "a"), ("BEAT_HOSTS", "a")]), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(network.state("a").containers.iter().any(|container| container.id == "hand"));
}

/// systemd starts it again and again: it is stopped where it should not run, and runs again after
/// an undo.
#[test]
fn beat_between_two_crashes_is_one_that_runs() {
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
    assert!(network.state("a").crashing.is_empty(), "it goes on");
    let network = crashing();
    network.state("b").at = Some(("wait for site-beat", Fault::Fails));
    assert!(matches!(push(&network, &settings, "new").0, Ok(Outcome::Undone { .. })));
    assert_eq!(
        (runs(&network, "a", "site-beat"), runs(&network, "b", "site-beat")),
        (vec!["team/site:old".to_owned()], Vec::new())
    );
}

/// Beat may still run on the host that is lost, so it does not start where it ran before.
#[test]
fn beat_is_not_started_beside_one_that_may_run() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.at = Some(("start site-beat", Fault::Partition));
    drop(b);
    let (ended, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    let Ok(Outcome::Broken { hosts, before, .. }) = ended else { panic!("{ended:?} {}", lines.text()) };
    let told: Vec<_> = hosts.iter().map(|(host, failure)| format!("{host}: {failure}")).collect();
    let expected =
        ["b: no connection: connection timed out", "a: restart site-beat is left out, as beat may run on b"];
    assert_eq!((told.as_slice(), before.as_deref()), (expected.map(str::to_owned).as_slice(), Some("old")));
    assert_eq!((network.beats(), marks(&network.state("a")).0.as_deref()), (1, Some("old")));
    assert_eq!(runs(&network, "a", "site"), ["team/site:old"]);
}

/// A worker that can't be put back does not keep the host's web unit from it.
#[test]
fn what_can_be_put_back_is() {
    let network = three();
    network.state("c").at = Some(("wait for site-beat", Fault::Fails));
    let seen = Arc::new(Mutex::new(false));
    let watched = network.clone();
    *network.hook.lock().unwrap() = Some(Arc::new(move |action: &str| {
        if action == "stage undo" && !std::mem::replace(&mut *seen.lock().unwrap(), true) {
            watched.state("b").at = Some(("wait for site-worker", Fault::Fails));
        }
    }));
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    let Ok(Outcome::Broken { hosts, .. }) = ended else { panic!("{ended:?} {}", lines.text()) };
    assert_eq!(hosts.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["b"]);
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "older").unwrap());
}

/// The one that takes up a push that was cut off fails early, with a tag that is not there: all the
/// same it puts back what the first one left. Its migrations are not forgotten.
#[test]
fn a_typing_error_after_a_push_that_was_cut_off() {
    let network = three();
    network.state("b").at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE), "new");
    network.recover();
    let (ended, lines) = run(&network, &settings(&THREE), &Wanted::Push("nwe".into()), 8);
    assert!(matches!(ended, Ok(Outcome::Undone { migrated: true, .. })), "{ended:?} {}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "older").unwrap());
    assert_eq!(network.violations.lock().unwrap().first(), None);
    assert!(history(&network.state("a")).last().unwrap().migrated);
}

/// The one that was cut off pulled its tag anew, which had moved; the image from before comes back
/// though the next one pulls another tag.
#[test]
fn the_image_of_a_push_that_was_cut_off() {
    let network = three();
    network.registry.lock().unwrap().insert("old".into(), "sha256:moved".into());
    network.state("b").at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE), "old");
    network.recover();
    assert_eq!(network.state("a").images["team/site:old"], "sha256:moved");
    let (ended, lines) = run(&network, &settings(&THREE), &Wanted::Push("nwe".into()), 8);
    assert!(matches!(ended, Ok(Outcome::Undone { .. })), "{ended:?} {}", lines.text());
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        assert_eq!(state.images["team/site:old"], "sha256:old", "{}", state.name);
        let ids = state.containers.iter().map(|container| container.image_id.as_str());
        assert!(ids.clone().all(|id| id == "sha256:old"), "{}: {:?}", state.name, ids.collect::<Vec<_>>());
    }
}

/// Beat is stopped on a host whose web unit can't be put back: it starts where it ran before.
#[test]
fn beat_that_was_stopped_for_certain_starts_where_it_was() {
    let network = Network::new(&[("b", &["site", "site-beat"]), ("a", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.at = Some(("wait for site-beat", Fault::KilledAfter));
    drop(b);
    let settings = settings(&[("HOSTS", "b a"), ("BEAT_HOSTS", "b")]);
    let _ = push(&network, &settings, "new");
    network.recover();
    assert_eq!(runs(&network, "b", "site-beat"), ["team/site:new"]);
    let watched = network.clone();
    *network.hook.lock().unwrap() = Some(Arc::new(move |action: &str| {
        if action == "restart site" {
            watched.state("b").at = Some(("wait for site", Fault::Fails));
        }
    }));
    let (ended, lines) = run(&network, &settings, &Wanted::Push("nwe".into()), 8);
    let Ok(Outcome::Broken { hosts, .. }) = ended else { panic!("{ended:?} {}", lines.text()) };
    assert_eq!(hosts.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["b"], "{}", lines.text());
    assert_eq!((network.beats(), runs(&network, "a", "site-beat")), (1, vec!["team/site:old".to_owned()]));
}

/// The second one finds nothing to migrate, but the first one did migrate.
#[test]
fn migrations_of_a_push_that_was_cut_off_are_in_the_history() {
    let network = three();
    network.state("b").at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE), "new");
    network.recover();
    network.state("a").migrated = true;
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(lines.text().contains("No migrations to apply"), "{}", lines.text());
    assert!(history(&network.state("a")).last().unwrap().migrated);
}

/// Which tag a rollback means is looked up once the other one is over.
#[test]
fn a_rollback_that_waited_for_another_does_not_go_forward() {
    let network = three();
    for tag in ["old", "new"] {
        push(&network, &settings(&THREE), tag).0.unwrap();
    }
    // The second one finds the lock taken, and from then on the first one is over.
    network.pass(std::time::Duration::from_secs(10));
    let (other, calls) = (network.clone(), Mutex::new(0));
    *network.hook.lock().unwrap() = Some(Arc::new(move |action: &str| {
        let before = {
            let mut calls = calls.lock().unwrap();
            *calls += usize::from(action == "lock");
            *calls
        };
        if action == "lock" && before == 1 {
            let (first, lines) = run(&other, &settings(&THREE), &Wanted::Rollback(None), 8);
            assert_eq!(first.unwrap(), Outcome::Done, "{}", lines.text());
        }
    }));
    let (second, lines) = run(&network, &settings(&THREE), &Wanted::Rollback(None), 9);
    assert!(matches!(second, Err(Error::NoOlder { .. })), "{second:?} {}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "new").unwrap());
}

/// What did not answer before need not answer after.
#[test]
fn a_url_that_did_not_answer_before_is_not_asked_on_the_way_back() {
    let network = three();
    let lists = [&THREE[..], &[("CHECK_URL", "http://127.0.0.1:8000/health")]].concat();
    for host in ["a", "b"] {
        network.state(host).unanswered = true;
    }
    let (ended, lines) = push(&network, &settings(&lists), "new");
    assert!(matches!(ended, Ok(Outcome::Undone { .. })), "{ended:?} {}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "older").unwrap());
    // Where it did, it must.
    let network = three();
    network.state("a").at = Some(("wait for site and http://127.0.0.1:8000/health", Fault::Fails));
    let (ended, lines) = push(&network, &settings(&lists), "new");
    assert!(matches!(ended, Ok(Outcome::Undone { .. })), "{ended:?}");
    let back = lines.text();
    let back = back.split("== undo").nth(1).unwrap();
    assert!(back.contains("a: wait for site and http://127.0.0.1:8000/health: ok"), "{back}");
}

/// What the way back would need as well, and the tasks, is looked at before anything changes.
#[test]
fn all_that_sudo_must_allow_is_looked_at() {
    let network = three();
    let units = ["systemctl restart", "systemctl stop site-beat", "systemctl start site-beat"];
    let docker = [&units[..], &["docker "]].concat();
    for host in network.hosts.values() {
        host.lock().unwrap().sudo = Some(docker.clone());
    }
    let mut b = network.state("b");
    b.units.insert("site-worker".into(), false);
    b.containers.retain(|container| container.process != "worker");
    drop(b);
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert!(matches!(ended, Err(Error::Troubles)), "{ended:?}");
    let expected = [
        "a: cannot use docker: sudo does not allow 'docker-runner --tag new site migrate' without a password",
        "b: cannot restart units: sudo does not allow 'systemctl stop site-worker.service' without a password",
    ];
    assert_eq!(lines.text().lines().filter(|line| !line.starts_with("==")).collect::<Vec<_>>(), expected);

    let more = [&docker[..], &["docker-runner --tag", "systemctl stop site-worker"]].concat();
    for host in network.hosts.values() {
        host.lock().unwrap().sudo = Some(more.clone());
    }
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
}

/// The stray's TAG is put back before its beat starts, not after.
#[test]
fn beat_goes_back_with_the_old_tag() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.at = Some(("start site-beat", Fault::Fails));
    drop(b);
    let (ended, lines) = push(&network, &settings(&[("HOSTS", "a b"), ("BEAT_HOSTS", "b")]), "new");
    assert!(matches!(ended, Ok(Outcome::Undone { .. })), "{ended:?} {}", lines.text());
    let done = network.state("a").done.clone();
    let beats: Vec<_> = done.iter().filter(|line| line.starts_with("start site-beat")).collect();
    assert_eq!(beats, ["start site-beat with old"]);
}

/// Ctrl-C while the hosts are looked at: nothing was tried.
#[test]
fn an_interrupt_during_the_look() {
    let network = three();
    network.state("b").at = Some(("look", Fault::InterruptAfter));
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert!(matches!(&ended, Err(error @ Error::Interrupted) if error.exit_code() == 125), "{ended:?}");
    assert_eq!(lines.text(), "== look");
}

/// A host does nothing for whoever has not its lock.
#[test]
fn nothing_changes_without_the_lock() {
    let network = three();
    let mut host = Connections(network.clone()).connect("a").unwrap();
    let part = RoleUnit { role: Role::Web, unit: "site".into() };
    for action in [Request::Mark { marks: TagFiles::default() }, Request::Stop { part }] {
        assert_eq!(host.perform(&action, &mut |_| {}, &|| false), Err(StepError::NotLocked));
    }
    is_on(&network.state("a"), "old", "older").unwrap();
}
