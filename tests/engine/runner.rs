//! `docker-runner` with a real engine: secrets, and the environment of the container.

use crate::docker::{Container, LABEL, docker, unique, wait_for};
use crate::pty::Pty;
use crate::site::release;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_docker-runner");

/// A host in a folder, with one app whose container prints its environment.
struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    /// `options` is shell text: the inside of an OPTS array.
    fn new(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let defaults = folder.path().join("etc/default");
        std::fs::create_dir_all(&defaults).unwrap();
        std::fs::write(folder.path().join("own.env"), "A=file\nFROM_FILE=\"quotes stay\"\nBARE\nGONE\n")
            .unwrap();
        let file = format!(
            "export BARE=exported\nLABEL={LABEL}\nOWN={}\nIMAGE=django.base:{}\n\
             OPTS=(--rm --network none --label $LABEL --entrypoint /usr/bin/env {options})\n",
            folder.path().join("own.env").display(),
            release()
        );
        std::fs::write(defaults.join("app"), file).unwrap();
        Self { folder }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("etc/default/app")
    }

    fn runner(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("--root").arg(self.folder.path()).arg("app");
        command.env_remove("PYTHONUNBUFFERED");
        command
    }

    /// The environment of a container that docker-runner starts.
    fn ours(&self) -> Vec<Vec<u8>> {
        variables(&self.runner().arg("-0").stdin(Stdio::null()).output().unwrap())
    }

    /// The same with bash, which sources the file and runs a plain `docker run`.
    fn plain(&self) -> Vec<Vec<u8>> {
        let script = r#". "$1"; exec docker run "${OPTS[@]}" "$IMAGE" -0"#;
        let mut command = Command::new("bash");
        command.args(["-c", script, "bash"]).arg(self.file()).env_remove("PYTHONUNBUFFERED");
        variables(&command.stdin(Stdio::null()).output().unwrap())
    }
}

/// The variables of an `env -0`, sorted, without the host name, which differs each time.
#[track_caller]
fn variables(output: &Output) -> Vec<Vec<u8>> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut all: Vec<_> = all.filter(|line| !line.is_empty() && !line.starts_with(b"HOSTNAME=")).collect();
    all.sort();
    all
}

#[test]
fn the_container_gets_what_plain_docker_run_gives() {
    let long = "x".repeat(70_000);
    let cases = [
        "-e A=1",
        "-eA=1 --env=B=2 --env C=3 -ie D=4",
        "-e A=1 -e A=2",
        "-e A=1 -e A",
        "-e A -e A=1",
        "-e BARE",
        "-e BARE=own -e BARE",
        "-e BARE -e BARE=own",
        "--env-file $OWN",
        "-e A=option --env-file $OWN",
        "--env-file $OWN -e A=option -e FROM_FILE=",
        "--env-file $OWN -e A",
        "--env-file $OWN -e A=1 -e A",
        "-e PYTHONUNBUFFERED",
        "-e PYTHONUNBUFFERED=3 -e PYTHONUNBUFFERED",
        "-e PYTHONUNBUFFERED= -e PATH=/bin -e HOME=/nowhere -e DOCKER_HOST=tcp://nowhere",
        "-e 'A= two  blanks ' -e 'B=\"quotes\"' -e 'C=#x' -e 'D=$HOME' -e 'E==' -e F='a\\nb' -e 'é=ü'",
        "-e $'A=1\\n2\\n' -e 'B=\r' -e 'C=\r\r'",
        "-e 'A B=c' -e '#C=d' -e ' D=e'",
        "-e $'A=1\\n2' -e A=3 -e $'B=3' -e $'B=1\\n2'",
        "-e 'A=\u{fffd}' -e 'B=\t' --",
    ];
    for case in cases {
        // The files differ in one thing: a newline in quotes is written as such.
        let host = Host::new(&case.replace("$'", "'").replace("\\n2", "\n2").replace("2\\n", "2\n"));
        assert_eq!(shown(&host.ours()), shown(&host.plain()), "{case}");
    }
    let host = Host::new(&format!("-e A={long} -e B={}", &long[..65_533]));
    assert!(host.ours() == host.plain());
}

#[test]
fn bytes_that_are_not_utf_8_arrive_as_docker_makes_them() {
    let host = Host::new("");
    let mut text = std::fs::read(host.file()).unwrap();
    text.truncate(text.len() - 2);
    text.extend_from_slice(b" -e 'A=\xff\xe2\x82x')\n");
    std::fs::write(host.file(), text).unwrap();
    assert_eq!(shown(&host.ours()), shown(&host.plain()));
}

fn shown(variables: &[Vec<u8>]) -> Vec<String> {
    variables.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

#[test]
fn no_command_line_holds_a_secret_while_it_runs() {
    let name = unique("secret");
    let secret = format!("s3cret-{}", std::process::id());
    let options = format!(
        "--name {name} -e A={secret} -eB={secret} --env=C={secret} -ie D={secret} -e 'E={secret}\n2' \
         -e F={secret} -e F=other"
    );
    let host = Host::new(&options.replace("-ie", "-e"));
    // Its process is `env sleep`, so that it has the variables and stays.
    let mut child = host.runner().args(["sleep", "1000"]).stdin(Stdio::null()).spawn().unwrap();
    let container = Container::named(name);
    let running = || docker(["inspect", "-f", "{{.State.Running}}", &container.name]).stdout == "true\n";
    wait_for("the container", || running().then_some(()), String::new);
    assert_eq!(command_lines_with(&secret), Vec::<String>::new());
    let inside = container.inspect("{{json .Config.Env}}");
    assert_eq!(inside.matches(&secret).count(), 5, "{inside}");
    drop(container);
    child.wait().unwrap();
}

/// The command lines of all processes that contain this text.
fn command_lines_with(text: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let lines = processes.filter_map(|process: std::path::PathBuf| command_line(&process));
    let lines: Vec<String> = lines.collect();
    assert!(lines.iter().any(|line| line.contains("docker")), "nothing was searched");
    lines.into_iter().filter(|line| line.contains(text)).collect()
}

fn command_line(process: &Path) -> Option<String> {
    let bytes = std::fs::read(process.join("cmdline")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn the_exit_code_is_that_of_docker() {
    let host = Host::new("");
    let code = |arguments: &[&str]| {
        let output = host.runner().args(arguments).stdin(Stdio::null()).output().unwrap();
        output.status.code()
    };
    assert_eq!(code(&["sh", "-c", "exit 42"]), Some(42));
    assert_eq!(code(&["no-such-command"]), Some(127));
    let host = Host::new("--memory nothing");
    assert_eq!(host.runner().stdin(Stdio::null()).output().unwrap().status.code(), Some(125));
}

/// The example app, as an administrator installs it.
fn bookmarks() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (defaults, tag) = (folder.path().join("etc/default"), folder.path().join("var/www/bookmarks"));
    std::fs::create_dir_all(&defaults).unwrap();
    std::fs::create_dir_all(&tag).unwrap();
    let file = format!(
        "IMAGE=bookmarks\nOPTS=\"--rm --network none --label {LABEL} -e SECRET_KEY=secret \\\n    \
         -e DATABASE_URL=sqlite:////tmp/bookmarks -e ALLOWED_HOSTS=localhost -e BROKER_URL=memory://\"\n"
    );
    std::fs::write(defaults.join("bookmarks"), file).unwrap();
    std::fs::write(tag.join("TAG"), format!("export TAG={}\n", release())).unwrap();
    folder
}

fn runner(root: &tempfile::TempDir) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("--root").arg(root.path()).arg("bookmarks");
    command
}

#[test]
fn a_pipe_reaches_the_django_console() {
    let root = bookmarks();
    let mut command = runner(&root);
    command.args(["manage", "shell"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"print(6 * 7)\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("42"), "{output:?}");
}

#[test]
fn a_read_loop_keeps_its_input() {
    let root = bookmarks();
    let script = r#"printf '1\n2\n3\n' | while read -r n; do "$@" migrate --check >/dev/null 2>&1; echo "$n: $?"; done"#;
    let inner = runner(&root);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    let output = command.output().unwrap();
    // Django exits with 1 for a database without tables, so each call has reached it.
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1: 1\n2: 1\n3: 1\n");
}

#[test]
fn a_console_on_a_terminal_works() {
    let root = bookmarks();
    let pty = Pty::open();
    let mut command = runner(&root);
    command.args(["shell"]).stdin(pty.end()).stdout(pty.end()).stderr(pty.end());
    let mut child = command.spawn().unwrap();
    drop(command);
    drop(pty.slave);
    let mut master = pty.master;
    master.write_all(b"print(6 * 7, 'of', 'forty-two')\nexit()\n").unwrap();
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        text.extend_from_slice(&buffer[..count]);
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("42 of forty-two"), "{text}");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{text}");
}
