//! The apps of this host, found by their settings files.

use super::app::{AppName, Root, is_app_name};
use super::error::Error;
use super::system::System;
use crate::report;
use crate::shell;
use crate::suggest::nearest;
use crate::sys::files;
use std::ffi::OsStr;

/// Endings of files that editors and package managers leave behind.
const LEFTOVERS: [&str; 3] = [".bak", "~", ".orig"];

/// The apps whose files the caller can read: files in `/etc/default` that assign
/// IMAGE, and the files of their instances.
pub fn readable(host: &dyn System, root: &Root) -> Vec<String> {
    find(host, root).into_iter().filter(|found| found.readable).map(|found| found.name).collect()
}

/// The apps, and the files that the caller cannot read, because these may be apps too.
pub fn all(host: &dyn System, root: &Root) -> Vec<String> {
    find(host, root).into_iter().map(|found| found.name).collect()
}

/// A file that is an app, or may be one.
struct Found {
    name: String,
    readable: bool,
}

fn find(host: &dyn System, root: &Root) -> Vec<Found> {
    let folder = root.settings_folder();
    let mut all: Vec<Found> = Vec::new();
    for name in host.list(&folder) {
        let Some(name) = name.into_string().ok().filter(|name| is_settings_file(name)) else { continue };
        // The list is sorted, so the file of an app comes before those of its instances.
        let app = name.split_once('@').and_then(|(app, _)| all.iter().find(|other| other.name == app));
        let readable = match host.read(&folder.join(&name)) {
            Ok(Some(content)) if assigns_image(&content.bytes) => Some(true),
            Err(files::Error::Io(_)) => Some(false),
            Ok(_) | Err(files::Error::NotRegular | files::Error::TooLarge(_) | files::Error::Dangling) => {
                app.map(|app| app.readable)
            }
        };
        all.extend(readable.map(|readable| Found { name, readable }));
    }
    all
}

fn is_settings_file(name: &str) -> bool {
    let is_leftover = LEFTOVERS.iter().any(|end| name.ends_with(end)) || name.contains(".dpkg-");
    !is_leftover && AppName::parse(OsStr::new(name)).is_ok()
}

/// Whether the file assigns IMAGE. The file is not evaluated: one with an error is an
/// app too, and an instance may take IMAGE from its app. If the file cannot be parsed,
/// a line that looks like the assignment is enough.
fn assigns_image(text: &[u8]) -> bool {
    shell::assigns(text, "IMAGE").unwrap_or_else(|| has_line_like_assignment(text))
}

fn has_line_like_assignment(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'\n' | b';')).any(|line| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"export").map_or(line, |rest| rest.trim_ascii_start());
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        line.starts_with(b"IMAGE=")
    })
}

/// The app with the name nearest to a name that is not an app.
pub fn nearest_app(host: &dyn System, root: &Root, name: &AppName) -> Option<String> {
    let apps = all(host, root);
    let typed = name.to_string();
    let found = nearest(&typed, apps.iter().map(String::as_str)).filter(|found| *found != typed);
    found.filter(|found| is_app_name(found) || found.contains('@')).map(str::to_owned)
}

/// Adds the nearest app to the error that an app has no settings file.
pub fn with_suggestion(error: Error, host: &dyn System, root: &Root, name: &AppName) -> Error {
    match error {
        Error::NoImage { app, searched, file_exists: false, .. } => {
            let nearest = nearest_app(host, root, name);
            Error::NoImage { app, searched, file_exists: false, nearest }
        }
        other => other,
    }
}

/// The message for a host without apps.
pub fn no_apps_message(root: &Root) -> String {
    format!("no apps: no file in {} sets IMAGE\n", report::printable(root.settings_folder()))
}

/// What docker-runner prints without arguments: what it is, and the apps.
pub fn overview(host: &dyn System, root: &Root) -> String {
    let mut text = String::from(
        "docker-runner runs an app of this host in Docker: docker-runner APP [ARG…]\n\
         See docker-runner --help for the options\n\n",
    );
    let found = find(host, root);
    if found.is_empty() {
        text.push_str(&no_apps_message(root));
    } else {
        text.push_str(&format!("apps in {}:\n", report::printable(root.settings_folder())));
    }
    for Found { name, readable } in found {
        let note = if readable { "" } else { " (cannot be read: run as root)" };
        text.push_str(&format!("  {name}{note}\n"));
    }
    text
}
