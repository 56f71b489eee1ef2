# SPDX-License-Identifier: ISC
"""libmsgfetch as ctypes sees it: client/lib/msgfetch.h has the same."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from ._types import File, Stamp


class RawStamp(ctypes.Structure):
    _fields_ = [('device', ctypes.c_uint64), ('inode', ctypes.c_uint64),
                ('mtime_ns', ctypes.c_int64), ('size', ctypes.c_uint64)]


class RawFile(ctypes.Structure):
    _fields_ = [('path_index', ctypes.c_size_t), ('name', ctypes.c_char_p), ('link', ctypes.c_char_p),
                ('size', ctypes.c_uint64), ('mtime_ns', ctypes.c_int64),
                ('mode', ctypes.c_uint32), ('uid', ctypes.c_uint32), ('gid', ctypes.c_uint32),
                ('offset', ctypes.c_uint64), ('stamp', RawStamp)]


class RawEnd(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint64), ('digest', ctypes.c_int),
                ('digest_length', ctypes.c_size_t), ('digest_bytes', ctypes.c_void_p),
                ('grew', ctypes.c_bool)]


class RawProgress(ctypes.Structure):
    _fields_ = [('file', ctypes.POINTER(RawFile)), ('position', ctypes.c_uint64),
                ('files', ctypes.c_uint64), ('bytes', ctypes.c_uint64)]


class RawFinding(ctypes.Structure):
    _fields_ = [('severity', ctypes.c_int), ('topic', ctypes.c_char_p),
                ('text', ctypes.c_char_p), ('advice', ctypes.c_char_p),
                ('outcome', ctypes.c_int)]


Notice = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
OnProgress = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(RawProgress))
OnFinding = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(RawFinding))
Begin = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(RawFile))
Data = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t,
                         ctypes.c_uint64)
OnEnd = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(RawEnd))
Failed = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(RawFile), ctypes.c_int,
                           ctypes.c_int, ctypes.c_char_p)
Done = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
ReadExisting = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p,
                        ctypes.c_size_t)


class RawOptions(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('key', ctypes.c_int),
                ('server_user', ctypes.c_char_p), ('timeout_ms', ctypes.c_uint),
                ('stall_timeout_ms', ctypes.c_uint), ('retries', ctypes.c_uint),
                ('retry_no_daemon', ctypes.c_bool), ('transport', ctypes.c_int),
                ('ring_slots', ctypes.c_uint), ('ring_slot_bytes', ctypes.c_uint),
                ('notice', Notice), ('notice_context', ctypes.c_void_p),
                ('progress', OnProgress), ('progress_context', ctypes.c_void_p),
                ('progress_ms', ctypes.c_uint)]


class RawRequest(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('paths', ctypes.POINTER(ctypes.c_char_p)),
                ('count', ctypes.c_size_t), ('flags', ctypes.c_uint), ('digest', ctypes.c_int),
                ('offset', ctypes.c_uint64), ('length', ctypes.c_uint64),
                ('resume', ctypes.POINTER(RawStamp))]


class RawSink(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('context', ctypes.c_void_p), ('begin', Begin),
                ('data', Data), ('end', OnEnd), ('failed', Failed), ('done', Done),
                ('read_existing', ReadExisting)]


RECURSE, NAMES, CHILDREN, RANGE_SET, TAIL, STRICT = 1, 2, 4, 8, 16, 32
DIGESTS = {None: 0, 'xxh3': 1, 'sha256': 2}

SessionPointer = ctypes.c_void_p
_SIGNATURES = {
    'msgfetch_options_default': (None, [ctypes.POINTER(RawOptions), ctypes.c_size_t]),
    'msgfetch_key': (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]),
    'msgfetch_open': (ctypes.c_int, [ctypes.POINTER(SessionPointer), ctypes.POINTER(RawOptions)]),
    'msgfetch_close': (None, [SessionPointer]),
    'msgfetch_fetch': (ctypes.c_int, [SessionPointer, ctypes.POINTER(RawRequest),
                                      ctypes.POINTER(RawSink)]),
    'msgfetch_ping': (ctypes.c_int, [SessionPointer, ctypes.c_char_p, ctypes.c_size_t,
                                     ctypes.POINTER(ctypes.c_uint64)]),
    'msgfetch_status': (ctypes.c_int, [SessionPointer, ctypes.POINTER(ctypes.c_void_p)]),
    'msgfetch_diagnose': (ctypes.c_int, [SessionPointer, OnFinding, ctypes.c_void_p]),
    'msgfetch_outcome': (ctypes.c_int, [SessionPointer]),
    'msgfetch_error': (ctypes.c_char_p, [SessionPointer]),
    'msgfetch_cancel': (None, [SessionPointer]),
    'msgfetch_version': (ctypes.c_char_p, []),
}


def _load() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL('libmsgfetch.so.0')
    except OSError as error:
        raise ImportError(f'msgfetch needs the library libmsgfetch ({error}): install the '
                          'package libmsgfetch0, or set LD_LIBRARY_PATH') from error
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


LIBRARY = _load()
free = ctypes.CDLL(None).free
free.restype, free.argtypes = None, [ctypes.c_void_p]


def make_file(raw: RawFile, paths: Sequence[str]) -> File:
    """Converts an entry.  paths: of the call."""
    stamp = raw.stamp
    return File(paths[raw.path_index], os.fsdecode(raw.name), os.fsdecode(raw.link), raw.size,
                raw.mtime_ns, raw.mode, raw.uid, raw.gid, raw.offset,
                Stamp(stamp.device, stamp.inode, stamp.mtime_ns, stamp.size))
