# SPDX-License-Identifier: ISC
"""lab: scratch directories and processes for the rows.

Owns the directories, every started process, and the clean-up of both.  Must not know the rows.
"""
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from inputs import Inputs

PATIENCE = 20  # seconds that a process has to end by itself
KERNEL_TABLES = {'queue': 'msg', 'semaphore': 'sem', 'segment': 'shm'}


class Missing(Exception):
    """A row cannot be measured here: a peer, or the feature itself, is missing."""


class Failed(Exception):
    """A command failed.  The text holds the command and its error output."""


class Scale:
    """The sizes and counts of the full or the quick benchmark."""

    def __init__(self, environment):
        self.quick = environment.get('BENCH_QUICK', '0') not in ('', '0')
        self.divisor = 16 if self.quick else 1
        self.rounds = self.number(environment, 'BENCH_ROUNDS', 2 if self.quick else 7)
        self.directory = environment.get('BENCH_DIR')
        self.memory = environment.get('BENCH_TMPFS', '/dev/shm')
        self.transport = environment.get('BENCH_TRANSPORT')
        self.programs = {name: environment.get(name.upper()) for name in
                         ('msgfetch', 'msgfetchd')}

    @staticmethod
    def number(environment, name, default):
        text = environment.get(name, str(default))
        if not text.isdigit() or not 1 <= int(text) <= 1000:
            raise SystemExit(f'bench/run: {name}: "{text}" is not a number from 1 to 1000')
        return int(text)


@dataclass
class Run:
    """One run of one command, as measured by bench/pairs."""
    seconds: float
    user: float
    system: float
    kibibytes: int


class Lab:
    def __init__(self, build, scale):
        self.scale = scale
        self.build = os.path.abspath(build)
        self.msgfetch = self.program('msgfetch')
        self.msgfetchd = self.program('msgfetchd')
        self.pairs, self.load, self.bareloop = (
            self.program(f'bench/{name}') for name in ('pairs', 'load', 'bareloop'))
        self.processes = []
        self.left_behind = []
        self.servers = {}  # what else runs: name and address

    def program(self, name):
        path = os.path.abspath(self.scale.programs.get(name) or os.path.join(self.build, name))
        try:
            with open(path, 'rb') as file:
                script = file.read(2) == b'#!'
        except OSError as error:
            raise SystemExit(f'bench/run: {path}: {error.strerror}; "make bench" builds it')
        if script:
            raise SystemExit(f'bench/run: {path} is a script around the program, which would '
                             f'be measured too; set {name.upper()} to the program itself')
        return path

    def __enter__(self):
        self.scratch = tempfile.mkdtemp(prefix='msgfetch-bench.', dir=self.scale.directory)
        self.memory = None  # made by those who ask for it
        self.inputs = Inputs(os.path.join(self.scratch, 'pub'), self.scale.divisor)
        return self

    def __exit__(self, *_exception):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self.processes):
            self.stop(process)
        self.left_behind = kernel_objects()
        for directory in (self.memory, self.scratch):
            if directory is not None:
                shutil.rmtree(directory, ignore_errors=True)

    # ---- places

    def target(self, name):
        return os.path.join(self.scratch, name)

    def memory_directory(self):
        """Returns a directory on a tmpfs."""
        if self.memory is None:
            kind = file_system(self.scale.memory)
            if kind != 'tmpfs':
                raise Missing(f'{self.scale.memory} is no tmpfs; BENCH_TMPFS names another')
            self.memory = tempfile.mkdtemp(prefix='msgfetch-bench.', dir=self.scale.memory)
        return self.memory

    def require_space(self, directory, size):
        free = shutil.disk_usage(directory).free
        if free < size:
            raise Missing(f'{size >> 20} MiB wanted in {directory}, {free >> 20} are free')

    # ---- processes

    def start(self, command, log, stdout=None):
        """Starts a process in its own process group; stop() or the clean-up ends it."""
        with open(self.target(log), 'ab') as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=stdout or output, stderr=output,
                                       start_new_session=True)
        self.processes.append(process)
        return process

    @staticmethod
    def ended(process):
        """Returns whether the process has ended. Reaps nothing."""
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return process.returncode is not None or \
            os.waitid(os.P_PID, process.pid, options) is not None

    def stop(self, process):
        """Ends the process and its group, and returns the exit status."""
        if process in self.processes:
            self.processes.remove(process)
        if process.returncode is not None:
            return process.returncode
        os.killpg(process.pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while not self.ended(process) and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()

    def run(self, command, limit):
        """Runs a command for at most limit seconds and returns its output."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors='replace',
                                   start_new_session=True)
        self.processes.append(process)
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise Failed(f'{os.path.basename(command[0])}: not done after {limit} s') from error
        finally:
            self.stop(process)
        if process.returncode != 0:
            last = (errors.strip() or output.strip() or 'no message').splitlines()[-1]
            raise Failed(f'{os.path.basename(command[0])}: exit status {process.returncode}: '
                         f'{last}')
        return output

    def run_json(self, command, limit=120):
        return json.loads(self.run(command, limit))

    def wait_until(self, condition, what, limit=20):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                raise Failed(f'{what}: not within {limit} s')
            time.sleep(0.01)

    # ---- the daemon and its client

    def start_daemon(self, settings=''):
        """Starts a daemon that serves the inputs as "pub"; returns the process and its key."""
        key = f'0x{secrets.randbits(31) | 1:08x}'
        file = self.target(f'daemon-{key}.conf')
        with open(file, 'w', encoding='utf-8') as output:
            output.write(settings)
        process = self.start([self.msgfetchd, '--config', file, '--key', key, '--export',
                              f'pub={self.inputs.directory}'], f'daemon-{key}.log')
        ping = [self.msgfetch, '--key', key, '--timeout', '20', '--retry', '50', '--ping']
        self.run(ping, 30)
        return process, key

    def key(self):
        """Returns the key of the daemon that most rows share."""
        if 'msgfetchd' not in self.servers:
            self.servers['msgfetchd'] = self.start_daemon()[1]
        return self.servers['msgfetchd']

    def client(self, *arguments, key=None):
        """Returns the command that calls the client.  Raises Missing without the feature."""
        command = [self.msgfetch, '--key', key or self.key()]
        if self.scale.transport is not None:
            self.require_option(f'--transport={self.scale.transport}')
            command.append(f'--transport={self.scale.transport}')
        return [*command, *arguments]

    def require_option(self, *options):
        """Raises Missing if the client does not know the option: --help fails then."""
        probe = subprocess.run([self.msgfetch, *options, '--help'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               timeout=20, check=False)
        if probe.returncode == 2:
            raise Missing(f'not available in this build: msgfetch {" ".join(options)}')

    # ---- pairs

    def time(self, *commands, rounds=None, removed=(), limit=120):
        """Runs one command, or two in turns, and returns a list of Runs for each."""
        rounds = rounds or self.scale.rounds
        words = [self.pairs, '-n', str(rounds), '-l', str(limit), '-b', '300']
        for path in removed:
            words += ['-r', path]
        for command in commands:
            words += ['--', *command]
        output = self.run(words, 300 + 2 * len(commands) * limit)
        runs = [[] for _ in commands]
        for line in output.splitlines():
            field = line.split()
            runs[int(field[1])].append(Run(float(field[2]), float(field[3]), float(field[4]),
                                           int(field[5])))
        return runs


def kernel_objects():
    """Returns the System V objects of this IPC namespace: none after a complete clean-up."""
    found = []
    for what, table in KERNEL_TABLES.items():
        with open(f'/proc/sysvipc/{table}', encoding='ascii') as lines:
            found += [f'{what} {line.split()[1]}' for line in list(lines)[1:]]
    return found


def file_system(directory):
    """Returns the type of a directory's file system."""
    probe = subprocess.run(
        ['findmnt', '--noheadings', '--output', 'FSTYPE', '--target', directory],
        capture_output=True, text=True, check=False)
    # A path mounted several times has several lines; the last one is in force.
    kinds = probe.stdout.split()
    return kinds[-1] if probe.returncode == 0 and kinds else 'unknown'
