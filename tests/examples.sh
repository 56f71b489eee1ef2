#!/bin/bash
# SPDX-License-Identifier: ISC
# examples.sh: runs the examples of the manual pages; examples.py has what they must do.
set -euo pipefail

test_name=examples
here=$(dirname "$0")
# shellcheck source=tests/script.sh
. "$here/script.sh"

need python3 unshare ipcs
options=(--ipc)
[[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
unshare "${options[@]}" true 2>/dev/null || skip "the kernel grants no namespaces"
exec unshare "${options[@]}" python3 "$here/examples.py" "$here/../man"
