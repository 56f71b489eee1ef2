/* SPDX-License-Identifier: ISC */
/*
 * digest: the digests that END can carry.
 *
 * Owns how they are computed, piece by piece.  Must not know files.
 */
#ifndef MSGFETCH_COMMON_DIGEST_H
#define MSGFETCH_COMMON_DIGEST_H

#include "common/protocol.h"

struct digester;

/*
 * Prepares for the digest that one of a request's flags asks for: REQUEST_XXH3 or
 * REQUEST_SHA256.  Returns NULL where there is no memory.  digester_close() frees it.
 */
struct digester *digester_open(uint32_t flags);
void digester_close(struct digester *digester); /* NULL: nothing */

/* Forgets all that was added: a file begins. */
void digester_begin(struct digester *digester);

/* The file goes on with these bytes, or with so many zeros. */
void digester_add(struct digester *digester, const void *bytes, size_t length);
void digester_add_zeros(struct digester *digester, uint64_t length);

/* The digest of all that was added.  Nothing but digester_begin() may follow. */
struct digest digester_end(struct digester *digester);

#endif
