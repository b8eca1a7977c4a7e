//! Completion for fish.

use crate::options::{Opt, Options, Value, is_service, processes};

const SCRIPT: &str = r#"# fish completion of docker-runner

# The words from APP on, where the options end.
function __docker_runner_words
    set -l skip 0
    set -l found
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if test (count $found) -gt 0
            set -a found $word
        else if string match -qr -- '^(@WITH_VALUE@)$' $word
            set skip 1
        else if not string match -q -- '-*' $word
            set -a found $word
        end
    end
    string join \n -- $found
end

function __docker_runner_has
    string match -q -- $argv[1] (commandline -opc)
end

function __docker_runner_apps
    set -l words (commandline -opc)
    set -l root
    set -l at (contains -i -- --root $words)
    and set root --root $words[(math $at + 1)]
    set -l joined (string match -- '--root=*' $words)
    and set root $joined[1]
    $words[1] $root --complete 2>/dev/null
end

complete -c docker-runner -f
@OPTIONS@
complete -c docker-runner -n 'test (count (__docker_runner_words)) = 0' -a '(__docker_runner_apps)' -d app
"#;

pub(crate) fn script(options: &Options) -> String {
    let lines: Vec<String> = options.0.iter().map(option).collect();
    let script =
        SCRIPT.replace("@WITH_VALUE@", &options.with_value()).replace("@OPTIONS@", &lines.join("\n"));
    let lines = processes().iter().map(|entry| {
        let unit = if is_service(entry) { "" } else { "; and not __docker_runner_has '--unit*'" };
        let condition =
            format!("test (count (__docker_runner_words)) = 1; and not __docker_runner_has --check{unit}");
        format!(
            "complete -c docker-runner -n {} -a {} -d {}\n",
            quoted(&condition),
            entry.name,
            quoted(entry.help)
        )
    });
    script + &lines.collect::<String>()
}

fn option(option: &Opt) -> String {
    let short = option.short.map_or_else(String::new, |letter| format!(" -s {letter}"));
    let value = match &option.value {
        Value::None => String::new(),
        Value::Choice(words) => format!(" -x -a {}", quoted(&words.join(" "))),
        Value::Folder => " -x -a '(__fish_complete_directories)'".to_owned(),
        Value::Program => " -x -a '(__fish_complete_command)'".to_owned(),
        Value::Other => " -x".to_owned(),
    };
    format!(
        "complete -c docker-runner -n 'test (count (__docker_runner_words)) = 0' -l {}{short}{value} -d {}",
        option.long,
        quoted(&option.help)
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
