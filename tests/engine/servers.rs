//! The same processes against PostgreSQL and RabbitMQ.

use crate::docker::wait_for;
use crate::site::Site;

#[test]
fn every_process_works_with_postgresql_and_rabbitmq() {
    let site = Site::on_servers();
    let web = site.serve(&[]);
    assert!(web.get("/").unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(site.ask("from django.db import connection as c; print(c.vendor)"), "postgresql\n");
    assert!(site.finish(&["collectstatic"]).ok().contains("static files"));

    let worker = site.process(&["worker", "-c", "1"]).start();
    site.finish(&["manage", "add", "http://web.test:8000/"]).ok();
    let title = || site.ask("print(Bookmark.objects.get().title)");
    wait_for("the title", || (title() == "Bookmarks\n").then_some(()), || worker.logs());

    let beat = site.process(&["beat"]).start();
    let refreshed = || site.ask("print(Refresh.objects.exists())") == "True\n";
    wait_for("a scheduled task", || refreshed().then_some(()), || beat.logs() + &worker.logs());
    assert!(site.process(&["shell"]).stdin("print(6 * 7)\n").finish().ok().contains("42"));
    for container in [&web.container, &worker, &beat] {
        assert_eq!(container.stop(), 0, "{}", container.logs());
    }
}
