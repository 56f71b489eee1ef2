/* SPDX-License-Identifier: ISC */
/* unit/group_cache: entries, their age, and readers during a write. */
#include "config.h"

#include "server/access/group_cache.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ALICE = 1000,
	NOW = 500,
	LATER = 560,
	ROUNDS = 20000,
};

static struct group_cache *cache;
static gid_t list[GROUP_CACHE_GROUPS];
static size_t count;

static void make(void)
{
	void *bytes = mmap(NULL, sizeof(*cache), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(bytes, MAP_FAILED);
	cache = bytes;
}

static int find(uid_t uid, uint32_t now)
{
	count = 999;
	return group_cache_find(cache, uid, now, list, &count);
}

TEST(an_empty_cache_knows_nobody)
{
	make();
	ck_assert_int_eq(find(ALICE, NOW), -ENOENT);
	ck_assert_int_eq(find(0, 0), -ENOENT);
}

TEST(an_entry_is_found)
{
	static const gid_t groups[] = {5, 6, 7};

	make();
	group_cache_put(cache, ALICE, LATER, 0, groups, 3);
	ck_assert_int_eq(find(ALICE, NOW), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_mem_eq(list, groups, sizeof(groups));
	ck_assert_int_eq(find(ALICE + 1, NOW), -ENOENT);
}

TEST(an_entry_expires)
{
	make();
	group_cache_put(cache, ALICE, LATER, 0, NULL, 0);
	ck_assert_int_eq(find(ALICE, LATER - 1), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(find(ALICE, LATER), -ENOENT);
}

TEST(a_new_entry_replaces_the_old_entry)
{
	static const gid_t old = 5, fresh = 6;

	make();
	group_cache_put(cache, ALICE, LATER, 0, &old, 1);
	group_cache_put(cache, ALICE, LATER + 1, 0, &fresh, 1);
	ck_assert_int_eq(find(ALICE, LATER), 0);
	ck_assert_uint_eq(list[0], fresh);
}

TEST(errors_are_kept)
{
	make();
	group_cache_put(cache, ALICE, LATER, -EIO, NULL, 0);
	ck_assert_int_eq(find(ALICE, NOW), -EIO);
	group_cache_put(cache, ALICE, LATER, 0, NULL, 0);
	ck_assert_int_eq(find(ALICE, NOW), 0);
}

TEST(a_user_with_too_many_groups_is_an_error)
{
	gid_t many[GROUP_CACHE_GROUPS];

	make();
	for (gid_t i = 0; i < GROUP_CACHE_GROUPS; i++)
		many[i] = i * 3;
	group_cache_put(cache, ALICE, LATER, 0, many, GROUP_CACHE_GROUPS);
	ck_assert_int_eq(find(ALICE, NOW), 0);
	ck_assert_uint_eq(count, GROUP_CACHE_GROUPS);
	ck_assert_mem_eq(list, many, sizeof(many));
	group_cache_put(cache, ALICE, LATER, 0, many, GROUP_CACHE_GROUPS + 1);
	ck_assert_int_eq(find(ALICE, NOW), -E2BIG);
}

TEST(a_full_cache_drops_the_oldest_entry)
{
	make();
	for (uint32_t i = 0; i <= GROUP_CACHE_USERS; i++)
		group_cache_put(cache, ALICE + i, LATER + i, 0, NULL, 0);
	ck_assert_int_eq(find(ALICE, NOW), -ENOENT);
	for (uint32_t i = 1; i <= GROUP_CACHE_USERS; i++)
		ck_assert_int_eq(find(ALICE + i, NOW), 0);
}

TEST(unknown_users_replace_no_known_user)
{
	static const gid_t group = 5;

	make();
	group_cache_put(cache, ALICE, LATER, 0, &group, 1);
	for (uint32_t i = 1; i <= 3 * GROUP_CACHE_USERS; i++)
		group_cache_put(cache, ALICE + i, LATER + i, 0, NULL, 0);
	ck_assert_int_eq(find(ALICE, NOW), 0);
}

TEST(a_cleared_cache_knows_nobody)
{
	make();
	group_cache_put(cache, ALICE, LATER, 0, NULL, 0);
	group_cache_clear(cache);
	ck_assert_int_eq(find(ALICE, NOW), -ENOENT);
	group_cache_put(cache, ALICE, LATER, 0, NULL, 0);
	ck_assert_int_eq(find(ALICE, NOW), 0);
}

TEST(an_interrupted_write_is_ignored_and_replaced)
{
	static const gid_t group = 5;

	make();
	group_cache_put(cache, ALICE, LATER, 0, &group, 1);
	cache->users[0].turn++;
	ck_assert_int_eq(find(ALICE, NOW), -ENOENT);
	group_cache_put(cache, ALICE, LATER, 0, &group, 1);
	ck_assert_int_eq(find(ALICE, NOW), 0);
	ck_assert_uint_eq(list[0], group);
}

/* Writes many users in turn, each with groups equal to the uid, so that places are reused. */
static pid_t start_writer(void)
{
	pid_t writer = fork();
	gid_t groups[100];

	if (writer != 0)
		return writer;
	for (uint32_t turn = 1;; turn++) {
		uid_t uid = turn % (3 * GROUP_CACHE_USERS);

		for (size_t i = 0; i < 100; i++)
			groups[i] = uid;
		group_cache_put(cache, uid, LATER + turn, 0, groups, uid % 100);
	}
}

TEST(a_reader_never_sees_anothers_groups)
{
	unsigned found = 0;
	pid_t writer;

	make();
	writer = start_writer();
	WAIT_FOR(find(1, NOW) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uid_t uid = i % (3 * GROUP_CACHE_USERS);

		if (find(uid, NOW) != 0)
			continue;
		found++;
		ck_assert_uint_eq(count, uid % 100);
		for (size_t j = 0; j < count; j++)
			ck_assert_uint_eq(list[j], uid);
	}
	ck_assert_int_eq(kill(writer, SIGKILL), 0);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
	ck_assert_uint_gt(found, 0);
}

int main(void)
{
	return harness_main("unit/group_cache", HARNESS_PURE);
}
