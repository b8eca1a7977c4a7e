//! `make dev` of the example: mounted code is served, and reloaded when it changes.

use crate::docker::{Container, LABEL, Thing, unique, wait_for};
use crate::http;
use crate::site::release;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A copy of the example to edit, and the volumes that outlast its container.
struct Desk {
    folder: tempfile::TempDir,
    volume: Thing,
    port: u16,
}

/// A running `make dev`.
struct Dev<'a> {
    desk: &'a Desk,
    make: Child,
    container: Container,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = "tar -C example --exclude=./wheelhouse --exclude=./.dev --exclude=./db.sqlite3 -c . | tar -C \"$0\" -x";
        assert!(Command::new("sh").args(["-c", script]).arg(folder.path()).status().unwrap().success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder, volume: Thing::volume(), port }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{text}");
        self.save(name, &text.replace(from, to));
    }

    /// As an editor does it: nobody reads half a file.
    fn save(&self, name: &str, text: &str) {
        std::fs::write(self.file("new"), text).unwrap();
        std::fs::rename(self.file("new"), self.file(name)).unwrap();
    }

    /// Starts it and waits for the page.
    #[track_caller]
    fn start(&self) -> Dev<'_> {
        let name = unique("dev");
        let out = std::fs::File::create(self.file("out")).unwrap();
        let mut make = Command::new("make");
        make.arg("-C").arg(self.folder.path()).arg("dev");
        make.arg(format!("TAG={}", release())).arg(format!("PORT={}", self.port));
        make.arg(format!("VOLUME={}", self.volume.name)).arg(format!("RUNNER={}", runner().display()));
        make.env("EXTRA", format!("--label {LABEL} --name {name}")).stdin(Stdio::null());
        let make = make.stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let mut dev = Dev { desk: self, make, container: Container::named(name) };
        let up = |dev: &mut Dev<'_>| dev.get("/").is_some() || dev.make.try_wait().unwrap().is_some();
        // pip may take its time, and then the page again.
        let is_set_up = |dev: &mut Dev<'_>| self.log().contains(" is set up\n") || up(dev);
        wait_for("setup", || is_set_up(&mut dev).then_some(()), || self.log());
        wait_for("the page", || up(&mut dev).then_some(()), || self.log());
        assert!(dev.get("/").is_some_and(|page| page.starts_with("HTTP/1.1 200")), "{}", self.log());
        dev
    }

    /// What it wrote so far.
    fn log(&self) -> String {
        std::fs::read_to_string(self.file("out")).unwrap()
    }
}

impl Dev<'_> {
    fn get(&self, path: &str) -> Option<String> {
        http::get(&format!("127.0.0.1:{}", self.desk.port), path, "localhost")
    }

    #[track_caller]
    fn shows(&self, path: &str, text: &str) {
        let shown = || self.get(path).filter(|page| page.contains(text)).map(drop);
        wait_for(text, shown, || self.desk.log());
    }

    /// Waits for a text that the edited `file` adds to a page. Django compares the modification times
    /// of templates and code once a second. Its first look may come after the first page, and does not
    /// notice an edit before it, so the file is saved again now and then.
    #[track_caller]
    fn shows_edit(&self, path: &str, text: &str, file: &str) {
        let code = std::fs::read_to_string(self.desk.file(file)).unwrap();
        let mut attempts = 0;
        let shown = || {
            attempts += 1;
            if attempts % 50 == 0 {
                self.desk.save(file, &code);
            }
            self.get(path).filter(|page| page.contains(text)).map(drop)
        };
        wait_for(text, shown, || self.desk.log());
    }

    /// Ends as `docker stop` asks it to, and is not killed.
    fn stop(mut self) -> String {
        crate::docker::docker(["stop", "-t", "25", &self.container.name]).ok();
        self.make.wait().unwrap();
        let output = self.desk.log();
        assert!(!output.contains("Error 137"), "{output}");
        output
    }
}

fn runner() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_docker-runner"))
}

#[test]
fn an_edited_file_changes_the_page() {
    let desk = Desk::new();
    let dev = desk.start();
    dev.shows("/", "> Bookmarks</h1>");
    let template = "bookmarks/templates/bookmarks/list.html";
    desk.edit(template, "> Bookmarks</h1>", "> Edited template</h1>");
    dev.shows_edit("/", "> Edited template</h1>", template);
    let code = "from django.http import HttpResponse\nurlpatterns = [\n    path(\"new/\", lambda request: HttpResponse(\"edited code\")),";
    desk.edit("bookmarks/urls.py", "urlpatterns = [", code);
    dev.shows_edit("/new/", "edited code", "bookmarks/urls.py");

    let mut console = Command::new(runner());
    console.env("DOCKER_RUNNER_ROOT", desk.file(".dev")).env("EXTRA", format!("--label {LABEL}"));
    console.args(["bookmarks", "manage", "shell", "-v", "0", "-c"]);
    let code = "from bookmarks.models import Bookmark; Bookmark.objects.create(url='http://x.test/', title='By console')";
    let output = console.arg(code).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    dev.shows("/", "By console");
    let output = dev.stop();
    assert!(output.contains("docker-runner bookmarks shell"), "{output}");
    assert!(
        output.contains("installing the requirements") && output.contains("0001_initial... OK"),
        "{output}"
    );

    let output = desk.start().stop();
    assert!(
        !output.contains("installing the requirements") && output.contains("No migrations to apply"),
        "{output}"
    );
    desk.edit("vendor/page-title/src/page_title.py", "Finds the", "Edited. Finds the");
    let dev = desk.start();
    let version = dev.container.exec(["python", "-c", "import page_title; print(page_title.__doc__)"]).ok();
    assert!(version.contains("Edited. "), "{version}");
    assert!(dev.stop().contains("installing the requirements"));
}
