//! The upstream servers in the output of `nginx -T`, and for how long nginx
//! skips a server after a failure (ngx_http_upstream_module, `server`).

use serde::{Deserialize, Serialize};

/// A server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The upstream's name; empty for a server in a file that an upstream
    /// includes.
    pub upstream: String,
    /// Its address without the port.
    pub host: String,
    /// The number of failures after which nginx skips it; 0 means never.
    pub max_fails: u64,
    /// For how long nginx skips it, in seconds.
    pub fail_timeout: u64,
}

impl Server {
    /// The pause after it serves again until nginx uses it, in seconds.
    pub fn required_pause(&self) -> u64 {
        if self.max_fails == 0 { 0 } else { self.fail_timeout.saturating_add(1) }
    }
}

/// Parses the servers of all upstreams: `server ADDRESS …;` in any block,
/// because `nginx -T` prints an included file separately. A virtual server is
/// `server { … }`.
pub fn servers(text: &str) -> Vec<Server> {
    let mut servers = Vec::new();
    // The upstream of each open block.
    let mut blocks: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for token in tokens(text) {
        match token.as_str() {
            "{" => {
                let upstream = match words.as_slice() {
                    [directive, name, ..] if directive == "upstream" => name.clone(),
                    _ => blocks.last().cloned().unwrap_or_default(),
                };
                blocks.push(upstream);
                words.clear();
            }
            "}" => {
                blocks.pop();
                words.clear();
            }
            ";" => {
                servers.extend(server(blocks.last().map_or("", String::as_str), &words));
                words.clear();
            }
            _ => words.push(token),
        }
    }
    servers
}

fn server(upstream: &str, words: &[String]) -> Option<Server> {
    let (directive, rest) = words.split_first()?;
    let (address, options) = rest.split_first().filter(|_| directive == "server")?;
    // The last value of an option counts.
    let option = |name: &str| options.iter().rev().find_map(|option| option.strip_prefix(name));
    Some(Server {
        upstream: upstream.to_owned(),
        host: host(address).to_owned(),
        max_fails: option("max_fails=").and_then(|value| value.parse().ok()).unwrap_or(1),
        fail_timeout: option("fail_timeout=").and_then(seconds).unwrap_or(10),
    })
}

fn host(address: &str) -> &str {
    match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.trim_matches(['[', ']']),
        _ => address.trim_matches(['[', ']']),
    }
}

/// Parses a time such as `30`, `30s`, `1m30s` or `1h 30m`; days, weeks, months
/// and years too (nginx, "Configuration file measurement units").
fn seconds(text: &str) -> Option<u64> {
    let mut sum: u64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let unit = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let length: u64 = match &after[..unit] {
            "" | "s" => 1,
            "ms" => 0,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            "M" => 30 * 86_400,
            "y" => 365 * 86_400,
            _ => return None,
        };
        let part = if length == 0 { number.div_ceil(1000) } else { number.saturating_mul(length) };
        sum = sum.saturating_add(part);
        rest = after[unit..].trim_start();
    }
    Some(sum)
}

/// Splits into words, `{`, `}` and `;`; drops comments and quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![];
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '#' if word.is_empty() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            '\'' | '"' if word.is_empty() => {
                while let Some(next) = letters.next_if(|next| *next != letter) {
                    word.extend(if next == '\\' { letters.next() } else { Some(next) });
                }
                letters.next();
            }
            '{' | '}' | ';' => {
                tokens.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                tokens.push(letter.into());
            }
            space if space.is_whitespace() => {
                tokens.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            other => word.push(other),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::servers;

    #[test]
    fn the_servers_of_all_upstreams() {
        let text = "# configuration file /etc/nginx/nginx.conf:\nhttp {\n  upstream app { # two\n\
            server web1:8000;\n server 10.0.0.2:8000 max_fails=0; server [::1]:8000 fail_timeout=1m;\n\
            keepalive 8;\n }\n server { listen 80; server_name a; location / { proxy_pass http://app; } }\n}\n";
        let found = servers(text);
        let pauses: Vec<_> =
            found.iter().map(|server| (server.host.as_str(), server.required_pause())).collect();
        assert_eq!(pauses, [("web1", 11), ("10.0.0.2", 0), ("::1", 61)]);
        assert!(found.iter().all(|server| server.upstream == "app"));
    }

    /// `nginx -T` prints an included file after the one that includes it.
    #[test]
    fn a_server_in_an_included_file_counts() {
        let text = "http { upstream app {\n server h1 max_fails=0;\n include more;\n zone x { state y; }\n\
            server h3;\n }\n log_format j \"{\\\"a;\\\": 1}\"; }\n\
            # configuration file /etc/nginx/more:\nserver H2:80 max_fails=2 max_fails=0;\n";
        let found = servers(text);
        let found: Vec<_> =
            found.iter().map(|server| (&*server.upstream, &*server.host, server.max_fails)).collect();
        assert_eq!(found, [("app", "h1", 0), ("app", "h3", 1), ("", "H2", 0)]);
    }

    #[test]
    fn an_address_may_have_no_port() {
        let host = |address: &str| servers(&format!("server {address};"))[0].host.clone();
        let addresses = ["unix:/run/app.sock", "[::1]", "web1", "web1:80"];
        assert_eq!(addresses.map(host), ["unix:/run/app.sock", "::1", "web1", "web1"]);
    }

    #[test]
    fn only_an_upstream_block_names_an_upstream() {
        let found = servers("map $a $b { server h1; }\nupstream app { server h2; }");
        let found: Vec<_> = found.iter().map(|server| (&*server.upstream, &*server.host)).collect();
        assert_eq!(found, [("", "h1"), ("app", "h2")]);
    }

    #[test]
    fn a_comment_or_a_quote_begins_at_the_start_of_a_word() {
        let found = servers("set $a b#c; server h1;\nset $a it's; server h2;\nset $a 'it'; server h3;");
        let hosts: Vec<_> = found.iter().map(|server| server.host.as_str()).collect();
        assert_eq!(hosts, ["h1", "h2", "h3"]);
    }

    #[test]
    fn times_are_parsed_as_nginx_does() {
        let fail_timeout = |time: &str| servers(&format!("server a 'fail_timeout={time}';"))[0].fail_timeout;
        let times =
            ["7", "30s", "1m30s", "1w", "1h 30m", "2M", "1y", "1500ms", "1m5", "2d", "9999999999999y"];
        let seconds = [7, 30, 90, 604_800, 5400, 5_184_000, 31_536_000, 2, 65, 172_800, u64::MAX];
        assert_eq!(times.map(fail_timeout), seconds);
    }
}
