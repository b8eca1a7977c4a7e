//! The apps of this host, by their files.

use super::app::{Name, Root, is_name};
use super::error::Error;
use super::system::System;
use crate::shell;
use crate::suggest::nearest;
use crate::sys::files;
use std::ffi::OsStr;

/// The ends of names that editors and package managers leave behind.
const LEFTOVERS: [&str; 3] = [".bak", "~", ".orig"];

/// The apps of this host: the files in `/etc/default` that assign IMAGE, and
/// the instances' files beside them.
pub fn apps(host: &dyn System, root: &Root) -> Vec<String> {
    find(host, root).into_iter().filter(|found| found.readable).map(|found| found.name).collect()
}

/// The apps, and the files that the caller may not read, for they may be some.
pub fn names(host: &dyn System, root: &Root) -> Vec<String> {
    find(host, root).into_iter().map(|found| found.name).collect()
}

/// A file that is an app, or may be one.
struct Found {
    name: String,
    readable: bool,
}

fn find(host: &dyn System, root: &Root) -> Vec<Found> {
    let folder = root.defaults();
    let mut all: Vec<Found> = Vec::new();
    for name in host.list(&folder) {
        let Some(name) = name.into_string().ok().filter(|name| is_app(name)) else { continue };
        // An app's file comes before those of its instances.
        let app = name.split_once('@').and_then(|(app, _)| all.iter().find(|other| other.name == app));
        let readable = match host.read(&folder.join(&name)) {
            Ok(Some(content)) if assigns_image(&content.bytes) => Some(true),
            Err(files::Error::Io(_)) => Some(false),
            _ => app.map(|app| app.readable),
        };
        all.extend(readable.map(|readable| Found { name, readable }));
    }
    all
}

fn is_app(name: &str) -> bool {
    let left = LEFTOVERS.iter().any(|end| name.ends_with(end)) || name.contains(".dpkg-");
    !left && Name::parse(OsStr::new(name)).is_ok()
}

/// Whether the file assigns IMAGE. It is not evaluated: one that is at fault is
/// an app too, and instances may leave IMAGE to their app. Of one that is no
/// text in our language, a line that looks like it has to do.
fn assigns_image(text: &[u8]) -> bool {
    shell::assigns(text, "IMAGE").unwrap_or_else(|| a_line_assigns_image(text))
}

fn a_line_assigns_image(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'\n' | b';')).any(|line| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"export").map_or(line, |rest| rest.trim_ascii_start());
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        line.starts_with(b"IMAGE=")
    })
}

/// The app that was probably meant.
pub fn meant(host: &dyn System, root: &Root, name: &Name) -> Option<String> {
    let apps = names(host, root);
    let typed = name.to_string();
    let found = nearest(&typed, apps.iter().map(String::as_str)).filter(|found| *found != typed);
    found.filter(|found| is_name(found) || found.contains('@')).map(str::to_owned)
}

/// A file that is not there may be a slip of the finger.
pub fn with_nearest(error: Error, host: &dyn System, root: &Root, name: &Name) -> Error {
    match error {
        Error::NoImage { app, looked, read: false, .. } => {
            let nearest = meant(host, root, name);
            Error::NoImage { app, looked, read: false, nearest }
        }
        other => other,
    }
}

/// That there are none.
pub fn none(root: &Root) -> String {
    format!("no apps here: {} has no file that sets IMAGE\n", crate::report::name(root.defaults()))
}

/// What this is, and which apps there are.
pub fn text(host: &dyn System, root: &Root) -> String {
    let mut text = String::from(
        "docker-runner runs an app of this host in Docker: docker-runner APP [ARG…]\n\
         docker-runner --help tells the options\n\n",
    );
    let found = find(host, root);
    if found.is_empty() {
        text.push_str(&none(root));
    } else {
        text.push_str(&format!("apps in {}:\n", crate::report::name(root.defaults())));
    }
    for Found { name, readable } in found {
        let unread = if readable { "" } else { " (cannot be read: run as root)" };
        text.push_str(&format!("  {name}{unread}\n"));
    }
    text
}
