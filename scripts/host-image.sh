#!/bin/sh
# Builds the images of the tests with whole hosts if they are missing, and prints their names.
#
#   scripts/host-image.sh
#
# First line: a server (systemd, sshd, a Docker engine, nginx, a registry). Second line: a small app.
# The tags are hashes of the sources, so that nothing is built twice. The log is shown on failure only.
set -eu
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT

hash() { find "$@" -type f | sort | xargs cat | sha256sum | cut -c 1-12; }
exists() { docker image inspect "$1" >/dev/null 2>&1; }

# Works with the classic builder and with BuildKit.
build() {
    echo "host-image: building $1" >&2
    docker build -t "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        echo "host-image: cannot build $1" >&2
        exit 1
    }
}

host=docker-runner-host:$(hash tests/hosts/image)
site=docker-runner-site:$(hash tests/hosts/image tests/hosts/site)

if ! exists "$host"; then
    DEBIAN=bookworm scripts/base-image.sh >&2
    build "$host" tests/hosts/image
fi
exists "$site" || build "$site" --build-arg "HOST_IMAGE=$host" tests/hosts/site
printf '%s\n' "$host" "$site"
