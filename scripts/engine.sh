#!/bin/sh
# Installs and starts a Docker engine if none responds.
#
#   scripts/engine.sh
#
# Prints nothing if an engine responds. Otherwise, on Debian or Ubuntu as root, docker.io is
# installed if it is missing, and started: by systemd where that is PID 1, else as a background
# process whose log and pid file are in $ENGINE_DIR (/run/docker-runner). On any other system, one
# line says what is missing.
set -eu

engine_dir=${ENGINE_DIR:-/run/docker-runner}
log=$engine_dir/dockerd.log

fail() { echo "engine: $*" >&2; exit 1; }
fail_with_log() { tail -n 20 "$log" >&2; fail "$*; the log is $log"; }
has() { command -v "$1" >/dev/null 2>&1; }
responds() { timeout 10 docker info --format '{{.ServerVersion}}' >/dev/null 2>&1; }

# An engine that DOCKER_HOST names is never started here.
fail_unless_installable() {
    [ -z "${DOCKER_HOST:-}" ] ||
        fail "no Docker engine responds at $DOCKER_HOST; start it, or unset DOCKER_HOST"
    [ "$(id -u)" = 0 ] ||
        fail "no Docker engine responds to $(id -un); start one, join the group docker, or run this as root"
    has dockerd || has apt-get ||
        fail "cannot find a Docker engine; install one and start it (this script installs it on Debian and Ubuntu only)"
}

# From trixie on, the client is in a separate package.
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
        if responds; then return 0; fi
        kill -0 "$started" 2>/dev/null || return 1
        sleep 0.5
        tries=$((tries + 1))
    done
    kill "$started"
    return 1
}

# dockerd chooses its storage driver itself. Where it finds none (an overlay on an overlay), vfs works:
# slowly, but everywhere.
start() {
    if [ "$(cat /proc/1/comm)" = systemd ]; then
        systemctl start docker.service >"$log" 2>&1 && responds
    else
        start_in_background || start_in_background --storage-driver vfs
    fi
}

if responds; then exit 0; fi
fail_unless_installable
mkdir -p "$engine_dir"
exec 9>"$engine_dir/lock"
flock 9 # two concurrent builds start one engine
if responds; then exit 0; fi
if ! has dockerd || ! has docker; then
    echo "engine: installing docker.io"
    install_engine >"$log" 2>&1 || fail_with_log "cannot install docker.io"
fi
echo "engine: starting dockerd"
start || fail_with_log "cannot start dockerd"
