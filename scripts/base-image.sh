#!/bin/sh
# Pulls or builds the image debian:$DEBIAN-slim if it is not on this machine.
#
#   DEBIAN=bookworm scripts/base-image.sh
#
# An existing image is kept. If no registry responds, the image is built from Debian's packages with
# debootstrap, which needs root and is installed if it is missing. The log is shown on failure only.
set -eu

release=${DEBIAN:-trixie}
image=debian:$release-slim
mirror=${DEBIAN_MIRROR:-} # empty: debootstrap uses Debian's own mirror
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "base-image: $*" >&2; exit 1; }
fail_with_log() { tail -n 40 "$log" >&2; fail "$*"; }
exists() { docker image inspect "$image" >/dev/null 2>&1; }

# Adds the update and security sources, and removes documentation and translations, now and in every
# later installation. The folders of man pages stay, because some packages create links in them.
make_slim() {
    mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p;T;q' etc/apt/sources.list)
    rm -f etc/apt/sources.list etc/hostname etc/resolv.conf
    cat >etc/apt/sources.list.d/debian.sources <<END
Types: deb
URIs: $mirror
Suites: $release $release-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: ${mirror%/debian}/debian-security
Suites: $release-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
    cat >etc/apt/apt.conf.d/docker <<'END'
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };
END
    for kind in doc info locale lintian man; do
        echo "path-exclude /usr/share/$kind/*"
    done >etc/dpkg/dpkg.cfg.d/docker
    echo "path-include /usr/share/doc/*/copyright" >>etc/dpkg/dpkg.cfg.d/docker
    find usr/share/doc usr/share/info usr/share/locale usr/share/lintian usr/share/man \
        ! -type d ! -name copyright -delete
    find var/cache/apt var/lib/apt/lists var/log ! -type d -delete
    # Packages start no service while an image is built.
    printf '#!/bin/sh\nexit 101\n' >usr/sbin/policy-rc.d
    chmod 755 usr/sbin/policy-rc.d
}

bootstrap() {
    folder=$(mktemp -d)
    trap 'rm -rf "$folder" "$log"' EXIT
    debootstrap --variant=minbase "$release" "$folder/root" ${mirror:+"$mirror"} || return 1
    (cd "$folder/root" && make_slim) || return 1
    tar -C "$folder/root" -c . | docker import --change 'CMD ["bash"]' - "$image"
}

if exists; then exit 0; fi
echo "base-image: pulling $image"
if timeout "${PULL_TIMEOUT:-120}" docker pull -q "$image" >"$log" 2>&1; then exit 0; fi
[ "$(id -u)" = 0 ] || fail "cannot pull $image, and only root can build it with debootstrap: $(tail -n 1 "$log")"
"$(dirname "$0")/packages.sh" debootstrap=debootstrap,debian-archive-keyring ||
    fail "cannot pull $image, and cannot install debootstrap to build it"
echo "base-image: cannot pull $image, building it with debootstrap"
bootstrap >>"$log" 2>&1 || fail_with_log "cannot build $image"
