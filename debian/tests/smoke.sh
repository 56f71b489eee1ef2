#!/bin/sh
# SPDX-License-Identifier: ISC
# smoke.sh: the installed daemon serves another user, and leaves nothing.
set -eu

key=0x5f0e
home=$(mktemp -d)
daemon=

clean_up() {
    if [ -n "$daemon" ]; then
        kill "$daemon" || :
    fi
    rm -r "$home"
}
trap clean_up EXIT

chmod 755 "$home"
mkdir -m 700 "$home/secret"
echo 'only for msgfetchd' >"$home/secret/note"
chown -R msgfetchd:msgfetchd "$home/secret"

runuser -u msgfetchd -- msgfetchd --key "$key" --export "pub=$home/secret" 2>"$home/log" &
daemon=$!
runuser -u nobody -- msgfetch --key "$key" --ping --retry 20
if runuser -u nobody -- cat "$home/secret/note" 2>/dev/null; then
    echo "nobody can look into the directory without msgfetch" >&2
    exit 1
fi
[ "$(runuser -u nobody -- msgfetch --key "$key" pub/note)" = 'only for msgfetchd' ]

kill "$daemon"
wait "$daemon"
daemon=
if ipcs -q -s | grep "$key"; then
    echo "this is left" >&2
    exit 1
fi
