//! The job that docker-deploy replaces, as it always was: one ssh for everything, one host after
//! the other, stop and start without a look at what comes of it.

use crate::cluster::Cluster;
use std::time::{Duration, Instant};

/// Its parameters.
pub(crate) struct OldJob<'a> {
    pub(crate) app: &'a str,
    pub(crate) image: &'a str,
    pub(crate) web: &'a [&'a str],
    pub(crate) worker: &'a [&'a str],
    pub(crate) beat: &'a str,
}

impl OldJob<'_> {
    /// The units that it was used to did not wait until the app was well.
    #[track_caller]
    pub(crate) fn take_gates_away(&self, cluster: &Cluster) {
        for web in &cluster.webs {
            for unit in ["", "-worker", "-beat"] {
                let path = format!("/etc/systemd/system/{}{unit}.service.d/old.conf", self.app);
                web.write(&path, "[Service]\nExecStartPost=\n");
            }
            web.sh("systemctl daemon-reload");
        }
    }

    /// Those of today again.
    #[track_caller]
    pub(crate) fn put_gates_back(&self, cluster: &Cluster) {
        for web in &cluster.webs {
            web.sh(&format!(
                "rm -f /etc/systemd/system/{}*.service.d/old.conf; systemctl daemon-reload",
                self.app
            ));
        }
    }

    /// Runs it on control; how long it took.
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
