//! Runs a process of the app's image once.

use super::app_host::AppHost;
use super::host_command::{HostCommand, Privilege};
use super::machine::Machine;
use super::redacted_writer::RedactedWriter;
use crate::deploy::protocol::request::is_migrate;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;

/// Runs a task with the app's current settings.
pub fn run(
    host: &mut AppHost<impl Machine>,
    tag: &str,
    task: &[String],
    writer: &mut RedactedWriter<'_>,
) -> Result<Response, StepError> {
    let command = host_command(host, tag, task);
    let mut up_to_date = false;
    let mut keep = |line: &str| {
        up_to_date |= line.contains("No migrations to apply");
        true
    };
    host.stream(&command, &mut keep, writer)?;
    Ok(Response::TaskDone { migrated: is_migrate(task) && !up_to_date })
}

/// The command that runs a task on this host.
pub fn host_command(host: &AppHost<impl Machine>, tag: &str, task: &[String]) -> HostCommand {
    let app = host.app.to_string();
    command(&host.machine.docker_runner(), &host.runner_options(), tag, &app, task)
}

/// The command that runs a task. `docker_runner` starts docker-runner;
/// `options` are its options for reading the app's files.
pub fn command(
    docker_runner: &[String],
    options: &[String],
    tag: &str,
    app: &str,
    task: &[String],
) -> HostCommand {
    let (program, first) = docker_runner
        .split_first()
        .map_or(("docker-runner", &[][..]), |(program, rest)| (program.as_str(), rest));
    let own = first.iter().chain(options).map(String::as_str);
    let arguments = own.chain(["--tag", tag, app]).chain(task.iter().map(String::as_str));
    HostCommand::new(Privilege::Docker, program, arguments)
}

#[cfg(test)]
mod tests {
    use super::super::test_machine::{self, with_writer};
    use super::Response;

    #[test]
    fn only_a_migration_that_applies_something_has_migrated() {
        let run = |task: &str, output: &str| {
            let mut host = test_machine::host(&[("docker-runner", 0, output)]);
            let task = [task.to_owned()];
            with_writer(&mut host, false, |host, writer| super::run(host, "new", &task, writer)).0
        };
        let done = |migrated| Ok(Response::TaskDone { migrated });
        assert_eq!(run("migrate", "Applying app.0002... OK"), done(true));
        assert_eq!(run("migrate", "  No migrations to apply."), done(false));
        assert_eq!(run("compress", "done"), done(false));
    }
}
