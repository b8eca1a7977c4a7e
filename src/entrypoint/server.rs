//! The web servers that `run` can start.

use super::error::Error;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Server {
    /// Serves the WSGI application of the project.
    #[default]
    Gunicorn,
    /// Serves the ASGI application of the project.
    Uvicorn,
    Uwsgi,
    Waitress,
    /// Django's own server, for development.
    Runserver,
}

impl Server {
    /// The servers that are separate programs, in order of preference. Django's
    /// own is always available but not meant for production, so it must be named.
    pub(super) const INSTALLED: [Self; 4] = [Self::Gunicorn, Self::Uvicorn, Self::Uwsgi, Self::Waitress];

    /// The server that ENTRYPOINT_SERVER names, if any.
    pub(super) fn from_text(text: Option<&str>) -> Result<Option<Self>, Error> {
        match text {
            None => Ok(None),
            Some("gunicorn") => Ok(Some(Self::Gunicorn)),
            Some("uvicorn") => Ok(Some(Self::Uvicorn)),
            Some("uwsgi") => Ok(Some(Self::Uwsgi)),
            Some("waitress") => Ok(Some(Self::Waitress)),
            Some("runserver") => Ok(Some(Self::Runserver)),
            Some(value) => Err(Error::Server { value: value.to_owned() }),
        }
    }

    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Uvicorn => "uvicorn",
            Self::Uwsgi => "uwsgi",
            Self::Waitress => "waitress-serve",
            Self::Runserver => "manage.py",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Server;
    use crate::entrypoint::env_var::{Name, Variables};

    #[test]
    fn entrypoint_server_names_the_server() {
        let server = |value: &str| {
            let variables = Variables::from_env(&[("ENTRYPOINT_SERVER".into(), value.into())]).unwrap();
            Server::from_text(variables.text(Name::EntrypointServer)?)
        };
        assert_eq!(server("").unwrap(), None);
        assert_eq!(server("uwsgi").unwrap(), Some(Server::Uwsgi));
        let text = "ENTRYPOINT_SERVER=uWSGI is not a known server: use gunicorn, uvicorn, uwsgi, waitress or runserver";
        assert_eq!(server("uWSGI").unwrap_err().to_string(), text);
    }
}
