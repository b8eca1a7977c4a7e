//! A self-signed certificate.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Creates one for `localhost`.
    pub(crate) fn make(folder: &Path) -> Self {
        let files = Self { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
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
            .arg(&files.key)
            .arg("-out")
            .arg(&files.certificate)
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        files
    }
}
