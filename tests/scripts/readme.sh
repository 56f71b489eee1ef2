#!/bin/bash
# SPDX-License-Identifier: ISC
# readme.sh: the README's commands, typed in a fresh clone on a machine with systemd that is booted
# for them (booted.sh).
#
# $top_builddir: the built tree.
set -euo pipefail

test_name=readme
self=$(readlink -f "$0")
# shellcheck source=tests/scripts/booted.sh
. "${self%/*}/booted.sh"

case ${1-} in
inside)
    unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS
    cd /msgfetch-test
    python3 tutorial.py --noisy clone/README.md /msgfetch-test/clone /etc/msgfetchd.conf
    ;;
*)
    source=$(readlink -f "${self%/*}/../..")
    [[ -e $source/.git ]] || skip "no clone: this is a release"
    booted_requirements
    need git tar autoreconf libtoolize make runuser useradd systemd-sysusers
    if is_sanitized; then
        skip "built with sanitizers: this builds anew"
    fi
    booted_prepare
    mkdir -p "$layer/msgfetch-test/clone"
    git -C "$source" -c safe.directory='*' ls-files -z |
        tar -C "$source" --null -T - -c | tar -C "$layer/msgfetch-test/clone" -x
    cp "${self%/*}/tutorial.py" "$layer/msgfetch-test"
    booted_run "$self"
    ;;
esac
