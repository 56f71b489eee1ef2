#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""completions.py: asks bash, zsh and fish to complete command lines.

    completions.py DIRECTORY

DIRECTORY has the completions.  Bash and zsh run on a terminal, where a tab is typed as people
do; fish has a command for it.  A daemon of the test's own has the remote paths.  A shell that
is not installed is named and passed over.  $MSGFETCHD and $MSGFETCH name the programs.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KEY = '0x6d736759'
LIMIT = 30  # seconds for one line


DIRECTORIES = {'directory', 'pub', 'pub/tree'}


class Terminal:
    """An interactive shell.  Completed lines are shown by its function "say"."""

    def __init__(self, command, environment, directory):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(command[0], command, environment)
        self.read = ''
        self.await_text('READY')

    def await_text(self, text):
        end = time.monotonic() + LIMIT
        while text not in self.read:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                sys.exit(f'FAIL: no {text!r} within {LIMIT} s: {self.read!r}')
            self.read += os.read(self.master, 4096).decode(errors='replace')

    def complete(self, line):
        """The words of the line after a tab."""
        self.read = ''
        os.write(self.master, f'{line}\t\x01say \r'.encode())
        self.await_text('DONE')
        return re.findall(r'<<(.*?)>>', self.read, re.S)

    def close(self):
        os.close(self.master)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


SAY = '''say() { printf '<<%s>>' "$@"; printf '\\n%s%s\\n' DO NE; }
printf '%s%s\\n' REA DY
'''


class Bash(Terminal):
    def __init__(self, completions, work, environment):
        (work / 'bashrc').write_text(f"PS1='$ '\nbind 'set enable-bracketed-paste off'\n"
                                     f'. {completions}/msgfetch.bash\n{SAY}')
        super().__init__(['bash', '--noprofile', '--rcfile', f'{work}/bashrc', '-i'],
                         environment, work / 'cwd')


class Zsh(Terminal):
    def __init__(self, completions, work, environment):
        (work / '.zshrc').write_text(f"PS1='$ '\nfpath=({completions} $fpath)\nbindkey -e\n"
                                     f'autoload -Uz compinit; compinit -u -D\n{SAY}')
        super().__init__(['zsh', '-d', '-i'], environment | {'ZDOTDIR': str(work)},
                         work / 'cwd')

    def complete(self, line):
        """Zsh takes the slash behind a directory away when the cursor leaves it."""
        words = super().complete(line)
        return words[:-1] + [words[-1] + '/'] if words[-1] in DIRECTORIES else words


class Fish:
    """complete -C prints what a tab would offer, one a line, with a description."""

    def __init__(self, completions, work, environment):
        self.command = ['fish', '--no-config', '-c',
                        f'set -p fish_complete_path {completions}; complete -C $argv']
        self.environment, self.directory = environment, work / 'cwd'

    def complete(self, line):
        done = subprocess.run([*self.command, line], env=self.environment, timeout=LIMIT,
                              cwd=self.directory, capture_output=True, text=True, check=False)
        if done.stderr:
            sys.exit(f'FAIL: fish says {done.stderr!r}')
        offers = {offer.split('\t')[0] for offer in done.stdout.splitlines()}
        words = line.split()
        return words[:-1] + sorted(offers) if offers else words

    def close(self):
        pass


# What is typed, and the words that a tab makes of it.
WITHOUT_DAEMON = (
    ('msgfetch --output-d', ['msgfetch', '--output-dir']),
    ('msgfetch --recurs', ['msgfetch', '--recursive']),
    ('msgfetch --transport r', ['msgfetch', '--transport', 'ring']),
    ('msgfetch --progress al', ['msgfetch', '--progress', 'always']),
    ('msgfetch --digest=s', ['msgfetch', '--digest=sha256']),
    ('msgfetch -o loc', ['msgfetch', '-o', 'local-file']),
    ('msgfetch -D direc', ['msgfetch', '-D', 'directory/']),
    ('msgfetch --server-user roo', ['msgfetch', '--server-user', 'root']),
    ('msgfetchd --test-c', ['msgfetchd', '--test-config']),
    ('msgfetchd --sandbox st', ['msgfetchd', '--sandbox', 'strict']),
    ('msgfetchd -c loc', ['msgfetchd', '-c', 'local-file']),
    # No daemon has this key, and no word is said about it.
    ('msgfetch -k 0x6d736700 pu', ['msgfetch', '-k', '0x6d736700', 'pu']),
)
WITH_DAEMON = (
    ('msgfetch pu', ['msgfetch', 'pub/']),
    ('msgfetch pub/he', ['msgfetch', 'pub/hello']),
    ('msgfetch pub/tr', ['msgfetch', 'pub/tree/']),
    ('msgfetch pub/tree/le', ['msgfetch', 'pub/tree/leaf']),
    ('msgfetch pub/lin', ['msgfetch', 'pub/link']),
    ('msgfetch -k 0x6d736700 --key KEY pub/he',
     ['msgfetch', '-k', '0x6d736700', '--key', 'KEY', 'pub/hello']),
    ('msgfetch -O -- pub/he', ['msgfetch', '-O', '--', 'pub/hello']),
)
# Not fish: what it would insert is quoted only when it is.
WITH_QUOTES = (
    (r'msgfetch pub/with\ a', ['msgfetch', 'pub/with a blank']),
)


def make_files(work):
    for name in ('bin', 'cwd/directory', 'pub/tree'):
        (work / name).mkdir(parents=True)
    for name in ('cwd/local-file', 'pub/hello', 'pub/tree/leaf', 'pub/with a blank'):
        (work / name).touch()
    (work / 'pub/link').symlink_to('hello')
    for program in ('MSGFETCH', 'MSGFETCHD'):
        (work / 'bin' / program.lower()).symlink_to(os.environ[program])


def check(shell, rows):
    for line, expected in rows:
        line = line.replace('KEY', KEY)
        expected = [word.replace('KEY', KEY) for word in expected]
        words = shell.complete(line)
        if words != expected:
            sys.exit(f'FAIL: {type(shell).__name__} makes {words} of "{line}", '
                     f'not {expected}')


def check_shell(kind, completions, work, environment):
    name = kind.__name__.lower()
    if not shutil.which(name):
        print(f'SKIP completions: {name} is not installed')
        return
    shell = kind(completions, work, environment)
    check(shell, WITHOUT_DAEMON + WITH_DAEMON)
    if kind is not Fish:
        check(shell, WITH_QUOTES)
    shell.close()
    print(f'ok {name}')


def main():
    completions = pathlib.Path(sys.argv[1]).resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix='msgfetch-completions.'))
    make_files(work)
    environment = {'PATH': f'{work}/bin:{os.environ["PATH"]}', 'HOME': str(work),
                   'TERM': 'vt100', 'COLUMNS': '200', 'MSGFETCH_KEY': KEY}
    daemon = subprocess.Popen([os.environ['MSGFETCHD'], '-k', KEY, '-e', f'pub={work}/pub'],
                              stderr=subprocess.DEVNULL)
    try:
        subprocess.run([os.environ['MSGFETCH'], '-k', KEY, '--retry', '100', '-P'],
                       check=True, stdout=subprocess.DEVNULL)
        for kind in (Bash, Zsh, Fish):
            check_shell(kind, completions, work, environment)
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(work)


if __name__ == '__main__':
    main()
