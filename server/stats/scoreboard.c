/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/scoreboard.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Reserves address space only: untouched entries use no memory. */
static int map_chunk(struct score **chunk)
{
	void *memory =
		mmap(NULL, SCOREBOARD_CHUNK * sizeof(struct score), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -ENOMEM;
	*chunk = memory;
	return 0;
}

int scoreboard_grow(struct scoreboard *scoreboard, unsigned places)
{
	unsigned wanted = (places + SCOREBOARD_CHUNK - 1) / SCOREBOARD_CHUNK;
	struct score **grown;

	if (wanted <= scoreboard->count)
		return 0;
	grown = reallocarray(scoreboard->chunks, wanted, sizeof(struct score *));
	if (grown == NULL)
		return -ENOMEM;
	scoreboard->chunks = grown;
	while (scoreboard->count < wanted) {
		if (map_chunk(&grown[scoreboard->count]) != 0)
			return -ENOMEM;
		scoreboard->count++;
	}
	return 0;
}

void scoreboard_free(struct scoreboard *scoreboard)
{
	for (unsigned i = 0; i < scoreboard->count; i++)
		munmap(scoreboard->chunks[i], SCOREBOARD_CHUNK * sizeof(struct score));
	free(scoreboard->chunks);
	*scoreboard = (struct scoreboard){0};
}

struct score *scoreboard_at(const struct scoreboard *scoreboard, unsigned place)
{
	return &scoreboard->chunks[place / SCOREBOARD_CHUNK][place % SCOREBOARD_CHUNK];
}

/* Leaves the strings: nobody reads them before score_begin() has set them. */
void score_clear(struct score *score)
{
	memset(score, 0, offsetof(struct score, export));
}

void score_begin(struct score *score, const char *export, const char *path, unsigned paths)
{
	score->exported = export != NULL ? 1 : 0;
	if (export != NULL)
		strlcpy(score->export, export, sizeof(score->export));
	strlcpy(score->path, path, sizeof(score->path));
	score->paths = paths;
	atomic_store_explicit(&score->begun, 1, memory_order_release);
}

void score_end(struct score *score, enum transfer_outcome outcome)
{
	score->outcome = outcome;
	atomic_store_explicit(&score->ended, 1, memory_order_release);
}

/* Reads at most size bytes, unlike strlcpy(): the source may be unterminated. */
static void copy_string(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

void score_read(const struct score *score, struct score_view *view)
{
	const struct counters *counters = &score->counters;
	unsigned outcome, cause;

	view->bytes = atomic_load_explicit(&counters->bytes, memory_order_relaxed);
	view->delayed = atomic_load_explicit(&counters->delayed, memory_order_relaxed);
	view->error = atomic_load_explicit(&counters->error, memory_order_relaxed);
	cause = atomic_load_explicit(&counters->cause, memory_order_relaxed);
	view->cause = cause < CAUSES ? (enum failure_cause)cause : CAUSE_FILE_SYSTEM;
	view->changed = atomic_load_explicit(&counters->changed, memory_order_relaxed);
	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++)
		view->failures[kind] =
			atomic_load_explicit(&counters->failures[kind], memory_order_relaxed);
	view->ended = atomic_load_explicit(&score->ended, memory_order_acquire) != 0;
	outcome = score->outcome;
	view->outcome = view->ended && outcome < TRANSFER_KILLED
				? (enum transfer_outcome)outcome
				: TRANSFER_BROKEN;
	view->exported = false;
	view->paths = 0;
	view->export[0] = view->path[0] = '\0';
	if (atomic_load_explicit(&score->begun, memory_order_acquire) == 0)
		return;
	view->exported = score->exported != 0;
	view->paths = score->paths;
	if (view->exported)
		copy_string(view->export, score->export, sizeof(view->export));
	copy_string(view->path, score->path, sizeof(view->path));
}

static enum entry_failure kind_of_errno(int error)
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

void counters_fail(struct counters *counters, int error, enum failure_cause cause)
{
	_Atomic uint32_t *counter = &counters->failures[kind_of_errno(error)];
	uint32_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + 1, memory_order_relaxed);
	atomic_store_explicit(&counters->error, error, memory_order_relaxed);
	atomic_store_explicit(&counters->cause, cause, memory_order_relaxed);
}

uint64_t counters_failures(const struct counters *counters)
{
	uint64_t sum = 0;

	for (unsigned kind = 0; kind < ENTRY_FAILURES; kind++)
		sum += atomic_load_explicit(&counters->failures[kind], memory_order_relaxed);
	return sum;
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

const char *failure_cause_name(enum failure_cause cause)
{
	static const char *const names[CAUSES] = {
		[CAUSE_FILE_SYSTEM] = "file-system",
		[CAUSE_MODE] = "mode",
		[CAUSE_RULE] = "rule",
		[CAUSE_REQUEST] = "request",
		[CAUSE_DAEMON] = "daemon",
	};

	return names[cause];
}

const char *transfer_outcome_name(enum transfer_outcome outcome)
{
	static const char *const names[TRANSFER_OUTCOMES] = {
		[TRANSFER_SENT] = "sent",
		[TRANSFER_PARTIAL] = "partial",
		[TRANSFER_FAILED] = "failed",
		[TRANSFER_GONE] = "client-gone",
		[TRANSFER_STALLED] = "client-stalled",
		[TRANSFER_LIMITED] = "time-limit",
		[TRANSFER_BROKEN] = "broken",
		[TRANSFER_KILLED] = "killed",
	};

	return names[outcome];
}
