#!/bin/sh
# Runs every test there is, part by part, and tells at the end what each part took.
#
#   scripts/test.sh
#
# Stops at the first part that fails. What earlier, killed runs left behind is removed first, and
# nothing of ours is left running at the end.
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
        # shellcheck disable=SC2086 # empty or one word
        docker $kind ls $all -q --filter "label=$label" | xargs -r docker $kind rm $force >/dev/null
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

# ENTRYPOINT_USER is compared with gosu wherever that is installed; here it has to be.
peers() {
    command -v gosu >/dev/null || { apt-get update -qq && apt-get install -y -qq gosu >/dev/null; }
}

part "gosu, to compare with" peers
export WITH_GOSU=1
part "format, clippy, unit and command-line tests" make -s check
part "completion in the real shells" scripts/shells.sh
part "a Docker engine" scripts/engine.sh
sweep
trap sweep EXIT
part "with a real engine" "$cargo" test --features engine --test engine
part "real servers" scripts/servers.sh
part "waiting for real servers" "$cargo" test --features engine --test servers
part "with whole hosts" "$cargo" test --features hosts --test hosts -- --test-threads=4
printf '\n%s' "$took"
