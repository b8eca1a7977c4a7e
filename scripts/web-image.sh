#!/bin/sh
# Builds docker-runner-test-web:RELEASE, the image of the engine tests with every web server that the
# entrypoint supports, for one Debian release.
#
#   DEBIAN=trixie scripts/web-image.sh
#
# The wheels, among them the compiled uWSGI, stay in .cache. Needs the images of the builder and of the
# example app (scripts/images.sh, example/Makefile).
set -eu

cd "$(dirname "$0")/.."
release=${DEBIAN:-trixie}
copy=.cache/web-$release

mkdir -p "$copy"
cp example/Makefile tests/engine/web/Dockerfile tests/engine/web/requirements.txt tests/engine/web/slow.py "$copy"
printf 'wheelhouse/.*\nMakefile\n' >"$copy/.dockerignore"
make -s -C "$copy" wheels "DEBIAN=$release"
docker build --build-arg "DEBIAN=$release" -t "docker-runner-test-web:$release" "$copy"
