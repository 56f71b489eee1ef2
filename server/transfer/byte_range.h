/* SPDX-License-Identifier: ISC */
/*
 * byte range: which bytes of a file a request wants.
 *
 * Owns the arithmetic of RESUME, RANGE and TAIL.  No system call.
 */
#ifndef MSGFETCH_SERVER_TRANSFER_BYTE_RANGE_H
#define MSGFETCH_SERVER_TRANSFER_BYTE_RANGE_H

#include "common/protocol.h"

struct byte_range {
	uint64_t from;
	uint64_t to; /* one past the last byte */
};

/*
 * The bytes that request, which was validated, wants of its path number path, a file of
 * size bytes; a RESUME's stamp was found to be the file's.  False: the range begins
 * behind the last byte.  That of an empty file which begins at 0 is empty.
 */
bool byte_range_of_request(const struct request *request, uint32_t path, uint64_t size,
			   struct byte_range *range);

#endif
