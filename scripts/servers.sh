#!/bin/sh
# Makes sure that the programs of real servers are there: PostgreSQL, MariaDB, Redis, RabbitMQ.
#
#   scripts/servers.sh
#
# Where all are, this says nothing and does nothing. Otherwise, on Debian or Ubuntu as root, their
# packages are installed; the services that these bring are not started by it, and no database
# cluster is made: the tests run servers of their own, on free ports, in folders of their own.
set -eu

fail() { echo "servers: $*" >&2; exit 1; }

missing=
need() { # PROGRAM PACKAGE
    for program in $1; do
        if [ -x "$program" ] || command -v "$program" >/dev/null 2>&1; then return; fi
    done
    missing="$missing $2"
}
# shellcheck disable=SC2125 # a word of several paths, tried one by one
need "$(echo /usr/lib/postgresql/*/bin/postgres)" postgresql
need /usr/sbin/mariadbd mariadb-server
need redis-server redis-server
need /usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server
need openssl openssl
[ -n "$missing" ] || exit 0

[ "$(id -u)" = 0 ] || fail "missing packages:$missing; install them, or run this as root"
command -v apt-get >/dev/null 2>&1 || fail "missing:$missing (only on Debian and Ubuntu is it done for you)"

# What invoke-rc.d asks before it starts a service; 101 is "no".
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
echo "servers: installing$missing"
apt-get update -q >/dev/null
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null ||
    fail "cannot install$missing"
