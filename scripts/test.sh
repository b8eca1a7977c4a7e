#!/bin/sh
# Runs all tests, part by part, and prints at the end how long each part took.
#
#   scripts/test.sh
#
# Stops at the first part that fails. The leftovers of killed runs are removed first, and all
# containers of the tests are removed at the end.
set -eu
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
label=docker-runner-test
took=

sweep() {
    for kind in container network volume; do
        case $kind in container) force=-fv ;; volume) force=-f ;; *) force= ;; esac
        all=
        [ $kind != container ] || all=-a
        # A container that ends at the same moment is not a failure.
        # shellcheck disable=SC2086 # empty or one word
        docker $kind ls $all -q --filter "label=$label" | xargs -r docker $kind rm $force >/dev/null || true
    done
}

part() {
    name=$1
    shift
    echo "==== $name"
    start=$(date +%s)
    "$@"
    took="$took$(printf '%5d s  %s' $(($(date +%s) - start)) "$name")
"
}

# Shows the output of a failed command only.
quietly() {
    log=$(mktemp)
    "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; rm -f "$log"; return 1; }
    rm -f "$log"
}

# Both binaries are static and at most 2 MiB, and the one for the other architecture runs as well.
binaries() {
    quietly make dist
    for arch in x86_64 aarch64; do
        size=$(stat -c %s dist/$arch/docker-runner)
        echo "$arch: $size bytes"
        [ "$size" -le 2097152 ] || { echo "test: the $arch binary is larger than 2 MiB" >&2; return 1; }
        ! readelf --program-headers dist/$arch/docker-runner | grep INTERP >&2 ||
            { echo "test: the $arch binary is not static" >&2; return 1; }
    done
    version=$(qemu-aarch64-static -0 docker-entrypoint dist/aarch64/docker-runner --version)
    line=$(qemu-aarch64-static -0 docker-entrypoint dist/aarch64/docker-runner --dry-run true)
    echo "aarch64: $version; $line"
    case $version in "docker-entrypoint "*) ;; *) return 1 ;; esac
    case $line in *true) ;; *) return 1 ;; esac
}

# A panic shows where it happened and the values ({:?}). The shipped binary has no known panic, so a
# program with the same profile shows it.
panic() {
    target=$(uname -m)-unknown-linux-musl
    panicked=$("$cargo" run -q --release --locked --target "$target" --example panic 2>&1 || true)
    case $panicked in
        *"panicked at "*".rs:"[0-9]*"{ code: 11, kind: WouldBlock"*) ;;
        *) printf 'test: the panic shows neither place nor value:\n%s\n' "$panicked" >&2; return 1 ;;
    esac
}

# `cargo install` gives the program that is shipped.
cargo_install() {
    folder=$(mktemp -d)
    target=$(uname -m)-unknown-linux-musl
    quietly "$cargo" install --path . --locked --target "$target" --root "$folder"
    is_same=0
    cmp "$folder/bin/docker-runner" "dist/$(uname -m)/docker-runner" || is_same=1
    rm -r "$folder"
    return $is_same
}

# The shipped binary behaves as the tested build does.
shipped() {
    panic
    cargo_install
    DOCKER_RUNNER_BINARY=$PWD/dist/$(uname -m)/docker-runner "$cargo" test --test cli --test init
}

images() { quietly scripts/images.sh && quietly scripts/example-image.sh "$DEBIAN"; }

# Starts the demo twice, removes it, and checks that nothing is left.
demo() {
    make -s demo-down
    make -s demo
    make -s demo
    make -s demo-down
    left=$(docker ps -aq --filter name=bookmarks-demo; docker volume ls -q --filter name=bookmarks-demo
        docker images -q bookmarks:demo; find . -maxdepth 1 -name .demo)
    [ -z "$left" ] || { echo "test: make demo-down leaves $left" >&2; return 1; }
}

# Tests the images and the example app on another Debian release.
smoke() {
    images
    "$cargo" test --features engine --test engine -- processes stop::each
}

# ENTRYPOINT_USER is compared with gosu if that is installed; WITH_GOSU=1 requires it.
part "programs that the tests need" scripts/packages.sh gosu=gosu qemu-aarch64-static=qemu-user-static
export WITH_GOSU=1
part "a linker and the Rust targets" quietly make -s setup
part "format, clippy, unit and command-line tests" make -s check
part "completions in bash, zsh and fish" scripts/shells.sh
part "a Docker engine" scripts/engine.sh
sweep
trap sweep EXIT
part "the static binaries" binaries
part "command-line and init tests over the static binary" shipped
export DEBIAN=trixie
part "images on trixie" images
part "PostgreSQL, MariaDB and RabbitMQ" quietly scripts/servers-image.sh
part "every web server" quietly scripts/web-image.sh
part "tests with a Docker engine" "$cargo" test --features engine --test engine
part "the demo of the README" demo
part "real servers" scripts/servers.sh
part "waiting for these servers" "$cargo" test --features engine --test servers
part "tests with whole hosts" "$cargo" test --features hosts --test hosts -- --test-threads=4
export DEBIAN=bookworm
part "images and processes on bookworm" smoke
printf '\n%s' "$took"
