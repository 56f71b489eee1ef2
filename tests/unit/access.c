/* SPDX-License-Identifier: ISC */
/* unit/access: the access rules of an export. */
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

/* Asserts the decision on a client with unknown groups. */
static void expect(uid_t uid, gid_t gid, enum access_decision decision)
{
	ck_assert_int_eq(access_decide(&access_rules, uid, gid, NULL), decision);
}

/* Asserts the decision on a member of group. */
static void expect_in(gid_t group, uid_t uid, gid_t gid, enum access_decision decision)
{
	const gid_t list[] = {7, group};
	const struct access_groups groups = {.list = list, .count = 2};

	ck_assert_int_eq(access_decide(&access_rules, uid, gid, &groups), decision);
}

TEST(an_export_without_rules_grants_everybody)
{
	expect(ALICE, ALICE, ACCESS_GRANTED);
	expect(0, 0, ACCESS_GRANTED);
	ck_assert(!access_may_want_groups(&access_rules));
}

TEST(a_closed_export_without_lists_refuses_everybody)
{
	access_rules.closed = true;
	expect(ALICE, ALICE, ACCESS_REFUSED);
	expect(0, 0, ACCESS_REFUSED);
	ck_assert(!access_may_want_groups(&access_rules));
}

TEST(only_allowed_users_are_granted)
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

TEST(only_denied_users_are_refused)
{
	put(&access_rules.deny_users, BOB);
	expect(BOB, 1, ACCESS_REFUSED);
	expect(ALICE, 1, ACCESS_GRANTED);
	access_free(&access_rules);
}

TEST(deny_wins_over_allow)
{
	access_rules.closed = true;
	put(&access_rules.deny_users, BOB);
	put(&access_rules.allow_users, BOB);
	put(&access_rules.allow_groups, STAFF);
	expect(BOB, STAFF, ACCESS_REFUSED);
	expect_in(STAFF, BOB, STAFF, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(groups_decide_on_users_that_no_list_names)
{
	access_rules.closed = true;
	put(&access_rules.allow_groups, STAFF);
	ck_assert(access_may_want_groups(&access_rules));
	expect(ALICE, 1, ACCESS_WANTS_GROUPS);
	expect_in(STAFF, ALICE, 1, ACCESS_GRANTED);
	expect_in(GAMES, ALICE, 1, ACCESS_REFUSED);
	access_free(&access_rules);
}

TEST(the_group_of_the_process_needs_no_look_up)
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

TEST(an_open_export_needs_no_groups)
{
	put(&access_rules.allow_groups, STAFF);
	ck_assert(!access_may_want_groups(&access_rules));
	expect(ALICE, 1, ACCESS_GRANTED);
	access_free(&access_rules);
}

TEST(a_user_without_groups_is_refused)
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
