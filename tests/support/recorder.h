/* SPDX-License-Identifier: ISC */
/*
 * recorder: calls libmsgfetch with a sink that records its callbacks.
 *
 * Owns the record of one call at a time, made on any thread.  Must not know the tests.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_RECORDER_H
#define MSGFETCH_TESTS_SUPPORT_RECORDER_H

#include "client/lib/msgfetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RECORD_BYTES (3u << 20) /* the largest file; more than a ring holds */

struct record {
	atomic_uint told;            /* number of callbacks; may be read while the call runs */
	bool pieces;                 /* record calls of data(), too */
	char calls[1024];            /* a line for each callback */
	char bytes[RECORD_BYTES];    /* of the last file, at their offsets */
	struct msgfetch_stamp stamp; /* of the last entry */
	const char *read_existing;   /* the file that read_existing() reads */
};

extern struct record record;

/* Adds a line, or a part of a line. */
void record_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns the default options with the tests' key. */
struct msgfetch_options record_options(void);
struct msgfetch *record_open(void);

/* Returns a request for whole files.  record_fetch() sets the paths. */
struct msgfetch_request record_request(void);

/* Fetches path as request describes.  Returns the result of msgfetch_fetch(). */
int record_fetch(struct msgfetch *session, const char *path,
		 const struct msgfetch_request *request);

/* Fetches path on another thread. */
struct record_call {
	struct msgfetch *session;
	const char *path;
	struct msgfetch_request request;
	pthread_t thread;
	int result;
};

void record_start(struct record_call *call, struct msgfetch *session, const char *path,
		  const struct msgfetch_request *request);

/* Waits for the end of that thread, and asserts the result. */
void record_expect_result(struct record_call *call, int result);

/* Asserts that exactly these callbacks were recorded. */
void record_expect(const char *calls);

/* Asserts that the bytes from offset on equal those of the file. */
void record_expect_bytes(const char *file, size_t offset);

#endif
