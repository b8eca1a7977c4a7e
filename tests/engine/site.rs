//! The example app as a site: a database, a broker, and its processes.

use crate::docker::{Container, Finished, LABEL, Run, Thing, docker, unique, wait_for};
use crate::http;
use std::sync::Arc;

/// The image of the example app, for the Debian release that is tested.
pub(crate) fn image() -> String {
    format!("bookmarks:{}", release())
}

/// The Debian release that is tested.
pub(crate) fn release() -> String {
    std::env::var("DEBIAN").unwrap_or_else(|_| "trixie".to_owned())
}

/// A network, a volume, and the options of every process of the site.
pub(crate) struct Site {
    image: String,
    options: Vec<String>,
    variables: Vec<(&'static str, String)>,
    // In the order in which they can go: a network goes after its containers.
    servers: Vec<Container>,
    network: Arc<Thing>,
    volume: Arc<Thing>,
}

impl Site {
    /// SQLite and the filesystem broker, both on a volume.
    pub(crate) fn on_a_volume() -> Self {
        let site = Self {
            image: image(),
            options: Vec::new(),
            variables: Vec::new(),
            servers: Vec::new(),
            network: Arc::new(Thing::network()),
            volume: Arc::new(Thing::volume()),
        };
        site.env("DATABASE_URL", "sqlite:////data/bookmarks.sqlite3")
            .env("BROKER_URL", "filesystem:///data/queue")
            .env("SECRET_KEY", "a long secret key of this test alone, with $ and ' in it: 0123456789")
            .env("ALLOWED_HOSTS", "web,web.test,localhost")
            .env("HTTPS_ONLY", "off")
            .env("REFRESH_SECONDS", "1")
    }

    /// PostgreSQL and RabbitMQ, in separate containers; both are ready.
    pub(crate) fn on_servers() -> Self {
        let mut site = Self::on_a_volume();
        let servers = "docker-runner-test-servers";
        let network = site.network.name.clone();
        let server = |name: &str| Run::new(servers).options(["--network", &network, "--network-alias", name]);
        site.servers.push(server("db").start());
        site.servers.push(server("broker").args(["rabbitmq-server"]).start());
        let (database, broker) = (&site.servers[0], &site.servers[1]);
        database.wait_for_log("ready to accept connections");
        let ping =
            ["su", "rabbitmq", "-s", "/bin/sh", "-c", "rabbitmq-diagnostics -q check_port_listener 5672"];
        wait_for("RabbitMQ", || (broker.exec(ping).code == 0).then_some(()), || broker.logs());
        site.env("DATABASE_URL", "postgres://bookmarks:pass%20word@db/bookmarks")
            .env("BROKER_URL", "amqp://guest:guest@broker:5672//")
    }

    /// A variable for all of its processes; the last one of a name applies.
    pub(crate) fn env(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Another image of the app.
    pub(crate) fn image(self, name: &str) -> Self {
        Self { image: name.to_owned(), ..self }
    }

    /// Options of `docker run` for all of its processes.
    pub(crate) fn options(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(ToString::to_string));
        self
    }

    /// A process of the site.
    pub(crate) fn process(&self, arguments: &[&str]) -> Run {
        let volume = format!("{}:/data", self.volume.name);
        let run = Run::new(&self.image).uses(&[&self.network, &self.volume]);
        let mut run = run.options(["--network", &self.network.name, "-v", &volume]);
        run = run.options(&self.options).args(arguments);
        self.variables.iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// Runs a process to its end.
    #[track_caller]
    pub(crate) fn finish(&self, arguments: &[&str]) -> Finished {
        self.process(arguments).finish()
    }

    /// Migrates the database, starts the web process and waits until it responds.
    #[track_caller]
    pub(crate) fn serve(&self, arguments: &[&str]) -> Web {
        self.finish(&["migrate"]).ok();
        let run = self.process(&[&["run"], arguments].concat());
        let web = Web { container: run.options(["--network-alias", "web.test"]).start() };
        let is_up = || web.get("/").filter(|response| response.starts_with("HTTP/1.1 200"));
        wait_for("the site", is_up, || web.container.logs());
        web
    }

    /// Evaluates Django code, with the models imported, and returns its output.
    #[track_caller]
    pub(crate) fn ask(&self, code: &str) -> String {
        let code = format!("from bookmarks.models import Bookmark, Refresh; {code}");
        self.finish(&["manage", "shell", "-v", "0", "-c", &code]).ok()
    }
}

/// The site's web process.
pub(crate) struct Web {
    pub(crate) container: Container,
}

impl Web {
    /// The response to a GET.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        http::get(&format!("{}:8000", self.container.address()), path, "web")
    }
}

/// An image built from lines of a Dockerfile, with a folder as its context. It is
/// removed when it is dropped.
pub(crate) struct Image {
    pub(crate) name: String,
}

impl Image {
    #[track_caller]
    pub(crate) fn build(dockerfile: &str, context: &std::path::Path) -> Self {
        let name = unique("image");
        std::fs::write(context.join("Dockerfile"), dockerfile).unwrap();
        let arguments =
            ["build", "--label", LABEL, "--build-arg", &format!("DEBIAN={}", release()), "-t", &name];
        let image = Self { name: name.clone() };
        docker(arguments.iter().map(|word| std::ffi::OsStr::new(*word)).chain([context.as_os_str()])).ok();
        image
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        docker(["rmi", "-f", &self.name]);
    }
}
