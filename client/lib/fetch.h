/* SPDX-License-Identifier: ISC */
/* fetch: runs a call: builds its requests and repeats those that may be retried. */
#ifndef MSGFETCH_LIB_FETCH_H
#define MSGFETCH_LIB_FETCH_H

#include "client/lib/call.h"

/*
 * Runs the call.  call: zero except for session, sink, and either state or text_operation.
 * Returns 0 or a negative errno, and records the outcome and a text in the session.
 */
int fetch_run(struct call *call);

#endif
