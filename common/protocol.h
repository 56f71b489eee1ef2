/* SPDX-License-Identifier: ISC */
/*
 * protocol: what the messages between a client and msgfetchd look like.
 *
 * Owns the numbers, the layouts and their encoding, decoding and validation.
 * Must not know a system call: every function here is pure, so that it can be
 * tested and fuzzed without a kernel.  msgfetch-protocol(7) describes the same
 * for people; the two change together.
 *
 * All integers are in the machine's own byte order: System V messages never
 * leave the kernel they were sent to.
 */
#ifndef MSGFETCH_COMMON_PROTOCOL_H
#define MSGFETCH_COMMON_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_MAGIC 0x6d736766u /* "msgf" */
#define PROTOCOL_VERSION 1u

/* The well-known key of the request queue and of the lease. */
#define PROTOCOL_DEFAULT_KEY 0x1aaaaaa1

/* No message of this protocol carries more than this many bytes of mtext. */
#define PROTOCOL_MESSAGE_MAX 8192u

#define PROTOCOL_PATHS_MAX 1024u

/* The shape of a ring: how many slots, of how many bytes each, a multiple of the least. */
#define RING_SLOTS_MAX 64u
#define RING_SLOT_BYTES_MIN 16384u
#define RING_BYTES_MAX (64u << 20)

#define PROTOCOL_TICKET_BYTES 16u

/*
 * Message types (mtype).  The first three are those of the original file
 * servers.  REQUEST and FAILURE share a number, but never a queue.
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
	MESSAGE_WAKE = 10, /* a process to a queue of its own, to end its own wait */
};

enum operation {
	OPERATION_FETCH = 1, /* send the named files */
	OPERATION_PING = 2,  /* a sign of life: the daemon's version as DATA, then END */
	/*
	 * Names what is there: ENTRYs, and no bytes of files.  Each path's own entry comes
	 * first, as in every list.  The path "" is the root: a directory, in which each
	 * export that the client may use has an entry of its own.
	 */
	OPERATION_LIST = 3,
	OPERATION_STATUS = 4, /* the daemon's state, a text, as DATA, then END */
};

enum request_flags {
	REQUEST_RESUME = 1u << 0, /* the first path from .offset, if it still has .stamp */
	REQUEST_HOLES = 1u << 1,  /* DATA may leave gaps, which read as zeros */
	REQUEST_PACK = 1u << 2,   /* replies may come packed */
	/*
	 * A list: entries are numbered as they come, each is announced by an ENTRY with
	 * the number of its path, and an END for ENTRY_WHOLE comes last.
	 */
	REQUEST_LIST = 1u << 3,
	REQUEST_RECURSE = 1u << 4, /* LIST only: what is beneath a directory is sent too */
	REQUEST_BULK = 1u << 5,    /* everything goes through the ring, however small */
	REQUEST_CHILDREN =
		1u << 6,         /* OPERATION_LIST only: what is directly in a directory too */
	REQUEST_RANGE = 1u << 7, /* from .offset, at most .length bytes; 0: to the end */
	REQUEST_TAIL = 1u << 8,  /* with RANGE: the last .length bytes */
	REQUEST_XXH3 = 1u << 9,  /* each file's END carries its XXH3, 64 bits */
	REQUEST_SHA256 = 1u << 10, /* each file's END carries its SHA-256 */
	REQUEST_FLAGS_KNOWN = (1u << 11) - 1,
};

/* Why a FAILURE was sent.  The error field holds an errno for all of them. */
enum failure_reason {
	FAILURE_FILE = 1,          /* the file system said no: .error says how */
	FAILURE_CHANGED = 2,       /* the file changed while it was sent */
	FAILURE_BUSY = 3,          /* too much to do: ask again after .retry_ms */
	FAILURE_SHUTTING_DOWN = 4, /* the daemon stops: ask its successor */
	FAILURE_WORKER_LOST = 5,   /* the worker died before it was done */
	FAILURE_BAD_REQUEST = 6,   /* understood, but not something that is served */
	FAILURE_STAMP = 7,         /* RESUME: the file is not the one begun with */
	FAILURE_RANGE = 8,         /* RANGE: it begins behind the file's last byte */
};

/* .entry of a FAILURE that ends the whole request, not one path of it. */
#define ENTRY_WHOLE UINT32_MAX

/* What identifies one state of one file.  A file whose stamp is the same is the same. */
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
	uint64_t length; /* RANGE: how many bytes */
	uint8_t reserved[24];
};

/*
 * A request's mtext is a multiple of this, padded with zeros: the two classic
 * layouts (4100 and 260 bytes) are not, so that length alone tells them apart.
 */
#define REQUEST_ALIGN 8u
#define REQUEST_PATH_BYTES_MAX (PROTOCOL_MESSAGE_MAX - sizeof(struct request_wire))

/*
 * Heads each reply.  Its body is .length bytes: those that follow and end the
 * message, or, for DATA and PACK, those at the start of a slot of the ring.  The
 * body of a PACK is a row of replies, each padded with zeros to REPLY_ALIGN.
 */
struct reply_wire {
	uint32_t serial; /* the request's, echoed */
	uint32_t entry;  /* which entry, from 0: without LIST, which path */
	uint64_t offset; /* DATA: of its first byte in the file; otherwise 0 */
	uint32_t length;
	uint16_t type; /* the message's type; within a PACK nothing else says it */
	uint16_t slot; /* 0: the body follows; otherwise slot number slot - 1 */
};

#define REPLY_ALIGN 8u
#define REPLY_PADDED(length) (((length) + REPLY_ALIGN - 1) / REPLY_ALIGN * REPLY_ALIGN)

#define REPLY_BODY_MAX (PROTOCOL_MESSAGE_MAX - sizeof(struct reply_wire))

/*
 * Body of ENTRY.  In a list two NUL-terminated strings follow: the name beneath the
 * path that was asked for ("" is that path itself), and what a symbolic link says
 * ("" for all else).
 */
struct entry_wire {
	struct stamp stamp;
	uint32_t mode; /* st_mode; 0: not known, and a FAILURE follows */
	uint32_t path; /* which path of the request, from 0 */
	uint32_t uid;  /* the owner, as the daemon sees it */
	uint32_t gid;
};

/* Body of END.  Where a digest was asked for, its bytes end the body of a file's END. */
struct end_wire {
	struct stamp stamp;
	/* Where the stream ended: the file's size, or the range's end; WHOLE: how many entries.
	 */
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
	uint32_t retry_ms; /* BUSY: not before this many ms; otherwise 0 */
	uint32_t reserved;
};

#define FAILURE_TEXT_MAX 240u /* bytes, the NUL among them */

_Static_assert(sizeof(struct stamp) == 32, "stamp is on the wire");
_Static_assert(sizeof(struct request_wire) == 128, "request is on the wire");
_Static_assert(offsetof(struct request_wire, ticket) == 32, "ticket is on the wire");
_Static_assert(offsetof(struct request_wire, stamp) == 64, "stamp is on the wire");
_Static_assert(offsetof(struct request_wire, length) == 96, "length is on the wire");
_Static_assert(sizeof(struct reply_wire) == 24, "reply is on the wire");
_Static_assert(sizeof(struct entry_wire) == 48, "ENTRY is on the wire");
_Static_assert(sizeof(struct end_wire) == 40, "END is on the wire");
_Static_assert(sizeof(struct failure_wire) == 16, "FAILURE is on the wire");
_Static_assert(sizeof(struct request_wire) % REQUEST_ALIGN == 0, "requests stay aligned");

/* A request as the program sees it. */
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
	uint32_t path_count;
	uint32_t path_bytes;
	const char *paths; /* path_count strings, one after the other; not owned */
};

/* A reply as the program sees it. */
struct reply {
	enum message_type type;
	uint32_t serial;
	uint32_t entry;
	uint64_t offset;
	unsigned slot; /* DATA and PACK: 0, or one more than the slot that holds the body */
	union {
		struct {
			const uint8_t *bytes; /* in the decoded bytes, or NULL: in .slot */
			size_t length;
		} data; /* PACK too */
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
 * Encodes *request into buffer, at least PROTOCOL_MESSAGE_MAX bytes long.
 * Returns the length of the mtext, -EMSGSIZE if the paths do not fit, or what
 * request_decode() would refuse the request with.
 */
int request_encode(const struct request *request, uint8_t *buffer);

/*
 * Decodes and validates length bytes of mtext.  On success *request points
 * into text.  Returns 0, or one of:
 *   -EBADMSG       shorter than a request, not a multiple of REQUEST_ALIGN, or no magic
 *   -EMSGSIZE      longer than PROTOCOL_MESSAGE_MAX
 *   -EPROTONOSUPPORT  another version
 *   -EOPNOTSUPP    an operation, flag or reserved field that this version does not know
 *   -EINVAL        path count, lengths, terminators or padding that do not agree; flags,
 *                  offset, length and stamp that do not go together
 *   -ENAMETOOLONG  a path of PATH_MAX or more, or a component longer than NAME_MAX
 * No byte of text is believed before it was checked.
 */
int request_decode(const uint8_t *text, size_t length, struct request *request);

/* The path after path in a request's paths; only for the first path_count - 1 of them. */
const char *request_next_path(const char *path);

/*
 * Returns 0 if a request of this operation may name path, or
 *   -EINVAL        path is empty, and the operation is not a LIST
 *   -ENAMETOOLONG  PATH_MAX or more bytes, or a component longer than NAME_MAX
 */
int request_path_error(enum operation operation, const char *path);

/*
 * Encode a reply into buffer and return its length.  buffer: at least
 * PROTOCOL_MESSAGE_MAX bytes for a message; within a PACK as much as
 * REPLY_PADDED() of the result.  text is cut to fit.  digest: NULL, none.
 */
size_t reply_encode_end(uint8_t *buffer, uint32_t serial, uint32_t entry,
			const struct end_wire *body, const struct digest *digest);
size_t reply_encode_failure(uint8_t *buffer, uint32_t serial, uint32_t entry,
			    const struct failure_wire *body, const char *text);

/* The same for ENTRY; name and link: NULL, both, outside a list. */
size_t reply_encode_entry(uint8_t *buffer, uint32_t serial, uint32_t entry,
			  const struct entry_wire *body, const char *name, const char *link);

/* How long that would be. */
size_t reply_entry_length(const char *name, const char *link);

/*
 * Encodes the head of a DATA or PACK of length bytes, which belong right behind it,
 * or at the start of slot - 1 of the ring where slot is above 0.  Returns the length
 * of the message.
 */
size_t reply_encode_head(uint8_t *buffer, enum message_type type, uint32_t serial,
			 uint32_t entry, uint64_t offset, uint32_t length, uint16_t slot);

/*
 * Decodes and validates a message of the given mtype and length.  Returns 0,
 * or -EPROTO for anything that a worker of this version would not have sent.
 * Pointers in *reply point into text.
 */
int reply_decode(long type, const uint8_t *text, size_t length, struct reply *reply);

/*
 * The reply at *at within the length bytes of a PACK's body; moves *at behind it.
 * Returns 1; 0 at the end; or -EPROTO.  Everything but DATA's bytes is copied to
 * scratch (REPLY_SCRATCH bytes) before it is looked at, as another process may
 * write to the ring meanwhile.
 */
int reply_unpack(const uint8_t *bytes, size_t length, size_t *at, uint8_t *scratch,
		 struct reply *reply);

/* Two paths, and the fixed part of an ENTRY. */
#define REPLY_SCRATCH 8448u

/* True where both describe the same state of the same file. */
bool stamp_equal(const struct stamp *a, const struct stamp *b);

#endif
