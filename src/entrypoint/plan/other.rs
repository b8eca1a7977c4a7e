//! A command that is not a process of the entrypoint: `docker run IMAGE bash`.

use super::{Launch, LaunchPlan, Origin, PlanInput, Planned, base};
use crate::command::{Argument, Command};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::python::Python;
use crate::entrypoint::notice::Notice;
use std::ffi::OsStr;

/// The command in the app folder, with the environment of our processes. A broken
/// project does not stop it: it may be the shell in which a person repairs it.
pub(super) fn plan(
    program: &OsStr,
    input: PlanInput<'_>,
    mut environment: Environment,
) -> Result<Planned, Error> {
    if let Ok(Some(module)) = base::settings_module(input) {
        environment.set("DJANGO_SETTINGS_MODULE", module);
    }
    let app = &input.facts.app;
    let command = Command {
        program: program.to_owned(),
        arguments: input.arguments.iter().cloned().map(Argument::plain).collect(),
        environment: base::base_environment(input, environment).into_variables(),
        folder: app.is_open.then(|| app.folder.clone()),
    };
    let mut notices = match &input.facts.python {
        Python::Broken(broken) => vec![Notice::Virtualenv(broken.clone())],
        Python::Virtualenv(_) | Python::System => Vec::new(),
    };
    if app.exists && !app.is_open {
        notices.push(Notice::Folder { folder: app.folder.clone() });
    }
    Ok(Planned {
        plan: LaunchPlan::Launch(Launch { command, origin: Origin::Caller, equivalent: None }),
        notices,
    })
}
