//! The units that `docker-runner --unit systemd` prints, on a real systemd with a real engine.

use crate::app::{App, Unit};
use crate::docker::wait_for;
use crate::host::Host;
use crate::images::Timed;
use std::time::Duration;

/// Less than the two minutes that a gate waits for a release that does not become healthy.
const EARLY: Duration = Duration::from_secs(100);

#[test]
fn start_restart_and_stop() {
    let (_timed, host) = (Timed::start("units: start, restart, stop"), Host::shared());
    let app = App::new(&host, "alpha", 8001, "slow");
    let unit = app.install_unit("run", "--extra '-p 8001:8000'");

    unit.systemctl_ok("start");
    assert_eq!(app.page(), "1", "start returned before the app was healthy");
    app.release("2");
    unit.systemctl_ok("restart");
    assert_eq!(app.page(), "2", "restart returned before the app was healthy");

    // If Docker had killed it after its stop timeout, the unit would have failed.
    unit.systemctl_ok("stop");
    assert_eq!((unit.state().as_str(), unit.any_container()), ("inactive", None), "{}", host.journal());
}

#[test]
fn a_crashed_app_is_restarted() {
    let (_timed, host) = (Timed::start("units: crash"), Host::shared());
    let app = App::new(&host, "bravo", 8002, "");
    let unit = app.install_unit("run", "--extra '-p 8002:8000'");
    unit.systemctl_ok("start");

    let crashes = [
        "docker exec bravo killall -9 httpd",
        "docker kill bravo",
        "kill -9 $(systemctl show -p MainPID --value bravo)",
    ];
    for crash in crashes {
        let old = unit.container().unwrap();
        // `docker exec` may be killed with the container, so its exit code is no evidence; a new
        // container is.
        host.exec(["sh", "-c", crash]);
        unit.wait_for_new_container(&old);
        app.wait_for_page("1");
    }
    unit.systemctl_ok("stop");
    assert_eq!(unit.any_container(), None);
}

#[test]
fn a_container_that_ignores_sigterm_is_killed_in_time() {
    let (_timed, host) = (Timed::start("units: ignores SIGTERM"), Host::shared());
    let app = App::new(&host, "charlie", 8003, "deaf");
    let unit = app.install_unit("run", "--extra '--stop-timeout 3 -p 8003:8000'");
    unit.systemctl_ok("start");

    assert_eq!(unit.property("TimeoutStopUSec"), "18s");
    unit.systemctl_ok("stop");
    // Docker killed it, and its client reported that; systemd killed nothing (the result would be "timeout").
    let ended = (unit.property("Result"), unit.property("ExecMainStatus"));
    assert_eq!(ended, ("exit-code".to_owned(), "137".to_owned()), "{}", host.journal());
    assert_eq!(unit.any_container(), None);
    unit.systemctl_ok("start");
    assert_eq!(app.page(), "1");
}

#[test]
fn an_unhealthy_release_fails_the_start_and_leaves_no_container() {
    let (_timed, host) = (Timed::start("units: health gate"), Host::shared());
    let app = App::new(&host, "delta", 8004, "broken");
    let unit = app.install_unit("run", "--extra '-p 8004:8000'");
    let (started, took) = unit.systemctl("start");
    assert!(!started && took < EARLY, "a release that exits at once: started {started} after {took:?}");
    unit.systemctl_ok("stop");

    app.configure("sick");
    // Enough for the container to start.
    host.write("/etc/systemd/system/delta.service.d/soon.conf", "[Service]\nTimeoutStartSec=15\n");
    host.sh("systemctl daemon-reload; systemctl reset-failed delta");
    let (started, _) = unit.systemctl("start");
    assert!(!started, "the start of a release that never becomes healthy succeeded");
    unit.systemctl_ok("stop");
    assert_eq!(unit.any_container(), None);
}

#[test]
fn extra_options_reach_the_container_and_after_orders_the_units() {
    let (_timed, host) = (Timed::start("units: --extra, --after"), Host::shared());
    let app = App::new(&host, "echo", 8005, "");
    host.write("/etc/systemd/system/before.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 1\n");
    let unit = app.install_unit("run", "--after before.service --extra '-e SERVICE_NAME=web -p 8005:8000'");

    unit.systemctl_ok("start");
    let name = host.sh("docker exec echo sh -c 'echo $SERVICE_NAME'");
    assert_eq!(name, "web\n");
    let stamp = |unit: &str, property: &str| -> u64 {
        host.sh(&format!("systemctl show -p {property} --value {unit}")).trim().parse().unwrap()
    };
    let before_ended = stamp("before", "ExecMainExitTimestampMonotonic");
    let echo_began = stamp("echo", "InactiveExitTimestampMonotonic");
    assert!(
        0 < before_ended && before_ended <= echo_began,
        "before ended at {before_ended}, echo began at {echo_began}"
    );
}

#[test]
fn beat_never_runs_twice() {
    let (_timed, host) = (Timed::start("units: beat once"), Host::shared());
    let app = App::new(&host, "foxtrot", 0, "");
    let unit = app.install_unit("beat", "");
    unit.systemctl_ok("start");
    wait_for_new_beat(&app, &unit, "");
    for disturbance in [
        "systemctl restart foxtrot-beat",
        "docker kill foxtrot-beat",
        "kill -9 $(systemctl show -p MainPID --value foxtrot-beat)",
        "systemctl kill foxtrot-beat",
    ] {
        let old = unit.container().unwrap();
        host.sh(disturbance);
        wait_for_new_beat(&app, &unit, &old);
    }
    assert_no_overlap(&app, 5);
}

/// Waits until beat runs in another container than `old` and has written a tick: a container may live
/// for less than a tick.
#[track_caller]
fn wait_for_new_beat(app: &App<'_>, unit: &Unit<'_>, old: &str) {
    let another = || unit.container().filter(|id| id != old && unit.state() == "active");
    let ticks = |id: &str| {
        let grep = format!("grep -q '^{} ' /srv/{}/beat", &id[..12], app.name);
        app.host.exec(["sh", "-c", &grep]).code == 0
    };
    wait_for("a tick of the new beat", || another().filter(|id| ticks(id)), || app.host.journal());
}

/// The ticks show at least `lives` containers, and no two ticked at the same time.
#[track_caller]
fn assert_no_overlap(app: &App<'_>, lives: usize) {
    let ticks = app.host.sh(&format!("cut -d ' ' -f 1 /srv/{}/beat", app.name));
    let mut in_turn: Vec<&str> = ticks.lines().collect();
    in_turn.dedup();
    let mut distinct = in_turn.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() >= lives, "{in_turn:?}");
    assert_eq!(in_turn.len(), distinct.len(), "two beats ticked at the same time: {in_turn:?}");
}

#[test]
fn systemd_analyze_accepts_the_units() {
    let (_timed, host) = (Timed::start("units: systemd-analyze verify"), Host::shared());
    let app = App::new(&host, "golf", 8007, "");
    for process in ["run", "worker", "beat"] {
        let unit = app.install_unit(process, "--after ssh.service --extra '-e A=$b -e P=100%'");
        let output =
            host.exec(["systemd-analyze", "verify", &format!("/etc/systemd/system/{}.service", unit.name)]);
        assert_eq!((output.code, output.stdout + &output.stderr), (0, String::new()));
    }
}

#[test]
fn units_survive_a_restart_of_the_engine() {
    let (_timed, host) = (Timed::start("units: engine restarted"), Host::start());
    let app = App::new(&host, "hotel", 8008, "");
    let web = app.install_unit("run", "--extra '-p 8008:8000'");
    let beat = app.install_unit("beat", "");
    web.systemctl_ok("start");
    beat.systemctl_ok("start");
    wait_for_new_beat(&app, &beat, "");
    for disturbance in [
        "systemctl restart docker",
        "kill -9 $(cat /run/docker.pid)",
        // As an upgrade of the engine's package may do.
        "systemctl stop docker.socket docker && systemctl start docker",
    ] {
        let old = (web.container().unwrap(), beat.container().unwrap());
        // systemd allows docker.service three starts a minute, including the first one.
        host.sh("systemctl reset-failed docker.service docker.socket");
        host.sh(disturbance);
        web.wait_for_new_container(&old.0);
        wait_for_new_beat(&app, &beat, &old.1);
        app.wait_for_page("1");
    }
    assert_no_overlap(&app, 4);
}

#[test]
fn units_start_after_a_reboot_and_a_power_cut() {
    let (_timed, host) = (Timed::start("units: reboot"), Host::start());
    let app = App::new(&host, "india", 8009, "");
    let units = [app.install_unit("run", "--extra '-p 8009:8000'"), app.install_unit("worker", "")];
    for unit in &units {
        unit.systemctl_ok("start");
    }
    let wait_for_all = |condition: &str| {
        let active = |unit: &Unit<'_>| unit.state() == "active" && unit.container().is_some();
        wait_for(condition, || units.iter().all(active).then_some(()), || host.journal());
        app.wait_for_page("1");
    };
    host.reboot();
    wait_for_all("the units after a reboot");
    host.power_off();
    host.power_on();
    host.wait_until_running();
    wait_for_all("the units after a power cut");
}
