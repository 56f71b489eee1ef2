/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/junk.h"

#include <errno.h>

static const struct junk_reason reasons[JUNK_REASONS] = {
	{-EBADMSG, "not-a-request", "not a request"},
	{-EMSGSIZE, "too-long", "too long"},
	{-EPROTONOSUPPORT, "other-version", "another version of the protocol"},
	{-EOPNOTSUPP, "unknown-operation", "an operation or flag that is not known"},
	{-EINVAL, "contradiction", "contradicts itself"},
	{-ENAMETOOLONG, "path-too-long", "a path that is too long"},
	{-EIDRM, "no-queue", "names a queue that does not exist"},
	{-EACCES, "foreign-queue", "names a queue that this daemon may not answer into"},
	{-ENOMSG, "no-ticket", "no ticket in the queue it names"},
	{-EPERM, "wrong-ticket", "a ticket that is not in the queue it names"},
	{0, "other", "cannot be looked at"},
};

const struct junk_reason *junk_reason(unsigned index)
{
	return &reasons[index];
}

unsigned junk_reason_of(int error)
{
	unsigned index = 0;

	while (index < JUNK_REASONS - 1 && reasons[index].error != error)
		index++;
	return index;
}

/* The sender's place: their own, a free one, or that of whoever began longest ago. */
static struct junk_sender *place_of(struct junk *junk, uid_t uid)
{
	struct junk_sender *place = &junk->senders[0];

	for (size_t i = 0; i < JUNK_SENDERS; i++) {
		struct junk_sender *sender = &junk->senders[i];

		if (sender->used && sender->uid == uid)
			return sender;
		if (!sender->used) {
			place = sender;
			continue;
		}
		if (place->used && sender->since < place->since)
			place = sender;
	}
	return place;
}

bool junk_note(struct junk *junk, uid_t uid, pid_t pid, int error, uint64_t now)
{
	struct junk_sender *sender = place_of(junk, uid);
	bool known = sender->used && sender->uid == uid;

	if (known && now - sender->since < JUNK_WINDOW_MS) {
		sender->held++;
		sender->pid = pid;
		sender->error = error;
		return false;
	}
	*sender = (struct junk_sender){
		.uid = uid, .pid = pid, .since = now, .error = error, .used = true};
	return true;
}

bool junk_due(struct junk *junk, uint64_t now, struct junk_sender *due)
{
	for (size_t i = 0; i < JUNK_SENDERS; i++) {
		struct junk_sender *sender = &junk->senders[i];

		if (sender->held == 0 || now - sender->since < JUNK_WINDOW_MS)
			continue;
		*due = *sender;
		sender->held = 0;
		sender->since = now;
		return true;
	}
	return false;
}

bool junk_held(const struct junk *junk)
{
	for (size_t i = 0; i < JUNK_SENDERS; i++)
		if (junk->senders[i].held > 0)
			return true;
	return false;
}
