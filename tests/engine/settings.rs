//! Which gunicorn setting wins, as gunicorn itself prints it.

use crate::docker::Run;
use crate::site::image;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The effective settings of gunicorn, by name.
struct Configuration(BTreeMap<String, String>);

impl Configuration {
    #[track_caller]
    fn printed(variables: &[(&str, &str)], config: Option<&str>, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::new(&image()).args(["run"]).args(arguments).args(["--print-config"]);
        run = run.env("SECRET_KEY", "none").env("ALLOWED_HOSTS", "none");
        if let Some(text) = config {
            let file: PathBuf = folder.path().join("gunicorn_conf.py");
            std::fs::write(&file, text).unwrap();
            run =
                run.options(["-v".to_owned(), format!("{}:/app/bookmarks/gunicorn_conf.py", file.display())]);
        }
        let output = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).finish().ok();
        let pairs = output.lines().filter_map(|line| line.split_once(" = "));
        Self(pairs.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect())
    }

    #[track_caller]
    fn assert_setting(self, name: &str, value: &str) -> Self {
        assert_eq!(self.0.get(name).map(String::as_str), Some(value), "{name} in {:#?}", self.0);
        self
    }
}

#[test]
fn the_defaults_apply() {
    Configuration::printed(&[], None, &[])
        .assert_setting("bind", "['0.0.0.0:8000']")
        .assert_setting("workers", "3")
        .assert_setting("accesslog", "-")
        .assert_setting("worker_tmp_dir", "/dev/shm");
}

#[test]
fn the_environment_sets_port_and_workers() {
    let variables = [("PORT", "9000"), ("WEB_CONCURRENCY", "5")];
    Configuration::printed(&variables, None, &[])
        .assert_setting("bind", "['0.0.0.0:9000']")
        .assert_setting("workers", "5");
    Configuration::printed(&[("WEB_CONCURRENCY", "")], None, &[]).assert_setting("workers", "3");
}

#[test]
fn a_config_file_wins_over_our_defaults() {
    let file = "bind = '127.0.0.1:7000'\nworkers = 2\naccesslog = '/tmp/access'\nworker_tmp_dir = '/tmp'\n";
    Configuration::printed(&[("WEB_CONCURRENCY", "5")], Some(file), &[])
        .assert_setting("bind", "['127.0.0.1:7000']")
        .assert_setting("workers", "2")
        .assert_setting("accesslog", "/tmp/access")
        .assert_setting("worker_tmp_dir", "/tmp");
}

#[test]
fn gunicorn_cmd_args_wins_over_the_file_and_arguments_over_both() {
    let options = ("GUNICORN_CMD_ARGS", "--workers 4 --bind 127.0.0.1:7001 --access-logfile /tmp/theirs");
    let file = "workers = 2\ntimeout = 77\n";
    Configuration::printed(&[options], Some(file), &[])
        .assert_setting("workers", "4")
        .assert_setting("timeout", "77")
        .assert_setting("bind", "['127.0.0.1:7001']")
        .assert_setting("accesslog", "/tmp/theirs");
    Configuration::printed(&[options], Some(file), &["--workers", "6", "-b", "127.0.0.1:7002"])
        .assert_setting("workers", "6")
        .assert_setting("bind", "['127.0.0.1:7002']");
}
