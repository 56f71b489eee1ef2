/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/span.h"

bool span_find(const struct request *request, uint32_t path, uint64_t size, struct span *span)
{
	bool range = (request->flags & REQUEST_RANGE) != 0;
	bool resume = (request->flags & REQUEST_RESUME) != 0;

	*span = (struct span){.to = size};
	if (path > 0 || (!range && !resume))
		return true;
	span->from = request->offset;
	if ((request->flags & REQUEST_TAIL) != 0) {
		span->from = request->length < size ? size - request->length : 0;
		return true;
	}
	if (!resume && span->from > 0 && span->from >= size)
		return false;
	if (request->length > 0 && request->length < size - span->from)
		span->to = span->from + request->length;
	return true;
}
