//! A rollout with faults, and what must be true afterwards, whatever failed.

use crate::check::{RecordedReport, Tags, run, settings_of, tags_of};
use crate::network::{IMAGE, Network, SECRET, SimulatedHost};
use docker_runner::deploy::Error;
use docker_runner::deploy::role::Role;
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::rollout::target::Target;
use docker_runner::deploy::settings::DeploySettings;
use docker_runner::deploy::topology::Topology;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// TAG and REVERT of a host, and the image that each of its units runs.
type HostSnapshot = (Tags, BTreeMap<String, Option<String>>);

/// The snapshots of all hosts.
type Snapshots = BTreeMap<String, HostSnapshot>;

/// A rollout, and the expected state of the hosts.
pub(crate) struct Case {
    /// The hosts before the rollout.
    pub(crate) network: Arc<Network>,
    pub(crate) settings: DeploySettings,
    pub(crate) target: Target,
    /// The hosts after an undo. After an interrupted push that is the state
    /// before that push.
    before: Snapshots,
    after: Snapshots,
    /// The tags to which a later rollback may go.
    pub(crate) rollback_tags: &'static [&'static str],
}

impl Case {
    /// A push of `new` over `old`.
    pub(crate) fn push(network: &Arc<Network>, lists: &[(&str, &str)]) -> Self {
        Self::new(network, lists, Target::Push("new".into()), "new", &["old", "older"])
    }

    pub(crate) fn new(
        network: &Arc<Network>,
        lists: &[(&str, &str)],
        target: Target,
        tag: &str,
        rollback_tags: &'static [&'static str],
    ) -> Self {
        let settings = settings_of(network.app, lists);
        let before = snapshots(network);
        let id = network.registry.lock().unwrap()[tag].clone();
        let after = snapshots_with_tag(&before, &settings, tag, &id);
        Self { network: network.clone(), settings, target, before, after, rollback_tags }
    }

    /// The same rollout after one whose deployer was killed.
    pub(crate) fn interrupted(&self, kill: impl FnOnce(&Network)) -> Self {
        let network = self.network.copy();
        kill(&network);
        let _ = run(&network, &self.settings, &self.target, 7);
        assert!(network.killed.load(Ordering::SeqCst), "the deployer was not killed");
        network.recover();
        let (settings, target) = (self.settings.clone(), self.target.clone());
        let (before, after) = (self.before.clone(), self.after.clone());
        Self { network, settings, target, before, after, rollback_tags: self.rollback_tags }
    }

    /// How many requests it sends to a host.
    pub(crate) fn requests(&self, host: &str) -> usize {
        let network = self.network.copy();
        let already = network.state(host).requests;
        let (outcome, lines) = run(&network, &self.settings, &self.target, 9);
        assert_eq!(outcome.unwrap(), Outcome::Done, "{}", lines.text());
        self.check_after(&network).unwrap();
        network.state(host).requests - already
    }

    fn check_after(&self, network: &Network) -> Result<(), String> {
        network
            .hosts
            .values()
            .try_for_each(|host| check_host(&host.lock().unwrap(), network.app, &self.after))
    }

    /// Runs it with a fault. If hosts are left in different states, both a retry
    /// and a rollback must correct them.
    pub(crate) fn check_with_fault(&self, context: &str, add_fault: impl FnOnce(&Network)) {
        let network = self.network.copy();
        add_fault(&network);
        let (outcome, lines) = run(&network, &self.settings, &self.target, 9);
        let killed = network.killed.load(Ordering::SeqCst);
        let problem = self.check_invariants(&network, (!killed).then_some(&outcome), &lines);
        if let Err(problem) = problem {
            panic!("{context}: {problem}\nended {outcome:?}\n{}", lines.text());
        }
        if killed || !matches!(outcome, Ok(Outcome::Done | Outcome::Undone { .. })) {
            self.check_recovery(&network, &format!("{context}\n{outcome:?}\n{}", lines.text()));
        }
    }

    /// Checks the hosts. Without an outcome the deployer was killed, and only what
    /// must hold at any time is checked.
    pub(crate) fn check_invariants(
        &self,
        network: &Network,
        outcome: Option<&Result<Outcome, Error>>,
        lines: &RecordedReport,
    ) -> Result<(), String> {
        if lines.text().contains(SECRET) {
            return Err("a secret was shown".into());
        }
        if let Some(violation) = network.violations.lock().unwrap().first() {
            return Err(violation.clone());
        }
        for host in network.hosts.values() {
            let state = host.lock().unwrap();
            self.check_tag_files(&state)?;
            let broken = matches!(outcome, Some(Ok(Outcome::Failed { hosts, .. })) if hosts.iter().any(|(name, _)| *name == state.name));
            match outcome {
                Some(Ok(Outcome::Done)) => check_host(&state, network.app, &self.after)?,
                Some(Ok(_)) if !broken => check_host(&state, network.app, &self.before)?,
                // Nothing was changed or restored.
                Some(Err(_)) => {
                    let found = tags_of(&self.network.state(&state.name), network.app);
                    let now = tags_of(&state, network.app);
                    if now != found {
                        return Err(format!("{}: {now:?}, before {found:?}", state.name));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// At any time TAG and REVERT have their old or their new values, and no
    /// secret is on the disk.
    fn check_tag_files(&self, state: &SimulatedHost) -> Result<(), String> {
        let app = self.network.app;
        let (tag, revert) = tags_of(state, app);
        let ((tag0, revert0), (tag1, revert1)) = (&self.before[&state.name].0, &self.after[&state.name].0);
        if ![tag0, tag1].contains(&&tag) || ![revert0, revert1].contains(&&revert) {
            return Err(format!("{}: TAG is {tag:?}, REVERT is {revert:?}", state.name));
        }
        let inside = |path: &&std::path::PathBuf| path.to_string_lossy().contains(".deploy");
        for path in state.files.keys().filter(inside) {
            if String::from_utf8_lossy(&state.files[path]).contains(SECRET) {
                return Err(format!("{} holds a secret", path.display()));
            }
        }
        Ok(())
    }

    /// After the deployer was killed or a host was not restored, the next push
    /// and the next rollback each bring all hosts into the same state.
    fn check_recovery(&self, network: &Network, fault: &str) {
        let destroyed = |state: &SimulatedHost| state.away_until == u64::MAX && state.containers.is_empty();
        if network.hosts.values().any(|host| destroyed(&host.lock().unwrap())) {
            return;
        }
        network.recover();
        let again = network.copy();
        let (outcome, lines) = run(&again, &self.settings, &self.target, 10);
        let context = format!("{fault}\nthen a retry: {outcome:?}\n{}", lines.text());
        // The rollback may have completed without a response.
        let is_rollback = self.target == Target::Rollback(None);
        let was_complete = matches!(outcome, Err(Error::NoEarlierTag { .. })) && is_rollback;
        assert!(was_complete || matches!(outcome, Ok(Outcome::Done)), "{context}");
        assert_eq!(self.check_after(&again), Ok(()), "{context}");
        assert_eq!(again.violations.lock().unwrap().first(), None, "{context}");

        let rolled_back = network.copy();
        let (outcome, lines) = run(&rolled_back, &self.settings, &Target::Rollback(None), 11);
        let context = format!("{fault}\nthen a rollback: {outcome:?}\n{}", lines.text());
        let all_have =
            |tag: &str| rolled_back.hosts.values().all(|host| self.has_tag(&host.lock().unwrap(), tag));
        assert!(!matches!(outcome, Ok(Outcome::Failed { .. }) | Err(Error::Blocked)), "{context}");
        assert!(
            self.rollback_tags.iter().any(|tag| all_have(tag)),
            "{:?} {context}",
            snapshots(&rolled_back)
        );
        assert_eq!(rolled_back.violations.lock().unwrap().first(), None, "{context}");
    }

    /// Whether a host has this tag, runs its image in each unit that ran or was
    /// deployed, and has another tag in REVERT.
    fn has_tag(&self, state: &SimulatedHost, tag: &str) -> bool {
        let id = state.images.get(&format!("{IMAGE}:{tag}")).cloned();
        let (tags, units) = snapshot(state, self.network.app);
        let deployed =
            |unit: &String| self.before[&state.name].1.get(unit) != self.after[&state.name].1.get(unit);
        let beat = self.beat();
        let right = |(unit, runs): (&String, &Option<String>)| {
            runs.is_some() && *runs == id || Some(unit) == beat.as_ref() || !deployed(unit)
        };
        // An instance without a TAG file uses that of its app.
        let own = tags.0.as_deref().unwrap_or("old");
        own == tag && tags.1.as_deref() != Some(tag) && units.iter().all(right)
    }

    fn beat(&self) -> Option<String> {
        Topology::new(&self.settings).hosts_with(&Role::Beat).next().map(|(_, unit)| unit.to_owned())
    }
}

/// The state of a host. A unit has one container.
fn snapshot(state: &SimulatedHost, app: &str) -> HostSnapshot {
    let runs = |(unit, active): (&String, &bool)| {
        let own: Vec<_> = state.containers.iter().filter(|found| found.unit == *unit).collect();
        let id = match own.as_slice() {
            [] if !active => None,
            [one] if *active => Some(one.image_id.clone()),
            other => Some(format!("{other:?}, active {active}")),
        };
        (unit.clone(), id)
    };
    (tags_of(state, app), state.units.iter().map(runs).collect())
}

fn snapshots(network: &Network) -> Snapshots {
    let hosts = network.hosts.iter();
    hosts.map(|(name, state)| (name.clone(), snapshot(&state.lock().unwrap(), network.app))).collect()
}

/// The hosts with a tag, and with beat on its host only.
fn snapshots_with_tag(before: &Snapshots, settings: &DeploySettings, tag: &str, id: &str) -> Snapshots {
    let mut hosts = before.clone();
    let topology = Topology::new(settings);
    for (_, units) in hosts.values_mut() {
        for (_, unit) in topology.hosts_with(&Role::Beat) {
            units.entry(unit.to_owned()).and_modify(|runs| *runs = None);
        }
    }
    for host in &topology.hosts {
        let (tags, units) = hosts.get_mut(&host.name).unwrap();
        if tags.0.as_deref() != Some(tag) {
            *tags = (Some(tag.to_owned()), tags.0.take());
        }
        host.role_units.iter().for_each(|unit| drop(units.insert(unit.unit.clone(), Some(id.to_owned()))));
    }
    hosts
}

fn check_host(state: &SimulatedHost, app: &str, hosts: &Snapshots) -> Result<(), String> {
    let (expected, now) = (&hosts[&state.name], snapshot(state, app));
    let destroyed = state.away_until == u64::MAX && state.containers.is_empty();
    let right = if destroyed { now.0 == expected.0 } else { now == *expected };
    if right { Ok(()) } else { Err(format!("{} is {now:?}, not {expected:?}", state.name)) }
}
