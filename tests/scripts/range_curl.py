#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""range_curl.py: the same ranges of the same files, by msgfetch and by curl from nginx.

    range_curl.py BENCH

BENCH has the modules that start both servers.  The bytes have to be the same, and so has
what is an error: curl's "416 Range Not Satisfiable" is msgfetch's exit status 11.
$MSGFETCH and $MSGFETCHD name the programs.
"""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

import lab  # noqa: E402
import peers  # noqa: E402

SIZES = (0, 1, 99, 100, 101, 1000, 3000000)
RANGES = ('0-99', '100-', '-100', '0-0', '0-', '-1', '1-', '99-', '99-99', '100-100', '10-19',
          '999-', '1000-', '2999999-', '3000000-', '5000000-', '5000000-6000000', '-5000000',
          '1048575-1048577', '0-9999999')
NOT_SATISFIABLE = 11


class Lab(lab.Lab):
    """Without the programs that only the benchmark needs."""

    def program(self, name):
        return None if name.startswith('bench/') else super().program(name)


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          check=False)


def by_curl(room, name, wanted):
    """The bytes, or None where there is no such range."""
    target = room.target('by-curl')
    answer = run(peers.curl(room, name) + ['--no-fail', '--range', wanted, '--output', target,
                                           '--write-out', '%{http_code}'])
    code = answer.stdout.decode()
    if code == '416':
        return None
    if answer.returncode != 0 or code not in ('200', '206'):
        raise lab.Failed(f'curl {name} {wanted}: {code} {answer.stderr.decode()}')
    with open(target, 'rb') as file:
        return file.read()


def by_msgfetch(room, name, wanted):
    """The same."""
    answer = run(room.client('--range', wanted, f'pub/{name}'))
    if answer.returncode == NOT_SATISFIABLE:
        if answer.stdout:
            raise lab.Failed(f'msgfetch {name} {wanted}: bytes of a range that there is not')
        return None
    if answer.returncode != 0:
        raise lab.Failed(f'msgfetch {name} {wanted}: {answer.stderr.decode()}')
    return answer.stdout


def describe(content):
    return 'not satisfiable' if content is None else f'{len(content)} bytes'


def compare(room):
    """How many ranges were compared, and how many were answered differently."""
    differences = 0
    for size in SIZES:
        name = str(size)
        with open(os.path.join(room.inputs.directory, name), 'wb') as file:
            file.write(room.inputs.block[:size])
        for wanted in RANGES:
            one, other = by_msgfetch(room, name, wanted), by_curl(room, name, wanted)
            if one != other:
                differences += 1
                print(f'FAIL {size} bytes, range {wanted}: msgfetch {describe(one)}, '
                      f'curl {describe(other)}')
    return len(SIZES) * len(RANGES), differences


def main():
    with Lab(os.environ.get('top_builddir', '.'), lab.Scale(os.environ)) as room:
        count, differences = compare(room)
        # curl would get both in one answer of many parts; a file cannot hold that.
        if run(room.client('--range', '0-1,3-4', 'pub/1000')).returncode != 2:
            differences += 1
            print('FAIL several ranges are not refused')
    if room.left_behind:
        differences += 1
        print(f'FAIL left behind: {room.left_behind}')
    print(f'{count} ranges compared, {differences} answers differ')
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
