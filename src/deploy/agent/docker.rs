//! Docker's commands as values, and its description of an image.

use super::host_command::{HostCommand, Privilege};
use crate::deploy::host_state::ImageIdentity;
use crate::runner::image;
use serde::Deserialize;
use serde_json::Value;

fn docker<'a>(arguments: impl IntoIterator<Item = &'a str>) -> HostCommand {
    HostCommand::new(Privilege::Docker, "docker", arguments)
}

/// Prints the version of the engine. It fails if the engine does not respond.
pub fn server_version() -> HostCommand {
    docker(["version", "--format", "{{.Server.Version}}"])
}

/// Prints the folder in which the engine stores its images.
pub fn root_folder() -> HostCommand {
    docker(["info", "--format", "{{.DockerRootDir}}"])
}

pub fn pull(image: &str) -> HostCommand {
    docker(["pull", image])
}

/// Gives an image a second name.
pub fn tag(from: &str, to: &str) -> HostCommand {
    docker(["tag", from, to])
}

/// Describes an image.
pub fn inspect_image(image: &str) -> HostCommand {
    docker(["image", "inspect", image])
}

/// Lists the ids of the running containers.
pub fn list_running() -> HostCommand {
    docker(["ps", "--quiet", "--no-trunc"])
}

/// Describes containers.
pub fn inspect_containers(ids: &[String]) -> HostCommand {
    docker(["container", "inspect"].into_iter().chain(ids.iter().map(String::as_str)))
}

pub fn exec(container: &str, argv: &[String]) -> HostCommand {
    docker(["exec", container].into_iter().chain(argv.iter().map(String::as_str)))
}

/// Prints the last 20 lines of a container's log.
pub fn logs(container: &str) -> HostCommand {
    docker(["logs", "--tail", "20", container])
}

pub fn stop(container: &str) -> HostCommand {
    docker(["stop", container])
}

/// Removes a name from an image, and the image with its last name. Without
/// `--force`: an image that a container uses stays.
pub fn remove_image(name: &str) -> HostCommand {
    docker(["rmi", name])
}

/// Parses the output of [`inspect_image`]. Of several digests, the one of
/// `name`'s repository counts.
pub fn parse_image(text: &str, name: &str) -> Option<ImageIdentity> {
    let images: Value = serde_json::from_str(text).ok()?;
    let images = Vec::<ImageInspect>::deserialize(images).ok()?;
    let found = images.into_iter().next()?;
    let wanted = repository(name);
    let digests = found.repo_digests.iter().flatten();
    let mut digests = digests.filter_map(|digest| digest.split_once('@'));
    let digest = digests.find(|(repository, _)| *repository == wanted);
    let digest = digest.map(|(_, digest)| digest.to_owned());
    Some(ImageIdentity { id: found.id, digest })
}

/// An element of `docker image inspect`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageInspect {
    id: String,
    repo_digests: Option<Vec<String>>,
}

/// An image's name without tag and digest; the whole text if it is an id.
pub fn repository(name: &str) -> &str {
    image::parse(name).map_or(name, |reference| reference.name)
}

#[cfg(test)]
mod tests {
    use super::parse_image;

    #[test]
    fn the_digest_of_the_image_s_repository_counts() {
        let text =
            r#"[{"Id":"sha256:aa","RepoDigests":["x/a@sha256:11","reg:5000/x/a@sha256:22"],"More":1}]"#;
        assert_eq!(parse_image(text, "reg:5000/x/a:b1").unwrap().digest.as_deref(), Some("sha256:22"));
        assert_eq!(parse_image(text, "other:b1").unwrap().digest, None);
        assert_eq!(parse_image(r#"[{"Id":"sha256:aa","RepoDigests":null}]"#, "a").unwrap().id, "sha256:aa");
        assert!(parse_image("[]", "a").is_none());
    }
}
