//! Faults that the tests cause. Each ends when its guard is dropped.

use crate::cluster::{Cluster, reaches_registry, start_registry};
use crate::docker::wait_for;
use crate::host::Host;

/// A fault that lasts until this is dropped.
#[must_use = "the fault ends as soon as this is dropped"]
pub(crate) struct Fault<'a> {
    restore: Option<Box<dyn FnOnce() + 'a>>,
}

impl<'a> Fault<'a> {
    fn until(restore: impl FnOnce() + 'a) -> Self {
        Self { restore: Some(Box::new(restore)) }
    }

    /// Ends it now.
    pub(crate) fn end(self) {
        drop(self);
    }

    /// The host has no network, as with its cable unplugged.
    #[track_caller]
    pub(crate) fn unreachable(host: &'a Host) -> Self {
        host.sh("ip link set eth0 down");
        Self::until(|| {
            host.sh("ip link set eth0 up");
            // The other hosts may take a while to notice.
            let connected = || reaches_registry(host, "control").then_some(());
            wait_for("the network", connected, || host.journal());
        })
    }

    /// The registry refuses all connections.
    #[track_caller]
    pub(crate) fn registry_down(cluster: &'a Cluster) -> Self {
        cluster.control.sh("systemctl stop docker-registry");
        Self::until(|| start_registry(&cluster.control))
    }

    /// The registry refuses the connections of this host only.
    #[track_caller]
    pub(crate) fn no_registry(host: &'a Host) -> Self {
        let rule = "OUTPUT -p tcp --dport 5000 -j REJECT --reject-with tcp-reset";
        host.sh(&format!("iptables -I {rule}"));
        Self::until(move || drop(host.sh(&format!("iptables -D {rule}"))))
    }

    /// This host reaches a registry on itself, which is empty, instead of the real one.
    #[track_caller]
    pub(crate) fn another_registry(host: &'a Host) -> Self {
        let rule = "OUTPUT -p tcp --dport 5000 -j DNAT --to-destination $(hostname -i):5000";
        start_registry(host);
        host.sh(&format!("iptables -t nat -I {rule}"));
        Self::until(move || {
            host.sh(&format!("iptables -t nat -D {rule}; systemctl stop docker-registry"));
        })
    }

    /// The disk has no space for an image that is pulled.
    #[track_caller]
    pub(crate) fn no_room_for_images(host: &'a Host) -> Self {
        host.sh("mount -t tmpfs -o size=64k tmpfs /var/lib/docker/tmp");
        Self::until(|| unmount(host, "/var/lib/docker/tmp"))
    }

    /// The disk under this folder is full; its files stay readable.
    #[track_caller]
    pub(crate) fn disk_full(host: &'a Host, folder: &'a str) -> Self {
        host.sh(&format!(
            "old=$(mktemp -d); cp -a {folder}/. $old/; stat -c '%u:%g' {folder} >/run/owner
             mount -t tmpfs -o size=64k tmpfs {folder}; chown $(cat /run/owner) {folder}
             cp -a $old/. {folder}/; dd if=/dev/zero of={folder}/.filler bs=4k status=none || true"
        ));
        Self::until(move || unmount(host, folder))
    }

    /// The folder is on a read-only file system.
    #[track_caller]
    pub(crate) fn read_only(host: &'a Host, folder: &'a str) -> Self {
        host.sh(&format!("mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}"));
        Self::until(move || unmount(host, folder))
    }

    /// New ssh connections are refused; open ones stay.
    #[track_caller]
    pub(crate) fn no_ssh(host: &'a Host) -> Self {
        host.sh("systemctl stop ssh");
        Self::until(|| drop(host.sh("systemctl start ssh")))
    }
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        if let Some(restore) = self.restore.take() {
            restore();
        }
    }
}

/// Unmounts at once, although a process may still have a file open there.
fn unmount(host: &Host, folder: &str) {
    host.sh(&format!("umount --lazy {folder}"));
}

/// Kills the open ssh connections, as a firewall that lost its state does; new ones work.
#[track_caller]
pub(crate) fn cut_ssh(host: &Host) {
    let others = "pgrep -x sshd | grep -vx $(systemctl show -p MainPID --value ssh)";
    // A connection may have ended by itself meanwhile.
    host.sh(&format!("{others} | xargs -r kill -KILL || true"));
}
