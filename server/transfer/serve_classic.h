/* SPDX-License-Identifier: ISC */
/*
 * serve_classic: sends one file to a client of the classic protocol: raw DATA, an empty END,
 * or a FAILURE that is a text.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_SERVE_CLASSIC_H
#define MSGFETCH_SERVER_TRANSFER_SERVE_CLASSIC_H

#include "server/transfer/outbox.h"
#include "server/transfer/request_path.h"

/*
 * Serves path, the only one of its request, and records a failure in score.  Returns 0, also
 * after a FAILURE was sent, or a negative errno of outbox_send().
 */
int serve_classic(const struct client *client, const struct exports *exports,
		  const struct request_path *path, struct outbox *outbox, struct score *score);

#endif
