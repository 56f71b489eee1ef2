# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# serve.sh: sourced by the tests here: the user msgfetchd serves a directory that nobody else can
# look into, as "pub", with the file "note" in it; under $key.

key=0x5f0e
work=$(mktemp -d)
daemon=

clean_up() {
    if [ -n "$daemon" ]; then
        kill "$daemon" || :
    fi
    rm -r "$work"
}
trap clean_up EXIT

as_nobody() {
    setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
}

# Ends the daemon, and makes sure that nothing is left.
finish() {
    kill "$daemon"
    wait "$daemon"
    daemon=
    if ipcs -q -s | grep "$key"; then
        echo "this is left" >&2
        exit 1
    fi
}

chmod 755 "$work"
mkdir -m 700 "$work/pub"
echo 'only for msgfetchd' >"$work/pub/note"
chown -R msgfetchd:msgfetchd "$work/pub"
if as_nobody cat "$work/pub/note" 2>/dev/null; then
    echo "nobody can look into the directory without msgfetch" >&2
    exit 1
fi
setpriv --reuid msgfetchd --regid msgfetchd --init-groups -- \
    msgfetchd --key "$key" --export "pub=$work/pub" 2>"$work/log" &
daemon=$!
for _ in $(seq 100); do
    if grep -q ready "$work/log"; then
        break
    fi
    sleep 0.1
done
