//! The web server, on every address. Every setting of the caller, in variables,
//! arguments or files, beats our default.

mod gunicorn;
pub(super) mod others;
mod uwsgi;

use super::{PlanInput, Planned};
use crate::entrypoint::concurrency;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::ProcessFacts;
use crate::entrypoint::facts::web::Web;
use crate::entrypoint::server::Server;
use crate::entrypoint::settings::DEFAULT_PORT;

/// What the plan of a server needs.
struct Serving<'a> {
    input: PlanInput<'a>,
    web: &'a Web,
    port: &'a str,
    workers: String,
}

pub(super) fn plan(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let default_web = Web::default();
    let web = if let ProcessFacts::Web(web) = &input.facts.own { web } else { &default_web };
    let (workers, notice) = concurrency::workers(input.settings.web_concurrency.as_deref(), web.limits);
    let serving = Serving { input, web, port: port(input)?, workers: workers.to_string() };
    let mut planned = match web.server {
        Server::Gunicorn => gunicorn::plan(&serving, environment),
        Server::Uvicorn => others::uvicorn(&serving, environment),
        Server::Uwsgi => uwsgi::plan(&serving, environment),
        Server::Waitress => return others::waitress(&serving, environment),
        Server::Runserver => return others::runserver(input, serving.port, environment),
    }?;
    planned.notices.extend(notice);
    Ok(planned)
}

impl Serving<'_> {
    /// `APP.wsgi:application`.
    fn application(&self, module: &str) -> Result<String, Error> {
        Ok(format!("{}:application", self.input.facts.app.package()?.module(module)))
    }
}

/// PORT, if it is a valid port number.
pub(super) fn port(input: PlanInput<'_>) -> Result<&str, Error> {
    let value = input.settings.port.as_deref().unwrap_or(DEFAULT_PORT);
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u16>() {
        Ok(1..) if is_number => Ok(value),
        _ => Err(Error::Port { value: value.to_owned() }),
    }
}
