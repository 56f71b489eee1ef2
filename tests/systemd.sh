#!/bin/bash
# SPDX-License-Identifier: ISC
# systemd.sh: the installed units under a real systemd, booted for it.
#
# As root it makes namespaces of all kinds, a throw-away overlay over the machine's files with
# the built tree installed in it, and a cgroup; boots systemd there, without the machine's
# services; runs the steps below; and takes it all away.  Nothing outside is touched.
#
# $top_builddir: the built tree.  Elsewhere than on such a machine it is skipped (77).
set -euo pipefail

self=$(readlink -f "$0")
other_uid=64001

say() {
    printf '%s\n' "$*"
}

skip() {
    say "SKIP systemd: $*"
    exit 77
}

fail() {
    say "FAIL: $*"
    exit 1
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

# ---- inside: the steps, each a thing that the units promise

prefix_of() {
    systemctl show -P ExecStart msgfetchd | sed 's|.*path=\([^ ;]*\)/sbin/msgfetchd.*|\1|'
}

main_pid() {
    systemctl show -P MainPID msgfetchd
}

# as_other COMMAND...: as a user who has nothing to do with the daemon.
as_other() {
    setpriv --reuid "$other_uid" --regid "$other_uid" --clear-groups -- "$@"
}

serves() {
    as_other "$client" --timeout 2 --retry 0 --ping >/dev/null 2>&1
}

# fetches PATH FILE [OPTION...]: another user gets FILE's bytes by PATH.
fetches() {
    local path=$1 file=$2
    shift 2
    as_other "$client" "$@" --output - "$path" >/tmp/fetched || fail "cannot fetch $path"
    cmp /tmp/fetched "$file" || fail "$path: other bytes than $file"
}

restarted() {
    (($(systemctl show -P NRestarts msgfetchd) > $1)) && systemctl is-active msgfetchd && serves
}

in_journal() {
    journalctl --sync >/dev/null 2>&1 || :
    # Not grep -q, which would leave journalctl a broken pipe.
    journalctl --no-pager --quiet --unit "$1" | grep -F -- "$2" >/dev/null
}

step_installs() {
    local directory=$1 report level
    systemd-sysusers
    id msgfetchd >/dev/null || fail "no user msgfetchd"
    report=$(systemd-analyze verify --man=no "$directory"/msgfetchd.service 2>&1)
    [[ -z $report ]] || fail "systemd-analyze verify: $report"
    for unit in msgfetchd.service msgfetchd@.service; do
        report=$(systemd-analyze security --offline=true --no-pager "$directory/$unit")
        level=$(sed -n 's/.*exposure level for [^:]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p' <<<"$report")
        ((10#$level <= 5)) || fail "exposure of $unit is more than 0.5: $level tenths"
    done
}

step_serves_others() {
    systemctl enable --now msgfetchd
    fetches doc/README.md "$prefix/share/doc/msgfetch/README.md"
    # Whose memory nobody may look into is root's in /proc.
    [[ $(stat -c %u "/proc/$(main_pid)/environ") == 0 ]] || fail "it is not in its sandbox"
    if in_journal msgfetchd 'sandbox: no'; then
        fail "a part of the sandbox is missing under the unit"
    fi
    # The root is made of what the unit names: the machine's own /run is not in it.
    [[ ! -e /proc/$(main_pid)/root/run/systemd/private ]] || fail "it sees the machine's /run"
}

step_reloads() {
    local before
    before=$(main_pid)
    mkdir -p /srv/pub
    head -c 100000 /dev/urandom >/srv/pub/noise
    chmod -R a+rX /srv/pub
    printf 'export "pub" { path = "/srv/pub" }\n' >>"$configuration"
    systemctl reload msgfetchd
    await as_other "$client" --quiet --output /dev/null pub/noise
    fetches pub/noise /srv/pub/noise
    [[ $(main_pid) == "$before" ]] || fail "a reload started another daemon"
}

step_names_who_sends_junk() {
    # It becomes the user by itself: an interpreter may be in a directory of root's.
    python3 - "$other_uid" <<'END'
import ctypes, os, struct, sys, time
user = int(sys.argv[1])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
libc = ctypes.CDLL(None, use_errno=True)
queue = libc.msgget(0x1aaaaaa1, 0)
assert queue >= 0
assert libc.msgsnd(queue, struct.pack("l", 99) + b"junk", ctypes.c_size_t(4), 0) == 0
time.sleep(0.3)  # until the daemon has looked whose process that is
END
    await in_journal msgfetchd 'dropped a message from uid'
    # Before Linux 6.13 nothing tells a daemon that cannot see it in /proc.
    if [[ $(uname -r | awk -F. '{ print $1 * 1000 + $2 }') -ge 6013 ]]; then
        await in_journal msgfetchd "dropped a message from uid $other_uid"
    fi
}

step_survives_a_kill() {
    kill -9 "$(main_pid)"
    await restarted 0
    fetches pub/noise /srv/pub/noise
}

step_is_watched() {
    local count
    mkdir -p /etc/systemd/system/msgfetchd.service.d
    printf '[Service]\nWatchdogSec=1\n' >/etc/systemd/system/msgfetchd.service.d/test.conf
    systemctl daemon-reload
    systemctl restart msgfetchd
    count=$(systemctl show -P NRestarts msgfetchd)
    # It lives longer than the limit as long as it turns.
    sleep 1.5
    [[ $(systemctl show -P NRestarts msgfetchd) == "$count" ]] || fail "the watchdog bit too early"
    kill -STOP "$(main_pid)"
    await restarted "$count"
    await in_journal msgfetchd 'Watchdog timeout'
    fetches pub/noise /srv/pub/noise
}

step_has_instances() {
    mkdir -p "${configuration%.conf}"
    printf 'key = 0x77\nexport "two" { path = "/srv/pub" }\n' >"${configuration%.conf}/two.conf"
    systemctl start msgfetchd@two
    fetches two/noise /srv/pub/noise --key 0x77
    fetches pub/noise /srv/pub/noise
    systemctl stop msgfetchd@two
}

step_stops() {
    systemctl stop msgfetchd
    [[ $(systemctl show -P Result msgfetchd) == success ]] || fail "it did not stop cleanly"
    await in_journal msgfetchd 'msgfetchd.service: Deactivated successfully'
    if ipcs -q -s -m | grep '^0x'; then
        fail "these are left"
    fi
    [[ $(systemctl list-units --failed --no-legend 'msgfetchd*') == '' ]] || fail "a unit failed"
}

inside() {
    local step
    prefix=$(prefix_of)
    client=$prefix/bin/msgfetch
    configuration=$(systemctl show -P ExecStart msgfetchd | sed 's|.*--config \([^ ;]*\).*|\1|')
    for step in "installs /usr/lib/systemd/system" serves_others reloads names_who_sends_junk \
        survives_a_kill is_watched has_instances stops; do
        # A function's name and its arguments.
        # shellcheck disable=SC2086
        step_$step
        say "ok ${step%% *}"
    done
}

# ---- init: the first process of the namespaces makes the root and becomes systemd

init() {
    local work=$1 root=$1/root node
    mount --make-rprivate /
    mount -t overlay -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" \
        overlay "$root"
    cd "$root"
    # The machine's services, mounts and settings are none of ours.
    rm -rf etc/systemd/system/*.wants etc/systemd/system/msgfetchd*
    : >etc/fstab
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 run run
    mount -t tmpfs tmp tmp
    mount -t tmpfs -o mode=755 dev dev
    for node in null zero full random urandom tty; do
        : >"dev/$node"
        mount --bind "/dev/$node" "dev/$node"
    done
    mkdir dev/pts dev/shm old
    mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    mount -t tmpfs shm dev/shm
    pivot_root . old
    umount -l old
    mount --make-rshared /
    # Kernel settings without a namespace are the machine's.
    mount --bind /proc/sys /proc/sys
    mount -o remount,bind,ro /proc/sys
    exec env -i container=msgfetch PATH="$PATH" \
        setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot \
        /lib/systemd/systemd --system --unit=basic.target --log-target=journal
}

# ---- outside

requirements() {
    local tool
    [[ $EUID == 0 ]] || skip "needs root"
    [[ -x /lib/systemd/systemd ]] || skip "no systemd on this machine"
    for tool in systemctl systemd-analyze systemd-sysusers nsenter setpriv unshare findmnt python3; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    [[ -e $top_builddir/systemd/msgfetchd.service ]] || skip "no built tree: \$top_builddir"
    program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$top_builddir/systemd/msgfetchd.service")
    case $program in
    /usr/* | /opt/*) ;;
    *) skip "configured for $program, which the unit does not let itself see" ;;
    esac
    if grep -q '^#define SANDBOX_DEFAULT "off"' "$top_builddir/config.h"; then
        skip "built with sanitizers, whose runtime the unit's restrictions do not allow"
    fi
    hierarchy=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
    [[ -n $hierarchy ]] || skip "no cgroup2 is mounted"
    unshare -mpiunC --fork true 2>/dev/null || skip "the kernel grants no namespaces"
}

# Where namespaces and the cgroup are there, what remains is a process to end, files, a cgroup.
clean_up() {
    local status=$? i
    trap - EXIT
    if [[ $status != 0 && -n $booted ]]; then
        cat "$work/log" >&2
        enter journalctl --no-pager --quiet --unit 'msgfetchd*' >&2 || :
    fi
    if [[ -n $launcher ]]; then
        kill -9 "$launcher" 2>/dev/null || :
        wait "$launcher" 2>/dev/null || :
    fi
    for ((i = 0; i < 100; i++)); do
        find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && break
        sleep 0.05
    done
    umount "$work/layer" 2>/dev/null || :
    rm -rf "$work"
    exit "$status"
}

enter() {
    nsenter -t "$booted" -m -p -i -u -n -C -- "$@"
}

prepare() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-systemd.XXXXXX")
    cgroup=$hierarchy/${work##*/}
    booted='' launcher=''
    trap clean_up EXIT
    trap 'exit 143' HUP INT TERM
    mkdir "$cgroup" 2>/dev/null || skip "no cgroup can be made in $hierarchy"
    mkdir "$work/layer" "$work/root"
    # An overlay's layer may not be on an overlay.
    mount -t tmpfs -o mode=755 layer "$work/layer" || skip "no tmpfs can be mounted"
    mkdir "$work/layer/upper" "$work/layer/work"
    # Into /usr/lib even where the machine's /lib is a link to it.
    make -s -C "$top_builddir" install DESTDIR="$work/layer/upper" \
        systemdsystemunitdir=/usr/lib/systemd/system sysusersdir=/usr/lib/sysusers.d \
        >"$work/log" 2>&1 || { cat "$work/log"; fail "make install"; }
    [[ -e $work/layer/upper/usr/lib/systemd/system/msgfetchd.service ]] ||
        skip "configured without the unit"
    cp "$self" "$work/layer/upper/msgfetch-test"
}

is_booted() {
    booted=$(tr -d ' ' <"/proc/$launcher/task/$launcher/children")
    [[ -n $booted && $(cat "/proc/$booted/comm") == systemd ]] || return 1
    case $(enter systemctl is-system-running 2>/dev/null) in
    running | degraded) return 0 ;;
    *) return 1 ;;
    esac
}

boot() {
    (
        echo "$BASHPID" >"$cgroup/cgroup.procs"
        exec setpriv --pdeathsig KILL -- unshare -mpiunC --fork --kill-child -- \
            "$self" init "$work"
    ) </dev/null >>"$work/log" 2>&1 &
    launcher=$!
    await is_booted
}

case ${1-} in
init)
    init "$2"
    ;;
inside)
    inside
    ;;
*)
    top_builddir=${top_builddir:-.}
    requirements
    prepare
    boot
    enter bash /msgfetch-test inside
    ;;
esac
