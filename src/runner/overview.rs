//! The apps of this host, by their files.

use super::app::{Name, Root, is_name};
use super::host::Host;
use crate::nearest::nearest;
use std::ffi::OsStr;

/// The ends of names that editors and package managers leave behind.
const LEFTOVERS: [&str; 3] = [".bak", "~", ".orig"];

/// The apps of this host: the files in `/etc/default` that assign IMAGE, and
/// the instances' files beside them.
pub fn apps(host: &dyn Host, root: &Root) -> Vec<String> {
    let folder = root.defaults();
    let names = host.list(&folder).into_iter().filter_map(|name| name.into_string().ok());
    let assigns = |name: &String| match host.read(&folder.join(name)) {
        Ok(Some(content)) => assigns_image(&content.bytes),
        Ok(None) | Err(_) => false,
    };
    let names: Vec<String> = names.filter(|name| is_app(name)).collect();
    let apps: Vec<String> = names.iter().filter(|name| assigns(name)).cloned().collect();
    let is_instance =
        |name: &&String| name.split_once('@').is_some_and(|(app, _)| apps.iter().any(|known| known == app));
    names.iter().filter(|name| apps.contains(name) || is_instance(name)).cloned().collect()
}

fn is_app(name: &str) -> bool {
    let left = LEFTOVERS.iter().any(|end| name.ends_with(end)) || name.contains(".dpkg-");
    !left && Name::parse(OsStr::new(name)).is_ok()
}

/// Whether a line assigns IMAGE. The file is not evaluated: one that is at
/// fault is an app too, and instances may leave IMAGE to their app.
fn assigns_image(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'\n' | b';')).any(|line| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"export").map_or(line, |rest| rest.trim_ascii_start());
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        line.starts_with(b"IMAGE=")
    })
}

/// The app that was probably meant.
pub fn meant(host: &dyn Host, root: &Root, name: &Name) -> Option<String> {
    let apps = apps(host, root);
    let typed = name.to_string();
    let found = nearest(&typed, apps.iter().map(String::as_str)).filter(|found| *found != typed);
    found.filter(|found| is_name(found) || found.contains('@')).map(str::to_owned)
}

/// What this is, and which apps there are.
pub fn text(host: &dyn Host, root: &Root) -> String {
    let mut text = String::from(
        "docker-runner runs an app of this host in Docker: docker-runner APP [ARG…]\n\
         docker-runner --help tells the options\n\n",
    );
    let apps = apps(host, root);
    let folder = crate::report::name(root.defaults());
    if apps.is_empty() {
        text.push_str(&format!("no apps here: {folder} has no file that sets IMAGE\n"));
    } else {
        text.push_str(&format!("apps in {folder}:\n"));
    }
    for app in apps {
        text.push_str(&format!("  {app}\n"));
    }
    text
}
