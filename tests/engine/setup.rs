//! `setup`, interrupted at every step, and many at the same time.
//!
//! The project in `tests/engine/probe` counts its SQL statements and stops before the one with the
//! number `AT`, or at a named place, until the file `go` exists.

use crate::docker::{Container, Finished, Run, Thing, docker, wait_for};
use crate::project::Project;
use crate::site::{Image, image};
use std::sync::OnceLock;

/// The content of the database after a complete setup, each item once.
pub(crate) const DONE: &str = "migrated, a begun, a done, b begun, b done\n";

/// A database server, and the options of every process of the project.
pub(crate) struct Probe {
    image: String,
    environment: Vec<(&'static str, String)>,
    // In the order in which they can go: a network goes after its containers.
    server: Option<Container>,
    network: Option<Thing>,
    volume: Thing,
    cut: tempfile::TempDir,
}

impl Probe {
    fn with(image: &str, database: &str) -> Self {
        let cut = tempfile::tempdir().unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(cut.path(), mode).unwrap();
        let probe = Self {
            image: image.to_owned(),
            environment: Vec::new(),
            server: None,
            network: None,
            volume: Thing::volume(),
            cut,
        };
        probe.env("DATABASE", database).env("ENTRYPOINT_FIRST_RUN", "mark a; mark b").env("APP", "probe")
    }

    /// SQLite, on a volume.
    pub(crate) fn sqlite() -> Self {
        Self::with(&image(), "sqlite3,/data/probe.sqlite3")
    }

    /// PostgreSQL, without the database.
    fn postgres(image: &str) -> Self {
        let probe = Self::with(image, "postgresql,probe,bookmarks,pass word,db").serve(&[]);
        probe.server().wait_for_log("ready to accept connections");
        probe.env("DB_HOST", "db").env("DB_ENGINE", "postgresql")
    }

    /// MariaDB, without the database.
    fn mariadb(image: &str) -> Self {
        let script = "install -d -o mysql /run/mysqld; \
            echo \"create user if not exists bookmarks identified by 'pass word';\" >/run/mysqld/users.sql; \
            echo 'grant all on *.* to bookmarks;' >>/run/mysqld/users.sql; \
            exec mariadbd --user=mysql --bind-address=0.0.0.0 --init-file=/run/mysqld/users.sql";
        let probe = Self::with(image, "mysql,probe,bookmarks,pass word,db").serve(&["sh", "-c", script]);
        probe.server().wait_for_log("ready for connections");
        probe.env("DB_HOST", "db").env("DB_ENGINE", "mysql")
    }

    fn serve(mut self, command: &[&str]) -> Self {
        let network = self.network.insert(Thing::network());
        let options = ["--network", &network.name, "--network-alias", "db"];
        self.server = Some(Run::new("docker-runner-test-servers").options(options).args(command).start());
        self
    }

    fn server(&self) -> &Container {
        self.server.as_ref().unwrap()
    }

    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    /// A process of the project, not started yet.
    pub(crate) fn process(&self, arguments: &[&str]) -> Run {
        let code = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/probe:/app:ro");
        let (data, cut) =
            (format!("{}:/data", self.volume.name), format!("{}:/cut", self.cut.path().display()));
        let network = self.network.as_ref().map_or("none", |network| &network.name);
        let options = ["--network", network, "-v", code, "-v", &data, "-v", &cut];
        let run = Run::new(&self.image).options(options).args(arguments);
        let run = run.env("PYTHONDONTWRITEBYTECODE", "1");
        self.environment.iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    pub(crate) fn setup(&self) -> Finished {
        self.process(&["setup"]).finish()
    }

    pub(crate) fn marks(&self) -> String {
        self.process(&["manage", "marks"]).finish().ok()
    }

    /// As a superuser of PostgreSQL.
    fn psql(&self, sql: &str) {
        self.server().exec(["su", "postgres", "-c", &format!("psql -qc \"{sql}\"")]).ok();
    }

    /// Continues every `setup` that stops at its place, now or later.
    fn release(&self) {
        std::fs::write(self.cut.path().join("go"), "").unwrap();
    }

    fn is_stopped(&self) -> bool {
        self.cut.path().join("here").exists()
    }

    /// Forgets an earlier stop: the next `setup` stops again.
    fn reset(&self) {
        for name in ["here", "go"] {
            let _ = std::fs::remove_file(self.cut.path().join(name));
        }
    }

    /// Starts a `setup` that stops at this place, and waits until it does. `None` if it ends before.
    fn stopped_at(&self, place: &str) -> Option<Container> {
        self.reset();
        let setup = self.process(&["setup"]).env("AT", place).start();
        let stopped_or_ended = || (self.is_stopped() || !is_running(&setup)).then_some(());
        wait_for("the place or the end", stopped_or_ended, || setup.logs());
        if self.is_stopped() {
            return Some(setup);
        }
        assert_eq!(wait_for_exit(&setup), 0, "{}", setup.logs());
        None
    }

    /// Kills the server while a `setup` is stopped at this place. False if there is no such place.
    fn kill_server_at(&self, place: &str) -> bool {
        let Some(setup) = self.stopped_at(place) else { return false };
        docker(["kill", &self.server().name]).ok();
        self.release();
        assert_eq!(wait_for_exit(&setup), 1, "{}", setup.logs());
        docker(["start", &self.server().name]).ok();
        let output = self.setup();
        assert_eq!(output.code, 0, "after {place}: {}", output.stderr);
        assert_eq!(self.marks(), DONE, "after {place}: {}", output.stderr);
        true
    }
}

fn is_running(container: &Container) -> bool {
    container.inspect("{{.State.Running}}") == "true"
}

/// The exit code of a container that has stopped.
fn wait_for_exit(container: &Container) -> i32 {
    docker(["wait", &container.name]).ok().trim().parse().unwrap()
}

/// An image of Django with database drivers that no other image has.
fn drivers() -> &'static Image {
    static IMAGE: OnceLock<Image> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let project = Project::new("Django\npsycopg[binary]\nPyMySQL\n");
        project.wheels(&[]);
        project.image("RUN install -d -o app -g 0 -m 0775 /data\nUSER 10001\n")
    })
}

#[test]
fn postgresql_killed_before_every_statement() {
    let probe = Probe::postgres(&image());
    let mut statement = 1;
    while probe.kill_server_at(&statement.to_string()) {
        probe.psql("drop database probe with (force)");
        statement += 1;
    }
    assert!(statement > 25, "the server was killed {} times", statement - 1);
    assert_eq!(probe.marks(), DONE);
}

#[test]
fn mariadb_killed_in_the_middle_of_a_command() {
    let probe = Probe::mariadb(&drivers().name);
    assert!(probe.kill_server_at("b"));
    let output = probe.setup();
    assert!(
        output.stderr.ends_with("docker-entrypoint: the database probe is set up\n"),
        "{}",
        output.stderr
    );
    assert_eq!((output.code, probe.marks().as_str()), (0, DONE));
}

#[test]
fn mariadb_releases_the_lock_when_a_setup_is_killed() {
    let probe = Probe::mariadb(&drivers().name);
    let first = probe.stopped_at("b").unwrap();
    let second = probe.process(&["setup"]).start();
    second.wait_for_log("waiting for another setup of this database");
    docker(["kill", &first.name]).ok();
    assert_eq!(wait_for_exit(&second), 0, "{}", second.logs());
    assert_eq!(probe.marks(), DONE);
}

#[test]
fn sigterm_ends_setup_and_dev_at_once() {
    for process in ["setup", "dev"] {
        let probe = Probe::sqlite();
        let container = probe.process(&[process]).env("AT", "b").start();
        wait_for("the place", || probe.is_stopped().then_some(()), || container.logs());
        assert_eq!(container.stop(), 143, "{}", container.logs());
        assert!(!container.logs().contains("runserver"), "{}", container.logs());
        assert_eq!(probe.setup().code, 0);
        assert_eq!(probe.marks(), DONE);
    }
}

#[test]
fn sqlite_setup_interrupted_while_another_waits() {
    let probe = Probe::sqlite();
    let first = probe.stopped_at("b").unwrap();
    let second = probe.process(&["setup"]).start();
    second.wait_for_log("waiting for another setup of this database");
    docker(["kill", &first.name]).ok();
    assert_eq!(wait_for_exit(&second), 0, "{}", second.logs());
    second.wait_for_log("running mark (first run, 2 of 2), again, because it was interrupted");
    assert_eq!(probe.marks(), DONE);
}

#[test]
fn without_a_transaction_an_interrupted_command_runs_again() {
    let probe = Probe::sqlite().env("ENTRYPOINT_FIRST_RUN_ATOMIC", "0");
    let first = probe.stopped_at("b").unwrap();
    docker(["kill", &first.name]).ok();
    assert_eq!(probe.setup().code, 0);
    assert_eq!(probe.marks(), "migrated, a begun, a done, b begun, b begun, b done\n");
}

#[test]
fn ten_setups_migrate_once_if_the_first_is_killed() {
    for image in [&image(), &drivers().name] {
        let probe = Probe::postgres(image);
        let first = probe.stopped_at("migration").unwrap();
        let others: Vec<Container> = (0..9).map(|_| probe.process(&["setup"]).start()).collect();
        others.iter().for_each(|other| other.wait_for_log("waiting for another setup of this database"));
        docker(["kill", &first.name]).ok();
        let logs: String =
            others.iter().map(|other| (wait_for_exit(other), other.logs())).map(assert_success).collect();
        let count = |text: &str| logs.matches(text).count();
        assert_eq!(count("Applying probe.0001_initial... OK"), 0, "the first has done that: {logs}");
        assert_eq!(count("Applying probe.0002_first_mark... OK"), 1, "{logs}");
        assert_eq!(
            (count("creating the database"), count("marked a"), count("marked b")),
            (0, 1, 1),
            "{logs}"
        );
        assert_eq!(probe.marks(), DONE);
    }
}

fn assert_success((code, logs): (i32, String)) -> String {
    assert_eq!(code, 0, "{logs}");
    logs
}

#[test]
fn ten_setups_create_one_database() {
    let probe = Probe::postgres(&image());
    let setups: Vec<Container> = (0..10).map(|_| probe.process(&["setup"]).start()).collect();
    let logs: String =
        setups.iter().map(|setup| (wait_for_exit(setup), setup.logs())).map(assert_success).collect();
    let count = |text: &str| logs.matches(text).count();
    assert_eq!((count("creating the database"), count("0001_initial... OK")), (1, 1), "{logs}");
    assert_eq!(probe.marks(), DONE);
}

/// A name is data: no character in it ends the name in the statement.
#[test]
fn a_database_name_may_contain_quotes() {
    let image = &drivers().name;
    for (mut probe, engine) in [(Probe::postgres(image), "postgresql"), (Probe::mariadb(image), "mysql")] {
        for name in [r#"a"b; drop table x; --"#, "'c'", "`d` e"] {
            probe = probe.env("DATABASE", &format!("{engine},{name},bookmarks,pass word,db"));
            let output = probe.setup();
            let text = format!("creating the database {name}\n");
            assert!(output.code == 0 && output.stderr.contains(&text), "{engine} {name}: {}", output.stderr);
            assert_eq!(probe.marks(), DONE);
        }
    }
}

#[test]
fn an_existing_database_is_only_migrated() {
    let probe = Probe::postgres(&image()).env("DATABASE", "postgresql,bookmarks,bookmarks,pass word,db");
    probe.process(&["migrate"]).finish().ok();
    for _ in 0..2 {
        let output = probe.setup();
        let text = "this database existed before its first setup: skipping mark, mark";
        assert!(output.code == 0 && output.stderr.contains(text), "{}", output.stderr);
        assert_eq!(probe.marks(), "migrated\n");
    }
}

#[test]
fn a_new_command_runs_once_and_a_failed_one_again() {
    let probe = Probe::sqlite().env("ENTRYPOINT_FIRST_RUN", "mark a; mark b --fail");
    let output = probe.setup();
    assert!(output.code == 1 && output.stderr.ends_with("mark failed: no b today\n"), "{}", output.stderr);
    assert_eq!(probe.marks(), "migrated, a begun, a done\n");
    let probe = probe.env("ENTRYPOINT_FIRST_RUN", "mark a; mark b;");
    assert_eq!((probe.setup().code, probe.setup().code), (0, 0));
    assert_eq!(probe.marks(), DONE);
    let probe = probe.env("ENTRYPOINT_FIRST_RUN", "mark a; makr c");
    let output = probe.setup();
    let text = "cannot run makr from ENTRYPOINT_FIRST_RUN: there is no such management command\n";
    assert!(output.code == 1 && output.stderr.ends_with(text), "{}", output.stderr);
}

#[test]
fn a_refused_connection_creates_no_database() {
    let probe = Probe::postgres(&image()).env("ENTRYPOINT_WAIT", "none");
    let refused = |database: &str, reason: &str| {
        let output = probe.process(&["setup"]).env("DATABASE", database).finish();
        let line = output.stderr.lines().last().unwrap_or_default();
        assert!(
            line.contains("cannot open the database probe: ") && line.contains(reason),
            "{}",
            output.stderr
        );
        assert!(output.code == 1 && !output.stderr.contains("creating"), "{}", output.stderr);
        assert!(!output.stderr.contains("wr0ng"), "{}", output.stderr);
    };
    refused("postgresql,probe,bookmarks,wr0ng,db", "password authentication failed");
    probe.psql("create role poor login password 'pass word'");
    let output = probe.process(&["setup"]).env("DATABASE", "postgresql,probe,poor,pass word,db").finish();
    let text = "(and it cannot be created: permission denied to create database)";
    assert!(output.code == 1 && output.stderr.contains(text), "{}", output.stderr);
    docker(["kill", &probe.server().name]).ok();
    refused("postgresql,probe,bookmarks,pass word,127.0.0.1", "Connection refused");
}
