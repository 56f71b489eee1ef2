/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/slate.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What is not used costs no memory. */
static int map_chunk(struct slate **chunk)
{
	void *memory = mmap(NULL, SLATE_CHUNK * sizeof(struct slate), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -ENOMEM;
	*chunk = memory;
	return 0;
}

int slates_grow(struct slates *slates, unsigned places)
{
	unsigned wanted = (places + SLATE_CHUNK - 1) / SLATE_CHUNK;
	struct slate **grown;

	if (wanted <= slates->count)
		return 0;
	grown = reallocarray(slates->chunks, wanted, sizeof(struct slate *));
	if (grown == NULL)
		return -ENOMEM;
	slates->chunks = grown;
	while (slates->count < wanted) {
		if (map_chunk(&grown[slates->count]) != 0)
			return -ENOMEM;
		slates->count++;
	}
	return 0;
}

void slates_free(struct slates *slates)
{
	for (unsigned i = 0; i < slates->count; i++)
		munmap(slates->chunks[i], SLATE_CHUNK * sizeof(struct slate));
	free(slates->chunks);
	*slates = (struct slates){0};
}

struct slate *slates_at(const struct slates *slates, unsigned place)
{
	return &slates->chunks[place / SLATE_CHUNK][place % SLATE_CHUNK];
}

/* The strings stay: nobody reads them before they were written anew. */
void slate_clear(struct slate *slate)
{
	memset(slate, 0, offsetof(struct slate, export));
}

void slate_begin(struct slate *slate, const char *export, const char *path, unsigned paths)
{
	slate->exported = export != NULL ? 1 : 0;
	if (export != NULL)
		strlcpy(slate->export, export, sizeof(slate->export));
	strlcpy(slate->path, path, sizeof(slate->path));
	slate->paths = paths;
	atomic_store_explicit(&slate->begun, 1, memory_order_release);
}

void slate_end(struct slate *slate, enum slate_outcome outcome)
{
	slate->outcome = outcome;
	atomic_store_explicit(&slate->ended, 1, memory_order_release);
}

/* Not strlcpy(), which would look for the end of what has none. */
static void copy_string(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

void slate_read(const struct slate *slate, struct slate_view *view)
{
	const struct tally *tally = &slate->tally;
	unsigned outcome;

	view->bytes = atomic_load_explicit(&tally->bytes, memory_order_relaxed);
	view->delayed = atomic_load_explicit(&tally->delayed, memory_order_relaxed);
	view->error = atomic_load_explicit(&tally->error, memory_order_relaxed);
	for (unsigned kind = 0; kind < TALLY_FAILURES; kind++)
		view->failures[kind] =
			atomic_load_explicit(&tally->failures[kind], memory_order_relaxed);
	view->ended = atomic_load_explicit(&slate->ended, memory_order_acquire) != 0;
	outcome = slate->outcome;
	view->outcome = view->ended && outcome < SLATE_KILLED ? (enum slate_outcome)outcome
							      : SLATE_BROKEN;
	view->exported = false;
	view->paths = 0;
	view->export[0] = view->path[0] = '\0';
	if (atomic_load_explicit(&slate->begun, memory_order_acquire) == 0)
		return;
	view->exported = slate->exported != 0;
	view->paths = slate->paths;
	if (view->exported)
		copy_string(view->export, slate->export, sizeof(view->export));
	copy_string(view->path, slate->path, sizeof(view->path));
}

const char *slate_outcome_name(enum slate_outcome outcome)
{
	static const char *const names[SLATE_OUTCOMES] = {
		[SLATE_SENT] = "sent",
		[SLATE_PARTIAL] = "partial",
		[SLATE_FAILED] = "failed",
		[SLATE_GONE] = "client-gone",
		[SLATE_STALLED] = "client-stalled",
		[SLATE_LIMITED] = "time-limit",
		[SLATE_BROKEN] = "broken",
		[SLATE_KILLED] = "killed",
	};

	return names[outcome];
}
