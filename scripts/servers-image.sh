#!/bin/sh
# Builds the image of the tests' own servers, PostgreSQL, MariaDB and RabbitMQ: docker-runner-test-servers.
#
#   scripts/servers-image.sh
#
# Docker keeps what has not changed.
set -eu
cd "$(dirname "$0")/.."

DEBIAN=bookworm scripts/base-image.sh
docker build -t docker-runner-test-servers tests/engine/servers
