/* SPDX-License-Identifier: ISC */
/*
 * stream: the replies to one request, entry by entry.
 *
 * Owns the order and the numbers of entries, and the bytes of each file between its ENTRY
 * and its END.  Must not know how files are found (serve, walk, list) or how replies travel
 * (packer).  Each function returns 0, or a negative errno of sending, after which nothing
 * more can be sent.  A failure of a file is reported to the client and returns 0.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_STREAM_H
#define MSGFETCH_SERVER_TRANSFER_STREAM_H

#include "common/digest.h"
#include "server/stats/audit.h"
#include "server/transfer/packer.h"
#include "server/transfer/request_path.h"

#include <sys/stat.h>

struct stream {
	const struct request *request;
	struct packer *packer;
	struct digester *digester;       /* NULL: the client wants no digests */
	uint32_t entries;                /* announced so far; the number of the next entry */
	struct score *score;             /* failures are recorded here */
	const struct request_path *path; /* source of the entries */
	bool refused;                    /* the path itself failed */
};

/* Names an entry: a path of the request, and a name beneath the path. */
struct entry_path {
	uint32_t path;    /* from 0 */
	const char *name; /* relative to the path; "": the path itself */
};

/* Tells that a RESUME names another file, or another state of the file. */
extern const struct failure stream_other_file;

/* Tells that a file changed while it was sent, other than by growing. */
extern const struct failure stream_changed;

/* Tells that a range begins past the end of the file. */
extern const struct failure stream_beyond;

/* Tells that a file has no size that its bytes could be checked against. */
extern const struct failure stream_sizeless;

/* Tells that an unchanged file ended before its size. */
extern const struct failure stream_short;

/*
 * Sends a regular file, open at fd: ENTRY, DATA, and END or FAILURE.  Of a path itself, only
 * the bytes that RESUME and RANGE select.  A digest covers all bytes up to the last one sent.
 */
int stream_file(struct stream *stream, const struct entry_path *at, int fd,
		const struct stat *status);

/*
 * Announces an entry without bytes, in a list: a directory, a symbolic link with the target
 * link, a special file, or any file where only names are wanted.
 */
int stream_other(struct stream *stream, const struct entry_path *at, const struct stat *status,
		 const char *link);

/* Reports error, an errno above 0, for an entry.  status: NULL where it is not known. */
int stream_failure(struct stream *stream, const struct entry_path *at,
		   const struct stat *status, int error);

/* The same for a failure that has no errno of its own. */
int stream_refusal(struct stream *stream, const struct entry_path *at,
		   const struct failure *failure);

/*
 * The same for a file that is followed: the ENTRY, with DATA from offset on; DATA from
 * *position, which advances, to end; and the END, at position.  A read that fails or finds
 * fewer bytes leaves *position below end, and sets *read_error, 0 or an errno.
 */
int stream_followed(struct stream *stream, const struct entry_path *at,
		    const struct stat *status, uint64_t offset);
int stream_appended(struct stream *stream, int fd, uint64_t *position, uint64_t end,
		    int *read_error);
int stream_left(struct stream *stream, const struct stat *status, uint64_t position);

/* Reports error, an errno above 0, for the file that is followed. */
int stream_lost(struct stream *stream, int error);

/* Ends the request: sends all gathered replies. */
int stream_finish(struct stream *stream);

#endif
