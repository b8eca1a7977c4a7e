//! The pause between web hosts, as the proxies need it.

use crate::deploy::error::Error;
use crate::deploy::host::lock_connection;
use crate::deploy::host_state::HostState;
use crate::deploy::nginx::Server;
use crate::deploy::plan;
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::rollout::Rollout;
use crate::deploy::rollout::preflight::Blocker;
use crate::deploy::topology::{Role, Topology};

/// Where nobody told us of a proxy.
const TRAP: &str = "11 s pass between web hosts: nginx leaves one out for 10 s once it failed. With max_fails=0 \
                    on the servers of its upstream none need to: PROXY_HOSTS has that seen, or SETTLE=0";

impl Rollout<'_> {
    /// The pause between web hosts, and what there is to tell about it. Also
    /// where SETTLE decides, nginx is asked whether that is enough.
    pub(super) fn settle(
        &self,
        topology: &Topology,
        facts: &[HostState],
    ) -> Result<(u64, Vec<String>), Error> {
        let (given, web) = (self.settings.settle, known(topology, facts));
        let default = given.unwrap_or(plan::SETTLE);
        if web.len() < 2 {
            return Ok((default, Vec::new()));
        }
        if self.settings.proxies.is_empty() {
            return Ok((default, given.is_none().then(|| TRAP.to_owned()).into_iter().collect()));
        }
        let (needed, mut told) = needed(&web, &self.proxies()?);
        let pause = given.unwrap_or(needed);
        if pause >= needed && given.is_some() {
            told.clear();
        } else if pause < needed {
            told.push(format!("SETTLE={pause}, though {needed} s should pass between web hosts"));
        } else if pause > 0 {
            told.push(format!("so {pause} s pass between web hosts"));
        }
        Ok((pause, told))
    }

    /// Each proxy, and the servers that its nginx names.
    fn proxies(&self) -> Result<Vec<(&str, Vec<Server>)>, Error> {
        let names: Vec<&str> = self.settings.proxies.iter().map(String::as_str).collect();
        let mut proxies = Vec::new();
        let mut hindrances = Vec::new();
        for (name, host) in names.iter().zip(self.connect_all(&names)?) {
            match lock_connection(&host).perform(&Request::Proxy, &mut |_| {}, &|| self.stopped()) {
                Ok(Response::Servers(found)) => proxies.push((*name, found)),
                Ok(_) => {}
                Err(error) => hindrances.push(((*name).to_owned(), Blocker::Connection(error.to_string()))),
            }
        }
        self.fail_on_blockers(hindrances)?;
        Ok(proxies)
    }
}

/// A web host, and the names and addresses by which nginx may know it, in
/// lower case.
type Web<'a> = (&'a str, Vec<String>);

fn known<'a>(topology: &'a Topology, facts: &[HostState]) -> Vec<Web<'a>> {
    let web = topology.with(&Role::Web).map(|(host, _)| host);
    let names = |host: usize| {
        let name = topology.hosts[host].name.as_str();
        let all = name.rsplit('@').next().into_iter().chain(facts[host].names.iter().map(String::as_str));
        (name, all.map(str::to_ascii_lowercase).collect())
    };
    web.map(names).collect()
}

/// No pause only where every proxy names every web host, and leaves none out.
fn needed(web: &[Web<'_>], proxies: &[(&str, Vec<Server>)]) -> (u64, Vec<String>) {
    let (mut needed, mut told) = (0, Vec::new());
    for (proxy, servers) in proxies {
        let mut named = vec![false; web.len()];
        let mut worst: Option<&Server> = None;
        for server in servers {
            let host = server.host.to_ascii_lowercase();
            let mut of = web.iter().enumerate().filter(|(_, (_, names))| names.contains(&host));
            let Some((at, _)) = of.next() else { continue };
            // An address of Docker's own may be each of them.
            named[at] |= of.next().is_none();
            if worst.is_none_or(|worst| worst.settle() < server.settle()) {
                worst = Some(server);
            }
        }
        for ((name, _), _) in web.iter().zip(named).filter(|(_, named)| !named) {
            needed = needed.max(plan::SETTLE);
            told.push(format!("{proxy}: no server of nginx's is known to be {name}"));
        }
        if let Some(worst) = worst.filter(|worst| worst.settle() > 0) {
            needed = needed.max(plan::SETTLE).max(worst.settle());
            let place = if worst.upstream.is_empty() { "" } else { " in upstream " };
            told.push(format!(
                "{proxy}: nginx leaves {} out for {} s once it failed (max_fails={}): it would not with \
                 max_fails=0{place}{}",
                worst.host, worst.fail_timeout, worst.max_fails, worst.upstream
            ));
        }
    }
    (needed, told)
}

#[cfg(test)]
mod tests {
    use super::needed;
    use crate::deploy::nginx::servers;

    fn told(proxies: &[&str]) -> (u64, Vec<String>) {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let web = [
            ("web1", names(&["web1", "app1", "10.0.0.1", "172.17.0.1"])),
            ("web2", names(&["web2", "10.0.0.2", "172.17.0.1"])),
        ];
        let proxies: Vec<_> = proxies.iter().map(|text| ("p", servers(text))).collect();
        needed(&web, &proxies)
    }

    const GOOD: &str = "upstream a { server WEB1:80 max_fails=0; server 10.0.0.2 max_fails=0; }";

    #[test]
    fn none_where_every_proxy_names_every_web_host_and_leaves_none_out() {
        assert_eq!(told(&[GOOD, GOOD]), (0, vec![]));
        let more = "upstream a { server App1 max_fails=0; include more; }\n# more:\nserver web2 max_fails=0;";
        assert_eq!(told(&[more]), (0, vec![]));
    }

    #[test]
    fn the_usual_where_one_of_them_is_not_known() {
        let unknown = "upstream a { server web1 max_fails=0; server web2.internal max_fails=0; }";
        let expected = (11, vec!["p: no server of nginx's is known to be web2".to_owned()]);
        assert_eq!(told(&[unknown]), expected);
        assert_eq!(told(&[GOOD, unknown]), expected);
        // Every host has that address.
        assert_eq!(told(&["server 172.17.0.1 max_fails=0; server web1 max_fails=0;"]), expected);
        let none = ["web1", "web2"].map(|host| format!("p: no server of nginx's is known to be {host}"));
        assert_eq!(told(&[""]), (11, none.to_vec()));
    }

    #[test]
    fn the_longest_of_our_servers_decides_and_is_told_with_the_mend() {
        let long = "upstream a { server web1 max_fails=0; server Web2:80 fail_timeout=1m30s; server x fail_timeout=1w; }";
        let mend = "p: nginx leaves Web2 out for 90 s once it failed (max_fails=1): it would not with max_fails=0 in upstream a";
        assert_eq!(told(&[long, GOOD]), (91, vec![mend.to_owned()]));
        assert_eq!(told(&["server web1; server web2 fail_timeout=3;"]).0, 11);
        let included = told(&["upstream a { server web1 max_fails=0; }\n# more:\nserver web2;"]).1;
        assert!(included[0].ends_with("it would not with max_fails=0"), "{included:?}");
    }
}
