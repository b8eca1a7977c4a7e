//! `--unit`: prints a service unit for a process of an app.

pub mod manager;
pub mod service;
pub mod systemd;
pub mod upstart;

use super::app::Root;
use super::apps;
use super::cli::UnitArgs;
use super::config::{self, ConfigRequest, Configuration};
use super::docker_opts::DockerOpts;
use super::env_transfer;
use super::error::Error;
use super::system::System;
use super::{initial_env, plan};
use crate::world::World;
use manager::ServiceManager;
use service::Service;

/// The surroundings in which the unit starts docker-runner: with the EXTRA of the unit.
pub fn unit_world(world: &World, args: &UnitArgs) -> Result<World, Error> {
    let mut world = world.clone();
    world.environment.retain(|(name, _)| name != "EXTRA");
    world.environment.push(("EXTRA".into(), service::extra(args, &service::unit_name(args)?)));
    Ok(world)
}

/// The text of the unit. `world` is from [`unit_world`].
pub fn render(world: &World, host: &dyn System, root: &Root, args: &UnitArgs) -> Result<String, Error> {
    let request = ConfigRequest { name: args.name.clone(), tag: None, shell: args.shell.clone() };
    let mut configuration = config::load(world, host, root, &request);
    // The first deploy may create TAG. Any other problem would stop the unit.
    configuration.problems.retain(|problem| !matches!(problem, Error::TagFile { .. }));
    configuration.problems.extend(configuration.unknown_instance.take());
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    if let Err(error @ (Error::NoImage { .. } | Error::BadImage { .. })) = plan::image_ref(&configuration) {
        return Err(apps::with_suggestion(error, host, root, &args.name));
    }
    let opts = &configuration.opts;
    opts.check()?;
    env_transfer::transfer(opts, &initial_env::docker_environment(world, &configuration.scope))?;
    let service = Service::new(host, root, args, opts)?;
    check_opts(&configuration, &service.name)?;
    Ok(match args.manager {
        ServiceManager::Systemd => systemd::render(&service),
        ServiceManager::Upstart => upstart::render(&service),
    })
}

/// Refuses options with which a service manager would lose its service.
fn check_opts(configuration: &Configuration, service: &str) -> Result<(), Error> {
    let opts = &configuration.opts;
    if opts.last("name").map(|option| opts.value(option)) != Some(service.as_bytes()) {
        let extra = configuration.variable("EXTRA").filter(|extra| extra.value.is_some());
        return Err(match extra.map(|extra| extra.place.clone()) {
            // EXTRA is the one of the unit, so `--extra` contains another name.
            Some(None) => Error::NameInExtra { name: service.to_owned() },
            place => Error::ExtraInFile { place: place.flatten().or_else(|| configuration.last_file()) },
        });
    }
    for option in ["detach", "restart"] {
        if let Some(found) = opts.enabled(option) {
            return Err(Error::NotInAUnit { option, place: opts.word(found).place() });
        }
    }
    Ok(())
}

/// The number that is the value of an option.
fn number_option(opts: &DockerOpts, long: &str) -> Option<u32> {
    std::str::from_utf8(opts.value(opts.last(long)?)).ok()?.parse().ok()
}

/// The value of the last `-e NAME=VALUE` with that name.
fn env_value<'a>(opts: &'a DockerOpts, name: &str) -> Option<&'a str> {
    let mut settings = opts.env_settings().rev();
    let value = settings.find_map(|setting| setting.value.filter(|_| setting.name == name.as_bytes()))?;
    std::str::from_utf8(value).ok()
}
