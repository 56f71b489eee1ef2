# SPDX-License-Identifier: ISC
"""The exceptions of msgfetch: all are OSErrors with errno, strerror and filename."""

from __future__ import annotations

import enum
import errno
from typing import Dict, Type


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
    OUTPUT = 9
    BUSY = 10
    RANGE = 11
    CANCELLED = 12


class Error(OSError):
    """A call failed: errno, strerror and filename tell why, outcome tells how."""

    outcome: Outcome = Outcome.ERROR


class NoDaemonError(Error, ConnectionRefusedError):
    """No daemon serves the key, or it died and did not return."""

    outcome = Outcome.NO_DAEMON


class UntrustedError(Error, PermissionError):
    """An untrusted user holds the key."""

    outcome = Outcome.UNTRUSTED


class NotFoundError(Error, FileNotFoundError):
    """There is no such export, directory or file."""

    outcome = Outcome.NOT_FOUND


class DeniedError(Error, PermissionError):
    """Access was denied by the file system or by the daemon's rules."""

    outcome = Outcome.DENIED


class ChangedError(Error):
    """The file was cut short, changed while it was read, or failed its digest."""

    outcome = Outcome.CHANGED


class TimedOutError(Error, TimeoutError):
    """No answer, or no progress, within the limits."""

    outcome = Outcome.TIMED_OUT


class OutputError(Error):
    """The sink of the call failed."""

    outcome = Outcome.OUTPUT


class BusyError(Error, BlockingIOError):
    """The daemon is busy or shutting down, and no retries are left."""

    outcome = Outcome.BUSY


class RangeError(Error):
    """The range starts after the end of the file."""

    outcome = Outcome.RANGE


class CancelledError(Error, InterruptedError):
    """Session.cancel() ended the call."""

    outcome = Outcome.CANCELLED


class DirectoryError(Error, IsADirectoryError):
    """The path is a directory: use recurse or list()."""


_BY_OUTCOME: Dict[int, Type[Error]] = {
    kind.outcome: kind for kind in Error.__subclasses__() if kind.outcome != Outcome.ERROR}


def make_error(outcome: int, number: int, text: str, filename: str | None) -> Error:
    """Returns the exception for an outcome and a positive errno of the library."""
    kind: Type[Error] = _BY_OUTCOME.get(outcome, Error)
    if number == errno.EISDIR:
        kind = DirectoryError
    if filename is None:
        return kind(number, text)
    return kind(number, text, filename)
