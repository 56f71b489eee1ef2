/* SPDX-License-Identifier: ISC */
/*
 * junk: how often to speak of messages that are no requests.
 *
 * Owns the counts: one line a sender and second, however many messages came; and what can
 * be wrong with one.  Must not log, nor find out who the sender is.  No system call.
 */
#ifndef MSGFETCH_SERVER_REQUEST_JUNK_H
#define MSGFETCH_SERVER_REQUEST_JUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define JUNK_SENDERS 16 /* more at once share the one that has been quiet longest */
#define JUNK_WINDOW_MS 1000u

/* Senders are looked up no more often than this: what comes in between is taken for theirs. */
#define JUNK_LOOK_MS 5u

#define JUNK_UID_UNKNOWN ((uid_t)-1)

/* What can be wrong with a message, and whatever else it is, last. */
#define JUNK_REASONS 11u

struct junk_reason {
	int error;        /* how it is said in the code: a negative errno */
	const char *name; /* in the status: stable, lower case with dashes */
	const char *text; /* for people */
};

/* Of these, 0 to JUNK_REASONS - 1. */
const struct junk_reason *junk_reason(unsigned index);

/* Which of them a negative errno is. */
unsigned junk_reason_of(int error);

struct junk_sender {
	uid_t uid;
	pid_t pid;      /* the last one seen */
	uint64_t since; /* when the window began, in ms */
	unsigned held;  /* messages since the last line */
	int error;      /* what was wrong with the last one: a negative errno */
	bool used;
};

struct junk {
	struct junk_sender senders[JUNK_SENDERS];
	uint64_t looked_at; /* ms: when the sender was looked up, who was: */
	uid_t uid;
	pid_t pid;
};

/*
 * Counts one message from uid and pid.  Returns true if it is to be spoken of
 * now; otherwise it is held back for junk_due().  now: ms.
 */
bool junk_note(struct junk *junk, uid_t uid, pid_t pid, int error, uint64_t now);

/*
 * Takes a sender whose window is over and who has messages held back into
 * *sender, and starts a new window.  Returns false when there is none.
 */
bool junk_due(struct junk *junk, uint64_t now, struct junk_sender *sender);

/* True while messages are held back, so that somebody has to come back for them. */
bool junk_held(const struct junk *junk);

#endif
