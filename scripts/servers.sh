#!/bin/sh
# Makes sure that the programs of real servers are there: PostgreSQL, MariaDB, Redis, RabbitMQ.
#
#   scripts/servers.sh
#
# Where all are, this says nothing and does nothing. Otherwise, on Debian or Ubuntu as root, their
# packages are installed. The tests run servers of their own, on free ports, in folders of their own.
set -eu
cd "$(dirname "$0")/.."

exec scripts/packages.sh \
    '/usr/lib/postgresql/*/bin/postgres=postgresql' \
    /usr/sbin/mariadbd=mariadb-server \
    redis-server=redis-server \
    /usr/lib/rabbitmq/bin/rabbitmq-server=rabbitmq-server \
    openssl=openssl
