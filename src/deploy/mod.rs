//! Across hosts. Not built yet: the name is taken, so that nothing else answers to it.

use crate::applet::Applet;
use crate::world::World;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing behind the name so far.
    #[error("cannot deploy: docker-deploy is not built yet")]
    NotBuilt,
}

impl Error {
    /// The exit code: nothing was tried.
    pub fn exit_code(&self) -> u8 {
        125
    }
}

/// Says that there is nothing yet.
pub fn run(_world: &World, _applet: &Applet) -> Result<u8, Error> {
    Err(Error::NotBuilt)
}
