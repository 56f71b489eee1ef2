#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""python_client.py: tests of the Python module, with and without a daemon.

Runs in its own IPC namespace.  $MSGFETCHD is the daemon; LD_LIBRARY_PATH and PYTHONPATH find
libmsgfetch and the module.
"""

import errno
import hashlib
import io
import os
import pathlib
import pydoc
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import msgfetch

KEY = 0x6d736770
SMALL, LARGE = b'Hello, world!\n', os.urandom(3 << 20)


def objects():
    """Returns the System V queues, semaphores and segments of this namespace."""
    return [line for kind in ('msg', 'sem', 'shm')
            for line in pathlib.Path('/proc/sysvipc', kind).read_text().splitlines()[1:]]


def await_that(condition):
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            raise AssertionError('never came')
        time.sleep(0.005)


def state_of(process):
    return pathlib.Path(f'/proc/{process}/stat').read_text().rsplit(')', 1)[1].split()[0]


class WithDaemon(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='msgfetch-python.')
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)
        self.pub = self.work / 'pub'
        (self.pub / 'tree/sub').mkdir(parents=True)
        (self.pub / 'small').write_bytes(SMALL)
        (self.pub / 'large').write_bytes(LARGE)
        (self.pub / 'tree/sub/leaf').write_bytes(b'leaf')
        (self.pub / 'tree/link').symlink_to('sub/leaf')
        self.daemon = subprocess.Popen([os.environ['MSGFETCHD'], '-k', hex(KEY), '-e',
                                        f'pub={self.pub}'], stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)
        self.session = msgfetch.Session(KEY)
        self.addCleanup(self.session.close)
        with msgfetch.Session(KEY, retries=1000, retry_no_daemon=True) as first:
            first.ping()

    def end(self):
        self.daemon.send_signal(signal.SIGCONT)
        self.daemon.terminate()
        self.assertEqual(self.daemon.wait(timeout=20), 0)
        self.session.close()
        self.assertEqual(objects(), [])

    def stop_daemon(self):
        self.daemon.send_signal(signal.SIGSTOP)
        await_that(lambda: state_of(self.daemon.pid) == 'T')


class Fetching(WithDaemon):
    def test_read_gives_the_bytes(self):
        self.assertEqual(self.session.read('pub/small'), SMALL)
        self.assertEqual(self.session.read('pub/large'), LARGE)

    def test_read_fills_holes_with_zeros(self):
        with open(self.pub / 'sparse', 'wb') as file:
            file.seek(1 << 20)
            file.write(b'data')
            file.truncate(2 << 20)
        self.assertEqual(self.session.read('pub/sparse'), (self.pub / 'sparse').read_bytes())

    def test_all_transports_give_the_bytes(self):
        for transport in msgfetch.Transport:
            with msgfetch.Session(KEY, transport=transport) as session:
                self.assertEqual(session.read('pub/large'), LARGE)

    def test_save_makes_a_file(self):
        end = self.session.save('pub/large', self.work / 'copy')
        self.assertEqual((self.work / 'copy').read_bytes(), LARGE)
        self.assertEqual(end.size, len(LARGE))

    def test_a_failed_save_leaves_the_old_file(self):
        (self.work / 'copy').write_bytes(b'before')
        with self.assertRaises(msgfetch.NotFoundError):
            self.session.save('pub/nothing', self.work / 'copy')
        self.assertEqual((self.work / 'copy').read_bytes(), b'before')
        self.assertEqual(sorted(os.listdir(self.work)), ['copy', 'pub'])

    def test_save_keeps_holes(self):
        with open(self.pub / 'sparse', 'wb') as file:
            file.truncate(64 << 20)
        self.session.save('pub/sparse', self.work / 'copy')
        status = os.stat(self.work / 'copy')
        self.assertEqual(status.st_size, 64 << 20)
        self.assertLess(status.st_blocks, 1000)

    def test_save_writes_at_the_position_of_an_open_file(self):
        memory = io.BytesIO(b'before and much behind it')
        memory.seek(len('before'))
        self.session.save('pub/small', memory)
        self.assertEqual(memory.getvalue(), b'before' + SMALL)

    def test_save_writes_to_a_pipe(self):
        reader, writer = os.pipe()
        with open(reader, 'rb') as received, open(writer, 'wb') as sent:
            self.session.save('pub/small', sent)
            sent.close()
            self.assertEqual(received.read(), SMALL)

    def test_stream_gives_pieces_in_order(self):
        pieces = []
        end = self.session.stream('pub/large',
                                  lambda data, offset: pieces.append((offset, bytes(data))))
        at = 0
        for offset, piece in pieces:
            self.assertEqual(offset, at)
            at += len(piece)
        self.assertEqual(b''.join(piece for _, piece in pieces), LARGE)
        self.assertEqual(end.size, len(LARGE))

    def test_ranges_equal_slices(self):
        for what, expected in (({'offset': 100, 'length': 50}, LARGE[100:150]),
                               ({'offset': 3000000}, LARGE[3000000:]),
                               ({'length': 10}, LARGE[:10]), ({'tail': 99}, LARGE[-99:])):
            self.assertEqual(self.session.read('pub/large', **what), expected, what)

    def test_save_can_take_a_range(self):
        end = self.session.save('pub/large', self.work / 'part', offset=7, length=1 << 20)
        self.assertEqual((self.work / 'part').read_bytes(), LARGE[7:7 + (1 << 20)])
        self.assertEqual(end.size, 7 + (1 << 20))

    def test_a_range_after_the_end_is_an_error(self):
        with self.assertRaises(msgfetch.RangeError) as caught:
            self.session.read('pub/small', offset=1000)
        self.assertEqual(caught.exception.outcome, msgfetch.Outcome.RANGE)

    def test_wrong_ranges_are_refused(self):
        for what in ({'tail': 1, 'offset': 2}, {'length': 0}, {'length': -1}):
            with self.assertRaises(ValueError):
                self.session.read('pub/small', **what)

    def test_digests_are_of_the_bytes(self):
        end = self.session.stream('pub/large', lambda data, offset: None, digest='sha256')
        self.assertEqual(end.digest, hashlib.sha256(LARGE).hexdigest())
        end = self.session.stream('pub/large', lambda data, offset: None, digest='xxh3')
        self.assertEqual(len(end.digest), 16)

    def test_an_unknown_digest_is_refused(self):
        with self.assertRaises(ValueError):
            self.session.read('pub/small', digest='md5')

    def test_names_may_have_any_bytes(self):
        name = os.fsdecode(b'pub/\xff\xfe')
        (self.work / name).write_bytes(b'odd')
        self.assertEqual(self.session.read(name), b'odd')
        self.assertIn(name, ['pub/' + file.name for file in self.session.list('pub')])


class Begun(msgfetch.Sink):
    """Records all calls."""

    def __init__(self):
        self.files, self.bytes, self.failures, self.paths = {}, b'', [], []

    def begin(self, file):
        self.files[file.name] = file

    def data(self, data, offset):
        self.bytes += data

    def failed(self, file, error):
        self.failures.append((file.path, error))

    def done(self, path):
        self.paths.append(path)


class Sinks(WithDaemon):
    def test_a_tree_has_all_its_entries(self):
        sink = Begun()
        self.session.fetch('pub/tree', sink, recurse=True)
        self.assertEqual(set(sink.files), {'', 'link', 'sub', 'sub/leaf'})
        self.assertTrue(sink.files['sub'].is_dir())
        self.assertEqual(sink.files['link'].link, 'sub/leaf')
        self.assertEqual(sink.bytes, b'leaf')

    def test_a_failed_path_does_not_stop_the_others(self):
        sink = Begun()
        with self.assertRaises(msgfetch.NotFoundError):
            self.session.fetch(['pub/nothing', 'pub/small'], sink)
        self.assertEqual(sink.bytes, SMALL)
        self.assertEqual([path for path, _ in sink.failures], ['pub/nothing'])
        self.assertIsInstance(sink.failures[0][1], msgfetch.NotFoundError)
        self.assertEqual(sink.paths, ['pub/nothing', 'pub/small'])

    def test_an_exception_ends_the_call(self):
        def fail(_data, _offset):
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            self.session.stream('pub/large', fail)
        self.assertEqual(self.session.read('pub/small'), SMALL)

    def test_a_file_is_resumed(self):
        stamp = self.session.stat('pub/large').stamp
        sink = Begun()
        self.session.fetch('pub/large', sink, offset=1 << 20, resume=stamp)
        self.assertEqual(sink.files[''].offset, 1 << 20)
        self.assertEqual(sink.bytes, LARGE[1 << 20:])

    def test_a_digest_covers_existing_bytes(self):
        class Continued(Begun):
            def read_existing(self, offset, buffer):
                buffer[:] = LARGE[offset:offset + len(buffer)]

            def end(self, end):
                self.digest = end.digest

        stamp = self.session.stat('pub/large').stamp
        sink = Continued()
        self.session.fetch('pub/large', sink, offset=1 << 20, resume=stamp, digest='sha256')
        self.assertEqual(sink.digest, hashlib.sha256(LARGE).hexdigest())

    def test_another_file_starts_over(self):
        stamp = self.session.stat('pub/large').stamp
        (self.pub / 'large').write_bytes(LARGE[::-1])
        sink = Begun()
        self.session.fetch('pub/large', sink, offset=1 << 20, resume=stamp)
        self.assertEqual(sink.files[''].offset, 0)
        self.assertEqual(sink.bytes, LARGE[::-1])

    def test_progress_is_told(self):
        seen = []
        with msgfetch.Session(KEY, progress=seen.append, progress_interval=0) as session:
            session.read('pub/large')
        self.assertEqual((seen[-1].files, seen[-1].bytes), (1, len(LARGE)))
        self.assertEqual(seen[-1].file.size, len(LARGE))

    def test_an_exception_of_progress_ends_the_call(self):
        def fail(_progress):
            raise ZeroDivisionError

        with msgfetch.Session(KEY, progress=fail, progress_interval=0) as session:
            with self.assertRaises(ZeroDivisionError):
                session.read('pub/large')


class Asking(WithDaemon):
    def test_ping_tells_the_version(self):
        pong = self.session.ping()
        self.assertRegex(pong.version, r'^msgfetchd \d')
        self.assertGreater(pong.seconds, 0)

    def test_list_names_the_exports(self):
        self.assertEqual([file.name for file in self.session.list()], ['pub'])

    def test_list_names_the_entries_of_a_directory(self):
        self.assertEqual(sorted(file.name for file in self.session.list('pub')),
                         ['large', 'small', 'tree'])

    def test_a_recursive_list_names_all_beneath(self):
        self.assertEqual(sorted(file.name for file in self.session.list('pub', recurse=True)),
                         ['large', 'small', 'tree', 'tree/link', 'tree/sub', 'tree/sub/leaf'])

    def test_stat_equals_the_file_system(self):
        status, file = os.stat(self.pub / 'large'), self.session.stat('pub/large')
        self.assertEqual((file.size, file.mtime_ns, file.mode, file.uid, file.gid),
                         (status.st_size, status.st_mtime_ns, status.st_mode, status.st_uid,
                          status.st_gid))
        self.assertTrue(file.is_file())
        self.assertEqual(int(file.mtime.timestamp()), int(status.st_mtime))

    def test_status_is_the_daemons_state(self):
        self.session.read('pub/small')
        values = dict(line.rsplit(' ', 1) for line in self.session.status().splitlines())
        self.assertEqual(values['pid'], str(self.daemon.pid))
        self.assertEqual(values['sent_bytes_total'], str(len(SMALL)))

    def test_diagnose_finds_nothing_wrong(self):
        findings = self.session.diagnose()
        self.assertIn('answer', [finding.topic for finding in findings])
        self.assertNotIn('problem', [finding.severity for finding in findings])


class Failing(WithDaemon):
    def test_a_missing_file_is_not_found(self):
        with self.assertRaises(FileNotFoundError) as caught:
            self.session.read('pub/nothing')
        self.assertEqual(caught.exception.outcome, msgfetch.Outcome.NOT_FOUND)
        self.assertEqual(caught.exception.errno, errno.ENOENT)

    def test_a_link_that_leads_out_is_denied(self):
        (self.pub / 'out').symlink_to('/etc/passwd')
        with self.assertRaises(PermissionError) as caught:
            self.session.read('pub/out')
        self.assertEqual(caught.exception.outcome, msgfetch.Outcome.DENIED)

    def test_a_directory_cannot_be_read(self):
        with self.assertRaises(OSError):
            self.session.read('pub/tree')

    def test_a_missing_daemon_raises_its_own_exception(self):
        with msgfetch.Session(KEY + 1) as session:
            with self.assertRaises(msgfetch.NoDaemonError):
                session.read('pub/small')

    def test_a_daemon_that_does_not_answer_is_a_timeout(self):
        self.stop_daemon()
        with msgfetch.Session(KEY, timeout=0.1, retries=0) as session:
            with self.assertRaises(TimeoutError) as caught:
                session.read('pub/small')
        self.assertEqual(caught.exception.outcome, msgfetch.Outcome.TIMED_OUT)

    def test_another_thread_can_cancel(self):
        self.stop_daemon()
        results = []

        def read():
            try:
                results.append(self.session.read('pub/small'))
            except msgfetch.CancelledError:
                results.append('cancelled')

        thread = threading.Thread(target=read)
        thread.start()
        await_that(lambda: len(objects()) > 2)
        self.session.cancel()
        thread.join(timeout=5)
        self.assertEqual(results, ['cancelled'])

    def test_a_closed_session_is_refused(self):
        self.session.close()
        with self.assertRaises(ValueError):
            self.session.read('pub/small')

    def test_an_unknown_user_is_refused(self):
        with self.assertRaises(ValueError):
            msgfetch.Session(KEY, server_user='no such user')

    def test_a_key_is_parsed(self):
        self.assertEqual(msgfetch.parse_key('0x10'), 16)
        with msgfetch.Session(hex(KEY)) as session:
            session.ping()
        with self.assertRaises(ValueError):
            msgfetch.parse_key('no key')


class Packaging(unittest.TestCase):
    def test_the_package_has_the_librarys_version(self):
        package = (pathlib.Path(msgfetch.__file__).parents[1] / 'pyproject.toml').read_text()
        self.assertIn(f'version = "{msgfetch.version()}"', package)
        self.assertEqual(msgfetch.__version__, msgfetch.version())

    def test_the_package_is_typed(self):
        self.assertTrue(pathlib.Path(msgfetch.__file__).with_name('py.typed').exists())

    @unittest.skipUnless(shutil.which('mypy'), 'mypy is not installed')
    def test_mypy_finds_nothing(self):
        package = pathlib.Path(msgfetch.__file__).parent
        with tempfile.TemporaryDirectory(prefix='msgfetch-mypy.') as cache:
            checked = subprocess.run(['mypy', '--strict', '--cache-dir', cache, package],
                                     capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_help_fits_on_a_few_screens(self):
        text = pydoc.plain(pydoc.render_doc(msgfetch))
        self.assertLess(len(text.splitlines()), 300)

    def test_without_the_library_the_import_tells_what_to_install(self):
        failed = subprocess.run([sys.executable, '-c', 'import msgfetch'], text=True,
                                stderr=subprocess.PIPE,
                                env={**os.environ, 'LD_LIBRARY_PATH': '/nonexistent'})
        if failed.returncode == 0:
            self.skipTest('libmsgfetch is installed')
        self.assertIn('ImportError: msgfetch needs the library libmsgfetch', failed.stderr)
        self.assertIn('install the package libmsgfetch0', failed.stderr)


class Opening(WithDaemon):
    def test_an_open_file_reads_and_seeks(self):
        with self.session.open('pub/large') as file:
            self.assertTrue(file.readable() and file.seekable())
            self.assertEqual(file.read(10), LARGE[:10])
            self.assertEqual(file.seek(-7, os.SEEK_END), len(LARGE) - 7)
            self.assertEqual(file.read(100), LARGE[-7:])
            self.assertEqual(file.read(1), b'')
            file.seek(1000)
            file.seek(24, os.SEEK_CUR)
            self.assertEqual((file.tell(), file.read(5)), (1024, LARGE[1024:1029]))
            file.seek(0)
            self.assertEqual(file.readall(), LARGE)
        with self.assertRaises(ValueError):
            file.read(1)

    def test_a_buffered_open_file_gives_lines(self):
        (self.pub / 'lines').write_bytes(b'one\ntwo\n')
        with io.BufferedReader(self.session.open('pub/lines')) as file:
            self.assertEqual(list(file), [b'one\n', b'two\n'])

    def test_an_empty_file_opens(self):
        (self.pub / 'empty').write_bytes(b'')
        with self.session.open('pub/empty') as file:
            self.assertEqual(file.read(), b'')

    def test_a_file_that_changed_since_it_was_opened_is_not_mixed(self):
        with self.session.open('pub/small') as file:
            (self.pub / 'small').write_bytes(SMALL + SMALL)
            with self.assertRaises(msgfetch.ChangedError):
                file.read(3)

    def test_a_directory_and_a_missing_file_do_not_open(self):
        with self.assertRaises(IsADirectoryError):
            self.session.open('pub/tree')
        with self.assertRaises(FileNotFoundError):
            self.session.open('pub/nothing')


class Exceptions(WithDaemon):
    def test_exceptions_are_the_systems_with_the_file_name(self):
        (self.pub / 'secret').symlink_to('/etc/passwd')
        for path, kind in (('pub/nothing', FileNotFoundError), ('pub/secret', PermissionError),
                           ('pub/tree', IsADirectoryError)):
            with self.subTest(path), self.assertRaises(kind) as caught:
                self.session.read(path)
            self.assertIsInstance(caught.exception, msgfetch.Error)
            self.assertEqual(caught.exception.filename, path)
            self.assertIn(repr(path), str(caught.exception))

    def test_no_daemon_is_a_refused_connection(self):
        with msgfetch.Session(KEY + 1) as session, \
                self.assertRaises(ConnectionRefusedError) as caught:
            session.read('pub/small')
        self.assertEqual(caught.exception.filename, 'pub/small')
        self.assertEqual(caught.exception.errno, errno.ECONNREFUSED)

    def test_an_entry_of_a_tree_that_fails_is_named(self):
        (self.pub / 'tree/out').symlink_to('/etc/passwd')
        sink = Begun()
        with self.assertRaises(PermissionError) as caught:
            self.session.fetch('pub/tree', sink, recurse=True)
        self.assertEqual(caught.exception.filename, 'pub/tree/out')


class Processes(WithDaemon):
    def python(self, text):
        return subprocess.Popen([sys.executable, '-c', text], stderr=subprocess.PIPE, text=True)

    def test_the_end_of_the_interpreter_closes_sessions(self):
        process = self.python(f'import msgfetch\nsession = msgfetch.Session({KEY})\n'
                              'session.read("pub/large")')
        self.assertEqual(process.communicate(timeout=20)[1], '')
        await_that(lambda: len(objects()) == 2)

    def test_an_interrupt_from_the_keyboard_ends_a_call(self):
        self.stop_daemon()
        # A shell starts background jobs with the signal ignored.
        process = self.python('import msgfetch, signal\n'
                              'signal.signal(signal.SIGINT, signal.default_int_handler)\n'
                              f'session = msgfetch.Session({KEY})\nsession.read("pub/large")')
        await_that(lambda: len(objects()) > 2)
        process.send_signal(signal.SIGINT)
        self.assertIn('KeyboardInterrupt', process.communicate(timeout=5)[1])
        self.assertEqual(len(objects()), 2)


if __name__ == '__main__':
    unittest.main()
