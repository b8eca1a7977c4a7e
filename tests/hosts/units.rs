//! The units that `docker-runner --unit systemd` prints, on a real systemd with a real engine.

use crate::app::{App, Unit};
use crate::docker::wait_for;
use crate::host::Host;
use crate::images::Timed;
use std::time::Duration;

/// How long an orderly stop may take on a busy machine: less than the grace of a process that does
/// not end by itself (35 s), and than the gate's patience.
const SOON: Duration = Duration::from_secs(30);

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

    let took = unit.must("stop");
    assert!(took < SOON, "stop took {took:?}");
    assert_eq!((unit.state().as_str(), unit.remains()), ("inactive", None));
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

    let limit = seconds(&unit.property("TimeoutStopUSec"));
    let took = unit.must("stop");
    assert!(took < limit, "stop took {took:?}, more than systemd's {limit:?}: the client was killed");
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
    host.write("/etc/systemd/system/delta.service.d/soon.conf", "[Service]\nTimeoutStartSec=4\n");
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

    host.sh("systemctl start --no-block echo && systemctl start before");
    wait_for("echo", || (unit.state() == "active").then_some(()), || host.journal());
    let name = host.sh("docker exec echo sh -c 'echo $SERVICE_NAME'");
    assert_eq!(name, "web\n");
    let stamp = |unit: &str, what: &str| -> u64 {
        host.sh(&format!("systemctl show -p {what} --value {unit}")).trim().parse().unwrap()
    };
    let before_ended = stamp("before", "ExecMainExitTimestampMonotonic");
    let echo_began = stamp("echo", "ExecMainStartTimestampMonotonic");
    assert!(before_ended <= echo_began, "before ended at {before_ended}, echo began at {echo_began}");
}

#[test]
fn beat_is_never_there_twice() {
    let (_timed, host) = (Timed::start("units: beat once"), Host::shared());
    let app = App::new(&host, "foxtrot", 0, "");
    let unit = app.install_unit("beat", "");
    unit.must("start");
    for disturbance in [
        "systemctl restart foxtrot-beat",
        "docker kill foxtrot-beat",
        "kill -9 $(systemctl show -p MainPID --value foxtrot-beat)",
        "systemctl kill foxtrot-beat",
    ] {
        let old = unit.container().unwrap();
        host.sh(disturbance);
        unit.wait_for_another(&old);
    }
    assert_ticked_in_turn(&app, 5);
}

/// What the beats wrote: as many lives as expected, none of which overlaps another.
#[track_caller]
fn assert_ticked_in_turn(app: &App<'_>, lives: usize) {
    let path = format!("/srv/{}/beat", app.name);
    let count = || {
        let mut ids: Vec<String> =
            app.host.sh(&format!("cut -d ' ' -f 1 {path}")).lines().map(str::to_owned).collect();
        ids.dedup();
        ids
    };
    wait_for("every beat to tick", || (count().len() >= lives).then_some(()), || format!("{:?}", count()));
    let mut in_turn = count();
    assert_eq!(in_turn.len(), lives, "{in_turn:?}");
    in_turn.sort();
    in_turn.dedup();
    assert_eq!(in_turn.len(), lives, "two beats ticked at the same time");
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
        beat.wait_for_another(&old.1);
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
    host.power_cut();
    all_back("the units after a power cut");
}

/// The seconds of systemd's `1min 30s`.
fn seconds(span: &str) -> Duration {
    let parts = span.split(' ').map(|part| {
        let digits = part.trim_end_matches(|letter: char| letter.is_alphabetic());
        let number: u64 = digits.parse().unwrap();
        match &part[digits.len()..] {
            "s" => number,
            "min" => number * 60,
            unit => panic!("{unit} of {span} is no unit of time here"),
        }
    });
    Duration::from_secs(parts.sum())
}
