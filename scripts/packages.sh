#!/bin/sh
# Makes sure that programs are there, and installs Debian's packages of those that are not.
#
#   scripts/packages.sh PROGRAM=PACKAGE[,PACKAGE…] …
#
# PROGRAM is a name on PATH, or a path with or without `*`. Where all are there, this says nothing
# and does nothing. No service is started because its package is installed.
set -eu

fail() { echo "packages: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# One that the path stands for is enough.
is_here() {
    for program in $1; do
        if has "$program"; then return 0; fi
    done
    return 1
}

missing=
for need in "$@"; do
    is_here "${need%%=*}" || missing="$missing $(echo "${need#*=}" | tr , ' ')"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! has apt-get; then
    fail "not installed here:$missing (only on Debian and Ubuntu, as root, is it done for you)"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What invoke-rc.d asks before it starts a service; 101 is "no".
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f "$log" $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
echo "packages: installing$missing" >&2
# shellcheck disable=SC2086 # one word a package
{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
    >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "cannot install$missing"; }
