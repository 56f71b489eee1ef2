/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/sequence.h"

#include "client/lib/name.h"

#include <sys/stat.h>

static const struct stamp no_stamp; /* a PING's: there is no file */

void sequence_ping(struct sequence *sequence, uint32_t serial)
{
	*sequence = (struct sequence){.ping = true, .serial = serial, .file_open = true};
}

void sequence_list(struct sequence *sequence, uint32_t serial, uint32_t path_count,
		   bool recurse)
{
	*sequence = (struct sequence){
		.serial = serial, .path_count = path_count, .recurse = recurse};
}

void sequence_resume(struct sequence *sequence, const struct stamp *stamp, uint64_t position)
{
	sequence->resumed = true;
	sequence->stamp = *stamp;
	sequence->position = position;
}

/* Each path begins with the entry of the name ""; what follows is beneath it. */
static bool entry_in_place(const struct sequence *sequence, const struct reply *reply)
{
	uint32_t path = reply->body.entry.wire.path;
	const char *name = reply->body.entry.name;

	if (reply->entry != sequence->entries || path >= sequence->path_count)
		return false;
	/* A directory that cannot be read to its end is announced once more, and fails. */
	if (name[0] == '\0' && sequence->in_directory && path == sequence->path)
		return reply->body.entry.wire.mode == 0;
	if (name[0] == '\0')
		return path == (sequence->entries == 0 ? 0 : sequence->path + 1);
	return sequence->entries > 0 && path == sequence->path && sequence->in_directory &&
	       name_is_beneath(name);
}

static enum sequence_step accept_entry(struct sequence *sequence, const struct reply *reply)
{
	const struct entry_wire *wire = &reply->body.entry.wire;
	bool file = S_ISREG(wire->mode);

	if (sequence->ping || sequence->file_open || !entry_in_place(sequence, reply))
		return SEQUENCE_VIOLATION;
	sequence->entries++;
	sequence->path = wire->path;
	if (reply->body.entry.name[0] == '\0')
		sequence->in_directory = S_ISDIR(wire->mode);
	if (sequence->in_directory && !sequence->recurse)
		return SEQUENCE_VIOLATION;
	sequence->file_open = file;
	if (sequence->resumed && sequence->entries == 1) {
		if (wire->mode == 0) /* a FAILURE follows */
			return SEQUENCE_GO_ON;
		return file && stamp_equal(&sequence->stamp, &wire->stamp) ? SEQUENCE_GO_ON
									   : SEQUENCE_VIOLATION;
	}
	if (file) {
		sequence->stamp = wire->stamp;
		sequence->position = 0;
	}
	return SEQUENCE_BEGIN;
}

static bool is_of_open_file(const struct sequence *sequence, const struct reply *reply)
{
	return sequence->file_open &&
	       reply->entry == (sequence->ping ? 0 : sequence->entries - 1);
}

static enum sequence_step accept_data(struct sequence *sequence, const struct reply *reply)
{
	uint64_t end = reply->offset + reply->body.data.length;

	if (!is_of_open_file(sequence, reply) || reply->offset < sequence->position)
		return SEQUENCE_VIOLATION;
	if (sequence->ping ? reply->offset != sequence->position : end > sequence->stamp.size)
		return SEQUENCE_VIOLATION;
	sequence->position = end;
	return SEQUENCE_BYTES;
}

static enum sequence_step accept_end(struct sequence *sequence, const struct reply *reply)
{
	const struct end_wire *end = &reply->body.end.wire;

	if (reply->body.end.digest.length != 0) /* none was asked for */
		return SEQUENCE_VIOLATION;
	if (!sequence->ping && reply->entry == ENTRY_WHOLE) {
		sequence->over = true;
		return !sequence->file_open && sequence->entries > 0 &&
				       end->offset == sequence->entries &&
				       sequence->path + 1 == sequence->path_count
			       ? SEQUENCE_OVER
			       : SEQUENCE_VIOLATION;
	}
	if (!is_of_open_file(sequence, reply) || end->offset < sequence->position)
		return SEQUENCE_VIOLATION;
	sequence->file_open = false;
	if (sequence->ping) {
		sequence->over = true;
		return end->offset == sequence->position && stamp_equal(&end->stamp, &no_stamp)
			       ? SEQUENCE_END
			       : SEQUENCE_VIOLATION;
	}
	if (end->offset != sequence->stamp.size)
		return SEQUENCE_CUT;
	return stamp_equal(&sequence->stamp, &end->stamp) ? SEQUENCE_END : SEQUENCE_CHANGED;
}

static enum sequence_step accept_failure(struct sequence *sequence, const struct reply *reply)
{
	if (reply->entry == ENTRY_WHOLE) {
		sequence->over = true;
		return SEQUENCE_WHOLE;
	}
	if (sequence->ping || sequence->entries == 0 || reply->entry != sequence->entries - 1)
		return SEQUENCE_VIOLATION;
	sequence->file_open = false;
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
