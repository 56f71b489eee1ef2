/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/byte_range.h"

bool byte_range_of_request(const struct request *request, uint32_t path, uint64_t size,
			   struct byte_range *range)
{
	bool ranged = (request->flags & REQUEST_RANGE) != 0;
	bool resume = (request->flags & REQUEST_RESUME) != 0;

	*range = (struct byte_range){.to = size};
	if (path > 0 || (!ranged && !resume))
		return true;
	range->from = request->offset;
	if ((request->flags & REQUEST_TAIL) != 0) {
		range->from = request->length < size ? size - request->length : 0;
		return true;
	}
	if (!resume && range->from > 0 && range->from >= size)
		return false;
	if (request->length > 0 && request->length < size - range->from)
		range->to = range->from + request->length;
	return true;
}
