#!/bin/sh
# Installs the Debian packages of programs that are missing.
#
#   scripts/packages.sh PROGRAM=PACKAGE[,PACKAGE…] …
#
# PROGRAM is a name on PATH, or a path with or without `*`. If no program is missing, this prints
# nothing and does nothing. An installed package does not start its service.
set -eu

fail() { echo "packages: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# One match of the pattern is enough.
is_installed() {
    for program in $1; do
        if has "$program"; then return 0; fi
    done
    return 1
}

missing=
for need in "$@"; do
    is_installed "${need%%=*}" || missing="$missing $(echo "${need#*=}" | tr , ' ')"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! has apt-get; then
    fail "cannot install$missing: that needs root on Debian or Ubuntu; install it yourself"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# invoke-rc.d runs this before it starts a service; 101 forbids the start.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f "$log" $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
echo "packages: installing$missing" >&2
# shellcheck disable=SC2086 # one word for each package
{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
    >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "cannot install$missing"; }
