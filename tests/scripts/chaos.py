#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""chaos.py: runs many clients while clients, workers and the daemon are killed and stopped.

    chaos.py [REQUESTS [SEED]]

A third user sends junk: empty, short and longest messages, and imitations of requests.  Each
client that was not killed must deliver the right bytes, or fail with a documented exit code, a
reason, and no file under the final name.  No client may go LONGEST without writing a byte or
reporting a retry, except while the client, a worker or the daemon is stopped.  After the
daemon's clean stop and --clean no queue, semaphore, segment or process may be left.

Needs root, because clients and daemon are different users, and makes its own IPC namespace.
$MSGFETCHD and $MSGFETCH name the programs.
"""

import collections
import ctypes
import hashlib
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SERVER_UID, CLIENT_UID, JUNK_UID = 64011, 64012, 64013
KEY, MAGIC, VERSION, REQUEST_BYTES = 0x1AAAAAA1, 0x6D736766, 1, 128
AT_ONCE = 8
SIZES = (0, 1, 1000, 8192, 16001, 70000, 1 << 20, 5 << 20)
DOCUMENTED = {0, 1, 3, 7, 8, 10}
LONGEST = 5  # seconds that a client may be without a sign of life
WHOLE = 1200  # seconds for all of it


def as_user(uid, command):
    return ['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups', *command]


def processes_below(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
            return [int(child) for child in children.read().split()]
    except FileNotFoundError:
        return []


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def junk(generator):
    """Returns the type and the text of a junk message."""
    kind = generator.randrange(4)
    if kind == 0:
        return generator.choice((1, 9, 10, 99)), b''
    if kind == 1:
        return 1, generator.randbytes(generator.randrange(1, 64))
    if kind == 2:
        return generator.randrange(1, 1 << 31), generator.randbytes(8192)
    # A request with a random queue and a missing ticket.  Half of them have one byte changed.
    text = bytearray(struct.pack(
        '=IHHIIiIII16s', MAGIC, VERSION, generator.randrange(1, 5), 0,
        generator.getrandbits(32), generator.randrange(64), 1, 6, 0, generator.randbytes(16)))
    text += bytes(REQUEST_BYTES - len(text)) + b'pub/0\0\0\0'
    if generator.random() < 0.5:
        text[generator.randrange(len(text))] ^= generator.randrange(1, 256)
    return 1, bytes(text)


def send_junk(seed):
    """Becomes the third user and sends junk until it is killed.  Does not return."""
    libc = ctypes.CDLL(None, use_errno=True)
    generator = random.Random(seed)
    os.setgroups([])
    os.setresgid(JUNK_UID, JUNK_UID, JUNK_UID)
    os.setresuid(JUNK_UID, JUNK_UID, JUNK_UID)
    while True:
        queue = libc.msgget(KEY, 0)
        mtype, text = junk(generator)
        libc.msgsnd(queue, struct.pack('l', mtype) + text, ctypes.c_size_t(len(text)),
                    0o4000)  # IPC_NOWAIT
        time.sleep(0.002)


class Daemon:
    def __init__(self, exported):
        self.command = as_user(SERVER_UID, [os.environ['MSGFETCHD'], '--export',
                                            f'pub={exported}'])
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)

    def start_again(self, faults):
        """Starts the daemon again after SIGTERM, which may also kill a daemon that still starts."""
        status = self.process.poll()
        if status is None:
            return
        if status not in (0, -signal.SIGKILL, -signal.SIGTERM):
            faults.append(f'the daemon ended by itself: {status}')
        self.start()


class Client:
    longest = 0.0  # seconds that any of them was without a sign of life

    def __init__(self, number, target):
        self.number, self.target, self.killed = number, target, False
        self.seen, self.written = time.monotonic(), -1
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            as_user(CLIENT_UID, [os.environ['MSGFETCH'], '--verbose', '--retry', '8',
                                 '--server-user', str(SERVER_UID), '--output', target,
                                 f'pub/{number}']),
            stderr=self.errors)

    def silent_for(self):
        """Returns the seconds since the client wrote to its file or reported a retry."""
        now = time.monotonic()
        try:
            with open(f'/proc/{self.process.pid}/io', encoding='ascii') as numbers:
                written = int(numbers.read().split('wchar: ')[1].split()[0])
        except (FileNotFoundError, ProcessLookupError, IndexError):
            written = None
        if written is not None and written == self.written:
            Client.longest = max(Client.longest, now - self.seen)
            return now - self.seen
        self.seen, self.written = now, written
        return 0.0

    def message(self):
        self.errors.seek(0)
        return self.errors.read()


def disturb(daemon, clients, done):
    """Kills or briefly stops a random process, in half of the calls."""
    chance = random.random()
    workers = processes_below(daemon.process.pid)
    if chance < 0.06:
        send(daemon.process.pid, random.choice([signal.SIGKILL, signal.SIGTERM]))
        done['daemons ended'] += 1
    elif chance < 0.30 and workers:
        send(random.choice(workers), signal.SIGKILL)
        done['workers killed'] += 1
    elif chance < 0.45 and clients:
        client = random.choice(clients)
        client.killed = True
        send(client.process.pid, signal.SIGKILL)
        done['clients killed'] += 1
    elif chance < 0.60 and clients:
        stopped = random.choice(workers + [client.process.pid for client in clients] +
                                [daemon.process.pid])
        send(stopped, signal.SIGSTOP)
        time.sleep(0.02)
        send(stopped, signal.SIGCONT)
        done['stops'] += 1


def fault_of(client, digests):
    """Returns the fault of a client that has ended, or None."""
    code = client.process.returncode
    there = os.path.exists(client.target)
    if there:
        with open(client.target, 'rb') as file:
            if hashlib.sha256(file.read()).digest() != digests[client.number]:
                return 'wrong bytes under the final name'
        os.unlink(client.target)
    if client.killed and code == -signal.SIGKILL:
        return None
    if code not in DOCUMENTED:
        return f'exit status {code}'
    if code == 0 and not there:
        return 'success without a file'
    if code != 0 and there:
        return f'exit status {code} and yet a file'
    if code != 0 and not client.message():
        return f'exit status {code} and not a word'
    return None


def reap(clients, digests, faults):
    for client in clients[:]:
        silent = client.silent_for()
        if client.process.poll() is None:
            if silent < LONGEST:
                continue
            faults.append(f'client of file {client.number}: silent for {LONGEST} s after: '
                          f'{client.message()}')
            client.process.kill()
            client.process.wait()
        elif fault := fault_of(client, digests):
            faults.append(f'client of file {client.number}: {fault}')
        client.errors.close()
        clients.remove(client)


def processes_left():
    """Returns the processes that do not end by themselves, of all children and orphans."""
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.05)
        except ChildProcessError:
            return []
    return [f'left running: {child}' for child in processes_below(os.getpid())]


def objects_left(done):
    """Returns the kernel objects left, except those that killed clients had not donated yet."""
    left = []
    for table in ('msg', 'sem', 'shm'):
        with open(f'/proc/sysvipc/{table}', encoding='ascii') as lines:
            names = next(lines).split()
            for line in lines:
                item = dict(zip(names, line.split()))
                if int(item['uid']) == CLIENT_UID and done['clients killed'] > 0:
                    done['killed before they gave'] += 1
                else:
                    left.append(f'left in {table}: {line.strip()}')
    return left


def run(requests, exported, targets, digests):
    faults, clients, asked, done = [], [], 0, collections.Counter()
    daemon = Daemon(exported)
    pest = os.fork()
    if pest == 0:
        send_junk(requests)
    ends = time.monotonic() + WHOLE
    while asked < requests or clients:
        if time.monotonic() > ends:
            faults.append(f'not over after {WHOLE} s')
            for client in clients:
                client.process.kill()
                client.process.wait()
            break
        while asked < requests and len(clients) < AT_ONCE:
            target = os.path.join(targets, str(asked))
            clients.append(Client(random.randrange(len(SIZES)), target))
            asked += 1
        disturb(daemon, clients, done)
        daemon.start_again(faults)
        time.sleep(0.004)
        reap(clients, digests, faults)
    os.kill(pest, signal.SIGKILL)
    daemon.start_again(faults)
    daemon.process.terminate()
    daemon.process.wait()
    faults += processes_left()
    subprocess.run(daemon.command + ['--clean'], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    faults += objects_left(done)
    print(', '.join(f'{what}: {count}' for what, count in sorted(done.items())))
    return faults


def main():
    if os.geteuid() != 0:
        print('SKIP chaos: needs root, to be two other users')
        return 77
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    random.seed(seed)
    print(f'{requests} requests, seed {seed}', flush=True)
    scratch = tempfile.mkdtemp(prefix='msgfetch-chaos.')
    exported, targets = os.path.join(scratch, 'exported'), os.path.join(scratch, 'targets')
    try:
        os.chmod(scratch, 0o755)
        # Other users may not be able to read the build directory.
        for name in ('MSGFETCHD', 'MSGFETCH'):
            os.environ[name] = shutil.copy(os.environ[name], scratch)
        os.mkdir(exported, 0o755)
        os.mkdir(targets)
        os.chown(targets, CLIENT_UID, CLIENT_UID)
        digests = []
        for number, size in enumerate(SIZES):
            content = random.randbytes(size)
            with open(os.path.join(exported, str(number)), 'wb') as file:
                file.write(content)
            digests.append(hashlib.sha256(content).digest())
        faults = run(requests, exported, targets, digests)
    finally:
        shutil.rmtree(scratch)
    for fault in faults:
        print(fault)
    print(f'{len(faults)} faults; longest silence: {Client.longest:.1f} s')
    return 1 if faults else 0


sys.exit(main())
