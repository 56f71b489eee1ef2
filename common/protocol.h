/* SPDX-License-Identifier: ISC */
/*
 * protocol: the messages between a client and msgfetchd.
 *
 * Owns the numbers and layouts, and their encoding, decoding and validation.  Pure, so that
 * tests and fuzzers need no kernel.  msgfetch-protocol(7) describes the same for people:
 * change both together.
 *
 * Integers have the machine's byte order: System V messages never leave the machine.
 */
#ifndef MSGFETCH_COMMON_PROTOCOL_H
#define MSGFETCH_COMMON_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_MAGIC 0x6d736766u /* "msgf" */
#define PROTOCOL_VERSION 1u
#define PROTOCOL_SEAL_MAGIC 0x6d73676cu /* "msgl" */

/* The default key of the request queue and of the lease. */
#define PROTOCOL_DEFAULT_KEY 0x1aaaaaa1

/* The largest mtext of any message, in bytes. */
#define PROTOCOL_MESSAGE_MAX 8192u

#define PROTOCOL_PATHS_MAX 1024u

/* Limits of a ring.  The size of a slot is a multiple of the minimum. */
#define RING_SLOTS_MAX 64u
#define RING_SLOT_BYTES_MIN 16384u
#define RING_BYTES_MAX (64u << 20)

#define PROTOCOL_TICKET_BYTES 16u

/*
 * Message types (mtype).  The first three are those of the classic file servers.  REQUEST
 * and FAILURE share a number, but never a queue.
 */
enum message_type {
	MESSAGE_REQUEST = 1, /* client to request queue */
	MESSAGE_FAILURE = 1, /* worker or daemon to private queue */
	MESSAGE_DATA = 2,    /* worker to private queue */
	MESSAGE_END = 3,     /* worker to private queue */
	MESSAGE_ENTRY = 4,   /* worker to private queue */
	MESSAGE_PACK = 5,    /* worker to private queue: several replies in one */
	MESSAGE_TICKET = 8,  /* client to its own private queue, for the daemon */
	MESSAGE_CREDIT =
		9,         /* client to its own private queue, for the worker: a slot is free */
	MESSAGE_WAKE = 10, /* a process to its own queue, to end a wait */
};

enum operation {
	OPERATION_FETCH = 1, /* send the named files */
	OPERATION_PING = 2,  /* send the daemon's version as DATA, then END */
	/*
	 * Send ENTRYs without file contents.  The entry of each path comes first, as in
	 * every list.  The path "" is the root: a directory with an entry for each export
	 * that the client may use.
	 */
	OPERATION_LIST = 3,
	OPERATION_STATUS = 4, /* send the daemon's state, a text, as DATA, then END */
};

enum request_flags {
	REQUEST_RESUME = 1u << 0, /* send the first path from .offset if it has .stamp */
	REQUEST_HOLES = 1u << 1,  /* gaps between DATA read as zeros */
	REQUEST_PACK = 1u << 2,   /* replies may be packed */
	/*
	 * A list: entries are numbered in the order sent, each starts with an ENTRY that
	 * names its path, and an END for ENTRY_WHOLE comes last.
	 */
	REQUEST_LIST = 1u << 3,
	REQUEST_RECURSE = 1u << 4,  /* LIST only: send everything beneath a directory */
	REQUEST_BULK = 1u << 5,     /* use the ring for everything, however small */
	REQUEST_CHILDREN = 1u << 6, /* OPERATION_LIST only: list a directory's entries */
	REQUEST_RANGE = 1u << 7,    /* at most .length bytes from .offset; 0: to the end */
	REQUEST_TAIL = 1u << 8,     /* with RANGE: the last .length bytes */
	REQUEST_XXH3 = 1u << 9,     /* each file's END carries its XXH3, 64 bits */
	REQUEST_SHA256 = 1u << 10,  /* each file's END carries its SHA-256 */
	/*
	 * FETCH of one path: after the bytes that the file has, send those that are appended.
	 * A truncated or replaced file ends with END, and the next ENTRY starts the new one.
	 */
	REQUEST_FOLLOW = 1u << 11,
	REQUEST_AWAIT = 1u << 12, /* with FOLLOW: wait for a file that does not exist */
	REQUEST_LINES = 1u << 13, /* with FOLLOW: start with the last .length lines */
	REQUEST_FLAGS_KNOWN = (1u << 14) - 1,
};

/* Reasons of a FAILURE.  The error field holds an errno in any case. */
enum failure_reason {
	FAILURE_FILE = 1,          /* the file cannot be opened or read */
	FAILURE_CHANGED = 2,       /* the file changed while it was sent */
	FAILURE_BUSY = 3,          /* overloaded: ask again after .retry_ms */
	FAILURE_SHUTTING_DOWN = 4, /* the daemon stops: ask the next one */
	FAILURE_WORKER_LOST = 5,   /* the worker died during the transfer */
	FAILURE_BAD_REQUEST = 6,   /* the request was understood but cannot be served */
	FAILURE_STAMP = 7,         /* RESUME: the file was replaced or changed */
	FAILURE_RANGE = 8,         /* RANGE: starts after the last byte of the file */
};

/* .entry of a FAILURE that ends the request, rather than one path. */
#define ENTRY_WHOLE UINT32_MAX

/* Identifies one state of one file: equal stamps mean equal contents. */
struct stamp {
	uint64_t device;
	uint64_t inode;
	int64_t mtime_ns;
	uint64_t size;
};

/* The fixed part of a request; path_bytes of NUL-terminated paths follow it. */
struct request_wire {
	uint32_t magic;
	uint16_t version;
	uint16_t operation;
	uint32_t flags;
	uint32_t serial;
	int32_t queue;
	uint32_t path_count;
	uint32_t path_bytes;
	uint32_t ring_slots; /* 0: no ring is offered */
	uint8_t ticket[PROTOCOL_TICKET_BYTES];
	uint64_t offset;
	int32_t ring;             /* shared memory id */
	uint32_t ring_slot_bytes; /* of each slot */
	struct stamp stamp;
	uint64_t length; /* RANGE: how many bytes; LINES: how many lines */
	int32_t seal;    /* shared memory id of the seal */
	uint8_t reserved[20];
};

/*
 * Content of a seal: the client's statement, which no owner of its queue can change, that
 * the request in queue is for the daemon with this request queue.
 */
struct seal_wire {
	uint32_t magic;
	int32_t request_queue; /* id */
	int64_t changed;       /* msg_ctime of the request queue, s since the epoch */
	int32_t queue;         /* id of the private queue */
	uint8_t reserved[12];
};

/* The length of a request's mtext is a multiple of this, padded with zeros. */
#define REQUEST_ALIGN 8u
#define REQUEST_PATH_BYTES_MAX (PROTOCOL_MESSAGE_MAX - sizeof(struct request_wire))

/*
 * The head of each reply.  The body has .length bytes: the rest of the message, or, for DATA
 * and PACK, the start of a slot of the ring.  The body of a PACK is a sequence of replies,
 * each padded with zeros to REPLY_ALIGN.
 */
struct reply_wire {
	uint32_t serial; /* the request's, echoed */
	uint32_t entry;  /* number of the entry, from 0; without LIST, of the path */
	/* DATA: of its first byte in the file; ENTRY of a FOLLOW: where DATA starts; else 0 */
	uint64_t offset;
	uint32_t length;
	uint16_t type; /* the message's type, for use within a PACK */
	uint16_t slot; /* 0: the body follows; otherwise slot number slot - 1 */
};

#define REPLY_ALIGN 8u
#define REPLY_PADDED(length) (((length) + REPLY_ALIGN - 1) / REPLY_ALIGN * REPLY_ALIGN)

#define REPLY_BODY_MAX (PROTOCOL_MESSAGE_MAX - sizeof(struct reply_wire))

/*
 * Body of ENTRY.  In a list two NUL-terminated strings follow: the name relative to the
 * requested path ("" is that path itself), and the target of a symbolic link ("" for all
 * other entries).
 */
struct entry_wire {
	struct stamp stamp;
	uint32_t mode; /* st_mode; 0: unknown, and a FAILURE follows */
	uint32_t path; /* index of the path in the request, from 0 */
	uint32_t uid;  /* the owner, in the daemon's user namespace */
	uint32_t gid;
};

/* Body of END.  The requested digest, if any, follows in the END of a file. */
struct end_wire {
	struct stamp stamp;
	/* The file's size, or the end of the range; for ENTRY_WHOLE, the number of entries. */
	uint64_t offset;
};

/* XXH3: 8 bytes, the most significant first (its canonical form); SHA-256: 32. */
#define DIGEST_XXH3_BYTES 8u
#define DIGEST_SHA256_BYTES 32u
#define DIGEST_BYTES_MAX DIGEST_SHA256_BYTES

struct digest {
	size_t length; /* 0: none */
	uint8_t bytes[DIGEST_BYTES_MAX];
};

struct failure_wire { /* head of FAILURE's body; a NUL-terminated text ends it */
	int32_t error;
	uint32_t reason;
	uint32_t retry_ms; /* BUSY: ask again after this many ms; otherwise 0 */
	uint32_t reserved;
};

#define FAILURE_TEXT_MAX 240u /* bytes, including the NUL */

_Static_assert(sizeof(struct stamp) == 32, "stamp is on the wire");
_Static_assert(sizeof(struct request_wire) == 128, "request is on the wire");
_Static_assert(offsetof(struct request_wire, ticket) == 32, "ticket is on the wire");
_Static_assert(offsetof(struct request_wire, stamp) == 64, "stamp is on the wire");
_Static_assert(offsetof(struct request_wire, length) == 96, "length is on the wire");
_Static_assert(offsetof(struct request_wire, seal) == 104, "seal is on the wire");
_Static_assert(sizeof(struct seal_wire) == 32, "the content of a seal is documented");
_Static_assert(sizeof(struct reply_wire) == 24, "reply is on the wire");
_Static_assert(sizeof(struct entry_wire) == 48, "ENTRY is on the wire");
_Static_assert(sizeof(struct end_wire) == 40, "END is on the wire");
_Static_assert(sizeof(struct failure_wire) == 16, "FAILURE is on the wire");
_Static_assert(sizeof(struct request_wire) % REQUEST_ALIGN == 0, "requests stay aligned");

/* A decoded request. */
struct request {
	enum operation operation;
	uint32_t flags;
	uint32_t serial;
	int32_t queue;
	uint8_t ticket[PROTOCOL_TICKET_BYTES];
	uint64_t offset;
	uint64_t length;
	struct stamp stamp;
	int32_t ring; /* of ring_slots * ring_slot_bytes; ring_slots 0: none */
	uint32_t ring_slots;
	uint32_t ring_slot_bytes;
	int32_t seal;
	uint32_t path_count;
	uint32_t path_bytes;
	const char *paths; /* path_count consecutive strings; not owned */
};

/* A decoded reply. */
struct reply {
	enum message_type type;
	uint32_t serial;
	uint32_t entry;
	uint64_t offset;
	unsigned slot; /* DATA and PACK: 0, or 1 + number of the slot with the body */
	union {
		struct {
			const uint8_t *bytes; /* in the decoded bytes, or NULL: in .slot */
			size_t length;
		} data; /* also of a PACK */
		struct {
			struct entry_wire wire;
			const char *name; /* in the decoded bytes */
			const char *link;
		} entry;
		struct {
			struct end_wire wire;
			struct digest digest;
		} end;
		struct {
			int error;
			enum failure_reason reason;
			uint32_t retry_ms;
			char text[FAILURE_TEXT_MAX]; /* a peer's string: not to be printed raw
						      */
		} failure;
	} body;
};

/*
 * Encodes *request into buffer, which has at least PROTOCOL_MESSAGE_MAX bytes.  Returns the
 * length of the mtext, -EMSGSIZE if the paths do not fit, or the error of request_decode().
 */
int request_encode(const struct request *request, uint8_t *buffer);

/*
 * Decodes and validates length bytes of mtext.  On success *request points into text.
 * Returns 0, or
 *   -EBADMSG       shorter than a request, not a multiple of REQUEST_ALIGN, or wrong magic
 *   -EMSGSIZE      longer than PROTOCOL_MESSAGE_MAX
 *   -EPROTONOSUPPORT  another version
 *   -EOPNOTSUPP    an unknown operation, flag or reserved field
 *   -EINVAL        conflicting path count, lengths, terminators or padding; conflicting
 *                  flags, offset, length and stamp
 *   -ENAMETOOLONG  a path of PATH_MAX bytes or more, or a component longer than NAME_MAX
 */
int request_decode(const uint8_t *text, size_t length, struct request *request);

/* Returns the path that follows path in a request.  path must not be the last. */
const char *request_next_path(const char *path);

/*
 * Returns 0 if a request of this operation may name path, or
 *   -EINVAL        path is empty, and the operation is not a LIST
 *   -ENAMETOOLONG  PATH_MAX or more bytes, or a component longer than NAME_MAX
 */
int request_path_error(enum operation operation, const char *path);

/*
 * Encode a reply into buffer and return its length.  buffer: at least PROTOCOL_MESSAGE_MAX
 * bytes for a message; within a PACK, REPLY_PADDED() of the result.  text is cut so that a
 * FAILURE has at most room bytes, at least 41.  digest: NULL for none.
 */
size_t reply_encode_end(uint8_t *buffer, uint32_t serial, uint32_t entry,
			const struct end_wire *body, const struct digest *digest);
size_t reply_encode_failure(uint8_t *buffer, uint32_t serial, uint32_t entry,
			    const struct failure_wire *body, const char *text, size_t room);

/* Encodes an ENTRY in the same way.  name and link: both NULL outside a list. */
size_t reply_encode_entry(uint8_t *buffer, uint32_t serial, uint32_t entry,
			  const struct entry_wire *body, const char *name, const char *link);

/* Sets the offset of the encoded ENTRY of a FOLLOW. */
void reply_set_offset(uint8_t *buffer, uint64_t offset);

/* Returns the length of such an ENTRY. */
size_t reply_entry_length(const char *name, const char *link);

/*
 * Encodes the head of a DATA or PACK of length bytes, which the caller puts after the head or,
 * if slot is above 0, at the start of slot number slot - 1.  Returns the message's length.
 */
size_t reply_encode_head(uint8_t *buffer, enum message_type type, uint32_t serial,
			 uint32_t entry, uint64_t offset, uint32_t length, uint16_t slot);

/*
 * Decodes and validates a message with the given mtype and length.  Returns 0, or -EPROTO for
 * a message that no worker of this version sends.  Pointers in *reply point into text.
 */
int reply_decode(long type, const uint8_t *text, size_t length, struct reply *reply);

/*
 * Decodes the reply at *at within the length bytes of a PACK's body, and advances *at.
 * Returns 1; 0 at the end; or -EPROTO.  Copies everything but the bytes of DATA to scratch
 * (REPLY_SCRATCH bytes) first, as another process may write to the ring meanwhile.
 */
int reply_unpack(const uint8_t *bytes, size_t length, size_t *at, uint8_t *scratch,
		 struct reply *reply);

/* Two paths, and the fixed part of an ENTRY. */
#define REPLY_SCRATCH 8448u

/* Returns true if all members are equal. */
bool stamp_equal(const struct stamp *a, const struct stamp *b);

#endif
