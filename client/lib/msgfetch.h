/* SPDX-License-Identifier: ISC */
/*
 * msgfetch.h: fetch files from msgfetchd(8).
 *
 * The public interface of libmsgfetch, explained in msgfetch(3).  The library installs no
 * signal handler, prints nothing and never exits.  A session belongs to one thread at a time;
 * a program may use several sessions at once.
 *
 * A structure that the caller fills starts with its size.  A smaller size than the library's
 * is accepted: the missing members have their defaults.  A structure that the library fills
 * may get further members at its end.
 */
#ifndef MSGFETCH_H
#define MSGFETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
/* The library is compiled with hidden visibility; this header names its exports. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* The result of a call.  The numbers are the exit codes of msgfetch(1). */
enum msgfetch_outcome {
	MSGFETCH_OK = 0,
	MSGFETCH_ERROR = 1,      /* any error not listed below */
	MSGFETCH_NO_DAEMON = 3,  /* no daemon serves the key, or it died and did not return */
	MSGFETCH_UNTRUSTED = 4,  /* an untrusted user holds the key */
	MSGFETCH_NOT_FOUND = 5,  /* no such export, directory or file */
	MSGFETCH_DENIED = 6,     /* access denied by the file system or the daemon's rules */
	MSGFETCH_CHANGED = 7,    /* the file was cut short, changed, or failed its digest */
	MSGFETCH_TIMED_OUT = 8,  /* no answer, or no progress, within the limits */
	MSGFETCH_OUTPUT = 9,     /* a function of the caller's sink failed */
	MSGFETCH_BUSY = 10,      /* the daemon is busy or shutting down; no retries left */
	MSGFETCH_RANGE = 11,     /* the range starts after the end of the file */
	MSGFETCH_CANCELLED = 12, /* ended by msgfetch_cancel() */
};

/* Ways to transfer file contents. */
enum msgfetch_transport {
	MSGFETCH_AUTO,   /* small files in messages, others in shared memory if available */
	MSGFETCH_INLINE, /* messages only */
	MSGFETCH_RING,   /* shared memory only; the call fails if there is none */
};

/* Digests of a file's bytes. */
enum msgfetch_digest {
	MSGFETCH_DIGEST_NONE,
	MSGFETCH_DIGEST_XXH3,   /* XXH3_64bits: 8 bytes, in the order that xxhsum prints */
	MSGFETCH_DIGEST_SHA256, /* 32 bytes */
};

struct msgfetch; /* a session */
struct msgfetch_progress;

struct msgfetch_options {
	size_t size;               /* sizeof(struct msgfetch_options), set by ..._init() */
	int32_t key;               /* of the request queue; the same type as key_t on Linux */
	const char *server_user;   /* trusted in addition to root and oneself: name or uid */
	unsigned timeout_ms;       /* until the first answer to a request; 0: no limit */
	unsigned stall_timeout_ms; /* between two replies; 0: no limit */
	unsigned retries;          /* after "busy", "shutting down", a lost daemon or worker */
	bool retry_no_daemon;      /* also retry if no daemon is there for the first attempt */
	enum msgfetch_transport transport;
	unsigned ring_slots;      /* 1 to 64 */
	unsigned ring_slot_bytes; /* a multiple of 16384; slots * bytes is 64 MiB at most */
	/* Called, if not NULL, with a line about each retry or other workaround. */
	void (*notice)(void *context, const char *text);
	void *notice_context;
	/*
	 * Called, if not NULL, after each path, and while data arrives at most once in
	 * progress_ms.  Runs on the calling thread, between two functions of the sink.
	 */
	void (*progress)(void *context, const struct msgfetch_progress *progress);
	void *progress_context;
	unsigned progress_ms;
};

/* Identifies one state of one file.  Equal stamps mean equal contents. */
struct msgfetch_stamp {
	uint64_t device;
	uint64_t inode;
	int64_t mtime_ns; /* since the epoch */
	uint64_t size;
};

/* Describes an entry: a file, directory, symbolic link or special file. */
struct msgfetch_file {
	size_t path_index; /* index of the requested path that this entry belongs to */
	const char *name;  /* relative to that path, without ".."; "": the path itself */
	/*
	 * The target of a symbolic link; "" for all other entries.  Without MSGFETCH_NAMES
	 * the target is beneath the requested path.
	 */
	const char *link;
	uint64_t size;               /* bytes */
	int64_t mtime_ns;            /* since the epoch */
	uint32_t mode;               /* st_mode; 0: unknown */
	uint32_t uid, gid;           /* the owner, in the daemon's user namespace */
	uint64_t offset;             /* of the first byte that will arrive */
	struct msgfetch_stamp stamp; /* to resume later */
};

/* The progress of a call. */
struct msgfetch_progress {
	const struct msgfetch_file *file; /* the current entry */
	uint64_t position;                /* in that file: one past the last byte received */
	uint64_t files;                   /* complete files received in this call */
	uint64_t bytes;                   /* bytes received in this call */
};

/* The end of a complete and checked file. */
struct msgfetch_end {
	uint64_t size; /* of the file; for a range, one past its last byte */
	enum msgfetch_digest digest;
	size_t digest_length; /* 0: no digest was requested */
	const uint8_t *digest_bytes;
	bool grew; /* the file is longer by now; the bytes are those up to its first size */
};

/* Flags of struct msgfetch_request. */
#define MSGFETCH_RECURSE 1u   /* fetch directories with all entries beneath them */
#define MSGFETCH_NAMES 2u     /* list entries only: begin(), without data() and end() */
#define MSGFETCH_CHILDREN 4u  /* with NAMES: list the entries directly in a directory */
#define MSGFETCH_RANGE_SET 8u /* of one file: length bytes from offset; 0: to the end */
#define MSGFETCH_TAIL 16u     /* with RANGE_SET and offset 0: the last length bytes */
#define MSGFETCH_STRICT 32u   /* a file that grows during the transfer fails */

#define MSGFETCH_FOLLOW 64u /* of one file: go on with what is appended; see below */
#define MSGFETCH_LINES 128u /* with FOLLOW: start with the last length lines */
#define MSGFETCH_AWAIT 256u /* with FOLLOW: wait for a file that does not exist */

/*
 * MSGFETCH_FOLLOW ends only with msgfetch_cancel() or an error.  begin() gets the start as
 * offset: 0, the range (TAIL, or an offset without a length), or the last lines.  data() gets
 * the bytes as they are appended, without gaps, each once, also across a restart of the daemon.
 * When the file was truncated, or another file has its name, end() gets the end of the old one,
 * and then begin() starts the new one at 0.  No digest, RECURSE, NAMES, STRICT or resume.
 */

/* A request.  Zeros except for size, paths and count: fetch whole files. */
struct msgfetch_request {
	size_t size;              /* sizeof(struct msgfetch_request), set by ..._init() */
	const char *const *paths; /* EXPORT/relative/path; with NAMES, "" lists all exports */
	size_t count;
	unsigned flags;
	enum msgfetch_digest digest; /* over all bytes of each file; not with a range */
	/* The range; with resume, offset is where to continue; with LINES, length is lines. */
	uint64_t offset, length;
	/*
	 * NULL, or the stamp that begin() got for the one path in an earlier call.  If the
	 * file still has this stamp, the call continues at offset.  Otherwise the call
	 * starts over, with offset 0 in begin(); a range fails with MSGFETCH_CHANGED.
	 */
	const struct msgfetch_stamp *resume;
};

/*
 * The functions that receive the results.  Each returns 0, or a negative errno, which ends
 * the call with this error and outcome MSGFETCH_OUTPUT.  Pointers in struct msgfetch_file and
 * struct msgfetch_end are valid until the function returns.
 */
struct msgfetch_sink {
	size_t size; /* sizeof(struct msgfetch_sink) */
	void *context;
	/*
	 * An entry begins.  Only a regular file (S_ISREG) has data and an end.  A directory
	 * precedes its contents.  Special files are named but have no contents.
	 *
	 * A second call for the path itself (name "") means that the path starts over:
	 * discard its data, or return -ESPIPE if that is impossible.
	 */
	int (*begin)(void *context, const struct msgfetch_file *file);
	/*
	 * length bytes of the file, at offset.  Offsets ascend; gaps read as zeros.  With
	 * MSGFETCH_NAMES this function and end() may be NULL.
	 */
	int (*data)(void *context, const void *bytes, size_t length, uint64_t offset);
	/* The file is complete and checked.  A gap before end->size reads as zeros. */
	int (*end)(void *context, const struct msgfetch_end *end);
	/*
	 * An entry failed, before or after begin().  text: the reason, for people.  May be
	 * NULL.  msgfetch_get() does not call this function.
	 */
	int (*failed)(void *context, const struct msgfetch_file *file,
		      enum msgfetch_outcome outcome, int error, const char *text);
	/* A path is finished.  Called once for each path.  May be NULL. */
	int (*done)(void *context, size_t path_index);
	/*
	 * Fills buffer with length bytes at offset, as received in the earlier call.  May be
	 * NULL, except for a request with both resume and a digest.
	 */
	int (*read_existing)(void *context, uint64_t offset, void *buffer, size_t length);
};

/* Called by msgfetch_options_init() with the size of its caller's structure. */
void msgfetch_options_default(struct msgfetch_options *options, size_t size);

/* Sets the defaults: the well-known key, "msgfetchd", 30 s, 60 s, 5 retries, AUTO. */
static inline void msgfetch_options_init(struct msgfetch_options *options)
{
	msgfetch_options_default(options, sizeof(*options));
}

/* Sets request to zeros, and its size. */
static inline void msgfetch_request_init(struct msgfetch_request *request)
{
	memset(request, 0, sizeof(*request));
	request->size = sizeof(*request);
}

/* Returns the version of the library, such as "1.2.3". */
const char *msgfetch_version(void);

/*
 * Parses a key: 0x1aaaaaa1, 447392417 or ftok:PATH:ID.  Returns 0, -EINVAL, -ERANGE, or the
 * error of stat(2) for PATH.
 */
int msgfetch_key(const char *text, int32_t *key);

/*
 * Opens a session.  Sends nothing.  Copies options.  Returns 0 and *session, which
 * msgfetch_close() frees; -EINVAL: unknown options->size, or server_user is no user here;
 * -ENOMEM.  A forked child must open its own session: calls on the parent's session fail
 * with -ECHILD.
 */
int msgfetch_open(struct msgfetch **session, const struct msgfetch_options *options);

/* Removes the session's kernel objects and frees the session.  Does nothing for NULL. */
void msgfetch_close(struct msgfetch *session);

/*
 * Fetches the paths of request in order, with as few messages to the daemon as possible.
 *
 * Returns 0 if the sink received every byte and the daemon confirmed the whole.  Otherwise
 * returns the negative errno of the last failure; the sink was told of every failure, and
 * msgfetch_outcome() and msgfetch_error() describe the last.  -EINVAL: a size, flag or field
 * is unknown or conflicts with another.  -EAGAIN: the thread that the first call of a session
 * may need cannot be started.
 */
int msgfetch_fetch(struct msgfetch *session, const struct msgfetch_request *request,
		   const struct msgfetch_sink *sink);

/* Fetches one whole file, as msgfetch_fetch() does. */
int msgfetch_get(struct msgfetch *session, const char *path, const struct msgfetch_sink *sink);

/*
 * Fetches one whole file and writes it to fd at its current offset.  A regular file is
 * truncated there first, keeps the holes of the original, and is positioned at its end.  With
 * O_APPEND, and to anything else, bytes and zeros are written in order.  Waits if fd is
 * non-blocking.  Raises SIGPIPE as write(2) does.  A failed call may have written a part.
 */
int msgfetch_to_fd(struct msgfetch *session, const char *path, int fd);

/*
 * Fetches one whole file into memory.  *bytes, which the caller frees with free(), holds
 * *length bytes and a NUL.  -EFBIG: the file is longer than limit bytes; no byte is fetched.
 */
int msgfetch_to_memory(struct msgfetch *session, const char *path, size_t limit, void **bytes,
		       size_t *length);

/*
 * Calls entry for each entry of the directory path, in no particular order.  path "" lists
 * the exports that this user may use; a path that is a file is listed alone, with the name
 * "".  flags: 0, or MSGFETCH_RECURSE to list everything beneath the directory.  A value other
 * than 0 from entry ends the list and is the result.  If a part cannot be read, the rest is
 * listed, and the result is that error.
 */
int msgfetch_list(struct msgfetch *session, const char *path, unsigned flags,
		  int (*entry)(void *context, const struct msgfetch_file *file), void *context);

/*
 * Describes path.  size: sizeof(*file).  file->link is valid until the next msgfetch_stat()
 * or msgfetch_close().
 */
int msgfetch_stat(struct msgfetch *session, const char *path, struct msgfetch_file *file,
		  size_t size);

/*
 * Checks that the daemon answers.  version: receives the daemon's name and version, cut at
 * size bytes, NUL-terminated, and unescaped (quote it before printing).  *round_trip_ns: time
 * from the request to the answer.
 */
int msgfetch_ping(struct msgfetch *session, char *version, size_t size,
		  uint64_t *round_trip_ns);

/*
 * Asks the daemon for its state.  *text, which the caller frees with free(), has the lines
 * that msgfetch-protocol(7) describes, unescaped.  -EACCES: the daemon does not allow this
 * user.
 */
int msgfetch_status(struct msgfetch *session, char **text);

/*
 * Returns true if a symbolic link with this name and target, from a call with MSGFETCH_NAMES,
 * stays beneath the requested path.  Without MSGFETCH_NAMES, any other link is a failure
 * (MSGFETCH_DENIED).
 */
bool msgfetch_link_is_beneath(const char *name, const char *link);

/* Returns the outcome of the session's last call. */
enum msgfetch_outcome msgfetch_outcome(const struct msgfetch *session);

/*
 * Returns why the session's last call failed, for people; "" after success.  The daemon's
 * words in the text are escaped.  Valid until the next call.
 */
const char *msgfetch_error(const struct msgfetch *session);

/* The severity of a finding. */
enum msgfetch_severity {
	MSGFETCH_FINE,    /* no problem */
	MSGFETCH_NOTE,    /* does not prevent a fetch now */
	MSGFETCH_PROBLEM, /* a fetch fails */
};

/* One result of msgfetch_diagnose().  Valid until the function that receives it returns. */
struct msgfetch_finding {
	enum msgfetch_severity severity;
	const char *topic;             /* a fixed word, for scripts */
	const char *text;              /* the finding */
	const char *advice;            /* how to fix it; "": nothing to do */
	enum msgfetch_outcome outcome; /* of a problem: the outcome that a fetch would have */
};

/*
 * Checks for all common problems, from the kernel to the daemon's answer to a PING, and calls
 * finding for each check.  Does not retry, and waits at most 5 seconds for an answer.
 *
 * Returns 0 whatever was found; msgfetch_outcome() and msgfetch_error() then describe the
 * first problem.  -ECHILD: the session belongs to the parent process.
 */
int msgfetch_diagnose(struct msgfetch *session,
		      void (*finding)(void *context, const struct msgfetch_finding *finding),
		      void *context);

/*
 * Cancels the running call of this session, or else the next call.  The call ends with
 * -ECANCELED and MSGFETCH_CANCELLED, after the running function of the sink, and without
 * further calls of the sink.  The session remains usable.  May be called from any thread and
 * is async-signal-safe.  Must not be called after msgfetch_close() has begun.
 */
void msgfetch_cancel(struct msgfetch *session);

/*
 * Removes the session's kernel objects from within a signal handler.  Async-signal-safe.
 * Does nothing in a forked child.  Afterwards the session can only be closed.  Must not be
 * called after msgfetch_close() has begun: block the signals, or forget the session first.
 */
void msgfetch_cleanup(struct msgfetch *session);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
