//! The pause between web hosts that nginx needs.

use super::hosts;
use crate::run::Test;

/// Two web hosts, and a proxy with this output of `nginx -T`.
fn with_proxy(conf: &str) -> Test {
    hosts(&[("h1", &["site"]), ("h2", &["site"]), ("proxy", &[])])
        .env("HOSTS", "h1 h2")
        .env("PROXY_HOSTS", "proxy")
        .file("hosts/proxy/nginx.conf", conf)
        .args(["plan", "site", "new"])
}

/// The lines of the plan about the pause.
fn pause_lines(test: &Test) -> Vec<String> {
    let output = test.output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let about = |line: &&str| {
        ["proxy:", "SETTLE", "h2: wait 11 s", "pausing "].iter().any(|start| line.starts_with(start))
    };
    text.lines().filter(about).map(str::to_owned).collect()
}

const GOOD: &str = "http { upstream site { server H1:80 max_fails=0; server h2:80 max_fails=0; } }";

/// `nginx -T` prints an included file separately.
const INCOMPLETE: [&str; 3] = [
    "http { upstream site { server h1:80 max_fails=0; server app2.internal:80; } }",
    "upstream site { server h1:80 max_fails=0; include more; }\n# configuration file /etc/nginx/more:\nserver h2:80;\n",
    "upstream site { server H1:80; server h2:80 max_fails=0; }",
];

#[test]
fn no_pause_only_if_nginx_names_every_host_and_skips_none() {
    assert_eq!(pause_lines(&with_proxy(GOOD)), Vec::<String>::new());
    let unknown = "proxy: no nginx upstream server matches h2";
    let skipped = |host: &str, place: &str| {
        format!("proxy: nginx skips {host} for 10 s after a failure (max_fails=1): set max_fails=0{place}")
    };
    let (pausing, wait) = ("pausing 11 s between web hosts", "h2: wait 11 s for the proxies");
    assert_eq!(pause_lines(&with_proxy(INCOMPLETE[0])), [unknown, pausing, wait]);
    assert_eq!(pause_lines(&with_proxy(INCOMPLETE[1])), [&*skipped("h2", ""), pausing, wait]);
    assert_eq!(
        pause_lines(&with_proxy(INCOMPLETE[2])),
        [&*skipped("H1", " in upstream site"), pausing, wait]
    );
}

#[test]
fn settle_overrides_and_a_short_one_is_reported() {
    assert_eq!(pause_lines(&with_proxy(GOOD).env("SETTLE", "0")), Vec::<String>::new());
    let too_short = pause_lines(&with_proxy(INCOMPLETE[0]).env("SETTLE", "0"));
    assert_eq!(
        too_short,
        [
            "proxy: no nginx upstream server matches h2",
            "SETTLE=0 is too short: the proxies need 11 s between web hosts"
        ]
    );
    assert_eq!(
        pause_lines(&with_proxy(INCOMPLETE[0]).env("SETTLE", "11")),
        ["h2: wait 11 s for the proxies"]
    );
}

#[test]
fn a_failing_nginx_is_reported() {
    let test = hosts(&[("h1", &["site"]), ("h2", &["site"]), ("proxy", &[])]);
    let test = test.env("HOSTS", "h1 h2").env("PROXY_HOSTS", "proxy").args(["plan", "site", "new"]);
    let sudo = super::sudo();
    test.program("bin/nginx", "#!/bin/sh\necho 'nginx: [emerg] no such directive' >&2\nexit 1\n")
        .stdout("-- inspect\n")
        .stderr(&format!(
            "docker-deploy: proxy: cannot read the nginx configuration: {sudo}nginx -T ended with 1: nginx: [emerg] no such directive\n\
             docker-deploy: nothing was changed\n"
        ))
        .code(125)
        .run();
}
