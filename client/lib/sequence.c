/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/sequence.h"

#include "client/lib/name.h"

#include <string.h>
#include <sys/stat.h>

static const struct stamp no_stamp; /* of a text, which is no file */

/* Returns true for a PING or STATUS, answered by bytes without an entry. */
static bool is_text(const struct sequence *sequence)
{
	return sequence->operation == OPERATION_PING || sequence->operation == OPERATION_STATUS;
}

static bool has(const struct sequence *sequence, uint32_t flags)
{
	return (sequence->flags & flags) != 0;
}

static size_t digest_length(const struct sequence *sequence)
{
	if (has(sequence, REQUEST_XXH3))
		return DIGEST_XXH3_BYTES;
	return has(sequence, REQUEST_SHA256) ? DIGEST_SHA256_BYTES : 0;
}

bool sequence_resumed(const struct sequence *sequence)
{
	return has(sequence, REQUEST_RESUME);
}

uint64_t sequence_bytes_again(const struct sequence *sequence)
{
	return sequence_resumed(sequence) && digest_length(sequence) > 0 ? sequence->offset : 0;
}

void sequence_open(struct sequence *sequence, const struct request *request)
{
	*sequence = (struct sequence){
		.operation = request->operation,
		.flags = request->flags,
		.serial = request->serial,
		.path_count = request->path_count,
		.offset = request->offset,
		.length = request->length,
		.stamp = request->stamp,
	};
	sequence->file_open = is_text(sequence);
}

/* Returns true if the request covers an entry with this name beneath a directory. */
static bool contents_wanted(const struct sequence *sequence, const char *name)
{
	if (has(sequence, REQUEST_RECURSE))
		return true;
	return has(sequence, REQUEST_CHILDREN) && strchr(name, '/') == NULL;
}

static bool follows(const struct sequence *sequence)
{
	return has(sequence, REQUEST_FOLLOW);
}

/* Checks the place of an ENTRY: each path starts with the name "", then names beneath. */
static bool entry_in_place(const struct sequence *sequence, const struct reply *reply)
{
	uint32_t path = reply->body.entry.wire.path;
	const char *name = reply->body.entry.name;

	if (reply->entry != sequence->entries || path >= sequence->path_count)
		return false;
	if (follows(sequence))
		return name[0] == '\0' && (reply->body.entry.wire.mode == 0 ||
					   S_ISREG(reply->body.entry.wire.mode));
	/* A directory is announced again to fail if it cannot be read to its end. */
	if (name[0] == '\0' && sequence->in_directory && path == sequence->path)
		return reply->body.entry.wire.mode == 0;
	if (name[0] == '\0')
		return path == (sequence->entries == 0 ? 0 : sequence->path + 1);
	return sequence->entries > 0 && path == sequence->path && sequence->in_directory &&
	       name_is_beneath(name) && contents_wanted(sequence, name);
}

/* Sets the first position and the limit of the current file. */
static void set_range(struct sequence *sequence)
{
	uint64_t size = sequence->stamp.size;
	uint64_t length = sequence->length;
	bool first = sequence->entries == 1;

	sequence->position = 0;
	sequence->limit = size;
	if (has(sequence, REQUEST_TAIL)) {
		sequence->position = size > length ? size - length : 0;
		return;
	}
	if (first && has(sequence, REQUEST_RANGE | REQUEST_RESUME))
		sequence->position = sequence->offset;
	if (has(sequence, REQUEST_RANGE) && length > 0 && sequence->position < size &&
	    length < size - sequence->position)
		sequence->limit = sequence->position + length;
}

static bool same_file(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Starts a file of a FOLLOW.  The first one after a RESUME can be the known file. */
static enum sequence_step accept_followed(struct sequence *sequence, const struct reply *reply)
{
	const struct stamp *stamp = &reply->body.entry.wire.stamp;
	bool known = sequence_resumed(sequence) && !sequence->file_seen &&
		     same_file(&sequence->stamp, stamp) && reply->offset == sequence->offset;

	sequence->file_open = true;
	sequence->file_seen = true;
	sequence->stamp = *stamp;
	sequence->position = reply->offset;
	sequence->limit = INT64_MAX;
	return known ? SEQUENCE_RESUMED : SEQUENCE_BEGIN;
}

static enum sequence_step accept_file(struct sequence *sequence, const struct stamp *stamp)
{
	bool resumed = sequence_resumed(sequence) && sequence->entries == 1;

	if (resumed && !stamp_equal(&sequence->stamp, stamp))
		return SEQUENCE_VIOLATION;
	sequence->file_open = true;
	sequence->stamp = *stamp;
	set_range(sequence);
	return resumed ? SEQUENCE_RESUMED : SEQUENCE_BEGIN;
}

static enum sequence_step accept_entry(struct sequence *sequence, const struct reply *reply)
{
	const struct entry_wire *wire = &reply->body.entry.wire;

	if (is_text(sequence) || sequence->file_open || sequence->failure_due ||
	    !entry_in_place(sequence, reply) || (!follows(sequence) && reply->offset != 0))
		return SEQUENCE_VIOLATION;
	sequence->failure_due = wire->mode == 0;
	sequence->entries++;
	sequence->path = wire->path;
	if (reply->body.entry.name[0] == '\0')
		sequence->in_directory = S_ISDIR(wire->mode);
	if (sequence->operation == OPERATION_LIST)
		return SEQUENCE_BEGIN;
	if (sequence->in_directory && !has(sequence, REQUEST_RECURSE))
		return SEQUENCE_VIOLATION;
	if (S_ISREG(wire->mode) && follows(sequence))
		return accept_followed(sequence, reply);
	if (S_ISREG(wire->mode))
		return accept_file(sequence, &wire->stamp);
	if (!sequence_resumed(sequence) || sequence->entries > 1)
		return SEQUENCE_BEGIN;
	return wire->mode == 0 ? SEQUENCE_RESUMED /* a FAILURE follows */ : SEQUENCE_VIOLATION;
}

static bool is_of_open_file(const struct sequence *sequence, const struct reply *reply)
{
	return sequence->file_open &&
	       reply->entry == (is_text(sequence) ? 0 : sequence->entries - 1);
}

static enum sequence_step accept_data(struct sequence *sequence, const struct reply *reply)
{
	uint64_t end = reply->offset + reply->body.data.length;

	if (!is_of_open_file(sequence, reply) || reply->offset < sequence->position)
		return SEQUENCE_VIOLATION;
	if (is_text(sequence) || follows(sequence) ? reply->offset != sequence->position
						   : end > sequence->limit)
		return SEQUENCE_VIOLATION;
	sequence->position = end;
	return SEQUENCE_BYTES;
}

static enum sequence_step accept_over(struct sequence *sequence, const struct end_wire *end)
{
	sequence->over = true;
	return !sequence->file_open && !sequence->failure_due && sequence->entries > 0 &&
			       end->offset == sequence->entries &&
			       sequence->path + 1 == sequence->path_count
		       ? SEQUENCE_OVER
		       : SEQUENCE_VIOLATION;
}

static enum sequence_step accept_text_end(struct sequence *sequence, const struct end_wire *end)
{
	sequence->over = true;
	return end->offset == sequence->position && stamp_equal(&end->stamp, &no_stamp)
		       ? SEQUENCE_END
		       : SEQUENCE_VIOLATION;
}

static bool has_grown(const struct stamp *begin, const struct stamp *end)
{
	return end->device == begin->device && end->inode == begin->inode &&
	       end->size > begin->size;
}

static enum sequence_step accept_end(struct sequence *sequence, const struct reply *reply)
{
	const struct end_wire *end = &reply->body.end.wire;
	bool whole = !is_text(sequence) && reply->entry == ENTRY_WHOLE;

	if (reply->body.end.digest.length != (whole ? 0 : digest_length(sequence)))
		return SEQUENCE_VIOLATION;
	if (whole)
		return accept_over(sequence, end);
	if (!is_of_open_file(sequence, reply) || end->offset < sequence->position)
		return SEQUENCE_VIOLATION;
	sequence->file_open = false;
	if (is_text(sequence))
		return accept_text_end(sequence, end);
	if (follows(sequence))
		return end->offset == sequence->position ? SEQUENCE_END : SEQUENCE_VIOLATION;
	if (end->offset != sequence->limit)
		return SEQUENCE_CUT;
	if (stamp_equal(&sequence->stamp, &end->stamp))
		return SEQUENCE_END;
	return has_grown(&sequence->stamp, &end->stamp) ? SEQUENCE_GREW : SEQUENCE_CHANGED;
}

static enum sequence_step accept_failure(struct sequence *sequence, const struct reply *reply)
{
	if (reply->entry == ENTRY_WHOLE) {
		sequence->over = true;
		return SEQUENCE_WHOLE;
	}
	if (is_text(sequence) || sequence->entries == 0 ||
	    reply->entry != sequence->entries - 1)
		return SEQUENCE_VIOLATION;
	sequence->file_open = false;
	sequence->failure_due = false;
	return SEQUENCE_FAILED;
}

enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply)
{
	if (reply->serial != sequence->serial || sequence->over)
		return SEQUENCE_VIOLATION;
	switch (reply->type) {
	case MESSAGE_FAILURE:
		return accept_failure(sequence, reply);
	case MESSAGE_ENTRY:
		return accept_entry(sequence, reply);
	case MESSAGE_DATA:
		return accept_data(sequence, reply);
	case MESSAGE_END:
		return accept_end(sequence, reply);
	default:
		return SEQUENCE_VIOLATION;
	}
}
