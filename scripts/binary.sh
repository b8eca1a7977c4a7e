#!/bin/sh
# Builds the static binary for one machine type and puts it to dist/ARCH/docker-runner.
#
#   scripts/binary.sh [x86_64|aarch64]
#
# The target is musl; it is added with rustup where it is missing, and where that is not possible
# the machine's own gnu target gives a static binary too, more than twice as large.
#
# The standard library is built with it, from its sources (the component rust-src): as it comes
# ready-made it brings a printer of backtraces that nothing here can use, and is made for speed.
# That makes the binary a quarter of a megabyte smaller. So does, by 40 kB, that a panic tells what
# is wrong but neither the line of the source nor a value ({:?} shows nothing; messages do without
# it, which a test looks after). Cargo's way to do so, -Zbuild-std, has to be allowed on a
# stable toolchain (RUSTC_BOOTSTRAP). Where the sources can't be had, the ready-made library does.
set -eu

cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)}
target=$arch-unknown-linux-musl
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "binary: $*" >&2; exit 1; }
has_target() { [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; }

command -v cargo >/dev/null || fail "there is no cargo; install Rust first, for example with rustup"
scripts/packages.sh cc=gcc,libc6-dev # what cargo runs at build time is linked for this machine

if ! has_target "$target" && ! rustup target add "$target" >"$log" 2>&1; then
    [ "$arch" = "$(uname -m)" ] || fail "cannot add the Rust target $target: $(tail -n 1 "$log")"
    target=$arch-unknown-linux-gnu
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
fi

from_source() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ] ||
        rustup component add rust-src >"$log" 2>&1 || return 1
    RUSTC_BOOTSTRAP=1 cargo build --release --locked --target "$target" \
        -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size \
        --config "target.$target.rustflags=['-Zlocation-detail=none','-Zfmt-debug=none']" >"$log" 2>&1
}

ready_made() {
    echo "binary: cannot build the standard library from source ($(tail -n 1 "$log")); the binary will be larger" >&2
    cargo build --release --locked --target "$target" >"$log" 2>&1
}

from_source || ready_made || { cat "$log" >&2; exit 1; }
mkdir -p "dist/$arch"
built=${CARGO_TARGET_DIR:-target}/$target/release/docker-runner
cmp -s "$built" "dist/$arch/docker-runner" || install -m 755 "$built" "dist/$arch/docker-runner"
