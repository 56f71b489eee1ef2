#!/bin/bash
# SPDX-License-Identifier: ISC
# abi.sh: compares the interface of the shared library with the stored one.
#
#   abi.sh          fails if they differ
#   abi.sh --renew  stores the interface of the build
#
# $top_builddir: the built tree.
set -euo pipefail

test_name=abi
here=$(dirname "$0")
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

library=${top_builddir:?}/.libs/libmsgfetch.so
stored=$here/abi/libmsgfetch-0.abi
public=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-abi.XXXXXX") # the public header alone
trap 'rm -rf "$public"' EXIT
cp "$here/../../client/lib/msgfetch.h" "$public"

# Prints the interface without private types and local file names.
describe() {
    abidw --exported-interfaces-only --drop-private-types --drop-undefined-syms \
        --headers-dir "$public" --no-corpus-path --no-comp-dir-path --no-show-locs \
        --no-elf-needed --no-parameter-names --type-id-style hash "$library" |
        sed "s| path='[^']*/client/lib/| path='client/lib/|"
}

need abidw abidiff readelf nm
[[ $(nm -D "$library") != *__asan_* ]] || skip "built with sanitizers"
[[ $(readelf -S "$library") == *debug_info* ]] || skip "built without -g"

if [[ ${1-} == --renew ]]; then
    describe >"$stored.new"
    mv "$stored.new" "$stored"
    exit
fi
[[ $(readelf -h "$library") == *X86-64* ]] || skip "the stored interface is that of x86-64"
describe >"$public/built.abi"
abidiff --harmless "$stored" "$public/built.abi" ||
    fail "the interface has changed: see \"The interface of the library\" in HACKING.md"
