//! The files of every release are read by this one. tests/fixtures/state has a folder for each
//! version of the format, and all of them hold the same deploys: a push of `new`, a push of `older`
//! that was undone, a rollback to `old`, and a push of `new` that was interrupted.

use crate::check::{THREE_HOSTS, push, settings, three_hosts};
use crate::host::Connections;
use crate::network::{APP, Network};
use docker_runner::deploy::commands::{history, status};
use docker_runner::deploy::history::{DeployKind, EndOutcome};
use docker_runner::deploy::host::Connect;
use docker_runner::deploy::host_state::{Health, HostState};
use docker_runner::deploy::protocol::request::Request;
use docker_runner::deploy::protocol::response::{DeployLog, Response};
use docker_runner::deploy::state;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VERSIONS: [&str; 2] = ["v0", "v1"];

/// The deploys of the fixtures.
const PUSHED: &str = "20261118-110640-7";
const UNDONE: &str = "20261118-120657-7";
const ROLLED_BACK: &str = "20261118-121226-8";
const OPEN: &str = "20261118-131243-7";

fn fixture(version: &str, file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/state");
    std::fs::read(folder.join(version).join(file)).unwrap()
}

fn state_folder() -> PathBuf {
    Path::new("/var/www").join(APP).join(".deploy")
}

/// Three hosts, of which `a` has the files of that version.
fn hosts_with_files(version: &str) -> Arc<Network> {
    let network = three_hosts();
    let logs = [PUSHED, UNDONE, ROLLED_BACK].map(|id| format!("log/{id}"));
    for file in ["journal", "history", "holder"].map(str::to_owned).iter().chain(&logs) {
        network.state("a").files.insert(state_folder().join(file), fixture(version, file));
    }
    network
}

fn write_state_file(network: &Network, file: &str, text: &[u8]) {
    network.state("a").files.insert(state_folder().join(file), text.to_vec());
}

fn query(network: &Arc<Network>, request: &Request) -> Response {
    let mut host = Connections(network.clone()).connect("a").unwrap();
    host.perform(request, &mut |_| {}, &|| false).unwrap()
}

fn host_state(network: &Arc<Network>) -> HostState {
    match query(network, &Request::Inspect { units: Vec::new(), incoming: None, health: false }) {
        Response::HostState(state) => *state,
        other => panic!("{other:?}"),
    }
}

fn deploy_log(network: &Arc<Network>, id: Option<&str>) -> DeployLog {
    match query(network, &Request::Log { id: id.map(str::to_owned) }) {
        Response::Log(log) => log.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_history_of_every_version_is_read() {
    for version in VERSIONS {
        let state = host_state(&hosts_with_files(version));
        assert_eq!(state.blockers, [], "{version}");
        let [pushed, undone, rolled_back] = state.history.as_slice() else { panic!("{:?}", state.history) };
        assert_eq!(pushed.ticket.id, PUSHED);
        assert_eq!((pushed.ticket.kind, pushed.ticket.tag.as_str()), (DeployKind::Push, "new"));
        assert_eq!((pushed.ticket.user.as_str(), pushed.ticket.machine.as_str()), ("ann", "desk"));
        assert_eq!((pushed.ticket.started, pushed.ended), (1_795_000_000, 1_795_000_017));
        assert_eq!(pushed.previous_tag.as_deref(), Some("old"));
        assert_eq!(pushed.digest.as_deref(), Some("sha256:digest-of-new"));
        assert_eq!((pushed.outcome, pushed.reason.as_deref()), (EndOutcome::Done, None));
        assert!(pushed.migrated && !rolled_back.migrated);
        assert_eq!(undone.outcome, EndOutcome::Undone);
        assert_eq!(undone.reason.as_deref(), Some("b: restart site: x ended with 1: no"));
        assert_eq!((rolled_back.ticket.kind, rolled_back.ticket.tag.as_str()), (DeployKind::Rollback, "old"));
    }
}

#[test]
fn the_journal_of_every_version_is_read() {
    for version in VERSIONS {
        let open = host_state(&hosts_with_files(version)).open_deploy.unwrap();
        assert_eq!((open.ticket.id.as_str(), open.ticket.tag.as_str()), (OPEN, "new"), "{version}");
        assert_eq!((open.stage.as_str(), open.migrated), ("web", true));
        assert_eq!(open.step, Some(("restart site".to_owned(), true)));
        let before = open.snapshot;
        assert_eq!(before.tag_files.tag_text.as_deref(), Some("export TAG=old\n"));
        assert_eq!(before.tag_files.revert_text.as_deref(), Some("export TAG=new\n"));
        assert_eq!(before.image.as_ref().unwrap().id, "sha256:old");
        assert_eq!(before.image.unwrap().digest.as_deref(), Some("sha256:digest-of-old"));
        let [web, beat] = before.units.as_slice() else { panic!("{:?}", before.units) };
        assert_eq!((web.name.as_str(), web.exists, web.active, web.enabled), ("site", true, true, false));
        assert_eq!(web.health, Some(Health::Healthy("its health check passed".into())));
        assert_eq!((web.running_since.as_deref(), web.running_tag.as_deref()), (Some("then"), Some("old")));
        assert_eq!(
            (beat.name.as_str(), beat.exists, beat.running_tag.as_deref()),
            ("site-beat", false, None)
        );
    }
}

/// A push that was interrupted under an older release is resumed. If it fails, `old` is restored.
#[test]
fn an_open_journal_of_every_version_is_resumed() {
    for version in VERSIONS {
        let network = hosts_with_files(version);
        network.state("a").unhealthy.push("sha256:new".into());
        let (_, lines) = push(&network, &settings(&THREE_HOSTS), "new");
        let tag = network.state("a").files[&Path::new("/var/www").join(APP).join("TAG")].clone();
        assert_eq!(String::from_utf8(tag).unwrap(), "export TAG=old\n", "{version}: {}", lines.text());
        let history = host_state(&network).history;
        let last = history.last().unwrap();
        assert_eq!((history.len(), last.outcome, last.migrated), (4, EndOutcome::Undone, true));
        let revert = network.state("a").files[&Path::new("/var/www").join(APP).join("REVERT")].clone();
        assert_eq!(String::from_utf8(revert).unwrap(), "export TAG=new\n", "the REVERT of the snapshot");
    }
}

#[test]
fn the_logs_of_every_version_are_read() {
    for version in VERSIONS {
        let network = hosts_with_files(version);
        assert_eq!(deploy_log(&network, None).ticket.id, OPEN, "{version}");
        let undone = deploy_log(&network, Some(UNDONE));
        assert_eq!((undone.ticket.id.as_str(), undone.ticket.tag.as_str()), (UNDONE, "older"));
        assert_eq!(undone.lines[0], "2026-11-18 12:06:57 push of older by ann on desk");
        assert_eq!(undone.lines[1], "2026-11-18 12:07:01 stage pull");
        assert_eq!(undone.lines[2], "2026-11-18 12:07:01 docker pull team/site:older");
        assert_eq!(undone.lines[3], "    Status: Downloaded newer image");
        assert_eq!(undone.lines[4], "2026-11-18 12:07:01 done");
        assert!(undone.lines.iter().all(|line| !line.contains("cannot read")), "{:?}", undone.lines);
    }
}

#[test]
fn the_lock_holder_of_every_version_is_read() {
    for version in VERSIONS {
        let network = hosts_with_files(version);
        network.state("a").lock = Some((99, u64::MAX));
        let holder = host_state(&network).lock_holder.unwrap();
        assert_eq!((holder.ticket.id.as_str(), holder.ticket.user.as_str()), (OPEN, "ann"), "{version}");
        assert_eq!(holder.stage, "web");
    }
}

/// Each line of the current version is written as it was read.
#[test]
fn this_release_writes_the_current_version() {
    let rewritten = |file: &str| -> Vec<u8> {
        let bytes = fixture("v1", file);
        match file {
            "holder" => state::holder::encode(&state::holder::parse(&bytes).unwrap()),
            "history" => state::read_lines(&bytes, state::history::parse)
                .into_iter()
                .flat_map(|entry| state::history::encode(&entry.unwrap()))
                .collect(),
            _ => state::read_lines(&bytes, state::journal::parse)
                .into_iter()
                .flat_map(|line| state::journal::encode(&line.unwrap()))
                .collect(),
        }
    };
    for file in ["history", "holder", "journal", "log/20261118-120657-7"] {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert_eq!(text(rewritten(file)), text(fixture("v1", file)), "{file}");
    }
}

/// A field more, as a later release may write it, loses nothing.
#[test]
fn a_field_that_a_later_release_adds_is_ignored() {
    let network = hosts_with_files("v1");
    for file in ["journal", "history"] {
        let text = String::from_utf8(fixture("v1", file)).unwrap();
        let text = text.replace("{\"version\":1,", "{\"later\":{\"a\":[1]},\"version\":1,");
        let text = text.replace("\"ticket\":{", "\"ticket\":{\"later\":1,");
        write_state_file(&network, file, text.as_bytes());
    }
    let (state, expected) = (host_state(&network), host_state(&hosts_with_files("v1")));
    assert_eq!((state.history, state.open_deploy), (expected.history, expected.open_deploy));
    assert_eq!(state.blockers, []);
}

/// Only what has no meaning without it must be there.
#[test]
fn a_missing_field_has_a_default() {
    let network = three_hosts();
    write_state_file(
        &network,
        "history",
        b"{\"version\":1,\"ticket\":{\"id\":\"p1\",\"kind\":\"push\",\"tag\":\"b1\"},\"outcome\":\"done\"}\n",
    );
    write_state_file(&network, "journal", b"{\"version\":1,\"kind\":\"begin\",\"ticket\":{\"id\":\"p2\",\"kind\":\"push\",\"tag\":\"b2\"}}\n{\"version\":1,\"kind\":\"step-end\"}\n");
    let state = host_state(&network);
    assert_eq!(state.blockers, []);
    let entry = &state.history[0];
    assert_eq!(
        (entry.ticket.started, entry.ended, entry.migrated, &entry.previous_tag),
        (0, 0, false, &None)
    );
    assert_eq!(state.open_deploy.unwrap().snapshot.units, []);
}

/// The lines before and after it are read, and no deploy starts.
#[test]
fn a_line_that_cannot_be_used_is_reported_and_blocks_a_push() {
    let newer = "docker-deploy install HOST";
    for (file, line, expected) in [
        ("history", r#"{"version":2}"#, "format version 2 is newer than this docker-deploy"),
        (
            "history",
            r#"{"version":1,"ticket":{"id":"p","kind":"promote","tag":"a"},"outcome":"done"}"#,
            newer,
        ),
        (
            "history",
            r#"{"ticket":{"id":"p","kind":"push","tag":"a"},"outcome":"paused"}"#,
            "unknown kind 'paused'",
        ),
        (
            "history",
            r#"{"version":1,"ticket":{"id":"../p","kind":"push","tag":"a"},"outcome":"done"}"#,
            "'../p' is not a valid id",
        ),
        (
            "history",
            r#"{"version":1,"ticket":{"id":"p","kind":"push","tag":"$(id)"},"outcome":"done"}"#,
            "'$(id)' is not a valid tag",
        ),
        ("history", r#"{"version":1,"outcome":"done"}"#, "missing field `ticket`"),
        ("history", r#"{"version":"#, "EOF"),
        ("journal", r#"{"version":1,"kind":"pause"}"#, "unknown kind 'pause'"),
        ("journal", r#"{"paused":{}}"#, "unknown kind 'paused'"),
        ("journal", "text", "expected"),
    ] {
        let network = hosts_with_files("v1");
        let text = String::from_utf8(fixture("v1", file)).unwrap();
        write_state_file(&network, file, format!("\n{line}\n\n{text}").as_bytes());
        let state = host_state(&network);
        let expected_state = host_state(&hosts_with_files("v1"));
        assert_eq!(
            (state.history, state.open_deploy),
            (expected_state.history, expected_state.open_deploy),
            "{line}"
        );
        let [blocker] = state.blockers.as_slice() else { panic!("{line}: {:?}", state.blockers) };
        let message = blocker.to_string();
        let start = format!("cannot read /var/www/site/.deploy/{file}: line 2: ");
        assert!(message.starts_with(&start) && message.contains(expected), "{message}");
        let (ended, lines) = push(&network, &settings(&THREE_HOSTS), "new");
        assert!(ended.is_err() && lines.text().contains(&message), "{}", lines.text());
        assert_eq!(network.state("a").done, [""; 0]);
        let rows = status::rows(&settings(&THREE_HOSTS), &Connections(network.clone()));
        assert!(rows[0].drift.contains(&message), "{:?}", rows[0]);
        let (history, failed) =
            history::merged_history(&settings(&THREE_HOSTS), &Connections(network.clone()));
        assert_eq!((history.len(), failed[0].0.as_str(), failed[0].1.to_string()), (3, "a", message));
    }
}

#[test]
fn a_line_that_cannot_be_used_is_shown_in_the_log() {
    let network = hosts_with_files("v1");
    let text = String::from_utf8(fixture("v1", "journal")).unwrap();
    write_state_file(
        &network,
        "journal",
        format!("{text}\n{{\"version\":1,\"kind\":\"pause\"}}\n").as_bytes(),
    );
    let last = deploy_log(&network, None).lines.pop().unwrap();
    assert!(last.starts_with("cannot read line ") && last.contains("unknown kind 'pause'"), "{last}");
}

/// Without the line that begins it, a log has no ticket. It is not reported as missing.
#[test]
fn a_log_without_a_readable_beginning_is_an_error() {
    let newer = b"\n{\"version\":2,\"kind\":\"begin\"}\n";
    let folder = state_folder();
    for (file, id, path) in [
        ("journal", None, "journal".to_owned()),
        ("journal", Some(OPEN), "journal".to_owned()),
        (&format!("log/{UNDONE}"), Some(UNDONE), format!("log/{UNDONE}")),
    ] {
        let network = hosts_with_files("v1");
        write_state_file(&network, file, newer);
        let mut host = Connections(network.clone()).connect("a").unwrap();
        let request = Request::Log { id: id.map(str::to_owned) };
        let error = host.perform(&request, &mut |_| {}, &|| false).unwrap_err().to_string();
        let expected =
            format!("cannot read {}: line 2: format version 2 is newer", folder.join(path).display());
        assert!(error.starts_with(&expected), "{error}");
    }
}

/// A line that is incomplete after a crash is skipped, at the end of the file and before the lines
/// of a later deploy.
#[test]
fn an_incomplete_line_is_skipped() {
    for version in VERSIONS {
        let expected = host_state(&hosts_with_files(version));
        for file in ["journal", "history"] {
            let whole = String::from_utf8(fixture(version, file)).unwrap();
            let last = whole.trim_end().rfind('\n').unwrap();
            let line = whole[last..].trim();
            for length in (1..line.len()).filter(|length| line.is_char_boundary(*length)) {
                let network = hosts_with_files(version);
                let incomplete = format!("{whole}\n{}", &line[..length]);
                write_state_file(&network, file, incomplete.as_bytes());
                let state = host_state(&network);
                assert_eq!(state.blockers, [], "{incomplete}");
                assert_eq!(
                    (&state.history, &state.open_deploy),
                    (&expected.history, &expected.open_deploy),
                    "{incomplete}"
                );
            }
            let network = hosts_with_files(version);
            write_state_file(&network, file, format!("\n{}{whole}", &line[..line.len() / 2]).as_bytes());
            let state = host_state(&network);
            assert_eq!(
                (state.blockers, state.history, state.open_deploy),
                (vec![], expected.history.clone(), expected.open_deploy.clone())
            );
        }
    }
}

#[test]
fn a_lock_holder_that_cannot_be_read_says_why() {
    let network = three_hosts();
    network.state("a").lock = Some((99, u64::MAX));
    let holder = host_state(&network).lock_holder.unwrap().to_string();
    assert_eq!(holder, "another deploy has the lock: who holds it is not recorded");
    write_state_file(&network, "holder", b"{\"version\":9}");
    let holder = host_state(&network).lock_holder.unwrap().to_string();
    let expected =
        "another deploy has the lock: cannot read /var/www/site/.deploy/holder: format version 9 is newer";
    assert!(holder.starts_with(expected), "{holder}");
}
