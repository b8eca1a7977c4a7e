//! What to deploy and where. Arguments override the environment (which has the
//! old build job's parameters), and the environment overrides
//! `/etc/default/APP` of this machine.

use crate::deploy::check_url::Check;
use crate::deploy::error::Error;
use crate::deploy::role::Role;
use crate::deploy::tag_files;
use crate::runner::app::{AppName, is_app_name};

/// The tasks of the old build job, in its order.
const TASKS: &str = "migrate collectstatic compress";

/// The default of `PATIENCE`, in seconds.
const PATIENCE: u64 = 60;

/// The longest wait that may be configured, in seconds.
const DAY: u64 = 86_400;

/// The configuration of a deploy; all but the tag and the state of the hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploySettings {
    pub app: AppName,
    /// Host names by role, in the order in which they are updated. Empty means
    /// this machine.
    pub hosts: Vec<(Role, Vec<String>)>,
    /// The prefix of IMAGE for pulls.
    pub repository: String,
    /// The ssh user; `None` leaves it to ssh's own configuration.
    pub ssh_user: Option<String>,
    /// Run once before any unit changes.
    pub tasks: Vec<Task>,
    /// The URL that every web host must answer.
    pub check_url: Option<Check>,
    /// `SETTLE`: the pause between web hosts, in seconds.
    pub settle: Option<u64>,
    /// The hosts whose nginx configuration determines the pause.
    pub proxies: Vec<String>,
    /// How long a gate waits, in seconds.
    pub patience: u64,
    /// Whether hosts pull the image; otherwise each must already have it.
    pub pull: bool,
}

/// A process of the image that runs once, to its end, on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The process of `docker-entrypoint`, and its arguments.
    words: Vec<String>,
}

impl Task {
    /// Parses words separated by spaces; `None` if there are none.
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// The process and its arguments.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// The sources of settings other than the arguments.
pub struct Sources<'a> {
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// `/etc/default/APP` of this machine.
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

impl Sources<'_> {
    /// A setting; an empty one counts as not set, because a build job passes
    /// empty parameters.
    fn get(&self, name: &str) -> Option<String> {
        let not_empty = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        not_empty((self.environment)(name)).or_else(|| not_empty((self.file)(name)))
    }

    /// A setting that may be empty on purpose.
    fn get_or_empty(&self, name: &str) -> Option<String> {
        (self.environment)(name).or_else(|| (self.file)(name))
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.trim().parse().ok().filter(|number| *number <= DAY);
        number.map(Some).ok_or(Error::Number { name, value })
    }

    fn hosts(&self, name: &str) -> Result<Vec<String>, Error> {
        let hosts = self.words(name);
        match hosts.iter().find(|host| !is_host(host)) {
            Some(host) => Err(Error::HostName { variable: name.to_owned(), host: host.clone() }),
            None => Ok(hosts),
        }
    }
}

/// The app: the argument, else APP of the environment.
pub fn resolve_app(
    argument: Option<&str>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<AppName, Error> {
    let from_environment = || environment("APP").filter(|app| !app.is_empty());
    let app = argument.map(str::to_owned).or_else(from_environment).ok_or(Error::NoApp)?;
    AppName::parse(app.as_ref()).map_err(Error::Name)
}

/// The tag: the argument, else TAG of the environment. TAG in the file is not
/// used: it names the tag that is already deployed.
pub fn resolve_tag(
    argument: Option<&str>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Error> {
    let from_environment = || environment("TAG").filter(|tag| !tag.is_empty());
    parse_tag(argument.map(str::to_owned).or_else(from_environment).ok_or(Error::NoTag)?)
}

/// Accepts a valid Docker tag, with or without a digest.
pub fn parse_tag(tag: String) -> Result<String, Error> {
    if tag_files::is_tag(&tag) { Ok(tag) } else { Err(Error::Tag { tag }) }
}

/// Resolves and validates all settings of an app.
pub fn resolve(app: AppName, pull: bool, sources: &Sources<'_>) -> Result<DeploySettings, Error> {
    let hosts = hosts(sources)?;
    let check_url = check_url(sources)?;
    Ok(DeploySettings {
        app,
        hosts,
        repository: sources.get("REPOSITORY").unwrap_or_default(),
        ssh_user: sources.get("SSH_USER"),
        tasks: parse_tasks(&sources.get_or_empty("TASKS").unwrap_or_else(|| TASKS.to_owned())),
        check_url,
        settle: sources.number("SETTLE")?,
        proxies: sources.hosts("PROXY_HOSTS")?,
        patience: sources.number("PATIENCE")?.unwrap_or(PATIENCE),
        pull,
    })
}

fn check_url(sources: &Sources<'_>) -> Result<Option<Check>, Error> {
    let Some(url) = sources.get("CHECK_URL") else { return Ok(None) };
    let host = sources.get("CHECK_HOST").map(|host| host.trim().to_owned());
    if let Some(host) = host.as_ref().filter(|host| !is_host(host) || host.contains('@')) {
        return Err(Error::HostName { variable: "CHECK_HOST".into(), host: host.clone() });
    }
    Check::parse(url.trim(), host).map(Some).map_err(|reason| Error::CheckUrl { reason })
}

/// The web hosts: `HOSTS` or `WEB_HOSTS`. Either one in the environment
/// overrides both in the file.
fn web_hosts(sources: &Sources<'_>) -> Result<Vec<String>, Error> {
    let environment = Sources { file: &|_| None, ..*sources };
    for sources in [&environment, sources] {
        let (all, web) = (sources.hosts("HOSTS")?, sources.hosts("WEB_HOSTS")?);
        match (all.is_empty(), web.is_empty()) {
            (true, true) => {}
            (false, false) if all != web => return Err(Error::TwoLists),
            (true, false) => return Ok(web),
            (false, _) => return Ok(all),
        }
    }
    Ok(Vec::new())
}

fn hosts(sources: &Sources<'_>) -> Result<Vec<(Role, Vec<String>)>, Error> {
    let mut hosts = vec![(Role::Web, web_hosts(sources)?), (Role::Worker, sources.hosts("CELERY_HOSTS")?)];
    for role in sources.words("ROLES") {
        hosts.extend(other_role(sources, &role)?);
    }
    let beat = sources.hosts("BEAT_HOSTS")?;
    if let [first, second, ..] = beat.as_slice()
        && first != second
    {
        return Err(Error::BeatTwice { first: first.clone(), second: second.clone() });
    }
    hosts.push((Role::Beat, beat));
    hosts.retain(|(_, names)| !names.is_empty());
    Ok(hosts)
}

/// The hosts of a role of `ROLES`: `mail` has `MAIL_HOSTS`. The standard roles
/// have lists of their own names.
fn other_role(sources: &Sources<'_>, role: &str) -> Result<Option<(Role, Vec<String>)>, Error> {
    if ["web", "worker", "beat"].contains(&role) {
        return Ok(None);
    }
    if !is_app_name(role) {
        return Err(Error::RoleName { role: role.to_owned() });
    }
    let variable = format!("{}_HOSTS", role.to_uppercase().replace(['-', '.'], "_"));
    let names = sources.hosts(&variable)?;
    if names.is_empty() {
        return Err(Error::NoRoleHosts { role: role.to_owned(), variable });
    }
    Ok(Some((Role::Other(role.to_owned()), names)))
}

/// Semicolons separate tasks, and spaces separate a task's arguments. Without
/// a semicolon, spaces separate tasks.
fn parse_tasks(text: &str) -> Vec<Task> {
    match text.contains(';') {
        true => text.split(';').filter_map(Task::parse).collect(),
        false => text.split_whitespace().filter_map(Task::parse).collect(),
    }
}

/// Whether ssh reads it as a host and not as an option.
fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@:[]%".contains(&byte);
    !host.starts_with('-') && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{DeploySettings, Sources, parse_tasks, resolve, resolve_tag};
    use crate::deploy::error::Error;
    use crate::deploy::role::Role;
    use crate::deploy::topology::Topology;
    use crate::runner::app::AppName;

    fn settings(environment: &[(&str, &str)], file: &[(&str, &str)]) -> Result<DeploySettings, Error> {
        let find = |all: &[(&str, &str)], name: &str| {
            all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let sources =
            Sources { environment: &|name| find(environment, name), file: &|name| find(file, name) };
        resolve(AppName { app: "a".into(), instance: None }, true, &sources)
    }

    #[test]
    fn a_host_in_two_lists_is_one_host_and_the_written_order_is_kept() {
        let lists =
            [("HOSTS", "zoe adam"), ("CELERY_HOSTS", "adam"), ("BEAT_HOSTS", "adam"), ("ROLES", "mail")];
        let with_mail: Vec<_> = lists.into_iter().chain([("MAIL_HOSTS", "zoe")]).collect();
        let topology = Topology::new(&settings(&with_mail, &[]).unwrap());
        let names: Vec<_> = topology.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["zoe", "adam"]);
        let units: Vec<_> = topology.hosts[1].role_units.iter().map(|unit| unit.unit.as_str()).collect();
        assert_eq!(units, ["a", "a-worker", "a-beat"]);
        assert_eq!(topology.hosts[0].unit(&Role::Other("mail".into())), Some("a-mail"));
        assert!(matches!(settings(&lists, &[]), Err(Error::NoRoleHosts { .. })));
    }

    #[test]
    fn the_environment_overrides_the_file_and_empty_counts_as_not_set() {
        let resolved =
            settings(&[("HOSTS", ""), ("SETTLE", "3")], &[("HOSTS", "web1"), ("SETTLE", "9")]).unwrap();
        assert_eq!((resolved.hosts, resolved.settle), (vec![(Role::Web, vec!["web1".to_owned()])], Some(3)));
        assert!(Topology::new(&settings(&[], &[]).unwrap()).local_only);
    }

    #[test]
    fn the_web_hosts_have_two_names() {
        let web = |environment: &[_], file: &[_]| {
            settings(environment, file).map(|settings| settings.hosts[0].1.clone())
        };
        let (a, b) = (("HOSTS", "a"), ("WEB_HOSTS", "b"));
        assert_eq!(web(&[a], &[b]).unwrap(), ["a"]);
        assert_eq!(web(&[b], &[a]).unwrap(), ["b"]);
        assert_eq!(web(&[("HOSTS", " ")], &[b]).unwrap(), ["b"]);
        assert_eq!(web(&[("HOSTS", "b"), b], &[]).unwrap(), ["b"]);
        assert!(matches!(web(&[a, b], &[]), Err(Error::TwoLists)));
        assert!(matches!(web(&[], &[a, b]), Err(Error::TwoLists)));
    }

    #[test]
    fn semicolons_separate_tasks_with_arguments() {
        let words = |text| parse_tasks(text).into_iter().map(|task| task.words).collect::<Vec<_>>();
        assert_eq!(words("migrate compress"), [["migrate"], ["compress"]]);
        assert_eq!(words("migrate app 0003; compress;"), [vec!["migrate", "app", "0003"], vec!["compress"]]);
        assert_eq!(settings(&[("TASKS", "")], &[]).unwrap().tasks, []);
    }

    #[test]
    fn invalid_settings_are_refused() {
        let bad = |name, value| settings(&[(name, value)], &[]).unwrap_err();
        assert!(matches!(bad("HOSTS", "-oProxyCommand=x"), Error::HostName { .. }));
        assert!(matches!(bad("BEAT_HOSTS", "a b"), Error::BeatTwice { .. }));
        for (name, value) in [("SETTLE", "soon"), ("SETTLE", "86401"), ("PATIENCE", "-1")] {
            assert!(matches!(bad(name, value), Error::Number { .. }));
        }
        assert!(matches!(bad("CHECK_URL", "https://x"), Error::CheckUrl { .. }));
        let host = settings(&[("CHECK_URL", "http://x"), ("CHECK_HOST", "a b")], &[]);
        assert!(matches!(host, Err(Error::HostName { .. })));
        assert!(matches!(resolve_tag(Some("a b"), &|_| None), Err(Error::Tag { .. })));
        assert!(matches!(resolve_tag(None, &|_| None), Err(Error::NoTag)));
        assert_eq!(resolve_tag(None, &|_| Some("b1".into())).unwrap(), "b1");
    }
}
