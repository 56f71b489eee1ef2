# SPDX-License-Identifier: ISC
"""rows: the measurements of the benchmark, with their peers and limits.

A row is a function of the lab that returns measures.  A ratio compares msgfetch with a peer in
one round; a measure's value is the median over the rounds.
"""
import filecmp
import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Callable

import peers
from lab import Failed, Missing, kernel_objects

KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20
COMMAND_ROUNDS = 40  # of a command that takes a millisecond, for one round of the others
MEDIUM_ROUNDS = 10
CLIENTS, MANY_CLIENTS = 8, 512
IDLE_SECONDS = 10
STORM_CLIENTS = 1000
STORM_RATE = 256 * KIBIBYTE  # bytes a second that a slow reader takes
STORM_SETTINGS = 'max-workers = 1024\nmax-waiting = 512\n'
STORM_LIMIT = 120


@dataclass
class Measure:
    value: float
    limit: float  # at most
    unit: str  # ratio, s, B, or what is counted
    low: float = None
    high: float = None
    note: str = ''
    against: str = None  # instead of the row's
    samples: list = field(default_factory=list)  # pairs of ours and theirs, in seconds


@dataclass
class Row:
    name: str
    work: str
    against: str
    measure: Callable


def ratios(ours, theirs, limit):
    """Returns the measure of two lists of seconds, with one pair for each round."""
    if not ours or not theirs:
        raise Failed('no round was finished')
    each = [mine / other for mine, other in zip(ours, theirs)]
    return Measure(median(each), limit, 'ratio', min(each), max(each),
                   f'{show_seconds(median(ours))} : {show_seconds(median(theirs))}',
                   samples=list(zip(ours, theirs)))


def show_seconds(value):
    if value < 1e-3:
        return f'{value * 1e6:.0f} us'
    return f'{value * 1e3:.2f} ms' if value < 0.1 else f'{value:.3f} s'


def seconds(runs):
    return [run.seconds for run in runs]


# ---- one big file


def big_to_null(limit, peer):
    def measure(lab):
        name = lab.inputs.big()
        theirs, ours = lab.time(peer(lab, name), lab.client(f'pub/{name}'))
        return [ratios(seconds(ours), seconds(theirs), limit)]
    return measure


def big_to_file(limit, peer):
    def measure(lab):
        lab.require_space(lab.scratch, 3 * lab.inputs.big_bytes())
        name, target = lab.inputs.big(), lab.target('target')
        theirs, ours = lab.time(peer(lab, name, target),
                                lab.client('--output', target, f'pub/{name}'), removed=[target])
        # msgfetch ran last.
        if not filecmp.cmp(lab.inputs.path(name), target, shallow=False):
            raise Failed(f'{name} arrived, but not as it was sent')
        os.unlink(target)
        return [ratios(seconds(ours), seconds(theirs), limit)]
    return measure


def piped(command, reader='cat'):
    """Returns a command whose output a reader takes from a pipe.  Its status is the reader's."""
    return ['sh', '-c', f'"$@" 2>/dev/null | {reader} >/dev/null', 'sh', *command]


def big_to_pipe(lab):
    name = lab.inputs.big()
    theirs, ours = lab.time(piped(cat(lab, name)), piped(lab.client(f'pub/{name}')))
    return [ratios(seconds(ours), seconds(theirs), 0.9)]


def cat(lab, name):
    return ['cat', lab.inputs.path(name)]


def cp(lab, name, target):
    return ['cp', lab.inputs.path(name), target]


def curl_to_file(lab, name, target):
    return [*peers.curl(lab, name), '--output', target]


# ---- medium files, as whole commands


def medium(size, limit, around):
    """Compares with cat; around() puts a command into its surroundings."""
    def measure(lab):
        name = lab.inputs.file(f'medium-{size}', size)
        theirs, ours = lab.time(around(cat(lab, name)), around(lab.client(f'pub/{name}')),
                                rounds=lab.scale.rounds * MEDIUM_ROUNDS)
        return [ratios(seconds(ours), seconds(theirs), limit)]
    return measure


def bare(command):
    return command


def first_byte(command):
    return piped(command, 'head -c 1')


def medium_to_file(size, limit):
    def measure(lab):
        name = lab.inputs.file(f'medium-{size}', size)
        target = os.path.join(lab.memory_directory(), 'medium')
        theirs, ours = lab.time(cp(lab, name, target),
                                lab.client('--output', target, f'pub/{name}'),
                                rounds=lab.scale.rounds * MEDIUM_ROUNDS, removed=[target])
        if not filecmp.cmp(lab.inputs.path(name), target, shallow=False):
            raise Failed(f'{name} arrived, but not as it was sent')
        os.unlink(target)
        return [ratios(seconds(ours), seconds(theirs), limit)]
    return measure


# ---- a tree


def tree(limit, peer):
    def measure(lab):
        lab.require_option('--recursive')
        directory = lab.memory_directory()
        lab.require_space(directory, 400 * MEBIBYTE)
        name, target = lab.inputs.tree(), os.path.join(directory, 'tree')
        theirs, ours = lab.time(
            peer(lab, name, directory),
            lab.client('--recursive', '--output-dir', directory, f'pub/{name}'),
            removed=[target])
        lab.run(['diff', '--recursive', '--brief', lab.inputs.path(name), target], 120)
        return [ratios(seconds(ours), seconds(theirs), limit)]
    return measure


def cp_tree(lab, name, directory):
    return ['cp', '-r', lab.inputs.path(name), directory]


def rsync_tree(lab, name, directory):
    return [*peers.rsync(lab, name), directory]


# ---- small requests


def small_command(lab):
    name = lab.inputs.small()
    theirs, ours = lab.time(cat(lab, name), lab.client(f'pub/{name}'),
                            rounds=lab.scale.rounds * COMMAND_ROUNDS)
    return [ratios(seconds(ours), seconds(theirs), 1.25)]


def per_request(lab, command):
    """Runs a crowd of clients once and returns the seconds per request."""
    figures = lab.run_json(command)
    return figures['seconds'] / figures['requests']


def crowds(lab, theirs, ours, limit):
    """Runs two crowds in turns, without counting the first turn of each."""
    times = [(per_request(lab, theirs), per_request(lab, ours))
             for _ in range(lab.scale.rounds + 1)][1:]
    return [ratios([mine for _, mine in times], [other for other, _ in times], limit)]


def requests_each(lab, clients):
    return str(max(8192 // lab.scale.divisor // clients, 1))


def load(lab, clients):
    return [lab.load, '-k', lab.key(), '-j', '-c', str(clients),
            '-n', requests_each(lab, clients), f'pub/{lab.inputs.small()}']


def bare_loop(lab):
    bare = [lab.bareloop, '-c', str(CLIENTS), '-n', requests_each(lab, CLIENTS)]
    return crowds(lab, bare, load(lab, CLIENTS), 1.25)


def many_clients(lab):
    return crowds(lab, load(lab, CLIENTS), load(lab, MANY_CLIENTS), 1.25)


# ---- a sparse file


def extents(path):
    """Returns the ranges of data in a sparse file as pairs of offsets."""
    size, end = os.path.getsize(path), 0
    with open(path, 'rb') as file:
        while end < size:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                return
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            yield start, end


def same_data(one, other):
    """Compares the ranges where either file has data.  Both are zero elsewhere."""
    places = [*extents(one), *extents(other)]
    with open(one, 'rb') as first, open(other, 'rb') as second:
        for start, end in places:
            for offset in range(start, end, MEBIBYTE):
                length = min(end - offset, MEBIBYTE)
                if os.pread(first.fileno(), length, offset) != \
                        os.pread(second.fileno(), length, offset):
                    return False
    return os.path.getsize(one) == os.path.getsize(other)


def sparse(lab):
    lab.require_space(lab.scratch, 11 << 30)  # should it arrive without its holes
    name, target = lab.inputs.sparse(), lab.target('target')
    (ours,) = lab.time(lab.client('--output', target, f'pub/{name}'), removed=[target])
    os.sync()  # blocks are allocated when they are written back
    source = lab.inputs.path(name)
    if not same_data(source, target):
        raise Failed('the sparse file arrived, but not as it was sent')
    theirs, mine = os.stat(source).st_blocks, os.stat(target).st_blocks
    os.unlink(target)
    times = seconds(ours)
    return [Measure(median(times), 0.1, 's', min(times), max(times)),
            # A file may have a few more blocks for its list of extents.
            Measure(mine / theirs, 1.01, 'ratio',
                    note=f'{mine // 2} : {theirs // 2} KiB allocated', against='its source')]


# ---- costs of the daemon


def status(pid):
    """Returns the numeric fields of /proc/PID/status."""
    with open(f'/proc/{pid}/status', encoding='utf-8') as lines:
        words = [line.split() for line in lines]
    return {word[0].rstrip(':'): int(word[1]) for word in words
            if len(word) > 1 and word[1].isdigit()}


def switches(pid):
    now = status(pid)
    return now['voluntary_ctxt_switches'] + now['nonvoluntary_ctxt_switches']


def idle(lab):
    daemon, _key = lab.start_daemon()
    # Wait until the first ping and the reaper's scan one second later are over.
    time.sleep(2.5)
    before = switches(daemon.pid)
    time.sleep(IDLE_SECONDS / (5 if lab.scale.quick else 1))
    wake_ups = switches(daemon.pid) - before
    now = status(daemon.pid)
    lab.stop(daemon)
    return [Measure(wake_ups, 0, 'wake-ups'),
            Measure(now['VmRSS'] * KIBIBYTE, 4 * MEBIBYTE, 'B',
                    note=f'{now["RssAnon"]} KiB of it anonymous')]


def children(parent):
    found = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                if status(name)['PPid'] == parent:
                    found.append(int(name))
            except (FileNotFoundError, ProcessLookupError, KeyError):
                pass  # it ended meanwhile
    return found


def private_memory(pid):
    """Returns the process's private memory in bytes, without shared memory segments."""
    total, segment = 0, False
    with open(f'/proc/{pid}/smaps', encoding='utf-8') as lines:
        for line in lines:
            word = line.split()
            if not word[0].endswith(':'):
                segment = '/SYSV' in line
            elif word[0].startswith('Private_') and not segment:
                total += int(word[1]) * KIBIBYTE
    return total


def stands_still(pid):
    before = bytes_read(pid)
    time.sleep(0.3)
    return before > 0 and before == bytes_read(pid)


def bytes_read(pid):
    with open(f'/proc/{pid}/io', encoding='ascii') as lines:
        return int(next(line.split()[1] for line in lines if line.startswith('rchar:')))


def worker(lab):
    """Measures a worker that waits: nobody reads its client's output."""
    name = lab.inputs.big()
    daemon, key = lab.start_daemon()
    client = lab.start(lab.client(f'pub/{name}', key=key), 'client.log', subprocess.PIPE)
    lab.wait_until(lambda: children(daemon.pid), 'a worker')
    (pid,) = children(daemon.pid)
    lab.wait_until(lambda: stands_still(pid), 'the pipe being full')
    memory = private_memory(pid)
    lab.stop(client)
    client.stdout.close()
    lab.stop(daemon)
    return [Measure(memory, 256 * KIBIBYTE, 'B')]


# ---- many transfers at once


def watch_storm(lab, crowd, daemon, key):
    """Pings while the crowd runs; returns the longest wait, the failures and the workers."""
    command = lab.client(f'pub/{lab.inputs.small()}', key=key)
    longest, failed, workers = 0, 0, 0
    end = time.monotonic() + STORM_LIMIT
    while not lab.ended(crowd):
        if time.monotonic() > end:
            raise Failed(f'not all transfers were done after {STORM_LIMIT} s')
        workers = max(workers, len(children(daemon.pid)))
        begin = time.monotonic()
        try:
            lab.run(command, STORM_LIMIT)
        except Failed:
            failed += 1
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.1)
    return longest, failed, workers


def require_queues(count):
    with open('/proc/sys/kernel/msgmni', encoding='ascii') as file:
        most = int(file.read())
    if most < count:
        raise Missing(f'kernel.msgmni is {most}; {count} wanted')


def storm(lab):
    clients = STORM_CLIENTS // lab.scale.divisor
    require_queues(clients + 16)
    name = lab.inputs.medium()
    before = len(kernel_objects())
    daemon, key = lab.start_daemon(STORM_SETTINGS)
    with open(lab.target('storm.json'), 'wb') as output:
        crowd = lab.start([lab.load, '-k', key, '-j', '-c', str(clients), '-n', '1',
                           '-r', str(STORM_RATE), f'pub/{name}'], 'storm.log', output)
    longest, others_failed, workers = watch_storm(lab, crowd, daemon, key)
    lab.stop(crowd)
    figures = crowd_figures(lab)
    failed = clients - figures['outcomes'].get('ok', 0)
    lab.wait_until(lambda: not children(daemon.pid), 'the end of the workers')
    harmed = others_failed + lab.ended(daemon) + (lab.stop(daemon) != 0)
    left = len(kernel_objects()) - before
    return [Measure(failed, 0, 'failed', note=f'{clients} transfers in '
                    f'{figures["seconds"]:.1f} s, {workers} workers seen at once'),
            Measure(harmed + left, 0, 'harmed', note='others waited for a 1 KiB file for '
                    f'{longest:.3f} s at most')]


def crowd_figures(lab):
    with open(lab.target('storm.json'), encoding='utf-8') as file:
        text = file.read()
    if not text:
        raise Failed('the slow readers could not be started')
    return json.loads(text)


MEDIUM_SIZES = [('64k', '64 KiB', 64 * KIBIBYTE), ('1m', '1 MiB', MEBIBYTE),
                ('16m', '16 MiB', 16 * MEBIBYTE)]

ALL = [
    Row('cat-null', '1 GiB to /dev/null', 'cat', big_to_null(1.05, cat)),
    Row('cp-file', '1 GiB to a new file', 'cp', big_to_file(0.9, cp)),
    Row('cat-pipe', '1 GiB to a pipe', 'cat', big_to_pipe),
    Row('curl-null', '1 GiB to /dev/null', 'curl from nginx', big_to_null(0.6, peers.curl)),
    Row('curl-file', '1 GiB to a new file', 'curl from nginx', big_to_file(0.5, curl_to_file)),
    Row('cp-tree', '20,000 files, 136 MB, to a tmpfs', 'cp -r', tree(0.5, cp_tree)),
    Row('rsync-tree', '20,000 files, 136 MB, to a tmpfs', 'rsync daemon',
        tree(0.45, rsync_tree)),
    Row('cat-1k', '1 KiB, the whole command', 'cat', small_command),
    *(Row(f'cat-{name}', f'{size} to /dev/null', 'cat', medium(count, 1.2, bare))
      for name, size, count in MEDIUM_SIZES),
    *(Row(f'pipe-{name}', f'{size} to a pipe', 'cat', medium(count, 1.1, piped))
      for name, size, count in MEDIUM_SIZES),
    *(Row(f'cp-{name}', f'{size} to a new file on a tmpfs', 'cp', medium_to_file(count, 1.1))
      for name, size, count in MEDIUM_SIZES),
    Row('first-byte', 'the first byte of 16 MiB, the whole command', 'cat',
        medium(16 * MEBIBYTE, 1.25, first_byte)),
    Row('bare-8', '1 KiB requests, 8 clients', 'a bare loop', bare_loop),
    Row('clients-512', '1 KiB requests, 512 clients', '8 clients', many_clients),
    Row('sparse', '10 GiB sparse, 10 MiB of data', '', sparse),
    Row('idle', 'the daemon, idle for 10 s', '', idle),
    Row('worker', 'a worker\'s private memory', '', worker),
    Row('storm', '1,000 slow readers at once', '', storm),
]
