#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""chaos.py: many clients, while clients, workers and the daemon are killed and stopped.

    chaos.py [REQUESTS [SEED]]

At the end each client that was not killed delivered the right bytes, or failed with a
documented exit code and without a file under the final name; none took too long; and
after the daemon's clean stop and --clean no queue, semaphore or segment is left.  Root
only, as clients have to be another user than the daemon; in an IPC namespace of its own.
$MSGFETCHD and $MSGFETCH name the programs.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SERVER_UID, CLIENT_UID = 64011, 64012
AT_ONCE = 8
SIZES = (0, 1, 1000, 8192, 16001, 70000, 1 << 20, 5 << 20)
DOCUMENTED = {0, 1, 3, 7, 8, 10}
LONGEST = 30  # seconds a client may take, on a machine that does other things too
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


class Daemon:
    def __init__(self, exported):
        self.command = as_user(SERVER_UID, [os.environ['MSGFETCHD'], '--export',
                                            f'pub={exported}'])
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait()


class Client:
    def __init__(self, number, target):
        self.number, self.target, self.killed = number, target, False
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            as_user(CLIENT_UID, [os.environ['MSGFETCH'], '--quiet', '--retry', '8',
                                 '--server-user', str(SERVER_UID), '--output', target,
                                 f'pub/{number}']),
            stderr=subprocess.DEVNULL)


def disturb(daemon, clients):
    """Most of the time nothing; now and then something dies, or stands still for a moment."""
    chance = random.random()
    workers = processes_below(daemon.process.pid)
    if chance < 0.02:
        daemon.stop(random.choice([signal.SIGKILL, signal.SIGTERM]))
        daemon.start()
    elif chance < 0.08 and workers:
        send(random.choice(workers), signal.SIGKILL)
    elif chance < 0.12 and clients:
        client = random.choice(clients)
        client.killed = True
        send(client.process.pid, signal.SIGKILL)
    elif chance < 0.18 and clients:
        stopped = random.choice(workers + [client.process.pid for client in clients])
        send(stopped, signal.SIGSTOP)
        time.sleep(0.02)
        send(stopped, signal.SIGCONT)


def verdict(client, digests):
    """What is wrong with a client that has ended; None: nothing."""
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
    return None


def reap(clients, digests, faults):
    for client in clients[:]:
        if client.process.poll() is None:
            if time.monotonic() - client.began < LONGEST:
                continue
            faults.append(f'client of file {client.number}: still runs after {LONGEST} s')
            client.process.kill()
            client.process.wait()
        elif fault := verdict(client, digests):
            faults.append(f'client of file {client.number}: {fault}')
        clients.remove(client)


def run(requests, exported, targets, digests):
    faults, clients, asked = [], [], 0
    daemon = Daemon(exported)
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
        disturb(daemon, clients)
        time.sleep(0.004)
        reap(clients, digests, faults)
    daemon.stop(signal.SIGTERM)
    subprocess.run(daemon.command + ['--clean'], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    for table in ('msg', 'sem', 'shm'):
        with open(f'/proc/sysvipc/{table}', encoding='ascii') as lines:
            faults += [f'left in {table}: {line.strip()}' for line in list(lines)[1:]]
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
        # The build directory may be closed to other users.
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
    print(f'{len(faults)} faults')
    return 1 if faults else 0


sys.exit(main())
