/* SPDX-License-Identifier: ISC */
/* query: the calls that ask the daemon about itself: msgfetch_ping(), msgfetch_status(). */
#include "config.h"

#include "client/lib/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A hundred times the status of a thousand users and exports. */
#define STATUS_MAX (64u << 20)

static int end_text(void *context, const struct msgfetch_end *end)
{
	(void)context;
	(void)end;
	return 0;
}

/* Asks for a text.  The sink has no begin(): the sequence rejects an ENTRY in a text. */
static int query(struct msgfetch *session, enum operation operation,
		 int (*take)(void *context, const void *bytes, size_t length, uint64_t offset),
		 void *context, uint64_t *round_trip_ns)
{
	const struct msgfetch_sink sink = {.data = take, .end = end_text, .context = context};
	struct call call = {.session = session, .sink = &sink, .text_operation = operation};
	int error = fetch_run(&call);

	if (error == 0)
		*round_trip_ns = call.answered_at - call.attempt.asked_at;
	return error;
}

/* The buffer for the answer to a PING. */
struct version_text {
	char *buffer;
	size_t size;
};

static int take_version(void *context, const void *bytes, size_t length, uint64_t offset)
{
	const struct version_text *version = context;
	size_t room = version->size > 0 ? version->size - 1 : 0;

	if (offset >= room)
		return 0;
	if (length > room - (size_t)offset)
		length = room - (size_t)offset;
	memcpy(version->buffer + offset, bytes, length);
	version->buffer[(size_t)offset + length] = '\0';
	return 0;
}

int msgfetch_ping(struct msgfetch *session, char *version, size_t size, uint64_t *round_trip_ns)
{
	struct version_text text = {.buffer = version, .size = size};

	if (size > 0)
		version[0] = '\0';
	return query(session, OPERATION_PING, take_version, &text, round_trip_ns);
}

struct status_text {
	char *bytes;   /* owned; NUL-terminated */
	size_t length; /* without the NUL */
};

static int take_status(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct status_text *status = context;
	char *larger;

	if (offset + length > STATUS_MAX)
		return -EFBIG;
	larger = realloc(status->bytes, (size_t)offset + length + 1);
	if (larger == NULL)
		return -ENOMEM;
	status->bytes = larger;
	memcpy(larger + offset, bytes, length);
	status->length = (size_t)offset + length;
	larger[status->length] = '\0';
	return 0;
}

int msgfetch_status(struct msgfetch *session, char **text)
{
	struct status_text status = {.bytes = calloc(1, 1)};
	uint64_t round_trip_ns;
	int error = -ENOMEM;

	if (status.bytes == NULL)
		session_end(session, ATTEMPT_FINAL, MSGFETCH_ERROR, error, "out of memory");
	else
		error = query(session, OPERATION_STATUS, take_status, &status, &round_trip_ns);
	if (error != 0)
		free(status.bytes);
	else
		*text = status.bytes;
	return error;
}
