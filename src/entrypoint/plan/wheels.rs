//! `wheels`: builds the wheelhouse in the builder image.

use super::{LaunchPlan, PlanInput, Planned, base, django};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::wheels::WheelsJob;

/// SOURCE_DATE_EPOCH, so that the same source gives the same wheel: 1980-01-01, the
/// earliest date in a zip file.
const EPOCH: &str = "315532800";

/// Builds wheels with pip. Settings of the caller beat our defaults.
pub(super) fn plan(input: PlanInput<'_>, environment: Environment) -> Planned {
    let wheelhouse = input.settings.wheelhouse.clone();
    let mut environment = base::base_environment(input, environment);
    environment.set_default("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    // Otherwise packages without pyproject.toml need `wheel` in the virtualenv.
    environment.set_default("PIP_USE_PEP517", "1");
    environment.set_default("SOURCE_DATE_EPOCH", EPOCH);
    if environment.get("PIP_NO_CACHE_DIR").is_none() {
        environment.set_default("PIP_CACHE_DIR", wheelhouse.join(".cache"));
    }
    let job = WheelsJob {
        python: django::python(&input.facts.python),
        app: input.facts.app.folder.clone(),
        wheelhouse,
        arguments: input.arguments.to_vec(),
        environment: environment.into_variables(),
        has_terminal: input.has_terminal,
    };
    Planned { plan: LaunchPlan::Wheels(job), notices: Vec::new() }
}
