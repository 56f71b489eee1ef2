#!/bin/sh
# SPDX-License-Identifier: ISC
# quickstart.sh: builds a fresh clone and fetches a file.
#
#   ./quickstart.sh         installs missing packages, builds, and demonstrates a fetch
#   ./quickstart.sh check   installs missing packages, builds, and runs all tests
#
# Builds in ./build.  Installs packages only as root and only with apt; otherwise prints the
# names of the packages to install.  Can be repeated at any time.
set -eu

cd "$(dirname "$0")"
build=$PWD/build
log=$build/quickstart.log
jobs=$(getconf _NPROCESSORS_ONLN)
work=
daemon=

say() {
    printf '== %s\n' "$*"
}

die() {
    printf 'quickstart.sh: %s\n' "$*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# ---- packages

# Prints the Debian packages whose programs, headers or modules are missing.
missing_packages() {
    if [ ! -e configure ]; then
        have autoreconf || echo autoconf
        have automake || echo automake
        have libtoolize || echo libtool
    fi
    have "${CC:-cc}" || echo gcc
    echo '#include <stdlib.h>' | "${CC:-cc}" -E - >/dev/null 2>&1 || echo libc6-dev
    have make || echo make
    have pkg-config || echo pkg-config
    pkg-config --exists libbsd-overlay 2>/dev/null || echo libbsd-dev
    pkg-config --exists libconfuse 2>/dev/null || echo libconfuse-dev
    pkg-config --exists libmd 2>/dev/null || echo libmd-dev
    pkg-config --exists 'libxxhash >= 0.8' 2>/dev/null || echo libxxhash-dev
    pkg-config --exists jansson 2>/dev/null || echo libjansson-dev
    pkg-config --exists 'libseccomp >= 2.5' 2>/dev/null || echo libseccomp-dev
    pkg-config --exists check 2>/dev/null || echo check
    python3 -c 'import ctypes' 2>/dev/null || echo python3
    if ! have ipcs || ! have setpriv; then
        echo util-linux
    fi
}

install_packages() {
    packages=$(missing_packages | xargs)
    if [ -z "$packages" ]; then
        say "packages: nothing is missing"
        return
    fi
    if [ "$(id -u)" -ne 0 ] || ! have apt-get; then
        cat >&2 <<END
quickstart.sh: these packages are missing:
    $packages
These are Debian's names.  On Debian and its derivatives, install them as root with
    apt-get install $packages
Other systems use similar names (libbsd-devel, check-devel).  Then run quickstart.sh again.
END
        exit 1
    fi
    say "packages: installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # Package names contain no spaces.
    # shellcheck disable=SC2086
    apt-get install -q -y --no-install-recommends $packages
    packages=$(missing_packages | xargs)
    [ -z "$packages" ] || die "still missing after the installation: $packages"
}

# ---- build

# quietly COMMAND...: writes the output to the log, and to the terminal after a failure.
quietly() {
    printf '$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        die "failed: $* (full log: $log)"
    }
}

compile() {
    say "building in $build (log: quickstart.log)"
    mkdir -p "$build"
    : >"$log"
    [ -e configure ] || quietly ./bootstrap.sh
    cd "$build"
    [ -e Makefile ] || quietly ../configure
    quietly make -j "$jobs"
    cd ..
}

# ---- demonstration

clean_up() {
    status=$?
    trap - EXIT
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || :
        wait "$daemon" || :
    fi
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}

# show COMMAND...: prints the command and runs it.
show() {
    printf '$ %s\n' "$*"
    "$@"
}

# Prints the kernel objects under the demonstration's key.
kernel_objects() {
    ipcs -q -s | grep -F "$key" || :
}

make_sample() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-quickstart.XXXXXX")
    mkdir "$work/bin" "$work/sample" "$work/fetched"
    cp "$build/msgfetch" "$work/bin/"
    echo 'Fetched without a socket, a network or a shared directory.' >"$work/sample/hello"
    head -c 5000000 /dev/urandom >"$work/sample/five-megabytes"
    # Only the daemon's user can read the sample directory.
    chmod 711 "$work"
    chmod 700 "$work/sample"
    client=
    if [ "$(id -u)" -eq 0 ]; then
        client='setpriv --reuid 65534 --regid 65534 --clear-groups --'
        chown 65534:65534 "$work/fetched"
        # Stay root if this root cannot change users, or $TMPDIR is closed to other users.
        # shellcheck disable=SC2086
        $client test -x "$work/bin/msgfetch" || client=
    fi
}

start_daemon() {
    key=0x5f$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
    say "starting a daemon that serves $work/sample as \"sample\" under a throw-away key"
    printf '$ %s &\n' "msgfetchd --key $key --export sample=$work/sample"
    "$build/msgfetchd" --key "$key" --export "sample=$work/sample" 2>"$work/daemon.log" &
    daemon=$!
    # shellcheck disable=SC2086
    show $client msgfetch --key "$key" --ping --retry 20 || {
        cat "$work/daemon.log" >&2
        die "the daemon does not answer"
    }
    say "the daemon's kernel objects: a request queue, and a semaphore held while it lives"
    kernel_objects
}

# $client is empty, or a command with options.
# shellcheck disable=SC2086
fetch() {
    if [ -n "$client" ]; then
        say "the client runs as user 65534, who cannot read that directory"
        if show $client cat "$work/sample/hello" 2>&1; then
            die "user 65534 can read the directory"
        fi
    fi
    say "fetching to the terminal and into a directory"
    show $client msgfetch --key "$key" sample/hello
    show $client msgfetch --key "$key" --output-dir "$work/fetched" sample/hello \
        sample/five-megabytes
}

compare() {
    say "comparing with the originals"
    for name in hello five-megabytes; do
        show cmp "$work/sample/$name" "$work/fetched/$name"
    done
    echo "all files are identical"
}

stop_daemon() {
    say "stopping the daemon"
    show kill -TERM "$daemon"
    status=0
    wait "$daemon" || status=$?
    daemon=
    [ "$status" -eq 0 ] || {
        cat "$work/daemon.log" >&2
        die "msgfetchd ended with status $status"
    }
    left=$(kernel_objects)
    [ -z "$left" ] || die "left behind in the kernel: $left"
    echo "stopped cleanly; nothing is left in the kernel"
}

demonstrate() {
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    make_sample
    PATH=$work/bin:$PATH
    start_daemon
    fetch
    compare
    stop_daemon
    say "done: $build/msgfetchd and $build/msgfetch are ready; see README.md for more"
}

# ---- tests

run_tests() {
    say "building the tests"
    quietly make -C "$build" -j "$jobs" check TESTS=
    say "running the tests"
    result=passed
    make -C "$build" check VERBOSE=1 || result=FAILED
    if grep -h '^SKIP ' "$build"/tests/*/*.log; then
        say "the tests named above were skipped"
    fi
    say "tests $result (logs: $build/tests/)"
    [ "$result" = passed ]
}

case $#,${1-} in
0,)
    install_packages
    compile
    demonstrate
    ;;
1,check)
    install_packages
    compile
    run_tests
    ;;
*)
    echo 'usage: ./quickstart.sh [check]' >&2
    exit 2
    ;;
esac
