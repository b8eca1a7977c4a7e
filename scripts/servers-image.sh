#!/bin/sh
# Builds docker-runner-test-servers, the image with the PostgreSQL, MariaDB and RabbitMQ of the tests.
#
#   scripts/servers-image.sh
#
# Docker's build cache makes a second run short.
set -eu
cd "$(dirname "$0")/.."

DEBIAN=bookworm scripts/base-image.sh
docker build -t docker-runner-test-servers tests/engine/servers
