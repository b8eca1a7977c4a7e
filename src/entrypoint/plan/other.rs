//! A command from elsewhere: `docker run IMAGE bash`.

use super::{Launch, LaunchPlan, Origin, PlanInput, Planned, base};
use crate::command::{Argument, Command};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::python::Python;
use crate::entrypoint::notice::Note;
use std::ffi::OsStr;

/// The command in the app folder, with the environment that our own processes
/// have. What is wrong with the project does not stop it: it may be the shell
/// in which somebody looks for what is wrong.
pub(super) fn plan(
    program: &OsStr,
    given: PlanInput<'_>,
    mut environment: Environment,
) -> Result<Planned, Error> {
    if let Ok(Some(module)) = base::settings_module(given) {
        environment.set("DJANGO_SETTINGS_MODULE", module);
    }
    let app = &given.facts.app;
    let command = Command {
        program: program.to_owned(),
        arguments: given.arguments.iter().cloned().map(Argument::plain).collect(),
        environment: base::surroundings(given, environment).into_variables(),
        folder: app.is_open.then(|| app.folder.clone()),
    };
    let mut notes = match &given.facts.python {
        Python::Broken(broken) => vec![Note::Virtualenv(broken.clone())],
        Python::Virtualenv(_) | Python::System => Vec::new(),
    };
    if app.is_there && !app.is_open {
        notes.push(Note::Folder { folder: app.folder.clone() });
    }
    Ok(Planned {
        plan: LaunchPlan::Launch(Launch { command, origin: Origin::Elsewhere, by_hand: None }),
        notes,
    })
}
