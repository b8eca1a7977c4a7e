//! Man pages: the declarations, and sections that these do not contain.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

/// docker-entrypoint(1).
pub(crate) fn entrypoint(command: Command) -> Vec<u8> {
    let man = Man::new(command).section("1").manual("docker-runner");
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("2", "invalid command line"),
        ("124", "a wait timed out"),
        ("125", "the entrypoint itself failed"),
        ("126", "found, but not executable"),
        ("127", "not found"),
        ("128+N", "signal N ended the process under the init, or what runs before it"),
        ("any other", "the exit status of the process"),
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
            "the settings file: IMAGE, OPTS and the variables that they need, in the shell language; read as data, never executed",
        ),
        (
            "/etc/default/APP@INSTANCE",
            "the settings that differ for an instance, read after those of the app",
        ),
        ("/var/www/APP/TAG", "the TAG file: the tag to run, in one line export TAG=…"),
        ("/var/www/APP@INSTANCE/TAG", "the TAG file of an instance"),
    ] {
        entry(&mut files, file, what);
    }
    let mut environment = section("ENVIRONMENT");
    for (name, what) in [
        ("EXTRA", "more options of docker run, after OPTS"),
        ("DOCKER_RUNNER_ROOT", "like --root"),
        ("DOCKER_RUNNER_SHELL", "like --shell"),
        ("NO_COLOR", "no colours on a terminal"),
    ] {
        entry(&mut environment, name, what);
    }
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("1", "--check found an error"),
        ("125", "docker-runner failed: a wrong command line or configuration"),
        ("126", "docker is not executable"),
        ("127", "docker was not found"),
        ("any other", "the exit status of docker run"),
    ] {
        entry(&mut exit, code, what);
    }
    let mut examples = section("EXAMPLES");
    for (line, what) in [
        ("docker-runner antisocial migrate", "runs the migrations of the app, with its image and settings"),
        (
            "docker-runner --explain antisocial run",
            "prints the file and line from which each part of the command comes",
        ),
        (
            "docker-runner --unit systemd antisocial worker",
            "prints a service unit for the Celery worker of the app",
        ),
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
        ("/etc/default/APP", "on this machine: HOSTS and the other settings of the deploy"),
        ("/var/www/APP/TAG, /var/www/APP/REVERT", "on every host: the current tag, and the previous one"),
        ("/var/www/APP/.deploy", "on every host: lock, journal, history and logs"),
    ] {
        entry(&mut files, file, what);
    }
    let mut exit = section("EXIT STATUS");
    for (code, what) in [
        ("0", "done"),
        ("1", "failed and undone: all hosts are as before"),
        ("2", "invalid arguments or settings"),
        ("3", "failed: some hosts are not as before"),
        ("125", "failed before anything was changed"),
    ] {
        entry(&mut exit, code, what);
    }
    let man = Man::new(command).section("8").manual("docker-runner");
    page(&man, &[commands, files, exit, see_also(&["docker-runner(8)", "docker-entrypoint(1)", "ssh(1)"])])
}

/// The sections of the declaration, then further sections.
fn page(man: &Man, sections: &[Roff]) -> Vec<u8> {
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    man.render_synopsis_section(&mut text).unwrap();
    man.render_options_section(&mut text).unwrap();
    // clap_mangen calls the section after the options EXTRA, which is also a variable of docker-runner.
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
