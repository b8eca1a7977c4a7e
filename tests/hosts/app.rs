//! An app on a host: its two files, its units, and what it looks like from outside.

use crate::docker::{Said, wait_for};
use crate::host::Host;
use std::time::{Duration, Instant};

/// An app on a host, on a port of its own.
pub(crate) struct App<'a> {
    pub(crate) host: &'a Host,
    pub(crate) name: &'a str,
    pub(crate) port: u16,
}

impl<'a> App<'a> {
    /// The app with its files, first release; these faults (see the site's entrypoint) are built in.
    #[track_caller]
    pub(crate) fn new(host: &'a Host, name: &'a str, port: u16, faults: &str) -> Self {
        let app = Self { host, name, port };
        app.configure(faults);
        app.release("1");
        host.sh(&format!("mkdir -p /srv/{name}"));
        app
    }

    /// Its `/etc/default` file.
    #[track_caller]
    pub(crate) fn configure(&self, faults: &str) {
        let name = self.name;
        let options = format!("--rm -v /srv/{name}:/state -e FAULTS={faults}");
        self.host.write(
            &format!("/etc/default/{name}"),
            &format!("export IMAGE=site\nexport OPTS=\"{options}\"\n"),
        );
    }

    /// Its TAG file; a tag that is not there yet becomes an image whose page says so.
    #[track_caller]
    pub(crate) fn release(&self, tag: &str) {
        let build =
            format!("printf 'FROM site:base\\nENV RELEASE={tag}\\n' | docker build -q -t site:{tag} - ");
        self.host.sh(&format!("docker inspect site:{tag} >/dev/null 2>&1 || {build}"));
        self.host.write(&format!("/var/www/{}/TAG", self.name), &format!("export TAG={tag}\n"));
    }

    /// What its page says; nothing while nobody answers.
    pub(crate) fn page(&self) -> String {
        let url = format!("http://127.0.0.1:{}/", self.port);
        self.host.exec(["curl", "-sf", "-m", "30", &url]).stdout.trim_end().to_owned()
    }

    /// Waits for that page.
    #[track_caller]
    pub(crate) fn wait_for_page(&self, page: &str) {
        wait_for(page, || (self.page() == page).then_some(()), || self.host.journal());
    }

    /// Prints its unit with our binary, for this process and with these options, installs and enables it.
    #[track_caller]
    pub(crate) fn install_unit(&self, process: &str, options: &str) -> Unit<'a> {
        let name = if process == "run" { self.name.to_owned() } else { format!("{}-{process}", self.name) };
        let path = format!("/etc/systemd/system/{name}.service");
        let print = format!("docker-runner --unit systemd {options} {} {process}", self.name);
        self.host.sh(&format!("{print} >{path} && systemctl daemon-reload && systemctl enable -q {name}"));
        Unit { host: self.host, name }
    }
}

/// One unit of an app; its container has its name.
pub(crate) struct Unit<'a> {
    pub(crate) host: &'a Host,
    pub(crate) name: String,
}

impl Unit<'_> {
    /// `systemctl VERB` on it: whether that succeeded, and how long it took.
    pub(crate) fn systemctl(&self, verb: &str) -> (bool, Duration) {
        let since = Instant::now();
        let said = self.host.exec(["systemctl", verb, &self.name]);
        (said.code == 0, since.elapsed())
    }

    /// `systemctl VERB` that must succeed.
    #[track_caller]
    pub(crate) fn must(&self, verb: &str) {
        let (succeeded, _) = self.systemctl(verb);
        assert!(succeeded, "systemctl {verb} {} failed\n{}", self.name, self.host.journal());
    }

    /// A property, as `systemctl show` has it.
    pub(crate) fn property(&self, name: &str) -> String {
        self.host.exec(["systemctl", "show", "-p", name, "--value", &self.name]).stdout.trim_end().to_owned()
    }

    /// Its state: active, inactive, failed, activating.
    pub(crate) fn state(&self) -> String {
        self.property("ActiveState")
    }

    /// The id of its running container; none while the engine does not answer.
    pub(crate) fn container(&self) -> Option<String> {
        id(&self.listed("ps").stdout)
    }

    /// The id of a container of its name, running or not.
    #[track_caller]
    pub(crate) fn remains(&self) -> Option<String> {
        id(&self.listed("ps -a").ok())
    }

    fn listed(&self, list: &str) -> Said {
        let script = format!("docker {list} -q --no-trunc --filter 'name=^/{}$'", self.name);
        self.host.exec(["sh", "-c", &script])
    }

    /// Waits until it is active again, in another container than this one.
    #[track_caller]
    pub(crate) fn wait_for_another(&self, old: &str) -> String {
        let another = || self.container().filter(|id| id != old && self.state() == "active");
        wait_for("another container", another, || self.host.journal())
    }
}

fn id(listed: &str) -> Option<String> {
    Some(listed.trim_end().to_owned()).filter(|id| !id.is_empty())
}
