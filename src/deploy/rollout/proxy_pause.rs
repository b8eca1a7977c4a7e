//! The pause between web hosts that the proxies need.

use crate::deploy::error::Error;
use crate::deploy::host::{lock_connection, unexpected_response};
use crate::deploy::host_state::HostState;
use crate::deploy::nginx::Server;
use crate::deploy::plan::DEFAULT_PAUSE;
use crate::deploy::plan::warnings::Warning;
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::role::Role;
use crate::deploy::rollout::inspect::Inspector;
use crate::deploy::topology::Topology;

/// The pause between web hosts, and what users should know about it.
pub(super) struct ProxyPause {
    pub(super) seconds: u64,
    pub(super) warnings: Vec<Warning>,
}

/// A web host, and the names and addresses that nginx may use for it, in lower
/// case.
type WebHost<'a> = (&'a str, Vec<String>);

impl ProxyPause {
    /// SETTLE, else what the proxies need, else the default. The proxies are
    /// inspected even if SETTLE is set, to warn if it is too short.
    pub(super) fn determine(
        inspector: &Inspector<'_>,
        topology: &Topology,
        host_states: &[HostState],
    ) -> Result<Self, Error> {
        let (settle, web_hosts) = (inspector.settings.settle, web_hosts(topology, host_states));
        let seconds = settle.unwrap_or(DEFAULT_PAUSE);
        if web_hosts.len() < 2 {
            return Ok(Self { seconds, warnings: Vec::new() });
        }
        if inspector.settings.proxies.is_empty() {
            let warning = settle.is_none().then_some(Warning::DefaultPause);
            return Ok(Self { seconds, warnings: warning.into_iter().collect() });
        }
        let (needed, warnings) = needed_pause(&web_hosts, &proxy_servers(inspector)?);
        Ok(Self::compare(settle, needed, warnings))
    }

    fn compare(settle: Option<u64>, needed: u64, mut warnings: Vec<Warning>) -> Self {
        match settle {
            Some(settle) if settle >= needed => warnings.clear(),
            Some(settle) => warnings.push(Warning::SettleTooShort { settle, needed }),
            None if needed > 0 => warnings.push(Warning::ProxyPause { seconds: needed }),
            None => {}
        }
        Self { seconds: settle.unwrap_or(needed), warnings }
    }
}

/// Each proxy, and the upstream servers of its nginx.
fn proxy_servers<'a>(inspector: &Inspector<'a>) -> Result<Vec<(&'a str, Vec<Server>)>, Error> {
    let names: Vec<&str> = inspector.settings.proxies.iter().map(String::as_str).collect();
    let servers = |(name, connection)| {
        let response = lock_connection(connection).query(&Request::NginxServers, &|| inspector.stopped());
        let servers = match response {
            Ok(Response::Servers(servers)) => Ok((name, servers)),
            Ok(_) => Err(unexpected_response()),
            Err(failure) => Err(failure),
        };
        (name, servers)
    };
    let connections = inspector.connect_all(&names)?;
    inspector.all_or_blocked(names.iter().copied().zip(&connections).map(servers))
}

fn web_hosts<'a>(topology: &'a Topology, host_states: &'a [HostState]) -> Vec<WebHost<'a>> {
    let names = |(host, _): (usize, &str)| {
        let name = topology.hosts[host].name.as_str();
        let without_user = name.rsplit('@').next().into_iter();
        let all = without_user.chain(host_states[host].names.iter().map(String::as_str));
        (name, all.map(str::to_ascii_lowercase).collect())
    };
    topology.hosts_with(&Role::Web).map(names).collect()
}

/// The longest pause that a proxy needs, in seconds: 0 only if every proxy
/// names every web host and never skips one.
fn needed_pause(web_hosts: &[WebHost<'_>], proxies: &[(&str, Vec<Server>)]) -> (u64, Vec<Warning>) {
    let (mut needed, mut warnings) = (0, Vec::new());
    for (proxy, servers) in proxies {
        let mut named = vec![false; web_hosts.len()];
        let mut slowest: Option<&Server> = None;
        for server in servers {
            let address = server.host.to_ascii_lowercase();
            let mut matches = web_hosts.iter().enumerate().filter(|(_, (_, names))| names.contains(&address));
            let Some((index, _)) = matches.next() else { continue };
            // An address that several hosts have, such as Docker's bridge, names none of them.
            named[index] |= matches.next().is_none();
            if slowest.is_none_or(|slowest| slowest.required_pause() < server.required_pause()) {
                slowest = Some(server);
            }
        }
        for ((host, _), _) in web_hosts.iter().zip(named).filter(|(_, named)| !named) {
            needed = needed.max(DEFAULT_PAUSE);
            warnings.push(Warning::UnknownServer { proxy: (*proxy).to_owned(), host: (*host).to_owned() });
        }
        if let Some(slowest) = slowest.filter(|slowest| slowest.required_pause() > 0) {
            needed = needed.max(DEFAULT_PAUSE).max(slowest.required_pause());
            warnings.push(Warning::SkippedServer {
                proxy: (*proxy).to_owned(),
                server: slowest.host.clone(),
                upstream: slowest.upstream.clone(),
                max_fails: slowest.max_fails,
                fail_timeout: slowest.fail_timeout,
            });
        }
    }
    (needed, warnings)
}

#[cfg(test)]
mod tests {
    use super::needed_pause;
    use crate::deploy::nginx::servers;

    fn pause(proxies: &[&str]) -> (u64, Vec<String>) {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let web = [
            ("web1", names(&["web1", "app1", "10.0.0.1", "172.17.0.1"])),
            ("web2", names(&["web2", "10.0.0.2", "172.17.0.1"])),
        ];
        let proxies: Vec<_> = proxies.iter().map(|text| ("p", servers(text))).collect();
        let (needed, warnings) = needed_pause(&web, &proxies);
        (needed, warnings.iter().map(ToString::to_string).collect())
    }

    const GOOD: &str = "upstream a { server WEB1:80 max_fails=0; server 10.0.0.2 max_fails=0; }";

    #[test]
    fn no_pause_if_every_proxy_names_every_web_host_and_skips_none() {
        assert_eq!(pause(&[GOOD, GOOD]), (0, vec![]));
        let more = "upstream a { server App1 max_fails=0; include more; }\n# more:\nserver web2 max_fails=0;";
        assert_eq!(pause(&[more]), (0, vec![]));
    }

    #[test]
    fn the_default_pause_if_a_web_host_is_not_named() {
        let unknown = "upstream a { server web1 max_fails=0; server web2.internal max_fails=0; }";
        let expected = (11, vec!["p: no nginx upstream server matches web2".to_owned()]);
        assert_eq!(pause(&[unknown]), expected);
        assert_eq!(pause(&[GOOD, unknown]), expected);
        // Every host has this address.
        assert_eq!(pause(&["server 172.17.0.1 max_fails=0; server web1 max_fails=0;"]), expected);
        let none = ["web1", "web2"].map(|host| format!("p: no nginx upstream server matches {host}"));
        assert_eq!(pause(&[""]), (11, none.to_vec()));
    }

    #[test]
    fn the_longest_fail_timeout_decides_and_the_warning_names_the_fix() {
        let long = "upstream a { server web1 max_fails=0; server Web2:80 fail_timeout=1m30s; server x fail_timeout=1w; }";
        let warning =
            "p: nginx skips Web2 for 90 s after a failure (max_fails=1): set max_fails=0 in upstream a";
        assert_eq!(pause(&[long, GOOD]), (91, vec![warning.to_owned()]));
        assert_eq!(pause(&["server web1; server web2 fail_timeout=3;"]).0, 11);
        let equal = pause(&["upstream a { server web1; server web2; }"]).1;
        assert!(equal[0].contains("skips web1"), "{equal:?}");
        let included = pause(&["upstream a { server web1 max_fails=0; }\n# more:\nserver web2;"]).1;
        assert!(included[0].ends_with("set max_fails=0"), "{included:?}");
    }
}
