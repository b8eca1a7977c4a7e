#!/bin/sh
# Makes sure that a Docker engine answers.
#
#   scripts/engine.sh
#
# An engine that answers is used as it is, without a word. Otherwise, on Debian or Ubuntu as root,
# docker.io is installed where it is missing and started: by systemd where that is PID 1, else as
# a background process whose log and pid file are in $ENGINE_DIR (/run/docker-runner). Anywhere
# else one line tells what is missing.
set -eu

engine_dir=${ENGINE_DIR:-/run/docker-runner}
log=$engine_dir/dockerd.log

fail() { echo "engine: $*" >&2; exit 1; }
fail_with_log() { tail -n 20 "$log" >&2; fail "$*; the log is $log"; }
has() { command -v "$1" >/dev/null 2>&1; }
answers() { timeout 10 docker info --format '{{.ServerVersion}}' >/dev/null 2>&1; }

# What DOCKER_HOST names is somebody else's engine: ours to use, not to start.
stop_where_we_cannot_help() {
    [ -z "${DOCKER_HOST:-}" ] ||
        fail "no Docker engine answers at $DOCKER_HOST; start it, or unset DOCKER_HOST"
    [ "$(id -u)" = 0 ] ||
        fail "no Docker engine answers to $(id -un); start one, join its group docker, or run this as root"
    has dockerd || has apt-get ||
        fail "there is no Docker engine; install one and start it (only on Debian and Ubuntu is it done for you)"
}

# From trixie on the client is a package of its own.
install_engine() {
    apt-get update -q || return 1
    cli=$(apt-cache pkgnames docker-cli | grep -x docker-cli || true)
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        docker.io ca-certificates iptables ${cli:+"$cli"}
}

start_in_background() {
    setsid nohup dockerd --pidfile "$engine_dir/dockerd.pid" "$@" >"$log" 2>&1 </dev/null 9>&- &
    started=$!
    tries=0
    while [ $tries -lt 120 ]; do
        if answers; then return 0; fi
        kill -0 "$started" 2>/dev/null || return 1
        sleep 0.5
        tries=$((tries + 1))
    done
    kill "$started"
    return 1
}

# dockerd chooses its storage driver itself; where none of its choices can be mounted (an overlay
# on an overlay), the slow one is left that works everywhere.
start() {
    if [ "$(cat /proc/1/comm)" = systemd ]; then
        systemctl start docker.service >"$log" 2>&1 && answers
    else
        start_in_background || start_in_background --storage-driver vfs
    fi
}

if answers; then exit 0; fi
stop_where_we_cannot_help
mkdir -p "$engine_dir"
exec 9>"$engine_dir/lock"
flock 9 # two builds at once start one engine
if answers; then exit 0; fi
if ! has dockerd || ! has docker; then
    echo "engine: installing docker.io"
    install_engine >"$log" 2>&1 || fail_with_log "cannot install docker.io"
fi
echo "engine: starting dockerd"
start || fail_with_log "cannot start dockerd"
