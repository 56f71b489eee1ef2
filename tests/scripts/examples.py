#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""examples.py: runs the examples of the manual pages, and looks at what they say they do.

    examples.py DIRECTORY

DIRECTORY has the pages.  The examples of a page run one after the other in one directory,
with what they exported, as somebody who tries them would.  The places they name (/tmp, /etc,
/srv, /home) are in a directory of the test's own; systemctl is a stand-in that writes down
what it was asked for.  Each example has a row here that knows it by one of its lines, and
says what must have happened: one without a row is a failure.  Runs in an IPC namespace of
its own.  $MSGFETCHD and $MSGFETCH name the programs.
"""

import os
import pathlib
import pty
import pwd
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 60  # seconds for one example

# ---- what the pages have


def blocks_of(page):
    """The literal displays of the section EXAMPLES, as text."""
    section = re.search(r'^\.Sh EXAMPLES\n(.*?)^\.Sh ', page, re.M | re.S).group(1)
    displays = re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed', section, re.M | re.S)
    return [text.replace('\\e', '\\').replace('\\&', '') for text in displays]


# ---- where they run


class Failure(Exception):
    """An example did not do what its page says."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def await_that(condition, message):
    """Until condition() holds, ten seconds at most."""
    end = time.monotonic() + 10
    while not condition():
        expect(time.monotonic() < end, message)
        time.sleep(0.01)


def objects():
    """The System V queues, semaphores and segments of this namespace."""
    return [line for kind in ('msg', 'sem', 'shm')
            for line in pathlib.Path('/proc/sysvipc', kind).read_text().splitlines()[1:]]


def is_real_root():
    """Whether another user can be become: not in a user namespace of one's own."""
    ids = sum(int(line.split()[2]) for line in open('/proc/self/uid_map', encoding='ascii'))
    return os.geteuid() == 0 and ids > 65534


class Lab:
    """Directories, programs and environment of one page's examples."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='msgfetch-examples.'))
        self.root.chmod(0o755)
        for name in ('bin', 'cwd', 'tmp', 'etc', 'srv', 'home'):
            (self.root / name).mkdir()
        for program in ('MSGFETCH', 'MSGFETCHD'):
            (self.root / 'bin' / program.lower()).symlink_to(os.environ[program])
        stand_in = self.root / 'bin/systemctl'
        stand_in.write_text(f'#!/bin/sh\necho "$@" >>{self.root}/systemctl\n')
        stand_in.chmod(0o755)
        (self.root / 'environment').write_text('')
        self.user = 'nobody' if is_real_root() else pwd.getpwuid(os.geteuid()).pw_name
        self.out = self.err = ''

    def close(self):
        shutil.rmtree(self.root)

    def path(self, name):
        """A file of the working directory; or of the stand-in for a place of the root."""
        return self.root / (name[1:] if name.startswith('/') else f'cwd/{name}')

    def translate(self, text):
        text = re.sub(r'(?<![\w.])/(tmp|etc|srv|home)\b', lambda m: f'{self.root}{m.group()}',
                      text)
        return text.replace('-u msgfetchd', f'-u {self.user}')

    def start(self, text, terminal=None):
        environment = self.root / 'environment'
        script = (f'. {environment}\nset -e\n{self.translate(text)}\n'
                  f'export -p >{environment}\n')
        variables = {name: value for name, value in os.environ.items()
                     if not name.startswith('MSGFETCH')}
        variables['PATH'] = f'{self.root}/bin:{variables["PATH"]}'
        return subprocess.Popen(['sh', '-c', script], cwd=self.path(''), env=variables,
                                stdin=terminal or subprocess.DEVNULL,
                                stdout=terminal or subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, text):
        """Asserts success; what was printed is in .out and .err."""
        process = self.start(text)
        try:
            self.out, self.err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Failure(f'took more than {LIMIT} seconds') from None
        expect(process.returncode == 0,
               f'exit status {process.returncode}: {self.out}{self.err}')

    def answers(self, key):
        command = [os.environ['MSGFETCH'], '-P', '-k', key, '--server-user', self.user]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


# ---- what they must have done


def prints(text):
    def check(lab):
        expect(lab.out == text, f'printed {lab.out!r}, not {text!r}')
    return check


def matches(pattern, stream='out'):
    def check(lab):
        text = getattr(lab, stream)
        expect(re.search(pattern, text, re.M), f'no /{pattern}/ in what it printed: {text!r}')
    return check


def same(pairs):
    """Each file is there, with the bytes of the other."""
    def check(lab):
        for one, other in pairs.items():
            expect(lab.path(one).read_bytes() == lab.path(other).read_bytes(),
                   f'{one} is not {other}')
    return check


def has_no(name):
    def check(lab):
        expect(not lab.path(name).exists(), f'{name} is there')
    return check


def contains(name, line):
    """The file has this line."""
    def check(lab):
        expect(line in lab.path(name).read_text().splitlines(), f'no "{line}" in {name}')
    return check


def all_of(*checks):
    def check(lab):
        for one in checks:
            one(lab)
    return check


def stopped(lab):
    await_that(lambda: not objects(), f'a daemon is left, or: {objects()}')
    await_that(lambda: not lab.path('/tmp/share.pid').exists(), 'the pid file is left')


def gone(lab):
    expect(not objects(), f'left: {objects()}')


def tree_is_up_to_date(lab):
    there, here = lab.path('/tmp/share/tree/sub'), lab.path('copy/sub')
    expect((here / 'more').read_text() == 'more\n', 'the second fetch brought nothing')
    for name in ('hello', 'more'):
        expect((here / name).stat().st_mtime_ns == (there / name).stat().st_mtime_ns,
               f'{name} has another time')


def reloaded(times):
    """How often, by now, the examples of this page asked for it."""
    def check(lab):
        asked = (lab.root / 'systemctl').read_text()
        expect(asked == 'reload msgfetchd\n' * times, f'not {times} reloads: {asked!r}')
    return check


# ---- what was there before


def write_configuration(lab):
    lab.path('/srv/pub').mkdir(exist_ok=True)
    lab.path('/etc/msgfetchd.conf').write_text(
        lab.translate('key = 0x5eef\nexport "pub" { path = "/srv/pub" }\n'))


def make_team(lab):
    lab.path('/srv/team').mkdir(exist_ok=True)
    write_configuration(lab)


def crash(lab):
    """A daemon of the service's user that is killed."""
    write_configuration(lab)
    process = lab.start('exec msgfetchd -c /etc/msgfetchd.conf -u msgfetchd')
    await_that(lambda: lab.answers('0x5eef'), 'no daemon to be killed')
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def keep_daemon(lab):
    lab.run('mkdir -p /tmp/share; msgfetchd -b -p /tmp/share.pid -k 0x5eed -e pub=/tmp/share')


# ---- the rows


class Example:
    """line: how to know it.  before: what is to be there.  key: runs until it is stopped."""

    def __init__(self, line, check, before=None, key=None):
        self.line, self.check, self.before, self.key = line, check, before, key

    def run(self, lab, text):
        if self.before:
            self.before(lab)
        if self.key is None:
            lab.run(text)
        else:
            process = lab.start(text)
            await_that(lambda: lab.answers(self.key), 'the daemon does not answer')
            os.killpg(process.pid, signal.SIGTERM)
            lab.out, lab.err = process.communicate(timeout=LIMIT)
        self.check(lab)


class OnTerminal(Example):
    """One that draws until q is typed."""

    def run(self, lab, text):
        terminal, inside = pty.openpty()
        process = lab.start(text, terminal=inside)
        os.close(inside)
        shown = b''
        end = time.monotonic() + 10
        while b' process ' not in shown:
            ready = select.select([terminal], [], [], max(0, end - time.monotonic()))[0]
            expect(ready, f'drew {shown!r}')
            shown += os.read(terminal, 65536)
        os.write(terminal, b'q')
        expect(process.wait(timeout=LIMIT) == 0, f'exit status {process.returncode}')
        os.close(terminal)
        lab.out = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', shown.decode())
        self.check(lab)


class Configuration(Example):
    """A file that the daemon has to accept."""

    def run(self, lab, text):
        for name in ('/srv/pub', '/srv/team'):
            lab.path(name).mkdir(exist_ok=True)
        text = lab.translate(text)
        for there, here in (('/usr/share/doc', '/usr/share'), ('alice', 'daemon'),
                            ('mallory', 'nobody'), ('staff', 'daemon'), ('users', 'daemon')):
            text = re.sub(rf'(?<=["]){there}(?=")', here, text)
        lab.path('/etc/msgfetchd.conf').write_text(text)
        lab.run('msgfetchd -t -c /etc/msgfetchd.conf')
        self.check(lab)


def silent(lab):
    expect(lab.err == '', f'said {lab.err!r}')


EXAMPLES = {
    'msgfetch.1': [
        Example('export MSGFETCH_KEY=0x5eed', prints('Hello, world!\n')),
        Example('msgfetch -P', matches(r'^msgfetchd \S+, key 0x00005eed: [\d.]+ ms$')),
        Example('msgfetch -w 1m --retry 1000 -O pub/hello', same({'hello': '/tmp/share/hello'})),
        Example('until msgfetch -c -O pub/hello; do sleep 10; done',
                all_of(same({'hello': '/tmp/share/hello'}), has_no('hello.part'))),
        Example('msgfetch -D in pub/hello pub/other',
                same({'in/hello': '/tmp/share/hello', 'in/other': '/tmp/share/hello'})),
        Example('msgfetch -r -p -o copy pub/tree',
                all_of(same({'copy/sub/hello': '/tmp/share/hello'}), tree_is_up_to_date)),
        Example('msgfetch -v -r -D in pub',
                all_of(same({'in/pub/tree/sub/more': '/tmp/share/tree/sub/more'}),
                       matches(r'pub: 4 files, \S+ \S+ in ', 'err'))),
        Example('msgfetch -l --long pub',
                matches(r'^pub\n-rw-\S+ .* 14 [\d-]{10} [\d:]{5} hello$')),
        Example('msgfetch -lh --sort size pub', matches(r' 14 B [\d-]{10} [\d:]{5} hello$')),
        Example('msgfetch --existing -D new/sub pub/hello pub/other',
                all_of(same({'new/sub/hello': '/tmp/share/hello'}), has_no('new/sub/other'))),
        Example('msgfetch -s --json pub/hello',
                all_of(matches(r'^ +Size: 14$'),
                       matches(r'^\{"path":"pub/hello","type":"file",.*"size":14,'))),
        Example('msgfetch --range 0-4 pub/hello', prints('Helloworld!\n')),
        Example('msgfetch -T list -j 4 -D in --json',
                all_of(matches(r'^\{"path":"pub/hello","file":"in/hello",.*"code":0,'),
                       matches(r'^\{"path":"pub/other","file":"in/other",.*"code":0,'))),
        Example("msgfetch -n -r --exclude '*~' --exclude '.*.swp' --max-size 10M pub",
                prints('pub/hello\npub/other\npub/tree/sub/hello\npub/tree/sub/more\n')),
        Example('msgfetch -r --exclude-from patterns -o chosen pub',
                all_of(same({'chosen/hello': '/tmp/share/hello'}), has_no('chosen/other'))),
        Example('msgfetch -r -u -D in pub', prints('')),
        Example('msgfetch --inplace -o linked pub/hello',
                lambda lab: expect(lab.path('in/hello').samefile(lab.path('linked')),
                                   'the hard link was replaced')),
        Example('msgfetch -r -p -u --modify-window 1 -D in pub', prints('')),
        Example("msgfetch -r --include '*/' --include 'h*' --exclude '*' -o h pub",
                all_of(same({'h/tree/sub/hello': '/tmp/share/hello'}), has_no('h/other'))),
        Example('msgfetch -0 -T - -D in', same({'in/more': '/tmp/share/tree/sub/more'})),
        Example("msgfetch --no-glob 'pub/a*'",
                all_of(same({'matching/hello': '/tmp/share/hello',
                             'matching/other': '/tmp/share/other',
                             'matching/more': '/tmp/share/tree/sub/more'}),
                       prints('odd\n'))),
        Example('msgfetch --print-digest -D in pub/hello pub/other > sums',
                all_of(prints('in/hello: OK\nin/other: OK\n'),
                       same({'copy2': '/tmp/share/hello'}))),
        Example('msgfetch pub/hello | cmp - hello', prints('')),
        Example('msgfetch --fail-early -D chosen pub/nothing pub/other || test $? -eq 5',
                has_no('chosen/other')),
        Example("msgfetch -o nothing pub/nothing || test $? -eq 5 && echo 'not there'",
                all_of(prints('not there\n'), matches('pub/nothing: ', 'err'))),
        Example('msgfetch --doctor -q -k 0x5eee || test $? -eq 3',
                matches(r'^problem +daemon +no daemon serves key 0x5eee')),
        Example('msgfetch --status=json | grep user_sent_bytes_total',
                all_of(matches(r'^workers_limit 128$'),
                       matches(r'^\{"name":"user_sent_bytes_total","uid":"\d+","value":\d+\}$'))),
        Example('mv msgfetchd.new msgfetchd.prom',
                contains('msgfetchd.prom', '# TYPE msgfetchd_requests_total counter')),
        OnTerminal('msgfetch --top', matches('^msgfetchd .* process ')),
        Example('timeout 5 msgfetch -f --lines 1 pub/log || test $? -eq 124',
                prints('one more line\n')),
        Example('msgfetch --server-user daemon --stall-timeout 10 --progress never -O pub/other',
                all_of(same({'other': '/tmp/share/other'}), silent)),
        Example('msgfetch --ring 4x2M -o copy4 pub/other',
                same({'copy3': '/tmp/share/other', 'copy4': '/tmp/share/other'})),
        Example('msgfetch --help', all_of(matches(r'^msgfetch \S+$'), matches('--version'))),
        Example('kill "$(cat /tmp/share.pid)"', stopped),
    ],
    'msgfetchd.8': [
        Example('msgfetchd -k 0x5eed -e pub=/tmp/share', gone, key='0x5eed'),
        Example('msgfetch -k 0x5eed -P', all_of(matches('^msgfetchd '), stopped)),
        Example('msgfetch -k 0x5eed -r -o copy pub/tree',
                all_of(same({'copy/sub/hello': '/tmp/share/tree/sub/hello'}), stopped)),
        Example('msgfetchd -t -c /etc/msgfetchd.conf && systemctl reload msgfetchd',
                reloaded(1), before=write_configuration),
        Example('msgfetchd --clean --dry-run -c /etc/msgfetchd.conf -u msgfetchd',
                all_of(matches('queue'), gone), before=crash),
        Example('msgfetchd --dump-config -c /etc/msgfetchd.conf',
                matches(r'^key = "0x00005eef" +# .*msgfetchd\.conf:1$'), before=write_configuration),
        Example("echo 'log-level = debug' > /etc/msgfetchd.conf.d/debug.conf", reloaded(3),
                before=write_configuration),
        Example('msgfetchd --help', all_of(matches(r'^msgfetchd \S+$'), matches('--version'),
                                           matches('^log-level = "info" +# command line')),
                before=write_configuration),
        Example('ipcs -q', matches('^0x00005eed '), before=keep_daemon),
    ],
    'msgfetchd.conf.5': [
        Configuration('max-workers = 128', silent),
        Configuration('group = "users"', silent),
        Configuration('allow-users = {"alice"}', silent),
        Configuration('identity = requester', silent),
        Example('msgfetchd --dump-config -c /etc/msgfetchd.conf',
                all_of(matches(r'90-debug\.conf:1$'), matches(r'50-team\.conf:1$')),
                before=make_team),
        Example('msgfetchd -t -c /etc/msgfetchd.conf', silent),
    ],
}


def end_daemon(lab):
    """One that a page's last example looks at, and leaves."""
    pid_file = lab.path('/tmp/share.pid')
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    stopped(lab)


def run_example(lab, text, rows):
    """Takes its row out of rows, and does what that says."""
    lines = [line.strip() for line in text.splitlines()]
    row = next((row for row in rows if row.line in lines), None)
    expect(row is not None, 'has no row in tests/scripts/examples.py')
    rows.remove(row)
    row.run(lab, text)


def check_page(path, examples):
    """How many examples failed; the page's further ones run even so."""
    lab = Lab()
    rows = list(examples)
    failures = []
    for number, text in enumerate(blocks_of(path.read_text()), 1):
        try:
            run_example(lab, text, rows)
            print(f'ok {path.name}, example {number}')
        except (Failure, OSError) as problem:
            failures.append(f'example {number}: {problem}\n{text}')
    failures += [f'no example has the line {row.line!r}' for row in rows]
    try:
        end_daemon(lab)
    except Failure as problem:
        failures.append(str(problem))
    lab.close()
    for failure in failures:
        print(f'FAIL {path.name}, {failure}')
    return len(failures)


def main():
    directory = pathlib.Path(sys.argv[1])
    sys.exit(1 if sum(check_page(directory / page, examples)
                      for page, examples in EXAMPLES.items()) else 0)


if __name__ == '__main__':
    main()
