/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/sequence.h"

#include <string.h>

void sequence_init(struct sequence *sequence, bool ping)
{
	*sequence = (struct sequence){.ping = ping};
}

void sequence_ask(struct sequence *sequence, uint32_t serial)
{
	sequence->serial = serial;
	sequence->resumed = sequence->known;
	sequence->place = sequence->ping ? SEQUENCE_IN_BODY : SEQUENCE_AWAITS_ENTRY;
	if (sequence->ping)
		sequence->position = 0;
}

void sequence_start_over(struct sequence *sequence)
{
	sequence->known = false;
	sequence->position = 0;
	memset(&sequence->stamp, 0, sizeof(sequence->stamp));
}

static enum sequence_step accept_entry(struct sequence *sequence,
				       const struct entry_wire *entry)
{
	if (sequence->place != SEQUENCE_AWAITS_ENTRY)
		return SEQUENCE_VIOLATION;
	if (sequence->resumed && !stamp_equal(&sequence->stamp, &entry->stamp))
		return SEQUENCE_VIOLATION;
	sequence->place = SEQUENCE_IN_BODY;
	sequence->known = true;
	sequence->stamp = entry->stamp;
	return sequence->resumed ? SEQUENCE_GO_ON : SEQUENCE_BEGIN;
}

static enum sequence_step accept_data(struct sequence *sequence, uint64_t offset, size_t length)
{
	if (sequence->place != SEQUENCE_IN_BODY || offset < sequence->position)
		return SEQUENCE_VIOLATION;
	if (sequence->ping && offset != sequence->position)
		return SEQUENCE_VIOLATION;
	if (!sequence->ping && offset + length > sequence->stamp.size)
		return SEQUENCE_CUT;
	sequence->position = offset + length;
	return SEQUENCE_BYTES;
}

static enum sequence_step accept_end(struct sequence *sequence, const struct end_wire *end)
{
	if (sequence->place != SEQUENCE_IN_BODY || end->offset < sequence->position)
		return SEQUENCE_VIOLATION;
	if (sequence->ping && end->offset != sequence->position)
		return SEQUENCE_VIOLATION;
	sequence->place = SEQUENCE_OVER;
	if (!sequence->ping && end->offset != sequence->stamp.size)
		return SEQUENCE_CUT;
	return stamp_equal(&sequence->stamp, &end->stamp) ? SEQUENCE_END : SEQUENCE_CHANGED;
}

enum sequence_step sequence_accept(struct sequence *sequence, const struct reply *reply)
{
	if (reply->serial != sequence->serial || sequence->place == SEQUENCE_OVER)
		return SEQUENCE_VIOLATION;
	if (reply->type == MESSAGE_FAILURE && reply->entry == ENTRY_WHOLE)
		return SEQUENCE_FAILED;
	if (reply->entry != 0)
		return SEQUENCE_VIOLATION;
	switch (reply->type) {
	case MESSAGE_FAILURE:
		return SEQUENCE_FAILED;
	case MESSAGE_ENTRY:
		return accept_entry(sequence, &reply->body.entry);
	case MESSAGE_DATA:
		return accept_data(sequence, reply->offset, reply->body.data.length);
	case MESSAGE_END:
		return accept_end(sequence, &reply->body.end);
	default:
		return SEQUENCE_VIOLATION;
	}
}

bool sequence_is_answer(enum sequence_step step)
{
	return step == SEQUENCE_BEGIN || step == SEQUENCE_GO_ON || step == SEQUENCE_BYTES ||
	       step == SEQUENCE_END;
}
