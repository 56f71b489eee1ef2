/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/ring_budget.h"

#include "common/sysv/ring.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Rings that one call of ring_budget_check() looks up, of the account and of others. */
#define CHECKED 16u

int ring_budget_resize(struct ring_budget *budget, uint64_t total)
{
	size_t room = (size_t)(total / RING_BUDGET_LEAST);
	struct ring_kept *resized;

	if (room <= budget->room)
		return 0;
	/* The kernel allocates the pages of a large list when they are used. */
	resized = reallocarray(budget->kept, room, sizeof(*resized));
	if (resized == NULL)
		return -ENOMEM;
	budget->kept = resized;
	budget->room = room;
	return 0;
}

void ring_budget_free(struct ring_budget *budget)
{
	free(budget->kept);
	*budget = (struct ring_budget){0};
}

void ring_budget_keep(struct ring_budget *budget, const struct ring_kept *ring)
{
	for (size_t i = 0; i < budget->count; i++) {
		struct ring_kept *kept = &budget->kept[i];

		if (kept->id != ring->id || kept->creator != ring->creator)
			continue;
		if (kept->bytes < ring->bytes)
			kept->bytes = ring->bytes;
		return;
	}
	if (budget->count < budget->room)
		budget->kept[budget->count++] = *ring;
}

uint64_t ring_budget_of(const struct ring_budget *budget, uid_t account)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < budget->count; i++)
		if (budget->kept[i].account == account)
			bytes += budget->kept[i].bytes;
	return bytes;
}

uint64_t ring_budget_all(const struct ring_budget *budget)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < budget->count; i++)
		bytes += budget->kept[i].bytes;
	return bytes;
}

void ring_budget_reassign(struct ring_budget *budget, uid_t from, wait_queue_account *account,
			  const void *context)
{
	for (size_t i = 0; i < budget->count; i++)
		if (budget->kept[i].account == from)
			budget->kept[i].account = account(context, budget->kept[i].creator);
}

/* Looks up to CHECKED rings up: those of account, or those of all others. */
static void check(struct ring_budget *budget, uid_t account, bool own)
{
	unsigned checked = 0;

	for (size_t left = budget->count; left > 0 && checked < CHECKED; left--) {
		const struct ring_kept *ring;

		if (budget->next >= budget->count)
			budget->next = 0;
		ring = &budget->kept[budget->next];
		if ((ring->account == account) != own) {
			budget->next++;
			continue;
		}
		checked++;
		if (ring_exists(ring->id, ring->creator))
			budget->next++;
		else
			budget->kept[budget->next] = budget->kept[--budget->count];
	}
}

void ring_budget_check(struct ring_budget *budget, uid_t account)
{
	check(budget, account, true);
	check(budget, account, false);
}
