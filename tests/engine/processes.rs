//! Every process of the example app, with SQLite and a folder as the broker.

use crate::docker::{Run, wait_for};
use crate::site::{Site, image};

#[test]
fn migrate_and_collectstatic_do_their_work_once() {
    let site = Site::on_a_volume();
    assert!(site.finish(&["migrate"]).ok().contains("Applying bookmarks.0001_initial... OK"));
    assert!(site.finish(&["migrate"]).ok().contains("No migrations to apply"));
    let first = site.process(&["collectstatic"]).env("STATIC_ROOT", "/data/elsewhere").finish().ok();
    assert!(first.contains("static files copied to '/data/elsewhere'"), "{first}");
    let second = site.process(&["collectstatic"]).env("STATIC_ROOT", "/data/elsewhere").finish().ok();
    assert!(second.contains("0 static files copied"), "{second}");
}

#[test]
fn migrate_passes_its_arguments() {
    let site = Site::on_a_volume();
    let output = site.finish(&["migrate", "contenttypes", "0001"]).ok();
    assert!(output.contains("contenttypes.0001_initial... OK"), "{output}");
    assert!(!output.contains("contenttypes.0002"), "a partial migration became a full one: {output}");
}

#[test]
fn run_sh_does_the_same() {
    let site = Site::on_a_volume();
    let output = site.process(&["migrate"]).options(["--entrypoint", "/run.sh"]).finish().ok();
    assert!(output.contains("Applying bookmarks.0001_initial... OK"), "{output}");
}

#[test]
fn run_serves_pages_and_static_files() {
    let site = Site::on_a_volume();
    let web = site.serve(&[]);
    let page = web.get("/").unwrap();
    assert!(page.contains("<h1>"), "{page}");
    let css = page.split('"').find(|text| text.ends_with(".css")).unwrap();
    assert!(web.get(css).unwrap().starts_with("HTTP/1.1 200"), "{css}");
    assert!(web.get("/no-such-page").unwrap().starts_with("HTTP/1.1 404"));
    web.container.wait_for_log("GET /no-such-page");
}

#[test]
fn the_worker_runs_a_task_and_beat_sends_one() {
    let site = Site::on_a_volume();
    let web = site.serve(&[]);
    let worker = site.process(&["worker", "-c", "1"]).start();
    let note = "a \"b\" 'c' $HOME `id`\n\\ *";
    site.finish(&["manage", "add", "--note", note, "http://web.test:8000/"]).ok();
    let title = || site.ask("print(Bookmark.objects.get().title)");
    wait_for("the title", || (title() == "Bookmarks\n").then_some(()), || worker.logs());
    assert!(web.get("/").unwrap().contains(">Bookmarks</a>"));
    let kept = site.ask("print(ascii(Bookmark.objects.get().note))");
    assert_eq!(kept, "'a \"b\" \\'c\\' $HOME `id`\\n\\\\ *'\n");

    let beat = site.process(&["beat"]).start();
    let refreshed = || site.ask("print(Refresh.objects.exists())") == "True\n";
    wait_for("a scheduled task", || refreshed().then_some(()), || beat.logs() + &worker.logs());
}

#[test]
fn the_console_reads_standard_input() {
    let site = Site::on_a_volume();
    let output = site.process(&["shell"]).stdin("print(6 * 7)\n").finish().ok();
    assert!(output.contains("42"), "{output}");
    let output = site.process(&["manage", "shell"]).stdin("print('hello ' + 'world')\n").finish().ok();
    assert!(output.contains("hello world"), "{output}");
}

#[test]
fn the_example_passes_django_s_deployment_checks() {
    let site = Site::on_a_volume().env("HTTPS_ONLY", "on");
    let output = site.finish(&["manage", "check", "--deploy", "--fail-level", "WARNING"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn the_project_s_tests_run_in_its_image() {
    let output = Run::new(&image()).args(["test"]).env("SETTINGS", "settings").finish();
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("OK"), "{}", output.stderr);
}

#[test]
fn an_unknown_process_fails() {
    let output = Run::new(&image()).args(["migrat"]).finish();
    assert_eq!(output.code, 127);
    // One line, and nothing of an init that it would have had.
    let line = "docker-entrypoint: cannot find migrat, neither as a process nor on PATH: did you mean migrate? the processes are ";
    assert!(output.stderr.starts_with(line) && output.stderr.lines().count() == 1, "{}", output.stderr);
    assert_eq!(Run::new(&image()).args(["manage", "migrat"]).finish().code, 1);
}

#[test]
fn arguments_are_passed_whole() {
    let words = ["a b", "", "'", "\"", "$HOME", "${X}", "`id`", "a\nb", "\\", "*", "-x", "--", "ü"];
    let print = ["python", "-c", "import sys; print(ascii(sys.argv[1:]))"];
    let output = Run::new(&image()).args(print).args(words).finish().ok();
    let expected =
        "['a b', '', \"'\", '\"', '$HOME', '${X}', '`id`', 'a\\nb', '\\\\', '*', '-x', '--', '\\xfc']\n";
    assert_eq!(output, expected);
}
