//! What users should know before a plan is carried out.

use crate::deploy::history::DeployKind;
use crate::deploy::plan::{DEFAULT_PAUSE, PlanInput};
use crate::deploy::role::{Role, RoleUnit};

/// A warning. A new one is a variant here, its text in [`std::fmt::Display`],
/// and the place that finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    OnlyWebHost {
        host: String,
    },
    /// The agent of this host is of another release, so a push would fail.
    OtherRelease {
        host: String,
        text: String,
    },
    /// Beat runs on a host where it should not, and moves.
    BeatMoves {
        host: String,
        unit: String,
        home: String,
    },
    /// Beat's unit is enabled on a host where it should not run.
    BeatEnabled {
        host: String,
        unit: String,
        home: String,
    },
    /// This push or rollback continues an interrupted one.
    Continues {
        host: String,
        kind: DeployKind,
        tag: String,
        stage: String,
    },
    /// A rollback across migrations.
    SchemaStays {
        tag: String,
    },
    /// The default pause applies because no proxy is configured.
    DefaultPause,
    /// No nginx server is known to be this web host.
    UnknownServer {
        proxy: String,
        host: String,
    },
    /// nginx skips a web host after a failure.
    SkippedServer {
        proxy: String,
        server: String,
        upstream: String,
        max_fails: u64,
        fail_timeout: u64,
    },
    /// The pause that follows from the proxies' configuration, in seconds.
    ProxyPause {
        seconds: u64,
    },
    /// SETTLE is shorter than the proxies need, in seconds.
    SettleTooShort {
        settle: u64,
        needed: u64,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OnlyWebHost { host } => {
                write!(f, "{host} is the only web host: requests fail while it restarts")
            }
            Self::OtherRelease { host, text } => write!(f, "{host}: {text}"),
            Self::BeatMoves { host, unit, home } => {
                write!(f, "{host}: {unit} stops here and starts on {home}")
            }
            Self::BeatEnabled { host, unit, home } => write!(
                f,
                "{host}: {unit} would start at boot, in addition to the one on {home}: run systemctl disable \
                 {unit}.service"
            ),
            Self::Continues { host, kind, tag, stage } => write!(
                f,
                "{host}: a {} of {tag} was interrupted at stage {stage}; this one continues from there",
                kind.name()
            ),
            Self::SchemaStays { tag } => {
                write!(f, "migrations ran since {tag}: the database schema is not rolled back")
            }
            Self::DefaultPause => write!(
                f,
                "pausing {DEFAULT_PAUSE} s between web hosts, because nginx by default skips a server for 10 s after a \
                 failure. With max_fails=0 on the upstream's servers no pause is needed: set PROXY_HOSTS to have \
                 docker-deploy check this, or SETTLE=0"
            ),
            Self::UnknownServer { proxy, host } => {
                write!(f, "{proxy}: no nginx upstream server matches {host}")
            }
            Self::SkippedServer { proxy, server, upstream, max_fails, fail_timeout } => {
                let place = if upstream.is_empty() { "" } else { " in upstream " };
                write!(
                    f,
                    "{proxy}: nginx skips {server} for {fail_timeout} s after a failure (max_fails={max_fails}): set \
                     max_fails=0{place}{upstream}"
                )
            }
            Self::ProxyPause { seconds } => write!(f, "pausing {seconds} s between web hosts"),
            Self::SettleTooShort { settle, needed } => {
                write!(f, "SETTLE={settle} is too short: the proxies need {needed} s between web hosts")
            }
        }
    }
}

/// The warnings that follow from the state of the hosts.
pub(super) fn find(input: PlanInput<'_>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = only_web_host(input).into_iter().collect();
    warnings.extend(beat_elsewhere(input));
    for (host, state) in input.topology.hosts.iter().zip(input.host_states) {
        if let Some(open) = &state.open_deploy {
            let (kind, tag) = (open.ticket.kind, open.ticket.tag.clone());
            warnings.push(Warning::Continues {
                host: host.name.clone(),
                kind,
                tag,
                stage: open.stage.clone(),
            });
        }
    }
    warnings
}

fn only_web_host(input: PlanInput<'_>) -> Option<Warning> {
    let web: Vec<usize> = input.topology.hosts_with(&Role::Web).map(|(host, _)| host).collect();
    let [only] = web.as_slice() else { return None };
    Some(Warning::OnlyWebHost { host: input.topology.hosts[*only].name.clone() })
}

/// Beat on hosts where it should not run.
fn beat_elsewhere(input: PlanInput<'_>) -> Vec<Warning> {
    let (topology, mut warnings) = (input.topology, Vec::new());
    let beat = RoleUnit::new(Role::Beat, &input.settings.app);
    for (home, unit) in topology.hosts_with(&Role::Beat) {
        for stray in input.stray_beats(home) {
            let name = |host: usize| topology.hosts[host].name.clone();
            let (host, unit, home) = (name(stray), unit.to_owned(), name(home));
            if input.is_active(stray, &beat) {
                let (host, unit, home) = (host.clone(), unit.clone(), home.clone());
                warnings.push(Warning::BeatMoves { host, unit, home });
            }
            if input.host_states[stray].unit(&unit).is_some_and(|unit| unit.enabled) {
                warnings.push(Warning::BeatEnabled { host, unit, home });
            }
        }
    }
    warnings
}
