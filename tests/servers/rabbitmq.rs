//! RabbitMQ, in one test: it takes its time to start.

use crate::certificate::Certificate;
use crate::server::{Server, folder, free_port};
use crate::waiting::{Waiting, reason_of};
use std::path::Path;
use std::process::Command;

struct Ports {
    amqp: u16,
    amqps: u16,
    /// Erlang's port mapper, and the node's own port.
    epmd: u16,
    node: u16,
}

/// Erlang's port mapper stays when its node goes.
struct Epmd<'a>(&'a Ports);

impl Drop for Epmd<'_> {
    fn drop(&mut self) {
        let _ = Command::new("epmd").args(["-port", &self.0.epmd.to_string(), "-kill"]).output();
    }
}

fn start(folder: &Path, ports: &Ports) -> Server {
    let set = |name: &str| folder.join(name);
    let mut command = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    command
        .env("HOME", folder)
        .env("RABBITMQ_CONFIG_FILE", set("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", set("plugins"))
        .env("RABBITMQ_MNESIA_BASE", set("mnesia"))
        .env("RABBITMQ_LOG_BASE", set("logs"))
        .env("RABBITMQ_PID_FILE", set("pid"))
        .env("RABBITMQ_NODENAME", format!("test{}@localhost", ports.amqp))
        .env("RABBITMQ_DIST_PORT", ports.node.to_string())
        .env("ERL_EPMD_PORT", ports.epmd.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_RELAXED_COMMAND_CHECK", "1"); // it goes when we say so
    Server::start(&mut command, &set("log"))
}

fn configure(folder: &Path, ports: &Ports) {
    let tls = Certificate::make(folder);
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{}\nlisteners.ssl.1 = 127.0.0.1:{}\nssl_options.certfile = {}\n\
         ssl_options.keyfile = {}\nssl_options.verify = verify_none\nlog.console = true\n",
        ports.amqp,
        ports.amqps,
        tls.certificate.display(),
        tls.key.display()
    );
    std::fs::write(folder.join("rabbitmq.conf"), configuration).unwrap();
    std::fs::write(folder.join("plugins"), "[].\n").unwrap();
}

#[test]
fn absent_slow_to_start_restarted_and_with_tls() {
    let folder = folder();
    let ports = Ports { amqp: free_port(), amqps: free_port(), epmd: free_port(), node: free_port() };
    configure(folder.path(), &ports);
    let _epmd = Epmd(&ports);
    let plain = format!("amqp://user:s3cret@127.0.0.1:{}//shop", ports.amqp);
    let secure = format!("amqps://user:s3cret@127.0.0.1:{}//shop", ports.amqps);
    assert_eq!(reason_of(&plain), "connection refused");

    // Both at once; killed before it is up, and started again.
    let variables = [("BROKER_URL", plain.as_str()), ("ENTRYPOINT_WAIT", &secure)];
    let mut waiting = Waiting::start(&variables, "echo done");
    waiting.says(&format!("waiting for amqp://127.0.0.1:{} (BROKER_URL): connection refused", ports.amqp));
    let server = start(folder.path(), &ports);
    std::thread::sleep(std::time::Duration::from_secs(1));
    server.kill();
    waiting.is_waiting();
    let server = start(folder.path(), &ports);
    let said = waiting.succeeds();
    assert!(said.ends_with("\ndone\n") && !said.contains("s3cret"), "{said}");
    server.await_log("started TCP listener on 127.0.0.1");

    assert_eq!(
        reason_of(&format!("http://127.0.0.1:{}", ports.amqp)),
        "wrong protocol: expected HTTP, got AMQP"
    );
    let reason = reason_of(&format!("amqps://127.0.0.1:{}", ports.amqp));
    assert_eq!(reason, "TLS: the response is AMQP without TLS");
    let reason = reason_of(&format!("amqp://127.0.0.1:{}", ports.amqps));
    assert!(reason.contains("got TLS") || reason.starts_with("closes the connection"), "{reason}");
}
