/* SPDX-License-Identifier: ISC */
/*
 * verify: computes the digest of a file as its bytes arrive, over all attempts.
 *
 * Must not know messages.  Without a digest, .digester is NULL and all functions do nothing.
 */
#ifndef MSGFETCH_LIB_VERIFY_H
#define MSGFETCH_LIB_VERIFY_H

#include "client/lib/msgfetch.h"
#include "common/digest.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verify {
	struct digester *digester; /* owned */
	const atomic_int *stop;    /* not 0: long computations end early; the digest is void */
	uint64_t position;         /* bytes digested */
	struct digest digest;      /* of the last file that ended */
};

/*
 * flag: REQUEST_XXH3, REQUEST_SHA256 or 0 for no digest.  Returns 0 or -ENOMEM.
 * verify_close() frees.
 */
int verify_open(struct verify *verify, uint32_t flag, const atomic_int *stop);
void verify_close(struct verify *verify);

/* Starts a file. */
void verify_begin(struct verify *verify);

/* Digests the bytes before end, from sink->read_existing().  Returns 0 or its error. */
int verify_read_existing(struct verify *verify, const struct msgfetch_sink *sink, uint64_t end);

/* Digests length bytes at offset, and zeros for the gap since the last bytes. */
void verify_add(struct verify *verify, const void *bytes, size_t length, uint64_t offset);

/* Ends the file at size.  Returns false if the daemon's digest, theirs, differs. */
bool verify_end(struct verify *verify, uint64_t size, const struct digest *theirs);

#endif
