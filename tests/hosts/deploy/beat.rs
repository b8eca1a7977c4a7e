//! Beat runs beside web on a host, and moves from one host to another. It never runs twice.

use super::turn::Turn;
use crate::cluster::{APP, Cluster, IMAGE};
use crate::docker::wait_for;
use crate::host::Host;

const UNIT: &str = "antisocial-beat";

/// Hosts with a unit for beat, which is removed when this is dropped.
struct Beats<'a>(Vec<&'a Host>);

impl<'a> Beats<'a> {
    #[track_caller]
    fn install(hosts: Vec<&'a Host>) -> Self {
        for host in &hosts {
            host.sh(&format!(
                "docker-runner --unit systemd {APP} beat >/etc/systemd/system/{UNIT}.service
                 systemctl daemon-reload"
            ));
        }
        Self(hosts)
    }

    /// The first and the last tick of each container of beat, in hundredths of a second of the uptime
    /// of the kernel that all hosts share.
    #[track_caller]
    fn lives(&self) -> Vec<(u64, u64, String)> {
        let mut lives: Vec<(u64, u64, String)> = Vec::new();
        for host in &self.0 {
            let text = host.sh(&format!("cat /srv/{APP}/beat 2>/dev/null || true"));
            // A killed beat may have left half a line, and a running one may be writing it.
            let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            for words in lines.map(|line| line.split(' ').collect::<Vec<_>>()) {
                let [id, release, at] = words[..] else { continue };
                let at: u64 = at.replace('.', "").parse().unwrap();
                let life = format!("{release} in {id} on {}", host.name);
                match lives.iter_mut().find(|(_, _, known)| *known == life) {
                    Some((from, to, _)) => (*from, *to) = (at.min(*from), at.max(*to)),
                    None => lives.push((at, at, life)),
                }
            }
        }
        lives.sort();
        lives
    }

    #[track_caller]
    fn assert_never_twice(&self, lives: usize) {
        let found = self.lives();
        assert_eq!(found.len(), lives, "{found:?}");
        for pair in found.windows(2) {
            assert!(pair[0].1 < pair[1].0, "two ran at the same time: {pair:?} of {found:?}");
        }
    }
}

impl Drop for Beats<'_> {
    fn drop(&mut self) {
        for host in &self.0 {
            host.exec([
                "sh",
                "-c",
                &format!(
                    "systemctl disable -q --now {UNIT}; rm -rf /etc/systemd/system/{UNIT}.service*
                 systemctl daemon-reload; systemctl reset-failed {UNIT}"
                ),
            ]);
        }
    }
}

/// The image of a unit's container; empty while the unit is not active.
fn running_image(host: &Host, unit: &str) -> String {
    let script = format!("systemctl is-active -q {unit} && docker inspect -f '{{{{.Config.Image}}}}' {unit}");
    host.exec(["sh", "-c", &script]).stdout.trim_end().to_owned()
}

/// Waits for three ticks of beat.
#[track_caller]
fn wait_for_ticks(host: &Host, release: &str) {
    let ticks = || host.exec(["grep", "-c", &format!(" {release} "), &format!("/srv/{APP}/beat")]).stdout;
    let enough = || (ticks().trim().parse().unwrap_or(0) > 2).then_some(());
    wait_for("ticks of beat", enough, || host.journal());
}

#[test]
fn beat_is_updated_beside_web() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "beat beside web");
    cluster.publish("beat2", "");
    let web = cluster.web("web1");
    let beats = Beats::install(vec![web]);
    web.sh(&format!("systemctl start {UNIT}"));
    wait_for_ticks(web, "1");
    let output = turn.deploy_with_env(&["HOSTS=web1", "BEAT_HOSTS=web1"], &["push", APP, "beat2"]);
    assert_eq!(output.code, 0, "{output:?}");
    wait_for_ticks(web, "beat2");
    // If something had stopped web's container, systemd would have restarted it.
    let restarts = web.sh(&format!("systemctl show -p NRestarts --value {APP}"));
    let new = format!("{IMAGE}:beat2");
    assert_eq!(
        (running_image(web, APP), running_image(web, UNIT), restarts.trim()),
        (new.clone(), new, "0"),
        "{output:?}"
    );
    assert_eq!(cluster.pages()[0], "beat2");
    beats.assert_never_twice(2);
}

#[test]
fn beat_moves_to_another_host() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "beat moves");
    cluster.publish("beat2", "");
    let (from, to) = (cluster.web("web2"), cluster.web("web3"));
    let beats = Beats::install(vec![from, to]);
    from.sh(&format!("systemctl enable -q --now {UNIT}"));
    wait_for_ticks(from, "1");

    // It does not start on the new host, so it returns to the old one.
    to.write(
        &format!("/etc/systemd/system/{UNIT}.service.d/fails.conf"),
        "[Service]\nExecStartPre=/bin/false\n",
    );
    to.sh("systemctl daemon-reload");
    let output = turn.deploy_with_env(&["BEAT_HOSTS=web3"], &["push", APP, "beat2"]);
    assert!(output.code == 1 && output.stderr.contains("web3: start antisocial-beat"), "{output:?}");
    turn.assert_unchanged(&output);
    assert_eq!(
        (running_image(from, UNIT), running_image(to, UNIT)),
        (format!("{IMAGE}:1"), String::new()),
        "{output:?}"
    );
    let returned = || (beats.lives().len() == 2).then_some(());
    wait_for("ticks of beat on the old host", returned, || from.journal());
    beats.assert_never_twice(2);

    to.sh(&format!("rm -r /etc/systemd/system/{UNIT}.service.d; systemctl daemon-reload"));
    let output = turn.deploy_with_env(&["BEAT_HOSTS=web3"], &["push", APP, "beat2"]);
    assert_eq!(output.code, 0, "{output:?}");
    for line in [
        "web2: antisocial-beat stops here and starts on web3",
        "web2: antisocial-beat would start at boot, in addition to the one on web3: run systemctl disable antisocial-beat.service",
    ] {
        assert!(output.stdout.contains(line), "{output:?}");
    }
    turn.assert_all_new("beat2", &output);
    wait_for_ticks(to, "beat2");
    assert_eq!(
        (running_image(from, UNIT), running_image(to, UNIT)),
        (String::new(), format!("{IMAGE}:beat2")),
        "{output:?}"
    );
    beats.assert_never_twice(3);
}
