/* SPDX-License-Identifier: ISC */
/* integration/daemon_user: the user and the groups that msgfetchd starts with and takes. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/pub.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	STATUS_SYSTEM = 71,
	STATUS_NO_PERMISSION = 77,
	STATUS_CONFIG = 78,
};

enum {
	CODE_DENIED = 6,
};

TEST(a_daemon_started_as_root_becomes_its_user_for_good)
{
	const struct passwd *user = getpwnam("nobody");
	const char *status;

	if (user == NULL || !harness_other_users())
		SKIP("needs real root and a user \"nobody\"");
	make_pub();
	msgfetchd_start(&first_daemon, "-u", "nobody", "-e", "pub=pub", NULL);
	status = harness_read_proc(first_daemon.pid, "status");
	ck_assert_ptr_nonnull(
		strstr(status, harness_format("\nUid:\t%d\t%d\t%d\t%d\n", (int)user->pw_uid,
					      (int)user->pw_uid, (int)user->pw_uid,
					      (int)user->pw_uid)));
	ck_assert_ptr_nonnull(strstr(status, "\nCapPrm:\t0000000000000000\n"));
	fetch(&client, "--server-user", "nobody", "pub/file", NULL);
	expect_file(&client, "pub/file");
}

/* Becomes a member of this group only. */
static void become_member(void *context)
{
	gid_t group = *(const gid_t *)context;

	if (setgroups(1, &group) != 0 || setresgid(OTHER_UID, OTHER_UID, OTHER_UID) != 0 ||
	    setresuid(OTHER_UID, OTHER_UID, OTHER_UID) != 0)
		_exit(126);
}

static void add_group(void *context)
{
	static const gid_t group = 77;

	(void)context;
	if (setgroups(1, &group) != 0)
		_exit(126);
}

TEST(a_daemon_that_stays_root_keeps_no_group_of_its_starter)
{
	if (!harness_other_users())
		SKIP("needs real root");
	make_pub();
	first_daemon.prepare = add_group;
	msgfetchd_start(&first_daemon, "-u", "root", "-e", "pub=pub", NULL);
	ck_assert_ptr_null(
		strstr(harness_read_proc(first_daemon.pid, "status"), "\nGroups:\t77 "));
}

/* Enters a filter under which this system call fails with EPERM. */
static void forbid(uint32_t call)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = 4, .filter = steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(126);
}

/* Becomes an ordinary user and forbids capset(2), as the unit does. */
static void forbid_capset(void *context)
{
	harness_become(context);
	forbid(SYS_capset);
}

static void forbid_openat2(void *context)
{
	(void)context;
	forbid(SYS_openat2);
}

TEST(a_daemon_that_may_not_open_files_does_not_start)
{
	make_pub();
	first_daemon.prepare = forbid_openat2;
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
		STATUS_SYSTEM);
	ck_assert(msgfetchd_logged(&first_daemon, "openat2(2) is refused"));
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-e", "pub=pub", NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "openat2(2) is refused"));
}

TEST(groups_decide_even_if_capset_is_forbidden)
{
	uid_t uid = OTHER_UID;
	gid_t group = 0;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	first_daemon.prepare = forbid_capset;
	first_daemon.context = &uid;
	serve(&first_daemon, .rules = "allow-groups = {\"daemon\"}");
	client.prepare = become_member;
	client.context = &group;
	fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "pub/file", NULL);
	expect_code(&client, CODE_DENIED, NULL);
	ck_assert(!msgfetchd_logged(&first_daemon, "lookup process has ended"));
}

TEST(an_unknown_user_is_refused)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-u",
				       "no-such-user-here", "-e", "pub=pub", NULL),
			 STATUS_CONFIG);
}

TEST(a_user_cannot_become_another)
{
	uid_t uid = OTHER_UID;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	first_daemon.prepare = harness_become;
	first_daemon.context = &uid;
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-u", "root", "-e",
				       "pub=pub", NULL),
			 STATUS_NO_PERMISSION);
}

TEST(an_unknown_group_is_refused)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-c",
				       configure("group = \"no-such-group-here\""), NULL),
			 STATUS_CONFIG);
}

TEST(with_a_group_only_its_members_may_ask)
{
	const struct group *group = getgrnam("daemon");
	struct queue_info info;
	gid_t member, stranger = OTHER_UID;

	if (group == NULL || !harness_other_users())
		SKIP("needs real root and a group \"daemon\"");
	member = group->gr_gid;
	serve_configured("group = \"daemon\"");
	ck_assert_int_eq(queue_inspect_any(queue_find(TEST_KEY), &info), 0);
	ck_assert_uint_eq(info.mode, 0620);
	ck_assert_uint_eq(info.gid, member);
	client.prepare = become_member;
	client.context = &member;
	expect_served();
	client.context = &stranger;
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_DENIED, NULL);
}

int main(void)
{
	return harness_main("integration/daemon_user", HARNESS_IPC);
}
