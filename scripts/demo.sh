#!/bin/bash
# Builds and runs the example app on this machine, or removes it.
#
#   scripts/demo.sh up|down
#
# `up` installs what is missing, builds what has changed, and starts each container that is not
# up to date, so a second run is short. Its files are in .demo, the --root of docker-runner. PORT
# defaults to 8000 or the next free port, DEBIAN to trixie. `down` removes everything that only the
# demo uses.
set -eu

cd "$(dirname "$0")/.."
root=.demo
name=bookmarks-demo # the volume; the prefix of the containers, before their role
image=bookmarks:demo
roles="web worker beat"
label=org.opencontainers.image.title="docker-runner example"
export DEBIAN=${DEBIAN:-trixie} DOCKER_RUNNER_ROOT=$PWD/$root

fail() {
    echo "demo: $*" >&2
    exit 1
}

# step LABEL COMMAND…: prints one line with the duration; shows the output of a failed command.
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

# Writes the files of a host. The settings are written once only, so that you can edit them.
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

# A hash of what the containers run with. The label demo=HASH shows which of them are out of date.
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

responds() {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    grep -q '^HTTP/1.. 200' <&3
}

# Docker removes a container that ends with its log (--rm), so the log is followed while it runs.
wait_for_site() {
    for role in $roles; do docker logs -f "$name-$role" & done
    trap 'kill $(jobs -p) 2>/dev/null || true' RETURN
    for _ in {1..300}; do
        for role in $roles; do
            [ -n "$(docker ps -q --filter "name=^$name-$role$")" ] || return 1
        done
        if (responds "$1"); then return 0; fi
        sleep 0.2
    done
    return 1
}

print_next_steps() {
    cat <<END

The site runs at http://localhost:$1/. Try next:

  export DOCKER_RUNNER_ROOT=\$PWD/$root PATH=\$PWD/$root/bin:\$PATH
  docker-runner bookmarks manage add https://www.djangoproject.com/
  docker-runner bookmarks manage createsuperuser     # then open http://localhost:$1/admin/
  docker-runner bookmarks shell
  docker-runner --dry-run bookmarks worker -Q mail
  docker logs -f $name-worker
  make -C example dev TAG=demo PORT=$(($1 + 1))         # serve the code in example/; edit a file and reload the page
  make demo-down
END
}

up() {
    mkdir -p $root
    echo "Starting the example app on Debian $DEBIAN"
    step "static binary" scripts/binary.sh
    step "Docker engine" scripts/engine.sh
    step "image debian:$DEBIAN-slim" scripts/base-image.sh
    step "images django.base and django.builder" scripts/images.sh
    step "wheels of the app's requirements" scripts/example-image.sh demo wheels
    step "image $image, with its tests" scripts/example-image.sh demo
    step "settings and TAG in $root" write_files
    step "docker-runner bookmarks migrate" runner migrate
    step "docker-runner bookmarks collectstatic" runner collectstatic
    read -r port <$root/port
    step "docker-runner bookmarks run" start web run -p "127.0.0.1:$port:8000"
    step "docker-runner bookmarks worker" start worker worker
    step "docker-runner bookmarks beat" start beat beat
    step "waiting for the site" wait_for_site "$port"
    print_next_steps "$port"
}

# Removes every container that uses the volume, including a shell in another terminal: the volume cannot be
# removed while one exists.
down() {
    if command -v docker >/dev/null; then
        scripts/engine.sh
        docker ps -aq --filter "volume=$name" | xargs -r docker rm -f
        docker volume rm -f $name
        if [ -n "$(docker images -q $image)" ]; then docker image rm $image; fi
        docker image prune -f --filter "label=$label"
    fi >/dev/null
    rm -rf $root
    echo "Removed the demo: its containers, volume, image and $root."
    echo "Kept: Docker, the images debian:*-slim and django.*, the wheels in .cache, dist and target."
}

case ${1:-} in
    up | down) "$1" ;;
    *) echo "usage: scripts/demo.sh up|down" >&2; exit 2 ;;
esac
