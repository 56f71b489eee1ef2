#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A client of msgfetchd, written from msgfetch-protocol(7) alone.

It shares no line with the C sources: what it gets right, the page says.

usage: protocol_client.py KEY ping
       protocol_client.py KEY fetch PATH...
       protocol_client.py KEY holes PATH
       protocol_client.py KEY resume PATH OFFSET
       protocol_client.py KEY range PATH OFFSET LENGTH
       protocol_client.py KEY sha256 PATH
       protocol_client.py KEY list PATH

The files go to standard output, and so do the names that "list" gets.  "sha256" checks
the digest that comes with the file.  "resume" fetches the first bytes in one request and
the rest, from OFFSET on, in a second one.  Exit status: 0, or 1 and a line on standard
error that ends in the errno and the reason.
"""

import ctypes
import errno
import hashlib
import io
import os
import signal
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.msgrcv.restype = ctypes.c_ssize_t
LIBC.shmat.restype = ctypes.c_void_p

IPC_PRIVATE, IPC_RMID, IPC_SET, IPC_STAT = 0, 0, 1, 2
IPC_NOWAIT, MSG_EXCEPT = 0o4000, 0o20000
MSG_STAT_ANY, GETVAL = 13, 12
SEAL = struct.Struct("=IiqI12x")  # magic, request queue, its msg_ctime, private queue

REQUEST, FAILURE, DATA, END, ENTRY, TICKET, CREDIT = 1, 1, 2, 3, 4, 8, 9
FETCH, PING, LIST = 1, 2, 3
RESUME, HOLES, NUMBERED, CHILDREN, RANGE, SHA256 = 1, 2, 8, 64, 128, 1024
FOLLOW, LINES = 2048, 8192

MTEXT_MAX = 8192
WHOLE = 0xFFFFFFFF
LONG = struct.calcsize("l")
TIME_LIMIT = 30.0

HEAD = struct.Struct("=IIQIHH")  # serial, entry, offset, length, type, slot
STAMP = struct.Struct("=QQqQ")  # device, inode, mtime_ns, size
NO_STAMP = bytes(STAMP.size)


class Refused(Exception):
    """A FAILURE came: its text."""


def check(result):
    """Returns the result of a call of libc, or raises its errno."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


class PrivateQueue:
    """The private queue and its seal, removed at the end of "with"."""

    def __enter__(self):
        self.id = check(LIBC.msgget(IPC_PRIVATE, 0o600))
        self.ticket = os.urandom(16)
        send(self.id, TICKET, self.ticket)
        self.seal = check(LIBC.shmget(IPC_PRIVATE, ctypes.c_size_t(SEAL.size), 0o644))
        self.content = LIBC.shmat(self.seal, None, 0)
        LIBC.shmctl(self.seal, IPC_RMID, None)
        return self

    def __exit__(self, *_):
        LIBC.msgctl(self.id, IPC_RMID, None)
        LIBC.shmdt(ctypes.c_void_p(self.content))

    def address(self, queue, changed):
        """Writes the seal for this request queue."""
        content = SEAL.pack(0x6D73676C, queue, changed, self.id)
        ctypes.memmove(self.content, content, len(content))

    def give(self, uid):
        """Gives the queue to the owner of the request queue."""
        status = ctypes.create_string_buffer(120)
        check(LIBC.msgctl(self.id, IPC_STAT, status))
        struct.pack_into("=I", status, 4, uid)
        check(LIBC.msgctl(self.id, IPC_SET, status))

    def receive(self, excepted):
        """Returns type and mtext of the next message of another type than excepted."""
        buffer = ctypes.create_string_buffer(LONG + MTEXT_MAX)
        limit = time.monotonic() + TIME_LIMIT
        while True:
            length = LIBC.msgrcv(
                self.id,
                buffer,
                ctypes.c_size_t(MTEXT_MAX),
                ctypes.c_long(excepted),
                MSG_EXCEPT,
            )
            if length >= 0:
                break
            if ctypes.get_errno() != errno.EINTR or time.monotonic() > limit:
                check(length)
        mtype = struct.unpack_from("l", buffer)[0]
        return mtype, buffer.raw[LONG : LONG + length]


def send(queue, mtype, mtext):
    """Sends with IPC_NOWAIT, and repeats while the queue is full."""
    message = struct.pack("l", mtype) + mtext
    limit = time.monotonic() + TIME_LIMIT
    while (
        LIBC.msgsnd(queue, message, ctypes.c_size_t(len(mtext)), IPC_NOWAIT) != 0
    ):
        if ctypes.get_errno() != errno.EAGAIN or time.monotonic() > limit:
            check(-1)
        time.sleep(0.005)


def queue_owners(queue):
    """Returns uid, cuid and msg_ctime of a queue that cannot be read."""
    status = ctypes.create_string_buffer(120)
    for index in (queue & 0x7FFF, queue & 0xFFFFFF):
        if LIBC.msgctl(index, MSG_STAT_ANY, status) == queue:
            return (
                struct.unpack_from("=I", status, 4)[0],
                struct.unpack_from("=I", status, 12)[0],
                struct.unpack_from("=q", status, 64)[0],
            )
    raise OSError(errno.EIDRM, "the request queue is gone")


def find_daemon(key):
    """Returns the request queue, its owner and msg_ctime, after checking for trust."""
    queue = check(LIBC.msgget(ctypes.c_int(key), 0))
    lease = check(LIBC.semget(ctypes.c_int(key), 0, 0))
    status = ctypes.create_string_buffer(128)
    check(LIBC.semctl(lease, 0, IPC_STAT, status))
    uid, cuid, changed = queue_owners(queue)
    trusted = {0, os.geteuid()}
    trusted.update(int(user) for user in os.environ.get("TRUSTED", "").split())
    for holder in (uid, cuid, struct.unpack_from("=I", status, 12)[0]):
        if holder not in trusted:
            raise OSError(errno.EPERM, f"the key is held by uid {holder}")
    if check(LIBC.semctl(lease, 0, GETVAL)) != 1:
        raise OSError(errno.ENOENT, "the daemon is dead")
    return queue, uid, changed


def make_request(
    operation, private, flags=0, paths=(), offset=0, length=0, stamp=NO_STAMP
):
    """Returns the mtext of a request with serial 7."""
    area = b"".join(path + b"\0" for path in paths)
    fixed = struct.pack(
        "=IHHIIiIII16sQQ32sQi20x",
        0x6D736766,
        1,
        operation,
        flags,
        7,
        private.id,
        len(paths),
        len(area),
        0,
        private.ticket,
        offset,
        0,
        stamp,
        length,
        private.seal,
    )
    return fixed + area + bytes(-len(area) % 8)


def ask(key, operation, **more):
    """Sends a request, and yields type, entry, offset and body of each reply."""
    with PrivateQueue() as private:
        queue, uid, changed = find_daemon(key)
        private.address(queue, changed)
        private.give(uid)
        send(queue, REQUEST, make_request(operation, private, **more))
        excepted = TICKET
        while True:
            mtype, mtext = private.receive(excepted)
            excepted = CREDIT
            serial, entry, offset, length, kind, slot = HEAD.unpack_from(mtext)
            body = mtext[HEAD.size :]
            if (serial, kind, slot) != (7, mtype, 0) or len(body) != length:
                raise ValueError("invalid reply")
            if mtype == FAILURE:
                number, reason = struct.unpack_from("=iI", body)
                text = body[16:-1].decode(errors="backslashreplace")
                raise Refused(f"{text}: errno {number}, reason {reason}")
            yield mtype, entry, offset, body


def fetch_files(key, paths, out, flags=0, offset=0, stamp=NO_STAMP):
    """Writes the files to out, and checks each END."""
    replies = ask(key, FETCH, flags=flags, paths=paths, offset=offset, stamp=stamp)
    for index in range(len(paths)):
        mtype, entry, _, body = next(replies)
        if mtype != ENTRY or entry != index:
            raise ValueError("no ENTRY where one is due")
        begun = body[: STAMP.size]
        size = STAMP.unpack(begun)[3]
        position = offset
        for mtype, entry, place, body in replies:
            if entry != index or mtype not in (DATA, END):
                raise ValueError("another entry than the one that was due")
            if mtype == END:
                break
            if place < position or (place > position and not flags & HOLES):
                raise ValueError("DATA at another place than was due")
            out.write(bytes(place - position) + body)
            position = place + len(body)
        ended, length = body[: STAMP.size], struct.unpack_from("=Q", body, 32)[0]
        if ended != begun or length != size or position > size:
            raise ValueError("the file changed")
        out.write(bytes(size - position))


def fetch_and_resume(key, path, offset, out):
    """Fetches the bytes before offset by one request, and the others by a second."""
    first = b""
    replies = ask(key, FETCH, paths=[path])
    _, _, _, body = next(replies)
    stamp = body[: STAMP.size]
    while len(first) < offset:
        mtype, _, _, body = next(replies)
        if mtype != DATA:
            raise ValueError("the file is shorter than that")
        first += body
    replies.close()
    out.write(first[:offset])
    fetch_files(key, [path], out, flags=RESUME, offset=offset, stamp=stamp)


def fetch_range(key, path, offset, length, out):
    """Writes length bytes from offset, or as many as there are."""
    replies = ask(
        key, FETCH, flags=RANGE, paths=[path], offset=offset, length=length
    )
    _, _, _, begun = next(replies)
    size = STAMP.unpack_from(begun)[3]
    limit = min(offset + length, size) if length else size
    position = offset
    for mtype, _, place, body in replies:
        if mtype == END:
            break
        if place != position:
            raise ValueError("DATA at another place than was due")
        out.write(body)
        position += len(body)
    if position != limit or struct.unpack_from("=Q", body, 32)[0] != limit:
        raise ValueError("not the range that was asked for")


def follow(key, path, lines, most, out):
    """Follows the file from its last lines on, until most bytes have come."""
    flags = NUMBERED | FOLLOW | LINES
    position = come = entries = 0
    for mtype, entry, place, body in ask(
        key, FETCH, flags=flags, paths=[path], length=lines
    ):
        if mtype == ENTRY and entry == entries and (entry == 0 or place == 0):
            entries += 1
            position = place
        elif mtype == DATA and entry == entries - 1 and place == position:
            out.write(body)
            position += len(body)
            come += len(body)
        elif mtype != END or struct.unpack_from("=Q", body, 32)[0] != position:
            raise ValueError("another reply than was due")
        if come >= most:
            break


def fetch_checked(key, path, out):
    """Writes the file after checking its digest."""
    replies = ask(key, FETCH, flags=SHA256, paths=[path])
    next(replies)
    content = io.BytesIO()
    for mtype, _, _, body in replies:
        if mtype == END:
            break
        content.write(body)
    if body[40:] != hashlib.sha256(content.getvalue()).digest():
        raise ValueError("not the bytes that the worker read")
    out.write(content.getvalue())


def list_names(key, path, out):
    """Writes the names in a directory, one a line."""
    for mtype, entry, _, body in ask(
        key, LIST, flags=NUMBERED | CHILDREN, paths=[path]
    ):
        if mtype == END and entry == WHOLE:
            break
        if mtype != ENTRY:
            raise ValueError("more than names")
        name = body[48:].split(b"\0")[0]
        if name:
            out.write(name + b"\n")


def main(arguments):
    key, what = int(arguments[0], 0), arguments[1]
    paths = [os.fsencode(path) for path in arguments[2:]]
    out = sys.stdout.buffer
    # A repeating interval timer ends each msgrcv() that sleeps.
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    if what == "ping":
        replies = ask(key, PING)
        out.write(next(replies)[3] + b"\n")
        next(replies)
    elif what == "fetch":
        fetch_files(key, paths, out)
    elif what == "holes":
        fetch_files(key, paths, out, flags=HOLES)
    elif what == "resume":
        fetch_and_resume(key, paths[0], int(arguments[3]), out)
    elif what == "range":
        fetch_range(key, paths[0], int(arguments[3]), int(arguments[4]), out)
    elif what == "follow":
        follow(key, paths[0], int(arguments[3]), int(arguments[4]), out)
    elif what == "sha256":
        fetch_checked(key, paths[0], out)
    elif what == "list":
        list_names(key, paths[0], out)
    else:
        raise ValueError(f"unknown: {what}")
    out.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, ValueError, Refused) as failure:
        sys.exit(f"protocol_client: {failure}")
    finally:
        # At its end, Python gives signals their default back.
        signal.setitimer(signal.ITIMER_REAL, 0)
