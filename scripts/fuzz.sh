#!/bin/sh
# Runs each fuzz target for SECONDS (300): scripts/fuzz.sh [SECONDS [TARGET…]]
#
# Installs a nightly Rust and cargo-fuzz if they are missing. New inputs that a run finds are written to
# fuzz/target; the small corpus in the repository does not change.
set -eu

cd "$(dirname "$0")/.."
seconds=${1:-300}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- parser splitter quoter

command -v cargo >/dev/null || { echo "fuzz: cannot find cargo; install Rust first" >&2; exit 1; }
cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked

for target in "$@"; do
    mkdir -p "fuzz/target/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/target/corpus/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=4096 -dict=fuzz/shell.dict -print_final_stats=1
done
