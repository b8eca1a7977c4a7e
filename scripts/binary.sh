#!/bin/sh
# Builds the static binary for one machine type and puts it to dist/ARCH/docker-runner.
#
#   scripts/binary.sh [x86_64|aarch64]
#
# FEATURES names cargo's features to build it with.
#
# The target is musl; it is added with rustup where it is missing, and where that is not possible
# the machine's own gnu target gives a static binary too, about 0.7 MB larger.
set -eu

cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)}
target=$arch-unknown-linux-musl
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "binary: $*" >&2; exit 1; }
has_target() { [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; }

command -v cargo >/dev/null || fail "there is no cargo; install Rust first, for example with rustup"

if ! has_target "$target" && ! rustup target add "$target" >"$log" 2>&1; then
    [ "$arch" = "$(uname -m)" ] || fail "cannot add the Rust target $target: $(tail -n 1 "$log")"
    target=$arch-unknown-linux-gnu
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
fi

cargo build --release --locked --target "$target" ${FEATURES:+--features "$FEATURES"} >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
mkdir -p "dist/$arch"
built=${CARGO_TARGET_DIR:-target}/$target/release/docker-runner
cmp -s "$built" "dist/$arch/docker-runner" || install -m 755 "$built" "dist/$arch/docker-runner"
