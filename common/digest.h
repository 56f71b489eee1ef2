/* SPDX-License-Identifier: ISC */
/*
 * digest: computes the digests that an END can carry, incrementally.
 *
 * Must not know files.
 */
#ifndef MSGFETCH_COMMON_DIGEST_H
#define MSGFETCH_COMMON_DIGEST_H

#include "common/protocol.h"

struct digester;

/*
 * Prepares for the digest of a request's flag, REQUEST_XXH3 or REQUEST_SHA256.  Returns NULL
 * if out of memory.  digester_close() frees the result.
 */
struct digester *digester_open(uint32_t flags);
void digester_close(struct digester *digester); /* does nothing for NULL */

/* Starts a new digest. */
void digester_begin(struct digester *digester);

/* Adds bytes, or length zeros. */
void digester_add(struct digester *digester, const void *bytes, size_t length);
void digester_add_zeros(struct digester *digester, uint64_t length);

/* Returns the digest.  Only digester_begin() or digester_close() may follow. */
struct digest digester_end(struct digester *digester);

#endif
