#!/bin/sh
# Builds the static binary and prints its path, alone on standard output.
#
#   scripts/binary.sh [x86_64|aarch64]      default: this machine's architecture
#
# Static against musl; where that target can't be had (a Rust from a distribution, no network),
# against glibc with crt-static, which works too and is about 0.7 MB larger.
set -eu

here=$(uname -m)
arch=${1:-$here}
cargo=${CARGO:-cargo}

has_target() { [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; }
get_target() { has_target "$1" || rustup target add "$1" >&2 2>/dev/null; }

case $arch in
    x86_64 | aarch64) ;;
    *) echo "binary: cannot build for $arch: it is neither x86_64 nor aarch64" >&2; exit 1 ;;
esac

target=$arch-unknown-linux-musl
if ! get_target "$target"; then
    target=$arch-unknown-linux-gnu
    echo "binary: no Rust target for musl on this machine; linking glibc statically instead" >&2
    get_target "$target" || { echo "binary: no Rust target for $arch; 'rustup target add $target' says why" >&2; exit 1; }
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
fi
# Across architectures there is no C compiler to link with; Rust brings a linker and musl's objects.
if [ "$arch" != "$here" ]; then
    name=$(echo "$target" | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${name}_LINKER=rust-lld"
fi

"$cargo" build --release --locked --target "$target" --bin docker-runner >&2
echo "${CARGO_TARGET_DIR:-target}/$target/release/docker-runner"
