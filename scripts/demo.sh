#!/bin/bash
# The example app on this machine, from nothing to an answering site, and away again.
#
#   scripts/demo.sh up|down
#
# `up` sets up what is missing, builds what has changed and starts what does not run as it should;
# a second one has little to do. Its files are in .demo, which docker-runner takes for the root of
# a host (--root). PORT is 8000 or the next free one, DEBIAN as everywhere. `down` removes
# everything that belongs to the demo alone.
set -eu

cd "$(dirname "$0")/.."
root=.demo
name=bookmarks-demo # of the volume, and of the containers with their role behind it
image=bookmarks:demo
roles="web worker beat"
label=org.opencontainers.image.title="docker-runner example"
export DEBIAN=${DEBIAN:-trixie} DOCKER_RUNNER_ROOT=$PWD/$root

fail() {
    echo "demo: $*" >&2
    exit 1
}

# step LABEL COMMAND…: one line that tells how long it took; what it says is shown if it fails.
step() {
    local label=$1 began=$EPOCHREALTIME
    shift
    printf '  %-44s' "$label"
    if ! "$@" >"$root/log" 2>&1 </dev/null; then
        printf 'failed\n\n'
        tail -n 30 "$root/log" >&2
        fail "stopped at: $label"
    fi
    local took=$(((${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 100000))
    printf '%5s s\n' "$((took / 10)).$((took % 10))"
}

runner() { "$root/bin/docker-runner" bookmarks "$@"; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
    if [ -n "${PORT:-}" ]; then
        echo "$PORT"
    elif [ -n "$(docker ps -q --filter "name=^$name-web$")" ] && [ -s "$root/port" ]; then
        cat "$root/port"
    else
        local free=8000
        while listens "$free"; do free=$((free + 1)); done
        echo "$free"
    fi
}

# A host's files in small. The settings are made once and then yours to change.
write_files() {
    mkdir -p "$root/etc/default" "$root/var/www/bookmarks" "$root/bin"
    ln -sf "$PWD/dist/$(uname -m)/docker-runner" "$root/bin/docker-runner"
    echo "export TAG=${image#*:}" >"$root/var/www/bookmarks/TAG"
    if [ ! -s "$root/etc/default/bookmarks" ]; then
        secret=$(head -c 48 /dev/urandom | base64 -w 0 | tr '+/' '-_')
        (umask 077 && sed -e "s/change_me[a-z_]*/$secret/" -e "s/bookmarks-data/$name/" \
            etc-default/bookmarks >"$root/etc/default/bookmarks")
    fi
    port=$(choose_port)
    echo "$port" >"$root/port"
}

# What the containers run with; the label tells which of them are out of date.
version() {
    { docker image inspect -f '{{.Id}}' "$image" && cat "$root/etc/default/bookmarks" "$root/port"; } | sha256sum | cut -c1-12
}

start() { # ROLE PROCESS [OPTION…]
    local container=$name-$1 process=$2 version
    shift 2
    version=$(version)
    if [ "$(docker ps -q --filter "name=^$container$" --filter "label=demo=$version")" ]; then return; fi
    docker rm -f "$container" 2>/dev/null || true
    EXTRA="-d --name $container --label demo=$version $*" runner "$process"
}

answers() {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    grep -q '^HTTP/1.. 200' <&3
}

# Containers that end are gone with their logs (--rm): the log is read while they run.
wait_for_site() {
    for role in $roles; do docker logs -f "$name-$role" & done
    trap 'kill $(jobs -p) 2>/dev/null || true' RETURN
    for _ in {1..300}; do
        for role in $roles; do
            [ -n "$(docker ps -q --filter "name=^$name-$role$")" ] || return 1
        done
        if (answers "$1"); then return 0; fi
        sleep 0.2
    done
    return 1
}

tell() {
    cat <<END

The site is at http://localhost:$1/ and here is what to try next:

  export DOCKER_RUNNER_ROOT=\$PWD/$root PATH=\$PWD/$root/bin:\$PATH
  docker-runner bookmarks manage add https://www.djangoproject.com/
  docker-runner bookmarks manage createsuperuser     # then http://localhost:$1/admin/
  docker-runner bookmarks shell
  docker-runner --dry-run bookmarks worker -Q mail
  docker logs -f $name-worker
  make -C example dev TAG=demo PORT=$(($1 + 1))         # edit a file there, see the page change
  make demo-down
END
}

up() {
    mkdir -p $root
    echo "The example app on Debian $DEBIAN"
    step "static binary" scripts/binary.sh
    step "Docker engine" scripts/engine.sh
    step "image debian:$DEBIAN-slim" scripts/base-image.sh
    step "images django.base and django.builder" scripts/images.sh
    step "wheels of the app's requirements" scripts/example-image.sh demo wheels
    step "image $image, with its tests" scripts/example-image.sh demo
    step "settings and TAG, in $root" write_files
    step "docker-runner bookmarks migrate" runner migrate
    step "docker-runner bookmarks collectstatic" runner collectstatic
    read -r port <$root/port
    step "docker-runner bookmarks run" start web run -p "127.0.0.1:$port:8000"
    step "docker-runner bookmarks worker" start worker worker
    step "docker-runner bookmarks beat" start beat beat
    step "waiting for the site" wait_for_site "$port"
    tell "$port"
}

# Every container on the volume goes, a shell in another terminal too: none would let go of it.
down() {
    if command -v docker >/dev/null; then
        scripts/engine.sh
        docker ps -aq --filter "volume=$name" | xargs -r docker rm -f
        docker volume rm -f $name
        if [ -n "$(docker images -q $image)" ]; then docker image rm $image; fi
        docker image prune -f --filter "label=$label"
    fi >/dev/null
    rm -rf $root
    echo "The demo is gone: containers, volume, image, $root."
    echo "Kept for the next time: Docker, the images debian:*-slim and django.*, the wheels in .cache, dist and target."
}

case ${1:-} in
    up | down) "$1" ;;
    *) echo "usage: scripts/demo.sh up|down" >&2; exit 2 ;;
esac
