#!/bin/bash
# SPDX-License-Identifier: ISC
# containers.sh: daemon and client in two containers that share an IPC namespace and nothing
# else: other root trees, users, processes, networks and host names, no capabilities.
#
# The daemon's root is made by containers/image.sh, as that of the image is: without a shell.
# setpriv in it does what a container runtime does.  The client's has this machine's /usr.
#
# $MSGFETCHD, $MSGFETCH: the built programs.  $top_builddir: the built tree.
set -euo pipefail

test_name=containers
directory=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/scripts/script.sh
. "$directory/script.sh"

setpriv=$(command -v setpriv || :)
server_uid=10001
client_uid=64002
key=0x51f5

requirements() {
    [[ $EUID == 0 ]] || skip "needs root"
    if is_sanitized; then
        skip "built with sanitizers, and so without the sandbox that is looked at"
    fi
    need bwrap ipcs ldd nsenter setpriv unshare
    bwrap --unshare-pid --unshare-net --unshare-uts --bind / / true 2>/dev/null ||
        skip "the kernel grants bubblewrap no namespaces"
    unshare --ipc true 2>/dev/null || skip "the kernel grants no IPC namespace"
}

clean_up() {
    local status=$? process
    trap - EXIT
    if [[ $status != 0 && $status != 77 ]]; then
        cat "$work"/*.log >&2
    fi
    for process in $(jobs -p); do
        kill -9 "$process" 2>/dev/null || :
        wait "$process" 2>/dev/null || :
    done
    rm -rf "$work"
    exit "$status"
}

make_image() {
    "$directory/../../containers/image.sh" "$work/image" "$MSGFETCHD" "$setpriv"
    printf 'export "pub" { path = "/srv/pub" }\n' >"$work/image/etc/msgfetchd.conf"
}

make_files() {
    mkdir -p "$work/pub/tree/deep" "$work/home"
    printf 'only the server has this\n' >"$work/pub/note"
    # More than goes inline, and more than a ring holds.
    head -c 5000000 /dev/urandom >"$work/pub/large"
    head -c 30000 /dev/urandom >"$work/pub/tree/deep/file"
    chmod -R a+rX "$work/pub"
    chown "$client_uid:$client_uid" "$work/home"
}

in_namespace_of_its_own() {
    [[ $(readlink "/proc/$1/ns/ipc") != "$(readlink /proc/self/ns/ipc)" ]]
}

# What a pod's first container, or Docker's shareable one, is: the namespace lasts with it.
hold_namespace() {
    unshare --ipc sleep infinity &
    holder=$!
    await in_namespace_of_its_own "$holder"
}

# box USER NAME OPTION... -- COMMAND...: COMMAND as USER in a container with the shared
# IPC namespace.
box() {
    local user=$1 name=$2 options=()
    shift 2
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    exec nsenter --target "$holder" --ipc -- bwrap --unshare-pid --unshare-net --unshare-uts \
        --hostname "$name" --die-with-parent "${options[@]}" --proc /proc --dev /dev \
        --chdir / --clearenv --setenv PATH /usr/bin:/bin -- "$setpriv" --reuid "$user" --regid "$user" \
        --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"
}

start_server() {
    (box "$server_uid" server --ro-bind "$work/image" / \
        --ro-bind "$work/pub" /srv/pub -- "$MSGFETCHD" --key "$key" --config /etc/msgfetchd.conf) 2>>"$work/server.log" &
    server=$!
    await serves
}

# client COMMAND...: in the client's container.
client() {
    local options=() path
    for path in /bin /sbin /lib /lib32 /lib64 /libx32; do
        if [[ -L $path ]]; then
            options+=(--symlink "$(readlink "$path")" "$path")
        elif [[ -d $path ]]; then
            options+=(--ro-bind "$path" "$path")
        fi
    done
    (box "$client_uid" client --ro-bind /usr /usr "${options[@]}" \
        --ro-bind "$MSGFETCH" /msgfetch --bind "$work/home" /home -- "$@") 2>>"$work/client.log"
}

# fetch OPTION-OR-PATH...: the image's user is no user of the client's container: by number.
fetch() {
    client /msgfetch --key "$key" --server-user "$server_uid" "$@"
}

serves() {
    fetch --timeout 1 --retry 0 --ping
}

# status_of COMMAND...: its exit status, on standard output.
status_of() {
    local status=0
    "$@" >/dev/null || status=$?
    echo "$status"
}

# The daemon itself, behind nsenter and bwrap and what bwrap puts ahead of it.
server_process() {
    local process=$server child
    while child=$(cat "/proc/$process/task/$process/children") && [[ -n $child ]]; do
        process=${child%% *}
        if [[ $(cat "/proc/$process/comm") == msgfetchd ]]; then
            echo "$process"
            return
        fi
    done
    fail "no daemon beneath $server"
}

same() {
    cmp "$work/home/$1" "$work/pub/$2" || fail "$1 has other bytes than $2"
}

# ---- the steps

step_share_nothing_but_ipc() {
    local process kind here there
    process=$(server_process)
    for kind in ipc mnt net pid uts; do
        there=$(readlink "/proc/$process/ns/$kind")
        here=$(client readlink "/proc/self/ns/$kind")
        if [[ $kind == ipc ]]; then
            [[ $here == "$there" ]] || fail "they have no IPC namespace in common"
        else
            [[ $here != "$there" ]] || fail "they have the namespace $kind in common"
        fi
        [[ $there != "$(readlink "/proc/self/ns/$kind")" ]] || fail "the daemon has our namespace $kind"
    done
    [[ $(stat -c %u "/proc/$process/environ") == 0 ]] || fail "the daemon is not in its sandbox"
    grep -q "^Uid:.$server_uid.$server_uid.$server_uid" "/proc/$process/status" || fail "the daemon is another user"
    grep -q '^CapEff:.0*$' "/proc/$process/status" || fail "the daemon has capabilities"
    [[ $(client id -u) == "$client_uid" ]] || fail "the client is another user"
    [[ $(client sed 1,2d /proc/net/dev | grep -cv ' lo:') == 0 ]] || fail "the client has a network"
}

step_needs_no_part_of_the_sandbox_left_out() {
    if grep 'sandbox: no' "$work/server.log"; then
        fail "a part of the sandbox is missing in a container"
    fi
}

step_cannot_see_the_directory() {
    client test ! -e /srv/pub/note || fail "the client sees the exported directory"
    client test ! -e /etc/msgfetchd.conf || fail "the client sees the daemon's root"
    # Of itself it sees cat and what bwrap leaves.
    if client cat /proc/[0-9]*/comm | grep -x msgfetchd; then
        fail "the client sees the daemon's process"
    fi
}

step_fetches() {
    fetch -o /home/note pub/note
    same note note
    fetch -o /home/large pub/large
    same large large
    fetch -r -o /home/tree pub/tree
    same tree/deep/file tree/deep/file
    # A process of another container's has no number here.
    grep -q "access uid=$client_uid pid=0 .*path=\"pub/large\"" "$work/server.log" ||
        fail "the daemon does not know who asked"
}

step_trusts_only_whom_it_was_told_to() {
    [[ $(status_of client /msgfetch --key "$key" pub/note) == 4 ]] || fail "a stranger's daemon is trusted"
}

step_is_not_there_outside() {
    if ipcs -q | grep "$((key))\|$key"; then
        fail "the queue is in our IPC namespace"
    fi
    [[ $(status_of "$MSGFETCH" --key "$key" --retry 0 pub/note 2>>"$work/client.log") == 3 ]] ||
        fail "a daemon answers outside of the shared IPC namespace"
}

# Takes the first bytes, says so, and takes the rest when it may.
slow_reader() {
    head -c 100000
    : >"$work/begun"
    await test -e "$work/released"
    cat
}

# Somebody has half a file when it dies, somebody else asks while it is dead.
step_outlives_the_daemon() {
    local reading waiting
    fetch --retry 1000 -o - pub/large | slow_reader >"$work/home/part" &
    reading=$!
    await test -e "$work/begun"
    kill -9 "$(server_process)"
    wait "$server" || :
    [[ $(status_of fetch --retry 0 pub/note) == 3 ]] || fail "a dead daemon answers"
    fetch --retry 1000 -o /home/late pub/note &
    waiting=$!
    start_server
    : >"$work/released"
    wait "$reading" || fail "who had half a file did not get the rest"
    same part large
    wait "$waiting" || fail "who asked a dead daemon was not served by the next one"
    same late note
}

step_leaves_nothing() {
    local status=0
    kill "$(server_process)"
    wait "$server" || status=$?
    server=
    [[ $status == 0 ]] || fail "the daemon ended with status $status"
    if nsenter --target "$holder" --ipc ipcs -q -s -m | grep '^0x'; then
        fail "these are left"
    fi
}

requirements
work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-containers.XXXXXX")
server='' holder=''
trap clean_up EXIT
trap 'exit 143' HUP INT TERM
make_image
make_files
hold_namespace
start_server
for step in share_nothing_but_ipc needs_no_part_of_the_sandbox_left_out cannot_see_the_directory \
    fetches trusts_only_whom_it_was_told_to is_not_there_outside outlives_the_daemon leaves_nothing; do
    "step_$step"
    say "ok $step"
done
