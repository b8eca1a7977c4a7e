//! The apps of this machine, for `status` without APP.

use super::CliContext;
use crate::deploy::error::Error;
use crate::deploy::host::{Connect, unexpected_response};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::topology::LOCAL;
use crate::deploy::transport::connect::AgentConnector;
use crate::runner::app::AppName;

/// The apps that have a file in `/etc/default`.
pub(super) fn local_apps(context: &CliContext<'_>) -> Result<Vec<String>, Error> {
    // An agent has an app, but this request does not depend on it.
    let app = AppName { app: "apps".into(), instance: None };
    let connector = AgentConnector { app, options: context.options(), ssh: context.ssh(None) };
    let response = connector.connect(LOCAL).and_then(|mut host| host.query(&Request::Apps, &|| false));
    match response {
        Ok(Response::Apps(apps)) => Ok(apps),
        Ok(_) => Err(Error::ListApps { failure: unexpected_response() }),
        Err(failure) => Err(Error::ListApps { failure }),
    }
}
