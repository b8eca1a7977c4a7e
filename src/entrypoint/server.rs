//! The web servers that `run` can start, and which of them is meant.

use super::env_var::text;
use super::error::Error;
use crate::world::World;

const VARIABLE: &str = "ENTRYPOINT_SERVER";

/// A web server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Server {
    /// gunicorn, with the project's WSGI application.
    #[default]
    Gunicorn,
    /// uvicorn, with the project's ASGI application.
    Uvicorn,
    /// uWSGI.
    Uwsgi,
    /// waitress.
    Waitress,
    /// Django's own, for development.
    Runserver,
}

impl Server {
    /// Those that are installed as programs, the first choice first. Django's own
    /// is always there and not for serving a site, so it has to be asked for.
    pub(super) const INSTALLED: [Self; 4] = [Self::Gunicorn, Self::Uvicorn, Self::Uwsgi, Self::Waitress];

    /// What ENTRYPOINT_SERVER says; an empty one says nothing.
    pub(super) fn asked(world: &World) -> Result<Option<Self>, Error> {
        match text(VARIABLE, world)? {
            None => Ok(None),
            Some("gunicorn") => Ok(Some(Self::Gunicorn)),
            Some("uvicorn") => Ok(Some(Self::Uvicorn)),
            Some("uwsgi") => Ok(Some(Self::Uwsgi)),
            Some("waitress") => Ok(Some(Self::Waitress)),
            Some("runserver") => Ok(Some(Self::Runserver)),
            Some(value) => Err(Error::Server { value: value.to_owned() }),
        }
    }

    /// The program's name.
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
    use crate::world::World;

    #[test]
    fn what_is_asked_for() {
        let asked = |value: &str| {
            let environment = vec![("ENTRYPOINT_SERVER".into(), value.into())];
            Server::asked(&World { environment, ..World::default() })
        };
        assert_eq!(asked("").unwrap(), None);
        assert_eq!(asked("uwsgi").unwrap(), Some(Server::Uwsgi));
        let text = "ENTRYPOINT_SERVER=uWSGI is none of gunicorn, uvicorn, uwsgi, waitress and runserver";
        assert_eq!(asked("uWSGI").unwrap_err().to_string(), text);
    }
}
