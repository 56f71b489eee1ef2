# SPDX-License-Identifier: ISC
"""Fetch files from msgfetchd(8), with libmsgfetch.

    import msgfetch

    with msgfetch.Session() as session:
        text = session.read('pub/hello')
        session.save('pub/large', 'large')
        for file in session.list('pub'):
            print(file.name, file.size)
        with session.open('pub/table.csv') as file:
            file.seek(-100, 2)
            tail = file.read()

A call that fails raises a subclass of msgfetch.Error, which is an OSError with errno,
strerror and filename: NotFoundError (a FileNotFoundError), DeniedError and UntrustedError
(PermissionError), DirectoryError (IsADirectoryError), NoDaemonError
(ConnectionRefusedError), TimedOutError (TimeoutError), BusyError (BlockingIOError),
CancelledError (InterruptedError), ChangedError, RangeError and OutputError.

A session belongs to one thread at a time, but any thread may call cancel().  Paths are str;
names that are not UTF-8 are decoded as os.fsdecode() does.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import io
import os
import signal
import socket
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, List

from ._errors import (
    BusyError as BusyError, CancelledError as CancelledError, ChangedError as ChangedError,
    DeniedError as DeniedError, DirectoryError as DirectoryError, Error as Error,
    NoDaemonError as NoDaemonError, NotFoundError as NotFoundError, Outcome as Outcome,
    OutputError as OutputError, RangeError as RangeError, TimedOutError as TimedOutError,
    UntrustedError as UntrustedError, make_error)
from ._library import (
    CHILDREN, DIGESTS, LIBRARY, NAMES, RANGE_SET, RECURSE, STRICT, TAIL, Notice, OnFinding,
    OnProgress, RawOptions, RawRequest, RawStamp, SessionPointer, free, make_file)
from ._sinks import (
    Calls, Described, ToBytes, ToCallback, ToDescription, ToFile, ToList, ToStat, new_file)
from ._types import (
    End as End, File as File, Finding as Finding, Pong as Pong, Progress as Progress,
    Sink as Sink, Stamp as Stamp, Transport as Transport)

__version__: str = LIBRARY.msgfetch_version().decode()


def version() -> str:
    """Returns the version of the library."""
    return __version__


def parse_key(text: str) -> int:
    """Parses a key: 0x1aaaaaa1, 447392417 or ftok:PATH:ID."""
    key = ctypes.c_int32()
    result = LIBRARY.msgfetch_key(os.fsencode(text), ctypes.byref(key))
    if result != 0:
        raise ValueError(f'{text!r} is not a key: {os.strerror(-result)}')
    return key.value


def _milliseconds(seconds: float | None) -> int:
    """None means no limit, which is 0 for the library."""
    return 0 if seconds is None else max(1, round(seconds * 1000))


class _RemoteFile(io.RawIOBase):
    """A remote file, open for reading.  Each read fetches a range of the file."""

    def __init__(self, session: Session, path: str, file: File) -> None:
        self.name = path
        self._session, self._file, self._position = session, file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._file.size}
        if whence not in base:
            raise ValueError(f'invalid whence: {whence}')
        if base[whence] + offset < 0:
            raise ValueError('negative position')
        self._position = base[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast('B')
        data = self._fetch(len(view))
        view[:len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._fetch(self._file.size)

    def _fetch(self, most: int) -> bytes:
        if self.closed:
            raise ValueError('I/O operation on closed file')
        length = min(most, self._file.size - self._position)
        if length <= 0:
            return b''
        data = self._session.read(self.name, offset=self._position, length=length,
                                  resume=self._file.stamp)
        self._position += len(data)
        return data


class Session:
    """A session with one daemon.  A context manager that calls close().

    key: a number or text such as '0x1aaaaaa1'; None: $MSGFETCH_KEY, or the default key.
    server_user: a user to trust in addition to root and oneself, a name or a uid as text.
    timeout, stall_timeout: seconds until the first answer, and between two; None: no limit.
    retries: after "busy", "shutting down", a lost daemon or worker.
    retry_no_daemon: also retry if no daemon is there for the first attempt.
    ring: number and size of the slots of the shared memory.
    notice: called with a line about each retry or other workaround.
    progress: called after each path, and while data arrives every progress_interval seconds.
    """

    def __init__(self, key: int | str | None = None, *, server_user: str | None = None,
                 timeout: float | None = 30, stall_timeout: float | None = 60,
                 retries: int = 5, retry_no_daemon: bool = False,
                 transport: Transport = Transport.AUTO, ring: tuple[int, int] | None = None,
                 notice: Callable[[str], None] | None = None,
                 progress: Callable[[Progress], None] | None = None,
                 progress_interval: float = 0.1) -> None:
        options = RawOptions()
        LIBRARY.msgfetch_options_default(ctypes.byref(options), ctypes.sizeof(options))
        if key is None:
            key = os.environ.get('MSGFETCH_KEY') or options.key
        options.key = parse_key(key) if isinstance(key, str) else key
        if server_user is not None:
            options.server_user = os.fsencode(server_user)
        options.timeout_ms = _milliseconds(timeout)
        options.stall_timeout_ms = _milliseconds(stall_timeout)
        options.retries, options.retry_no_daemon = retries, retry_no_daemon
        options.transport = transport
        if ring is not None:
            options.ring_slots, options.ring_slot_bytes = ring
        self._exception: BaseException | None = None
        self._paths: Sequence[str] = ('',)  # of the running call
        self._set_callbacks(options, notice, progress, progress_interval)
        pointer = SessionPointer()
        result = LIBRARY.msgfetch_open(ctypes.byref(pointer), ctypes.byref(options))
        if result == -errno.EINVAL:
            raise ValueError('server_user does not exist, or ring is invalid')
        if result != 0:
            raise OSError(-result, os.strerror(-result))
        self._pointer = pointer
        # Also runs at the end of the interpreter.
        self._finalizer = weakref.finalize(self, LIBRARY.msgfetch_close, pointer)

    def _set_callbacks(self, options: RawOptions, notice: Callable[[str], None] | None,
                       progress: Callable[[Progress], None] | None, interval: float) -> None:
        # The library holds these callbacks, which must not keep the session alive.
        this = weakref.ref(self)

        def on_notice(_context: int, text: bytes) -> None:
            _call_back(this(), lambda: notice and notice(os.fsdecode(text)))

        def on_progress(_context: int, raw: Any) -> None:
            session, made = this(), raw[0]
            if session is None:
                return
            now = Progress(make_file(made.file[0], session._paths), made.position, made.files,
                           made.bytes)
            _call_back(session, lambda: progress and progress(now))

        self._keep = (Notice(on_notice) if notice else ctypes.cast(0, Notice),
                      OnProgress(on_progress) if progress else ctypes.cast(0, OnProgress))
        options.notice, options.progress = self._keep
        options.progress_ms = _milliseconds(interval)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the session's kernel objects.  The session cannot be used afterwards."""
        self._finalizer()

    # -- fetching

    def fetch(self, paths: str | Sequence[str], sink: Sink, *, recurse: bool = False,
              digest: str | None = None, offset: int | None = None, length: int | None = None,
              tail: int | None = None, resume: Stamp | None = None,
              strict: bool = False) -> None:
        """Fetches paths into a sink, with as few messages to the daemon as possible.

        recurse: fetch directories with everything beneath them.  digest: 'xxh3' or 'sha256',
        for end().  offset, length: a range of one file; tail: its last bytes.  resume: the
        stamp of an earlier call that is continued at offset.  strict: fail if the file grows
        during the transfer.
        Raises the error of the last failure; the sink was told of every failure.
        """
        flags = (RECURSE if recurse else 0) | (STRICT if strict else 0)
        if tail is not None:
            if offset is not None or length is not None:
                raise ValueError('tail excludes offset and length')
            flags, length = flags | RANGE_SET | TAIL, tail
        elif length is not None or (offset is not None and resume is None):
            flags |= RANGE_SET
        # A length of 0 means no limit to the library.
        if length is not None and length < 1:
            raise ValueError('length must be positive')
        self._fetch(paths, sink, flags, digest, offset or 0, length or 0, resume)

    def read(self, path: str, **what: Any) -> bytes:
        """Returns the bytes of a file or range.  Further arguments as for fetch()."""
        sink = ToBytes()
        self.fetch(path, sink, **what)
        return bytes(sink.bytes)

    def save(self, path: str, target: str | os.PathLike[str] | BinaryIO, **what: Any) -> End:
        """Fetches a file into target.  Further arguments as for fetch().

        target: a name, which the complete file replaces; or an open binary file, which is
        written at its position.
        """
        if not isinstance(target, (str, os.PathLike)):
            sink = ToFile(target)
            self.fetch(path, sink, **what)
            return sink.ended
        with new_file(target) as file:
            return self.save(path, file, **what)

    def stream(self, path: str, callback: Callable[[memoryview, int], None],
               **what: Any) -> End:
        """Calls callback with each piece of a file and its offset.

        Gaps are zeros.  The memory is valid until the callback returns.  Further arguments
        as for fetch().
        """
        sink = ToCallback(callback)
        self.fetch(path, sink, **what)
        return sink.ended

    def open(self, path: str) -> io.RawIOBase:
        """Opens a file for reading.  The result can seek.

        Each read fetches a range, and raises ChangedError after the file has changed.
        io.BufferedReader(session.open(path), 1 << 20) saves requests.
        """
        sink = ToDescription()
        with contextlib.suppress(Described):
            self.fetch(path, sink)
        return _RemoteFile(self, path, sink.file)

    # -- queries

    def list(self, path: str = '', *, recurse: bool = False) -> List[File]:
        """Lists a directory, with recurse everything beneath it.  A file is listed alone.

        The path '' lists the exports that this user may use.
        """
        sink = ToList()
        self._fetch(path, sink, NAMES | (RECURSE if recurse else CHILDREN))
        return sink.files

    def stat(self, path: str) -> File:
        """Describes a path."""
        sink = ToStat()
        self._fetch(path, sink, NAMES)
        return sink.file

    def ping(self) -> Pong:
        """Checks that the daemon answers."""
        text = ctypes.create_string_buffer(256)
        nanoseconds = ctypes.c_uint64()
        self._call(LIBRARY.msgfetch_ping, text, len(text), ctypes.byref(nanoseconds))
        return Pong(os.fsdecode(text.value), nanoseconds.value / 1e9)

    def status(self) -> str:
        """Returns the daemon's state, as in msgfetch-protocol(7).  For some users only."""
        text = ctypes.c_void_p()
        self._call(LIBRARY.msgfetch_status, ctypes.byref(text))
        try:
            return os.fsdecode(ctypes.string_at(text))
        finally:
            free(text)

    def diagnose(self) -> List[Finding]:
        """Checks for all common problems, as msgfetch --doctor does."""
        findings: List[Finding] = []

        def on_finding(_context: int, raw: Any) -> None:
            found = raw[0]
            findings.append(Finding(('ok', 'note', 'problem')[found.severity],
                                    os.fsdecode(found.topic), os.fsdecode(found.text),
                                    os.fsdecode(found.advice), Outcome(found.outcome)))

        self._call(LIBRARY.msgfetch_diagnose, OnFinding(on_finding), None)
        return findings

    def cancel(self) -> None:
        """Cancels the running call of another thread, or else the next call."""
        if self._finalizer.alive:
            LIBRARY.msgfetch_cancel(self._pointer)

    # -- calling

    def _fetch(self, paths: str | Sequence[str], sink: Sink, flags: int,
               digest: str | None = None, offset: int = 0, length: int = 0,
               resume: Stamp | None = None) -> None:
        if isinstance(paths, str):
            paths = [paths]
        encoded = [os.fsencode(path) for path in paths]
        if any(b'\0' in path for path in encoded):
            raise ValueError('a path contains a NUL')
        if digest not in DIGESTS:
            raise ValueError(f'unknown digest: {digest!r}')
        stamp = RawStamp(*dataclasses.astuple(resume)) if resume is not None else None
        request = RawRequest(ctypes.sizeof(RawRequest),
                           (ctypes.c_char_p * len(encoded))(*encoded), len(encoded), flags,
                           DIGESTS[digest], offset, length,
                           ctypes.pointer(stamp) if stamp is not None else None)
        calls = Calls(sink, paths)
        self._paths = paths
        try:
            self._call(LIBRARY.msgfetch_fetch, ctypes.byref(request), ctypes.byref(calls.raw))
        except Error as error:
            if calls.exception is None:
                error.filename = calls.failed_path
                raise
        finally:
            self._paths = ('',)
        if calls.exception is not None:
            raise calls.exception

    def _call(self, function: Callable[..., int], *arguments: Any) -> None:
        if not self._finalizer.alive:
            raise ValueError('the session is closed')
        with _interruptible(self):
            result = function(self._pointer, *arguments)
        exception, self._exception = self._exception, None
        if exception is not None:
            raise exception
        if result != 0:
            text = os.fsdecode(LIBRARY.msgfetch_error(self._pointer))
            raise make_error(LIBRARY.msgfetch_outcome(self._pointer), -result,
                             text or os.strerror(-result), None)


def _call_back(session: Session | None, function: Callable[[], object]) -> None:
    """Calls a function of the caller; an exception cancels the running call."""
    if session is None or session._exception is not None:
        return
    try:
        function()
    except BaseException as exception:  # no exception can pass through C
        session._exception = exception
        session.cancel()


@contextlib.contextmanager
def _interruptible(session: Session) -> Iterator[None]:
    """Lets an interrupt from the keyboard end a call.

    The interpreter handles signals between its own steps only.  So its C handler tells a
    thread through a socket, and the thread cancels the call.  Does nothing if the program
    uses the wakeup descriptor itself (asyncio) or handles SIGINT itself.
    """
    if (threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is not signal.default_int_handler):
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)

    def watch() -> None:
        while numbers := reader.recv(64):
            if signal.SIGINT in numbers:
                session.cancel()

    with reader:
        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            if before == -1:
                signal.set_wakeup_fd(-1)
            writer.close()
            thread.join()
