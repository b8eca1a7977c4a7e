//! The performing end: what was asked, looked up in this machine's
//! surroundings, and done.

pub mod install;
pub mod status;

use crate::deploy::agent;
use crate::deploy::cli::{self, CliArgs};
use crate::deploy::error::Error;
use crate::deploy::host::{Connect, Report};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::rollout::outcome::Outcome;
use crate::deploy::rollout::{self, Caller, Rollout};
use crate::deploy::settings::{self, DeploySettings, Sources};
use crate::deploy::show::{self, live::Live, plain::Plain, plan};
use crate::deploy::transport::connect::{Real, RealClock};
use crate::deploy::transport::ssh::Ssh;
use crate::json::wire::Wire;
use crate::report;
use crate::runner::app::{Name, Root};
use crate::runner::config::{self, Wanted};
use crate::runner::system::Machine;
use crate::sys::{cancel, dir::Scratch, passwd};
use crate::world::World;
use std::ffi::{OsStr, OsString};

/// Tells a variable by its name.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// The surroundings of one call.
struct CliContext<'a> {
    world: &'a World,
    root: Root,
    sockets: String,
    /// Where the sockets are; gone with this value.
    _scratch: Scratch,
}

/// Does what was asked; the result is the exit code.
pub(super) fn run(world: &World, arguments: &[OsString]) -> Result<u8, Error> {
    let CliArgs { root, shell, action } = cli::parse(world, arguments)?;
    let world = &world.with(config::SHELL, shell.as_deref().map(OsStr::new));
    match action {
        cli::Subcommand::Show(text) => Ok(printed(&text)),
        cli::Subcommand::OnHost { app } => {
            let app = Name::parse(app.as_ref()).map_err(Error::Name)?;
            agent::serve::serve(world, root, app);
            Ok(0)
        }
        cli::Subcommand::Deploy(asked) => CliContext::new(world, root)?.deploy(&asked),
        cli::Subcommand::Status { app, json } => CliContext::new(world, root)?.status(app.as_deref(), json),
        cli::Subcommand::History { app } => CliContext::new(world, root)?.history(app.as_deref()),
        cli::Subcommand::Log { app, push } => {
            CliContext::new(world, root)?.log(app.as_deref(), push.as_deref())
        }
        cli::Subcommand::Install { hosts } => Ok(CliContext::new(world, root)?.install(&hosts)),
    }
}

fn printed(text: &str) -> u8 {
    if report::print(text) { 0 } else { 125 }
}

impl<'a> CliContext<'a> {
    fn new(world: &'a World, root: Root) -> Result<Self, Error> {
        let no_folder = |error| Error::Wire { text: format!("no folder for the connections: {error}") };
        let scratch = Scratch::make(format!("/tmp/docker-deploy.{}.{}", world.uid, world.pid).into());
        let scratch = scratch.map_err(no_folder)?;
        let sockets = scratch.folder("s").map_err(no_folder)?.display().to_string();
        Ok(Self { world, root, sockets, _scratch: scratch })
    }
}

impl CliContext<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.world.variable(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn settings(&self, app: Option<&str>, pull: bool) -> Result<DeploySettings, Error> {
        let environment = |name: &str| self.variable(name);
        let app = settings::app(app, &environment)?;
        let file = self.file(&app)?;
        let sources = Sources { environment: &environment, file: &*file };
        settings::read(app, pull, &sources)
    }

    /// What `/etc/default/APP` of this machine sets. Its TAG, and whether this
    /// user may read it at all, is another matter.
    fn file(&self, app: &Name) -> Result<Lookup, Error> {
        let wanted = Wanted::plain(self.world, app);
        let read = config::read(self.world, &Machine::new(self.world), &self.root, &wanted);
        let is_language = |problem: &crate::runner::Error| matches!(problem, crate::runner::Error::Shell(_));
        if let Some(problem) = read.problems.into_iter().find(is_language) {
            return Err(Error::File(Box::new(problem)));
        }
        let scope = read.scope;
        Ok(Box::new(move |name: &str| {
            let variable = scope.variables.get(name).filter(|variable| variable.place.is_some())?;
            String::from_utf8(variable.string_value()?.bytes.clone()).ok()
        }))
    }

    /// What tells the hosts how the files are read.
    fn options(&self) -> Vec<String> {
        agent::options(self.world, &self.root)
    }

    fn real(&self, settings: &DeploySettings) -> Real {
        let ssh = Ssh { user: settings.ssh_user.clone(), sockets: self.sockets.clone() };
        Real { app: settings.app.clone(), options: self.options(), ssh }
    }

    fn caller(&self) -> Caller {
        let named = ["SUDO_USER", "LOGNAME", "USER"].iter().find_map(|name| self.variable(name));
        let listed =
            || passwd::read().by_uid(self.world.uid).map(|user| user.name.to_string_lossy().into_owned());
        let who = named.filter(|who| !who.is_empty()).or_else(listed);
        let who = who.unwrap_or_else(|| self.world.uid.to_string());
        Caller { who, from: self.world.hostname.to_string_lossy().into_owned(), pid: self.world.pid }
    }

    fn deploy(&self, asked: &cli::Deploy) -> Result<u8, Error> {
        let settings = self.settings(asked.app.as_deref(), !asked.no_pull)?;
        let wanted = if asked.back {
            let tag = asked.tag.as_deref().map(|tag| settings::tag(Some(tag), &|_| None)).transpose()?;
            rollout::Wanted::Rollback(tag)
        } else {
            rollout::Wanted::Push(settings::tag(asked.tag.as_deref(), &|name| self.variable(name))?)
        };
        let live = self.world.terminal.stdout && !asked.dry_run;
        let width = self.variable("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(80);
        let report: Box<dyn Report> = if live { Box::new(Live::new(width)) } else { Box::new(Plain) };
        let real = self.real(&settings);
        let job = Rollout {
            settings: &settings,
            connect: &real,
            clock: &RealClock,
            report: &*report,
            stop: cancel::on_signals(),
            caller: self.caller(),
            wait: asked.wait,
        };
        if asked.dry_run {
            let (plan, topology, facts) = job.plan(&wanted)?;
            return Ok(printed(&plan::text(&plan, &topology, &facts, &self.options())));
        }
        let ended = job.run(&wanted)?;
        drop(report);
        summary(&settings, &wanted, &ended);
        Ok(ended.exit_code())
    }

    fn status(&self, app: Option<&str>, json: bool) -> Result<u8, Error> {
        let named = app.map(str::to_owned).or_else(|| self.variable("APP")).filter(|app| !app.is_empty());
        let apps = match &named {
            Some(app) => vec![app.clone()],
            None => self.apps()?,
        };
        if apps.is_empty() {
            return Err(Error::NoApp);
        }
        let mut rows = Vec::new();
        for app in &apps {
            match self.settings(Some(app), true) {
                Ok(settings) => rows.extend(status::rows(&settings, &self.real(&settings))),
                // The others have nothing to do with it.
                Err(error) if named.is_none() => rows.push(status::refused(app, &error)),
                Err(error) => return Err(error),
            }
        }
        let text = match json {
            true => format!("{:#}\n", rows.json()),
            false => show::status::text(&rows),
        };
        Ok(printed(&text))
    }

    /// The apps of this machine, by their files.
    fn apps(&self) -> Result<Vec<String>, Error> {
        let ssh = Ssh { user: None, sockets: self.sockets.clone() };
        // Any name does: the question is about none.
        let app = Name { app: "apps".into(), instance: None };
        let real = Real { app, options: self.options(), ssh };
        let asked = real
            .connect(crate::deploy::topology::LOCAL)
            .and_then(|mut host| host.perform(&Request::Apps, &mut |_| {}, &|| false));
        match asked {
            Ok(Response::Apps(apps)) => Ok(apps),
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(Error::Wire { text: error.to_string() }),
        }
    }

    fn install(&self, hosts: &[String]) -> u8 {
        let user = self.variable("SSH_USER").filter(|user| !user.is_empty());
        install::install(&Ssh { user, sockets: self.sockets.clone() }, hosts)
    }

    fn history(&self, app: Option<&str>) -> Result<u8, Error> {
        let settings = self.settings(app, true)?;
        let (history, silent) = status::history(&settings, &self.real(&settings));
        tell(&silent);
        let code = printed(&show::status::history(&history));
        Ok(if silent.is_empty() { code } else { 125 })
    }

    fn log(&self, app: Option<&str>, push: Option<&str>) -> Result<u8, Error> {
        let settings = self.settings(app, true)?;
        let (logs, silent) = status::logs(&settings, &self.real(&settings), push);
        tell(&silent);
        // Of hosts that do not answer nothing is known.
        if logs.is_empty() && silent.is_empty() {
            let app = settings.app.to_string();
            return Err(
                push.map_or(Error::NoLog { app: app.clone() }, |id| Error::NoPush { app, id: id.to_owned() })
            );
        }
        let mut text = String::new();
        for (host, log) in &logs {
            for line in log.lines.iter().flat_map(|lines| lines.lines()) {
                text.push_str(&format!("{host}: {line}\n"));
            }
        }
        let code = printed(&text);
        Ok(if silent.is_empty() { code } else { 125 })
    }
}

/// Tells of the hosts that do not answer.
fn tell(silent: &status::Silent) {
    for (host, failure) in silent {
        report::tell(&format!("docker-deploy: {host}: {failure}\n"));
    }
}

/// How it ended, in one line or a few.
fn summary(settings: &DeploySettings, wanted: &rollout::Wanted, ended: &Outcome) {
    let app = &settings.app;
    let what = match wanted {
        rollout::Wanted::Push(tag) => format!("push of {tag}"),
        rollout::Wanted::Rollback(Some(tag)) => format!("rollback to {tag}"),
        rollout::Wanted::Rollback(None) => "rollback".to_owned(),
    };
    let schema = |migrated: bool| if migrated { "; migrations had run, and the schema stays" } else { "" };
    match ended {
        Outcome::Done => {
            let _ = report::print(&format!("{app}: {what} is done\n"));
        }
        Outcome::Undone { why, migrated } => {
            let schema = schema(*migrated);
            report::tell(&format!("docker-deploy: {what} failed, all hosts are as before{schema}: {why}\n"));
        }
        Outcome::Broken { why, migrated, hosts, before } => {
            let schema = schema(*migrated);
            report::tell(&format!("docker-deploy: {what} failed{schema}: {why}\n"));
            for (host, failure) in hosts {
                report::tell(&format!("docker-deploy: {host} is not as before: {failure}\n"));
            }
            let tag = before.as_ref().map(|tag| format!(" {tag}")).unwrap_or_default();
            report::tell(&format!("docker-deploy: once that is mended: docker-deploy rollback {app}{tag}\n"));
        }
    }
}
