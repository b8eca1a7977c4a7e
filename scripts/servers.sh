#!/bin/sh
# Installs PostgreSQL, MariaDB, Redis and RabbitMQ for the tests if they are missing.
#
#   scripts/servers.sh
#
# Does nothing if all are installed. Otherwise, on Debian or Ubuntu as root, their packages are
# installed. The tests start their own servers, on free ports and in temporary folders.
set -eu
cd "$(dirname "$0")/.."

exec scripts/packages.sh \
    '/usr/lib/postgresql/*/bin/postgres=postgresql' \
    /usr/sbin/mariadbd=mariadb-server \
    redis-server=redis-server \
    /usr/lib/rabbitmq/bin/rabbitmq-server=rabbitmq-server \
    openssl=openssl
