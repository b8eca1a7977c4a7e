//! The options of `docker run`, from its documentation. The table tells options from
//! values, and finds options that do not exist.

/// An option of `docker run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The name without `--`.
    pub long: &'static str,
    /// The letter without `-`.
    pub short: Option<u8>,
    /// Whether a value follows. A switch takes a value only after `=`.
    pub takes_value: bool,
}

/// The options of Docker 28, with the older names that it still accepts. Each is the
/// name, then `=` if a value follows, else `:`, then the letter if there is one.
const FLAGS: &str = "\
    add-host= annotation= attach=a blkio-weight= blkio-weight-device= cap-add= cap-drop= \
    cgroup-parent= cgroupns= cidfile= cpu-count= cpu-percent= cpu-period= cpu-quota= cpu-rt-period= \
    cpu-rt-runtime= cpu-shares=c cpus= cpuset-cpus= cpuset-mems= detach:d detach-keys= device= \
    device-cgroup-rule= device-read-bps= device-read-iops= device-write-bps= device-write-iops= \
    disable-content-trust: dns= dns-opt= dns-option= dns-search= domainname= entrypoint= env=e \
    env-file= expose= gpus= group-add= health-cmd= health-interval= health-retries= \
    health-start-interval= health-start-period= health-timeout= help: hostname=h init: interactive:i \
    io-maxbandwidth= io-maxiops= ip= ip6= ipc= isolation= kernel-memory= label=l label-file= link= \
    link-local-ip= log-driver= log-opt= mac-address= memory=m memory-reservation= memory-swap= \
    memory-swappiness= mount= name= net= net-alias= network= network-alias= no-healthcheck: \
    oom-kill-disable: oom-score-adj= pid= pids-limit= platform= privileged: publish=p publish-all:P \
    pull= quiet:q read-only: restart= rm: runtime= security-opt= shm-size= sig-proxy: stop-signal= \
    stop-timeout= storage-opt= sysctl= tmpfs= tty:t ulimit= use-api-socket: user=u userns= uts= \
    volume=v volume-driver= volumes-from= workdir=w";

/// The options of `FLAGS`.
pub fn all() -> impl Iterator<Item = Flag> + Clone {
    FLAGS.split(' ').map(|flag| {
        let (long, short) = flag.split_once([':', '=']).unwrap_or((flag, ""));
        let takes_value = flag.as_bytes().get(long.len()) == Some(&b'=');
        Flag { long, short: short.bytes().next(), takes_value }
    })
}

/// The option with that long name.
pub fn long(name: &[u8]) -> Option<Flag> {
    all().find(|flag| flag.long.as_bytes() == name)
}

/// The option with that letter.
pub fn letter(letter: u8) -> Option<Flag> {
    all().find(|flag| flag.short == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::{Flag, all, letter, long};

    #[test]
    fn names_and_letters_are_unique() {
        let mut names: Vec<_> = all().map(|flag| flag.long).collect();
        let mut letters: Vec<_> = all().filter_map(|flag| flag.short).collect();
        names.sort_unstable();
        letters.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(letters.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!((names.len(), letters.len()), (107, 15));
    }

    #[test]
    fn parses_each_row() {
        let flag = |long, short, takes_value| Some(Flag { long, short, takes_value });
        assert_eq!(long(b"add-host"), flag("add-host", None, true));
        assert_eq!(letter(b'w'), flag("workdir", Some(b'w'), true));
        assert_eq!(letter(b'd'), flag("detach", Some(b'd'), false));
        assert_eq!(long(b"init"), flag("init", None, false));
        assert_eq!((long(b""), long(b"init:")), (None, None));
    }
}
