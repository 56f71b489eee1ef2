/* SPDX-License-Identifier: ISC */
/* unit_access: who may use an export, as its rules and a client's groups have it. */
#include "config.h"

#include "server/access/access.h"

#include "tests/support/harness.h"

enum {
	ALICE = 1000,
	BOB = 1001,
	STAFF = 50,
	GAMES = 60,
};

static struct access access_rules;

static void put(struct id_list *list, id_t id)
{
	ck_assert_int_eq(id_list_add(list, id), 0);
}

/* For a client whose groups are not known. */
static void expect(uid_t uid, gid_t gid, enum access_verdict verdict)
{
	ck_assert_int_eq(access_decide(&access_rules, uid, gid, NULL), verdict);
}

/* For a client who is in group, and in that alone besides gid. */
static void expect_in(gid_t group, uid_t uid, gid_t gid, enum access_verdict verdict)
{
	const gid_t list[] = {7, group};
	const struct access_groups groups = {.list = list, .count = 2};

	ck_assert_int_eq(access_decide(&access_rules, uid, gid, &groups), verdict);
}

TEST(without_rules_everybody_may)
{
	expect(ALICE, ALICE, ACCESS_GRANTED);
	expect(0, 0, ACCESS_GRANTED);
	ck_assert(!access_may_want_groups(&access_rules));
}

TEST(closed_without_lists_nobody_may)
{
	access_rules.closed = true;
	expect(ALICE, ALICE, ACCESS_REFUSED);
	expect(0, 0, ACCESS_REFUSED);
	ck_assert(!access_may_want_groups(&access_rules));
}

TEST(allowed_users_may_and_no_others)
{
	access_rules.closed = true;
	put(&access_rules.allow_users, BOB);
	put(&access_rules.allow_users, ALICE);
	expect(ALICE, 1, ACCESS_GRANTED);
	expect(BOB, 1, ACCESS_GRANTED);
	expect(BOB + 1, 1, ACCESS_REFUSED);
	expect(0, 0, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(denied_users_may_not_though_all_others_may)
{
	put(&access_rules.deny_users, BOB);
	expect(BOB, 1, ACCESS_REFUSED);
	expect(ALICE, 1, ACCESS_GRANTED);
	access_free(&access_rules);
}

TEST(to_be_denied_wins_over_to_be_allowed)
{
	access_rules.closed = true;
	put(&access_rules.deny_users, BOB);
	put(&access_rules.allow_users, BOB);
	put(&access_rules.allow_groups, STAFF);
	expect(BOB, STAFF, ACCESS_REFUSED);
	expect_in(STAFF, BOB, STAFF, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(groups_decide_where_users_do_not)
{
	access_rules.closed = true;
	put(&access_rules.allow_groups, STAFF);
	ck_assert(access_may_want_groups(&access_rules));
	expect(ALICE, 1, ACCESS_WANTS_GROUPS);
	expect_in(STAFF, ALICE, 1, ACCESS_GRANTED);
	expect_in(GAMES, ALICE, 1, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(the_group_that_the_process_has_needs_no_look_up)
{
	access_rules.closed = true;
	put(&access_rules.allow_groups, STAFF);
	expect(ALICE, STAFF, ACCESS_GRANTED);
	access_free(&access_rules);
}

TEST(users_that_are_named_need_no_look_up)
{
	access_rules.closed = true;
	put(&access_rules.allow_groups, STAFF);
	put(&access_rules.allow_users, ALICE);
	put(&access_rules.deny_users, BOB);
	expect(ALICE, 1, ACCESS_GRANTED);
	expect(BOB, 1, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(where_all_may_groups_are_not_asked_for)
{
	put(&access_rules.allow_groups, STAFF);
	ck_assert(!access_may_want_groups(&access_rules));
	expect(ALICE, 1, ACCESS_GRANTED);
	access_free(&access_rules);
}

TEST(who_is_in_no_group_is_refused)
{
	const struct access_groups none = {0};

	access_rules.closed = true;
	put(&access_rules.allow_groups, STAFF);
	ck_assert_int_eq(access_decide(&access_rules, ALICE, 1, &none), ACCESS_REFUSED);
	access_free(&access_rules);
}

int main(void)
{
	return harness_main("unit/access", HARNESS_PURE);
}
