#!/bin/sh
# SPDX-License-Identifier: ISC
# python.sh: the installed Python module.
set -eu
# shellcheck source=debian/tests/serve.sh
. "$(dirname "$0")/serve.sh"

# Debian's own interpreter, which the module is installed for.
cd /
as_nobody /usr/bin/python3 - "$key" <<'END'
import importlib.metadata, sys, msgfetch
assert importlib.metadata.version('msgfetch')
with msgfetch.Session(key=int(sys.argv[1], 0)) as session:
    assert session.read('pub/note') == b'only for msgfetchd\n'
END
finish
