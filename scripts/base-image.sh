#!/bin/sh
# Makes sure that the image debian:$DEBIAN-slim is on this machine.
#
#   DEBIAN=bookworm scripts/base-image.sh
#
# One that is here is kept; else it is pulled; where no registry answers it is made of Debian's
# packages with debootstrap, which needs root and is installed where it is missing. The log is shown
# on failure only.
set -eu

release=${DEBIAN:-trixie}
image=debian:$release-slim
mirror=${DEBIAN_MIRROR:-} # empty: debootstrap knows Debian's own
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "base-image: $*" >&2; exit 1; }
fail_with_log() { tail -n 40 "$log" >&2; fail "$*"; }
is_here() { docker image inspect "$image" >/dev/null 2>&1; }

# Sources with updates and security, and what a slim image leaves out: documentation and other
# languages, now and in every later installation. Folders of man pages stay, since some packages
# put links into them.
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
    # No service starts while an image is built.
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

if is_here; then exit 0; fi
echo "base-image: fetching $image"
if timeout "${PULL_TIMEOUT:-120}" docker pull -q "$image" >"$log" 2>&1; then exit 0; fi
[ "$(id -u)" = 0 ] || fail "cannot pull $image, and only root can make it with debootstrap: $(tail -n 1 "$log")"
"$(dirname "$0")/packages.sh" debootstrap=debootstrap,debian-archive-keyring ||
    fail "cannot pull $image, and there is no debootstrap to make it with"
echo "base-image: no registry gives it, making it with debootstrap"
bootstrap >>"$log" 2>&1 || fail_with_log "cannot make $image"
