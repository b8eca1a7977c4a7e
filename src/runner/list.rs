//! `--list`: the apps of this host, their tags and their containers.

use super::app::{AppName, Root};
use super::cli::Format;
use super::colour::Paint;
use super::config::{self, ConfigRequest, Configuration};
use super::system::System;
use super::{apps, image, plan, tag};
use crate::report;
use crate::sys::child::Stderr;
use crate::text_table;
use crate::world::World;
use serde::Serialize;
use std::ffi::{OsStr, OsString};

/// An app as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedApp {
    app: String,
    /// Without its tag; `None` if the files of the app have errors.
    image: Option<String>,
    /// The tag, or else the digest.
    tag: Option<String>,
    /// The tag in the REVERT file.
    previous: Option<String>,
    containers: Vec<Container>,
}

/// A container. Its app is found by the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    name: String,
    #[serde(rename = "image")]
    reference: String,
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppList {
    pub apps: Vec<ListedApp>,
    /// Whether docker has listed its containers.
    pub docker_answered: bool,
}

/// Lists the apps, with one call to docker.
pub fn list(world: &World, host: &dyn System, root: &Root, shell: Option<OsString>) -> AppList {
    let names = apps::all(host, root);
    let names = names.iter().filter_map(|app| AppName::parse(OsStr::new(app)).ok());
    let request = |name| ConfigRequest { name, tag: None, shell: shell.clone() };
    let mut apps: Vec<ListedApp> = names.map(|name| list_app(world, host, root, &request(name))).collect();
    let containers = containers(host);
    let docker_answered = containers.is_some();
    for container in containers.unwrap_or_default() {
        assign(&mut apps, &container);
    }
    AppList { apps, docker_answered }
}

fn list_app(world: &World, host: &dyn System, root: &Root, request: &ConfigRequest) -> ListedApp {
    let app = request.name.to_string();
    let configuration = config::load(world, host, root, request);
    let previous = previous(host, &configuration);
    let whole = plan::image_ref(&configuration).ok().filter(|_| configuration.problems.is_empty());
    let reference = whole.as_ref().and_then(|image| image::parse(&image.reference));
    let tag = reference.and_then(|reference| reference.tag.or(reference.digest)).map(str::to_owned);
    let image = reference.map(|reference| reference.name.to_owned());
    ListedApp { app, image, tag, previous, containers: Vec::new() }
}

/// The tag in REVERT, which is a copy of the previous TAG file and is beside the TAG
/// file in use.
fn previous(host: &dyn System, configuration: &Configuration) -> Option<String> {
    let tag = configuration.tag_files.iter().find(|tag| tag.exists)?;
    let path = tag.path.with_file_name("REVERT");
    let content = host.read(&path).ok()??;
    tag::tag_in_file(&path, &content.bytes)
}

fn containers(host: &dyn System) -> Option<Vec<Container>> {
    let arguments =
        ["ps", "-a", "--no-trunc", "--format", "{{.Image}}\t{{.Names}}\t{{.State}}"].map(OsStr::new);
    let ended = host.capture(OsStr::new("docker"), &arguments, Stderr::Dropped).ok()?;
    (ended.code == Some(0))
        .then(|| String::from_utf8_lossy(&ended.stdout).lines().filter_map(container).collect())
}

fn container(line: &str) -> Option<Container> {
    let mut fields = line.split('\t').map(str::to_owned);
    let (reference, name, state) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Container { reference, name, state })
}

/// Adds a container to the apps with its image and tag. If there are none, adds it to
/// the apps with its image, because the tag may have changed since its start.
fn assign(apps: &mut [ListedApp], container: &Container) {
    let Some(reference) = image::parse(&container.reference) else { return };
    let tag = reference.tag.or(reference.digest);
    let has_image = |app: &ListedApp| app.image.as_deref() == Some(reference.name);
    let has_image_and_tag = |app: &ListedApp| has_image(app) && app.tag.as_deref() == tag;
    let any_has_image_and_tag = apps.iter().any(has_image_and_tag);
    for app in apps
        .iter_mut()
        .filter(|app| if any_has_image_and_tag { has_image_and_tag(app) } else { has_image(app) })
    {
        app.containers.push(container.clone());
    }
}

impl AppList {
    /// The list in the given format.
    pub fn render(&self, format: Format, paint: Paint) -> String {
        match format {
            Format::Json => report::json_line(&self.apps),
            Format::Text => table(&self.apps, self.docker_answered, paint),
        }
    }
}

const HEAD: [&str; 5] = ["APP", "IMAGE", "TAG", "PREVIOUS", "CONTAINERS"];

impl ListedApp {
    fn row(&self, docker_answered: bool) -> Vec<String> {
        let shown = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
        let named =
            self.containers.iter().map(|container| format!("{} ({})", container.name, container.state));
        let containers: Vec<String> = named.collect();
        let containers = match (docker_answered, containers.is_empty()) {
            (false, _) => "?".to_owned(),
            (true, true) => "-".to_owned(),
            (true, false) => containers.join(", "),
        };
        let image = self.image.clone().unwrap_or_else(|| format!("? (docker-runner --check {})", self.app));
        vec![self.app.clone(), image, shown(&self.tag), shown(&self.previous), containers]
    }
}

fn table(apps: &[ListedApp], docker_answered: bool, paint: Paint) -> String {
    let head = HEAD.map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> =
        std::iter::once(head).chain(apps.iter().map(|app| app.row(docker_answered))).collect();
    let mut lines = text_table::lines(&rows);
    lines[0] = paint.bold(&lines[0]);
    lines.into_iter().map(|line| line + "\n").collect()
}
