//! The units that `docker-runner --unit systemd` prints, on a real systemd with a real engine.

use crate::app::{App, Unit};
use crate::docker::wait_for;
use crate::host::Host;
use crate::images::Timed;
use std::time::Duration;

/// Less than a gate waits for a release that does not get well: two minutes.
const SOON: Duration = Duration::from_secs(100);

#[test]
fn start_restart_and_stop() {
    let (_timed, host) = (Timed::start("units: start, restart, stop"), Host::shared());
    let app = App::new(&host, "alpha", 8001, "slow");
    let unit = app.install_unit("run", "--extra '-p 8001:8000'");

    unit.must("start");
    assert_eq!(app.page(), "1", "start came back before the app was healthy");
    app.release("2");
    unit.must("restart");
    assert_eq!(app.page(), "2", "restart came back before the app was healthy");

    // Had docker waited in vain and killed it, the unit would have failed.
    unit.must("stop");
    assert_eq!((unit.state().as_str(), unit.remains()), ("inactive", None), "{}", host.journal());
}

#[test]
fn a_crashed_app_comes_back() {
    let (_timed, host) = (Timed::start("units: crash"), Host::shared());
    let app = App::new(&host, "bravo", 8002, "");
    let unit = app.install_unit("run", "--extra '-p 8002:8000'");
    unit.must("start");

    let crashes = [
        "docker exec bravo killall -9 httpd",
        "docker kill bravo",
        "kill -9 $(systemctl show -p MainPID --value bravo)",
    ];
    for crash in crashes {
        let old = unit.container().unwrap();
        // An exec may itself be killed with the container it ends, so how it ended says nothing:
        // another container does.
        host.exec(["sh", "-c", crash]);
        unit.wait_for_another(&old);
        app.wait_for_page("1");
    }
    unit.must("stop");
    assert_eq!(unit.remains(), None);
}

#[test]
fn a_container_that_refuses_to_stop_is_gone_in_time() {
    let (_timed, host) = (Timed::start("units: refuses to stop"), Host::shared());
    let app = App::new(&host, "charlie", 8003, "deaf");
    let unit = app.install_unit("run", "--extra '--stop-timeout 3 -p 8003:8000'");
    unit.must("start");

    assert_eq!(unit.property("TimeoutStopUSec"), "18s");
    unit.must("stop");
    // Docker killed it, and the client told; systemd had to kill nobody ("timeout").
    let ended = (unit.property("Result"), unit.property("ExecMainStatus"));
    assert_eq!(ended, ("exit-code".to_owned(), "137".to_owned()), "{}", host.journal());
    assert_eq!(unit.remains(), None);
    unit.must("start");
    assert_eq!(app.page(), "1");
}

#[test]
fn a_sick_release_fails_the_start_and_leaves_nothing() {
    let (_timed, host) = (Timed::start("units: health gate"), Host::shared());
    let app = App::new(&host, "delta", 8004, "broken");
    let unit = app.install_unit("run", "--extra '-p 8004:8000'");
    let (started, took) = unit.systemctl("start");
    assert!(!started && took < SOON, "a release that dies at once: started {started} after {took:?}");
    unit.must("stop");

    app.configure("sick");
    // Enough for the container to be there.
    host.write("/etc/systemd/system/delta.service.d/soon.conf", "[Service]\nTimeoutStartSec=15\n");
    host.sh("systemctl daemon-reload; systemctl reset-failed delta");
    let (started, _) = unit.systemctl("start");
    assert!(!started, "a release that never gets healthy was taken for started");
    unit.must("stop");
    assert_eq!(unit.remains(), None);
}

#[test]
fn extra_options_reach_the_container_and_after_orders_the_units() {
    let (_timed, host) = (Timed::start("units: --extra, --after"), Host::shared());
    let app = App::new(&host, "echo", 8005, "");
    host.write("/etc/systemd/system/before.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 1\n");
    let unit = app.install_unit("run", "--after before.service --extra '-e SERVICE_NAME=web -p 8005:8000'");

    unit.must("start");
    let name = host.sh("docker exec echo sh -c 'echo $SERVICE_NAME'");
    assert_eq!(name, "web\n");
    let stamp = |unit: &str, what: &str| -> u64 {
        host.sh(&format!("systemctl show -p {what} --value {unit}")).trim().parse().unwrap()
    };
    let before_ended = stamp("before", "ExecMainExitTimestampMonotonic");
    let echo_began = stamp("echo", "InactiveExitTimestampMonotonic");
    assert!(
        0 < before_ended && before_ended <= echo_began,
        "before ended at {before_ended}, echo began at {echo_began}"
    );
}

#[test]
fn beat_is_never_there_twice() {
    let (_timed, host) = (Timed::start("units: beat once"), Host::shared());
    let app = App::new(&host, "foxtrot", 0, "");
    let unit = app.install_unit("beat", "");
    unit.must("start");
    wait_for_another_to_tick(&app, &unit, "");
    for disturbance in [
        "systemctl restart foxtrot-beat",
        "docker kill foxtrot-beat",
        "kill -9 $(systemctl show -p MainPID --value foxtrot-beat)",
        "systemctl kill foxtrot-beat",
    ] {
        let old = unit.container().unwrap();
        host.sh(disturbance);
        wait_for_another_to_tick(&app, &unit, &old);
    }
    assert_ticked_in_turn(&app, 5);
}

/// Waits until beat is there in another container than this one, and has told of itself: it may be
/// there for less than a tick.
#[track_caller]
fn wait_for_another_to_tick(app: &App<'_>, unit: &Unit<'_>, old: &str) {
    let another = || unit.container().filter(|id| id != old && unit.state() == "active");
    let ticks = |id: &str| {
        let ticked = format!("grep -q '^{} ' /srv/{}/beat", &id[..12], app.name);
        app.host.exec(["sh", "-c", &ticked]).code == 0
    };
    wait_for("another beat to tick", || another().filter(|id| ticks(id)), || app.host.journal());
}

/// What the beats wrote: at least so many lives, none of which overlaps another.
#[track_caller]
fn assert_ticked_in_turn(app: &App<'_>, lives: usize) {
    let ticks = app.host.sh(&format!("cut -d ' ' -f 1 /srv/{}/beat", app.name));
    let mut in_turn: Vec<&str> = ticks.lines().collect();
    in_turn.dedup();
    let mut each = in_turn.clone();
    each.sort_unstable();
    each.dedup();
    assert!(each.len() >= lives, "{in_turn:?}");
    assert_eq!(in_turn.len(), each.len(), "two beats ticked at the same time: {in_turn:?}");
}

#[test]
fn systemd_finds_nothing_to_say_about_them() {
    let (_timed, host) = (Timed::start("units: systemd-analyze verify"), Host::shared());
    let app = App::new(&host, "golf", 8007, "");
    for process in ["run", "worker", "beat"] {
        let unit = app.install_unit(process, "--after ssh.service --extra '-e A=$b -e P=100%'");
        let said =
            host.exec(["systemd-analyze", "verify", &format!("/etc/systemd/system/{}.service", unit.name)]);
        assert_eq!((said.code, said.stdout + &said.stderr), (0, String::new()));
    }
}

#[test]
fn the_engine_restarted_under_them() {
    let (_timed, host) = (Timed::start("units: engine restarted"), Host::start());
    let app = App::new(&host, "hotel", 8008, "");
    let web = app.install_unit("run", "--extra '-p 8008:8000'");
    let beat = app.install_unit("beat", "");
    web.must("start");
    beat.must("start");
    wait_for_another_to_tick(&app, &beat, "");
    for disturbance in [
        "systemctl restart docker",
        "kill -9 $(cat /run/docker.pid)",
        // What an upgrade of the engine's package may do.
        "systemctl stop docker.socket docker && systemctl start docker",
    ] {
        let old = (web.container().unwrap(), beat.container().unwrap());
        // docker.service may start three times in a minute, and systemd counts the first one too.
        host.sh("systemctl reset-failed docker.service docker.socket");
        host.sh(disturbance);
        web.wait_for_another(&old.0);
        wait_for_another_to_tick(&app, &beat, &old.1);
        app.wait_for_page("1");
    }
    assert_ticked_in_turn(&app, 4);
}

#[test]
fn the_host_rebooted() {
    let (_timed, host) = (Timed::start("units: reboot"), Host::start());
    let app = App::new(&host, "india", 8009, "");
    let units = [app.install_unit("run", "--extra '-p 8009:8000'"), app.install_unit("worker", "")];
    for unit in &units {
        unit.must("start");
    }
    let all_back = |what: &str| {
        let active = |unit: &Unit<'_>| unit.state() == "active" && unit.container().is_some();
        wait_for(what, || units.iter().all(active).then_some(()), || host.journal());
        app.wait_for_page("1");
    };
    host.reboot();
    all_back("the units after a reboot");
    host.power_off();
    host.power_on();
    host.wait_until_running();
    all_back("the units after a power cut");
}
