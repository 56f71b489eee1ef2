/* SPDX-License-Identifier: ISC */
/*
 * msgfetch.h: fetch files from msgfetchd(8).
 *
 * The public face of libmsgfetch, and all of it that the msgfetch command uses; msgfetch(3)
 * explains it.  The library installs no signal handler, prints nothing and never exits.  A
 * session belongs to one thread at a time; several sessions may run at once.
 *
 * Structures that the caller fills begin with their size, as the caller's header has it: a
 * smaller one is an older header's, and what it lacks has its default.  Structures that the
 * library fills may grow at their end.
 */
#ifndef MSGFETCH_H
#define MSGFETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
/* The library is compiled with all else hidden. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* How a call ended.  The numbers are the exit codes of msgfetch(1). */
enum msgfetch_outcome {
	MSGFETCH_OK = 0,
	MSGFETCH_ERROR = 1,      /* anything not named below */
	MSGFETCH_NO_DAEMON = 3,  /* nobody serves the key, or it died and did not come back */
	MSGFETCH_UNTRUSTED = 4,  /* the key is held by a user who is not to be trusted */
	MSGFETCH_NOT_FOUND = 5,  /* no such export, directory or file */
	MSGFETCH_DENIED = 6,     /* the daemon may not, or will not, open it */
	MSGFETCH_CHANGED = 7,    /* cut short, changed while it was read, or a wrong digest */
	MSGFETCH_TIMED_OUT = 8,  /* no answer, or no progress, within the limits */
	MSGFETCH_OUTPUT = 9,     /* the caller's own sink refused the bytes */
	MSGFETCH_BUSY = 10,      /* too busy, or shutting down; retries are used up */
	MSGFETCH_RANGE = 11,     /* the range begins behind the file's end */
	MSGFETCH_CANCELLED = 12, /* by msgfetch_cancel() */
};

/* How bytes travel. */
enum msgfetch_transport {
	MSGFETCH_AUTO,   /* small files inline, the rest through shared memory, where it can be
			    had */
	MSGFETCH_INLINE, /* messages alone */
	MSGFETCH_RING,   /* shared memory for everything; without it nothing goes */
};

/* What a file's bytes are summed up in. */
enum msgfetch_digest {
	MSGFETCH_DIGEST_NONE,
	MSGFETCH_DIGEST_XXH3,   /* XXH3_64bits: 8 bytes, in the order that xxhsum prints */
	MSGFETCH_DIGEST_SHA256, /* 32 bytes */
};

struct msgfetch; /* a session */
struct msgfetch_progress;

struct msgfetch_options {
	size_t size;               /* sizeof(struct msgfetch_options), set by ..._init() */
	key_t key;                 /* of the request queue */
	const char *server_user;   /* trusted beside root and oneself: a name or a uid */
	unsigned timeout_ms;       /* until the first answer to a request; 0: no limit */
	unsigned stall_timeout_ms; /* between two answers; 0: no limit */
	unsigned retries;          /* after "busy", "shutting down", a lost daemon or worker */
	bool retry_no_daemon;      /* retry, too, where no daemon was there to begin with */
	enum msgfetch_transport transport;
	unsigned ring_slots;      /* 1 to 64 */
	unsigned ring_slot_bytes; /* a multiple of 16384; slots * bytes is 64 MiB at most */
	/* Called, where not NULL, with a line on what the library does about trouble. */
	void (*notice)(void *context, const char *text);
	void *notice_context;
	/*
	 * Called, where not NULL, when a path is done, and while its bytes come every
	 * progress_ms at most; on the thread that called, between two functions of the sink.
	 */
	void (*progress)(void *context, const struct msgfetch_progress *progress);
	void *progress_context;
	unsigned progress_ms;
};

/* One state of one file: as long as it is the same, so are the bytes. */
struct msgfetch_stamp {
	uint64_t device;
	uint64_t inode;
	int64_t mtime_ns; /* since the epoch */
	uint64_t size;
};

/* What is known of an entry before its bytes arrive. */
struct msgfetch_file {
	size_t path;      /* which of the paths that were asked for, from 0 */
	const char *name; /* beneath that path: relative, without "..";  "": the path itself */
	/* What a symbolic link says: it stays beneath the path, but with NAMES; "" for others.
	 */
	const char *link;
	uint64_t size;               /* bytes */
	int64_t mtime_ns;            /* since the epoch */
	uint32_t mode;               /* st_mode; 0: not known */
	uint32_t uid, gid;           /* the owner, as the daemon sees it */
	uint64_t offset;             /* of the first byte that comes: 0, or as asked for */
	struct msgfetch_stamp stamp; /* to go on from later */
};

/* How far a call has come. */
struct msgfetch_progress {
	const struct msgfetch_file *file; /* the entry at hand */
	uint64_t position;                /* in it: one past the last byte that came */
	uint64_t files;                   /* that came whole, in this call */
	uint64_t bytes;                   /* that came, in this call */
};

/* What was vouched for at a file's end. */
struct msgfetch_end {
	uint64_t size; /* where it ended: the file's size, or one past a range's last byte */
	enum msgfetch_digest digest;
	size_t digest_length; /* 0: none was asked for */
	const uint8_t *digest_bytes;
};

/* Flags of struct msgfetch_request. */
#define MSGFETCH_RECURSE 1u   /* what is beneath directories comes, too */
#define MSGFETCH_NAMES 2u     /* entries alone: begin(), but neither data() nor end() */
#define MSGFETCH_CHILDREN 4u  /* with NAMES: what is directly in a directory comes, too */
#define MSGFETCH_RANGE_SET 8u /* of one file, length bytes from offset on; 0: to its end */
#define MSGFETCH_TAIL 16u     /* with RANGE_SET and offset 0: its last length bytes */

/* What to fetch.  Zeros but for size, paths and count: whole files. */
struct msgfetch_request {
	size_t size;              /* sizeof(struct msgfetch_request), set by ..._init() */
	const char *const *paths; /* EXPORT/relative/path; with NAMES, "": all exports */
	size_t count;
	unsigned flags;
	enum msgfetch_digest digest; /* over all bytes of each file; not with a range */
	uint64_t offset, length; /* the range; with resume alone, offset is where to go on */
	/*
	 * NULL, or what begin() said of the one path in an earlier call: it goes on from
	 * offset if that is still the same file.  If not, it starts over, and begin() says
	 * so by an offset of 0; a range fails, MSGFETCH_CHANGED.
	 */
	const struct msgfetch_stamp *resume;
};

/*
 * Where all of it goes.  Each function returns 0, or a negative errno, which ends
 * the call with that result and outcome MSGFETCH_OUTPUT.  What struct msgfetch_file and
 * struct msgfetch_end point to lasts until the function returns.
 */
struct msgfetch_sink {
	size_t size; /* sizeof(struct msgfetch_sink) */
	void *context;
	/*
	 * An entry begins.  Only a regular file (S_ISREG) has bytes, and an end.  A
	 * directory comes ahead of what is in it.  What is neither file, directory nor
	 * symbolic link is only named here.  Called again for a path whose name "" was
	 * begun before: it starts over, so forget all that came of it, or return
	 * -ESPIPE where that cannot be.
	 */
	int (*begin)(void *context, const struct msgfetch_file *file);
	/*
	 * length bytes that belong at offset.  Offsets ascend; what is left out is zeros.
	 * With MSGFETCH_NAMES this and end() may be NULL.
	 */
	int (*data)(void *context, const void *bytes, size_t length, uint64_t offset);
	/* All has come and was checked; what lies between the last byte and size is zeros. */
	int (*end)(void *context, const struct msgfetch_end *end);
	/*
	 * An entry failed, begun or not; text says why, for people.  May be NULL.
	 * msgfetch_get() does not call it: its result says the same.
	 */
	int (*failed)(void *context, const struct msgfetch_file *file,
		      enum msgfetch_outcome outcome, int error, const char *text);
	/* Nothing more comes of a path.  Each one gets this once.  May be NULL. */
	int (*done)(void *context, size_t path);
	/*
	 * Fills buffer with length bytes at offset of what the caller has from an earlier
	 * call.  May be NULL, but not where resume and a digest come together.
	 */
	int (*read_existing)(void *context, uint64_t offset, void *buffer, size_t length);
};

/* What msgfetch_options_init() calls, with the size that its caller knows. */
void msgfetch_options_default(struct msgfetch_options *options, size_t size);

/* Fills in the defaults: the well-known key, "msgfetchd", 30 s, 60 s, 5 retries, AUTO. */
static inline void msgfetch_options_init(struct msgfetch_options *options)
{
	msgfetch_options_default(options, sizeof(*options));
}

/* Zeros, and the size. */
static inline void msgfetch_request_init(struct msgfetch_request *request)
{
	memset(request, 0, sizeof(*request));
	request->size = sizeof(*request);
}

/* The version of the library: "1.2.3". */
const char *msgfetch_version(void);

/*
 * Reads a key as people write it: 0x1aaaaaa1, 447392417 or ftok:PATH:ID.
 * Returns 0, -EINVAL, -ERANGE, or why PATH cannot be used.
 */
int msgfetch_key(const char *text, key_t *key);

/*
 * Opens a session.  Nothing is sent yet.  options: copied.  Returns 0 and
 * *session, to be given to msgfetch_close(); or -EINVAL (options->size, or
 * server_user is no user here), -ENOMEM.  A child that was forked later has to open
 * a session of its own: calls on this one fail there, with -ECHILD.
 */
int msgfetch_open(struct msgfetch **session, const struct msgfetch_options *options);

/* Removes what the session holds in the kernel and frees it.  NULL: nothing happens. */
void msgfetch_close(struct msgfetch *session);

/*
 * Fetches what request names, path after path, in as few requests as they fit in.  Returns 0
 * once every byte went to the sink and the daemon vouched for the whole; otherwise the
 * negative errno of what failed last, msgfetch_outcome() and msgfetch_error() say more, and
 * the sink was told of each that failed.  -EINVAL: a size, flag or field that does not go
 * with the others.  The first call on a session may start a thread: -EAGAIN where none is to
 * be had.
 */
int msgfetch_fetch(struct msgfetch *session, const struct msgfetch_request *request,
		   const struct msgfetch_sink *sink);

/* The same for one file, whole. */
int msgfetch_get(struct msgfetch *session, const char *path, const struct msgfetch_sink *sink);

/*
 * The same, written to a descriptor from where it stands.  A regular file is cut there first,
 * gets holes where the original has them, and is positioned at the end; with O_APPEND, and to
 * all else, bytes and zeros are written one after the other.  Waits where fd does not block;
 * SIGPIPE as write(2) has it.  After a failure anything may have been written.
 */
int msgfetch_to_fd(struct msgfetch *session, const char *path, int fd);

/*
 * The same, into memory: *bytes, to be given to free(), holds *length bytes and a NUL behind
 * them.  A file longer than limit is not begun: -EFBIG.
 */
int msgfetch_to_memory(struct msgfetch *session, const char *path, size_t limit, void **bytes,
		       size_t *length);

/*
 * Calls entry for all that is in the directory path ("": each export that this user may use),
 * in no order; for a file only, itself, named "".  flags: 0, or MSGFETCH_RECURSE for all
 * beneath.  What entry returns, if not 0, ends it and is the result.  Where a part could not
 * be read, all else is given, and the result is that failure.
 */
int msgfetch_list(struct msgfetch *session, const char *path, unsigned flags,
		  int (*entry)(void *context, const struct msgfetch_file *file), void *context);

/*
 * Tells what path is.  size: sizeof(*file).  file->link lasts until the next msgfetch_stat()
 * or msgfetch_close().
 */
int msgfetch_stat(struct msgfetch *session, const char *path, struct msgfetch_file *file,
		  size_t size);

/*
 * Asks the daemon for a sign of life.  version: filled with its name and version,
 * NUL-terminated, cut at size bytes, as sent (not fit to be printed raw).
 * round_trip_ns: from the request to the answer.
 */
int msgfetch_ping(struct msgfetch *session, char *version, size_t size,
		  uint64_t *round_trip_ns);

/*
 * Asks the daemon for its state: *text, to be given to free(), is lines as
 * msgfetch-protocol(7) has them, as sent.  For those users alone that the daemon lets: others
 * get -EACCES.
 */
int msgfetch_status(struct msgfetch *session, char **text);

/*
 * Whether a symbolic link that MSGFETCH_NAMES told of, under this name, stays beneath the path
 * that was asked for.  One that does not leads elsewhere and is not to be made: without
 * MSGFETCH_NAMES it is a failure, MSGFETCH_DENIED.
 */
bool msgfetch_link_is_beneath(const char *name, const char *link);

/* How the last call on this session ended. */
enum msgfetch_outcome msgfetch_outcome(const struct msgfetch *session);

/*
 * Why the last call on this session failed, for people; "" when it did not.
 * What a daemon said in it is escaped.  Valid until the next call.
 */
const char *msgfetch_error(const struct msgfetch *session);

/* How bad a finding is. */
enum msgfetch_severity {
	MSGFETCH_FINE,    /* as it should be */
	MSGFETCH_NOTE,    /* does not hinder a fetch now */
	MSGFETCH_PROBLEM, /* a fetch fails */
};

/* One thing that was looked at.  It lasts until the function that it is given to returns. */
struct msgfetch_finding {
	enum msgfetch_severity severity;
	const char *topic;             /* a word that does not change, for scripts */
	const char *text;              /* what was found */
	const char *advice;            /* what to do about it; "": nothing */
	enum msgfetch_outcome outcome; /* of a problem: how a fetch ends */
};

/*
 * Looks at all that usually goes wrong, from the kernel to the daemon's answer to a PING,
 * and tells finding of each.  Nothing is asked again, and nothing waited for longer than 5
 * seconds.  Returns 0 whatever was found: msgfetch_outcome() and msgfetch_error() are then
 * about the first problem, as if it had met a fetch.  Or -ECHILD, as every call.
 */
int msgfetch_diagnose(struct msgfetch *session,
		      void (*finding)(void *context, const struct msgfetch_finding *finding),
		      void *context);

/*
 * Ends the call that runs on this session, or else the next one, with -ECANCELED, outcome
 * MSGFETCH_CANCELLED and no word to the sink; after that the session can be used on.  From
 * another thread, or a signal handler: async-signal-safe.  A function of the sink is waited
 * for.  Not to be called once msgfetch_close() has begun.
 */
void msgfetch_cancel(struct msgfetch *session);

/*
 * Removes the session's kernel objects, from a signal handler, of the process
 * that opened it; elsewhere (a forked child) it does nothing.  Async-signal-safe.
 * The session can only be closed afterwards.  Not to be called once msgfetch_close()
 * has begun: block the signals around that, or forget the session first.
 */
void msgfetch_cleanup(struct msgfetch *session);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
