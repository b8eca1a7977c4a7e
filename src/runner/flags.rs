//! The options of `docker run`, from its documentation: the one table for
//! telling options from values, and for finding options that do not exist.

/// An option of `docker run`.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name after `--`.
    pub long: &'static str,
    /// The letter after `-`.
    pub short: Option<u8>,
    /// Whether a value follows; a switch takes one only after `=`.
    pub takes_value: bool,
}

const fn value(long: &'static str) -> Flag {
    Flag { long, short: None, takes_value: true }
}

const fn short(long: &'static str, letter: u8) -> Flag {
    Flag { long, short: Some(letter), takes_value: true }
}

const fn switch(long: &'static str) -> Flag {
    Flag { long, short: None, takes_value: false }
}

const fn short_switch(long: &'static str, letter: u8) -> Flag {
    Flag { long, short: Some(letter), takes_value: false }
}

/// Every option, those of Docker 28 and the older names it still takes.
pub static FLAGS: [Flag; 107] = [
    value("add-host"),
    value("annotation"),
    short("attach", b'a'),
    value("blkio-weight"),
    value("blkio-weight-device"),
    value("cap-add"),
    value("cap-drop"),
    value("cgroup-parent"),
    value("cgroupns"),
    value("cidfile"),
    value("cpu-count"),
    value("cpu-percent"),
    value("cpu-period"),
    value("cpu-quota"),
    value("cpu-rt-period"),
    value("cpu-rt-runtime"),
    short("cpu-shares", b'c'),
    value("cpus"),
    value("cpuset-cpus"),
    value("cpuset-mems"),
    short_switch("detach", b'd'),
    value("detach-keys"),
    value("device"),
    value("device-cgroup-rule"),
    value("device-read-bps"),
    value("device-read-iops"),
    value("device-write-bps"),
    value("device-write-iops"),
    switch("disable-content-trust"),
    value("dns"),
    value("dns-opt"),
    value("dns-option"),
    value("dns-search"),
    value("domainname"),
    value("entrypoint"),
    short("env", b'e'),
    value("env-file"),
    value("expose"),
    value("gpus"),
    value("group-add"),
    value("health-cmd"),
    value("health-interval"),
    value("health-retries"),
    value("health-start-interval"),
    value("health-start-period"),
    value("health-timeout"),
    switch("help"),
    short("hostname", b'h'),
    switch("init"),
    short_switch("interactive", b'i'),
    value("io-maxbandwidth"),
    value("io-maxiops"),
    value("ip"),
    value("ip6"),
    value("ipc"),
    value("isolation"),
    value("kernel-memory"),
    short("label", b'l'),
    value("label-file"),
    value("link"),
    value("link-local-ip"),
    value("log-driver"),
    value("log-opt"),
    value("mac-address"),
    short("memory", b'm'),
    value("memory-reservation"),
    value("memory-swap"),
    value("memory-swappiness"),
    value("mount"),
    value("name"),
    value("net"),
    value("net-alias"),
    value("network"),
    value("network-alias"),
    switch("no-healthcheck"),
    switch("oom-kill-disable"),
    value("oom-score-adj"),
    value("pid"),
    value("pids-limit"),
    value("platform"),
    switch("privileged"),
    short("publish", b'p'),
    short_switch("publish-all", b'P'),
    value("pull"),
    short_switch("quiet", b'q'),
    switch("read-only"),
    value("restart"),
    switch("rm"),
    value("runtime"),
    value("security-opt"),
    value("shm-size"),
    switch("sig-proxy"),
    value("stop-signal"),
    value("stop-timeout"),
    value("storage-opt"),
    value("sysctl"),
    value("tmpfs"),
    short_switch("tty", b't'),
    value("ulimit"),
    switch("use-api-socket"),
    short("user", b'u'),
    value("userns"),
    value("uts"),
    short("volume", b'v'),
    value("volume-driver"),
    value("volumes-from"),
    short("workdir", b'w'),
];

/// The option of that long name.
pub fn long(name: &[u8]) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.long.as_bytes() == name)
}

/// The option of that letter.
pub fn letter(letter: u8) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::FLAGS;

    #[test]
    fn no_name_and_no_letter_twice() {
        let mut names: Vec<_> = FLAGS.iter().map(|flag| flag.long).collect();
        let mut letters: Vec<_> = FLAGS.iter().filter_map(|flag| flag.short).collect();
        names.sort_unstable();
        letters.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(letters.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
