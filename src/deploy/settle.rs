//! The pause between web hosts, as the proxies need it.

use super::action::{Action, Answer};
use super::error::Error;
use super::facts::Facts;
use super::host::held;
use super::job::Job;
use super::nginx::Server;
use super::plan;
use super::topology::{Role, Topology};
use super::trouble::Hindrance;

impl Job<'_> {
    /// The pause between web hosts, and what there is to tell about it.
    pub(super) fn settle(
        &self,
        topology: &Topology,
        facts: &[Facts],
    ) -> Result<(u64, Option<String>), Error> {
        if let Some(settle) = self.settings.settle {
            return Ok((settle, None));
        }
        if self.settings.proxies.is_empty() || topology.with(&Role::Web).count() < 2 {
            return Ok((plan::SETTLE, None));
        }
        let names: Vec<&str> = self.settings.proxies.iter().map(String::as_str).collect();
        let mut servers = Vec::new();
        let mut hindrances = Vec::new();
        for (name, host) in names.iter().zip(self.connected(&names)?) {
            match held(&host).perform(&Action::Proxy, &mut |_| {}, &|| false) {
                Ok(Answer::Servers(found)) => servers.extend(found),
                Ok(_) => {}
                Err(error) => hindrances.push(((*name).to_owned(), Hindrance::Connection(error.to_string()))),
            }
        }
        self.nothing_in_the_way(hindrances)?;
        Ok(settle_for(&known(topology, facts), &servers))
    }
}

/// The names and addresses by which nginx may know the web hosts.
fn known(topology: &Topology, facts: &[Facts]) -> Vec<String> {
    let web = topology.with(&Role::Web).map(|(host, _)| host);
    let mut names = Vec::new();
    for host in web {
        let name = &topology.hosts[host].name;
        names.push(name.rsplit('@').next().unwrap_or(name).to_owned());
        names.extend(facts[host].names.clone());
    }
    names
}

fn settle_for(names: &[String], servers: &[Server]) -> (u64, Option<String>) {
    let ours: Vec<&Server> = servers.iter().filter(|server| names.contains(&server.host)).collect();
    let Some(worst) = ours.iter().max_by_key(|server| server.settle()) else {
        let told = "nginx names none of the web hosts: waiting as for its defaults between them";
        return (plan::SETTLE, Some(told.to_owned()));
    };
    let told = (worst.settle() > 0).then(|| {
        format!(
            "nginx leaves {} out for {} s once it failed (max_fails={}), so {} s pass between web hosts; \
             with max_fails=0 in upstream {} none would",
            worst.host,
            worst.fail_timeout,
            worst.max_fails,
            worst.settle(),
            worst.upstream
        )
    });
    (worst.settle(), told)
}

#[cfg(test)]
mod tests {
    use super::settle_for;
    use crate::deploy::nginx::servers;

    #[test]
    fn the_longest_of_our_servers_decides() {
        let names = ["web1".to_owned(), "10.0.0.2".to_owned()];
        let settle = |text: &str| settle_for(&names, &servers(text)).0;
        assert_eq!(settle("upstream a { server web1:80 max_fails=0; server 10.0.0.2 max_fails=0; }"), 0);
        assert_eq!(settle("upstream a { server web1:80 max_fails=0; server 10.0.0.2 fail_timeout=30; }"), 31);
        assert_eq!(settle("upstream a { server other:80 max_fails=0; }"), 11);
    }
}
