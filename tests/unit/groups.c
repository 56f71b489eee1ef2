/* SPDX-License-Identifier: ISC */
/* unit/groups: looking up the groups of users, directly and by the lookup process. */
#include "config.h"

#include "server/access/groups.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODYS_UID 3999999998u /* in no user database */

static struct groups groups;
static gid_t list[GROUP_CACHE_GROUPS];
static size_t count;

static void close_groups(void)
{
	groups_close(&groups);
}

static void open_groups(void)
{
	static const struct reserved nothing;

	ck_assert_int_eq(groups_open(&groups, &nothing), 0);
	ck_assert_int_gt(groups.supervisor, 0);
	harness_at_end(close_groups);
}

static bool listed(gid_t gid)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == gid)
			return true;
	return false;
}

TEST(a_users_primary_group_is_among_them)
{
	const struct passwd *root = getpwnam("root");

	if (root == NULL)
		SKIP("there is no user database");
	ck_assert_int_eq(groups_look_up(root->pw_uid, list, &count), 0);
	ck_assert(listed(root->pw_gid));
}

TEST(an_unknown_user_has_no_groups)
{
	ck_assert_int_eq(groups_look_up(NOBODYS_UID, list, &count), 0);
	ck_assert_uint_eq(count, 0);
}

TEST(the_lookup_process_finds_the_same_groups)
{
	gid_t own[GROUP_CACHE_GROUPS];
	size_t own_count;

	open_groups();
	ck_assert_int_eq(groups_look_up(geteuid(), own, &own_count), 0);
	ck_assert_int_eq(groups_find(&groups, geteuid(), list, &count), 0);
	ck_assert_uint_eq(count, own_count);
	ck_assert_mem_eq(list, own, count * sizeof(own[0]));
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), 0);
	ck_assert_uint_eq(count, 0);
}

TEST(an_answer_is_cached)
{
	open_groups();
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), 0);
	harness_stop(groups.supervisor);
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), 0);
	ck_assert_int_eq(kill(groups.supervisor, SIGCONT), 0);
}

TEST(a_forgotten_answer_is_looked_up_again)
{
	uint32_t before;

	open_groups();
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), 0);
	before = groups.cache->clearings;
	harness_stop(groups.supervisor);
	groups_forget(&groups);
	ck_assert_uint_eq(groups.cache->clearings, before);
	ck_assert_int_eq(kill(groups.supervisor, SIGCONT), 0);
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), 0);
	ck_assert_uint_ne(groups.cache->clearings, before);
}

TEST(without_the_lookup_process_the_error_comes_at_once)
{
	uint64_t start;

	open_groups();
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(kill(groups.supervisor, SIGKILL), 0);
	ck_assert_int_eq(waitpid(groups.supervisor, NULL, 0), groups.supervisor);
	WAIT_FOR(write(groups.questions, "", 0) == 0 &&
		 groups_find(&groups, NOBODYS_UID, list, &count) == -EPIPE);
	start = harness_now_ms();
	ck_assert_int_eq(groups_find(&groups, NOBODYS_UID, list, &count), -EPIPE);
	ck_assert_uint_lt(harness_now_ms() - start, 1000);
}

/* Exits instead of dying by the signal, which memcheck would report. */
static void end(int number)
{
	(void)number;
	_exit(1);
}

TEST(readers_cannot_write_the_group_cache)
{
	pid_t vandal;
	int status;

	open_groups();
	ck_assert_int_ne(mprotect(groups.cache, sizeof(*groups.cache), PROT_READ | PROT_WRITE),
			 0);
	vandal = fork();
	if (vandal == 0) {
		signal(SIGSEGV, end);
		groups.cache->changes = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(vandal, &status, 0), vandal);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

TEST(many_ask_at_once)
{
	pid_t children[20];
	int status;

	open_groups();
	for (size_t i = 0; i < 20; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(groups_find(&groups, NOBODYS_UID - (uid_t)i % 5, list, &count) !=
			      0);
	}
	for (size_t i = 0; i < 20; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
}

int main(int argc, char *argv[], char *envp[])
{
	setproctitle_init(argc, argv, envp);
	return harness_main("unit/groups", HARNESS_IPC);
}
