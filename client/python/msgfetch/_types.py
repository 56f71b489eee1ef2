# SPDX-License-Identifier: ISC
"""The values that calls of msgfetch take and return."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import stat
from typing import NamedTuple

from ._errors import Error, Outcome


class Transport(enum.IntEnum):
    """How file contents travel: AUTO, in messages (INLINE), or in shared memory (RING)."""

    AUTO = 0
    INLINE = 1
    RING = 2


@dataclasses.dataclass(frozen=True)
class Stamp:
    """Identifies one state of one file: equal stamps mean equal contents."""

    device: int
    inode: int
    mtime_ns: int
    size: int


@dataclasses.dataclass(frozen=True)
class File:
    """Describes a file, directory, symbolic link or special file."""

    path: str  #: the requested path that this entry belongs to
    name: str  #: relative to that path; '': the path itself
    link: str  #: the target of a symbolic link; '' for all other entries
    size: int
    mtime_ns: int
    mode: int
    uid: int
    gid: int
    offset: int  #: of the first byte that will arrive
    stamp: Stamp

    @property
    def mtime(self) -> datetime.datetime:
        """The modification time, in UTC, to the microsecond."""
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch + datetime.timedelta(microseconds=self.mtime_ns // 1000)

    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)

    def is_dir(self) -> bool:
        return stat.S_ISDIR(self.mode)

    def is_symlink(self) -> bool:
        return stat.S_ISLNK(self.mode)


@dataclasses.dataclass(frozen=True)
class End:
    """The end of a complete and checked file."""

    size: int  #: of the file; for a range, one past its last byte
    digest: str  #: in hexadecimal; '' if none was requested
    grew: bool = False  #: the file was longer at the end than the bytes that came


@dataclasses.dataclass(frozen=True)
class Progress:
    """The progress of a call."""

    file: File
    position: int  #: in that file: one past the last byte received
    files: int  #: complete files received in this call
    bytes: int  #: received in this call


@dataclasses.dataclass(frozen=True)
class Finding:
    """One result of Session.diagnose()."""

    severity: str  #: 'ok', 'note' or 'problem'
    topic: str
    text: str
    advice: str  #: how to fix it; '': nothing to do
    outcome: Outcome  #: of a problem: the outcome that a fetch would have


class Pong(NamedTuple):
    """The answer to a ping."""

    version: str
    seconds: float  #: from the request to the answer


class Sink:
    """Receives the results of Session.fetch().  Override what you need.

    An exception ends the call and comes out of it.
    """

    def begin(self, file: File) -> None:
        """An entry begins, or starts over: then discard its earlier data."""

    def data(self, data: memoryview, offset: int) -> None:
        """Bytes of the file, valid until the return.  Offsets ascend; gaps are zeros."""

    def end(self, end: End) -> None:
        """The file is complete and checked.  A gap before end.size is zeros."""

    def failed(self, file: File, error: Error) -> None:
        """An entry failed, before or after begin().  The call continues."""

    def done(self, path: str) -> None:
        """A path is finished."""

    def read_existing(self, offset: int, buffer: memoryview) -> None:
        """Fills buffer with bytes of an earlier call: for resume with a digest."""
        raise NotImplementedError
