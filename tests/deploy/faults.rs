//! Every step with every fault, in the rollout and in its undo, and every
//! operation of the machine with every fault.

use crate::case::Case;
use crate::check::{THREE_HOSTS, push, settings, three_hosts};
use crate::network::{FAULTS, Fault, Network, OperationFault, STAGING};
use docker_runner::deploy::rollout::target::Target;
use std::sync::Arc;

/// One fault of each kind, where all faults would take too long.
const KINDS: [Fault; 6] =
    [Fault::Fails, Fault::DiesAfter, Fault::Reboots, Fault::KilledAfter, Fault::Interrupt, Fault::Partition];

/// The faults of a rollout after an interrupted one.
const SECOND: [Fault; 4] = [Fault::Fails, Fault::DiesAfter, Fault::KilledAfter, Fault::Partition];

fn check_every_step(case: &Case, host: &str, faults: &[Fault]) {
    let requests = case.requests(host);
    assert!(requests > 8, "{requests}");
    let already = case.network.state(host).requests;
    for at in 1..=requests {
        for &fault in faults {
            let context = format!("{fault:?} at request {at} of {host}");
            case.check_with_fault(&context, |network| {
                network.state(host).fault = Some((already + at, fault))
            });
        }
    }
}

/// A fault, and then another one at every step of the undo.
fn check_every_undo_step(case: &Case, first: (&str, &'static str), host: &str, faults: &[Fault]) {
    let network = case.network.copy();
    network.state(first.0).fault_at = Some((first.1, Fault::Fails));
    let undo_start = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (seen, watched, name) = (undo_start.clone(), network.clone(), host.to_owned());
    *network.hook.lock().unwrap() = Some(Arc::new(move |request: &str| {
        if request == "stage undo" && seen.load(std::sync::atomic::Ordering::SeqCst) == 0 {
            seen.store(watched.state(&name).requests, std::sync::atomic::Ordering::SeqCst);
        }
    }));
    let _ = crate::check::run(&network, &case.settings, &case.target, 9);
    let (undo_start, all) =
        (undo_start.load(std::sync::atomic::Ordering::SeqCst), network.state(host).requests);
    assert!(all > undo_start + 3 && undo_start > 0, "{undo_start} of {all}");
    for at in undo_start + 1..=all {
        for &fault in faults {
            let context = format!("{first:?} fails, then {fault:?} at request {at} of {host}");
            case.check_with_fault(&context, |network| {
                network.state(first.0).fault_at = Some((first.1, Fault::Fails));
                network.state(host).second_fault = Some((at, fault));
            });
        }
    }
}

#[test]
fn a_push_on_the_first_host() {
    check_every_step(&Case::push(&three_hosts(), &THREE_HOSTS), "a", &FAULTS);
}

#[test]
fn a_push_on_a_host_with_two_roles() {
    check_every_step(&Case::push(&three_hosts(), &THREE_HOSTS), "b", &FAULTS);
}

#[test]
fn a_push_on_the_beat_host() {
    check_every_step(&Case::push(&three_hosts(), &THREE_HOSTS), "c", &FAULTS);
}

#[test]
fn the_undo_of_a_push() {
    let case = Case::push(&three_hosts(), &THREE_HOSTS);
    for host in ["a", "b", "c"] {
        check_every_undo_step(&case, ("c", "wait for site-beat"), host, &KINDS);
    }
}

/// Beat moves from `a` to `b`, whose containers have no names.
fn beat_moves(webs: &str) -> Case {
    let network = Network::new(&[("a", &["site", "site-beat"]), ("b", &["site", "site-beat"])]);
    let mut b = network.state("b");
    b.units.insert("site-beat".into(), false);
    b.containers.retain(|container| container.process != "beat");
    b.nameless = true;
    b.containers.iter_mut().for_each(|container| container.name = "keen_x".into());
    drop(b);
    Case::push(&network, &[("HOSTS", webs), ("BEAT_HOSTS", "b")])
}

#[test]
fn beat_that_moves() {
    let case = beat_moves("a b");
    ["a", "b"].iter().for_each(|host| check_every_step(&case, host, &FAULTS));
}

#[test]
fn the_undo_of_beat_that_moves() {
    let case = beat_moves("a b");
    for host in ["a", "b"] {
        check_every_undo_step(&case, ("b", "wait for site-beat"), host, &KINDS);
    }
}

#[test]
fn beat_that_moves_in_a_continued_push() {
    let killed = [("b", "start site-beat"), ("b", "wait for site"), ("a", "stop site-beat")];
    for (host, step) in killed {
        // The new host of beat is the first one and is restored before the other.
        let case = beat_moves("b a")
            .interrupted(|network| network.state(host).fault_at = Some((step, Fault::KilledAfter)));
        ["a", "b"].iter().for_each(|host| check_every_step(&case, host, &SECOND));
    }
}

#[test]
fn a_push_that_continues_another() {
    let case = Case::push(&three_hosts(), &THREE_HOSTS);
    for (host, step) in [("a", "restart site"), ("b", "TAG=new REVERT=old"), ("c", "stop site-beat")] {
        let case =
            case.interrupted(|network| network.state(host).fault_at = Some((step, Fault::KilledAfter)));
        ["a", "b", "c"].iter().for_each(|host| check_every_step(&case, host, &SECOND));
    }
}

#[test]
fn a_rollback() {
    let network = three_hosts();
    for tag in ["old", "new"] {
        push(&network, &settings(&THREE_HOSTS), tag).0.unwrap();
    }
    let case = Case::new(&network, &THREE_HOSTS, Target::Rollback(None), "old", &["old"]);
    ["a", "b", "c"].iter().for_each(|host| check_every_step(&case, host, &KINDS));
    let killed =
        case.interrupted(|network| network.state("b").fault_at = Some(("restart site", Fault::Killed)));
    ["a", "b"].iter().for_each(|host| check_every_step(&killed, host, &SECOND));
}

/// The tag has moved in the registry.
#[test]
fn the_same_tag() {
    let network = three_hosts();
    network.registry.lock().unwrap().insert("old".into(), "sha256:moved".into());
    let case = Case::new(&network, &THREE_HOSTS, Target::Push("old".into()), "old", &["old", "older"]);
    ["a", "b", "c"].iter().for_each(|host| check_every_step(&case, host, &KINDS));
    let killed =
        case.interrupted(|network| network.state("b").fault_at = Some(("restart site", Fault::Killed)));
    ["a", "b"].iter().for_each(|host| check_every_step(&killed, host, &SECOND));
}

#[test]
fn a_single_host() {
    let network = Network::new(&[("a", &["site", "site-worker", "site-beat"])]);
    let lists = [("HOSTS", "a"), ("CELERY_HOSTS", "a"), ("BEAT_HOSTS", "a")];
    check_every_step(&Case::push(&network, &lists), "a", &FAULTS);
}

#[test]
fn hosts_with_upstart() {
    let network = three_hosts();
    for host in network.hosts.values() {
        let mut state = host.lock().unwrap();
        state.upstart = true;
        state.files.remove(std::path::Path::new("/run/systemd/system"));
        state.files.insert("/sbin/initctl".into(), Vec::new());
    }
    let case = Case::push(&network, &THREE_HOSTS);
    ["b", "c"].iter().for_each(|host| check_every_step(&case, host, &KINDS));
}

/// An instance without a TAG file, on the hosts of production.
#[test]
fn an_instance() {
    let all = ["site", "site-beat", "site-staging", "site-staging-beat"];
    let network = Network::with_app(STAGING, &[("a", &all), ("b", &["site", "site-staging"])]);
    let case = Case::push(&network, &[("HOSTS", "a b"), ("BEAT_HOSTS", "a")]);
    check_every_step(&case, "a", &KINDS);
    check_every_undo_step(&case, ("a", "wait for site-staging-beat"), "b", &KINDS);
    check_every_undo_step(&case, ("a", "wait for site-staging-beat"), "a", &KINDS);
}

#[test]
fn a_role_of_roles() {
    let network = Network::new(&[("a", &["site"]), ("b", &["site", "site-mail"])]);
    let lists = [("HOSTS", "a b"), ("ROLES", "mail"), ("MAIL_HOSTS", "b")];
    check_every_step(&Case::push(&network, &lists), "b", &KINDS);
}

/// Files that can't be written, commands that fail, an agent that dies in the
/// middle of a step.
#[test]
fn every_operation_of_every_machine() {
    let case = Case::push(&three_hosts(), &THREE_HOSTS);
    for host in ["a", "b", "c"] {
        let network = case.network.copy();
        push(&network, &case.settings, "new").0.unwrap();
        let operations = network.state(host).operations;
        for at in 1..=operations {
            for operation_fault in
                [OperationFault::Fails, OperationFault::DiesBefore, OperationFault::DiesAfter]
            {
                let context = format!("{operation_fault:?} at operation {at} of {host}");
                case.check_with_fault(&context, |network| {
                    network.state(host).operation_fault = Some((at, operation_fault))
                });
            }
        }
    }
}
