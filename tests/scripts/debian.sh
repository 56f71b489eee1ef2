#!/bin/bash
# SPDX-License-Identifier: ISC
# debian.sh: builds Debian packages from the tarball of "make dist", and installs, uses and purges
# them under a real systemd, booted for the test (booted.sh).
#
# $top_builddir: the built tree.  Skipped (77) on machines without Debian's tools.
set -euo pipefail

test_name=debian
self=$(readlink -f "$0")
# shellcheck source=tests/scripts/booted.sh
. "${self%/*}/booted.sh"

# ---- inside

# Prints the paths in the layer, without the package manager's own files and logs.
list_layer() {
    find /run/layer -mindepth 1 \( -path '*/var/lib/dpkg' -o -path '*/var/log' -o \
        -path '*/var/cache' \) -prune -o -printf '%P\n' | sort
}

# Prints the paths that were added to the layer since list_layer wrote the file $1.  A path that
# the machine has too was only changed: a directory, /etc/passwd.
list_added() {
    local path
    list_layer | comm -13 "$1" - | while read -r path; do
        [[ -e /run/machine/$path || -L /run/machine/$path ]] || printf '%s\n' "$path"
    done
}

# quietly COMMAND...: prints the output only of a failure.
quietly() {
    "$@" >/tmp/log 2>&1 || { cat /tmp/log; fail "$*"; }
}

step_installs() {
    list_layer >/tmp/before
    # Remove the policy of container images, which forbids packages to start services.
    rm -f /usr/sbin/policy-rc.d
    quietly dpkg --install /msgfetch-test/*.deb
    [[ -d /etc/msgfetchd.conf.d && -d /etc/msgfetchd ]] || fail "no directories for configurations"
    [[ $(stat -c %U:%a /etc/msgfetchd.conf) == root:644 ]] || fail "the configuration has another owner or mode"
    [[ -z $(dpkg --verify "${packages[@]}") ]] || fail "installed files differ from the packages"
}

step_is_enabled() {
    systemctl is-enabled --quiet msgfetchd || fail "the service is not enabled"
    systemctl is-active --quiet msgfetchd || fail "the service was not started"
    systemctl enable --now msgfetchd
}

step_serves_others() {
    as_other msgfetch --output - doc/copyright >/tmp/fetched || fail "another user cannot fetch"
    cmp /tmp/fetched /usr/share/doc/msgfetchd/copyright
    # The example configuration names this path.
    as_other msgfetch --output - doc/README.md >/tmp/fetched || fail "doc/README.md is not there"
    [[ $(ps -o user= -C msgfetchd) == msgfetch* ]] || fail "the daemon runs as somebody else"
}

# Runs the tests of autopkgtest, which debian/tests/control names.
step_passes_its_own_tests() {
    local name
    while read -r name; do
        quietly "/msgfetch-test/tests/$name"
    done < <(sed -n 's/^Tests: //p' /msgfetch-test/tests/control)
}

# start_of UNIT: prints the time of its start.
start_of() {
    systemctl show -P ActiveEnterTimestampMonotonic "$1"
}

step_is_installed_anew() {
    local before_two
    printf 'key = 0x77\nexport "two" { path = "/usr/share/doc/msgfetchd" }\n' >/etc/msgfetchd/two.conf
    systemctl start msgfetchd@two
    before_two=$(start_of msgfetchd@two)
    quietly dpkg --install /msgfetch-test/msgfetchd_*.deb
    as_other msgfetch --retry 20 --ping
    as_other msgfetch --retry 20 --ping --key 0x77
    [[ $(start_of msgfetchd@two) != "$before_two" ]] || fail "the instance was not restarted"
}

# Follows the tutorial, whose service the package has started already.
step_teaches() {
    # The tutorial ends without any queue.
    systemctl stop msgfetchd@two
    cp /etc/msgfetchd.conf /tmp/msgfetchd.conf
    quietly python3 /msgfetch-test/tutorial.py /msgfetch-test/tutorial.md /root /etc/msgfetchd.conf
    userdel alice
    userdel bob
    # Backup files of userdel.
    rm -f /etc/subgid- /etc/subuid-
    rm -rf /srv/alice /srv/bob /srv/news /srv/work /etc/systemd/system/msgfetchd.service.d
    systemctl daemon-reload
    cp /tmp/msgfetchd.conf /etc/msgfetchd.conf
    systemctl start msgfetchd@two
}

step_is_purged() {
    local left
    systemctl is-active --quiet msgfetchd@two || fail "the instance does not run"
    quietly dpkg --purge "${packages[@]}"
    rm -rf /etc/msgfetchd
    if pgrep -x msgfetchd; then
        fail "the daemon still runs"
    fi
    left=$(list_added /tmp/before)
    [[ -z $left ]] || fail "these files are left: $left"
    # The user stays, so that no other user gets its number (README.Debian).
    getent passwd msgfetchd >/dev/null || fail "the user was removed"
    left=$(find /run/layer -user msgfetchd)
    [[ -z $left ]] || fail "the removed service's user still owns files: $left"
    if ipcs -q -s -m | grep '^0x'; then
        fail "kernel objects are left"
    fi
    [[ -z $(systemctl list-units --all --no-legend 'msgfetchd*') ]] || fail "a unit is left"
}

inside() {
    local step
    mapfile -t packages < <(for file in /msgfetch-test/*.deb; do dpkg-deb -f "$file" Package; done)
    for step in installs is_enabled serves_others passes_its_own_tests is_installed_anew teaches \
        is_purged; do
        "step_$step"
        say "ok $step"
    done
}

# ---- outside

requirements() {
    booted_requirements
    need dh dpkg-buildpackage dpkg-checkbuilddeps lintian ps
    source=$(dirname "$(dirname "${self%/*}")")
    [[ -d $source/debian ]] || skip "no debian directory: this is a release, not a clone"
    [[ -e $top_builddir/Makefile ]] || skip "no built tree: \$top_builddir"
    if is_sanitized; then
        skip "built with sanitizers, which packages never have"
    fi
    (cd "$source" && dpkg-checkbuilddeps 2>&1) || skip "packages needed for the build are missing"
}

build() {
    "$source/debian/build.sh" "$work/build" >"$work/build.log" 2>&1 ||
        { tail -n 50 "$work/build.log"; fail "debian/build.sh"; }
    say "ok builds"
    lintian --fail-on error,warning "$work"/build/*.changes 2>"$work/build.log" ||
        { cat "$work/build.log"; fail "lintian"; }
    say "ok passes_lintian"
}

case ${1-} in
inside)
    inside
    ;;
*)
    top_builddir=$(realpath "${top_builddir:-.}")
    export top_builddir
    requirements
    booted_prepare
    build
    booted_run "$self" "$work"/build/*.deb "$source/debian/tests" "$source/docs/tutorial.md" \
        "${self%/*}/tutorial.py"
    ;;
esac
