//! The service units that run an app.

use crate::runner::app::{AppName, Root};
use crate::runner::system::System;
use std::path::PathBuf;

/// The unit files in `/etc` that run `docker-runner APP`.
pub fn units_that_run(host: &dyn System, root: &Root, name: &AppName) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (folder, end) in [("etc/systemd/system", ".service"), ("etc/init", ".conf")] {
        let folder = root.0.join(folder);
        for file in host.list(&folder).iter().filter(|file| file.to_string_lossy().ends_with(end)) {
            let path = folder.join(file);
            let text = host.read(&path).ok().flatten().map(|content| content.bytes).unwrap_or_default();
            if runs(&String::from_utf8_lossy(&text), &name.to_string()) {
                found.push(path);
            }
        }
    }
    found
}

/// Whether a line that is not a comment contains docker-runner and then the app.
fn runs(text: &str, app: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with(';'));
    lines.into_iter().any(|line| {
        let mut words = line.split([' ', '\t', '=', ';']).skip_while(|word| !word.ends_with("docker-runner"));
        words.next().is_some() && words.any(|word| word.trim_matches(['"', '\'']) == app)
    })
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn detects_a_line_that_runs_the_app() {
        assert!(runs("[Service]\nExecStart=/usr/local/bin/docker-runner antisocial run\n", "antisocial"));
        assert!(runs("script\n  exec docker-runner --tag x \"antisocial\"\nend script", "antisocial"));
        assert!(!runs("ExecStart=/usr/local/bin/docker-runner antisocial2 run\n", "antisocial"));
        assert!(!runs("# docker-runner antisocial\nDescription=antisocial\n", "antisocial"));
    }
}
