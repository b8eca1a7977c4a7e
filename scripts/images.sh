#!/bin/sh
# Builds the images django.base and django.builder for one Debian release, and what they need: the
# static binary, a Docker engine, Debian's image.
#
#   DEBIAN=bookworm scripts/images.sh
#
# Each is tagged with the release, and the default release also as latest. The log is shown on failure
# only.
set -eu

cd "$(dirname "$0")/.."
default=trixie
release=${DEBIAN:-$default}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

build() {
    docker build --build-arg "DEBIAN=$release" -t "$1:$release" -f "$2" "dist/$(uname -m)" >"$log" 2>&1 ||
        { tail -n 40 "$log" >&2; echo "images: cannot build $1:$release" >&2; exit 1; }
    if [ "$release" = $default ]; then docker tag "$1:$release" "$1:latest"; fi
}

case $release in
    trixie | bookworm | bullseye) ;;
    *) echo "images: unknown release DEBIAN=$release; set it to trixie, bookworm or bullseye" >&2; exit 1 ;;
esac
scripts/binary.sh
scripts/engine.sh
scripts/base-image.sh
build django.base Dockerfile.base
build django.builder Dockerfile.builder
