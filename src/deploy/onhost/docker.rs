//! Docker's commands as values, and what their answers say.

use crate::deploy::action::Image;
use crate::deploy::topology::Part;
use serde::Deserialize;

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

/// Stops a container.
pub fn stop(container: &str) -> Vec<String> {
    docker(["stop", container])
}

/// Takes a name from an image, and removes it if that was the last one. No
/// force: what a container uses stays.
pub fn remove_image(name: &str) -> Vec<String> {
    docker(["rmi", name])
}

/// An image, as `docker image inspect` tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
}

/// Reads `docker image inspect`. Of several digests the one of `name`'s own
/// repository counts.
pub fn image(text: &str, name: &str) -> Option<Image> {
    let found: Vec<Inspected> = serde_json::from_slice(text.as_bytes()).ok()?;
    let found = found.into_iter().next()?;
    let repository = repository(name);
    let digests = found.repo_digests.unwrap_or_default();
    let own = digests.iter().find(|digest| digest.split('@').next() == Some(repository));
    let digest = own.and_then(|digest| digest.split_once('@')).map(|(_, digest)| digest.to_owned());
    Some(Image { id: found.id, digest })
}

fn repository(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// A container, as `docker container inspect` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, a slash before it.
    pub name: String,
    /// The id of its image.
    pub image: String,
    /// What it was made from.
    pub config: Config,
    /// How it is.
    pub state: State,
    /// How often Docker started it again.
    #[serde(default)]
    pub restart_count: u64,
}

/// What a container was made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    /// The image as it was named.
    pub image: String,
    /// The arguments.
    #[serde(default)]
    pub cmd: Option<Vec<String>>,
    /// The health check of the image or of `docker run`.
    #[serde(default)]
    pub healthcheck: Option<Healthcheck>,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `CMD` and words, or `CMD-SHELL` and a line.
    #[serde(default)]
    pub test: Option<Vec<String>>,
}

/// How a container is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    /// Whether it runs.
    pub running: bool,
    /// Since when, as Docker writes times.
    #[serde(default)]
    pub started_at: String,
}

/// Reads `docker container inspect`.
pub fn containers(text: &str) -> Vec<Container> {
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}

/// The container of a unit: the one with its name; else one of the image that
/// runs the role's process; else the only one of the image.
pub fn of_unit<'a>(all: &'a [Container], part: &Part, image: &str) -> Option<&'a Container> {
    let named = all.iter().find(|container| container.name.trim_start_matches('/') == part.unit);
    let ours = || all.iter().filter(|container| repository(&container.config.image) == image);
    let runs = |container: &&Container| {
        let first = container.config.cmd.as_ref().and_then(|cmd| cmd.first());
        first.is_some_and(|first| first == part.role.process())
    };
    named.or_else(|| ours().find(runs)).or_else(|| ours().next().filter(|_| ours().count() == 1))
}

impl Container {
    /// The tag that it runs, as it was named.
    pub fn tag(&self) -> Option<&str> {
        let (_, tag) = self.config.image.rsplit_once(':')?;
        Some(tag).filter(|tag| !tag.contains('/'))
    }

    /// What its own health check would run: the image's, or else ours, which
    /// may not be there.
    pub fn check(&self) -> Vec<String> {
        let test =
            self.config.healthcheck.as_ref().and_then(|check| check.test.as_deref()).unwrap_or_default();
        match test.split_first() {
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
    use super::{containers, image, of_unit};
    use crate::deploy::topology::{Part, Role};

    #[test]
    fn an_image_and_its_digest() {
        let text =
            r#"[{"Id":"sha256:aa","RepoDigests":["x/a@sha256:11","reg:5000/x/a@sha256:22"],"More":1}]"#;
        assert_eq!(image(text, "reg:5000/x/a:b1").unwrap().digest.as_deref(), Some("sha256:22"));
        assert_eq!(image(text, "other:b1").unwrap().digest, None);
        assert_eq!(image(r#"[{"Id":"sha256:aa","RepoDigests":null}]"#, "a").unwrap().id, "sha256:aa");
        assert!(image("[]", "a").is_none());
    }

    #[test]
    fn the_container_of_a_unit() {
        let text = r#"[
            {"Id":"1","Name":"/x","Image":"i","Config":{"Image":"a/b:1","Cmd":["worker","-c","2"]},"State":{"Running":true}},
            {"Id":"2","Name":"/y","Image":"i","Config":{"Image":"a/b:1","Cmd":["run"]},"State":{"Running":true}},
            {"Id":"3","Name":"/b-beat","Image":"i","Config":{"Image":"c:1","Cmd":null},"State":{"Running":true}}]"#;
        let all = containers(text);
        let found = |role: Role, unit: &str| {
            of_unit(&all, &Part { role, unit: unit.into() }, "a/b").map(|container| container.id.clone())
        };
        assert_eq!(found(Role::Web, "b").as_deref(), Some("2"));
        assert_eq!(found(Role::Worker, "b-worker").as_deref(), Some("1"));
        assert_eq!(found(Role::Beat, "b-beat").as_deref(), Some("3"));
        assert_eq!(found(Role::Other("mail".into()), "b-mail"), None);
        assert_eq!(all[1].check(), ["docker-entrypoint", "healthcheck"]);
    }
}
