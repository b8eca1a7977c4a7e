//! `--unit`: a service unit for an app's process, as text.

pub mod manager;
pub mod service;
pub mod systemd;
pub mod upstart;

use super::app::Root;
use super::apps;
use super::cli::Unit;
use super::config::{self, Configuration, Wanted};
use super::docker_opts::{self, Word, bytes};
use super::environment;
use super::error::Error;
use super::opts_parser::{self, Parsed};
use super::system::System;
use super::{initial_env, plan};
use crate::world::World;
use manager::ServiceManager;
use service::Service;

/// The surroundings in which the unit runs docker-runner: with its own EXTRA.
pub fn world(world: &World, asked: &Unit) -> Result<World, Error> {
    let mut world = world.clone();
    world.environment.retain(|(name, _)| name != "EXTRA");
    world.environment.push(("EXTRA".into(), service::extra(asked, &service::name(asked)?)));
    Ok(world)
}

/// The unit's text. `world` is its own.
pub fn text(world: &World, host: &dyn System, root: &Root, asked: &Unit) -> Result<String, Error> {
    let wanted = Wanted { name: asked.name.clone(), tag: None, shell: asked.shell.clone() };
    let mut configuration = config::read(world, host, root, &wanted);
    // TAG may come with the first deploy; what else is wrong would stop the unit.
    configuration.problems.retain(|problem| !matches!(problem, Error::TagFile { .. }));
    configuration.problems.extend(configuration.stranger.take());
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    if let Err(error @ (Error::NoImage { .. } | Error::BadImage { .. })) = plan::image(&configuration) {
        return Err(apps::with_nearest(error, host, root, &asked.name));
    }
    let words = docker_opts::of(&configuration);
    let parsed = docker_opts::parse_strict(&words)?;
    environment::hand_over(&words, &parsed, &initial_env::environment(world, &configuration.scope))?;
    let service = Service::new(host, root, asked, &words, &parsed)?;
    refuse(&configuration, &words, &parsed, &service.name)?;
    Ok(match asked.manager {
        ServiceManager::Systemd => systemd::text(&service),
        ServiceManager::Upstart => upstart::text(&service),
    })
}

/// What makes a service manager lose sight of its service.
fn refuse(
    configuration: &Configuration,
    words: &[Word],
    parsed: &Parsed,
    service: &str,
) -> Result<(), Error> {
    let raw = bytes(words);
    if parsed.last("name").map(|given| given.value_in(&raw)) != Some(service.as_bytes()) {
        let extra = configuration.variable("EXTRA").filter(|extra| extra.value.is_some());
        return Err(match extra.map(|extra| extra.place.clone()) {
            // As the unit sets it: what is added to its own says another.
            Some(None) => Error::NameInExtra { name: service.to_owned() },
            place => Error::ExtraInFile { place: place.flatten().or_else(|| configuration.last_file()) },
        });
    }
    for flag in ["detach", "restart"] {
        if let Some(given) = parsed.on(flag, &raw) {
            let place = words[given.word].place();
            return Err(Error::NotInAUnit { option: flag, place });
        }
    }
    Ok(())
}

/// A number that an option says, where it says one.
fn number(words: &[Word], parsed: &Parsed, option: &str) -> Option<u32> {
    std::str::from_utf8(parsed.last(option)?.value_in(&bytes(words))).ok()?.parse().ok()
}

/// The value of an `-e NAME=VALUE`.
fn variable<'a>(words: &'a [Word], parsed: &Parsed, name: &str) -> Option<&'a str> {
    let raw = bytes(words);
    let settings = parsed.given.iter().rev().filter(|given| given.is("env"));
    let mut settings = settings.map(|given| opts_parser::setting(given.value_in(&raw)));
    let value = settings.find_map(|(key, value)| value.filter(|_| key == name.as_bytes()))?;
    std::str::from_utf8(value).ok()
}
