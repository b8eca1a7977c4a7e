//! Completion for zsh.

use crate::options::{Opt, Options, Value, processes};
use docker_runner::process::service_names;

const SCRIPT: &str = r#"#compdef docker-runner
# zsh completion of docker-runner

_docker_runner_apps() {
    local -a root apps
    [[ -n ${opt_args[--root]} ]] && root=(--root "${(Q)opt_args[--root]}")
    apps=("${(@f)$(_call_program apps ${(q)words[1]} ${(q)root} --complete 2>/dev/null)}")
    compadd -a apps
}

_docker_runner_processes() {
    local -a processes
    (( ${+opt_args[--check]} )) && return 1
    if (( ${+opt_args[--unit]} )); then
        processes=(@SERVICES@)
    else
        processes=(
@PROCESSES@
        )
    fi
    _describe process processes
}

# -A: an option after APP belongs to the container.
_arguments -S -A '-*' \
@OPTIONS@ \
    '1:app:_docker_runner_apps' \
    '2:process:_docker_runner_processes' \
    '*:argument:_files'
"#;

pub(crate) fn script(options: &Options) -> String {
    let lines: Vec<String> = options.0.iter().flat_map(specifications).collect();
    let processes: Vec<String> = processes()
        .iter()
        .map(|entry| format!("            {}", quoted(&format!("{}:{}", entry.name, entry.help))))
        .collect();
    SCRIPT
        .replace("@OPTIONS@", &lines.join(" \\\n"))
        .replace("@PROCESSES@", &processes.join("\n"))
        .replace("@SERVICES@", &service_names().join(" "))
}

fn specifications(option: &Opt) -> Vec<String> {
    let help = option.help.replace('[', "(").replace(']', ")").replace(':', "\\:");
    let value = match &option.value {
        Value::None => String::new(),
        Value::Choice(words) => format!(":{}:({})", option.long, words.join(" ")),
        Value::Folder => ":folder:_files -/".to_owned(),
        Value::Program => ":shell:_command_names -e".to_owned(),
        Value::Other => format!(":{}: ", option.long),
    };
    let again = if option.long == "after" { "*" } else { "" };
    let equals = if value.is_empty() { "" } else { "=" };
    let one = |name: &String| {
        let equals = if name.starts_with("--") { equals } else { "" };
        format!("    {}", quoted(&format!("{again}{name}{equals}[{help}]{value}")))
    };
    option.names().iter().map(one).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
