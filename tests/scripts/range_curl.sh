#!/bin/bash
# SPDX-License-Identifier: ISC
# range_curl.sh: msgfetch --range beside curl --range from nginx; range_curl.py has the cases.
set -euo pipefail

test_name=range_curl
here=$(dirname "$0")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

PATH=$PATH:/usr/sbin
need python3 unshare curl nginx
options=(--ipc)
[[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
unshare "${options[@]}" true 2>/dev/null || skip "the kernel grants no namespaces"
exec unshare "${options[@]}" python3 "$here/range_curl.py" "$here/../../bench"
