#!/bin/sh
# Builds the static binary for one machine type and copies it to dist/ARCH/docker-runner.
#
#   scripts/binary.sh [x86_64|aarch64]
#
# It is cargo's release build for the musl target. If the target is missing, rustup adds it here,
# because rust-toolchain.toml has no effect if automatic installs are off. If it cannot be added, the
# machine's own gnu target gives a static binary too, which is a third larger. A binary for another
# machine type is linked with the linker that comes with Rust, so it needs no cross compiler.
set -eu

cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)}
target=$arch-unknown-linux-musl
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "binary: $*" >&2; exit 1; }
has_target() { [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; }

command -v cargo >/dev/null || fail "cannot find cargo; install Rust first, for example with rustup"
scripts/packages.sh cc=gcc,libc6-dev # links build scripts, and the binary for this machine type

if [ "$arch" != "$(uname -m)" ]; then
    export "CARGO_TARGET_$(echo "$target" | tr a-z- A-Z_)_LINKER=rust-lld"
fi
if ! has_target "$target" && ! rustup target add "$target" >"$log" 2>&1; then
    [ "$arch" = "$(uname -m)" ] || fail "cannot add the Rust target $target: $(tail -n 1 "$log")"
    target=$arch-unknown-linux-gnu
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
fi

cargo build --release --locked --target "$target" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
mkdir -p "dist/$arch"
built=${CARGO_TARGET_DIR:-target}/$target/release/docker-runner
cmp -s "$built" "dist/$arch/docker-runner" || install -m 755 "$built" "dist/$arch/docker-runner"
