//! Docker's commands as values, and what their answers say.

use crate::deploy::protocol::response::ImageIdentity;
use crate::deploy::topology::{Role, RoleUnit};
use crate::runner::image as reference;
use crate::runner::unit::service::ENDING;
use serde::Deserialize;
use serde_json::Value;

/// `docker` with these words.
pub fn docker<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    std::iter::once("docker").chain(words).map(str::to_owned).collect()
}

/// Whether the engine answers us.
pub fn version() -> Vec<String> {
    docker(["version", "--format", "{{.Server.Version}}"])
}

/// Where the engine keeps its images.
pub fn root_folder() -> Vec<String> {
    docker(["info", "--format", "{{.DockerRootDir}}"])
}

/// Fetches an image.
pub fn pull(image: &str) -> Vec<String> {
    docker(["pull", image])
}

/// Gives an image a name.
pub fn tag(from: &str, to: &str) -> Vec<String> {
    docker(["tag", from, to])
}

/// Tells about an image.
pub fn inspect_image(image: &str) -> Vec<String> {
    docker(["image", "inspect", image])
}

/// The ids of the running containers.
pub fn running() -> Vec<String> {
    docker(["ps", "--quiet", "--no-trunc"])
}

/// Tells about containers.
pub fn inspect(ids: &[String]) -> Vec<String> {
    docker(["container", "inspect"].into_iter().chain(ids.iter().map(String::as_str)))
}

/// Runs a command in a container.
pub fn exec(container: &str, words: &[String]) -> Vec<String> {
    docker(["exec", container].into_iter().chain(words.iter().map(String::as_str)))
}

/// The last that a container said.
pub fn logs(container: &str) -> Vec<String> {
    docker(["logs", "--tail", "20", container])
}

/// Stops a container.
pub fn stop(container: &str) -> Vec<String> {
    docker(["stop", container])
}

/// Takes a name from an image, and removes it if that was the last one. No
/// force: what a container uses stays.
pub fn remove_image(name: &str) -> Vec<String> {
    docker(["rmi", name])
}

/// Reads `docker image inspect`. Of several digests the one of `name`'s own
/// repository counts.
pub fn image(text: &str, name: &str) -> Option<ImageIdentity> {
    let images: Vec<ImageInspect> = serde_json::from_str(text).ok()?;
    let found = images.into_iter().next()?;
    let repository = repository(name);
    let digests = found.repo_digests.iter().flatten();
    let own = digests.filter_map(|digest| digest.split_once('@')).find(|(of, _)| *of == repository);
    let digest = own.map(|(_, digest)| digest.to_owned());
    Some(ImageIdentity { id: found.id, digest })
}

/// An element of `docker image inspect`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageInspect {
    id: String,
    repo_digests: Option<Vec<String>>,
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

/// An image's name without tag and digest; the whole where it is an id.
fn repository(name: &str) -> &str {
    reference::parse(name).map_or(name, |reference| reference.name)
}

/// A container, as `docker container inspect` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, a slash before it.
    pub name: String,
    /// The id of its image.
    pub image: String,
    /// The image as it was named.
    pub named: String,
    /// The arguments.
    pub words: Vec<String>,
    /// The health check of the image or of `docker run`: `CMD` and words, or
    /// `CMD-SHELL` and a line.
    pub test: Vec<String>,
    /// Whether it runs.
    pub running: bool,
    /// Since when, as Docker writes times.
    pub started: String,
}

/// Reads `docker container inspect`.
pub fn containers(text: &str) -> Vec<Container> {
    let all: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let inspected = all.into_iter().filter_map(|one| serde_json::from_value::<ContainerInspect>(one).ok());
    inspected.map(Container::from).collect()
}

/// The containers that may be a unit's: the one with its name, or else, for
/// units that give none, those of the image that run the role's process. An
/// image whose web process has no name of ours: its only container, if that
/// runs nothing else. One that is another's by its name is never among them.
pub fn of_unit<'a>(
    all: &'a [Container],
    part: &RoleUnit,
    image: &str,
    is_anothers: &mut dyn FnMut(&str) -> bool,
) -> Vec<&'a Container> {
    if let Some(named) = all.iter().find(|container| container.name() == part.unit) {
        return vec![named];
    }
    let ours = all.iter().filter(|container| repository(&container.named) == image);
    let (own, others): (Vec<_>, Vec<_>) = ours.partition(|found| found.process() == part.role.process());
    let mut found = own;
    if found.is_empty() && part.role == Role::Web && others.len() == 1 {
        found = others.into_iter().filter(|only| may_be_web(only.process())).collect();
    }
    found.retain(|container| !is_anothers(container.name()));
    found
}

/// Whether a process may be web's: no other role's, and none that runs once.
fn may_be_web(process: &str) -> bool {
    !["worker", "beat"].contains(&process) && !ENDING.contains(&process)
}

impl From<ContainerInspect> for Container {
    fn from(inspected: ContainerInspect) -> Self {
        let ContainerInspect { id, name, image, config, state } = inspected;
        Self {
            id,
            name,
            image,
            named: config.image,
            words: config.cmd.unwrap_or_default(),
            test: config.healthcheck.and_then(|healthcheck| healthcheck.test).unwrap_or_default(),
            running: state.running,
            started: state.started_at,
        }
    }
}

impl Container {
    /// Its name.
    pub fn name(&self) -> &str {
        self.name.trim_start_matches('/')
    }

    /// What it was told to run first.
    fn process(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The tag that it runs, with its digest where it was named by both.
    pub fn tag(&self) -> Option<&str> {
        self.named.strip_prefix(repository(&self.named))?.strip_prefix(':')
    }

    /// What its own health check would run: the image's, or else ours, which
    /// may not be there.
    pub fn check(&self) -> Vec<String> {
        match self.test.split_first() {
            Some((kind, words)) if kind == "CMD" => words.to_vec(),
            Some((kind, words)) if kind == "CMD-SHELL" => {
                ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain(words.to_vec()).collect()
            }
            _ => ["docker-entrypoint", "healthcheck"].map(str::to_owned).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{image, of_unit};
    use crate::deploy::topology::{Role, RoleUnit};

    #[test]
    fn an_image_and_its_digest() {
        let text =
            r#"[{"Id":"sha256:aa","RepoDigests":["x/a@sha256:11","reg:5000/x/a@sha256:22"],"More":1}]"#;
        assert_eq!(image(text, "reg:5000/x/a:b1").unwrap().digest.as_deref(), Some("sha256:22"));
        assert_eq!(image(text, "other:b1").unwrap().digest, None);
        assert_eq!(image(r#"[{"Id":"sha256:aa","RepoDigests":null}]"#, "a").unwrap().id, "sha256:aa");
        assert!(image("[]", "a").is_none());
    }

    fn found(containers: &[[&str; 3]], role: Role, unit: &str) -> Vec<String> {
        let one = |[name, image, process]: &[&str; 3]| {
            format!(
                r#"{{"Id":"{name}","Name":"/{name}","Image":"i","Config":{{"Image":"{image}:1","Cmd":{process}}},"State":{{"Running":true}}}}"#
            )
        };
        let all =
            super::containers(&format!("[{}]", containers.iter().map(one).collect::<Vec<_>>().join(",")));
        let mut anothers = |name: &str| name == "b-beat" || name.starts_with("b-staging");
        let found = of_unit(&all, &RoleUnit { role, unit: unit.into() }, "a/b", &mut anothers);
        found.into_iter().map(|container| container.id.clone()).collect()
    }

    #[test]
    fn the_container_of_a_unit() {
        let all = [
            ["x", "a/b", r#"["worker","-c","2"]"#],
            ["y", "a/b", r#"["run"]"#],
            ["b-beat", "c", "null"],
            ["b-staging", "a/b", r#"["run"]"#],
        ];
        assert_eq!(found(&all, Role::Web, "b"), ["y"]);
        assert_eq!(found(&all, Role::Worker, "b-worker"), ["x"]);
        assert_eq!(found(&all, Role::Beat, "b-beat"), ["b-beat"]);
        assert_eq!(found(&all, Role::Other("mail".into()), "b-mail"), [""; 0]);
        // Web's only container, in whatever words; not one that runs something else.
        let alone = |process| found(&[["x", "a/b", process]], Role::Web, "b");
        assert_eq!((alone("null"), alone(r#"["httpd"]"#)), (vec!["x".to_owned()], vec!["x".to_owned()]));
        assert!([r#"["beat"]"#, r#"["migrate"]"#].into_iter().all(|process| alone(process).is_empty()));
        // Another role's, another unit's, another instance's.
        assert_eq!(found(&[["b", "a/b", "null"]], Role::Beat, "b-beat"), [""; 0]);
        assert_eq!(found(&[["b-beat", "a/b", r#"["beat"]"#]], Role::Beat, "b-blue-beat"), [""; 0]);
        assert_eq!(found(&[["b-staging", "a/b", r#"["run"]"#]], Role::Web, "b"), [""; 0]);
    }

    #[test]
    fn the_tag_of_a_container() {
        let tag = |named: &str| {
            let text = format!(
                r#"[{{"Id":"2","Name":"/y","Image":"i","Config":{{"Image":"{named}"}},"State":{{"Running":true}}}}]"#
            );
            super::containers(&text)[0].tag().map(str::to_owned)
        };
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(tag("reg:5000/a/b:1").as_deref(), Some("1"));
        assert_eq!(tag(&format!("a/b:1@{digest}")), Some(format!("1@{digest}")));
        assert_eq!(tag("reg:5000/a/b"), None);
        assert_eq!(tag(&format!("a/b@{digest}")), None);
    }

    #[test]
    fn the_health_check_of_a_container() {
        let text =
            r#"[{"Id":"2","Name":"/y","Image":"i","Config":{"Image":"a/b:1"},"State":{"Running":true}}]"#;
        assert_eq!(super::containers(text)[0].check(), ["docker-entrypoint", "healthcheck"]);
    }
}
