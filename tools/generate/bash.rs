//! Completion for bash.

use crate::options::{Options, Value, processes};
use docker_runner::process::service_names;

/// Bash begins a word at `@` too, so the script splits the line itself. It returns only
/// the part that bash takes for the word: from the `@` on.
const SCRIPT: &str = r#"# bash completion of docker-runner

_docker_runner() {
    local line=${COMP_LINE:0:COMP_POINT} words cur prev='' app='' mode='' root=() candidates='' i
    read -ra words <<< "$line"
    case $line in *[[:blank:]]) words+=('') ;; esac
    cur=${words[${#words[@]} - 1]}
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        prev=${words[i]}
        case $prev in
            --root) root=(--root "${words[i + 1]}"); ((i++)) ;;
            --root=*) root=("$prev") ;;
            --unit) mode=unit; ((i++)) ;;
            --check | --unit=*) mode=${prev#--}; mode=${mode%%=*} ;;
            @WITH_VALUE@) ((i++)) ;;
            -*) ;;
            *) app=$prev; break ;;
        esac
    done
    prev=${words[${#words[@]} - 2]}
    if [ -n "$app" ]; then
        if ((i == ${#words[@]} - 2)); then
            case $mode in
                check) ;;
                unit) candidates='@SERVICES@' ;;
                *) candidates='@PROCESSES@' ;;
            esac
        fi
    else
        case $prev in
@VALUES@
            *)
                case $cur in
                    -*) candidates='@OPTIONS@' ;;
                    *) candidates=$("${words[0]}" "${root[@]}" --complete 2>/dev/null) ;;
                esac ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur")
    case $cur in
        *@*) case $COMP_WORDBREAKS in *@*) COMPREPLY=("${COMPREPLY[@]#"${cur%"@${cur##*@}"}"}") ;; esac ;;
    esac
}
complete -F _docker_runner docker-runner
"#;

pub(crate) fn script(options: &Options) -> String {
    let names: Vec<String> = options.0.iter().flat_map(|option| option.names()).collect();
    let processes: Vec<&str> = processes().iter().map(|entry| entry.name).collect();
    SCRIPT
        .replace("@WITH_VALUE@", &options.with_value().replace('|', " | "))
        .replace("@PROCESSES@", &processes.join(" "))
        .replace("@SERVICES@", &service_names().join(" "))
        .replace("@OPTIONS@", &names.join(" "))
        .replace("@VALUES@", &values(options))
}

fn values(options: &Options) -> String {
    let mut lines = Vec::new();
    for option in &options.0 {
        let action = match &option.value {
            Value::None => continue,
            Value::Choice(words) => format!("candidates='{}'", words.join(" ")),
            Value::Folder => "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return".to_owned(),
            Value::Program => "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\"); return".to_owned(),
            Value::Other => "return".to_owned(),
        };
        lines.push(format!("            --{}) {action} ;;", option.long));
    }
    lines.join("\n")
}
