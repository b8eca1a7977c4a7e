//! Plain lines for pipes and build jobs, in the order in which things happen,
//! each with its host; nothing is overwritten.

use crate::deploy::host::Report;
use crate::deploy::protocol::step_error::{StepError, with_step};
use crate::report;

/// Plain lines on standard output.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

fn print_line(text: &str) {
    // A closed standard output is no reason to leave hosts half updated.
    let _ = report::print(&format!("{text}\n"));
}

impl Report for Plain {
    fn stage(&self, name: &str) {
        print_line(&format!("-- {name}"));
    }

    fn step_started(&self, host: &str, step: &str) {
        print_line(&format!("{host}: {step}"));
    }

    fn on_line(&self, host: &str, line: &str) {
        print_line(&format!("{host}:   {line}"));
    }

    fn step_finished(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
        match result {
            Ok("") => print_line(&format!("{host}: {step}: done")),
            Ok(result) => print_line(&format!("{host}: {step}: {result}")),
            Err(failure) => print_line(&format!("{host}: {}", with_step(step, failure))),
        }
    }

    fn host_message(&self, host: &str, text: &str) {
        print_line(&format!("{host}: {text}"));
    }

    fn blocker(&self, host: &str, text: &str) {
        report::eprint(&format!("docker-deploy: {host}: {text}\n"));
    }

    fn message(&self, text: &str) {
        print_line(text);
    }
}
