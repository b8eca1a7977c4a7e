//! `--unit`: a service unit for an app's process, as text.

pub mod service;
pub mod systemd;
pub mod upstart;

use super::app::Root;
use super::cli::{Manager, Unit};
use super::config::{self, Configuration, Wanted};
use super::error::Error;
use super::host::Host;
use super::options::{Given, Parsed};
use super::plan::{self, Word, bytes};
use crate::shell::scope::{Text, Value};
use crate::shell::split;
use crate::world::World;
use service::Service;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The unit's text.
pub fn text(world: &World, host: &dyn Host, root: &Root, asked: &Unit) -> Result<String, Error> {
    let wanted = Wanted { name: asked.name.clone(), tag: None, shell: asked.shell.clone() };
    let mut configuration = config::read(world, host, root, &wanted);
    // TAG may come with the first deploy; what else is wrong would stop the unit.
    configuration.problems.retain(|problem| !matches!(problem, Error::TagFile { .. }));
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    if let Err(error @ (Error::NoImage { .. } | Error::BadImage { .. })) = plan::image(&configuration) {
        return Err(error);
    }
    let words = words(&configuration, asked);
    let parsed = plan::check(&words)?;
    refuse(&configuration, &words, &parsed)?;
    let service = Service::new(host, root, asked, &words, &parsed)?;
    Ok(match asked.manager {
        Manager::Systemd => systemd::text(&service),
        Manager::Upstart => upstart::text(&service),
    })
}

/// OPTS of the files, and EXTRA as it is to be.
fn words(configuration: &Configuration, asked: &Unit) -> Vec<Word> {
    let mut words = plan::words(configuration);
    words.retain(|word| word.from == "OPTS");
    let extra = asked.extra.as_deref().unwrap_or_default();
    let extra = split(&Text::from_environment(extra.as_bytes()));
    words.extend(extra.into_iter().map(|text| Word { text, from: "EXTRA", shown: None }));
    words
}

/// What makes a service manager lose sight of its service.
fn refuse(configuration: &Configuration, words: &[Word], parsed: &Parsed) -> Result<(), Error> {
    let extra =
        configuration.variable("EXTRA").filter(|extra| !matches!(extra.value, None | Some(Value::List(_))));
    if let Some(place) = extra.and_then(|extra| extra.place.clone()) {
        return Err(Error::ExtraInFile { place: Some(place) });
    }
    let on = |given: &&Given| given.value_in(&bytes(words)) != b"false";
    let refused = |flag| parsed.given.iter().filter(on).find(|given| given.is(flag));
    for flag in ["detach", "restart"] {
        if let Some(given) = refused(flag) {
            let place = words[given.word].place();
            return Err(Error::NotInAUnit { option: flag, place });
        }
    }
    Ok(())
}

/// A number that an option says, where it says one.
fn number(words: &[Word], parsed: &Parsed, option: &str) -> Option<u32> {
    let given = parsed.given.iter().rev().find(|given| given.is(option))?;
    OsStr::from_bytes(given.value_in(&bytes(words))).to_str()?.parse().ok()
}

/// The value of an `-e NAME=VALUE`.
fn variable<'a>(words: &'a [Word], parsed: &Parsed, name: &str) -> Option<&'a str> {
    let settings = parsed.given.iter().rev().filter(|given| given.is("env"));
    let mut values = settings.filter_map(|given| {
        let at = given.value?;
        let setting = std::str::from_utf8(&words[at.word].text.bytes[at.start..]).ok()?;
        setting.strip_prefix(name)?.strip_prefix('=')
    });
    values.next()
}
