#!/bin/bash
# SPDX-License-Identifier: ISC
# install.sh: "make install" with a prefix of the user's own writes nothing outside that prefix, and
# "make uninstall" removes all of it.
#
# $top_builddir: the built tree.  A copy of the tree is configured anew, without compiling anew.
set -euo pipefail

test_name=install
self=$(readlink -f "$0")
here=${self%/*}
# shellcheck source=tests/scripts/script.sh
. "$here/script.sh"

sources=${here%/*/*}

# quietly COMMAND...: shows the output only of a failure.
quietly() {
    "$@" >"$work/log" 2>&1 || { tail -n 50 "$work/log"; fail "$*"; }
}

# Prints the options of configure that the tree was built with, without directories.
old_options() {
    local option
    local -a options
    eval "options=($(./config.status --config))"
    for option in "${options[@]}"; do
        case $option in
        *dir=* | *prefix=* | --with-python=*) ;;
        *) printf '%s\n' "$option" ;;
        esac
    done
}

copy_tree() {
    mkdir "$work/build"
    tar -C "$top_builddir" --exclude='*.Po' --exclude='*.Plo' --exclude=libmsgfetch.la \
        --exclude=./tests --exclude=./coverage --exclude=./sanitize --exclude=./valgrind -cf - . |
        tar -C "$work/build" -xf -
}

configure_anew() {
    local -a options
    cd "$work/build"
    mapfile -t options < <(old_options)
    quietly "$sources/configure" "${options[@]}" --prefix="$prefix"
}

# Runs in a mount namespace with a root that is read-only outside of $work.
step_installs() {
    copy_tree
    configure_anew
    quietly make -s install
}

step_installed_what_follows_the_prefix() {
    local file
    for file in bin/msgfetch sbin/msgfetchd etc/msgfetchd.conf include/msgfetch.h \
        lib/libmsgfetch.so lib/systemd/system/msgfetchd.service lib/sysusers.d/msgfetchd.conf \
        share/bash-completion/completions/msgfetch share/zsh/site-functions/_msgfetch \
        share/fish/vendor_completions.d/msgfetch.fish share/man/man1/msgfetch.1; do
        [[ -e $prefix/$file ]] || fail "not installed: $file"
    done
    if [[ -n $(find "$prefix" -name _library.py) ]]; then
        [[ -n $(find "$prefix" -path '*/msgfetch-*.dist-info/METADATA') ]] ||
            fail "the Python module has no metadata"
    fi
    grep -q "^ExecStart=$prefix/sbin/msgfetchd .*$prefix/etc/msgfetchd.conf" \
        "$prefix/lib/systemd/system/msgfetchd.service" || fail "the unit starts another daemon"
    quietly "$prefix/sbin/msgfetchd" --config "$prefix/etc/msgfetchd.conf" --test-config
}

step_uninstalls() {
    local left
    quietly make -s -C "$work/build" uninstall
    left=$(find "$prefix" ! -type d)
    [[ -z $left ]] || fail "these are left: $left"
}

inside() {
    local step
    if [[ $EUID -eq 0 ]]; then
        mount --bind "$work" "$work"
        mount -o remount,bind,ro /
        [[ ! -w /usr && ! -w /etc ]] || skip "the root cannot be made read-only"
    fi
    for step in installs installed_what_follows_the_prefix uninstalls; do
        "step_$step"
        say "ok $step"
    done
}

case ${1-} in
inside)
    work=$2
    prefix=$work/installed
    export TMPDIR=$work
    inside
    ;;
*)
    : "${top_builddir:?}"
    need make tar
    [[ -e $top_builddir/config.status ]] || skip "no built tree: \$top_builddir"
    work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-install.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 143' HUP INT TERM
    if [[ $EUID -eq 0 ]]; then
        need unshare mount
        unshare --mount true 2>/dev/null || skip "the kernel grants no namespaces"
        unshare --mount "$self" inside "$work"
    else
        "$self" inside "$work"
    fi
    ;;
esac
