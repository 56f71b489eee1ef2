/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/protocol.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct stamp no_stamp; /* all zero */

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

int request_path_error(enum operation operation, const char *path)
{
	if (*path == '\0')
		return operation == OPERATION_LIST ? 0 : -EINVAL;
	if (strnlen(path, PATH_MAX) == PATH_MAX)
		return -ENAMETOOLONG;
	while (*path != '\0') {
		size_t component = strcspn(path, "/");

		if (component > NAME_MAX)
			return -ENAMETOOLONG;
		path += component;
		path += strspn(path, "/");
	}
	return 0;
}

const char *request_next_path(const char *path)
{
	return path + strlen(path) + 1;
}

/* Checks every path.  The last byte of the path area must be a NUL. */
static int validate_paths(const struct request *request)
{
	const char *path = request->paths;
	const char *end = request->paths + request->path_bytes;
	uint32_t count = 0;

	if (request->path_bytes == 0 || end[-1] != '\0')
		return -EINVAL;
	while (path < end) {
		int error;

		if (count == request->path_count)
			return -EINVAL;
		error = request_path_error(request->operation, path);
		if (error != 0)
			return error;
		path = request_next_path(path);
		count++;
	}
	return count == request->path_count ? 0 : -EINVAL;
}

/* Checks the ring fields, which are all zero without a ring. */
static bool ring_shape_valid(const struct request *request)
{
	uint64_t bytes = (uint64_t)request->ring_slots * request->ring_slot_bytes;

	if (request->ring_slots == 0)
		return request->ring == 0 && request->ring_slot_bytes == 0 &&
		       (request->flags & REQUEST_BULK) == 0;
	/* A slot holds a PACK, or DATA whose ENTRY came in a PACK. */
	if ((request->flags & REQUEST_PACK) == 0)
		return false;
	return request->ring >= 0 && request->ring_slots <= RING_SLOTS_MAX && bytes > 0 &&
	       request->ring_slot_bytes % RING_SLOT_BYTES_MIN == 0 && bytes <= RING_BYTES_MAX;
}

/* The flags that are valid for a FETCH and for a LIST. */
enum {
	FLAGS_OF_ALL = REQUEST_PACK | REQUEST_BULK | REQUEST_LIST | REQUEST_RECURSE,
	FLAGS_OF_DIGESTS = REQUEST_XXH3 | REQUEST_SHA256,
	FLAGS_OF_FOLLOW = REQUEST_FOLLOW | REQUEST_AWAIT | REQUEST_LINES,
	FLAGS_OF_FETCH = FLAGS_OF_ALL | FLAGS_OF_DIGESTS | FLAGS_OF_FOLLOW | REQUEST_RESUME |
			 REQUEST_HOLES | REQUEST_RANGE | REQUEST_TAIL,
	FLAGS_WITHOUT_FOLLOW =
		FLAGS_OF_DIGESTS | REQUEST_BULK | REQUEST_RECURSE | REQUEST_HOLES,
	FLAGS_OF_LIST = FLAGS_OF_ALL | REQUEST_CHILDREN,
};

static bool has(const struct request *request, uint32_t flags)
{
	return (request->flags & flags) != 0;
}

/* Checks the flags of a FOLLOW, and that no flag needs one. */
static bool follow_valid(const struct request *request)
{
	bool resume = has(request, REQUEST_RESUME), range = has(request, REQUEST_RANGE);

	if (!has(request, REQUEST_FOLLOW))
		return !has(request, FLAGS_OF_FOLLOW);
	if (!has(request, REQUEST_LIST) || has(request, FLAGS_WITHOUT_FOLLOW) ||
	    request->path_count != 1 || request->ring_slots != 0)
		return false;
	if (has(request, REQUEST_LINES) && (resume || range))
		return false;
	return !range || (!resume && (has(request, REQUEST_TAIL) || request->length == 0));
}

static bool flags_agree(const struct request *request)
{
	bool list = request->operation == OPERATION_LIST;

	if (has(request, ~(uint32_t)(list ? FLAGS_OF_LIST : FLAGS_OF_FETCH)))
		return false;
	if ((list || has(request, REQUEST_RECURSE)) && !has(request, REQUEST_LIST))
		return false;
	if (has(request, REQUEST_TAIL) && !has(request, REQUEST_RANGE))
		return false;
	return !has(request, FLAGS_OF_DIGESTS) ||
	       (!has(request, REQUEST_RANGE) &&
		(request->flags & FLAGS_OF_DIGESTS) != FLAGS_OF_DIGESTS);
}

/* Checks the range, which concerns a single file. */
static bool range_valid(const struct request *request)
{
	if (has(request, REQUEST_LINES))
		return request->length <= INT64_MAX;
	if (!has(request, REQUEST_RANGE))
		return request->length == 0;
	if (request->path_count != 1 || has(request, REQUEST_RECURSE) ||
	    request->offset > INT64_MAX || request->length > INT64_MAX - request->offset)
		return false;
	return !has(request, REQUEST_TAIL) ||
	       (!has(request, REQUEST_RESUME) && request->offset == 0 && request->length > 0);
}

static bool resume_valid(const struct request *request)
{
	if (has(request, REQUEST_RESUME))
		return request->offset <= request->stamp.size;
	return stamp_equal(&request->stamp, &no_stamp) &&
	       (request->offset == 0 || has(request, REQUEST_RANGE));
}

/* Returns true if all fields that concern files are zero. */
static bool is_bare(const struct request *request)
{
	return request->path_count == 0 && request->path_bytes == 0 && request->flags == 0 &&
	       request->ring_slots == 0 && request->ring == 0 &&
	       request->ring_slot_bytes == 0 && request->offset == 0 && request->length == 0 &&
	       stamp_equal(&request->stamp, &no_stamp);
}

/* Checks a request before it is encoded and after it is decoded. */
static int validate_request(const struct request *request)
{
	if (has(request, ~(uint32_t)REQUEST_FLAGS_KNOWN))
		return -EOPNOTSUPP;
	if (request->queue < 0 || request->seal < 0)
		return -EINVAL;
	switch (request->operation) {
	case OPERATION_PING:
	case OPERATION_STATUS:
		return is_bare(request) ? 0 : -EINVAL;
	case OPERATION_FETCH:
	case OPERATION_LIST:
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (request->path_count == 0 || request->path_count > PROTOCOL_PATHS_MAX)
		return -EINVAL;
	if (!flags_agree(request) || !follow_valid(request) || !range_valid(request) ||
	    !resume_valid(request) || !ring_shape_valid(request))
		return -EINVAL;
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
		.length = request->length,
		.stamp = request->stamp,
		.ring = request->ring,
		.ring_slots = request->ring_slots,
		.ring_slot_bytes = request->ring_slot_bytes,
		.seal = request->seal,
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
	if (!all_zero(wire->reserved, sizeof(wire->reserved)))
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
		.length = wire.length,
		.stamp = wire.stamp,
		.ring = wire.ring,
		.ring_slots = wire.ring_slots,
		.ring_slot_bytes = wire.ring_slot_bytes,
		.seal = wire.seal,
		.path_count = wire.path_count,
		.path_bytes = wire.path_bytes,
		.paths = (const char *)text + sizeof(wire),
	};
	memcpy(request->ticket, wire.ticket, sizeof(request->ticket));
	return validate_request(request);
}

size_t reply_encode_head(uint8_t *buffer, enum message_type type, uint32_t serial,
			 uint32_t entry, uint64_t offset, uint32_t length, uint16_t slot)
{
	struct reply_wire head = {
		.serial = serial,
		.entry = entry,
		.offset = offset,
		.length = length,
		.type = (uint16_t)type,
		.slot = slot,
	};

	memcpy(buffer, &head, sizeof(head));
	return sizeof(head) + (slot == 0 ? length : 0);
}

size_t reply_encode_end(uint8_t *buffer, uint32_t serial, uint32_t entry,
			const struct end_wire *body, const struct digest *digest)
{
	uint8_t *at = buffer + sizeof(struct reply_wire);
	size_t length = sizeof(*body);

	memcpy(at, body, sizeof(*body));
	if (digest != NULL) {
		memcpy(at + length, digest->bytes, digest->length);
		length += digest->length;
	}
	return reply_encode_head(buffer, MESSAGE_END, serial, entry, 0, (uint32_t)length, 0);
}

size_t reply_encode_failure(uint8_t *buffer, uint32_t serial, uint32_t entry,
			    const struct failure_wire *body, const char *text, size_t room)
{
	size_t most = room - sizeof(struct reply_wire) - sizeof(*body) - 1;
	size_t bytes = strnlen(text, most < FAILURE_TEXT_MAX ? most : FAILURE_TEXT_MAX - 1);
	uint8_t *at = buffer + sizeof(struct reply_wire);

	memcpy(at, body, sizeof(*body));
	memcpy(at + sizeof(*body), text, bytes);
	at[sizeof(*body) + bytes] = '\0';
	return reply_encode_head(buffer, MESSAGE_FAILURE, serial, entry, 0,
				 (uint32_t)(sizeof(*body) + bytes + 1), 0);
}

size_t reply_entry_length(const char *name, const char *link)
{
	return sizeof(struct reply_wire) + sizeof(struct entry_wire) +
	       (name != NULL ? strlen(name) + 1 + strlen(link) + 1 : 0);
}

size_t reply_encode_entry(uint8_t *buffer, uint32_t serial, uint32_t entry,
			  const struct entry_wire *body, const char *name, const char *link)
{
	size_t length = reply_entry_length(name, link) - sizeof(struct reply_wire);
	uint8_t *at = buffer + sizeof(struct reply_wire);

	memcpy(at, body, sizeof(*body));
	if (name != NULL) {
		size_t bytes = strlen(name) + 1;

		memcpy(at + sizeof(*body), name, bytes);
		memcpy(at + sizeof(*body) + bytes, link, strlen(link) + 1);
	}
	return reply_encode_head(buffer, MESSAGE_ENTRY, serial, entry, 0, (uint32_t)length, 0);
}

void reply_set_offset(uint8_t *buffer, uint64_t offset)
{
	memcpy(buffer + offsetof(struct reply_wire, offset), &offset, sizeof(offset));
}

static int decode_failure(const uint8_t *body, size_t length, struct reply *reply)
{
	struct failure_wire wire;
	size_t text = length - sizeof(wire);

	if (length <= sizeof(wire) || text > FAILURE_TEXT_MAX || body[length - 1] != '\0' ||
	    memchr(body + sizeof(wire), '\0', text - 1) != NULL)
		return -EPROTO;
	memcpy(&wire, body, sizeof(wire));
	if (wire.error <= 0 || wire.reason < FAILURE_FILE || wire.reason > FAILURE_RANGE ||
	    wire.reserved != 0)
		return -EPROTO;
	reply->body.failure.error = wire.error;
	reply->body.failure.reason = (enum failure_reason)wire.reason;
	reply->body.failure.retry_ms = wire.retry_ms;
	memcpy(reply->body.failure.text, body + sizeof(wire), text);
	return 0;
}

/* Returns the string at *at, shorter than PATH_MAX, and advances *at; NULL: invalid. */
static const char *decode_string(const uint8_t *body, size_t length, size_t *at)
{
	const char *string = (const char *)body + *at;
	size_t bytes = strnlen(string, length - *at);

	if (bytes == length - *at || bytes >= PATH_MAX)
		return NULL;
	*at += bytes + 1;
	return string;
}

static int decode_entry(const uint8_t *body, size_t length, struct reply *reply)
{
	size_t at = sizeof(reply->body.entry.wire);

	if (length < at)
		return -EPROTO;
	memcpy(&reply->body.entry.wire, body, at);
	if (reply->body.entry.wire.stamp.size > INT64_MAX ||
	    reply->offset > reply->body.entry.wire.stamp.size)
		return -EPROTO;
	reply->body.entry.name = "";
	reply->body.entry.link = "";
	if (length == at)
		return 0;
	reply->body.entry.name = decode_string(body, length, &at);
	if (reply->body.entry.name == NULL)
		return -EPROTO;
	reply->body.entry.link = decode_string(body, length, &at);
	return reply->body.entry.link != NULL && at == length ? 0 : -EPROTO;
}

static int decode_data(const uint8_t *body, size_t length, struct reply *reply)
{
	if (length == 0 || reply->offset > (uint64_t)INT64_MAX - length)
		return -EPROTO;
	reply->body.data.bytes = reply->slot == 0 ? body : NULL;
	reply->body.data.length = length;
	return 0;
}

static int decode_end(const uint8_t *body, size_t length, struct reply *reply)
{
	struct end_wire *wire = &reply->body.end.wire;
	struct digest *digest = &reply->body.end.digest;

	if (length < sizeof(*wire))
		return -EPROTO;
	memcpy(wire, body, sizeof(*wire));
	digest->length = length - sizeof(*wire);
	if (wire->offset > INT64_MAX ||
	    (digest->length != 0 && digest->length != DIGEST_XXH3_BYTES &&
	     digest->length != DIGEST_SHA256_BYTES))
		return -EPROTO;
	memcpy(digest->bytes, body + sizeof(*wire), digest->length);
	return 0;
}

static int decode_body(const uint8_t *body, size_t length, struct reply *reply)
{
	switch (reply->type) {
	case MESSAGE_FAILURE:
		return decode_failure(body, length, reply);
	case MESSAGE_DATA:
	case MESSAGE_PACK:
		return decode_data(body, length, reply);
	case MESSAGE_ENTRY:
		return decode_entry(body, length, reply);
	case MESSAGE_END:
		return decode_end(body, length, reply);
	default:
		return -EPROTO;
	}
}

static int decode_head(const struct reply_wire *head, struct reply *reply)
{
	bool bulk = head->type == MESSAGE_DATA || head->type == MESSAGE_PACK;
	bool placed = head->type == MESSAGE_DATA || head->type == MESSAGE_ENTRY;

	if (head->type < MESSAGE_FAILURE || head->type > MESSAGE_PACK)
		return -EPROTO;
	if ((!bulk && head->slot != 0) || (!placed && head->offset != 0))
		return -EPROTO;
	/* Leaves the body unset: clearing it for each reply costs more than decoding it. */
	reply->type = (enum message_type)head->type;
	reply->serial = head->serial;
	reply->entry = head->entry;
	reply->offset = head->offset;
	reply->slot = head->slot;
	return 0;
}

int reply_decode(long type, const uint8_t *text, size_t length, struct reply *reply)
{
	struct reply_wire head;

	if (length < sizeof(head) || length > PROTOCOL_MESSAGE_MAX)
		return -EPROTO;
	memcpy(&head, text, sizeof(head));
	if (head.type != type || decode_head(&head, reply) != 0)
		return -EPROTO;
	if (length - sizeof(head) != (head.slot == 0 ? head.length : 0))
		return -EPROTO;
	return decode_body(text + sizeof(head), head.length, reply);
}

int reply_unpack(const uint8_t *bytes, size_t length, size_t *at, uint8_t *scratch,
		 struct reply *reply)
{
	const uint8_t *body = bytes + *at + sizeof(struct reply_wire);
	size_t left = length - *at;
	struct reply_wire head;

	if (left == 0)
		return 0;
	if (left < sizeof(head))
		return -EPROTO;
	memcpy(&head, bytes + *at, sizeof(head));
	left -= sizeof(head);
	if (head.slot != 0 || head.type == MESSAGE_PACK || head.length > left ||
	    decode_head(&head, reply) != 0)
		return -EPROTO;
	if (head.type != MESSAGE_DATA) {
		if (head.length > REPLY_SCRATCH)
			return -EPROTO;
		memcpy(scratch, body, head.length);
		body = scratch;
	}
	if (decode_body(body, head.length, reply) != 0)
		return -EPROTO;
	*at += sizeof(head) + head.length;
	/* The last reply may lack padding. */
	*at = REPLY_PADDED(*at) < length ? REPLY_PADDED(*at) : length;
	return 1;
}
