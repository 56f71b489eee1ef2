/* SPDX-License-Identifier: ISC */
/*
 * trust: who may hold the key.
 *
 * Owns that decision and the look-up of the service user.  Must not know queues.
 */
#ifndef MSGFETCH_LIB_TRUST_H
#define MSGFETCH_LIB_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#define TRUST_USUAL_USER "msgfetchd"

struct trust {
	const char *user; /* the service user, a name or a uid; NULL: none; not owned */
	bool looked_up;
	bool known; /* uid is valid */
	uid_t uid;
};

/* Pure: root, oneself and the service user, where there is one, are trusted. */
bool trust_decide(uid_t holder, uid_t self, const uid_t *service);

/*
 * The uid that user stands for: digits are a uid, all else a name.  Returns 0,
 * -ENOENT: no such user; -ERANGE: no uid; or why the user database cannot be read.
 */
int trust_lookup(const char *user, uid_t *uid);

/*
 * True if holder may hold the key.  The user database is asked only if holder is
 * neither root nor oneself, and only once: loading its modules costs more than a fetch.
 */
bool trust_holder(struct trust *trust, uid_t holder);

#endif
