#!/bin/sh
# Tests the completions in bash, zsh and fish, which are installed if they are missing.
#
#   scripts/shells.sh
set -eu
cd "$(dirname "$0")/.."

scripts/packages.sh bash=bash zsh=zsh fish=fish
make -s share
exec "${CARGO:-cargo}" test --features shells --test shells
