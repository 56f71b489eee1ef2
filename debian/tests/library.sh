#!/bin/sh
# SPDX-License-Identifier: ISC
# library.sh: the example that comes with the library, compiled as its users would.
set -eu
# shellcheck source=debian/tests/serve.sh
. "$(dirname "$0")/serve.sh"

# Flags, one word each.
# shellcheck disable=SC2046
cc -o "$work/example" /usr/share/doc/libmsgfetch-dev/examples/example.c $(pkg-config --cflags --libs msgfetch)
[ "$(as_nobody "$work/example" pub/note "$key")" = 'only for msgfetchd' ]
finish
