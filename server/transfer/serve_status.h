/* SPDX-License-Identifier: ISC */
/*
 * serve_status: sends a text that is not a file's: DATA in pieces, then END.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_SERVE_STATUS_H
#define MSGFETCH_SERVER_TRANSFER_SERVE_STATUS_H

#include "server/transfer/outbox.h"

/* Sends length bytes of text.  Returns 0, or what outbox_send() says. */
int serve_status(struct outbox *outbox, const char *text, size_t length);

#endif
