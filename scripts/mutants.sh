#!/bin/sh
# Mutation testing with cargo-mutants: changes the code in one place at a time and runs the tests.
#
#   scripts/mutants.sh [CARGO-MUTANTS-OPTION…]
#
# The first pass runs the unit tests alone, which catch most mutants in seconds. The second pass
# runs the command-line, deploy and language tests on what has survived. .cargo/mutants.toml says
# which files are mutated. Results are in target/mutants/mutants.out: caught.txt, missed.txt.
# `--shard 1/20` runs a twentieth, `--file GLOB` a part.
set -eu

cd "$(dirname "$0")/.."
command -v cargo >/dev/null || { echo "mutants: cannot find cargo; install Rust first, for example with rustup" >&2; exit 1; }
cargo mutants --version >/dev/null 2>&1 || cargo install cargo-mutants --locked

export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
out=target/mutants
mkdir -p "$out"
run() { cargo mutants --output "$out" --jobs "${JOBS:-2}" --no-shuffle "$@"; }

# Exit code 2: some mutants survived, which the second pass looks at; 3: some timed out.
status=0
run "$@" -- --lib || status=$?
[ $status = 0 ] || [ $status = 2 ] || [ $status = 3 ] || exit $status
[ $status = 0 ] || run --iterate "$@" -- --test cli --test deploy --test language --test init
