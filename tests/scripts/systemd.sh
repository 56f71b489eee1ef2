#!/bin/bash
# SPDX-License-Identifier: ISC
# systemd.sh: tests the installed units under a real systemd, booted for the test (booted.sh).
#
# $top_builddir: the built tree.
set -euo pipefail

test_name=systemd
third_uid=64002
self=$(readlink -f "$0")
# shellcheck source=tests/scripts/booted.sh
. "${self%/*}/booted.sh"

# ---- inside: the steps, each for a property of the units

main_pid() {
    systemctl show -P MainPID msgfetchd
}

serves() {
    as_other "$client" --timeout 2 --retry 0 --ping >/dev/null 2>&1
}

# fetches PATH FILE [OPTION...]: checks that another user fetches the bytes of FILE by PATH.
fetches() {
    local path=$1 file=$2
    shift 2
    as_other "$client" "$@" --output - "$path" >/tmp/fetched || fail "cannot fetch $path"
    cmp /tmp/fetched "$file" || fail "$path: bytes differ from $file"
}

restarted() {
    (($(systemctl show -P NRestarts msgfetchd) > $1)) && systemctl is-active msgfetchd && serves
}

in_journal() {
    journalctl --sync >/dev/null 2>&1 || :
    # grep -q would end early and break journalctl's pipe.
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
    # /proc shows the files of a process without dumpable memory as root's.
    [[ $(stat -c %u "/proc/$(main_pid)/environ") == 0 ]] || fail "the daemon has no sandbox"
    if in_journal msgfetchd 'sandbox: no'; then
        fail "the unit disables a part of the sandbox"
    fi
    # The unit's root has only the named directories: the machine's /run is missing.
    [[ ! -e /proc/$(main_pid)/root/run/systemd/private ]] || fail "the daemon sees the machine's /run"
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

step_refuses_a_bad_reload() {
    cp "$configuration" "$configuration.good"
    printf 'no-such-setting = 1\n' >>"$configuration"
    if systemctl reload msgfetchd; then
        fail "a reload of a bad configuration succeeded"
    fi
    in_journal msgfetchd 'no such setting' || fail "the journal does not name the error"
    mv "$configuration.good" "$configuration"
    systemctl reload msgfetchd
    fetches pub/noise /srv/pub/noise
}

step_reads_fragments() {
    mkdir -p "$configuration.d"
    printf 'export "more" { path = "/srv/pub" }\n' >"$configuration.d/more.conf"
    systemctl reload msgfetchd
    await as_other "$client" --quiet --output /dev/null more/noise
    rm "$configuration.d/more.conf"
    systemctl reload msgfetchd
}

# The lookup process asks the user database under the unit's system call filter.
step_groups_decide() {
    printf 'tester:x:%d:%d::/:/bin/sh\n' "$other_uid" "$other_uid" >>/etc/passwd
    printf 'testers:x:64100:tester\n' >>/etc/group
    mkdir -p "$configuration.d"
    printf 'export "team" { path = "/srv/pub" allow-groups = {"testers"} }\n' \
        >"$configuration.d/team.conf"
    systemctl reload msgfetchd
    await as_other "$client" --quiet --retry 0 --output /dev/null team/noise
    if as_user "$third_uid" "$client" --retry 0 --output /dev/null team/noise; then
        fail "a user outside of the group fetched a file"
    fi
    rm "$configuration.d/team.conf"
    systemctl reload msgfetchd
}

# drop_in PAGE SETTING: prints the drop-in of a manual page that has SETTING.
drop_in() {
    awk -v setting="$2" '/^\[Service\]$/ { block = "" ; inside = 1 }
        /^\.Ed$/ { if (inside && index(block, "\n" setting)) { print block; exit } inside = 0 }
        inside { block = block $0 "\n" }' "$prefix/share/man/man${1##*.}/$1" | grep . ||
        fail "no drop-in with $2 in $1"
}

step_serves_home() {
    local directory=/etc/systemd/system/msgfetchd.service.d
    mkdir -p /home/pub "$directory" "$configuration.d"
    cp /srv/pub/noise /home/pub
    chmod -R a+rX /home/pub
    printf 'export "home" { path = "/home/pub" }\n' >"$configuration.d/home.conf"
    if systemctl restart msgfetchd; then
        fail "the daemon started without its export"
    fi
    in_journal msgfetchd "$configuration.d/home.conf:1: export \"home\": /home/pub: cannot" ||
        fail "the journal does not name the line"
    in_journal msgfetchd 'the unit hides it: set ProtectHome=read-only' ||
        fail "the journal does not name the setting"
    drop_in msgfetchd.8 ProtectHome= >"$directory/home.conf"
    systemctl daemon-reload
    systemctl reset-failed msgfetchd
    systemctl restart msgfetchd
    fetches home/noise /home/pub/noise
    rm "$configuration.d/home.conf" "$directory/home.conf"
    systemctl daemon-reload
    systemctl restart msgfetchd
}

step_follows_directories() {
    mkdir /srv/new
    head -c 1000 /dev/urandom >/srv/new/noise
    chmod -R a+rX /srv/new
    mv /srv/pub /srv/old
    mv /srv/new /srv/pub
    fetches pub/noise /srv/pub/noise
    mount -t tmpfs -o mode=755 tmpfs /srv/pub
    head -c 2000 /dev/urandom >/srv/pub/noise
    chmod a+r /srv/pub/noise
    fetches pub/noise /srv/pub/noise
    # The daemon holds the directory of the export open.
    umount -l /srv/pub
    rm -r /srv/pub
    mv /srv/old /srv/pub
    await fetches pub/noise /srv/pub/noise
}

step_tells_the_node_exporter() {
    local directory=/var/lib/prometheus/node-exporter
    mkdir -p "$directory"
    cp "$prefix"/share/doc/msgfetch/examples/msgfetch-metrics.* /etc/systemd/system
    systemctl daemon-reload
    systemctl start msgfetch-metrics.timer
    await grep -q '^msgfetchd_requests_total [1-9]' "$directory/msgfetchd.prom"
    systemctl stop msgfetch-metrics.timer msgfetchd
    # Without a daemon there must be no metrics, not old ones.
    if systemctl start msgfetch-metrics 2>/dev/null; then
        fail "msgfetch-metrics succeeded without a daemon"
    fi
    [[ $(ls -A "$directory") == '' ]] || fail "left in $directory: $(ls -A "$directory")"
    systemctl reset-failed msgfetch-metrics
    systemctl start msgfetchd
}

step_names_senders_of_junk() {
    local sender
    # Python changes its user itself, because other users may not be able to start it.  The sender
    # lives until the end of the step, so that the daemon finds the sender in /proc.
    python3 - "$other_uid" <<'END' &
import ctypes, os, signal, struct, sys
user = int(sys.argv[1])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
libc = ctypes.CDLL(None, use_errno=True)
queue = libc.msgget(0x1aaaaaa1, 0)
assert queue >= 0
assert libc.msgsnd(queue, struct.pack("l", 99) + b"junk", ctypes.c_size_t(4), 0) == 0
signal.pause()
END
    sender=$!
    await in_journal msgfetchd 'dropped a message from uid'
    # Before Linux 6.13 the daemon knows senders only from /proc, which the unit may hide.
    if [[ $(uname -r | awk -F. '{ print $1 * 1000 + $2 }') -ge 6013 ]]; then
        await in_journal msgfetchd "dropped a message from uid $other_uid"
    fi
    kill "$sender"
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
    # A running daemon survives the time limit.
    sleep 1.5
    [[ $(systemctl show -P NRestarts msgfetchd) == "$count" ]] || fail "the watchdog restarted a running daemon"
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

# Checks that each of two users gets a private file of that user, but not the other's.
step_acts_as_requester() {
    local directory=/etc/systemd/system/msgfetchd.service.d uid status
    drop_in msgfetchd.conf.5 'AmbientCapabilities=CAP_SETUID CAP_SETGID' \
        >"$directory/requester.conf"
    drop_in msgfetchd.8 ProtectHome= >"$directory/home.conf"
    mkdir /srv/private
    for uid in "$other_uid" "$third_uid"; do
        head -c 1000 /dev/urandom >"/srv/private/$uid"
        chown "$uid:$uid" "/srv/private/$uid"
        chmod 600 "/srv/private/$uid"
    done
    # As in the example of msgfetchd.conf(5): each user's own files below /home.
    install -D -m 600 -o "$other_uid" /srv/pub/noise "/home/$other_uid/noise"
    chown "$other_uid" "/home/$other_uid"
    chmod 700 "/home/$other_uid"
    printf 'identity = requester\nexport "private" { path = "/srv/private" }\n%s\n' \
        'export "home" { path = "/home" }' >>"$configuration"
    systemctl daemon-reload
    systemctl restart msgfetchd
    for uid in "$other_uid" "$third_uid"; do
        as_user "$uid" "$client" "private/$uid" >/tmp/fetched || fail "user $uid cannot fetch a file of that user"
        cmp /tmp/fetched "/srv/private/$uid" || fail "user $uid got wrong bytes"
        status=0
        as_user "$uid" "$client" "private/$((other_uid + third_uid - uid))" >/tmp/fetched \
            2>/tmp/refused || status=$?
        [[ $status == 6 && ! -s /tmp/fetched ]] || fail "user $uid fetched the other user's file: status $status"
        grep -qF 'Permission denied' /tmp/refused || fail "unexpected message: $(cat /tmp/refused)"
    done
    fetches "home/$other_uid/noise" "/home/$other_uid/noise"
    if as_user "$third_uid" "$client" --retry 0 "home/$other_uid/noise" >/tmp/fetched 2>&1; then
        fail "user $third_uid fetched from the other user's home directory"
    fi
    if in_journal msgfetchd 'running as root'; then
        fail "identity = requester warns of a daemon of root"
    fi
    if in_journal msgfetchd 'sandbox: no'; then
        fail "identity = requester disables a part of the sandbox"
    fi
}

step_stops() {
    systemctl stop msgfetchd
    [[ $(systemctl show -P Result msgfetchd) == success ]] || fail "the service did not stop cleanly"
    await in_journal msgfetchd 'msgfetchd.service: Deactivated successfully'
    if ipcs -q -s -m | grep '^0x'; then
        fail "kernel objects are left"
    fi
    [[ $(systemctl list-units --failed --no-legend 'msgfetchd*') == '' ]] || fail "a unit failed"
}

inside() {
    local step
    booted_find_tree
    client=$prefix/bin/msgfetch
    for step in "installs /usr/lib/systemd/system" serves_others reloads refuses_a_bad_reload \
        reads_fragments groups_decide serves_home follows_directories tells_the_node_exporter names_senders_of_junk \
        survives_a_kill is_watched has_instances acts_as_requester stops; do
        # The step's name and its arguments.
        # shellcheck disable=SC2086
        step_$step
        say "ok ${step%% *}"
    done
}

# ---- outside

case ${1-} in
inside)
    inside
    ;;
*)
    booted_requirements
    booted_tree_requirements
    need systemd-analyze
    booted_prepare
    booted_install_tree
    booted_run "$self"
    ;;
esac
