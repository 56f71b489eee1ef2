#!/bin/sh
# SPDX-License-Identifier: ISC
# image.sh IMAGE PROGRAM...: makes the root tree IMAGE of a container that has these programs,
# where they are here, the libraries that they need, and nothing else: no shell.
set -eu

image=$1
shift
mkdir -p "$image/dev" "$image/etc" "$image/proc" "$image/srv/pub"

# Numbers need no names here, but clients trust the daemon's user by its name.
cat >"$image/etc/passwd" <<END
root:x:0:0::/:/nonexistent
msgfetchd:x:10001:10001::/:/nonexistent
END
cat >"$image/etc/group" <<END
root:x:0:
msgfetchd:x:10001:
END

for program in "$@"; do
    cp -L --parents "$program" "$image"
    # "name => /path (address)" or "/path (address)".
    for library in $(ldd "$program" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p'); do
        cp -L --parents "$library" "$image"
    done
done
