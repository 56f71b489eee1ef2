/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/counters.h"

#include <errno.h>

enum entry_failure entry_failure_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return ENTRY_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ENTRY_NOT_PERMITTED;
	case EISDIR:
	case ENXIO:
		return ENTRY_NOT_A_FILE;
	case EXDEV:
	case ELOOP:
		return ENTRY_OUTSIDE;
	case ESTALE:
		return ENTRY_CHANGED;
	case ERANGE:
		return ENTRY_RANGE;
	case EIO:
		return ENTRY_IO;
	case EAGAIN:
		return ENTRY_BUSY;
	default:
		return ENTRY_OTHER;
	}
}

const char *entry_failure_name(enum entry_failure kind)
{
	static const char *const names[ENTRY_FAILURES] = {
		[ENTRY_NOT_FOUND] = "not-found",   [ENTRY_NOT_PERMITTED] = "not-permitted",
		[ENTRY_NOT_A_FILE] = "not-a-file", [ENTRY_OUTSIDE] = "outside",
		[ENTRY_CHANGED] = "changed",       [ENTRY_RANGE] = "range",
		[ENTRY_IO] = "input-output",       [ENTRY_BUSY] = "busy",
		[ENTRY_OTHER] = "other",
	};

	return names[kind];
}

void counters_fail(struct counters *counters, int error)
{
	_Atomic uint32_t *counter = &counters->failures[entry_failure_of_errno(error)];
	uint32_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + 1, memory_order_relaxed);
	atomic_store_explicit(&counters->error, error, memory_order_relaxed);
}

uint64_t counters_failures(const struct counters *counters)
{
	uint64_t sum = 0;

	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++)
		sum += atomic_load_explicit(&counters->failures[kind], memory_order_relaxed);
	return sum;
}
