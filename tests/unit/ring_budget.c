/* SPDX-License-Identifier: ISC */
/* unit/ring_budget: the account of rings that clients may keep. */
#include "config.h"

#include "server/workers/ring_budget.h"

#include "common/sysv/ring.h"

#include "tests/support/harness.h"

#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define RINGS 64u

enum { ALICE = 1, BOB = 2 };

static struct ring_budget budget;
static struct ring rings[RINGS];

static void open_budget(void)
{
	budget = (struct ring_budget){0};
	ck_assert_int_eq(ring_budget_resize(&budget, 2 * RINGS * MIB), 0);
}

static void keep(const struct ring *ring, uid_t account)
{
	ring_budget_keep(&budget, &(struct ring_kept){.id = ring->id,
						      .creator = geteuid(),
						      .account = account,
						      .bytes = MIB});
}

static void create_and_keep(struct ring *ring, uid_t account)
{
	ck_assert_int_eq(ring_create(1, 16384, geteuid(), ring), 0);
	keep(ring, account);
}

TEST(an_account_pays_for_its_own_rings)
{
	open_budget();
	create_and_keep(&rings[0], ALICE);
	create_and_keep(&rings[1], BOB);
	create_and_keep(&rings[2], BOB);
	ck_assert_uint_eq(ring_budget_of(&budget, ALICE), MIB);
	ck_assert_uint_eq(ring_budget_of(&budget, BOB), 2 * MIB);
	ck_assert_uint_eq(ring_budget_all(&budget), 3 * MIB);
	ring_budget_free(&budget);
	for (size_t i = 0; i < 3; i++)
		ring_detach(&rings[i]);
}

TEST(a_ring_of_many_requests_counts_once)
{
	open_budget();
	create_and_keep(&rings[0], ALICE);
	keep(&rings[0], ALICE);
	ck_assert_uint_eq(ring_budget_of(&budget, ALICE), MIB);
	ring_budget_free(&budget);
	ring_detach(&rings[0]);
}

TEST(a_detached_ring_counts_no_more)
{
	open_budget();
	create_and_keep(&rings[0], ALICE);
	create_and_keep(&rings[1], ALICE);
	ring_detach(&rings[0]);
	ring_budget_check(&budget, ALICE);
	ck_assert_uint_eq(ring_budget_of(&budget, ALICE), MIB);
	ring_budget_free(&budget);
	ring_detach(&rings[1]);
}

/* A check looks at few rings; the next check goes on after them. */
TEST(checks_find_every_detached_ring_among_kept_ones)
{
	open_budget();
	for (size_t i = 0; i < RINGS; i++)
		create_and_keep(&rings[i], ALICE);
	for (size_t i = RINGS / 2; i < RINGS; i++)
		ring_detach(&rings[i]);
	for (size_t i = 0; i < RINGS; i++)
		ring_budget_check(&budget, BOB);
	ck_assert_uint_eq(ring_budget_all(&budget), RINGS / 2 * MIB);
	ring_budget_free(&budget);
	for (size_t i = 0; i < RINGS / 2; i++)
		ring_detach(&rings[i]);
}

static uid_t bob(const void *context, uid_t uid)
{
	(void)context;
	(void)uid;
	return BOB;
}

TEST(a_ring_follows_its_creator_to_another_account)
{
	open_budget();
	create_and_keep(&rings[0], ALICE);
	ring_budget_reassign(&budget, ALICE, bob, NULL);
	ck_assert_uint_eq(ring_budget_of(&budget, ALICE), 0);
	ck_assert_uint_eq(ring_budget_of(&budget, BOB), MIB);
	ring_budget_free(&budget);
	ring_detach(&rings[0]);
}

int main(void)
{
	return harness_main("unit/ring_budget", HARNESS_IPC);
}
