//! The simulated hosts of an app, their registry and their clock.

use docker_runner::deploy::host::Clock;
use docker_runner::deploy::tag_files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub(crate) const APP: &str = "site";
pub(crate) const IMAGE: &str = "team/site";
/// A secret in the app's configuration.
pub(crate) const SECRET: &str = "s3cret-value";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The unit that started it.
    pub(crate) unit: String,
    /// IMAGE and tag.
    pub(crate) image: String,
    pub(crate) image_id: String,
    pub(crate) process: String,
}

/// Called with each request before it is performed.
pub(crate) type Hook = Arc<dyn Fn(&str) + Send + Sync>;

/// What goes wrong with a request to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request fails, and nothing is done.
    Fails,
    /// No response until the timeout, nothing is done, and the agent ends later.
    Hangs,
    /// The response is late.
    Late,
    /// It is done, but the connection ends before the response.
    DiesAfter,
    /// The connection ends before it is done.
    DiesBefore,
    /// It is done, then the host reboots and is unreachable for a minute.
    Reboots,
    /// It is done, then the host is lost forever.
    Gone,
    /// The deployer is killed, and nothing more is done.
    Killed,
    /// The deployer is killed right after it was done.
    KilledAfter,
    /// Ctrl-C, and the request is cancelled.
    Interrupt,
    /// Ctrl-C, but the request is still done.
    InterruptAfter,
    /// The disk is full from then on.
    DiskFull,
    /// It is done, then the host is unreachable, but what runs there keeps running.
    Partition,
}

pub(crate) const FAULTS: [Fault; 13] = [
    Fault::Fails,
    Fault::Hangs,
    Fault::Late,
    Fault::DiesAfter,
    Fault::DiesBefore,
    Fault::Reboots,
    Fault::Gone,
    Fault::Killed,
    Fault::KilledAfter,
    Fault::Interrupt,
    Fault::InterruptAfter,
    Fault::DiskFull,
    Fault::Partition,
];

/// What goes wrong with an operation of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationFault {
    /// It fails once.
    Fails,
    /// The agent dies before it.
    DiesBefore,
    /// The agent dies after it.
    DiesAfter,
}

/// The state of a host, which survives the agent.
#[derive(Debug, Default, Clone)]
pub(crate) struct SimulatedHost {
    pub(crate) name: String,
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    /// Image IDs by name.
    pub(crate) images: BTreeMap<String, String>,
    /// The units, and whether each is active.
    pub(crate) units: BTreeMap<String, bool>,
    /// Units that crash and are restarted all the time: neither active nor inactive.
    pub(crate) crashing: BTreeSet<String>,
    /// Units that start at boot.
    pub(crate) enabled: BTreeSet<String>,
    /// The units start containers without a name.
    pub(crate) nameless: bool,
    pub(crate) upstart: bool,
    /// The command prefixes that sudo allows; `None` if the user is root.
    pub(crate) sudo: Option<Vec<&'static str>>,
    /// All migrations are applied.
    pub(crate) migrated: bool,
    /// CHECK_URL is answered with 404.
    pub(crate) unanswered: bool,
    pub(crate) containers: Vec<Container>,
    /// The session that holds the lock, and when it releases it at the latest.
    pub(crate) lock: Option<(u64, u64)>,
    /// Until when it is unreachable, in milliseconds.
    pub(crate) away_until: u64,
    pub(crate) full: bool,
    /// The number of requests so far, and the fault of a later one.
    pub(crate) requests: usize,
    pub(crate) fault: Option<(usize, Fault)>,
    /// Another fault after that.
    pub(crate) second_fault: Option<(usize, Fault)>,
    /// The fault of the first request with this text.
    pub(crate) fault_at: Option<(&'static str, Fault)>,
    /// The number of operations so far, and the fault of a later one.
    pub(crate) operations: usize,
    pub(crate) operation_fault: Option<(usize, OperationFault)>,
    /// Images that never become healthy here.
    pub(crate) unhealthy: Vec<String>,
    /// What was done, one line each.
    pub(crate) done: Vec<String>,
    next: u64,
}

impl SimulatedHost {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// The hosts, the registry and the clock.
pub(crate) struct Network {
    /// The app, or the instance of it.
    pub(crate) app: &'static str,
    pub(crate) hosts: BTreeMap<String, Arc<Mutex<SimulatedHost>>>,
    /// The registry: image IDs by tag.
    pub(crate) registry: Mutex<BTreeMap<String, String>>,
    /// Image IDs that a host pulls instead, by host and tag.
    pub(crate) mirrors: Mutex<BTreeMap<(String, String), String>>,
    pub(crate) clock: AtomicU64,
    pub(crate) stop: AtomicBool,
    /// The push continues an interrupted one, so TAG may be new already.
    pub(crate) resuming: AtomicBool,
    /// The deployer is dead.
    pub(crate) killed: AtomicBool,
    pub(crate) violations: Mutex<Vec<String>>,
    sessions: AtomicU64,
    /// Called before each request, for example to run a second deployer.
    pub(crate) hook: Mutex<Option<Hook>>,
}

/// The monotonic time at a simulated time.
pub(crate) fn instant(millis: u64) -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    *START + Duration::from_millis(millis)
}

impl Clock for Network {
    fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst) / 1000
    }

    fn instant(&self) -> Instant {
        instant(self.millis())
    }

    fn sleep(&self, time: Duration) {
        self.pass(time);
    }
}

impl Network {
    /// Hosts with their units, all with tag `old` and the earlier tag `older`.
    pub(crate) fn new(hosts: &[(&str, &[&str])]) -> Arc<Self> {
        Self::with_app(APP, hosts)
    }

    /// The same for an instance.
    pub(crate) fn with_app(app: &'static str, hosts: &[(&str, &[&str])]) -> Arc<Self> {
        let state =
            |(name, units): &(&str, &[&str])| (name.to_string(), Arc::new(Mutex::new(running(name, units))));
        let registry = ["older", "old", "new"].map(|tag| (tag.to_owned(), format!("sha256:{tag}")));
        Arc::new(Self {
            app,
            hosts: hosts.iter().map(state).collect(),
            registry: Mutex::new(registry.into()),
            mirrors: Mutex::default(),
            clock: AtomicU64::new(1_000_000_000),
            stop: AtomicBool::new(false),
            resuming: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            violations: Mutex::default(),
            sessions: AtomicU64::new(1),
            hook: Mutex::default(),
        })
    }

    /// An independent network in the same state.
    pub(crate) fn copy(&self) -> Arc<Self> {
        let hosts = self.hosts.iter().map(|(name, state)| {
            let state = state.lock().unwrap().clone();
            (name.clone(), Arc::new(Mutex::new(state)))
        });
        Arc::new(Self {
            app: self.app,
            hosts: hosts.collect(),
            registry: Mutex::new(self.registry.lock().unwrap().clone()),
            mirrors: Mutex::new(self.mirrors.lock().unwrap().clone()),
            clock: AtomicU64::new(self.millis()),
            stop: AtomicBool::new(self.stop.load(Ordering::SeqCst)),
            resuming: AtomicBool::new(self.resuming.load(Ordering::SeqCst)),
            killed: AtomicBool::new(self.killed.load(Ordering::SeqCst)),
            violations: Mutex::new(self.violations.lock().unwrap().clone()),
            sessions: AtomicU64::new(self.sessions.load(Ordering::SeqCst)),
            hook: Mutex::default(),
        })
    }

    pub(crate) fn state(&self, host: &str) -> MutexGuard<'_, SimulatedHost> {
        self.hosts[host].lock().unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }

    pub(crate) fn millis(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn add_violation(&self, text: String) {
        self.violations.lock().unwrap().push(text);
    }

    /// All faults end, and the next deployer may start.
    pub(crate) fn recover(&self) {
        self.resuming.store(true, Ordering::SeqCst);
        self.killed.store(false, Ordering::SeqCst);
        self.stop.store(false, Ordering::SeqCst);
        self.pass(Duration::from_secs(300));
        for host in self.hosts.values() {
            let mut state = host.lock().unwrap();
            (state.fault, state.second_fault, state.fault_at, state.operation_fault) =
                (None, None, None, None);
            (state.full, state.lock) = (false, None);
            // A destroyed host stays unreachable, others are back.
            if state.away_until != u64::MAX || !state.containers.is_empty() {
                state.away_until = 0;
            }
        }
    }

    /// How many containers of beat run on all hosts.
    pub(crate) fn running_beats(&self) -> usize {
        let on_host = |state: &Arc<Mutex<SimulatedHost>>| {
            let state = state.lock().unwrap();
            let beat = |container: &&Container| app_and_process(&container.unit) == (self.app, "beat");
            state.containers.iter().filter(beat).count()
        };
        self.hosts.values().map(on_host).sum()
    }
}

/// The instance of the tests.
pub(crate) const STAGING: &str = "site@staging";

/// The app or instance of a unit, and the process of its container.
pub(crate) fn app_and_process(unit: &str) -> (&'static str, &str) {
    let (app, rest) = match unit.strip_prefix("site-staging") {
        Some(rest) => (STAGING, rest),
        None => (APP, unit.strip_prefix(APP).unwrap_or_default()),
    };
    (app, if rest.is_empty() { "run" } else { rest.trim_start_matches('-') })
}

fn running(name: &str, units: &[&str]) -> SimulatedHost {
    let mut state = SimulatedHost { name: name.to_owned(), ..SimulatedHost::default() };
    let config = format!("export IMAGE={IMAGE}\nexport OPTS=\"--rm -e SECRET_KEY={SECRET}\"\n");
    let www = PathBuf::from("/var/www").join(APP);
    state.files.insert(PathBuf::from("/etc/default").join(APP), config.into_bytes());
    state.files.insert(www.join("TAG"), tag_files::render("old").into_bytes());
    state.files.insert(www.join("REVERT"), tag_files::render("older").into_bytes());
    if units.iter().any(|unit| app_and_process(unit).0 == STAGING) {
        state.files.insert(PathBuf::from("/etc/default").join(STAGING), Vec::new());
    }
    state.files.insert("/run/systemd/system".into(), Vec::new());
    for tag in ["older", "old"] {
        state.images.insert(format!("{IMAGE}:{tag}"), format!("sha256:{tag}"));
    }
    for unit in units {
        state.units.insert((*unit).to_owned(), true);
        let id = format!("{unit}-{}", state.next_number());
        let image = format!("{IMAGE}:old");
        let (name, process) = ((*unit).to_owned(), app_and_process(unit).1.to_owned());
        let (unit, image_id) = (name.clone(), "sha256:old".into());
        state.containers.push(Container { id, name, unit, image, image_id, process });
    }
    state
}
