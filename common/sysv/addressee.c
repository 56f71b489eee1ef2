/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/addressee.h"

#include "common/sysv/seal.h"

#include <errno.h>

int addressee_check(const struct listener *listener, const struct request *request,
		    uid_t creator)
{
	struct seal_wire seal;
	int error = seal_read(request->seal, creator, &seal);

	if (error == -ENOMEM)
		return -ENOBUFS;
	if (error != 0 || seal.magic != PROTOCOL_SEAL_MAGIC || seal.queue != request->queue ||
	    !listener_was(listener, seal.request_queue, seal.changed))
		return -EKEYREJECTED;
	return 0;
}
