#!/bin/bash
# SPDX-License-Identifier: ISC
# chaos.sh: runs a short chaos.py.  "make chaos" runs a long one.
if [[ $EUID -ne 0 ]]; then
    echo "SKIP chaos: needs root, to be two other users"
    exit 77
fi
exec unshare --ipc --mount-proc --pid --fork python3 "$(dirname "$0")/chaos.py" "${CHAOS_REQUESTS:-500}"
