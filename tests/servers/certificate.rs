//! A certificate that signs itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A certificate and its key, in a folder.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Makes one for `localhost`.
    pub(crate) fn make(folder: &Path) -> Self {
        let made = Self { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
        let status = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ])
            .args(["-subj", "/CN=localhost", "-keyout"])
            .arg(&made.key)
            .arg("-out")
            .arg(&made.certificate)
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        made
    }
}
