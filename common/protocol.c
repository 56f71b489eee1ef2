/* SPDX-License-Identifier: ISC */
/* protocol: encoding, decoding and validation of messages.  No system call. */
#include "config.h"

#include "common/protocol.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct stamp no_stamp; /* all zero: where there is none */

static size_t padded(size_t length)
{
	return (length + REQUEST_ALIGN - 1) / REQUEST_ALIGN * REQUEST_ALIGN;
}

static bool all_zero(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
	       a->size == b->size;
}

bool request_path_valid(const char *path)
{
	size_t total = strnlen(path, PATH_MAX);

	if (total == 0 || total >= PATH_MAX)
		return false;
	while (*path != '\0') {
		size_t component = strcspn(path, "/");

		if (component > NAME_MAX)
			return false;
		path += component;
		path += strspn(path, "/");
	}
	return true;
}

const char *request_next_path(const char *path)
{
	return path + strlen(path) + 1;
}

/* Walks the path area; every string in it is known to end within it. */
static int validate_paths(const struct request *request)
{
	const char *path = request->paths;
	const char *end = request->paths + request->path_bytes;
	uint32_t count = 0;

	if (request->path_bytes == 0 || end[-1] != '\0')
		return -EINVAL;
	while (path < end) {
		if (count == request->path_count || *path == '\0')
			return -EINVAL;
		if (!request_path_valid(path))
			return -ENAMETOOLONG;
		path = request_next_path(path);
		count++;
	}
	return count == request->path_count ? 0 : -EINVAL;
}

/* What a request must satisfy whoever made it. */
static int validate_request(const struct request *request)
{
	if ((request->flags & ~(uint32_t)REQUEST_FLAGS_KNOWN) != 0)
		return -EOPNOTSUPP;
	if (request->queue < 0)
		return -EINVAL;
	switch (request->operation) {
	case OPERATION_PING:
		if (request->path_count != 0 || request->path_bytes != 0 ||
		    request->flags != 0 || request->offset != 0 ||
		    !stamp_equal(&request->stamp, &no_stamp))
			return -EINVAL;
		return 0;
	case OPERATION_FETCH:
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (request->path_count == 0 || request->path_count > PROTOCOL_PATHS_MAX)
		return -EINVAL;
	if ((request->flags & REQUEST_RESUME) != 0) {
		if (request->path_count != 1 || request->offset > request->stamp.size)
			return -EINVAL;
	} else if (request->offset != 0 || !stamp_equal(&request->stamp, &no_stamp)) {
		return -EINVAL;
	}
	return validate_paths(request);
}

int request_encode(const struct request *request, uint8_t *buffer)
{
	struct request_wire wire = {
		.magic = PROTOCOL_MAGIC,
		.version = PROTOCOL_VERSION,
		.operation = (uint16_t)request->operation,
		.flags = request->flags,
		.serial = request->serial,
		.queue = request->queue,
		.path_count = request->path_count,
		.path_bytes = request->path_bytes,
		.offset = request->offset,
		.stamp = request->stamp,
	};
	size_t length = sizeof(wire) + padded(request->path_bytes);
	int error;

	if (request->path_bytes > REQUEST_PATH_BYTES_MAX)
		return -EMSGSIZE;
	error = validate_request(request);
	if (error != 0)
		return error;
	memcpy(wire.ticket, request->ticket, sizeof(wire.ticket));
	memset(buffer, 0, length);
	memcpy(buffer, &wire, sizeof(wire));
	if (request->path_bytes > 0)
		memcpy(buffer + sizeof(wire), request->paths, request->path_bytes);
	return (int)length;
}

static int validate_wire(const struct request_wire *wire, const uint8_t *text, size_t length)
{
	if (wire->magic != PROTOCOL_MAGIC)
		return -EBADMSG;
	if (wire->version != PROTOCOL_VERSION)
		return -EPROTONOSUPPORT;
	if (wire->reserved0 != 0 || wire->reserved1 != 0 ||
	    !all_zero(wire->reserved2, sizeof(wire->reserved2)))
		return -EOPNOTSUPP;
	if (wire->path_bytes > REQUEST_PATH_BYTES_MAX ||
	    length != sizeof(*wire) + padded(wire->path_bytes))
		return -EINVAL;
	if (!all_zero(text + sizeof(*wire) + wire->path_bytes,
		      padded(wire->path_bytes) - wire->path_bytes))
		return -EINVAL;
	return 0;
}

int request_decode(const uint8_t *text, size_t length, struct request *request)
{
	struct request_wire wire;
	int error;

	if (length > PROTOCOL_MESSAGE_MAX)
		return -EMSGSIZE;
	if (length < sizeof(wire) || length % REQUEST_ALIGN != 0)
		return -EBADMSG;
	memcpy(&wire, text, sizeof(wire));
	error = validate_wire(&wire, text, length);
	if (error != 0)
		return error;
	*request = (struct request){
		.operation = (enum operation)wire.operation,
		.flags = wire.flags,
		.serial = wire.serial,
		.queue = wire.queue,
		.offset = wire.offset,
		.stamp = wire.stamp,
		.path_count = wire.path_count,
		.path_bytes = wire.path_bytes,
		.paths = (const char *)text + sizeof(wire),
	};
	memcpy(request->ticket, wire.ticket, sizeof(request->ticket));
	return validate_request(request);
}

static size_t encode_reply(uint8_t *buffer, const struct reply_wire *head, const void *body,
			   size_t length)
{
	memcpy(buffer, head, sizeof(*head));
	memcpy(buffer + sizeof(*head), body, length);
	return sizeof(*head) + length;
}

size_t reply_encode_entry(uint8_t *buffer, uint32_t serial, uint32_t entry,
			  const struct entry_wire *body)
{
	struct reply_wire head = {.serial = serial, .entry = entry, .length = sizeof(*body)};

	return encode_reply(buffer, &head, body, sizeof(*body));
}

size_t reply_encode_data(uint8_t *buffer, uint32_t serial, uint32_t entry, uint64_t offset,
			 uint32_t length)
{
	struct reply_wire head = {
		.serial = serial, .entry = entry, .offset = offset, .length = length};

	memcpy(buffer, &head, sizeof(head));
	return sizeof(head) + length;
}

size_t reply_encode_end(uint8_t *buffer, uint32_t serial, uint32_t entry,
			const struct end_wire *body)
{
	struct reply_wire head = {.serial = serial, .entry = entry, .length = sizeof(*body)};

	return encode_reply(buffer, &head, body, sizeof(*body));
}

size_t reply_encode_failure(uint8_t *buffer, uint32_t serial, uint32_t entry,
			    const struct failure_wire *body, const char *text)
{
	size_t bytes = strnlen(text, FAILURE_TEXT_MAX - 1);
	struct reply_wire head = {.serial = serial, .entry = entry};
	uint8_t *at = buffer + sizeof(head);

	head.length = (uint32_t)(sizeof(*body) + bytes + 1);
	memcpy(buffer, &head, sizeof(head));
	memcpy(at, body, sizeof(*body));
	memcpy(at + sizeof(*body), text, bytes);
	at[sizeof(*body) + bytes] = '\0';
	return sizeof(head) + head.length;
}

static int decode_failure(const uint8_t *body, size_t length, struct reply *reply)
{
	struct failure_wire wire;
	size_t text = length - sizeof(wire);

	if (length <= sizeof(wire) || text > FAILURE_TEXT_MAX || body[length - 1] != '\0' ||
	    memchr(body + sizeof(wire), '\0', text - 1) != NULL)
		return -EPROTO;
	memcpy(&wire, body, sizeof(wire));
	if (wire.error <= 0 || wire.reason < FAILURE_FILE || wire.reason > FAILURE_STAMP ||
	    wire.reserved != 0)
		return -EPROTO;
	reply->body.failure.error = wire.error;
	reply->body.failure.reason = (enum failure_reason)wire.reason;
	reply->body.failure.retry_ms = wire.retry_ms;
	memcpy(reply->body.failure.text, body + sizeof(wire), text);
	return 0;
}

static int decode_body(const uint8_t *body, size_t length, struct reply *reply)
{
	switch (reply->type) {
	case MESSAGE_FAILURE:
		return decode_failure(body, length, reply);
	case MESSAGE_DATA:
		if (length == 0 || reply->offset > (uint64_t)INT64_MAX - length)
			return -EPROTO;
		reply->body.data.bytes = body;
		reply->body.data.length = length;
		return 0;
	case MESSAGE_ENTRY:
		if (length != sizeof(reply->body.entry))
			return -EPROTO;
		memcpy(&reply->body.entry, body, length);
		return reply->body.entry.stamp.size > INT64_MAX ||
				       reply->body.entry.reserved != 0
			       ? -EPROTO
			       : 0;
	case MESSAGE_END:
		if (length != sizeof(reply->body.end))
			return -EPROTO;
		memcpy(&reply->body.end, body, length);
		return reply->body.end.offset > INT64_MAX ? -EPROTO : 0;
	default:
		return -EPROTO;
	}
}

int reply_decode(long type, const uint8_t *text, size_t length, struct reply *reply)
{
	struct reply_wire head;

	if (type < MESSAGE_FAILURE || type > MESSAGE_ENTRY || length < sizeof(head) ||
	    length > PROTOCOL_MESSAGE_MAX)
		return -EPROTO;
	memcpy(&head, text, sizeof(head));
	if (head.length != length - sizeof(head) || head.reserved != 0)
		return -EPROTO;
	if (type != MESSAGE_DATA && head.offset != 0)
		return -EPROTO;
	*reply = (struct reply){
		.type = (enum message_type)type,
		.serial = head.serial,
		.entry = head.entry,
		.offset = head.offset,
	};
	return decode_body(text + sizeof(head), head.length, reply);
}
