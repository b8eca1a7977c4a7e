//! Every step times every fault, and every operation of the machine as well.

use crate::check::{THREE, is_on, push, run, settings, three, truth, whole};
use crate::network::{Crack, FAULTS, Fault, Network};
use docker_runner::deploy::ended::Ended;
use docker_runner::deploy::job::Wanted;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many actions, and how many operations, a push takes on a host.
fn counted(host: &str) -> (usize, usize) {
    let network = three();
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    assert_eq!(ended.unwrap(), Ended::Done, "{}", lines.text());
    let state = network.state(host);
    (state.actions, state.operations)
}

/// After the deployer was killed or a host was left behind: the next rollback
/// or push makes all hosts one again.
fn mends(network: &Arc<Network>, what: &str) {
    let gone = network.hosts.values().any(|host| host.lock().unwrap().away_until == u64::MAX);
    if gone {
        return;
    }
    network.recover();
    network.hosts.values().for_each(|host| whole(&host.lock().unwrap()).unwrap());
    let settings = settings(&THREE);
    // Ended whole although nobody heard of it: both ways back are right.
    let (wanted, tag, revert) = match what.len() % 2 {
        0 => (Wanted::Push("new".into()), "new", "old"),
        _ => (Wanted::Rollback(Some("old".into())), "old", ""),
    };
    let (ended, lines) = run(network, &settings, &wanted, 8);
    let story = || format!("{what}, then {wanted:?}\n{}", lines.text());
    assert_eq!(ended.as_ref().ok(), Some(&Ended::Done), "{ended:?} {}", story());
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        let reverts = if revert.is_empty() { vec!["older", "new"] } else { vec![revert] };
        let right = reverts.iter().any(|revert| is_on(&state, tag, revert).is_ok());
        assert!(right, "{:?} {}", is_on(&state, tag, reverts[0]), story());
    }
    assert_eq!(network.violations.lock().unwrap().first(), None, "{}", story());
}

fn with_fault(host: &str, at: usize, fault: Fault) {
    let network = three();
    network.state(host).fault = Some((at, fault));
    let (ended, lines) = push(&network, &settings(&THREE), "new");
    let what = format!("{fault:?} at action {at} of {host}");
    let killed = network.killed.load(Ordering::SeqCst);
    if killed {
        return mends(&network, &what);
    }
    if let Err(wrong) = truth(&network, &ended, &lines) {
        panic!("{what}: {wrong}\nended {ended:?}\n{}", lines.text());
    }
    if fault == Fault::Late {
        assert_eq!(ended.as_ref().ok(), Some(&Ended::Done), "{what}\n{}", lines.text());
    }
    mends(&network, &what);
}

fn every_fault(host: &str) {
    let (actions, _) = counted(host);
    assert!(actions > 8, "{actions}");
    for at in 1..=actions {
        FAULTS.into_iter().for_each(|fault| with_fault(host, at, fault));
    }
}

#[test]
fn every_step_times_every_fault_on_the_first_host() {
    every_fault("a");
}

#[test]
fn every_step_times_every_fault_on_a_host_with_two_roles() {
    every_fault("b");
}

#[test]
fn every_step_times_every_fault_on_the_host_of_beat() {
    every_fault("c");
}

/// Files that can't be written, commands that fail, the helper dead in the
/// middle of a step.
#[test]
fn every_operation_of_every_machine() {
    for host in ["a", "b", "c"] {
        let (_, operations) = counted(host);
        for at in 1..=operations {
            for crack in [Crack::Fails, Crack::DiesBefore, Crack::DiesAfter] {
                let network = three();
                network.state(host).crack = Some((at, crack));
                let (ended, lines) = push(&network, &settings(&THREE), "new");
                let what = format!("{crack:?} at operation {at} of {host}");
                if let Err(wrong) = truth(&network, &ended, &lines) {
                    panic!("{what}: {wrong}\nended {ended:?}\n{}", lines.text());
                }
                mends(&network, &what);
            }
        }
    }
}
