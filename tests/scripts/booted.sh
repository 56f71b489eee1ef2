# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# booted.sh: boots a real systemd for a test; to be sourced.  $test_name names the test.
#
# As root makes new namespaces, a cgroup, and a temporary overlay over the machine's files.  Boots
# systemd in them without the machine's services, runs a script there, and removes everything.
# Nothing outside changes.

# shellcheck source=tests/scripts/script.sh
. "${BASH_SOURCE[0]%/*}/script.sh"

other_uid=64001

# as_user UID COMMAND...: runs the command as a user, inside.
as_user() {
    local uid=$1
    shift
    setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"
}

# as_other COMMAND...: runs the command as a user who is not the daemon's, inside.
as_other() {
    as_user "$other_uid" "$@"
}

booted_requirements() {
    [[ $EUID == 0 ]] || skip "needs root"
    [[ -x /lib/systemd/systemd ]] || skip "no systemd on this machine"
    need systemctl nsenter setpriv unshare findmnt python3
    hierarchy=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
    [[ -n $hierarchy ]] || skip "no cgroup2 is mounted"
    unshare -mpiunC --fork true 2>/dev/null || skip "the kernel grants no namespaces"
}

# Checks whether the built tree, $top_builddir, can be installed into the booted machine.
booted_tree_requirements() {
    local program
    top_builddir=${top_builddir:-.}
    need make systemd-sysusers
    [[ -e $top_builddir/systemd/msgfetchd.service ]] || skip "no built tree: \$top_builddir"
    program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$top_builddir/systemd/msgfetchd.service")
    case $program in
    /usr/* | /opt/*) ;;
    *) skip "configured for $program, which the unit cannot access" ;;
    esac
    if is_sanitized; then
        skip "built with sanitizers, whose runtime the unit forbids"
    fi
}

# Installs the built tree into the layer.  Uses /usr/lib because /lib may be a link to it.
booted_install_tree() {
    make -s -C "$top_builddir" install DESTDIR="$layer" \
        systemdsystemunitdir=/usr/lib/systemd/system sysusersdir=/usr/lib/sysusers.d \
        >"$work/log" 2>&1 || { cat "$work/log"; fail "make install"; }
    [[ -e $layer/usr/lib/systemd/system/msgfetchd.service ]] || skip "configured without the unit"
}

# Sets $prefix and $configuration to the places of the installed tree, inside.
booted_find_tree() {
    local start
    start=$(systemctl show -P ExecStart msgfetchd)
    # The sourcing script uses both.
    # shellcheck disable=SC2034
    prefix=${start#*path=} configuration=${start#*--config }
    prefix=${prefix%%/sbin/msgfetchd*}
    configuration=${configuration%% *}
}

# Ends the booted machine, and removes its cgroup and files.
booted_clean_up() {
    local status=$? i
    trap - EXIT
    if [[ $status != 0 && -n $booted ]]; then
        cat "$work/log" >&2
        booted_enter journalctl --no-pager --quiet --unit 'msgfetchd*' >&2 || :
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

booted_enter() {
    nsenter -t "$booted" -m -p -i -u -n -C -- "$@"
}

# Makes $work, and $layer, whose files lie over the machine's files inside.
booted_prepare() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/msgfetch-${test_name:?}.XXXXXX")
    cgroup=$hierarchy/${work##*/}
    layer=$work/layer/upper
    booted='' launcher=''
    trap booted_clean_up EXIT
    trap 'exit 143' HUP INT TERM
    mkdir "$cgroup" 2>/dev/null || skip "no cgroup can be made in $hierarchy"
    mkdir "$work/layer" "$work/root"
    # An overlay's layer may not be on an overlay.
    mount -t tmpfs -o mode=755 layer "$work/layer" || skip "no tmpfs can be mounted"
    mkdir "$layer" "$work/layer/work"
}

booted_is_up() {
    booted=$(tr -d ' ' <"/proc/$launcher/task/$launcher/children")
    [[ -n $booted && $(cat "/proc/$booted/comm") == systemd ]] || return 1
    case $(booted_enter systemctl is-system-running 2>/dev/null) in
    running | degraded) return 0 ;;
    *) return 1 ;;
    esac
}

# booted_run SCRIPT FILE...: boots, copies the files to /msgfetch-test, and runs SCRIPT there with
# the argument "inside".
booted_run() {
    local here=${BASH_SOURCE[0]%/*}
    mkdir -p "$layer/msgfetch-test"
    cp -R "$@" "$here/booted.sh" "$here/script.sh" "$layer/msgfetch-test"
    (
        echo "$BASHPID" >"$cgroup/cgroup.procs"
        # shellcheck disable=SC2016
        exec setpriv --pdeathsig KILL -- unshare -mpiunC --fork --kill-child -- \
            bash -euo pipefail -c '. "$1"; booted_init "$2"' booted "$here/booted.sh" "$work"
    ) </dev/null >>"$work/log" 2>&1 &
    launcher=$!
    await booted_is_up
    booted_enter bash "/msgfetch-test/${1##*/}" inside
}

# Prepares the root and becomes systemd: the first process in the namespaces.
booted_init() {
    local work=$1 root=$1/root layer=$1/layer/upper node
    mount --make-rprivate /
    mount -t overlay -o "lowerdir=/,upperdir=$layer,workdir=$work/layer/work" \
        overlay "$root"
    cd "$root" || exit
    # Remove the machine's services and mounts.
    rm -rf etc/systemd/system/*.wants etc/systemd/system/msgfetchd*
    : >etc/fstab
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 run run
    # For tests that list added files: the layer alone, and the machine without the layer.
    mkdir run/layer run/machine
    mount --bind "$layer" run/layer
    mount --bind / run/machine
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
    # Protect kernel settings that no namespace separates.
    mount --bind /proc/sys /proc/sys
    mount -o remount,bind,ro /proc/sys
    exec env -i container=msgfetch PATH="$PATH" \
        setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot \
        /lib/systemd/systemd --system --unit=basic.target --log-target=journal
}
