//! A deploy that is disturbed, and what must be true afterwards, whatever failed.

use crate::check::{Lines, Marks, marks_of, run, settings_of};
use crate::network::{IMAGE, Network, SECRET, State};
use docker_runner::deploy::Error;
use docker_runner::deploy::rollout::Wanted;
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::settings::DeploySettings;
use docker_runner::deploy::topology::{Role, Topology};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a host is: TAG and REVERT, and of each unit the image that it runs.
type Whole = (Marks, BTreeMap<String, Option<String>>);

/// What all of them are.
type Hosts = BTreeMap<String, Whole>;

/// A deploy, and what the hosts are before and after it.
pub(crate) struct Case {
    /// The hosts as the deploy finds them.
    pub(crate) network: Arc<Network>,
    pub(crate) settings: DeploySettings,
    pub(crate) wanted: Wanted,
    /// What they are when it was undone; not what it found, where it takes up another.
    before: Hosts,
    after: Hosts,
    /// The tags that a rollback afterwards may come to.
    pub(crate) back: &'static [&'static str],
}

impl Case {
    /// A push of `new` over `old`.
    pub(crate) fn push(network: &Arc<Network>, lists: &[(&str, &str)]) -> Self {
        Self::new(network, lists, Wanted::Push("new".into()), "new", &["old", "older"])
    }

    pub(crate) fn new(
        network: &Arc<Network>,
        lists: &[(&str, &str)],
        wanted: Wanted,
        tag: &str,
        back: &'static [&'static str],
    ) -> Self {
        let settings = settings_of(network.app, lists);
        let before = found(network);
        let id = network.registry.lock().unwrap()[tag].clone();
        let after = on(&before, &settings, tag, &id);
        Self { network: network.clone(), settings, wanted, before, after, back }
    }

    /// The same, after one that was killed.
    pub(crate) fn taken_up(&self, kill: impl FnOnce(&Network)) -> Self {
        let network = self.network.copy();
        kill(&network);
        let _ = run(&network, &self.settings, &self.wanted, 7);
        assert!(network.killed.load(Ordering::SeqCst), "it was not killed");
        network.recover();
        let (settings, wanted) = (self.settings.clone(), self.wanted.clone());
        let (before, after) = (self.before.clone(), self.after.clone());
        Self { network, settings, wanted, before, after, back: self.back }
    }

    /// How many actions it takes on a host.
    pub(crate) fn actions(&self, host: &str) -> usize {
        let network = self.network.copy();
        let already = network.state(host).actions;
        let (ended, lines) = run(&network, &self.settings, &self.wanted, 9);
        assert_eq!(ended.unwrap(), Outcome::Done, "{}", lines.text());
        self.after(&network).unwrap();
        network.state(host).actions - already
    }

    fn after(&self, network: &Network) -> Result<(), String> {
        network.hosts.values().try_for_each(|host| is(&host.lock().unwrap(), network.app, &self.after))
    }

    /// Runs it, disturbed by that, and afterwards both ways to go on.
    pub(crate) fn disturbed(&self, what: &str, disturb: impl FnOnce(&Network)) {
        let network = self.network.copy();
        disturb(&network);
        let (ended, lines) = run(&network, &self.settings, &self.wanted, 9);
        let killed = network.killed.load(Ordering::SeqCst);
        let wrong = self.truth(&network, (!killed).then_some(&ended), &lines);
        if let Err(wrong) = wrong {
            panic!("{what}: {wrong}\nended {ended:?}\n{}", lines.text());
        }
        if killed || !matches!(ended, Ok(Outcome::Done | Outcome::Undone { .. })) {
            self.mends(&network, &format!("{what}\n{ended:?}\n{}", lines.text()));
        }
    }

    /// What must be true; where it was killed only what holds at any time.
    pub(crate) fn truth(
        &self,
        network: &Network,
        ended: Option<&Result<Outcome, Error>>,
        lines: &Lines,
    ) -> Result<(), String> {
        if lines.text().contains(SECRET) {
            return Err("a secret was shown".into());
        }
        if let Some(violation) = network.violations.lock().unwrap().first() {
            return Err(violation.clone());
        }
        for host in network.hosts.values() {
            let state = host.lock().unwrap();
            self.marks_are_right(&state)?;
            let broken = matches!(ended, Some(Ok(Outcome::Broken { hosts, .. })) if hosts.iter().any(|(name, _)| *name == state.name));
            match ended {
                Some(Ok(Outcome::Done)) => is(&state, network.app, &self.after)?,
                Some(Ok(_)) if !broken => is(&state, network.app, &self.before)?,
                // Nothing was changed, and nothing put back.
                Some(Err(_)) => {
                    let found = marks_of(&self.network.state(&state.name), network.app);
                    let now = marks_of(&state, network.app);
                    if now != found {
                        return Err(format!("{}: {now:?} was {found:?}", state.name));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// TAG and REVERT are those from before or those that are to come, at any
    /// time; no secret is on the disk.
    fn marks_are_right(&self, state: &State) -> Result<(), String> {
        let app = self.network.app;
        let (tag, revert) = marks_of(state, app);
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

    /// After the deployer was killed or a host was left behind: the next push
    /// and the next rollback each make all hosts one again.
    fn mends(&self, network: &Network, what: &str) {
        let burnt = |state: &State| state.away_until == u64::MAX && state.containers.is_empty();
        if network.hosts.values().any(|host| burnt(&host.lock().unwrap())) {
            return;
        }
        network.recover();
        let again = network.copy();
        let (ended, lines) = run(&again, &self.settings, &self.wanted, 10);
        let story = format!("{what}\nthen the same again: {ended:?}\n{}", lines.text());
        // A rollback may have come to its end though nobody heard of it.
        let back = self.wanted == Wanted::Rollback(None);
        let over = matches!(ended, Err(Error::NoOlder { .. })) && back;
        assert!(over || matches!(ended, Ok(Outcome::Done)), "{story}");
        assert_eq!(self.after(&again), Ok(()), "{story}");
        assert_eq!(again.violations.lock().unwrap().first(), None, "{story}");

        let back = network.copy();
        let (ended, lines) = run(&back, &self.settings, &Wanted::Rollback(None), 11);
        let story = format!("{what}\nthen a rollback: {ended:?}\n{}", lines.text());
        let right = |tag: &str| back.hosts.values().all(|host| self.is_on(&host.lock().unwrap(), tag));
        assert!(!matches!(ended, Ok(Outcome::Broken { .. }) | Err(Error::Troubles)), "{story}");
        assert!(self.back.iter().any(|tag| right(tag)), "{:?} {story}", found(&back));
        assert_eq!(back.violations.lock().unwrap().first(), None, "{story}");
    }

    /// Whether a host has this tag, behind it in each unit that ran or was to
    /// run the image of it, and another one in REVERT.
    fn is_on(&self, state: &State, tag: &str) -> bool {
        let id = state.images.get(&format!("{IMAGE}:{tag}")).cloned();
        let (marks, units) = whole(state, self.network.app);
        let deployed =
            |unit: &String| self.before[&state.name].1.get(unit) != self.after[&state.name].1.get(unit);
        let beat = self.beat();
        let right = |(unit, runs): (&String, &Option<String>)| {
            runs.is_some() && *runs == id || Some(unit) == beat.as_ref() || !deployed(unit)
        };
        // Without one of its own, an instance lives on its app's.
        let own = marks.0.as_deref().unwrap_or("old");
        own == tag && marks.1.as_deref() != Some(tag) && units.iter().all(right)
    }

    fn beat(&self) -> Option<String> {
        Topology::new(&self.settings).with(&Role::Beat).next().map(|(_, unit)| unit.to_owned())
    }
}

/// What a host is now. A unit has one container; of a host that burnt down
/// only the files are asked.
fn whole(state: &State, app: &str) -> Whole {
    let runs = |(unit, active): (&String, &bool)| {
        let own: Vec<_> = state.containers.iter().filter(|found| found.unit == *unit).collect();
        let id = match own.as_slice() {
            [] if !active => None,
            [one] if *active => Some(one.image_id.clone()),
            other => Some(format!("{other:?}, active {active}")),
        };
        (unit.clone(), id)
    };
    (marks_of(state, app), state.units.iter().map(runs).collect())
}

fn found(network: &Network) -> Hosts {
    let hosts = network.hosts.iter();
    hosts.map(|(name, state)| (name.clone(), whole(&state.lock().unwrap(), network.app))).collect()
}

/// All hosts on a tag, the units where they are to be.
fn on(before: &Hosts, settings: &DeploySettings, tag: &str, id: &str) -> Hosts {
    let mut hosts = before.clone();
    let topology = Topology::new(settings);
    for (_, units) in hosts.values_mut() {
        for (_, unit) in topology.with(&Role::Beat) {
            units.entry(unit.to_owned()).and_modify(|runs| *runs = None);
        }
    }
    for host in &topology.hosts {
        let (marks, units) = hosts.get_mut(&host.name).unwrap();
        if marks.0.as_deref() != Some(tag) {
            *marks = (Some(tag.to_owned()), marks.0.take());
        }
        host.parts.iter().for_each(|part| drop(units.insert(part.unit.clone(), Some(id.to_owned()))));
    }
    hosts
}

fn is(state: &State, app: &str, hosts: &Hosts) -> Result<(), String> {
    let (wanted, now) = (&hosts[&state.name], whole(state, app));
    let burnt = state.away_until == u64::MAX && state.containers.is_empty();
    let right = if burnt { now.0 == wanted.0 } else { now == *wanted };
    if right { Ok(()) } else { Err(format!("{} is {now:?}, not {wanted:?}", state.name)) }
}
