#!/bin/bash
# SPDX-License-Identifier: ISC
# tutorial.sh: runs the tutorial's commands under a systemd booted for the test (booted.sh).
#
# $top_builddir: the built tree.
set -euo pipefail

test_name=tutorial
self=$(readlink -f "$0")
# shellcheck source=tests/scripts/booted.sh
. "${self%/*}/booted.sh"

case ${1-} in
inside)
    booted_find_tree
    PATH=$prefix/sbin:$prefix/bin:$PATH
    export PATH
    cd /msgfetch-test
    python3 tutorial.py tutorial.md /root "$configuration"
    ;;
*)
    booted_requirements
    booted_tree_requirements
    need runuser useradd
    booted_prepare
    booted_install_tree
    mkdir "$layer/msgfetch-test"
    cp "${self%/*}/tutorial.py" "${self%/*}/../../docs/tutorial.md" "$layer/msgfetch-test"
    booted_run "$self"
    ;;
esac
