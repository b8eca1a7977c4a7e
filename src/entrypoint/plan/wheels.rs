//! The wheelhouse of the builder image.

use super::{LaunchPlan, PlanInput, Planned, base, django};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::wheels::WheelsJob;

/// The time that wheels are dated to, so that the same source makes the same
/// wheel: 1980, before which a zip file has no dates.
const EPOCH: &str = "315532800";

/// pip's wheels into the wheelhouse. What the caller says to pip is kept; our
/// defaults give way to it.
pub(super) fn plan(given: PlanInput<'_>, environment: Environment) -> Planned {
    let wheelhouse = given.settings.wheelhouse.clone();
    let mut environment = base::surroundings(given, environment);
    environment.set_default("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    // Packages without pyproject.toml would else need `wheel` in the virtualenv.
    environment.set_default("PIP_USE_PEP517", "1");
    environment.set_default("SOURCE_DATE_EPOCH", EPOCH);
    if environment.get("PIP_NO_CACHE_DIR").is_none() {
        environment.set_default("PIP_CACHE_DIR", wheelhouse.join(".cache"));
    }
    let job = WheelsJob {
        python: django::python(&given.facts.python),
        app: given.facts.app.folder.clone(),
        wheelhouse,
        arguments: given.arguments.to_vec(),
        environment: environment.into_variables(),
        has_terminal: given.has_terminal,
    };
    Planned { plan: LaunchPlan::Wheels(job), notes: Vec::new() }
}
