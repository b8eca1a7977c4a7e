//! Man pages: what the declarations say, and what they can't.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

/// docker-entrypoint(1).
pub(crate) fn entrypoint(command: Command) -> Vec<u8> {
    let man = Man::new(command).section("1").manual("docker-runner");
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("2", "usage"),
        ("124", "a wait timed out"),
        ("125", "the entrypoint itself failed"),
        ("126", "found, but not executable"),
        ("127", "not found"),
        ("any other", "the process's own"),
    ] {
        entry(&mut exit, code, what);
    }
    page(&man, &[exit, see_also(&["docker-runner(8)", "docker-run(1)"])])
}

/// docker-runner(8).
pub(crate) fn runner(command: Command) -> Vec<u8> {
    let man = Man::new(command).section("8").manual("docker-runner");
    let mut files = section("FILES");
    for (file, what) in [
        (
            "/etc/default/APP",
            "IMAGE, OPTS and what else the app needs, in the language of sh; read, never executed",
        ),
        ("/etc/default/APP@INSTANCE", "what is different for an instance; read after the app's"),
        ("/var/www/APP/TAG", "the tag that runs: one line, export TAG=…"),
        ("/var/www/APP@INSTANCE/TAG", "an instance's own tag"),
    ] {
        entry(&mut files, file, what);
    }
    let mut environment = section("ENVIRONMENT");
    for (name, what) in [
        ("EXTRA", "more options of docker run, after OPTS"),
        ("DOCKER_RUNNER_ROOT", "as --root"),
        ("DOCKER_RUNNER_SHELL", "as --shell"),
        ("NO_COLOR", "no colours, on a terminal either"),
    ] {
        entry(&mut environment, name, what);
    }
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("1", "with --check: something is an error"),
        ("125", "docker-runner itself failed, or was called in a wrong way"),
        ("126", "docker is not executable"),
        ("127", "docker is not there"),
        ("any other", "docker run's own"),
    ] {
        entry(&mut exit, code, what);
    }
    let mut examples = section("EXAMPLES");
    for (line, what) in [
        (
            "docker-runner antisocial migrate",
            "the app's migrations, with the image and settings of its files",
        ),
        ("docker-runner --explain antisocial run", "which file and line each part of that comes from"),
        ("docker-runner --unit systemd antisocial worker", "a service unit for its Celery worker"),
    ] {
        entry(&mut examples, line, what);
    }
    page(&man, &[files, environment, exit, examples, see_also(&["docker-entrypoint(1)", "docker-run(1)"])])
}

/// docker-deploy(8).
pub(crate) fn deploy(command: Command) -> Vec<u8> {
    let mut commands = section("COMMANDS");
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let mut subcommand = subcommand.clone();
        let usage = subcommand.render_usage().to_string();
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        entry(&mut commands, usage.trim_start_matches("Usage: "), &about);
        for option in subcommand.get_arguments().filter(|option| !option.is_global_set()) {
            let (Some(long), Some(help)) = (option.get_long(), option.get_help()) else { continue };
            commands.control("br", []);
            commands.text([bold(format!("--{long}")), roman(format!("  {help}"))]);
        }
    }
    let mut files = section("FILES");
    for (file, what) in [
        ("/etc/default/APP", "of this machine: HOSTS and what else says where the app is"),
        ("/var/www/APP/TAG, /var/www/APP/REVERT", "on every host: the tag that runs, and the one before"),
        ("/var/www/APP/.deploy", "on every host: lock, journal, history and logs"),
    ] {
        entry(&mut files, file, what);
    }
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("0", "done"),
        ("1", "undone: all hosts are as before"),
        ("2", "what was asked is not right"),
        ("3", "some host is not as before"),
        ("125", "nothing was tried"),
    ] {
        entry(&mut exit, code, what);
    }
    let man = Man::new(command).section("8").manual("docker-runner");
    page(&man, &[commands, files, exit, see_also(&["docker-runner(8)", "docker-entrypoint(1)", "ssh(1)"])])
}

/// The declaration's part, then ours.
fn page(man: &Man, sections: &[Roff]) -> Vec<u8> {
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    man.render_synopsis_section(&mut text).unwrap();
    man.render_options_section(&mut text).unwrap();
    // The library calls what follows the options EXTRA, which is a variable of ours.
    let mut notes = Vec::new();
    man.render_extra_section(&mut notes).unwrap();
    let notes = String::from_utf8(notes).unwrap().replace(".SH EXTRA\n", ".SH NOTES\n");
    if notes.lines().count() > 1 {
        text.extend_from_slice(notes.as_bytes());
    }
    for section in sections {
        section.to_writer(&mut text).unwrap();
    }
    text
}

fn section(title: &str) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [title]);
    roff
}

fn entry(roff: &mut Roff, term: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(text)]);
}

fn see_also(pages: &[&str]) -> Roff {
    let mut roff = section("SEE ALSO");
    roff.text([italic(pages.join(", "))]);
    roff
}
