/* SPDX-License-Identifier: ISC */
/*
 * answer: FAILURE messages, in the words of each dialect.
 *
 * Owns how a failure is put.  Must not know who decides that there is one, nor
 * wait for room: that is the caller's part.
 */
#ifndef MSGFETCH_SERVER_REQUEST_ANSWER_H
#define MSGFETCH_SERVER_REQUEST_ANSWER_H

#include "common/queue.h"
#include "server/request/job.h"

struct failure {
	enum failure_reason reason;
	int error;         /* an errno, above 0 */
	unsigned retry_ms; /* FAILURE_BUSY only */
	const char *text;  /* for people; cut at FAILURE_TEXT_MAX */
};

/* A transfer that took longer than its limit. */
extern const struct failure answer_out_of_time;

/* A failure as it goes on the wire, but for its text. */
struct failure_wire answer_wire(const struct failure *failure);

/*
 * Puts a FAILURE for client into message; entry: which path, or ENTRY_WHOLE.
 * Returns the length of the text to send.
 */
size_t answer_encode_failure(const struct client *client, uint32_t entry,
			     const struct failure *failure, struct message *message);

/*
 * Sends a FAILURE that ends the whole request, without waiting.  Returns 0,
 * -EAGAIN (the queue is full), -EIDRM (the client is gone), -EACCES.
 */
int answer_failure(const struct client *client, const struct failure *failure);

/* Answers OPERATION_PING, without waiting.  Errors as above. */
int answer_ping(const struct client *client);

#endif
