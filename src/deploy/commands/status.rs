//! `status`: the state of apps on their hosts.

use super::{CliContext, apps, print};
use crate::deploy::error::Error;
use crate::deploy::host::Connect;
use crate::deploy::host_state::{Health, HostState};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::rollout::{inspect, preflight};
use crate::deploy::settings::DeploySettings;
use crate::deploy::show;
use crate::deploy::show::status::StatusRow;
use crate::deploy::topology::{Topology, TopologyHost};
use crate::report;
use crate::sys::threads;

/// Prints the status of an app, or of all apps that this machine configures.
pub(super) fn run(context: &CliContext<'_>, app: Option<&str>, json: bool) -> Result<u8, Error> {
    let named = app.map(str::to_owned).or_else(|| context.env_var("APP")).filter(|app| !app.is_empty());
    let apps = match &named {
        Some(app) => vec![app.clone()],
        None => apps::local_apps(context)?,
    };
    if apps.is_empty() {
        return Err(Error::NoApp);
    }
    let mut all = Vec::new();
    for app in &apps {
        match context.settings(Some(app), true) {
            Ok(settings) => all.extend(rows(&settings, &context.connector(&settings))),
            // An invalid file does not hide the other apps.
            Err(error) if named.is_none() => all.push(row_without_state(app, "", error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(print(&match json {
        true => report::json_pretty(&all),
        false => show::status::render(&all),
    }))
}

/// The state of all hosts of an app, read in parallel.
pub(super) fn host_states(
    settings: &DeploySettings,
    connect: &dyn Connect,
) -> (Topology, Vec<Result<HostState, StepError>>) {
    let topology = Topology::new(settings);
    let query = |host: &usize| {
        let units = topology.units_to_inspect(*host, &settings.app);
        let request = Request::Inspect { units, incoming: None, health: true };
        let mut connection = connect.connect(&topology.hosts[*host].name)?;
        inspect::host_state(connection.query(&request, &|| false))
    };
    let hosts: Vec<usize> = (0..topology.hosts.len()).collect();
    let states = threads::parallel_map(&hosts, &query);
    (topology, states)
}

/// The rows of an app.
pub fn rows(settings: &DeploySettings, connect: &dyn Connect) -> Vec<StatusRow> {
    let (topology, results) = host_states(settings, connect);
    let mut states: Vec<HostState> = results.iter().map(|state| state.clone().unwrap_or_default()).collect();
    inspect::close_completed(&mut states);
    let topology = preflight::without_missing_units(&topology, &states);
    let tags: Vec<Option<String>> = results.iter().flatten().map(|state| state.tag_files.tag()).collect();
    let usual_tag = most_frequent(&tags);
    let mut rows = Vec::new();
    for ((host, result), state) in topology.hosts.iter().zip(&results).zip(&states) {
        let host_rows = HostRows { settings, host, state, usual_tag: usual_tag.as_deref() };
        match result {
            Ok(_) => {
                rows.extend(host.role_units.iter().map(|unit| host_rows.row(unit)));
                rows.extend(host_rows.stray_beat(&topology));
            }
            Err(failure) => {
                rows.push(row_without_state(&settings.app.to_string(), &host.name, failure.to_string()));
            }
        }
    }
    rows
}

/// The row of an app with invalid settings, or of a host that does not respond.
fn row_without_state(app: &str, host: &str, health: String) -> StatusRow {
    StatusRow {
        app: app.to_owned(),
        host: host.to_owned(),
        role: String::new(),
        tag: None,
        runs: None,
        digest: None,
        unit: String::new(),
        healthy: false,
        health,
        since: None,
        drift: Vec::new(),
    }
}

/// Makes the rows of a host.
struct HostRows<'a> {
    settings: &'a DeploySettings,
    host: &'a TopologyHost,
    state: &'a HostState,
    /// The tag that most hosts have.
    usual_tag: Option<&'a str>,
}

impl HostRows<'_> {
    fn row(&self, unit: &RoleUnit) -> StatusRow {
        let state = self.state.unit(&unit.unit);
        let runs = state.and_then(|state| state.running_tag.clone());
        let (healthy, health) = match state.map(|state| (state.exists, state.health.as_ref())) {
            Some((true, Some(Health::Healthy(evidence)))) => (true, evidence.clone()),
            Some((true, Some(Health::Unhealthy(reason)))) => (false, reason.clone()),
            Some((true, None)) => (false, "unknown".to_owned()),
            Some((false, _)) | None => (false, "the unit does not exist".to_owned()),
        };
        StatusRow {
            app: self.settings.app.to_string(),
            host: self.host.name.clone(),
            role: unit.role.name().to_owned(),
            tag: self.state.tag_files.tag(),
            digest: self.state.current_image.as_ref().map(|image| image.identity().to_owned()),
            unit: unit.unit.clone(),
            healthy,
            health,
            since: state.and_then(|state| state.running_since.clone()),
            drift: self.drift(runs.as_deref()),
            runs,
        }
    }

    /// Beat on a host where it should not run.
    fn stray_beat(&self, topology: &Topology) -> Option<StatusRow> {
        let beat = RoleUnit::new(Role::Beat, &self.settings.app);
        let (home, _) = topology.hosts_with(&Role::Beat).next()?;
        let is_active = self.state.unit(&beat.unit).is_some_and(|unit| unit.active);
        if !is_active || self.host.role_units.contains(&beat) {
            return None;
        }
        let mut row = self.row(&beat);
        row.drift.push(format!("should run on {} only", topology.hosts[home].name));
        Some(row)
    }

    fn drift(&self, runs: Option<&str>) -> Vec<String> {
        let (mut drift, tag) = (Vec::new(), self.state.tag_files.tag());
        if tag.as_deref() != self.usual_tag {
            drift.push(format!("other hosts have {}", self.usual_tag.unwrap_or("no tag")));
        }
        if let Some(runs) = runs.filter(|runs| Some(*runs) != tag.as_deref()) {
            drift.push(format!("runs {runs}"));
        }
        if let Some(holder) = &self.state.lock_holder {
            drift.push(holder.to_string());
        } else if let Some(open) = &self.state.open_deploy {
            let (kind, tag, stage) = (open.ticket.kind.name(), &open.ticket.tag, &open.stage);
            let old_tag = open.snapshot.tag().unwrap_or_else(|| "no tag".into());
            drift.push(format!("a {kind} of {tag} over {old_tag} was interrupted at stage {stage}"));
        }
        drift.extend(self.state.blockers.iter().map(ToString::to_string));
        drift.extend(self.state.version_mismatch.clone());
        drift
    }
}

/// The tag of most hosts; of equally frequent ones that of the first host.
fn most_frequent(tags: &[Option<String>]) -> Option<String> {
    let count = |tag: &Option<String>| tags.iter().filter(|other| *other == tag).count();
    tags.iter().rev().max_by_key(|tag| count(tag)).cloned().flatten()
}
