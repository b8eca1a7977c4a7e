//! Known failures of the old build job, each with the correct result.

use crate::case::Case;
use crate::check::{RecordedReport, THREE_HOSTS, check_tag, history, push, run, settings, tags, three_hosts};
use crate::network::{Fault, Network};
use docker_runner::deploy::Error;
use docker_runner::deploy::history::EndOutcome;
use docker_runner::deploy::rollout::outcome::{Outcome, UndoReason};
use docker_runner::deploy::rollout::target::Target;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What must be true of the three hosts after a push of `new`.
fn check_invariants(
    network: &Network,
    outcome: &Result<Outcome, Error>,
    lines: &RecordedReport,
) -> Result<(), String> {
    Case::push(&three_hosts(), &THREE_HOSTS).check_invariants(network, Some(outcome), lines)
}

fn done(network: &Network, host: &str) -> Vec<String> {
    network.state(host).done.clone()
}

#[test]
fn a_push_updates_web_hosts_then_workers_then_beat() {
    let network = three_hosts();
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    let tasks = ["task migrate new", "task collectstatic new", "task compress new"];
    assert_eq!(done(&network, "a"), [&tasks[..], &["stop site", "start site with new"]].concat());
    assert_eq!(
        done(&network, "b"),
        ["stop site", "start site with new", "stop site-worker", "start site-worker with new"]
    );
    assert_eq!(done(&network, "c"), ["stop site-beat", "start site-beat with new"]);
    assert!(lines.text().contains("b: waiting 11 s"), "{}", lines.text());
}

#[test]
fn the_first_host_of_the_list_runs_the_tasks() {
    let network = three_hosts();
    let lists =
        [("HOSTS", "b a"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c"), ("TASKS", "migrate app 0003;")];
    assert_eq!(push(&network, &settings(&lists), "new").0.unwrap(), Outcome::Done);
    assert_eq!(done(&network, "b")[0], "task migrate app 0003 new");
    assert!(!done(&network, "a").iter().any(|line| line.starts_with("task")));
}

#[test]
fn the_same_tag_twice_keeps_revert() {
    let network = three_hosts();
    assert_eq!(push(&network, &settings(&THREE_HOSTS), "new").0.unwrap(), Outcome::Done);
    assert_eq!(push(&network, &settings(&THREE_HOSTS), "new").0.unwrap(), Outcome::Done);
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "new", "old").unwrap());
}

/// The tag has moved in the registry, and the new image is unhealthy. The old
/// image gets its name back.
#[test]
fn the_same_tag_with_another_image_is_undone() {
    let network = three_hosts();
    network.registry.lock().unwrap().insert("old".into(), "sha256:moved".into());
    network.state("b").unhealthy.push("sha256:moved".into());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "old");
    assert!(matches!(outcome, Ok(Outcome::Undone { .. })), "{outcome:?} {}", lines.text());
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        check_tag(&state, "old", "older").unwrap();
        assert_eq!(state.images["team/site:old"], "sha256:old");
        assert!(state.containers.iter().all(|container| container.image_id == "sha256:old"));
    }
}

#[test]
fn a_different_digest_stops_the_push_before_anything_changes() {
    let network = three_hosts();
    network.mirrors.lock().unwrap().insert(("c".into(), "new".into()), "sha256:stale".into());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    check_invariants(&network, &outcome, &lines).unwrap();
    match outcome.unwrap() {
        Outcome::Undone { reason: UndoReason::Digest { first, other, .. }, migrated: false } => {
            assert_eq!((first.as_str(), other.as_str()), ("a", "c"));
        }
        other => panic!("{other:?}"),
    }
    assert!(["a", "b", "c"].iter().all(|host| done(&network, host).is_empty()));
}

#[test]
fn an_unhealthy_image_on_the_second_host_is_undone_everywhere() {
    let network = three_hosts();
    network.state("b").unhealthy.push("sha256:new".into());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    check_invariants(&network, &outcome, &lines).unwrap();
    match outcome.unwrap() {
        Outcome::Undone { reason, migrated: true } => {
            let text = reason.to_string();
            assert_eq!(
                text,
                "b: wait for site: site is not healthy: its health check failed: 500 from a server with ***"
            );
        }
        other => panic!("{other:?}"),
    }
    let last = history(&network.state("a")).pop().unwrap();
    assert_eq!((last.outcome, last.migrated), (EndOutcome::Undone, true));
    // The failed host is restored first.
    let text = lines.text();
    let undo = text.split("== undo").nth(1).unwrap();
    assert!(undo.find("b: restart site").unwrap() < undo.find("a: restart site").unwrap());
}

#[test]
fn hosts_with_different_images_are_reported() {
    let network = three_hosts();
    let file = std::path::PathBuf::from("/etc/default/site");
    network.state("b").files.insert(file, b"export IMAGE=team/shop\n".to_vec());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert!(matches!(outcome, Err(Error::Blocked)), "{outcome:?}");
    assert!(lines.text().contains("IMAGE=team/"), "{}", lines.text());
    assert!(["a", "b", "c"].iter().all(|host| done(&network, host).is_empty()));
}

#[test]
fn a_missing_image() {
    let network = three_hosts();
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "b77");
    check_invariants(&network, &outcome, &lines).unwrap();
    let Ok(Outcome::Undone { reason, migrated: false }) = outcome else { panic!("{outcome:?}") };
    assert!(reason.to_string().contains("manifest unknown"), "{reason}");
}

/// At each request of the first deployer a second one starts. Once the first
/// has the locks, the second reports the holder and changes nothing.
#[test]
fn a_second_deployer_reports_the_first_and_changes_nothing() {
    let network = three_hosts();
    let (reports, busy) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
    let (inner, inner_reports) = (network.clone(), reports.clone());
    *network.hook.lock().unwrap() = Some(Arc::new(move |request| {
        let locked = inner.hosts.values().all(|host| host.lock().unwrap().lock.is_some());
        if !locked || request == "inspect" || busy.swap(true, Ordering::SeqCst) {
            return;
        }
        let before: Vec<_> = inner.hosts.values().map(|host| tags(&host.lock().unwrap())).collect();
        let (outcome, lines) = run(&inner, &settings(&THREE_HOSTS), &Target::Push("older".into()), 9);
        assert!(matches!(outcome, Err(Error::Blocked)), "{outcome:?}");
        let after: Vec<_> = inner.hosts.values().map(|host| tags(&host.lock().unwrap())).collect();
        assert_eq!(before, after);
        inner_reports.lock().unwrap().push(lines.text());
        busy.store(false, Ordering::SeqCst);
    }));
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.as_ref().ok(), Some(&Outcome::Done), "{outcome:?} {}", lines.text());
    check_invariants(&network, &outcome, &lines).unwrap();
    let reports = reports.lock().unwrap();
    assert!(reports.len() > 10, "{}", reports.len());
    let expected = ["a: ann on desk has the lock since 1970-01-12 13:46:", ": push of new, stage "];
    let right = |text: &String| expected.iter().all(|part| text.contains(part));
    assert!(reports.iter().all(right), "{reports:?}");
}

#[test]
fn a_single_web_host_is_warned_about() {
    let network = Network::new(&[("a", &["site", "site-worker", "site-beat"])]);
    let lists = [("HOSTS", "a"), ("CELERY_HOSTS", "a"), ("BEAT_HOSTS", "a")];
    let (outcome, lines) = push(&network, &settings(&lists), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done);
    assert!(lines.text().contains("a is the only web host"), "{}", lines.text());
    check_tag(&network.state("a"), "new", "old").unwrap();
}

#[test]
fn no_web_host_is_stopped_while_no_other_serves() {
    let network = three_hosts();
    network.state("b").unhealthy.push("sha256:old".into());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    let Ok(Outcome::Undone { reason: UndoReason::NoSpare { host, .. }, .. }) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(host, "a");
    check_invariants(&network, &outcome, &lines).unwrap();
}

#[test]
fn a_push_may_restart_unhealthy_web_hosts() {
    let network = three_hosts();
    network.state("a").unhealthy.push("sha256:old".into());
    network.state("b").unhealthy.push("sha256:old".into());
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert_eq!(outcome.as_ref().ok(), Some(&Outcome::Done), "{}", lines.text());
    check_invariants(&network, &outcome, &lines).unwrap();
}

#[test]
fn beat_moves_without_running_twice() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    drop(b);
    let lists = [("HOSTS", "a b"), ("BEAT_HOSTS", "b")];
    let (outcome, lines) = push(&network, &settings(&lists), "new");
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    assert_eq!(network.violations.lock().unwrap().first(), None);
    let beat = |host: &str| network.state(host).containers.iter().any(|found| found.process == "beat");
    assert_eq!((beat("a"), beat("b")), (false, true));
}

#[test]
fn rollback_goes_to_the_last_good_tag_and_warns_about_the_schema() {
    let network = three_hosts();
    let settings = settings(&THREE_HOSTS);
    assert_eq!(push(&network, &settings, "old").0.unwrap(), Outcome::Done);
    assert_eq!(push(&network, &settings, "new").0.unwrap(), Outcome::Done);
    let (outcome, lines) = run(&network, &settings, &Target::Rollback(None), 8);
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(lines.text().contains("migrations ran since old"), "{}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "new").unwrap());
    let (outcome, _) = run(&network, &settings, &Target::Rollback(None), 9);
    assert!(matches!(outcome, Err(Error::NoEarlierTag { .. })), "{outcome:?}");
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "new").unwrap());
    // A push of an earlier tag is no rollback.
    let (_, lines) = push(&network, &settings, "new");
    let (_, lines_of_old) = push(&network, &settings, "old");
    let text = lines.text() + &lines_of_old.text();
    assert!(!text.contains("migrations ran since"), "{text}");
}

/// The tag from before the first push is good; one that was rolled back is not.
#[test]
fn a_second_rollback_does_not_go_forward_again() {
    let network = three_hosts();
    assert_eq!(push(&network, &settings(&THREE_HOSTS), "new").0.unwrap(), Outcome::Done);
    let (outcome, _) = run(&network, &settings(&THREE_HOSTS), &Target::Rollback(None), 8);
    assert_eq!(outcome.unwrap(), Outcome::Done);
    let (outcome, _) = run(&network, &settings(&THREE_HOSTS), &Target::Rollback(None), 9);
    assert!(matches!(outcome, Err(Error::NoEarlierTag { .. })), "{outcome:?}");
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "new").unwrap());
}

#[test]
fn without_a_history_rollback_goes_to_revert() {
    let network = three_hosts();
    let (outcome, lines) = run(&network, &settings(&THREE_HOSTS), &Target::Rollback(None), 8);
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "older", "old").unwrap());
}

#[test]
fn rollback_undoes_a_killed_push_on_all_hosts() {
    let network = three_hosts();
    network.state("b").fault_at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE_HOSTS), "new");
    let tags: Vec<_> = network.hosts.values().map(|host| tags(&host.lock().unwrap()).0.unwrap()).collect();
    assert!(tags.contains(&"new".to_owned()) && tags.contains(&"old".to_owned()), "{tags:?}");
    network.recover();
    let (outcome, lines) = run(&network, &settings(&THREE_HOSTS), &Target::Rollback(None), 8);
    assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
    network.hosts.values().for_each(|host| check_tag(&host.lock().unwrap(), "old", "older").unwrap());
    assert!(lines.text().contains("was interrupted"), "{}", lines.text());
}

#[test]
fn all_blockers_are_reported_at_once() {
    let network = three_hosts();
    network.state("a").files.insert("/var/www/site/TAG".into(), b"image:\n".to_vec());
    network.state("b").units.remove("site-worker");
    network.state("c").files.remove(std::path::Path::new("/etc/default/site"));
    let (outcome, lines) = push(&network, &settings(&THREE_HOSTS), "new");
    assert!(matches!(outcome, Err(Error::Blocked)));
    let text = lines.text();
    for expected in [
        "a: /var/www/site/TAG does not contain exactly one TAG assignment",
        "b: unit site-worker does not exist",
        "c: no IMAGE",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn old_images_are_removed_but_never_one_in_use() {
    let network = three_hosts();
    for number in 1..=8 {
        let tag = format!("b{number}");
        network.registry.lock().unwrap().insert(tag.clone(), format!("sha256:{tag}"));
        assert_eq!(push(&network, &settings(&THREE_HOSTS), &tag).0.unwrap(), Outcome::Done);
    }
    let state = network.state("a");
    let images: Vec<_> = state.images.keys().map(|name| name.rsplit_once(':').unwrap().1).collect();
    assert_eq!(images, ["b4", "b5", "b6", "b7", "b8", "old", "older"]);
}

/// With REPOSITORY an image has two names, and Docker removes it with the last one.
#[test]
fn old_images_are_removed_under_both_names() {
    let network = three_hosts();
    let lists: Vec<_> = THREE_HOSTS.into_iter().chain([("REPOSITORY", "reg:5000/")]).collect();
    for number in 1..=8 {
        let tag = format!("b{number}");
        network.registry.lock().unwrap().insert(tag.clone(), format!("sha256:{tag}"));
        // Left by an earlier version.
        let left = ("reg:5000/team/site:b1".to_owned(), "sha256:b1".to_owned());
        network.state("b").images.extend((number == 8).then_some(left));
        assert_eq!(push(&network, &settings(&lists), &tag).0.unwrap(), Outcome::Done);
    }
    for host in ["a", "b"] {
        let state = network.state(host);
        let names = |start: &str| -> Vec<String> {
            state.images.keys().filter_map(|name| Some(name.strip_prefix(start)?.to_owned())).collect()
        };
        assert_eq!(names("team/site:"), ["b4", "b5", "b6", "b7", "b8", "old", "older"]);
        assert_eq!(names("reg:5000/team/site:"), ["b4", "b5", "b6", "b7", "b8"]);
    }
}
