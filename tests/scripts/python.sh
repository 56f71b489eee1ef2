#!/bin/bash
# SPDX-License-Identifier: ISC
# python.sh: the Python module over the built library; python_client.py has the tests.
#
# $top_builddir: the built tree.
set -euo pipefail

test_name=python
here=$(dirname "$0")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

top_builddir=${top_builddir:-.}
need python3
[[ -e $top_builddir/.libs/libmsgfetch.so.0 ]] || skip "built without the shared library"
if is_sanitized; then
    skip "built with sanitizers, whose runtime python3 does not have"
fi
export LD_LIBRARY_PATH=$top_builddir/.libs PYTHONPATH=$here/../../client/python
export PYTHONDONTWRITEBYTECODE=1
in_ipc_namespace python3 "$here/python_client.py"
