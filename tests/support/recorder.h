/* SPDX-License-Identifier: ISC */
/*
 * recorder: calls of libmsgfetch, within the test, by a sink that writes down what it is told.
 *
 * One call is recorded at a time, on whatever thread it is made.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_RECORDER_H
#define MSGFETCH_TESTS_SUPPORT_RECORDER_H

#include "client/lib/msgfetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RECORD_BYTES (3u << 20) /* the largest file; more than a ring holds */

struct record {
	atomic_uint told;            /* how often; for a look at it while the call runs */
	bool pieces;                 /* calls of data() are noted, too */
	char calls[1024];            /* a line for each */
	char bytes[RECORD_BYTES];    /* of the last file, where they belong */
	struct msgfetch_stamp stamp; /* of the last entry */
	const char *read_existing;   /* the file that read_existing() reads */
};

extern struct record record;

/* Notes a line, or a part of one. */
void record_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The defaults, but for the tests' key. */
struct msgfetch_options record_options(void);
struct msgfetch *record_open(void);

/* A request for whole files; its paths are set by record_fetch(). */
struct msgfetch_request record_request(void);

/* Fetches path, with all else as request says; what msgfetch_fetch() returns. */
int record_fetch(struct msgfetch *session, const char *path,
		 const struct msgfetch_request *request);

/* The same on a thread of its own. */
struct record_call {
	struct msgfetch *session;
	const char *path;
	struct msgfetch_request request;
	pthread_t thread;
	int result;
};

void record_start(struct record_call *call, struct msgfetch *session, const char *path,
		  const struct msgfetch_request *request);

/* Waits for its end, and asserts its result. */
void record_expect_result(struct record_call *call, int result);

/* Asserts that these are the calls, and all of them. */
void record_expect(const char *calls);

/* Asserts that from offset on the bytes are the file's. */
void record_expect_bytes(const char *file, size_t offset);

#endif
