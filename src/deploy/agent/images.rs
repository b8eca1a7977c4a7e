//! Pulls, finds and removes images.

use super::app_host::{AppHost, QUERY_TIMEOUT};
use super::machine::Machine;
use super::redacted_writer::RedactedWriter;
use super::{containers, docker};
use crate::deploy::history;
use crate::deploy::host_state::ImageIdentity;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use std::time::Duration;

/// How often a pull is attempted. The pause after the first failure doubles after
/// each further one.
const PULL_ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Texts in errors of the registry or the engine for which a retry is useless.
const PERMANENT_ERRORS: [&str; 6] =
    ["manifest unknown", "not found", "unauthorized", "denied", "invalid reference", "no space left"];

/// Pulls an image, and gives it the name that the units run.
pub fn pull(
    host: &mut AppHost<impl Machine>,
    image: &str,
    name: &str,
    writer: &mut RedactedWriter<'_>,
) -> Result<Response, StepError> {
    pull_with_retries(host, image, writer)?;
    if image != name {
        tag(host, image, name)?;
    }
    digest(host, image)
}

fn pull_with_retries(
    host: &mut AppHost<impl Machine>,
    image: &str,
    writer: &mut RedactedWriter<'_>,
) -> Result<(), StepError> {
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    loop {
        match host.stream(&docker::pull(image), &mut is_result, writer) {
            Ok(_) => return Ok(()),
            Err(error) if attempt == PULL_ATTEMPTS || !is_transient(&error) => return Err(error),
            Err(error) => writer.send(&format!("{error}; retry in {} s", pause.as_secs())),
        }
        if !host.machine.pause(pause) {
            return Err(StepError::Cancelled);
        }
        pause *= 2;
        attempt += 1;
    }
}

/// Gives an image a second name.
pub fn tag(host: &mut AppHost<impl Machine>, from: &str, to: &str) -> Result<Response, StepError> {
    host.output(&docker::tag(from, to), QUERY_TIMEOUT).map(|_| Response::Done)
}

/// The identity of an image that must be on this host.
pub fn digest(host: &mut AppHost<impl Machine>, image: &str) -> Result<Response, StepError> {
    let missing = || StepError::Config { text: format!("the image {image} is not on this host") };
    find(host, image)?.map(Response::Image).ok_or_else(missing)
}

/// The identity of an image; `None` if it is not on this host.
pub fn find(host: &mut AppHost<impl Machine>, image: &str) -> Result<Option<ImageIdentity>, StepError> {
    match host.output(&docker::inspect_image(image), QUERY_TIMEOUT) {
        Ok(text) => Ok(docker::parse_image(&text, image)),
        Err(StepError::Command { code: 1, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the images of old tags, also under the name by which they were
/// pulled. The images of containers, of TAG and of REVERT stay.
pub fn prune(host: &mut AppHost<impl Machine>, keep: usize, repository: &str) -> Result<Response, StepError> {
    let history = host.journal().history(&host.machine)?.complete()?;
    let tag_files = host.tag_files()?;
    let image = host.image_name()?;
    let mut removed = Vec::new();
    for tag in old_tags(&history, keep) {
        let in_use = [tag_files.tag(), tag_files.revert()].contains(&Some(tag.clone()));
        if in_use || tag.contains('@') {
            continue;
        }
        let name = format!("{image}:{tag}");
        let pulled_name = format!("{repository}{name}");
        let was_removed = remove_unused(host, &name)?;
        // Without REPOSITORY the two names are the same.
        if (pulled_name != name && remove_unused(host, &pulled_name)?) || was_removed {
            removed.push(tag);
        }
    }
    Ok(Response::Pruned(removed))
}

/// Removes a name from its image, unless a container runs with it. Returns
/// whether it was removed.
fn remove_unused(host: &mut AppHost<impl Machine>, name: &str) -> Result<bool, StepError> {
    let is_used = |container: &containers::Container| container.image_name == name;
    let stays = find(host, name)?.is_none() || containers::running(host)?.iter().any(is_used);
    Ok(!stays && host.output(&docker::remove_image(name), QUERY_TIMEOUT).is_ok())
}

/// The tags of the history without the last `keep`; for each tag its last deploy counts.
fn old_tags(history: &[history::HistoryEntry], keep: usize) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for entry in history.iter().rev() {
        if !tags.contains(&entry.ticket.tag) {
            tags.push(entry.ticket.tag.clone());
        }
    }
    tags.split_off(keep.min(tags.len()))
}

/// The lines of a pull that the journal keeps; the others show progress.
fn is_result(line: &str) -> bool {
    ["Digest:", "Status:", "Error"].iter().any(|start| line.starts_with(start))
}

fn is_transient(error: &StepError) -> bool {
    match error {
        StepError::Command { last_line, .. } => {
            let text = last_line.to_lowercase();
            !PERMANENT_ERRORS.iter().any(|permanent| text.contains(permanent))
        }
        StepError::Timeout { .. } => true,
        StepError::Missing { .. }
        | StepError::Write { .. }
        | StepError::Read { .. }
        | StepError::Config { .. }
        | StepError::Unhealthy { .. }
        | StepError::StillRunning { .. }
        | StepError::NotLocked
        | StepError::Proxy { .. }
        | StepError::Cancelled
        | StepError::ConnectionLost { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Response, StepError, is_result, is_transient};
    use crate::deploy::agent::app_host::AppHost;
    use crate::deploy::agent::test_machine::{self, TestMachine, container, with_writer};
    use crate::deploy::history::Ticket;
    use crate::deploy::test_values::{done, ticket};
    use std::time::Duration;

    #[test]
    fn the_pauses_between_pulls_double() {
        let failed = ("docker pull", 1, "TLS handshake timeout");
        let image = ("docker image inspect", 0, r#"[{"Id":"sha256:1"}]"#);
        let mut host = test_machine::host(&[failed, failed, ("docker pull", 0, ""), image]);
        let pull = |host: &mut AppHost<TestMachine>| {
            let name = "team/site:new";
            with_writer(host, false, |host, writer| super::pull(host, name, name, writer)).0
        };
        let result = pull(&mut host);
        assert!(matches!(result, Ok(Response::Image(_))), "{result:?}");
        assert_eq!(host.machine.pauses, [1, 2].map(Duration::from_secs));
        let mut host = test_machine::host(&[failed]);
        assert!(pull(&mut host).is_err());
        assert_eq!(host.machine.pauses.len(), 4);
    }

    #[test]
    fn images_in_use_are_not_removed() {
        let running = container("1", "site", "sha256:1", true);
        let image = |name| (name, 0, r#"[{"Id":"sha256:1"}]"#);
        let mut host = test_machine::host(&[
            ("docker ps", 0, "1"),
            ("docker container inspect", 0, &running),
            image("docker image inspect team/site:old"),
            image("docker image inspect team/site:current"),
            image("docker image inspect team/site:local"),
            image("docker image inspect reg/team/site:pulled"),
            ("docker image inspect", 1, "no such image"),
        ]);
        for tag in ["old", "current", "local", "pulled", "missing"] {
            let entry = done(Ticket { tag: tag.into(), ..ticket(tag) });
            host.journal().end(&mut host.machine, &entry).unwrap();
        }
        host.machine.write("/var/www/site/TAG", "export TAG=current\n");
        let removed = super::prune(&mut host, 0, "reg/").unwrap();
        assert_eq!(removed, Response::Pruned(vec!["pulled".into(), "local".into()]));
        let removals: Vec<_> =
            host.machine.commands.iter().filter(|line| line.starts_with("docker rmi")).collect();
        assert_eq!(removals, ["docker rmi reg/team/site:pulled", "docker rmi team/site:local"]);
    }

    #[test]
    fn a_pull_is_retried_unless_it_cannot_succeed() {
        let failed = |last_line: &str| StepError::Command {
            line: "docker pull x:y".into(),
            code: 1,
            last_line: last_line.into(),
        };
        assert!(is_transient(&failed("net/http: TLS handshake timeout")));
        assert!(is_transient(&StepError::Timeout { line: "docker pull x:y".into(), seconds: 900 }));
        assert!(!is_transient(&failed("Error response from daemon: Manifest unknown")));
        assert!(!is_transient(&StepError::Cancelled));
    }

    #[test]
    fn progress_is_not_kept() {
        for kept in ["Digest: sha256:1", "Status: Downloaded newer image", "Error response from daemon: x"] {
            assert!(is_result(kept), "{kept}");
        }
        assert!(!is_result("latest: Pulling from library/x") && !is_result("1a2b: Pull complete"));
    }
}
