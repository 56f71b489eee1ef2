/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/tally.h"

#include <errno.h>

enum tally_failure tally_kind(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return TALLY_NOT_FOUND;
	case EACCES:
	case EPERM:
		return TALLY_NOT_PERMITTED;
	case EISDIR:
	case ENXIO:
		return TALLY_NOT_A_FILE;
	case EXDEV:
	case ELOOP:
		return TALLY_OUTSIDE;
	case ESTALE:
		return TALLY_CHANGED;
	case ERANGE:
		return TALLY_RANGE;
	case EIO:
		return TALLY_IO;
	case EAGAIN:
		return TALLY_BUSY;
	default:
		return TALLY_OTHER;
	}
}

const char *tally_kind_name(enum tally_failure kind)
{
	static const char *const names[TALLY_FAILURES] = {
		[TALLY_NOT_FOUND] = "not-found",   [TALLY_NOT_PERMITTED] = "not-permitted",
		[TALLY_NOT_A_FILE] = "not-a-file", [TALLY_OUTSIDE] = "outside",
		[TALLY_CHANGED] = "changed",       [TALLY_RANGE] = "range",
		[TALLY_IO] = "input-output",       [TALLY_BUSY] = "busy",
		[TALLY_OTHER] = "other",
	};

	return names[kind];
}

void tally_fail(struct tally *tally, int error)
{
	_Atomic uint32_t *counter = &tally->failures[tally_kind(error)];
	uint32_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + 1, memory_order_relaxed);
	atomic_store_explicit(&tally->error, error, memory_order_relaxed);
}

uint64_t tally_failures(const struct tally *tally)
{
	uint64_t sum = 0;

	for (unsigned kind = 0; kind < TALLY_FAILURES; kind++)
		sum += atomic_load_explicit(&tally->failures[kind], memory_order_relaxed);
	return sum;
}
