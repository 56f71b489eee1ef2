# SPDX-License-Identifier: ISC
"""Sinks for the calls of Session, and the bridge between a Sink and the library."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from ._errors import DirectoryError, Error, make_error
from ._library import (Begin, Data, Done, Failed, OnEnd, RawSink, ReadExisting, make_file)
from ._types import End, File, Sink


class Calls:
    """Passes the library's calls to a Sink, and keeps the exception that ended the call."""

    def __init__(self, sink: Sink, paths: Sequence[str]) -> None:
        self.exception: BaseException | None = None
        self.paths = paths
        self.failed_path: str | None = paths[0] if len(paths) == 1 else None
        self.sink = sink
        self.raw = RawSink(ctypes.sizeof(RawSink), None, Begin(self._begin), Data(self._data),
                         OnEnd(self._end), Failed(self._failed), Done(self._done),
                         ReadExisting(self._read_existing))

    def _guard(self, method: Callable[..., None], *arguments: Any) -> int:
        try:
            method(*arguments)
        except BaseException as exception:  # no exception can pass through C
            self.exception = exception
            return -errno.ECANCELED
        return 0

    def _begin(self, _context: int, file: Any) -> int:
        return self._guard(self.sink.begin, make_file(file[0], self.paths))

    def _data(self, _context: int, address: int, length: int, offset: int) -> int:
        data = memoryview((ctypes.c_ubyte * length).from_address(address)).cast('B')
        return self._guard(self.sink.data, data.toreadonly(), offset)

    def _end(self, _context: int, end: Any) -> int:
        raw = end[0]
        digest = ctypes.string_at(raw.digest_bytes, raw.digest_length).hex() \
            if raw.digest_length else ''
        return self._guard(self.sink.end, End(raw.size, digest, raw.grew))

    def _failed(self, _context: int, file: Any, outcome: int, number: int, text: bytes) -> int:
        entry = make_file(file[0], self.paths)
        self.failed_path = '/'.join(filter(None, (entry.path, entry.name)))
        error = make_error(outcome, -number, os.fsdecode(text), self.failed_path)
        return self._guard(self.sink.failed, entry, error)

    def _done(self, _context: int, path_index: int) -> int:
        return self._guard(self.sink.done, self.paths[path_index])

    def _read_existing(self, _context: int, offset: int, address: int, length: int) -> int:
        buffer = memoryview((ctypes.c_ubyte * length).from_address(address)).cast('B')
        return self._guard(self.sink.read_existing, offset, buffer)


class ToOne(Sink):
    """A sink for one file."""

    _end = End(0, '')

    def begin(self, file: File) -> None:
        if not file.is_file():
            number = errno.EISDIR if file.is_dir() else errno.EINVAL
            raise (DirectoryError if file.is_dir() else Error)(number, 'not a regular file',
                                                               file.path)

    def end(self, end: End) -> None:
        self._end = end

    @property
    def ended(self) -> End:
        return self._end


class ToBytes(ToOne):
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


class ToFile(ToOne):
    """Writes at the position of an open file, and keeps holes if the file can seek."""

    def __init__(self, file: BinaryIO) -> None:
        self._to = file
        self._seeks = file.seekable()
        self._start = file.tell() if self._seeks else 0
        self._at: int | None = None

    def begin(self, file: File) -> None:
        super().begin(file)
        if self._at is not None:
            if not self._seeks:
                raise OSError(errno.ESPIPE, 'the file starts over, and the bytes written cannot be taken back')
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
                raise BlockingIOError(errno.EAGAIN, 'the file is non-blocking and full')
            data = data[written:]


class ToCallback(ToOne):
    def __init__(self, callback: Callable[[memoryview, int], None]) -> None:
        self._callback = callback

    def data(self, data: memoryview, offset: int) -> None:
        self._callback(data, offset)


class ToList(Sink):
    """Keeps all entries, except for a requested directory itself."""

    def __init__(self) -> None:
        self.files: list[File] = []

    def begin(self, file: File) -> None:
        if file.name or not file.is_dir():
            self.files.append(file)


class ToStat(Sink):
    file: File

    def begin(self, file: File) -> None:
        self.file = file


@contextlib.contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Opens a temporary file that gets the name path after the with block succeeds."""
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


class Described(Exception):
    """Ends a call after begin(): the entry is known."""


class ToDescription(ToOne):
    """Ends the call as soon as the file is described."""

    file: File

    def begin(self, file: File) -> None:
        super().begin(file)
        self.file = file
        raise Described
