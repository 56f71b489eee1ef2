# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# script.sh: functions of all test scripts, to be sourced.  $test_name names the test.

say() {
    printf '%s\n' "$*"
}

skip() {
    say "SKIP ${test_name:?}: $*"
    exit 77
}

fail() {
    say "FAIL: $*"
    exit 1
}

# Returns whether the build has sanitizers: their runtime cannot be confined, so the default
# sandbox is off.
is_sanitized() {
    grep -q '^#define SANDBOX_DEFAULT "off"' "${top_builddir:?}/config.h"
}

# need PROGRAM...: skips the test if a program is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# await COMMAND...: repeats the command until it succeeds, for at most ten seconds.
await() {
    local i
    for ((i = 0; i < 200; i++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.05
    done
    fail "did not succeed within ten seconds: $*"
}

# in_ipc_namespace COMMAND...: executes the command in a new IPC namespace.
in_ipc_namespace() {
    local options=(--ipc)
    need unshare
    [[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
    unshare "${options[@]}" true 2>/dev/null || skip "the kernel grants no namespaces"
    exec unshare "${options[@]}" "$@"
}
