#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""top: msgfetch --top on a terminal of its own (pty(7)), driven as a person would.

top.py CASE: one of the functions below; $MSGFETCH and $KEY say what is run.  Exits 0, or
says what was not as it should be.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT = 10
ENTER, LEAVE = b'\x1b[?1049h', b'\x1b[?1049l'


class Terminal:
    """A run of --top, and what it has shown so far."""

    def __init__(self, rows=24, columns=80):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.resize(rows, columns)
        self.shown = b''
        self.run = subprocess.Popen(
            [os.environ['MSGFETCH'], '-k', os.environ['KEY'], '--top'],
            stdin=self.slave, stdout=self.slave, stderr=subprocess.PIPE,
            preexec_fn=self.take)

    def take(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.shown += os.read(self.master, 65536)

    def wait(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            self.read()
            if time.monotonic() > end:
                sys.exit(f'never came: {what}; shown: {self.shown!r}')

    def expect(self, text):
        self.wait(lambda: text in self.shown, text)

    def forget(self):
        self.shown = b''

    def press(self, key):
        os.write(self.master, key)

    def end(self):
        """Waits for its end; returns the exit status.  The terminal is as it was."""
        self.wait(lambda: self.run.poll() is not None, 'its end')
        self.expect(LEAVE)
        if self.shown.rfind(LEAVE) < self.shown.rfind(ENTER):
            sys.exit('the other screen stayed')
        if termios.tcgetattr(self.slave) != self.before:
            sys.exit('the modes of the terminal stayed')
        errors = self.run.stderr.read()
        if errors:
            sys.exit(f'it said {errors!r}')
        return self.run.returncode


def expect_equal(value, wanted):
    if value != wanted:
        sys.exit(f'{value!r} is not {wanted!r}')


def shows_a_worker_and_ends_with_q():
    terminal = Terminal()
    terminal.expect(b'workers  1 of ')
    terminal.expect(b'pub/large')
    terminal.press(b'q')
    expect_equal(terminal.end(), 0)


def draws_anew_each_second():
    terminal = Terminal()
    for _ in range(3):
        terminal.expect(b'WORKER')
        terminal.forget()
    terminal.press(b'q')
    expect_equal(terminal.end(), 0)


def follows_a_new_size():
    terminal = Terminal(24, 80)
    terminal.expect(b'PATH')
    terminal.resize(3, 20)
    terminal.wait(lambda: terminal.shown.endswith(b'\x1b[J') and
                  b'PATH' not in terminal.shown.split(b'\x1b[H')[-1], 'the smaller page')
    lines = terminal.shown.split(b'\x1b[H')[-1].replace(b'\x1b[J', b'').split(b'\r\n')
    expect_equal(len(lines), 3)
    if max(len(line.replace(b'\x1b[K', b'')) for line in lines) > 20:
        sys.exit(f'too wide: {lines!r}')
    terminal.press(b'q')
    expect_equal(terminal.end(), 0)


def gives_the_terminal_back_on(number):
    terminal = Terminal()
    terminal.expect(b'WORKER')
    terminal.run.send_signal(number)
    expect_equal(terminal.end(), -number)


def gives_the_terminal_back_on_sigterm():
    gives_the_terminal_back_on(signal.SIGTERM)


def gives_the_terminal_back_on_sighup():
    gives_the_terminal_back_on(signal.SIGHUP)


def gives_the_terminal_back_on_control_c():
    terminal = Terminal()
    terminal.expect(b'WORKER')
    terminal.press(b'\x03')
    expect_equal(terminal.end(), -signal.SIGINT)


def state(process):
    with open(f'/proc/{process}/stat') as file:
        return file.read().rsplit(')', 1)[1].split()[0]


def stops_with_control_z_and_goes_on():
    terminal = Terminal()
    terminal.expect(b'WORKER')
    terminal.press(b'\x1a')
    terminal.wait(lambda: state(terminal.run.pid) == 'T', 'its standing still')
    terminal.expect(LEAVE)
    expect_equal(termios.tcgetattr(terminal.slave), terminal.before)
    terminal.forget()
    terminal.run.send_signal(signal.SIGCONT)
    terminal.expect(ENTER)
    terminal.expect(b'WORKER')
    terminal.press(b'q')
    expect_equal(terminal.end(), 0)


def the_reason_why_the_daemon_does_not_answer_is_shown():
    terminal = Terminal()
    terminal.expect(b'WORKER')
    os.kill(int(os.environ['DAEMON']), signal.SIGTERM)
    terminal.wait(lambda: re.search(rb'up [0-9:]+   \S', terminal.shown), 'the notice')
    terminal.press(b'q')
    expect_equal(terminal.end(), 0)


globals()[sys.argv[1]]()
