/* SPDX-License-Identifier: ISC */
/*
 * survey: what there is to say of the daemon at this moment.
 *
 * Owns the way from the daemon's tables to the text of its status.  Runs in a worker, whose
 * copy of the daemon is of one moment, that of the fork; only the other workers' slates go
 * on changing.
 */
#ifndef MSGFETCH_SERVER_SURVEY_H
#define MSGFETCH_SERVER_SURVEY_H

#include <stddef.h>

/*
 * daemon: a struct daemon.  Returns the status as text, to be freed by the caller, and its
 * length, or NULL: out of memory.
 */
char *survey(const void *daemon, size_t *length);

#endif
