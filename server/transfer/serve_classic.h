/* SPDX-License-Identifier: ISC */
/*
 * serve_classic: one file, in the words of the classic servers: raw DATA, an empty
 * END, or a FAILURE that is a text.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_SERVE_CLASSIC_H
#define MSGFETCH_SERVER_TRANSFER_SERVE_CLASSIC_H

#include "server/access/exports.h"
#include "server/request/job.h"
#include "server/transfer/outbox.h"

/* Serves the one path of job.  Returns 0, failures sent included, or what outbox_send() says.
 */
int serve_classic(const struct job *job, const struct exports *exports, struct outbox *outbox);

#endif
