//! What goes wrong on purpose. Each fault is mended when its guard is dropped.

use crate::cluster::{Cluster, reaches_registry, start_registry};
use crate::docker::wait_for;
use crate::host::Host;

/// A fault that lasts until it is dropped.
#[must_use = "the fault is mended as soon as this is dropped"]
pub(crate) struct Fault<'a> {
    mend: Option<Box<dyn FnOnce() + 'a>>,
}

impl<'a> Fault<'a> {
    fn until(mend: impl FnOnce() + 'a) -> Self {
        Self { mend: Some(Box::new(mend)) }
    }

    /// Ends it now.
    pub(crate) fn mend(self) {
        drop(self);
    }

    /// Nobody reaches the host, and it reaches nobody, as with its cable pulled.
    #[track_caller]
    pub(crate) fn unreachable(host: &'a Host) -> Self {
        host.sh("ip link set eth0 down");
        Self::until(|| {
            host.sh("ip link set eth0 up");
            // Its neighbours may take a while to notice.
            let back = || reaches_registry(host, "control").then_some(());
            wait_for("the network", back, || host.journal());
        })
    }

    /// The registry refuses connections.
    #[track_caller]
    pub(crate) fn registry_down(cluster: &'a Cluster) -> Self {
        cluster.control.sh("systemctl stop docker-registry");
        Self::until(|| start_registry(&cluster.control))
    }

    /// This host alone is refused by the registry.
    #[track_caller]
    pub(crate) fn no_registry(host: &'a Host) -> Self {
        let rule = "OUTPUT -p tcp --dport 5000 -j REJECT --reject-with tcp-reset";
        host.sh(&format!("iptables -I {rule}"));
        Self::until(move || drop(host.sh(&format!("iptables -D {rule}"))))
    }

    /// What this host takes for the registry is one of its own, and empty.
    #[track_caller]
    pub(crate) fn another_registry(host: &'a Host) -> Self {
        let rule = "OUTPUT -p tcp --dport 5000 -j DNAT --to-destination $(hostname -i):5000";
        start_registry(host);
        host.sh(&format!("iptables -t nat -I {rule}"));
        Self::until(move || {
            host.sh(&format!("iptables -t nat -D {rule}; systemctl stop docker-registry"));
        })
    }

    /// There is no room for an image that is pulled.
    #[track_caller]
    pub(crate) fn no_room_for_images(host: &'a Host) -> Self {
        host.sh("mount -t tmpfs -o size=64k tmpfs /var/lib/docker/tmp");
        Self::until(|| unmount(host, "/var/lib/docker/tmp"))
    }

    /// There is no room in this folder: what is in it stays readable, not a byte more fits.
    #[track_caller]
    pub(crate) fn disk_full(host: &'a Host, folder: &'a str) -> Self {
        host.sh(&format!(
            "old=$(mktemp -d); cp -a {folder}/. $old/; stat -c '%u:%g' {folder} >/run/owner
             mount -t tmpfs -o size=64k tmpfs {folder}; chown $(cat /run/owner) {folder}
             cp -a $old/. {folder}/; dd if=/dev/zero of={folder}/.filler bs=4k status=none || true"
        ));
        Self::until(move || unmount(host, folder))
    }

    /// Nobody, not even root, may write into this folder.
    #[track_caller]
    pub(crate) fn read_only(host: &'a Host, folder: &'a str) -> Self {
        host.sh(&format!("mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}"));
        Self::until(move || unmount(host, folder))
    }

    /// New ssh connections are refused; those there are stay.
    #[track_caller]
    pub(crate) fn no_ssh(host: &'a Host) -> Self {
        host.sh("systemctl stop ssh");
        Self::until(|| drop(host.sh("systemctl start ssh")))
    }
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        if let Some(mend) = self.mend.take() {
            mend();
        }
    }
}

/// Now, though somebody may still have a file open there, who is about to close it.
fn unmount(host: &Host, folder: &str) {
    host.sh(&format!("umount --lazy {folder}"));
}

/// Cuts the ssh connections that there are, as a firewall does that forgot them; new ones are welcome.
#[track_caller]
pub(crate) fn cut_ssh(host: &Host) {
    let others = "pgrep -x sshd | grep -vx $(systemctl show -p MainPID --value ssh)";
    // One may just be ending by itself.
    host.sh(&format!("{others} | xargs -r kill -KILL || true"));
}
