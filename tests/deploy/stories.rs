//! Stories that the old job told, each with its right end.

use crate::case::Case;
use crate::check::{Lines, THREE, history, is_on, marks, push, run, settings, three};
use crate::network::{Fault, Network};
use docker_runner::deploy::Error;
use docker_runner::deploy::history::EntryOutcome;
use docker_runner::deploy::rollout::Wanted;
use docker_runner::deploy::rollout::outcome::{Outcome, UndoReason};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What must be true of the usual three after a push of `new`.
fn truth(network: &Network, ended: &Result<Outcome, Error>, lines: &Lines) -> Result<(), String> {
    Case::push(&three(), &THREE).truth(network, Some(ended), lines)
}

fn done(network: &Network, host: &str) -> Vec<String> {
    network.state(host).done.clone()
}

#[test]
fn a_push_goes_web_by_web_then_workers_then_beat() {
    let network = three();
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    let tasks = ["task migrate new", "task collectstatic new", "task compress new"];
    assert_eq!(done(&network, "a"), [&tasks[..], &["stop site", "start site with new"]].concat());
    assert_eq!(
        done(&network, "b"),
        ["stop site", "start site with new", "stop site-worker", "start site-worker with new"]
    );
    assert_eq!(done(&network, "c"), ["stop site-beat", "start site-beat with new"]);
    assert!(lines.text().contains("b: waits 11 s"), "{}", lines.text());
}

#[test]
fn the_first_host_as_written_runs_the_tasks() {
    let network = three();
    let lists =
        [("HOSTS", "b a"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c"), ("TASKS", "migrate app 0003;")];
    assert_eq!(push(&network, &settings(&lists), "new").0.unwrap(), Outcome::Done);
    assert_eq!(done(&network, "b")[0], "task migrate app 0003 new");
    assert!(!done(&network, "a").iter().any(|line| line.starts_with("task")));
}

#[test]
fn the_same_tag_twice_leaves_revert() {
    let network = three();
    assert_eq!(push(&network, &settings(&THREE), "new").0.unwrap(), Outcome::Done);
    assert_eq!(push(&network, &settings(&THREE), "new").0.unwrap(), Outcome::Done);
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "new", "old").unwrap());
}

/// The tag has moved in the registry, and the new image is bad: the old image
/// gets its name back.
#[test]
fn the_same_tag_with_another_image_goes_back_to_the_old_one() {
    let network = three();
    network.registry.lock().unwrap().insert("old".into(), "sha256:moved".into());
    network.state("b").sick.push("sha256:moved".into());
    let (ended, lines) = push(&network, &settings(&THREE), "old");
    assert!(matches!(ended, Ok(Outcome::Undone { .. })), "{ended:?} {}", lines.text());
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        is_on(&state, "old", "older").unwrap();
        assert_eq!(state.images["team/site:old"], "sha256:old");
        assert!(state.containers.iter().all(|container| container.image_id == "sha256:old"));
    }
}

#[test]
fn another_digest_on_one_host_stops_before_anything_changes() {
    let network = three();
    network.mirrors.lock().unwrap().insert(("c".into(), "new".into()), "sha256:stale".into());
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    truth(&network, &ended, &lines).unwrap();
    match ended.unwrap() {
        Outcome::Undone { why: UndoReason::Digest { first, other, .. }, migrated: false } => {
            assert_eq!((first.as_str(), other.as_str()), ("a", "c"));
        }
        other => panic!("{other:?}"),
    }
    assert!(["a", "b", "c"].iter().all(|host| done(&network, host).is_empty()));
}

#[test]
fn a_sick_image_on_the_second_host_puts_all_back() {
    let network = three();
    network.state("b").sick.push("sha256:new".into());
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    truth(&network, &ended, &lines).unwrap();
    match ended.unwrap() {
        Outcome::Undone { why, migrated: true } => {
            let said = why.to_string();
            assert_eq!(
                said,
                "b: wait for site: site is not healthy: its health check failed: 500 from a server with ***"
            );
        }
        other => panic!("{other:?}"),
    }
    let last = history(&network.state("a")).pop().unwrap();
    assert_eq!((last.outcome, last.migrated), (EntryOutcome::Undone, true));
    // Its own host first, and then a pause before the next web host stops.
    let text = lines.text();
    let back = text.split("== undo").nth(1).unwrap();
    assert!(back.find("b: restart site").unwrap() < back.find("a: restart site").unwrap());
}

#[test]
fn an_image_that_is_not_there() {
    let network = three();
    let (ended, lines) = push(&network, &settings(&THREE), "b77");
    truth(&network, &ended, &lines).unwrap();
    let Ok(Outcome::Undone { why, migrated: false }) = ended else { panic!("{ended:?}") };
    assert!(why.to_string().contains("manifest unknown"), "{why}");
}

/// At each action of the first deployer a second one comes: before the lock
/// it may win, after it it hears who is there and changes nothing.
#[test]
fn the_second_of_two_deployers_hears_of_the_first_and_changes_nothing() {
    let network = three();
    let (told, busy) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
    let (inner, heard) = (network.clone(), told.clone());
    *network.hook.lock().unwrap() = Some(Arc::new(move |action| {
        let locked = inner.hosts.values().all(|host| host.lock().unwrap().lock.is_some());
        if !locked || action == "look" || busy.swap(true, Ordering::SeqCst) {
            return;
        }
        let before: Vec<_> = inner.hosts.values().map(|host| marks(&host.lock().unwrap())).collect();
        let (ended, lines) = run(&inner, &settings(&THREE), &Wanted::Push("older".into()), 9);
        assert!(matches!(ended, Err(Error::Troubles)), "{ended:?}");
        let after: Vec<_> = inner.hosts.values().map(|host| marks(&host.lock().unwrap())).collect();
        assert_eq!(before, after);
        heard.lock().unwrap().push(lines.text());
        busy.store(false, Ordering::SeqCst);
    }));
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.as_ref().ok(), Some(&Outcome::Done), "{ended:?} {}", lines.text());
    truth(&network, &ended, &lines).unwrap();
    let told = told.lock().unwrap();
    assert!(told.len() > 10, "{}", told.len());
    let expected = ["a: ann on desk has the lock since 1970-01-12 13:46:", ": push of new, stage "];
    let right = |text: &String| expected.iter().all(|part| text.contains(part));
    assert!(told.iter().all(right), "{told:?}");
}

#[test]
fn one_web_host_is_told_that_its_requests_are_lost() {
    let network = Network::new(&[("a", &["site", "site-worker", "site-beat"])]);
    let lists = [("HOSTS", "a"), ("CELERY_HOSTS", "a"), ("BEAT_HOSTS", "a")];
    let (ended, lines) = push(&network, &settings(&lists), "new");
    assert_eq!(ended.unwrap(), Outcome::Done);
    assert!(lines.text().contains("a is the only web host"), "{}", lines.text());
    is_on(&network.state("a"), "new", "old").unwrap();
}

#[test]
fn no_web_host_is_stopped_while_no_other_serves() {
    let network = three();
    network.state("b").sick.push("sha256:old".into());
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    let Ok(Outcome::Undone { why: UndoReason::NoSpare { host, .. }, .. }) = &ended else {
        panic!("{ended:?}")
    };
    assert_eq!(host, "a");
    truth(&network, &ended, &lines).unwrap();
}

#[test]
fn where_nothing_serves_a_push_may_mend_it() {
    let network = three();
    network.state("a").sick.push("sha256:old".into());
    network.state("b").sick.push("sha256:old".into());
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.as_ref().ok(), Some(&Outcome::Done), "{}", lines.text());
    truth(&network, &ended, &lines).unwrap();
}

#[test]
fn beat_moves_without_running_twice() {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    drop(b);
    let lists = [("HOSTS", "a b"), ("BEAT_HOSTS", "b")];
    let (ended, lines) = push(&network, &settings(&lists), "new");
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    assert_eq!(network.violations.lock().unwrap().first(), None);
    let beat = |host: &str| network.state(host).containers.iter().any(|found| found.process == "beat");
    assert_eq!((beat("a"), beat("b")), (false, true));
}

#[test]
fn rollback_goes_to_the_last_good_tag_and_says_that_the_schema_stays() {
    let network = three();
    let settings = settings(&THREE);
    assert_eq!(push(&network, &settings, "old").0.unwrap(), Outcome::Done);
    assert_eq!(push(&network, &settings, "new").0.unwrap(), Outcome::Done);
    let (ended, lines) = run(&network, &settings, &Wanted::Rollback(None), 8);
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    assert!(lines.text().contains("migrations ran since old"), "{}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "new").unwrap());
    let (ended, _) = run(&network, &settings, &Wanted::Rollback(None), 9);
    assert!(matches!(ended, Err(Error::NoOlder { .. })), "{ended:?}");
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "new").unwrap());
}

/// What was there before the first push was good, and what was rolled back from was not.
#[test]
fn a_second_rollback_does_not_go_forward_again() {
    let network = three();
    assert_eq!(push(&network, &settings(&THREE), "new").0.unwrap(), Outcome::Done);
    let (ended, _) = run(&network, &settings(&THREE), &Wanted::Rollback(None), 8);
    assert_eq!(ended.unwrap(), Outcome::Done);
    let (ended, _) = run(&network, &settings(&THREE), &Wanted::Rollback(None), 9);
    assert!(matches!(ended, Err(Error::NoOlder { .. })), "{ended:?}");
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "new").unwrap());
}

#[test]
fn without_a_history_rollback_goes_to_revert() {
    let network = three();
    let (ended, lines) = run(&network, &settings(&THREE), &Wanted::Rollback(None), 8);
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "older", "old").unwrap());
}

#[test]
fn a_killed_push_is_taken_back_whole_by_rollback() {
    let network = three();
    network.state("b").at = Some(("restart site", Fault::KilledAfter));
    let _ = push(&network, &settings(&THREE), "new");
    let tags: Vec<_> = network.hosts.values().map(|host| marks(&host.lock().unwrap()).0.unwrap()).collect();
    assert!(tags.contains(&"new".to_owned()) && tags.contains(&"old".to_owned()), "{tags:?}");
    network.recover();
    let (ended, lines) = run(&network, &settings(&THREE), &Wanted::Rollback(None), 8);
    assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
    network.hosts.values().for_each(|host| is_on(&host.lock().unwrap(), "old", "older").unwrap());
    assert!(lines.text().contains("was cut off"), "{}", lines.text());
}

#[test]
fn what_is_wrong_anywhere_is_told_at_once() {
    let network = three();
    network.state("a").files.insert("/var/www/site/TAG".into(), b"image:\n".to_vec());
    network.state("b").units.remove("site-worker");
    network.state("c").files.remove(std::path::Path::new("/etc/default/site"));
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert!(matches!(ended, Err(Error::Troubles)));
    let text = lines.text();
    for expected in
        ["a: /var/www/site/TAG is not one assignment", "b: there is no unit site-worker", "c: no IMAGE"]
    {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn images_of_old_tags_go_but_never_one_in_use() {
    let network = three();
    for number in 1..=8 {
        let tag = format!("b{number}");
        network.registry.lock().unwrap().insert(tag.clone(), format!("sha256:{tag}"));
        assert_eq!(push(&network, &settings(&THREE), &tag).0.unwrap(), Outcome::Done);
    }
    let state = network.state("a");
    let images: Vec<_> = state.images.keys().map(|name| name.rsplit_once(':').unwrap().1).collect();
    assert_eq!(images, ["b4", "b5", "b6", "b7", "b8", "old", "older"]);
}

/// Each image has two names then, and goes with the last of them.
#[test]
fn with_a_repository_the_name_that_was_pulled_goes_too() {
    let network = three();
    let lists: Vec<_> = THREE.into_iter().chain([("REPOSITORY", "reg:5000/")]).collect();
    for number in 1..=8 {
        let tag = format!("b{number}");
        network.registry.lock().unwrap().insert(tag.clone(), format!("sha256:{tag}"));
        // What an earlier deploy left.
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
