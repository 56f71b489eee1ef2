#!/bin/bash
# SPDX-License-Identifier: ISC
# examples.sh: runs the examples of the manual pages; examples.py has what they must do.
set -euo pipefail

test_name=examples
here=$(dirname "$0")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

need python3 ipcs
in_ipc_namespace python3 "$here/examples.py" "$here/../../man"
