/* SPDX-License-Identifier: ISC */
/*
 * prefix: the digest of what a client has of a file already.
 *
 * Owns reading bytes that are not sent, with an eye on the client meanwhile.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_PREFIX_H
#define MSGFETCH_SERVER_TRANSFER_PREFIX_H

#include "common/digest.h"
#include "server/transfer/outbox.h"

/*
 * So many bytes may go into a digest without anything being sent: that may take a second
 * or two, and somebody waits.
 */
#define PREFIX_SILENT_BYTES (256u << 20)

/*
 * Adds the first length bytes of the file open at fd.  sparse: it may have holes.  Returns
 * 1; 0 where the file ends before, or cannot be read (*read_error: the errno); or a
 * negative errno of outbox_look().
 */
int prefix_add(struct digester *digester, struct outbox *outbox, int fd, bool sparse,
	       uint64_t length, int *read_error);

#endif
