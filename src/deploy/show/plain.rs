//! For pipes and build jobs: lines in the order that things happen, the host
//! before each, nothing overwritten.

use crate::deploy::host::Report;
use crate::deploy::protocol::step_error::{StepError, at};
use crate::report;

/// Plain lines on standard output.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

fn line(text: &str) {
    // That nobody reads it is no reason to leave hosts half way.
    let _ = report::print(&format!("{text}\n"));
}

impl Report for Plain {
    fn stage(&self, name: &str) {
        line(&format!("-- {name}"));
    }

    fn begin(&self, host: &str, step: &str) {
        line(&format!("{host}: {step}"));
    }

    fn on_line(&self, host: &str, said: &str) {
        line(&format!("{host}:   {said}"));
    }

    fn end(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
        match result {
            Ok("") => line(&format!("{host}: {step}: done")),
            Ok(told) => line(&format!("{host}: {step}: {told}")),
            Err(failure) => line(&format!("{host}: {}", at(step, failure))),
        }
    }

    fn tell(&self, host: &str, text: &str) {
        line(&format!("{host}: {text}"));
    }

    fn wrong(&self, host: &str, text: &str) {
        report::tell(&format!("docker-deploy: {host}: {text}\n"));
    }

    fn note(&self, text: &str) {
        line(text);
    }
}
