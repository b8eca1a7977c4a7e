//! What `nginx -T` says about the servers of its upstreams: how long nginx
//! leaves one out after it failed (ngx_http_upstream_module, `server`).

/// A server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The upstream's name.
    pub upstream: String,
    /// Its address without the port.
    pub host: String,
    /// After how many failures it is left out; 0 is never.
    pub max_fails: u64,
    /// For how long, in seconds.
    pub fail_timeout: u64,
}

impl Server {
    /// How long to wait after it is back, until nginx surely asks it again.
    pub fn settle(&self) -> u64 {
        if self.max_fails == 0 { 0 } else { self.fail_timeout + 1 }
    }
}

/// Reads the servers of all upstreams.
pub fn servers(text: &str) -> Vec<Server> {
    let mut servers = Vec::new();
    let mut upstream: Option<String> = None;
    let mut words: Vec<String> = Vec::new();
    for token in tokens(text) {
        match token.as_str() {
            "{" if words.first().is_some_and(|word| word == "upstream") => {
                upstream = words.get(1).cloned();
                words.clear();
            }
            "{" | "}" => {
                upstream = upstream.filter(|_| token == "{");
                words.clear();
            }
            ";" => {
                servers.extend(upstream.as_deref().and_then(|upstream| server(upstream, &words)));
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
    let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    Some(Server {
        upstream: upstream.to_owned(),
        host: host(address).to_owned(),
        max_fails: option("max_fails").and_then(|value| value.parse().ok()).unwrap_or(1),
        fail_timeout: option("fail_timeout").and_then(seconds).unwrap_or(10),
    })
}

fn host(address: &str) -> &str {
    match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.trim_matches(['[', ']']),
        _ => address.trim_matches(['[', ']']),
    }
}

/// nginx's times: a number with `ms`, `s`, `m`, `h`, `d`; plain is seconds.
fn seconds(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "" | "s" => Some(number),
        "ms" => Some(number.div_ceil(1000)),
        "m" => Some(number * 60),
        "h" => Some(number * 3600),
        "d" => Some(number * 86_400),
        _ => None,
    }
}

/// Words, `{`, `}` and `;`; comments and quotes away.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![];
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '#' if word.is_empty() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            '\'' | '"' if word.is_empty() => {
                word.extend(std::iter::from_fn(|| letters.next_if(|next| *next != letter)));
                letters.next();
            }
            '{' | '}' | ';' => {
                tokens.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                tokens.push(letter.into());
            }
            blank if blank.is_whitespace() => {
                tokens.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            other => word.push(other),
        }
    }
    tokens
}

crate::record!(Server { upstream, host, max_fails, fail_timeout });

#[cfg(test)]
mod tests {
    use super::servers;

    #[test]
    fn the_servers_of_all_upstreams() {
        let text = "# configuration file /etc/nginx/nginx.conf:\nhttp {\n  upstream app { # two\n\
            server web1:8000;\n server 10.0.0.2:8000 max_fails=0; server [::1]:8000 fail_timeout=1m;\n\
            keepalive 8;\n }\n server { listen 80; server_name a; location / { proxy_pass http://app; } }\n}\n";
        let found = servers(text);
        let told: Vec<_> = found.iter().map(|server| (server.host.as_str(), server.settle())).collect();
        assert_eq!(told, [("web1", 11), ("10.0.0.2", 0), ("::1", 61)]);
        assert!(found.iter().all(|server| server.upstream == "app"));
    }
}
