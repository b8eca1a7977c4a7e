//! What nginx says about the pause between web hosts.

use super::hosts;
use crate::run::Test;

/// Two web hosts and a proxy with these files, as `nginx -T` shows them.
fn proxied(conf: &str) -> Test {
    hosts(&[("h1", &["site"]), ("h2", &["site"]), ("proxy", &[])])
        .env("HOSTS", "h1 h2")
        .env("PROXY_HOSTS", "proxy")
        .file("hosts/proxy/nginx.conf", conf)
        .args(["plan", "site", "new"])
}

/// The lines of the plan that are about the pause.
fn told(test: &Test) -> Vec<String> {
    let output = test.output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let about = |line: &&str| {
        ["proxy:", "so ", "SETTLE", "h2: 11 s", "11 s"].iter().any(|start| line.starts_with(start))
    };
    text.lines().filter(about).map(str::to_owned).collect()
}

const GOOD: &str = "http { upstream site { server H1:80 max_fails=0; server h2:80 max_fails=0; } }";

/// `nginx -T` does not put an included file where it is included.
const PARTLY: [&str; 3] = [
    "http { upstream site { server h1:80 max_fails=0; server app2.internal:80; } }",
    "upstream site { server h1:80 max_fails=0; include more; }\n# configuration file /etc/nginx/more:\nserver h2:80;\n",
    "upstream site { server H1:80; server h2:80 max_fails=0; }",
];

#[test]
fn none_only_where_it_names_all_and_leaves_none_out() {
    assert_eq!(told(&proxied(GOOD)), Vec::<String>::new());
    let unknown = "proxy: no server of nginx's is known to be h2";
    let banned = |host: &str, place: &str| {
        format!(
            "proxy: nginx leaves {host} out for 10 s once it failed (max_fails=1): it would not with max_fails=0{place}"
        )
    };
    let (so, pause) = ("so 11 s pass between web hosts", "h2: 11 s for the proxies");
    assert_eq!(told(&proxied(PARTLY[0])), [unknown, so, pause]);
    assert_eq!(told(&proxied(PARTLY[1])), [&*banned("h2", ""), so, pause]);
    assert_eq!(told(&proxied(PARTLY[2])), [&*banned("H1", " in upstream site"), so, pause]);
}

#[test]
fn settle_holds_and_is_told_where_it_is_less() {
    assert_eq!(told(&proxied(GOOD).env("SETTLE", "0")), Vec::<String>::new());
    let less = told(&proxied(PARTLY[0]).env("SETTLE", "0"));
    assert_eq!(
        less,
        [
            "proxy: no server of nginx's is known to be h2",
            "SETTLE=0, though 11 s should pass between web hosts"
        ]
    );
    assert_eq!(told(&proxied(PARTLY[0]).env("SETTLE", "11")), ["h2: 11 s for the proxies"]);
}

#[test]
fn nginx_that_can_not_be_asked() {
    let test = hosts(&[("h1", &["site"]), ("h2", &["site"]), ("proxy", &[])]);
    let test = test.env("HOSTS", "h1 h2").env("PROXY_HOSTS", "proxy").args(["plan", "site", "new"]);
    let sudo = super::sudo();
    test.program("bin/nginx", "#!/bin/sh\necho 'nginx: [emerg] no such directive' >&2\nexit 1\n")
        .stdout("-- look\n")
        .stderr(&format!(
            "docker-deploy: proxy: cannot ask nginx: {sudo}nginx -T ended with 1: nginx: [emerg] no such directive\n\
             docker-deploy: nothing was changed\n"
        ))
        .code(125)
        .run();
}
