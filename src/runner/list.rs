//! `--list`: the apps of this host, their tags and their containers.

use super::app::{Name, Root};
use super::cli::Format;
use super::colour::Paint;
use super::config::{self, Configuration, Wanted};
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
pub struct Listed {
    /// The app.
    app: String,
    /// The image's name without its tag; none where its files are at fault.
    image: Option<String>,
    /// The tag, or digest.
    tag: Option<String>,
    /// The tag before: REVERT's.
    previous: Option<String>,
    /// Its containers.
    containers: Vec<Container>,
}

/// A container, found by its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    name: String,
    #[serde(rename = "image")]
    reference: String,
    state: String,
}

/// The apps, and whether docker could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The apps.
    pub apps: Vec<Listed>,
    /// Whether docker could be asked.
    pub asked: bool,
}

/// Lists the apps. One call to docker, however many there are.
pub fn list(world: &World, host: &dyn System, root: &Root, shell: Option<OsString>) -> List {
    let names = apps::names(host, root);
    let names = names.iter().filter_map(|app| Name::parse(OsStr::new(app)).ok());
    let wanted = |name| Wanted { name, tag: None, shell: shell.clone() };
    let mut apps: Vec<Listed> = names.map(|name| one(world, host, root, &wanted(name))).collect();
    let containers = containers(host);
    let asked = containers.is_some();
    for container in containers.unwrap_or_default() {
        assign(&mut apps, &container);
    }
    List { apps, asked }
}

fn one(world: &World, host: &dyn System, root: &Root, wanted: &Wanted) -> Listed {
    let app = wanted.name.to_string();
    let configuration = config::read(world, host, root, wanted);
    let previous = previous(host, &configuration);
    let whole = plan::image(&configuration).ok().filter(|_| configuration.problems.is_empty());
    let reference = whole.as_ref().and_then(|image| image::parse(&image.reference));
    let tag = reference.and_then(|reference| reference.tag.or(reference.digest)).map(str::to_owned);
    let image = reference.map(|reference| reference.name.to_owned());
    Listed { app, image, tag, previous, containers: Vec::new() }
}

/// The tag that REVERT holds: a copy of the TAG file that was before, beside
/// the one that counts.
fn previous(host: &dyn System, configuration: &Configuration) -> Option<String> {
    let tag = configuration.tags.iter().find(|tag| tag.exists)?;
    let path = tag.path.with_file_name("REVERT");
    let content = host.read(&path).ok()??;
    tag::value(&path, &content.bytes)
}

fn containers(host: &dyn System) -> Option<Vec<Container>> {
    let arguments =
        ["ps", "-a", "--no-trunc", "--format", "{{.Image}}\t{{.Names}}\t{{.State}}"].map(OsStr::new);
    let ended = host.listen(OsStr::new("docker"), &arguments, Stderr::Dropped).ok()?;
    (ended.code == Some(0))
        .then(|| String::from_utf8_lossy(&ended.stdout).lines().filter_map(container).collect())
}

fn container(line: &str) -> Option<Container> {
    let mut fields = line.split('\t').map(str::to_owned);
    let (reference, name, state) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Container { reference, name, state })
}

/// To the app that runs this very image; where none does, to those that share
/// its name: the tag may have changed since the start.
fn assign(apps: &mut [Listed], container: &Container) {
    let Some(reference) = image::parse(&container.reference) else { return };
    let tag = reference.tag.or(reference.digest);
    let same = |app: &Listed| app.image.as_deref() == Some(reference.name);
    let exact = |app: &Listed| same(app) && app.tag.as_deref() == tag;
    let any_exact = apps.iter().any(exact);
    for app in apps.iter_mut().filter(|app| if any_exact { exact(app) } else { same(app) }) {
        app.containers.push(container.clone());
    }
}

impl List {
    /// As a table, or for programs.
    pub fn text(&self, format: Format, paint: Paint) -> String {
        match format {
            Format::Json => report::json_line(&self.apps),
            Format::Text => table(&self.apps, self.asked, paint),
        }
    }
}

const HEAD: [&str; 5] = ["APP", "IMAGE", "TAG", "PREVIOUS", "CONTAINERS"];

impl Listed {
    fn row(&self, asked: bool) -> Vec<String> {
        let shown = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
        let named =
            self.containers.iter().map(|container| format!("{} ({})", container.name, container.state));
        let containers: Vec<String> = named.collect();
        let containers = match (asked, containers.is_empty()) {
            (false, _) => "?".to_owned(),
            (true, true) => "-".to_owned(),
            (true, false) => containers.join(", "),
        };
        let image = self.image.clone().unwrap_or_else(|| format!("? (docker-runner --check {})", self.app));
        vec![self.app.clone(), image, shown(&self.tag), shown(&self.previous), containers]
    }
}

fn table(apps: &[Listed], asked: bool, paint: Paint) -> String {
    let head = HEAD.map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(apps.iter().map(|app| app.row(asked))).collect();
    let mut lines = text_table::lines(&rows);
    lines[0] = paint.bold(&lines[0]);
    lines.into_iter().map(|line| line + "\n").collect()
}
