#!/bin/bash
# SPDX-License-Identifier: ISC
# containers.sh: runs daemon and client in two containers that share only an IPC namespace: roots,
# users, processes, networks and host names differ, and neither has capabilities.
#
# containers/image.sh makes the daemon's root, as for the image: without a shell.  setpriv acts as
# the container runtime.  The client's root has this machine's /usr.
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
        skip "built with sanitizers, and so without the sandbox"
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

# Starts a process that keeps the namespace, as a pod's first container or Docker's shareable one.
hold_namespace() {
    unshare --ipc sleep infinity &
    holder=$!
    await in_namespace_of_its_own "$holder"
}

# box USER NAME OPTION... -- COMMAND...: executes COMMAND as USER in a container with the shared IPC
# namespace.
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

# client COMMAND...: runs the command in the client's container.
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

# fetch OPTION-OR-PATH...: runs msgfetch in the client's container, which has no name for the
# daemon's user.
fetch() {
    client /msgfetch --key "$key" --server-user "$server_uid" "$@"
}

serves() {
    fetch --timeout 1 --retry 0 --ping
}

# status_of COMMAND...: prints the exit status of the command.
status_of() {
    local status=0
    "$@" >/dev/null || status=$?
    echo "$status"
}

# Prints the pid of the daemon, a descendant of nsenter and bwrap.
server_process() {
    local process=$server child
    while child=$(cat "/proc/$process/task/$process/children") && [[ -n $child ]]; do
        process=${child%% *}
        if [[ $(cat "/proc/$process/comm") == msgfetchd ]]; then
            echo "$process"
            return
        fi
    done
    fail "process $server has no daemon below it"
}

same() {
    cmp "$work/home/$1" "$work/pub/$2" || fail "$1 differs from $2"
}

# ---- the steps

step_share_nothing_but_ipc() {
    local process kind here there
    process=$(server_process)
    for kind in ipc mnt net pid uts; do
        there=$(readlink "/proc/$process/ns/$kind")
        here=$(client readlink "/proc/self/ns/$kind")
        if [[ $kind == ipc ]]; then
            [[ $here == "$there" ]] || fail "daemon and client do not share an IPC namespace"
        else
            [[ $here != "$there" ]] || fail "daemon and client share the namespace $kind"
        fi
        [[ $there != "$(readlink "/proc/self/ns/$kind")" ]] || fail "the daemon has the test's namespace $kind"
    done
    [[ $(stat -c %u "/proc/$process/environ") == 0 ]] || fail "the daemon has no sandbox"
    grep -q "^Uid:.$server_uid.$server_uid.$server_uid" "/proc/$process/status" || fail "the daemon runs as another user"
    grep -q '^CapEff:.0*$' "/proc/$process/status" || fail "the daemon has capabilities"
    [[ $(client id -u) == "$client_uid" ]] || fail "the client runs as another user"
    [[ $(client sed 1,2d /proc/net/dev | grep -cv ' lo:') == 0 ]] || fail "the client has a network"
}

step_needs_no_part_of_the_sandbox_left_out() {
    if grep 'sandbox: no' "$work/server.log"; then
        fail "the container disables a part of the sandbox"
    fi
}

step_cannot_see_the_directory() {
    client test ! -e /srv/pub/note || fail "the client sees the exported directory"
    client test ! -e /etc/msgfetchd.conf || fail "the client sees the daemon's root"
    # The client's /proc has only cat and a remaining bwrap.
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
    # The daemon's PID namespace has no number for the client's process.
    grep -q "access uid=$client_uid pid=0 .*path=\"pub/large\"" "$work/server.log" ||
        fail "the daemon's log does not name the client's user"
}

step_distrusts_an_unknown_daemon() {
    [[ $(status_of client /msgfetch --key "$key" pub/note) == 4 ]] || fail "the client trusts a daemon of an unknown user"
}

step_is_invisible_outside() {
    if ipcs -q | grep "$((key))\|$key"; then
        fail "the queue is in the test's IPC namespace"
    fi
    [[ $(status_of "$MSGFETCH" --key "$key" --retry 0 pub/note 2>>"$work/client.log") == 3 ]] ||
        fail "a daemon answers outside of the shared IPC namespace"
}

# Reads the first bytes, makes the file begun, and reads the rest after the file released exists.
slow_reader() {
    head -c 100000
    : >"$work/begun"
    await test -e "$work/released"
    cat
}

# Kills the daemon while one client has half a file; another client asks before the restart.
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
    wait "$reading" || fail "the client with half a file did not get the rest"
    same part large
    wait "$waiting" || fail "the next daemon did not serve the client that had asked before"
    same late note
}

step_leaves_nothing() {
    local status=0
    kill "$(server_process)"
    wait "$server" || status=$?
    server=
    [[ $status == 0 ]] || fail "the daemon ended with status $status"
    if nsenter --target "$holder" --ipc ipcs -q -s -m | grep '^0x'; then
        fail "kernel objects are left"
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
    fetches distrusts_an_unknown_daemon is_invisible_outside outlives_the_daemon leaves_nothing; do
    "step_$step"
    say "ok $step"
done
