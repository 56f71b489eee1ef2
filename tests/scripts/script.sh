# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# script.sh: what the test scripts share; sourced, never run.  $test_name is set before.

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

# Their runtime cannot be confined, so such a build leaves the sandbox off by itself.
is_sanitized() {
    grep -q '^#define SANDBOX_DEFAULT "off"' "${top_builddir:?}/config.h"
}

# need PROGRAM...: skips where one is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# await COMMAND...: until it succeeds, at most ten seconds.
await() {
    local i
    for ((i = 0; i < 200; i++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.05
    done
    fail "never came: $*"
}

# in_ipc_namespace COMMAND...: goes on as COMMAND, in an IPC namespace of its own.
in_ipc_namespace() {
    local options=(--ipc)
    need unshare
    [[ $EUID -eq 0 ]] || options+=(--user --map-root-user)
    unshare "${options[@]}" true 2>/dev/null || skip "the kernel grants no namespaces"
    exec unshare "${options[@]}" "$@"
}
