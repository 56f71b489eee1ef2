/* SPDX-License-Identifier: ISC */
/*
 * verify: the digest of a file as it arrives, over all tries, to hold against the daemon's.
 *
 * Must not know messages.  Where no digest is wanted, .digester is NULL and nothing is done.
 */
#ifndef MSGFETCH_LIB_VERIFY_H
#define MSGFETCH_LIB_VERIFY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/msgfetch.h"
#include "common/digest.h"

struct verify {
	struct digester *digester; /* owned */
	const atomic_int *stop;    /* set: what takes long ends early, and means nothing */
	uint64_t position;         /* the bytes that were added */
	struct digest digest;      /* of the last file, once it ended */
};

/* flag: REQUEST_XXH3, REQUEST_SHA256 or 0.  Returns 0 or -ENOMEM.  verify_close() frees. */
int verify_open(struct verify *verify, uint32_t flag, const atomic_int *stop);
void verify_close(struct verify *verify);

/* A file begins. */
void verify_begin(struct verify *verify);

/* What the caller has of it, up to end.  Returns 0, or what sink->read_existing() said. */
int verify_had(struct verify *verify, const struct msgfetch_sink *sink, uint64_t end);

/* It goes on with these bytes at offset; before them, from the last ones on, are zeros. */
void verify_add(struct verify *verify, const void *bytes, size_t length, uint64_t offset);

/* It ends at size.  False: the daemon has another digest. */
bool verify_end(struct verify *verify, uint64_t size, const struct digest *theirs);

#endif
