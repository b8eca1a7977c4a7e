#!/bin/bash
# What docker-runner is measured against: both files sourced, then docker.
APP=$1
shift
. "$DOCKER_RUNNER_ROOT/etc/default/$APP"
. "$DOCKER_RUNNER_ROOT/var/www/$APP/TAG"
# shellcheck disable=SC2086 # split at blanks, as such scripts do
exec docker run $OPTS $EXTRA "$IMAGE:$TAG" "$@"
