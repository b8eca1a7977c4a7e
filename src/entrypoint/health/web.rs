//! A web server: one HTTP request to the address on which it listens.

use super::Unhealthy;
use super::role::family;
use super::settings::HealthSettings;
use crate::entrypoint::wait::{self, Protocol, Reason};
use crate::sys::identity::{self, Identity};
use crate::sys::net::Address;
use crate::sys::proc::Process;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Requests a page from the server.
pub(super) fn probe(address: &Address, settings: &HealthSettings) -> Result<(), Unhealthy> {
    let protocol = Protocol::Site { host: settings.host.clone(), path: settings.path.clone() };
    let probe = |address: &Address| wait::probe_address(address, &protocol, settings.timeout);
    let result = match (probe(address), as_ipv4(address)) {
        (Err(Reason::Refused | Reason::Unreachable), Some(other)) => probe(&other),
        (result, _) => result,
    };
    result.map_err(|reason| Unhealthy::Web { place: show(address), host: settings.host.clone(), reason })
}

/// The address on which the server or one of its workers listens; PORT where the
/// descriptors of these processes cannot be read.
pub(super) fn address(processes: &[Process], head: &Process, port: u16) -> Result<Address, Unhealthy> {
    let family = family(processes, head);
    let mut sockets = sockets(&family);
    if sockets.is_none() && identity::euid() == 0 {
        // Root without CAP_SYS_PTRACE can read only its own descriptors (proc(5)): become the server's user.
        if let Some((uid, gid)) = head.owner().filter(|(uid, _)| *uid != 0) {
            Identity { uid, gid, groups: vec![gid] }.assume().map_err(|_| Unhealthy::SocketsHidden)?;
            sockets = self::sockets(&family);
        }
    }
    let by_port = || Address::Internet(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    let Some(sockets) = sockets else { return Ok(by_port()) };
    let listeners = head.listeners();
    let listener =
        |inode: &u64| listeners.iter().find(|(other, _)| other == inode).map(|(_, address)| address);
    choose(sockets.iter().filter_map(listener), port).cloned().ok_or(Unhealthy::NotListening)
}

fn sockets(family: &[&Process]) -> Option<Vec<u64>> {
    let found: Vec<Vec<u64>> = family.iter().filter_map(|process| process.socket_inodes()).collect();
    if found.is_empty() { None } else { Some(found.concat()) }
}

/// PORT if the server listens on it, else its first port, else its first Unix
/// socket that is not gunicorn's control socket.
fn choose<'a>(addresses: impl Iterator<Item = &'a Address>, port: u16) -> Option<&'a Address> {
    let rank = |address: &&Address| match address {
        Address::Internet(address) if address.port() == port => 0,
        Address::Internet(_) => 1,
        Address::Unix(path) if path.extension().is_none_or(|extension| extension != "ctl") => 2,
        Address::Unix(_) => 3,
    };
    addresses.min_by_key(rank).filter(|address| rank(address) < 3)
}

/// Where the container has no IPv6, a server that listens on all addresses of both
/// families responds on `127.0.0.1`.
fn as_ipv4(address: &Address) -> Option<Address> {
    match address {
        Address::Internet(SocketAddr::V6(address)) if address.ip().is_loopback() => {
            Some(Address::Internet(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())))
        }
        _ => None,
    }
}

pub(super) fn show(address: &Address) -> String {
    match address {
        Address::Internet(address) => address.to_string(),
        Address::Unix(path) => crate::report::printable(path),
    }
}

#[cfg(test)]
mod tests {
    use super::choose;
    use crate::sys::net::Address;

    #[test]
    fn port_is_preferred_and_a_control_socket_never_chosen() {
        let internet = |text: &str| Address::Internet(text.parse().unwrap());
        let unix = |path: &str| Address::Unix(path.into());
        let all = [
            unix("/run/gunicorn.ctl"),
            unix("/run/app.sock"),
            internet("127.0.0.1:9"),
            internet("10.0.0.1:8000"),
        ];
        assert_eq!(choose(all.iter(), 8000), Some(&all[3]));
        assert_eq!(choose(all.iter(), 7), Some(&all[2]));
        assert_eq!(choose(all[..2].iter(), 8000), Some(&all[1]));
        assert_eq!(choose(all[..1].iter(), 8000), None);
    }
}
