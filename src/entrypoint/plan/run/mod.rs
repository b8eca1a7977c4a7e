//! The web server, on every address. What the caller says to it, in its own
//! variables, arguments or files, wins over each default of ours.

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

/// A server to be planned.
struct Serving<'a> {
    given: PlanInput<'a>,
    web: &'a Web,
    port: &'a str,
    /// How many workers.
    workers: String,
}

/// The server with the project's application.
pub(super) fn plan(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let unseen = Web::default();
    let web = if let ProcessFacts::Web(web) = &given.facts.own { web } else { &unseen };
    let (workers, note) = concurrency::workers(given.settings.web_concurrency.as_deref(), web.limits);
    let serving = Serving { given, web, port: port(given)?, workers: workers.to_string() };
    let mut planned = match web.server {
        Server::Gunicorn => gunicorn::plan(&serving, environment),
        Server::Uvicorn => others::uvicorn(&serving, environment),
        Server::Uwsgi => uwsgi::plan(&serving, environment),
        Server::Waitress => return others::waitress(&serving, environment),
        Server::Runserver => return others::runserver(given, serving.port, environment),
    }?;
    planned.notes.extend(note);
    Ok(planned)
}

impl Serving<'_> {
    /// `APP.wsgi:application`.
    fn application(&self, module: &str) -> Result<String, Error> {
        Ok(format!("{}:application", self.given.facts.app.package()?.module(module)))
    }
}

/// PORT, where it is one.
pub(super) fn port(given: PlanInput<'_>) -> Result<&str, Error> {
    let value = given.settings.port.as_deref().unwrap_or(DEFAULT_PORT);
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u16>() {
        Ok(1..) if is_number => Ok(value),
        _ => Err(Error::Port { value: value.to_owned() }),
    }
}
