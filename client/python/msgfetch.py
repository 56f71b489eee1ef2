# SPDX-License-Identifier: ISC
"""Fetch files from msgfetchd(8), with libmsgfetch.

    import msgfetch

    with msgfetch.Session() as session:
        text = session.read('pub/hello')
        session.save('pub/large', 'large')
        for file in session.list('pub'):
            print(file.name, file.size)

What fails raises msgfetch.Error, or the one of its subclasses that says how: NotFoundError is
a FileNotFoundError, too, DeniedError a PermissionError, TimedOutError a TimeoutError.

A session belongs to one thread at a time, but cancel() may be called from any.  Paths are
str; names that are no UTF-8 are decoded as os.fsdecode() does.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import datetime
import enum
import errno
import os
import signal
import socket
import stat as _stat
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, List, NamedTuple

__all__ = ['BusyError', 'CancelledError', 'ChangedError', 'DeniedError', 'End', 'Error', 'File',
           'Finding', 'NoDaemonError', 'NotFoundError', 'Outcome', 'Pong', 'Progress', 'RangeError',
           'Session', 'Sink', 'SinkError', 'Stamp', 'TimedOutError', 'Transport',
           'UntrustedError', 'parse_key', 'version']

# ---- what went wrong


class Outcome(enum.IntEnum):
    """How a call ended.  The numbers are the exit codes of msgfetch(1)."""

    OK = 0
    ERROR = 1
    NO_DAEMON = 3
    UNTRUSTED = 4
    NOT_FOUND = 5
    DENIED = 6
    CHANGED = 7
    TIMED_OUT = 8
    SINK = 9
    BUSY = 10
    RANGE = 11
    CANCELLED = 12


class Error(OSError):
    """A call failed.  .errno and .strerror say why, .outcome how."""

    outcome = Outcome.ERROR


class NoDaemonError(Error):
    """Nobody serves the key, or it died and did not come back."""

    outcome = Outcome.NO_DAEMON


class UntrustedError(Error):
    """The key is held by a user who is not to be trusted."""

    outcome = Outcome.UNTRUSTED


class NotFoundError(Error, FileNotFoundError):
    """There is no such export, directory or file."""

    outcome = Outcome.NOT_FOUND


class DeniedError(Error, PermissionError):
    """The daemon may not, or will not, open it."""

    outcome = Outcome.DENIED


class ChangedError(Error):
    """It was cut short, or changed while it was read."""

    outcome = Outcome.CHANGED


class TimedOutError(Error, TimeoutError):
    """No answer, or no progress, within the limits."""

    outcome = Outcome.TIMED_OUT


class SinkError(Error):
    """The caller's own sink refused the bytes."""

    outcome = Outcome.SINK


class BusyError(Error):
    """The daemon is too busy, or shutting down, and retries are used up."""

    outcome = Outcome.BUSY


class RangeError(Error):
    """The range begins behind the file's end."""

    outcome = Outcome.RANGE


class CancelledError(Error):
    """Session.cancel() ended it."""

    outcome = Outcome.CANCELLED


_ERRORS = {kind.outcome: kind for kind in Error.__subclasses__()}


def _error(outcome: int, number: int, text: str) -> Error:
    """number: a negative errno."""
    kind = _ERRORS.get(outcome, Error)
    made = kind(-number, text)
    made.outcome = Outcome(outcome) if outcome in set(Outcome) else Outcome.ERROR
    return made


# ---- what is told


class Transport(enum.IntEnum):
    """How bytes travel."""

    AUTO = 0
    INLINE = 1
    RING = 2


@dataclasses.dataclass(frozen=True)
class Stamp:
    """One state of one file: as long as it is the same, so are the bytes."""

    device: int
    inode: int
    mtime_ns: int
    size: int


@dataclasses.dataclass(frozen=True)
class File:
    """What is known of a file, directory, symbolic link or special file."""

    path: str  #: the requested path that this entry belongs to
    name: str  #: relative to that path; '': the path itself
    link: str  #: the target of a symbolic link; '' for all other entries
    size: int
    mtime_ns: int
    mode: int
    uid: int
    gid: int
    offset: int  #: of the first byte that comes
    stamp: Stamp

    @property
    def mtime(self) -> datetime.datetime:
        """The modification time, in UTC, to the microsecond."""
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch + datetime.timedelta(microseconds=self.mtime_ns // 1000)

    def is_file(self) -> bool:
        return _stat.S_ISREG(self.mode)

    def is_dir(self) -> bool:
        return _stat.S_ISDIR(self.mode)

    def is_symlink(self) -> bool:
        return _stat.S_ISLNK(self.mode)


@dataclasses.dataclass(frozen=True)
class End:
    """What the daemon vouched for at a file's end."""

    size: int  #: where it ended: its size, or one past a range's last byte
    digest: str  #: in hexadecimal; '' where none was asked for
    grew: bool = False  #: the file is longer by now than the bytes that came


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a call has come."""

    file: File
    position: int  #: in the file at hand: one past the last byte that came
    files: int  #: that came whole, in this call
    bytes: int  #: that came, in this call


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that Session.diagnose() looked at."""

    severity: str  #: 'ok', 'note' or 'problem'
    topic: str
    text: str
    advice: str  #: what to do about it; '': nothing
    outcome: Outcome  #: of a problem: how a fetch ends


class Sink:
    """Where all goes that Session.fetch() brings.  To be subclassed.

    An exception ends the call, and comes out of it.  data is valid until the method returns.
    """

    def begin(self, file: File) -> None:
        """An entry begins, or starts over: then all that came of it is void."""

    def data(self, data: memoryview, offset: int) -> None:
        """Bytes of it.  Offsets ascend; what is left out is zeros."""

    def end(self, end: End) -> None:
        """All has come and was checked; between the last byte and the end are zeros."""

    def failed(self, file: File, error: Error) -> None:
        """An entry failed, begun or not.  Here it does not end the call."""

    def done(self, path: str) -> None:
        """A path is finished."""

    def read_existing(self, offset: int, buffer: memoryview) -> None:
        """Fills buffer with what came in an earlier call: for resume with a digest."""
        raise NotImplementedError


# ---- the library, as client/lib/msgfetch.h has it


class _Stamp(ctypes.Structure):
    _fields_ = [('device', ctypes.c_uint64), ('inode', ctypes.c_uint64),
                ('mtime_ns', ctypes.c_int64), ('size', ctypes.c_uint64)]


class _File(ctypes.Structure):
    _fields_ = [('path_index', ctypes.c_size_t), ('name', ctypes.c_char_p), ('link', ctypes.c_char_p),
                ('size', ctypes.c_uint64), ('mtime_ns', ctypes.c_int64),
                ('mode', ctypes.c_uint32), ('uid', ctypes.c_uint32), ('gid', ctypes.c_uint32),
                ('offset', ctypes.c_uint64), ('stamp', _Stamp)]


class _End(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint64), ('digest', ctypes.c_int),
                ('digest_length', ctypes.c_size_t), ('digest_bytes', ctypes.c_void_p),
                ('grew', ctypes.c_bool)]


class _Progress(ctypes.Structure):
    _fields_ = [('file', ctypes.POINTER(_File)), ('position', ctypes.c_uint64),
                ('files', ctypes.c_uint64), ('bytes', ctypes.c_uint64)]


class _Finding(ctypes.Structure):
    _fields_ = [('severity', ctypes.c_int), ('topic', ctypes.c_char_p),
                ('text', ctypes.c_char_p), ('advice', ctypes.c_char_p),
                ('outcome', ctypes.c_int)]


_Notice = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
_OnProgress = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Progress))
_OnFinding = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Finding))
_Begin = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_File))
_Data = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t,
                         ctypes.c_uint64)
_OnEnd = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_End))
_Failed = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_File), ctypes.c_int,
                           ctypes.c_int, ctypes.c_char_p)
_Done = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
_ReadExisting = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p,
                        ctypes.c_size_t)


class _Options(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('key', ctypes.c_int),
                ('server_user', ctypes.c_char_p), ('timeout_ms', ctypes.c_uint),
                ('stall_timeout_ms', ctypes.c_uint), ('retries', ctypes.c_uint),
                ('retry_no_daemon', ctypes.c_bool), ('transport', ctypes.c_int),
                ('ring_slots', ctypes.c_uint), ('ring_slot_bytes', ctypes.c_uint),
                ('notice', _Notice), ('notice_context', ctypes.c_void_p),
                ('progress', _OnProgress), ('progress_context', ctypes.c_void_p),
                ('progress_ms', ctypes.c_uint)]


class _Request(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('paths', ctypes.POINTER(ctypes.c_char_p)),
                ('count', ctypes.c_size_t), ('flags', ctypes.c_uint), ('digest', ctypes.c_int),
                ('offset', ctypes.c_uint64), ('length', ctypes.c_uint64),
                ('resume', ctypes.POINTER(_Stamp))]


class _Sink(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('context', ctypes.c_void_p), ('begin', _Begin),
                ('data', _Data), ('end', _OnEnd), ('failed', _Failed), ('done', _Done),
                ('read_existing', _ReadExisting)]


_RECURSE, _NAMES, _CHILDREN, _RANGE_SET, _TAIL, _STRICT = 1, 2, 4, 8, 16, 32
_DIGESTS = {None: 0, 'xxh3': 1, 'sha256': 2}

_session_p = ctypes.c_void_p
_SIGNATURES = {
    'msgfetch_options_default': (None, [ctypes.POINTER(_Options), ctypes.c_size_t]),
    'msgfetch_key': (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]),
    'msgfetch_open': (ctypes.c_int, [ctypes.POINTER(_session_p), ctypes.POINTER(_Options)]),
    'msgfetch_close': (None, [_session_p]),
    'msgfetch_fetch': (ctypes.c_int, [_session_p, ctypes.POINTER(_Request),
                                      ctypes.POINTER(_Sink)]),
    'msgfetch_ping': (ctypes.c_int, [_session_p, ctypes.c_char_p, ctypes.c_size_t,
                                     ctypes.POINTER(ctypes.c_uint64)]),
    'msgfetch_status': (ctypes.c_int, [_session_p, ctypes.POINTER(ctypes.c_void_p)]),
    'msgfetch_diagnose': (ctypes.c_int, [_session_p, _OnFinding, ctypes.c_void_p]),
    'msgfetch_outcome': (ctypes.c_int, [_session_p]),
    'msgfetch_error': (ctypes.c_char_p, [_session_p]),
    'msgfetch_cancel': (None, [_session_p]),
    'msgfetch_version': (ctypes.c_char_p, []),
}


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL('libmsgfetch.so.0')
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()
_free = ctypes.CDLL(None).free
_free.restype, _free.argtypes = None, [ctypes.c_void_p]


def _file(raw: _File, paths: Sequence[str]) -> File:
    stamp = raw.stamp
    return File(paths[raw.path_index], os.fsdecode(raw.name), os.fsdecode(raw.link), raw.size, raw.mtime_ns,
                raw.mode, raw.uid, raw.gid, raw.offset,
                Stamp(stamp.device, stamp.inode, stamp.mtime_ns, stamp.size))


def version() -> str:
    """The version of the library."""
    return _library.msgfetch_version().decode()


def parse_key(text: str) -> int:
    """Reads a key as people write it: 0x1aaaaaa1, 447392417 or ftok:PATH:ID."""
    key = ctypes.c_int()
    result = _library.msgfetch_key(os.fsencode(text), ctypes.byref(key))
    if result != 0:
        raise ValueError(f'{text!r} is not a key: {os.strerror(-result)}')
    return key.value


# ---- sinks of the library's own making


class _Calls:
    """A Sink as the library calls it.  Keeps the exception that ended the call."""

    def __init__(self, sink: Sink, paths: Sequence[str]) -> None:
        self.exception: BaseException | None = None
        self.paths = paths
        self.sink = sink
        self.raw = _Sink(ctypes.sizeof(_Sink), None, _Begin(self._begin), _Data(self._data),
                         _OnEnd(self._end), _Failed(self._failed), _Done(self._done),
                         _ReadExisting(self._had))

    def _guard(self, method: Callable[..., None], *arguments: Any) -> int:
        try:
            method(*arguments)
        except BaseException as exception:  # it has to get through C, and out again
            self.exception = exception
            return -errno.ECANCELED
        return 0

    def _begin(self, _context: int, file: Any) -> int:
        return self._guard(self.sink.begin, _file(file[0], self.paths))

    def _data(self, _context: int, address: int, length: int, offset: int) -> int:
        data = memoryview((ctypes.c_ubyte * length).from_address(address)).cast('B')
        return self._guard(self.sink.data, data.toreadonly(), offset)

    def _end(self, _context: int, end: Any) -> int:
        raw = end[0]
        digest = ctypes.string_at(raw.digest_bytes, raw.digest_length).hex() \
            if raw.digest_length else ''
        return self._guard(self.sink.end, End(raw.size, digest, raw.grew))

    def _failed(self, _context: int, file: Any, outcome: int, number: int, text: bytes) -> int:
        return self._guard(self.sink.failed, _file(file[0], self.paths),
                           _error(outcome, number, os.fsdecode(text)))

    def _done(self, _context: int, path_index: int) -> int:
        return self._guard(self.sink.done, self.paths[path_index])

    def _had(self, _context: int, offset: int, address: int, length: int) -> int:
        buffer = memoryview((ctypes.c_ubyte * length).from_address(address)).cast('B')
        return self._guard(self.sink.read_existing, offset, buffer)


class _One(Sink):
    """A sink for one file."""

    _end = End(0, '')

    def begin(self, file: File) -> None:
        if not file.is_file():
            raise IsADirectoryError(errno.EISDIR if file.is_dir() else errno.EINVAL,
                                    'not a regular file')

    def end(self, end: End) -> None:
        self._end = end

    @property
    def ended(self) -> End:
        return self._end


class _ToBytes(_One):
    def __init__(self) -> None:
        self.bytes = bytearray()
        self._first = 0

    def begin(self, file: File) -> None:
        super().begin(file)
        self.bytes.clear()
        self._first = file.offset

    def data(self, data: memoryview, offset: int) -> None:
        self._reach(offset)
        self.bytes += data

    def end(self, end: End) -> None:
        super().end(end)
        self._reach(end.size)

    def _reach(self, offset: int) -> None:
        self.bytes.extend(bytes(offset - self._first - len(self.bytes)))


class _ToFile(_One):
    """Writes from where the file stands; where that can seek, holes stay holes."""

    def __init__(self, file: BinaryIO) -> None:
        self._to = file
        self._seeks = file.seekable()
        self._start = file.tell() if self._seeks else 0
        self._at: int | None = None

    def begin(self, file: File) -> None:
        super().begin(file)
        if self._at is not None:
            if not self._seeks:
                raise OSError(errno.ESPIPE, 'the file starts over, but its bytes are gone')
            self._to.seek(self._start)
            self._to.truncate()
        self._at = file.offset

    def data(self, data: memoryview, offset: int) -> None:
        self._reach(offset)
        self._at = offset + len(data)
        self._write(data)

    def end(self, end: End) -> None:
        super().end(end)
        self._reach(end.size)
        if self._seeks:
            self._to.truncate()

    def _reach(self, offset: int) -> None:
        gap = offset - (self._at or 0)
        self._at = offset
        if self._seeks:
            self._to.seek(gap, os.SEEK_CUR)
            return
        for start in range(0, gap, 1 << 16):
            self._write(memoryview(bytes(min(gap - start, 1 << 16))))

    def _write(self, data: memoryview) -> None:
        while data:
            written = self._to.write(data)
            if written is None:
                raise BlockingIOError(errno.EAGAIN, 'the file takes no more, and does not wait')
            data = data[written:]


class _ToCallback(_One):
    def __init__(self, callback: Callable[[memoryview, int], None]) -> None:
        self.data = callback  # type: ignore[method-assign]


class _ToList(Sink):
    """The entries alone; a directory that was asked for is not one of them."""

    def __init__(self) -> None:
        self.files: list[File] = []

    def begin(self, file: File) -> None:
        if file.name or not file.is_dir():
            self.files.append(file)


class _ToStat(Sink):
    file: File

    def begin(self, file: File) -> None:
        self.file = file


@contextlib.contextmanager
def _new_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that has its name once it is whole."""
    directory, name = os.path.split(os.fspath(path))
    temporary = os.path.join(directory, f'.{name}.{os.urandom(6).hex()}')
    try:
        with open(temporary, 'xb', buffering=0) as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


# ---- the session


class Pong(NamedTuple):
    """What a daemon said to a ping."""

    version: str
    seconds: float  #: from the question to the answer


def _milliseconds(seconds: float | None) -> int:
    """None: no limit, which is 0 for the library."""
    return 0 if seconds is None else max(1, round(seconds * 1000))


class Session:
    """Asks one daemon.  A context manager: close() gives back what it holds.

    key: 0x1aaaaaa1, the text of one, or None: what $MSGFETCH_KEY says, or the usual one.
    server_user: whom to trust besides root and oneself, a name or a uid as text.
    timeout, stall_timeout: seconds until the first answer, and between two; None: no limit.
    retries: after "busy", "shutting down", a lost daemon or worker.
    retry_no_daemon: where no daemon is there to begin with, too.
    ring: slots and bytes of each, of the shared memory that bytes travel through.
    notice: called with a line on what is done about trouble.
    progress: called when a path is done, and every progress_interval seconds at most.
    """

    def __init__(self, key: int | str | None = None, *, server_user: str | None = None,
                 timeout: float | None = 30, stall_timeout: float | None = 60,
                 retries: int = 5, retry_no_daemon: bool = False,
                 transport: Transport = Transport.AUTO, ring: tuple[int, int] | None = None,
                 notice: Callable[[str], None] | None = None,
                 progress: Callable[[Progress], None] | None = None,
                 progress_interval: float = 0.1) -> None:
        options = _Options()
        _library.msgfetch_options_default(ctypes.byref(options), ctypes.sizeof(options))
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
        pointer = _session_p()
        result = _library.msgfetch_open(ctypes.byref(pointer), ctypes.byref(options))
        if result == -errno.EINVAL:
            raise ValueError('no such server_user, or a ring that cannot be')
        if result != 0:
            raise OSError(-result, os.strerror(-result))
        self._pointer = pointer
        # At the end of the interpreter, too.
        self._finalizer = weakref.finalize(self, _library.msgfetch_close, pointer)

    def _set_callbacks(self, options: _Options, notice: Callable[[str], None] | None,
                       progress: Callable[[Progress], None] | None, interval: float) -> None:
        # The library calls these as long as the session lives, which must not keep it alive.
        this = weakref.ref(self)

        def on_notice(_context: int, text: bytes) -> None:
            _call_back(this(), lambda: notice and notice(os.fsdecode(text)))

        def on_progress(_context: int, raw: Any) -> None:
            session, made = this(), raw[0]
            if session is None:
                return
            now = Progress(_file(made.file[0], session._paths), made.position, made.files,
                           made.bytes)
            _call_back(session, lambda: progress and progress(now))

        self._keep = (_Notice(on_notice) if notice else _Notice(),
                      _OnProgress(on_progress) if progress else _OnProgress())
        options.notice, options.progress = self._keep
        options.progress_ms = _milliseconds(interval)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes what the session holds in the kernel.  It cannot be used any more."""
        self._finalizer()

    # -- fetching

    def fetch(self, paths: str | Sequence[str], sink: Sink, *, recurse: bool = False,
              digest: str | None = None, offset: int | None = None, length: int | None = None,
              tail: int | None = None, resume: Stamp | None = None,
              strict: bool = False) -> None:
        """Fetches paths into a sink, in as few requests as they fit in.

        recurse: what is beneath directories, too.  digest: 'xxh3' or 'sha256', for end().
        offset, length: these bytes of one file; tail: its last ones.  resume: go on from
        offset, as of an earlier call that began with this stamp.  strict: a file that grows
        during the transfer fails.
        Raises the error of what failed last; the sink was told of each.
        """
        flags = (_RECURSE if recurse else 0) | (_STRICT if strict else 0)
        if tail is not None:
            if offset is not None or length is not None:
                raise ValueError('tail goes neither with offset nor with length')
            flags, length = flags | _RANGE_SET | _TAIL, tail
        elif length is not None or (offset is not None and resume is None):
            flags |= _RANGE_SET
        # To the library, a length of 0 is no limit.
        if length is not None and length < 1:
            raise ValueError('a range has one byte or more')
        self._fetch(paths, sink, flags, digest, offset or 0, length or 0, resume)

    def read(self, path: str, **what: Any) -> bytes:
        """The bytes of a file, or of a range of it; further arguments as for fetch()."""
        sink = _ToBytes()
        self.fetch(path, sink, **what)
        return bytes(sink.bytes)

    def save(self, path: str, target: str | os.PathLike[str] | BinaryIO, **what: Any) -> End:
        """Fetches a file into target; further arguments as for fetch().

        A name is that of a new file, which has it only once it is whole, and replaces what
        was there.  An open binary file is written to from where it stands.
        """
        if not isinstance(target, (str, os.PathLike)):
            sink = _ToFile(target)
            self.fetch(path, sink, **what)
            return sink.ended
        with _new_file(target) as file:
            return self.save(path, file, **what)

    def stream(self, path: str, callback: Callable[[memoryview, int], None],
               **what: Any) -> End:
        """Calls callback with the bytes of a file and their offset, piece after piece.

        What lies between two pieces, and behind the last, is zeros.  The memory is valid
        until the callback returns.  Further arguments as for fetch().
        """
        sink = _ToCallback(callback)
        self.fetch(path, sink, **what)
        return sink.ended

    # -- asking

    def list(self, path: str = '', *, recurse: bool = False) -> List[File]:
        """What is in a directory, or with recurse all beneath it; of a file, itself.

        In '' are the exports that this user may use.
        """
        sink = _ToList()
        self._fetch(path, sink, _NAMES | (_RECURSE if recurse else _CHILDREN))
        return sink.files

    def stat(self, path: str) -> File:
        """What a path is."""
        sink = _ToStat()
        self._fetch(path, sink, _NAMES)
        return sink.file

    def ping(self) -> Pong:
        """Asks for a sign of life."""
        text = ctypes.create_string_buffer(256)
        nanoseconds = ctypes.c_uint64()
        self._call(_library.msgfetch_ping, text, len(text), ctypes.byref(nanoseconds))
        return Pong(os.fsdecode(text.value), nanoseconds.value / 1e9)

    def status(self) -> str:
        """The daemon's state, as msgfetch-protocol(7) describes it: for some users only."""
        text = ctypes.c_void_p()
        self._call(_library.msgfetch_status, ctypes.byref(text))
        try:
            return os.fsdecode(ctypes.string_at(text))
        finally:
            _free(text)

    def diagnose(self) -> List[Finding]:
        """Looks at all that usually goes wrong, as msgfetch --doctor does."""
        findings = []

        def on_finding(_context: int, raw: Any) -> None:
            found = raw[0]
            findings.append(Finding(('ok', 'note', 'problem')[found.severity],
                                    *map(os.fsdecode, (found.topic, found.text, found.advice)),
                                    Outcome(found.outcome)))

        self._call(_library.msgfetch_diagnose, _OnFinding(on_finding), None)
        return findings

    def cancel(self) -> None:
        """Ends the call that runs on this session, in another thread, or else the next one."""
        if self._finalizer.alive:
            _library.msgfetch_cancel(self._pointer)

    # -- calling

    def _fetch(self, paths: str | Sequence[str], sink: Sink, flags: int,
               digest: str | None = None, offset: int = 0, length: int = 0,
               resume: Stamp | None = None) -> None:
        if isinstance(paths, str):
            paths = [paths]
        encoded = [os.fsencode(path) for path in paths]
        if any(b'\0' in path for path in encoded):
            raise ValueError('a path has a NUL')
        if digest not in _DIGESTS:
            raise ValueError(f'no such digest: {digest!r}')
        stamp = _Stamp(*dataclasses.astuple(resume)) if resume is not None else None
        request = _Request(ctypes.sizeof(_Request),
                           (ctypes.c_char_p * len(encoded))(*encoded), len(encoded), flags,
                           _DIGESTS[digest], offset, length,
                           ctypes.pointer(stamp) if stamp is not None else None)
        calls = _Calls(sink, paths)
        self._paths = paths
        try:
            self._call(_library.msgfetch_fetch, ctypes.byref(request), ctypes.byref(calls.raw))
        except Error:
            if calls.exception is None:
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
            text = os.fsdecode(_library.msgfetch_error(self._pointer))
            raise _error(_library.msgfetch_outcome(self._pointer), result,
                         text or os.strerror(-result))


def _call_back(session: Session | None, function: Callable[[], object]) -> None:
    """For functions of the caller's that cannot end a call by what they return."""
    if session is None or session._exception is not None:
        return
    try:
        function()
    except BaseException as exception:  # it has to get through C, and out again
        session._exception = exception
        session.cancel()


@contextlib.contextmanager
def _interruptible(session: Session) -> Iterator[None]:
    """Lets an interrupt from the keyboard end a call.

    The interpreter looks at signals between its own steps only, so a thread that is told of
    them by the interpreter's handler cancels the call.  Not where somebody else is told
    (asyncio), or where the interrupt means something else.
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
