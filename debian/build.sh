#!/bin/sh
# SPDX-License-Identifier: ISC
# build.sh: builds Debian's packages from a clone.
#
#   debian/build.sh [DIRECTORY]
#
# DIRECTORY, by default packages/ in the clone, receives the packages and the .changes file.  The
# tarball comes from the built tree $top_builddir, by default build/, which is configured if needed.
# Packages to build with are installed by root, and named to anybody else.
set -eu

cd "$(dirname "$0")/.."
top_builddir=${top_builddir:-build}
packages=${1:-packages}
mkdir -p "$packages" "$top_builddir"
packages=$(cd "$packages" && pwd)

if ! dpkg-checkbuilddeps; then
    if [ "$(id -u)" -ne 0 ]; then
        echo 'build.sh: install these first: apt-get build-dep .' >&2
        exit 1
    fi
    apt-get build-dep -q -y .
fi

# A make that runs this has told its own tests and options to its children.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS
[ -e configure ] || ./bootstrap.sh
clone=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -e "$top_builddir/Makefile" ] || (cd "$top_builddir" && "$clone/configure")
make -s -C "$top_builddir" dist >/dev/null
mv "$top_builddir"/msgfetch-*.tar.gz "$work"
tree=$(basename "$work"/*.tar.gz .tar.gz)
mv "$work/$tree.tar.gz" "$work/$(echo "$tree" | tr - _).orig.tar.gz"
tar -C "$work" -xf "$work"/*.orig.tar.gz
cp -R debian "$work/$tree"
(cd "$work/$tree" && DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} noautodbgsym" dpkg-buildpackage -us -uc -b)
mv "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$packages"
