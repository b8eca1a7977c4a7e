#!/bin/sh
# Builds the image of the example app with its Makefile, for one Debian release.
#
#   DEBIAN=bookworm scripts/example-image.sh TAG [wheels|image]
#
# Each release has its copy in .cache, so that its wheelhouse stays when the release changes.
# Needs django.base and django.builder (scripts/images.sh).
set -eu

cd "$(dirname "$0")/.."
release=${DEBIAN:-trixie}
copy=.cache/example-$release

mkdir -p "$copy"
find "$copy" -mindepth 1 -maxdepth 1 ! -name wheelhouse -exec rm -r {} +
tar -C example --exclude=./wheelhouse --exclude=__pycache__ -c . | tar -C "$copy" -x
make -s -C "$copy" "${2:-image}" "TAG=$1" "DEBIAN=$release"
