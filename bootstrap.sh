#!/bin/sh
# SPDX-License-Identifier: ISC
# bootstrap.sh: makes ./configure in a fresh clone.  A release tarball has it already.
set -eu

cd "$(dirname "$0")"
for tool in autoreconf automake libtoolize pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "bootstrap.sh: $tool is missing" \
            "(Debian: apt-get install autoconf automake libtool pkg-config)" >&2
        exit 1
    }
done
mkdir -p m4
exec autoreconf --force --install "$@"
