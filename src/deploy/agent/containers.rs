//! The containers of a host, and which of them belongs to a unit.

use super::app_host::{AppHost, QUERY_TIMEOUT};
use super::machine::Machine;
use super::{docker, units};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::{Role, RoleUnit};
use crate::process::{self, Lifetime};
use crate::runner::app::AppName;
use crate::runner::apps;
use serde::Deserialize;
use serde_json::Value;

/// A container, as `docker container inspect` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The full id.
    pub id: String,
    /// The name, which Docker prefixes with a slash.
    pub raw_name: String,
    /// The id of the image.
    pub image_id: String,
    /// The image as `docker run` named it.
    pub image_name: String,
    /// The arguments of the entrypoint.
    pub arguments: Vec<String>,
    /// The health check of the image or of `docker run`: `CMD` and its
    /// arguments, or `CMD-SHELL` and a shell line.
    pub health_test: Vec<String>,
    pub running: bool,
    /// When it was started, as Docker writes times.
    pub started: String,
}

impl Container {
    /// The name without Docker's slash.
    pub fn name(&self) -> &str {
        self.raw_name.trim_start_matches('/')
    }

    /// The process of `docker-entrypoint`; empty if `docker run` had no arguments.
    fn process(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// The tag that it runs, with the digest if `docker run` had both.
    pub fn tag(&self) -> Option<&str> {
        self.image_name.strip_prefix(docker::repository(&self.image_name))?.strip_prefix(':')
    }

    /// The command of its health check: the one in the image, or else that of
    /// `docker-entrypoint`, which the image may not contain.
    pub fn health_check(&self) -> Vec<String> {
        match self.health_test.split_first() {
            Some((kind, arguments)) if kind == "CMD" => arguments.to_vec(),
            Some((kind, line)) if kind == "CMD-SHELL" => {
                ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain(line.to_vec()).collect()
            }
            _ => ["docker-entrypoint", "healthcheck"].map(str::to_owned).to_vec(),
        }
    }
}

/// Parses the output of `docker container inspect`.
fn parse_containers(text: &str) -> Vec<Container> {
    let containers: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let inspected = containers.iter().filter_map(|container| ContainerInspect::deserialize(container).ok());
    inspected.map(Container::from).collect()
}

/// An element of `docker container inspect`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerInspect {
    id: String,
    name: String,
    image: String,
    config: ContainerConfig,
    state: ContainerState,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerConfig {
    image: String,
    cmd: Option<Vec<String>>,
    healthcheck: Option<Healthcheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Healthcheck {
    test: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerState {
    running: bool,
    #[serde(default)]
    started_at: String,
}

impl From<ContainerInspect> for Container {
    fn from(inspected: ContainerInspect) -> Self {
        let ContainerInspect { id, name, image, config, state } = inspected;
        Self {
            id,
            raw_name: name,
            image_id: image,
            image_name: config.image,
            arguments: config.cmd.unwrap_or_default(),
            health_test: config.healthcheck.and_then(|healthcheck| healthcheck.test).unwrap_or_default(),
            running: state.running,
            started: state.started_at,
        }
    }
}

/// The running containers of the host.
pub fn running(host: &mut AppHost<impl Machine>) -> Result<Vec<Container>, StepError> {
    let ids = host.output(&docker::list_running(), QUERY_TIMEOUT)?;
    let ids: Vec<String> = ids.lines().map(str::to_owned).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match host.output(&docker::inspect_containers(&ids), QUERY_TIMEOUT) {
        Ok(text) => Ok(parse_containers(&text).into_iter().filter(|found| found.running).collect()),
        // One of them ended between the two commands: the next call finds the others.
        Err(StepError::Command { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether a container still runs.
pub fn is_running(host: &mut AppHost<impl Machine>, container: &Container) -> Result<bool, StepError> {
    let command = docker::inspect_containers(std::slice::from_ref(&container.id));
    match host.output(&command, QUERY_TIMEOUT) {
        Ok(text) => Ok(parse_containers(&text).iter().any(|found| found.running)),
        // Docker no longer knows it.
        Err(StepError::Command { code: 1, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The running container of a unit.
pub fn of_unit(host: &mut AppHost<impl Machine>, unit: &RoleUnit) -> Result<Option<Container>, StepError> {
    Ok(candidates_of_unit(host, unit)?.into_iter().next())
}

/// The running containers that may be a unit's, the newest first.
pub fn candidates_of_unit(
    host: &mut AppHost<impl Machine>,
    unit: &RoleUnit,
) -> Result<Vec<Container>, StepError> {
    let image = host.image_name().unwrap_or_default();
    let containers = running(host)?;
    let found = candidates(&containers, unit, &image, &mut |name| is_foreign(host, name));
    Ok(found.into_iter().cloned().collect())
}

/// The containers that may be a unit's: the one with the unit's name, or else
/// those of the image that run the role's process. If the web process of the
/// image has another name, it is the only container of the image, unless that
/// runs another role or a task. Containers with the name of another unit, app
/// or instance are excluded.
fn candidates<'a>(
    containers: &'a [Container],
    unit: &RoleUnit,
    image: &str,
    is_foreign: &mut dyn FnMut(&str) -> bool,
) -> Vec<&'a Container> {
    if let Some(named) = containers.iter().find(|container| container.name() == unit.unit) {
        return vec![named];
    }
    let of_image = containers.iter().filter(|found| docker::repository(&found.image_name) == image);
    let (mut found, others): (Vec<_>, Vec<_>) =
        of_image.partition(|found| found.process() == unit.role.process());
    if found.is_empty() && unit.role == Role::Web && others.len() == 1 {
        found = others.into_iter().filter(|only| may_be_web(only.process())).collect();
    }
    found.retain(|container| !is_foreign(container.name()));
    found
}

/// Whether a process may be that of the web role: the development server, or a command of the image
/// that docker-entrypoint does not know.
fn may_be_web(process: &str) -> bool {
    process::entry(process).is_none_or(|entry| match entry.lifetime {
        Lifetime::Development => true,
        Lifetime::Service { .. } | Lifetime::Ends => false,
    })
}

/// Whether a container has the name of another unit on this host, or of another
/// app or instance.
fn is_foreign(host: &mut AppHost<impl Machine>, name: &str) -> bool {
    let apps = apps::readable(&host.machine, &host.root);
    if is_of_another_app(&apps, &host.app, name) {
        return true;
    }
    let state = units::service_manager(host).and_then(|manager| units::unit_state(host, manager, name));
    state.is_ok_and(|state| state.exists)
}

/// `site-staging-beat` belongs to the instance `site@staging`, though it begins
/// with the app's name: the longest name counts.
fn is_of_another_app(apps: &[String], app: &AppName, container: &str) -> bool {
    let names = apps.iter().map(|app| app.replace('@', "-"));
    let owners = names.filter(|name| {
        let rest = container.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    });
    let owner = owners.max_by_key(String::len);
    owner.is_some_and(|owner| owner != app.dashed())
}

#[cfg(test)]
mod tests {
    use super::{candidates, is_of_another_app, of_unit, parse_containers};
    use crate::deploy::agent::test_machine::{self, container, unit, web};
    use crate::deploy::role::{Role, RoleUnit};
    use crate::runner::app::AppName;

    fn ids_of_unit(containers: &[[&str; 3]], role: Role, unit: &str) -> Vec<String> {
        let json = |[name, image, process]: &[&str; 3]| {
            format!(
                r#"{{"Id":"{name}","Name":"/{name}","Image":"i","Config":{{"Image":"{image}:1","Cmd":{process}}},"State":{{"Running":true}}}}"#
            )
        };
        let all =
            parse_containers(&format!("[{}]", containers.iter().map(json).collect::<Vec<_>>().join(",")));
        let mut is_foreign = |name: &str| name == "b-beat" || name.starts_with("b-staging");
        let found = candidates(&all, &RoleUnit { role, unit: unit.into() }, "a/b", &mut is_foreign);
        found.into_iter().map(|container| container.id.clone()).collect()
    }

    #[test]
    fn a_container_with_the_name_of_another_unit_belongs_to_it() {
        let id_of_web = |load| {
            let mut host = test_machine::host(&[
                ("docker ps", 0, "1"),
                ("docker container inspect", 0, &container("1", "shop", "i", true)),
                ("shop.service", 0, &unit(load, "active")),
            ]);
            of_unit(&mut host, &web()).unwrap().map(|found| found.id)
        };
        assert_eq!((id_of_web("not-found"), id_of_web("loaded")), (Some("1".to_owned()), None));
    }

    #[test]
    fn the_longest_name_of_an_app_counts() {
        let apps = ["site", "site@staging", "blog"].map(str::to_owned);
        let is_other = |app: &str, container: &str| {
            is_of_another_app(&apps, &AppName::parse(app.as_ref()).unwrap(), container)
        };
        for container in ["site", "site-beat", "site_web_1", "site.1", "sitemap", "other"] {
            assert!(!is_other("site", container), "{container}");
        }
        assert!(is_other("site", "site-staging") && is_other("site", "site-staging-beat"));
        assert!(is_other("site", "blog") && is_other("site@staging", "site-beat"));
        assert!(!is_other("site@staging", "site-staging-beat"));
    }

    #[test]
    fn the_health_check_is_the_one_of_the_image_or_of_the_entrypoint() {
        let health_check = |test: &str| {
            let json = format!(
                r#"[{{"Id":"1","Name":"/b","Image":"i","Config":{{"Image":"a:1","Healthcheck":{{"Test":{test}}}}},"State":{{"Running":true}}}}]"#
            );
            parse_containers(&json)[0].health_check().join("|")
        };
        assert_eq!(health_check(r#"["CMD","curl","-f","/"]"#), "curl|-f|/");
        assert_eq!(health_check(r#"["CMD-SHELL","curl -f / || exit 1"]"#), "/bin/sh|-c|curl -f / || exit 1");
        for none in [r#"["NONE"]"#, "[]", "null"] {
            assert_eq!(health_check(none), "docker-entrypoint|healthcheck", "{none}");
        }
    }

    #[test]
    fn finds_the_container_of_a_unit_by_name_or_process() {
        let all = [
            ["x", "a/b", r#"["worker","-c","2"]"#],
            ["y", "a/b", r#"["run"]"#],
            ["b-beat", "c", "null"],
            ["b-staging", "a/b", r#"["run"]"#],
        ];
        assert_eq!(ids_of_unit(&all, Role::Web, "b"), ["y"]);
        assert_eq!(ids_of_unit(&all, Role::Worker, "b-worker"), ["x"]);
        assert_eq!(ids_of_unit(&all, Role::Beat, "b-beat"), ["b-beat"]);
        assert_eq!(ids_of_unit(&all, Role::Other("mail".into()), "b-mail"), [""; 0]);
        // The only container of the image is web's, unless it runs another role or a task.
        let only = |process: &str| ids_of_unit(&[["x", "a/b", process]], Role::Web, "b");
        assert_eq!((only("null"), only(r#"["httpd"]"#)), (vec!["x".to_owned()], vec!["x".to_owned()]));
        for name in ["worker", "beat", "migrate", "setup", "healthcheck"] {
            assert_eq!(only(&format!(r#"["{name}"]"#)), [""; 0], "{name}");
        }
        assert_eq!(only(r#"["dev"]"#), ["x"]);
        // Containers of another role, unit or instance.
        assert_eq!(ids_of_unit(&[["b", "a/b", "null"]], Role::Beat, "b-beat"), [""; 0]);
        assert_eq!(ids_of_unit(&[["b-beat", "a/b", r#"["beat"]"#]], Role::Beat, "b-blue-beat"), [""; 0]);
        assert_eq!(ids_of_unit(&[["b-staging", "a/b", r#"["run"]"#]], Role::Web, "b"), [""; 0]);
    }

    #[test]
    fn the_tag_includes_a_digest() {
        let tag = |named: &str| {
            let text = format!(
                r#"[{{"Id":"2","Name":"/y","Image":"i","Config":{{"Image":"{named}"}},"State":{{"Running":true}}}}]"#
            );
            parse_containers(&text)[0].tag().map(str::to_owned)
        };
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(tag("reg:5000/a/b:1").as_deref(), Some("1"));
        assert_eq!(tag(&format!("a/b:1@{digest}")), Some(format!("1@{digest}")));
        assert_eq!(tag("reg:5000/a/b"), None);
        assert_eq!(tag(&format!("a/b@{digest}")), None);
    }

    #[test]
    fn the_default_health_check_is_the_entrypoint_s() {
        let text =
            r#"[{"Id":"2","Name":"/y","Image":"i","Config":{"Image":"a/b:1"},"State":{"Running":true}}]"#;
        assert_eq!(parse_containers(text)[0].health_check(), ["docker-entrypoint", "healthcheck"]);
    }
}
