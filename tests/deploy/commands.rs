//! The commands that the agent runs, on the simulated machine.

use crate::machine::SimulatedMachine;
use crate::network::{APP, Container, IMAGE, SECRET, app_and_process};
use docker_runner::deploy::agent::machine::Stream;
use docker_runner::deploy::tag_files;
use std::path::Path;
use std::sync::atomic::Ordering;

impl SimulatedMachine {
    /// Runs a command as root, or as a user who needs sudo for most commands.
    pub(crate) fn run_as_user(&self, words: &[&str], on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let Some(allowed) = self.state().sudo.clone() else { return self.command(words, on_line) };
        let may = |words: &[&str]| allowed.iter().any(|start| words.join(" ").starts_with(start));
        match words {
            ["sudo", "-n", "-l", words @ ..] => i32::from(!may(words)),
            ["sudo", "-n", words @ ..] if may(words) => self.command(words, on_line),
            ["systemctl", "show", ..] => self.command(words, on_line),
            _ => {
                on_line(Stream::Err, "permission denied");
                1
            }
        }
    }

    fn command(&self, words: &[&str], on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        match words {
            ["docker", "version", ..] => on_line(Stream::Out, "28.2"),
            ["docker", "info", ..] => on_line(Stream::Out, "/var/lib/docker"),
            ["docker", "pull", image] => return self.pull(image, on_line),
            ["docker", "tag", from, to] => {
                let mut state = self.state();
                let id = state.images.get(*from).cloned().unwrap_or_else(|| (*from).to_owned());
                state.images.insert((*to).to_owned(), id);
            }
            ["docker", "image", "inspect", image] => return self.inspect_image(image, on_line),
            ["docker", "ps", ..] => {
                self.state().containers.iter().for_each(|container| on_line(Stream::Out, &container.id));
            }
            ["docker", "container", "inspect", ids @ ..] => on_line(Stream::Out, &self.inspect(ids)),
            ["docker", "exec", id, ..] => return self.health(id, on_line),
            ["docker", "logs", ..] => on_line(Stream::Out, &format!("the app knows {SECRET}")),
            ["journalctl", ..] => on_line(Stream::Out, "the unit's last words"),
            ["docker", "stop", id] => self.state().containers.retain(|container| container.id != *id),
            ["docker", "rmi", image] => {
                let mut state = self.state();
                state.images.remove(*image);
                state.done.push(format!("rmi {image}"));
            }
            ["docker-runner", "--tag", tag, _, task @ ..] => return self.task(tag, task, on_line),
            ["systemctl", "show", .., unit] => self.show(unit.trim_end_matches(".service"), on_line),
            ["status", unit] => return self.status(unit, on_line),
            [verb @ ("stop" | "start"), unit] => return self.initctl(verb, unit),
            ["systemctl", verb, unit] => return self.systemctl(verb, unit.trim_end_matches(".service")),
            other => panic!("no such command in the simulation: {other:?}"),
        }
        0
    }

    fn pull(&self, image: &str, on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let tag = image.rsplit_once(':').unwrap().1;
        let mirrored =
            self.network.mirrors.lock().unwrap().get(&(self.host.clone(), tag.to_owned())).cloned();
        let found = mirrored.or_else(|| self.network.registry.lock().unwrap().get(tag).cloned());
        let Some(id) = found else {
            on_line(Stream::Err, "manifest unknown");
            return 1;
        };
        if self.state().full {
            on_line(Stream::Err, "no space left on device");
            return 1;
        }
        on_line(Stream::Out, "Status: Downloaded newer image");
        self.state().images.insert(image.to_owned(), id);
        0
    }

    fn inspect_image(&self, image: &str, on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let Some(id) = self.state().images.get(image).cloned() else { return 1 };
        let digest = id.replace("sha256:", "sha256:digest-of-");
        on_line(Stream::Out, &format!(r#"[{{"Id":"{id}","RepoDigests":["{IMAGE}@{digest}"]}}]"#));
        0
    }

    fn inspect(&self, ids: &[&str]) -> String {
        let state = self.state();
        let json = |container: &Container| {
            let Container { id, name, image, image_id, process, .. } = container;
            format!(
                r#"{{"Id":"{id}","Name":"/{name}","Image":"{image_id}","Config":{{"Image":"{image}","Cmd":["{process}"]}},"State":{{"Running":true,"StartedAt":"then"}}}}"#
            )
        };
        let found = state.containers.iter().filter(|container| ids.contains(&container.id.as_str()));
        format!("[{}]", found.map(json).collect::<Vec<_>>().join(","))
    }

    fn health(&self, id: &str, on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let state = self.state();
        let Some(container) = state.containers.iter().find(|container| container.id == id) else { return 1 };
        if state.unhealthy.contains(&container.image_id) {
            on_line(Stream::Err, &format!("500 from a server with {SECRET}"));
            return 1;
        }
        0
    }

    fn task(&self, tag: &str, task: &[&str], on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let tag_now = self.tag(self.network.app);
        let first = task.first() == Some(&"migrate");
        if first && tag_now == "new" && !self.network.resuming.load(Ordering::SeqCst) {
            self.network.add_violation(format!("{}: TAG said {tag} before its migrations ran", self.host));
        }
        on_line(Stream::Out, &format!("{} with SECRET_KEY={SECRET}", task.join(" ")));
        if self.state().migrated {
            on_line(Stream::Out, "  No migrations to apply.");
        }
        self.state().done.push(format!("task {} {tag}", task.join(" ")));
        0
    }

    /// The tag that docker-runner reads: that of the instance, else of its app.
    pub(crate) fn tag(&self, app: &str) -> String {
        let state = self.state();
        let tag_file = |app: &str| state.files.get(&Path::new("/var/www").join(app).join("TAG")).cloned();
        let bytes = tag_file(app).or_else(|| tag_file(APP)).unwrap_or_default();
        tag_files::parse(&String::from_utf8(bytes).unwrap()).unwrap_or_default()
    }

    fn show(&self, unit: &str, on_line: &mut dyn FnMut(Stream, &str)) {
        let state = self.state();
        let (load, active) = match state.units.get(unit) {
            Some(_) if state.crashing.contains(unit) => ("loaded", "activating"),
            Some(true) => ("loaded", "active"),
            Some(false) => ("loaded", "inactive"),
            None => ("not-found", "inactive"),
        };
        on_line(Stream::Out, &format!("LoadState={load}"));
        on_line(Stream::Out, &format!("ActiveState={active}"));
        let file = if state.enabled.contains(unit) { "enabled" } else { "disabled" };
        on_line(Stream::Out, &format!("UnitFileState={file}"));
    }

    fn status(&self, unit: &str, on_line: &mut dyn FnMut(Stream, &str)) -> i32 {
        let Some(active) = self.state().units.get(unit).copied() else { return 1 };
        on_line(
            Stream::Out,
            &format!("{unit} {}", if active { "start/running, process 7" } else { "stop/waiting" }),
        );
        0
    }

    /// Upstart fails if the job is already started or stopped.
    fn initctl(&self, verb: &str, unit: &str) -> i32 {
        let active = {
            let state = self.state();
            assert!(state.upstart);
            state.units.get(unit).copied()
        };
        match (verb, active) {
            ("stop", Some(true)) => self.stop_unit(unit),
            ("start", Some(false)) => self.start_unit(unit),
            _ => return 1,
        }
        0
    }

    fn systemctl(&self, verb: &str, unit: &str) -> i32 {
        assert!(!self.state().upstart);
        if verb == "reset-failed" {
            return 1;
        }
        if !self.state().units.contains_key(unit) {
            return 5;
        }
        if verb != "start" {
            self.stop_unit(unit);
        }
        if verb != "stop" && !self.state().units[unit] {
            self.start_unit(unit);
        }
        0
    }

    fn stop_unit(&self, unit: &str) {
        if app_and_process(unit) == (self.network.app, "run") {
            self.check_that_others_serve(unit);
        }
        let mut state = self.state();
        state.units.insert(unit.to_owned(), false);
        state.crashing.remove(unit);
        state.containers.retain(|container| container.unit != unit);
        state.done.push(format!("stop {unit}"));
    }

    /// A web host that serves may stop only while another one serves.
    fn check_that_others_serve(&self, unit: &str) {
        let serves = |host: &String| {
            let state = self.network.state(host);
            let healthy = |container: &&Container| {
                container.unit == unit && !state.unhealthy.contains(&container.image_id)
            };
            state.away_until < self.network.millis() && state.containers.iter().any(|found| healthy(&found))
        };
        let web: Vec<&String> = self
            .network
            .hosts
            .keys()
            .filter(|host| self.network.state(host).units.contains_key(unit))
            .collect();
        let others = web.iter().filter(|host| ***host != self.host).any(|host| serves(host));
        let any_lost = web.iter().any(|host| self.network.state(host).away_until == u64::MAX);
        if web.len() > 1 && !any_lost && serves(&self.host) && !others {
            self.network.add_violation(format!("{} was stopped while no other web host served", self.host));
        }
    }

    pub(crate) fn start_unit(&self, unit: &str) {
        let (app, process) = app_and_process(unit);
        let image = format!("{IMAGE}:{}", self.tag(app));
        let mut state = self.state();
        let Some(image_id) = state.images.get(&image).cloned() else { return };
        let id = format!("{unit}-{}", state.next_number());
        let name = if state.nameless { format!("eager_{}", state.next_number()) } else { unit.to_owned() };
        state.units.insert(unit.to_owned(), true);
        state.done.push(format!("start {unit} with {}", tag_of(&image)));
        let (unit, process) = (unit.to_owned(), process.to_owned());
        let beat = process == "beat" && app == self.network.app;
        state.containers.insert(0, Container { id, name, unit, image, image_id, process });
        drop(state);
        if beat && self.network.running_beats() > 1 {
            self.network.add_violation(format!("beat runs twice, the second on {}", self.host));
        }
    }
}

fn tag_of(image: &str) -> &str {
    image.rsplit_once(':').unwrap().1
}
