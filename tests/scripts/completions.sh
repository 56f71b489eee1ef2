#!/bin/bash
# SPDX-License-Identifier: ISC
# completions.sh: asks the shells to complete; completions.py has what is to come of it.
set -euo pipefail

test_name=completions
here=$(dirname "$0")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

need python3
in_ipc_namespace python3 "$here/completions.py" "$here/../../completions"
