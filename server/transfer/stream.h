/* SPDX-License-Identifier: ISC */
/*
 * stream: one request's replies, entry by entry.
 *
 * Owns their order and numbers, and the bytes of each file between its ENTRY and its
 * END.  Must not know how files are found (serve, walk), nor how replies travel
 * (packer).  Functions return 0, or a negative errno of sending, after which nothing
 * more can be sent; trouble with a file is told to the client and is no error here.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_STREAM_H
#define MSGFETCH_SERVER_TRANSFER_STREAM_H

#include "common/digest.h"
#include "server/transfer/byte_range.h"
#include "server/transfer/packer.h"

#include <sys/stat.h>

struct stream {
	const struct request *request;
	struct packer *packer;
	struct digester *digester; /* NULL: no digests are wanted */
	uint32_t entries;          /* announced so far: the next one's number */
};

/* Where an entry stands: beneath which path of the request, and under what name. */
struct place {
	uint32_t path;    /* from 0 */
	const char *name; /* relative to the path; "": the path itself */
};

/*
 * Sends byte range of a regular file, open at fd: ENTRY, DATA, END or FAILURE.  byte range:
 * NULL, all of it.  A digest is that of all bytes up to the end of byte range.
 */
int stream_file(struct stream *stream, const struct place *place, int fd,
		const struct stat *status, const struct byte_range *range);

/*
 * Announces what no bytes are sent of: a directory, a symbolic link that says link, or
 * something special, for the client to name and to pass over; anything, where only
 * names are wanted.  In lists only.
 */
int stream_other(struct stream *stream, const struct place *place, const struct stat *status,
		 const char *link);

/*
 * Tells that an entry cannot be had: an errno above 0, put in words.  status: what is
 * known of it, or NULL.
 */
int stream_failure(struct stream *stream, const struct place *place, const struct stat *status,
		   int error);

/* The same, for a reason that no errno says. */
int stream_refusal(struct stream *stream, const struct place *place,
		   const struct failure *failure);

/* Ends the request: all that was gathered is sent. */
int stream_finish(struct stream *stream);

/* What identifies the state that a file is in. */
struct stamp stream_stamp(const struct stat *status);

#endif
