//! `push`, `rollback` and `plan`.

use super::{CliContext, print};
use crate::deploy::cli::RolloutArgs;
use crate::deploy::error::Error;
use crate::deploy::host::Report;
use crate::deploy::rollout::Rollout;
use crate::deploy::rollout::outcome::Outcome;
use crate::deploy::rollout::target::Target;
use crate::deploy::settings;
use crate::deploy::show::{live::Live, plain::Plain, plan};
use crate::deploy::transport::connect::SystemClock;
use crate::report;
use crate::sys::interrupt;

pub(super) fn push(context: &CliContext<'_>, args: &RolloutArgs) -> Result<u8, Error> {
    let tag = || settings::resolve_tag(args.tag.as_deref(), &|name| context.env_var(name));
    run(context, args, &|| tag().map(Target::Push))
}

/// TAG of the environment is not used: a build job sets it to the new tag.
pub(super) fn rollback(context: &CliContext<'_>, args: &RolloutArgs) -> Result<u8, Error> {
    let tag = || args.tag.clone().map(settings::parse_tag).transpose();
    run(context, args, &|| tag().map(Target::Rollback))
}

fn run(
    context: &CliContext<'_>,
    args: &RolloutArgs,
    target: &dyn Fn() -> Result<Target, Error>,
) -> Result<u8, Error> {
    let settings = context.settings(args.app.as_deref(), !args.no_pull)?;
    let target = target()?;
    let report = report_for(context, args);
    let rollout = Rollout {
        settings: &settings,
        connect: &context.connector(&settings),
        clock: &SystemClock,
        report: &*report,
        stop: interrupt::cancel_flag(),
        caller: context.caller(),
        wait: args.wait,
    };
    if args.dry_run {
        let (plan, inspection) = rollout.plan(&target)?;
        return Ok(print(&plan::render(&plan, &inspection, &context.options())));
    }
    let outcome = rollout.run(&target)?;
    // The live lines end before the summary.
    drop(report);
    print_summary(&settings.app.to_string(), &target, &outcome);
    Ok(outcome.exit_code())
}

/// Live lines on a terminal, plain lines elsewhere and for a plan.
fn report_for(context: &CliContext<'_>, args: &RolloutArgs) -> Box<dyn Report> {
    if !context.world.terminal.stdout || args.dry_run {
        return Box::new(Plain);
    }
    let columns = context.env_var("COLUMNS").and_then(|columns| columns.parse().ok());
    Box::new(Live::new(columns.unwrap_or(80)))
}

fn print_summary(app: &str, target: &Target, outcome: &Outcome) {
    let schema = |migrated: bool| {
        if migrated { " (migrations ran; the database schema is not rolled back)" } else { "" }
    };
    match outcome {
        Outcome::Done => {
            let _ = report::print(&format!("{app}: {target} completed\n"));
        }
        Outcome::Undone { reason, migrated } => {
            let schema = schema(*migrated);
            report::eprint(&format!(
                "docker-deploy: {target} failed, and all hosts are restored{schema}: {reason}\n"
            ));
        }
        Outcome::Failed { reason, migrated, hosts, old_tag } => {
            let schema = schema(*migrated);
            report::eprint(&format!("docker-deploy: {target} failed{schema}: {reason}\n"));
            for (host, failure) in hosts {
                report::eprint(&format!("docker-deploy: {host} is not restored: {failure}\n"));
            }
            let tag = old_tag.as_ref().map(|tag| format!(" {tag}")).unwrap_or_default();
            report::eprint(&format!("docker-deploy: fix this, then run docker-deploy rollback {app}{tag}\n"));
        }
    }
}
