#!/bin/bash
# What docker-runner is measured against: both files sourced, then docker.
APP=$1
shift
# shellcheck disable=SC1090 # which file it is, is the point
. "$DOCKER_RUNNER_ROOT/etc/default/$APP"
# shellcheck disable=SC1090
. "$DOCKER_RUNNER_ROOT/var/www/$APP/TAG"
# shellcheck disable=SC2086 # split at blanks, as such scripts do
exec docker run $OPTS $EXTRA "$IMAGE:$TAG" "$@"
