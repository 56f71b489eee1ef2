#!/bin/sh
# SPDX-License-Identifier: ISC
# smoke.sh: the installed programs: another user fetches.
set -eu
# shellcheck source=debian/tests/serve.sh
. "$(dirname "$0")/serve.sh"

[ "$(as_nobody msgfetch --key "$key" pub/note)" = 'only for msgfetchd' ]
finish
