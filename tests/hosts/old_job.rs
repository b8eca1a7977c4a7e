//! The build job that docker-deploy replaces: one ssh connection a command, one host after the other,
//! stop and start without a health check.

use crate::cluster::Cluster;
use std::time::{Duration, Instant};

/// The parameters of the job.
pub(crate) struct OldJob<'a> {
    pub(crate) app: &'a str,
    pub(crate) image: &'a str,
    pub(crate) web: &'a [&'a str],
    pub(crate) worker: &'a [&'a str],
    pub(crate) beat: &'a str,
}

impl OldJob<'_> {
    /// Removes the health gate from the units: the units of the old job had none.
    #[track_caller]
    pub(crate) fn remove_gates(&self, cluster: &Cluster) {
        for web in &cluster.webs {
            for unit in ["", "-worker", "-beat"] {
                let path = format!("/etc/systemd/system/{}{unit}.service.d/old.conf", self.app);
                web.write(&path, "[Service]\nExecStartPost=\n");
            }
            web.sh("systemctl daemon-reload");
        }
    }

    /// Restores the health gate of the units.
    #[track_caller]
    pub(crate) fn restore_gates(&self, cluster: &Cluster) {
        for web in &cluster.webs {
            web.sh(&format!(
                "rm -f /etc/systemd/system/{}*.service.d/old.conf; systemctl daemon-reload",
                self.app
            ));
        }
    }

    /// Runs the job on control; returns how long it took.
    #[track_caller]
    pub(crate) fn run(&self, cluster: &Cluster, tag: &str) -> Duration {
        let Self { app, image, web, worker, beat } = self;
        let (web, worker) = (web.join(" "), worker.join(" "));
        let since = Instant::now();
        cluster.control.sh(&format!(
            "for h in {web}; do
               ssh -n $h docker pull -q {image}:{tag}
               ssh -n $h 'cp /var/www/{app}/TAG /var/www/{app}/REVERT'
               ssh -n $h 'echo export TAG={tag} >/var/www/{app}/TAG'
             done
             for task in migrate collectstatic compress; do ssh -n web1 sudo docker-runner {app} $task; done
             for h in {web}; do ssh -n $h sudo systemctl stop {app}; ssh -n $h sudo systemctl start {app}; done
             for h in {worker}; do
               ssh -n $h sudo systemctl stop {app}-worker; ssh -n $h sudo systemctl start {app}-worker
             done
             ssh -n {beat} sudo systemctl stop {app}-beat; ssh -n {beat} sudo systemctl start {app}-beat"
        ));
        since.elapsed()
    }
}
