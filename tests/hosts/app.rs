//! An app on a host: its two files, its units and its page.

use crate::docker::{Finished, wait_for};
use crate::host::Host;
use std::time::{Duration, Instant};

/// An app on a host, with a unique port.
pub(crate) struct App<'a> {
    pub(crate) host: &'a Host,
    pub(crate) name: &'a str,
    pub(crate) port: u16,
}

impl<'a> App<'a> {
    /// Installs the first release of the app, with these faults (see `site/docker-entrypoint`).
    #[track_caller]
    pub(crate) fn new(host: &'a Host, name: &'a str, port: u16, faults: &str) -> Self {
        let app = Self { host, name, port };
        app.configure(faults);
        app.release("1");
        host.sh(&format!("mkdir -p /srv/{name}"));
        app
    }

    /// Writes its `/etc/default` file.
    #[track_caller]
    pub(crate) fn configure(&self, faults: &str) {
        let name = self.name;
        let options = format!("--rm -v /srv/{name}:/state -e FAULTS={faults}");
        self.host.write(
            &format!("/etc/default/{name}"),
            &format!("export IMAGE=site\nexport OPTS=\"{options}\"\n"),
        );
    }

    /// Writes its TAG file. Builds the image first if the tag is new; its page is the tag.
    #[track_caller]
    pub(crate) fn release(&self, tag: &str) {
        let build =
            format!("printf 'FROM site:base\\nENV RELEASE={tag}\\n' | docker build -q -t site:{tag} - ");
        self.host.sh(&format!("docker inspect site:{tag} >/dev/null 2>&1 || {build}"));
        self.host.write(&format!("/var/www/{}/TAG", self.name), &format!("export TAG={tag}\n"));
    }

    /// Its page; empty while it does not respond.
    pub(crate) fn page(&self) -> String {
        let url = format!("http://127.0.0.1:{}/", self.port);
        self.host.exec(["curl", "-sf", "-m", "30", &url]).stdout.trim_end().to_owned()
    }

    /// Waits until it serves this page.
    #[track_caller]
    pub(crate) fn wait_for_page(&self, page: &str) {
        wait_for(page, || (self.page() == page).then_some(()), || self.host.journal());
    }

    /// Prints its unit with `docker-runner --unit`, for this process and with these options, installs and
    /// enables it.
    #[track_caller]
    pub(crate) fn install_unit(&self, process: &str, options: &str) -> Unit<'a> {
        let name = if process == "run" { self.name.to_owned() } else { format!("{}-{process}", self.name) };
        let path = format!("/etc/systemd/system/{name}.service");
        let print = format!("docker-runner --unit systemd {options} {} {process}", self.name);
        self.host.sh(&format!("{print} >{path} && systemctl daemon-reload && systemctl enable -q {name}"));
        Unit { host: self.host, name }
    }
}

/// A unit of an app; its container has the same name.
pub(crate) struct Unit<'a> {
    pub(crate) host: &'a Host,
    pub(crate) name: String,
}

impl Unit<'_> {
    /// Runs `systemctl VERB`: whether that succeeded, and how long it took.
    pub(crate) fn systemctl(&self, verb: &str) -> (bool, Duration) {
        let since = Instant::now();
        let output = self.host.exec(["systemctl", verb, &self.name]);
        (output.code == 0, since.elapsed())
    }

    /// Runs `systemctl VERB`, which must succeed.
    #[track_caller]
    pub(crate) fn systemctl_ok(&self, verb: &str) {
        let (succeeded, _) = self.systemctl(verb);
        assert!(succeeded, "systemctl {verb} {} failed\n{}", self.name, self.host.journal());
    }

    /// A property, as `systemctl show` prints it.
    pub(crate) fn property(&self, name: &str) -> String {
        self.host.exec(["systemctl", "show", "-p", name, "--value", &self.name]).stdout.trim_end().to_owned()
    }

    /// Its ActiveState: active, inactive, failed, activating.
    pub(crate) fn state(&self) -> String {
        self.property("ActiveState")
    }

    /// The id of its running container; `None` also while the engine does not respond.
    pub(crate) fn container(&self) -> Option<String> {
        container_id(&self.list_containers("ps").stdout)
    }

    /// The id of its container, running or not.
    #[track_caller]
    pub(crate) fn any_container(&self) -> Option<String> {
        container_id(&self.list_containers("ps -a").ok())
    }

    fn list_containers(&self, list: &str) -> Finished {
        let script = format!("docker {list} -q --no-trunc --filter 'name=^/{}$'", self.name);
        self.host.exec(["sh", "-c", &script])
    }

    /// Waits until it is active again, in a new container.
    #[track_caller]
    pub(crate) fn wait_for_new_container(&self, old: &str) -> String {
        let replaced = || self.container().filter(|id| id != old && self.state() == "active");
        wait_for("a new container", replaced, || self.host.journal())
    }
}

fn container_id(list: &str) -> Option<String> {
    Some(list.trim_end().to_owned()).filter(|id| !id.is_empty())
}
