//! What is to be deployed where: arguments first, then the environment (the
//! old build job's parameters), then `/etc/default/APP` of this machine.

use crate::deploy::check_url::Check;
use crate::deploy::error::Error;
use crate::deploy::tag_files;
use crate::deploy::topology::Role;
use crate::runner::app::{Name, is_app_name};

/// The old job's tasks, in its order.
const TASKS: &str = "migrate collectstatic compress";

/// How long a gate waits unless `PATIENCE` says otherwise, in seconds.
const PATIENCE: u64 = 60;

/// The longest that anything may be told to wait, in seconds.
const DAY: u64 = 86_400;

/// Everything about a deploy but the tag and the hosts' facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploySettings {
    /// The app.
    pub app: Name,
    /// Host names by role, in the order that they are rolled; empty: this machine.
    pub hosts: Vec<(Role, Vec<String>)>,
    /// What is put before IMAGE for the pull.
    pub repository: String,
    /// The user for ssh, where its own configuration is not to decide.
    pub ssh_user: Option<String>,
    /// What runs once before the units change, each with its arguments.
    pub tasks: Vec<Vec<String>>,
    /// What must answer on every web host.
    pub check_url: Option<Check>,
    /// The pause between web hosts, where it was given, in seconds.
    pub settle: Option<u64>,
    /// The hosts whose nginx tells the pause.
    pub proxies: Vec<String>,
    /// How long a gate waits, in seconds.
    pub patience: u64,
    /// Whether images are pulled; otherwise each host has them already.
    pub pull: bool,
}

/// Where a setting may stand, beside the arguments.
pub struct Sources<'a> {
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// `/etc/default/APP` of this machine.
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

impl Sources<'_> {
    /// A setting that is not empty: a build job hands over empty parameters.
    fn get(&self, name: &str) -> Option<String> {
        let given = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        given((self.environment)(name)).or_else(|| given((self.file)(name)))
    }

    /// A setting that may be empty on purpose.
    fn even_empty(&self, name: &str) -> Option<String> {
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

/// The app that is meant: the argument, else APP.
pub fn app(given: Option<&str>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Name, Error> {
    let from_environment = || environment("APP").filter(|app| !app.is_empty());
    let app = given.map(str::to_owned).or_else(from_environment).ok_or(Error::NoApp)?;
    Name::parse(app.as_ref()).map_err(Error::Name)
}

/// The tag that is meant: the argument, else TAG of the environment. The
/// file's own TAG would be the one that is there already.
pub fn tag(given: Option<&str>, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, Error> {
    let from_environment = || environment("TAG").filter(|tag| !tag.is_empty());
    let tag = given.map(str::to_owned).or_else(from_environment).ok_or(Error::NoTag)?;
    if tag_files::is_tag(&tag) { Ok(tag) } else { Err(Error::Tag { tag }) }
}

/// Reads all settings of an app.
pub fn read(app: Name, pull: bool, sources: &Sources<'_>) -> Result<DeploySettings, Error> {
    let hosts = hosts(sources)?;
    let check_url = check(sources)?;
    Ok(DeploySettings {
        app,
        hosts,
        repository: sources.get("REPOSITORY").unwrap_or_default(),
        ssh_user: sources.get("SSH_USER"),
        tasks: tasks(&sources.even_empty("TASKS").unwrap_or_else(|| TASKS.to_owned())),
        check_url,
        settle: sources.number("SETTLE")?,
        proxies: sources.hosts("PROXY_HOSTS")?,
        patience: sources.number("PATIENCE")?.unwrap_or(PATIENCE),
        pull,
    })
}

fn check(sources: &Sources<'_>) -> Result<Option<Check>, Error> {
    let Some(url) = sources.get("CHECK_URL") else { return Ok(None) };
    let host = sources.get("CHECK_HOST").map(|host| host.trim().to_owned());
    if let Some(host) = host.as_ref().filter(|host| !is_host(host) || host.contains('@')) {
        return Err(Error::HostName { variable: "CHECK_HOST".into(), host: host.clone() });
    }
    Check::parse(url.trim(), host).map(Some).map_err(|why| Error::CheckUrl { why })
}

/// The web hosts under their two names. What the environment says under the
/// one goes before what the file says under the other.
fn web(sources: &Sources<'_>) -> Result<Vec<String>, Error> {
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
    let web = web(sources)?;
    let mut hosts = vec![(Role::Web, web), (Role::Worker, sources.hosts("CELERY_HOSTS")?)];
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

/// `ROLES="mail"` has `MAIL_HOSTS`. The usual roles have their own lists.
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

/// Blanks separate tasks; with a `;` anywhere, that does, and blanks separate
/// a task's arguments.
fn tasks(text: &str) -> Vec<Vec<String>> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let tasks: Vec<Vec<String>> = match text.contains(';') {
        true => text.split(';').map(words).collect(),
        false => words(text).into_iter().map(|word| vec![word]).collect(),
    };
    tasks.into_iter().filter(|task| !task.is_empty()).collect()
}

/// Whether ssh would take it for a host and not for an option.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@:[]%".contains(&byte);
    !host.starts_with('-') && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{DeploySettings, Sources, read, tag, tasks};
    use crate::deploy::error::Error;
    use crate::deploy::topology::{Role, Topology};
    use crate::runner::app::Name;

    fn settings(environment: &[(&str, &str)], file: &[(&str, &str)]) -> Result<DeploySettings, Error> {
        let find = |all: &[(&str, &str)], name: &str| {
            all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let sources =
            Sources { environment: &|name| find(environment, name), file: &|name| find(file, name) };
        read(Name { app: "a".into(), instance: None }, true, &sources)
    }

    #[test]
    fn a_host_in_two_lists_is_one_host_and_order_is_as_written() {
        let lists =
            [("HOSTS", "zoe adam"), ("CELERY_HOSTS", "adam"), ("BEAT_HOSTS", "adam"), ("ROLES", "mail")];
        let with_mail: Vec<_> = lists.into_iter().chain([("MAIL_HOSTS", "zoe")]).collect();
        let topology = Topology::new(&settings(&with_mail, &[]).unwrap());
        let told: Vec<_> = topology.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(told, ["zoe", "adam"]);
        let units: Vec<_> = topology.hosts[1].parts.iter().map(|part| part.unit.as_str()).collect();
        assert_eq!(units, ["a", "a-worker", "a-beat"]);
        assert_eq!(topology.hosts[0].unit(&Role::Other("mail".into())), Some("a-mail"));
        assert!(matches!(settings(&lists, &[]), Err(Error::NoRoleHosts { .. })));
    }

    #[test]
    fn the_environment_goes_before_the_file_and_empty_is_not_given() {
        let read =
            settings(&[("HOSTS", ""), ("SETTLE", "3")], &[("HOSTS", "web1"), ("SETTLE", "9")]).unwrap();
        assert_eq!((read.hosts, read.settle), (vec![(Role::Web, vec!["web1".to_owned()])], Some(3)));
        assert!(Topology::new(&settings(&[], &[]).unwrap()).alone);
    }

    #[test]
    fn the_web_hosts_have_two_names() {
        let web =
            |environment: &[_], file: &[_]| settings(environment, file).map(|read| read.hosts[0].1.clone());
        let (a, b) = (("HOSTS", "a"), ("WEB_HOSTS", "b"));
        assert_eq!(web(&[a], &[b]).unwrap(), ["a"]);
        assert_eq!(web(&[b], &[a]).unwrap(), ["b"]);
        assert_eq!(web(&[("HOSTS", " ")], &[b]).unwrap(), ["b"]);
        assert_eq!(web(&[("HOSTS", "b"), b], &[]).unwrap(), ["b"]);
        assert!(matches!(web(&[a, b], &[]), Err(Error::TwoLists)));
        assert!(matches!(web(&[], &[a, b]), Err(Error::TwoLists)));
    }

    #[test]
    fn tasks_with_arguments_are_parted_by_semicolons() {
        assert_eq!(tasks("migrate compress"), [["migrate"], ["compress"]]);
        assert_eq!(tasks("migrate app 0003; compress;"), [vec!["migrate", "app", "0003"], vec!["compress"]]);
        assert_eq!(settings(&[("TASKS", "")], &[]).unwrap().tasks, Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_is_refused() {
        let bad = |name, value| settings(&[(name, value)], &[]).unwrap_err();
        assert!(matches!(bad("HOSTS", "-oProxyCommand=x"), Error::HostName { .. }));
        assert!(matches!(bad("BEAT_HOSTS", "a b"), Error::BeatTwice { .. }));
        for (name, value) in [("SETTLE", "soon"), ("SETTLE", "86401"), ("PATIENCE", "-1")] {
            assert!(matches!(bad(name, value), Error::Number { .. }));
        }
        assert!(matches!(bad("CHECK_URL", "https://x"), Error::CheckUrl { .. }));
        let host = settings(&[("CHECK_URL", "http://x"), ("CHECK_HOST", "a b")], &[]);
        assert!(matches!(host, Err(Error::HostName { .. })));
        assert!(matches!(tag(Some("a b"), &|_| None), Err(Error::Tag { .. })));
        assert!(matches!(tag(None, &|_| None), Err(Error::NoTag)));
        assert_eq!(tag(None, &|_| Some("b1".into())).unwrap(), "b1");
    }
}
