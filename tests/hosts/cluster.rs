//! A cluster: three hosts of an app, and a fourth, control, with nginx, a registry, the ssh key and
//! docker-deploy.

use crate::docker::{LABEL, docker, unique, wait_for};
use crate::host::Host;
use crate::images::{Timed, images};
use crate::leftovers;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The app's name on every host.
pub(crate) const APP: &str = "antisocial";

/// IMAGE of the app on every host.
pub(crate) const IMAGE: &str = "control:5000/site";

/// The hosts that serve the app.
pub(crate) const WEBS: [&str; 3] = ["web1", "web2", "web3"];

/// Four hosts on one Docker network.
pub(crate) struct Cluster {
    /// Runs nginx on port 80, the registry on port 5000, and docker-deploy.
    pub(crate) control: Host,
    /// `web1`, `web2`, `web3`: `ssh web1` on control logs in as the user deploy.
    pub(crate) webs: Vec<Host>,
    exclusive: Mutex<()>,
    // The last field: a network can be removed only after its hosts.
    network: Network,
}

impl Cluster {
    /// The cluster that the tests share, one at a time (`exclusive`); removed after the last one.
    #[track_caller]
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// Waits for exclusive use of the cluster, until the guard is dropped.
    pub(crate) fn exclusive(&self) -> MutexGuard<'_, ()> {
        self.exclusive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts four hosts in parallel, with the first release running behind nginx.
    #[track_caller]
    pub(crate) fn start() -> Self {
        images();
        let _timed = Timed::start("a cluster of four starts");
        let network = Network::create();
        let (control, webs) = std::thread::scope(|scope| {
            let control = scope.spawn(|| network.host("control", 10));
            let network = &network;
            let webs = [1, 2, 3].map(|n| scope.spawn(move || network.host(WEBS[n - 1], 10 + n)));
            (control.join().unwrap(), webs.map(|web| web.join().unwrap()))
        });
        let cluster = Self { control, webs: webs.into(), exclusive: Mutex::new(()), network };
        cluster.give_ssh_access();
        start_registry(&cluster.control);
        cluster.control.load(&images().site, "site:base");
        cluster.publish("1", "");
        cluster.install_site();
        cluster
    }

    /// Creates a key on control that the hosts accept, and adds their host keys to its known_hosts.
    #[track_caller]
    fn give_ssh_access(&self) {
        let key = self.control.sh("mkdir -m 700 -p /root/.ssh; cd /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f id_ed25519; cat id_ed25519.pub");
        let mut known = String::new();
        for (name, web) in WEBS.iter().zip(&self.webs) {
            web.write("/home/deploy/.ssh/authorized_keys", &key);
            web.sh("chown -R deploy: /home/deploy/.ssh && chmod 700 /home/deploy/.ssh");
            known += &format!("{name} {}", web.sh("cat /etc/ssh/ssh_host_ed25519_key.pub"));
        }
        self.control.write("/root/.ssh/known_hosts", &known);
        self.control.write("/root/.ssh/config", "Host web*\n  User deploy\n");
    }

    /// Builds a release with its tag as its page, these faults and one unique layer, and pushes it
    /// to the registry.
    #[track_caller]
    pub(crate) fn publish(&self, tag: &str, faults: &str) {
        self.control.sh(&format!(
            "cd $(mktemp -d); head -c 200000 /dev/urandom >layer
             printf 'FROM site:base\nENV RELEASE={tag} FAULTS={faults}\nCOPY layer /\n' >Dockerfile
             docker build -q -t {IMAGE}:{tag} . && docker push -q {IMAGE}:{tag}"
        ));
    }

    /// Installs the app on every host, and nginx in front of it.
    #[track_caller]
    fn install_site(&self) {
        std::thread::scope(|scope| {
            for web in &self.webs {
                scope.spawn(|| install_app(web));
            }
        });
        let servers: Vec<String> = WEBS.iter().map(|name| format!("  server {name}:8000;\n")).collect();
        let site = "server {\n  listen 80 default_server;\n  location / {\n    proxy_pass http://antisocial;\n  }\n}\n";
        let upstream = format!("upstream antisocial {{\n{}}}\n", servers.concat());
        self.control.write("/etc/nginx/conf.d/antisocial.conf", &(upstream + site));
        self.control.sh("systemctl start nginx");
        let page = || (self.page() == "1").then_some(());
        wait_for("the first page through nginx", page, || self.control.journal());
    }

    /// Puts every host back to the first release, without any history.
    #[track_caller]
    pub(crate) fn reset(&self) {
        let script = format!(
            "cd /var/www/{APP}; rm -rf .deploy REVERT; rm -f /srv/{APP}/*; echo 'export TAG=1' >TAG
             systemctl reset-failed {APP} 2>/dev/null || true; systemctl restart {APP}"
        );
        std::thread::scope(|scope| {
            for web in &self.webs {
                scope.spawn(|| web.sh(&script));
            }
        });
        let ready = || (self.pages() == ["1", "1", "1"]).then_some(());
        wait_for("every host to serve the first release", ready, || self.webs[0].journal());
    }

    /// The host of this name.
    #[track_caller]
    pub(crate) fn web(&self, name: &str) -> &Host {
        let index = WEBS.iter().position(|web| *web == name).unwrap();
        &self.webs[index]
    }

    /// The number of ssh connections that the hosts have accepted so far.
    pub(crate) fn handshakes(&self) -> usize {
        let count = |web: &Host| web.sh("journalctl -u ssh | grep -c 'Accepted publickey' || true");
        self.webs.iter().map(|web| count(web).trim().parse::<usize>().unwrap()).sum()
    }

    /// The Docker network of the hosts.
    pub(crate) fn network_name(&self) -> &str {
        &self.network.name
    }

    /// The address that ends in this number: control has 10, the hosts 11 to 13.
    pub(crate) fn address(&self, number: u8) -> String {
        format!("{}.{number}", self.network.prefix)
    }

    /// The address of nginx.
    pub(crate) fn proxy(&self) -> SocketAddr {
        format!("{}:80", self.address(10)).parse().unwrap()
    }

    /// The page that nginx serves.
    pub(crate) fn page(&self) -> String {
        self.control.exec(["curl", "-sf", "-m", "30", "http://127.0.0.1/"]).stdout.trim_end().to_owned()
    }

    /// The pages of the three hosts, requested from each directly.
    pub(crate) fn pages(&self) -> Vec<String> {
        let page = |name: &&str| {
            let url = format!("http://{name}:8000/");
            self.control.exec(["curl", "-sf", "-m", "30", &url]).stdout.trim_end().to_owned()
        };
        WEBS.iter().map(page).collect()
    }
}

/// Starts a host's registry, and waits until it listens.
#[track_caller]
pub(crate) fn start_registry(host: &Host) {
    host.sh("systemctl start docker-registry");
    let responds = || reaches_registry(host, "127.0.0.1").then_some(());
    wait_for("the registry", responds, || host.journal());
}

/// Whether the registry at this address responds to a host.
pub(crate) fn reaches_registry(host: &Host, address: &str) -> bool {
    host.exec(["curl", "-s", "-o", "/dev/null", "-m", "5", &format!("http://{address}:5000/v2/")]).code == 0
}

/// Writes the app's two files, and installs, enables and starts its unit with the first release.
#[track_caller]
fn install_app(web: &Host) {
    let options = "--rm -v /srv/antisocial:/state";
    web.write(&format!("/etc/default/{APP}"), &format!("export IMAGE={IMAGE}\nexport OPTS=\"{options}\"\n"));
    web.write(&format!("/var/www/{APP}/TAG"), "export TAG=1\n");
    web.sh(&format!("mkdir -p /srv/{APP}; chown -R deploy: /var/www/{APP}; docker pull -q {IMAGE}:1"));
    web.sh(&format!(
        "docker-runner --unit systemd --extra '-p 8000:8000' {APP} >/etc/systemd/system/{APP}.service
         systemctl daemon-reload; systemctl enable -q {APP}; systemctl start {APP}"
    ));
}

/// The Docker network of a cluster. Hosts find each other by name, and keep their addresses over a reboot.
struct Network {
    name: String,
    /// The first three numbers of the addresses.
    prefix: String,
}

impl Network {
    /// Docker knows which subnets are free, but allows fixed addresses only in a subnet that the caller
    /// names: so the subnet comes from a network that is created and removed. Another process may take
    /// the subnet first; then this starts again.
    #[track_caller]
    fn create() -> Self {
        leftovers::remove();
        let (name, owner) = (unique("network"), leftovers::label());
        let create = ["network", "create", "--label", LABEL, "--label", &owner];
        let attempt = || {
            docker(create.iter().chain(&[name.as_str()])).ok();
            let template = "{{range .IPAM.Config}}{{.Subnet}}{{end}}";
            let subnet = docker(["network", "inspect", "--format", template, &name]).ok();
            docker(["network", "rm", &name]).ok();
            let created = docker(create.iter().chain(&["--subnet", subnet.trim_end(), &name]));
            (created.code == 0).then(|| subnet.rsplit_once('.').unwrap().0.to_owned())
        };
        let prefix = wait_for("a free subnet", attempt, String::new);
        Self { name, prefix }
    }

    /// Starts a host of this name with the tested binary; its address ends in this number.
    #[track_caller]
    fn host(&self, name: &str, number: usize) -> Host {
        let address = format!("{}.{number}", self.prefix);
        let network = ["--network", &self.name, "--network-alias", name, "--ip", &address];
        let host = Host::bare(&[&["--hostname", name], &network[..]].concat());
        host.install();
        host
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        docker(["network", "rm", &self.name]);
    }
}
