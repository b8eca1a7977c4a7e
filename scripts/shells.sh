#!/bin/sh
# Tests the shells' completion in the real shells, which are installed where they are missing.
#
#   scripts/shells.sh
set -eu
cd "$(dirname "$0")/.."

missing=
for shell in bash zsh fish; do
    command -v $shell >/dev/null || missing="$missing $shell"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 # a list of words
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q $missing >/dev/null
    else
        echo "cannot test completion: install$missing" >&2
        exit 1
    fi
fi
make -s share
exec "${CARGO:-cargo}" test --features shells --test shells
