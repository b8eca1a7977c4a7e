//! Completion in real shells: Tab is typed on a pseudo-terminal, and the completed line
//! is run. `make share` generates the scripts.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]

#[path = "../cli/pty.rs"]
mod pty;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::Command;
use terminal::Terminal;

const BINARY: &str = env!("CARGO_BIN_EXE_docker-runner");

/// A host in a folder: two apps, an instance, and docker-runner on PATH.
fn host() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let defaults = folder.path().join("etc/default");
    std::fs::create_dir_all(&defaults).unwrap();
    std::fs::create_dir_all(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(BINARY, folder.path().join("bin/docker-runner")).unwrap();
    for (name, text) in [
        ("antisocial", "IMAGE=x:y\n"),
        ("antisocial@staging", "OPTS=--init\n"),
        ("blog", "IMAGE=b:v1\n"),
        ("blog.bak", "IMAGE=b:v0\n"),
        ("cron", "READ_ENV=yes\n"),
    ] {
        std::fs::write(defaults.join(name), text).unwrap();
    }
    folder
}

fn share(file: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/share").join(file);
    assert!(path.exists(), "{} is missing: run make share", path.display());
    path
}

fn shell(program: &str, arguments: &[&str], host: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir(host).env("HOME", host).env("TERM", "vt100");
    command.env("PATH", format!("{}:/usr/bin:/bin", host.join("bin").display()));
    command.env("DOCKER_RUNNER_ROOT", host);
    command
}

/// The typed keys, and a part of the output.
const TYPED: [(&str, &str); 6] = [
    ("docker-runner -n bl\tmigr\t", "docker run -it b:v1 migrate"),
    ("docker-runner --dry-r\tbl\tcollects\t--clear", "docker run -it b:v1 collectstatic --clear"),
    ("docker-runner -n --tag v2 antisocial@st\t", "IMAGE already has a tag, and --tag gives another"),
    ("docker-runner -n antisocial@st\tshe\t", "docker run -it --init x:y shell"),
    ("docker-runner --root . -n bl\twor\t-c 2", "docker run -it b:v1 worker -c 2"),
    ("docker-runner --unit sys\tbl\twor\t", "ExecStart="),
];

fn type_lines(terminal: &mut Terminal) {
    for (typed, expected) in TYPED {
        terminal.type_keys(&format!("{typed}\n"));
        terminal.wait_for(expected);
    }
    terminal.type_keys("exit\n");
}

#[test]
fn bash() {
    let host = host();
    let mut command = shell("bash", &["--norc", "--noprofile", "-i"], host.path());
    let mut terminal = Terminal::start(command.env("INPUTRC", "/dev/null"));
    let script = share("bash-completion/completions/docker-runner");
    terminal.type_keys(&format!(". {}; echo rea''dy\n", script.display()));
    terminal.wait_for("ready");
    type_lines(&mut terminal);
}

#[test]
fn zsh() {
    let host = host();
    let mut terminal = Terminal::start(&mut shell("zsh", &["-f", "-i"], host.path()));
    let folder = share("zsh/site-functions/_docker-runner").parent().unwrap().to_owned();
    let load = "autoload -Uz compinit; compinit -u -D; echo rea''dy";
    terminal.type_keys(&format!("fpath=({} $fpath); {load}\n", folder.display()));
    terminal.wait_for("ready");
    type_lines(&mut terminal);
}

#[test]
fn fish() {
    let host = host();
    let script = share("fish/vendor_completions.d/docker-runner.fish");
    let complete = |line: &str| {
        let source = format!("source {}; complete -C '{line}'", script.display());
        let output = shell("fish", &["--no-config", "-c", &source], host.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words: Vec<String> =
            text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
        words.sort();
        words
    };
    assert_eq!(complete("docker-runner "), ["antisocial", "antisocial@staging", "blog"]);
    assert_eq!(complete("docker-runner bl"), ["blog"]);
    assert_eq!(complete("docker-runner -n --tag v2 blog migr"), ["migrate"]);
    assert_eq!(complete("docker-runner --root . blog wor"), ["worker"]);
    assert_eq!(complete("docker-runner --dry"), ["--dry-run"]);
    assert_eq!(complete("docker-runner --unit "), ["systemd", "upstart"]);
    assert_eq!(complete("docker-runner --unit systemd blog "), ["beat", "run", "worker"]);
    assert_eq!(complete("docker-runner --check blog "), Vec::<String>::new());
    assert_eq!(complete("docker-runner blog manage --d"), Vec::<String>::new());
}
