/* SPDX-License-Identifier: ISC */
/*
 * answer: encodes and sends FAILURE messages in each dialect.
 *
 * Owns the layout of a failure and the answer to a ping.  Must not wait for room in a queue,
 * nor know why a request failed.
 */
#ifndef MSGFETCH_SERVER_REQUEST_ANSWER_H
#define MSGFETCH_SERVER_REQUEST_ANSWER_H

#include "common/message.h"
#include "server/request/job.h"

#include <stdbool.h>

struct failure {
	enum failure_reason reason;
	int error;         /* an errno, positive */
	unsigned retry_ms; /* FAILURE_BUSY only */
	bool rule;         /* the configuration refuses, not the file system */
	const char *text;  /* for people; cut at FAILURE_TEXT_MAX */
};

/* The failure of a transfer that exceeded transfer-limit. */
extern const struct failure answer_out_of_time;

/* Returns the failure in wire format, without its text. */
struct failure_wire answer_wire(const struct failure *failure);

/*
 * Encodes a FAILURE for client into message.  entry: the number of the path, or ENTRY_WHOLE.
 * The text is cut so that the message has at most room bytes, at least 41.  Returns the length
 * of the message text in bytes.
 */
size_t answer_encode_failure(const struct client *client, uint32_t entry,
			     const struct failure *failure, size_t room,
			     struct message *message);

/*
 * Sends a FAILURE that ends the whole request, without waiting.  Returns 0,
 * -EAGAIN (the queue is full), -EIDRM (the client is gone), -EACCES.
 */
int answer_failure(const struct client *client, const struct failure *failure);

/* Answers OPERATION_PING without waiting.  Errors as for answer_failure(). */
int answer_ping(const struct client *client);

#endif
