# docker-runner --shell gives this to the shell, and after it a line a file.
# Tells the variables before the files, and after each. Arguments: APP INSTANCE
# HOSTNAME UID EUID. Standard output is ours alone: descriptor 9, which the
# files do not have.
# A record is: name, value, name, value ... empty; NAME=VALUE of
# what is exported ... empty; array, count, elements ... empty; each ends with a
# NUL. A line of `set` may be part of a value, so what looks like a name is asked
# for; what is exported, only a child knows for sure.

__docker_runner_names() {
    while IFS= read -r __l; do
        case $__l in [A-Za-z_]*) ;; *) continue ;; esac
        __l=${__l%%=*}
        case $__l in *[!A-Za-z0-9_]* | __l) continue ;; esac
        "$1" "$__l"
    done
}

__docker_runner_value() {
    eval "[ \"\${$1+x}\" ] || return 0; printf '%s\\0%s\\0' \"\$1\" \"\${$1}\""
}

__docker_runner_array() {
    case "$(declare -p "$1" 2>/dev/null)" in "declare -a"*) ;; *) return 0 ;; esac
    eval "printf '%s\\0%s\\0' \"\$1\" \"\${#$1[@]}\"; [ \"\${#$1[@]}\" = 0 ] || printf '%s\\0' \"\${$1[@]}\""
}

__docker_runner_tell() {
    set | __docker_runner_names __docker_runner_value
    printf '\0'
    /usr/bin/env -0 || exit
    printf '\0'
    if [ "${BASH_VERSION-}" ]; then
        __docker_runner_array OPTS
        __docker_runner_array EXTRA
    fi
    printf '\0'
}

# A file whose last command fails has been read to its end. A syntax error ends other
# shells; bash continues after it. Arguments: the status of ".", the file.
__docker_runner_status() {
    [ "$1" = 0 ] || [ -z "$__docker_runner_bash" ] ||
        "$__docker_runner_bash" -n "$2" 2>/dev/null ||
        "$__docker_runner_bash" -O extglob -n "$2" 2>/dev/null || exit "$1"
}

__docker_runner_bash=${BASH_VERSION:+$BASH}
APP=$1
[ -z "$2" ] || INSTANCE=$2
[ "${HOSTNAME+x}" ] || HOSTNAME=$3
[ "${UID+x}" ] || UID=$4
[ "${EUID+x}" ] || EUID=$5
set --
exec 9>&1 >/dev/null
__docker_runner_tell >&9
