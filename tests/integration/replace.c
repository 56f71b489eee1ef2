/* SPDX-License-Identifier: ISC */
/*
 * integration/replace: existing files and trees are refreshed, and nobody gains access to a
 * file by that.  Tests with several users need real root, and skip without.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { CODE_OUTPUT = 9 };

#define OLD "what was there before"
#define TEXT "text"

static struct msgfetchd server;
static struct client client;
static uid_t user = OTHER_UID;

static const struct served files[] = {
	{.name = "tree/"},
	{.name = "tree/sub/"},
	{"tree/file", .text = TEXT},
	{"tree/sub/file", .text = TEXT},
	{.name = NULL},
};

/* Runs the client as another user, in whose directory "home" the targets are. */
static bool become_user(void)
{
	if (!harness_other_users())
		return false;
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(chown("home", user, user), 0);
	client.prepare = harness_become;
	client.context = &user;
	return true;
}

#define AS_USER()           \
	if (!become_user()) \
	SKIP("needs real root, to be another user")

static struct stat status_of(const char *name)
{
	struct stat status;

	ck_assert_msg(lstat(name, &status) == 0, "%s: %s", name, strerror(errno));
	return status;
}

static unsigned mode_of(const char *name)
{
	return status_of(name).st_mode & 07777;
}

/* Writes an old file with this owner, group and mode. */
static void make_old(const char *name, uid_t owner, gid_t group, mode_t mode)
{
	harness_write(name, OLD);
	ck_assert_int_eq(lchown(name, owner, group), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void expect_new(const char *name, uid_t owner, gid_t group, mode_t mode)
{
	struct stat status = status_of(name);

	ck_assert_str_eq(harness_read(name, NULL), TEXT);
	ck_assert_uint_eq(status.st_uid, owner);
	ck_assert_uint_eq(status.st_gid, group);
	ck_assert_uint_eq(status.st_mode & 07777, mode);
}

static void fetch_file(const char *target)
{
	fetch(&client, "-v", "-o", target, "pub/tree/file", NULL);
}

static void fetch_tree(const char *option)
{
	fetch(&client, "-rv", option, "-o", "home/copy", "pub/tree", NULL);
}

/* Owner, group and permissions. */

TEST(root_keeps_owner_group_and_mode_of_a_file)
{
	if (!harness_other_users())
		SKIP("needs real root, to make a file of another user");
	serve(&server, .files = files);
	make_old("copy", 12345, 12346, 0640);
	fetch_file("copy");
	expect_code(&client, 0, NULL);
	expect_new("copy", 12345, 12346, 0640);
}

TEST(root_keeps_owner_group_and_mode_in_a_tree)
{
	if (!harness_other_users())
		SKIP("needs real root, to make a file of another user");
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	make_old("home/copy/file", 12345, 12346, 0640);
	fetch_tree("-v");
	expect_code(&client, 0, NULL);
	expect_new("home/copy/file", 12345, 12346, 0640);
}

TEST(root_keeps_owner_and_group_while_the_mode_is_preserved)
{
	if (!harness_other_users())
		SKIP("needs real root, to make a file of another user");
	serve(&server, .files = files);
	ck_assert_int_eq(chmod("pub/tree/file", 0604), 0);
	make_old("copy", 12345, 12346, 0640);
	fetch(&client, "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	expect_new("copy", 12345, 12346, 0604);
}

TEST(a_continued_file_keeps_owner_group_and_mode)
{
	if (!harness_other_users())
		SKIP("needs real root, to make a file of another user");
	serve(&server, .files = files);
	make_old("copy", 12345, 12346, 0640);
	fetch(&client, "-c", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	expect_new("copy", 12345, 12346, 0640);
}

/* The group 64002 has no right in the new file, whose group is another one. */
TEST(a_group_that_cannot_be_kept_gives_its_rights_to_no_other)
{
	AS_USER();
	serve(&server, .files = files);
	make_old("home/copy", user, THIRD_UID, 0664);
	fetch_file("home/copy");
	expect_code(&client, 0, NULL);
	expect_new("home/copy", user, user, 0644);
}

TEST(a_file_of_another_user_becomes_ones_own_with_the_same_mode)
{
	AS_USER();
	serve(&server, .files = files);
	make_old("home/copy", THIRD_UID, user, 0660);
	fetch_file("home/copy");
	expect_code(&client, 0, NULL);
	expect_new("home/copy", user, user, 0660);
}

TEST(a_planted_file_does_not_keep_its_owner)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant a file of another user");
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("shared", 0700), 0);
	ck_assert_int_eq(chmod("shared", 01777), 0);
	make_old("shared/file", OTHER_UID, OTHER_UID, 0666);
	fetch_file("shared/file");
	expect_code(&client, 0, NULL);
	expect_new("shared/file", 0, 0, 0644);
	make_old("shared/file", OTHER_UID, OTHER_UID, 0600);
	fetch_file("shared/file");
	expect_new("shared/file", 0, 0, 0600);
	make_old("shared/file", OTHER_UID, OTHER_UID, 0666);
	fetch(&client, "-r", "-o", "shared", "pub/tree", NULL);
	expect_code(&client, 0, NULL);
	expect_new("shared/file", 0, 0, 0644);
}

/* ACLs.  Entries: tag, permissions, id. */

#define ACL_USER 0x02
#define NOBODY UINT32_MAX

struct acl {
	uint32_t version;
	struct acl_entry {
		uint16_t tag, permissions;
		uint32_t id;
	} entries[5];
};

/* user::rw-, user:64002:rw-, group::---, mask::rw-, other::--- */
static const struct acl acl = {
	.version = 2,
	.entries = {{0x01, 6, NOBODY},
		    {ACL_USER, 6, THIRD_UID},
		    {0x04, 0, NOBODY},
		    {0x10, 6, NOBODY},
		    {0x20, 0, NOBODY}},
};

static bool set_acl(const char *name, const char *attribute)
{
	return htole16(1) == 1 && setxattr(name, attribute, &acl, sizeof(acl), 0) == 0;
}

static bool has_acl(const char *name)
{
	struct acl now;

	return getxattr(name, "system.posix_acl_access", &now, sizeof(now)) == sizeof(now) &&
	       memcmp(&now, &acl, sizeof(now)) == 0;
}

#define NO_ACLS "the file system has no ACLs"

TEST(a_replaced_file_keeps_its_acl)
{
	serve(&server, .files = files);
	harness_write("copy", OLD);
	if (!set_acl("copy", "system.posix_acl_access"))
		SKIP(NO_ACLS);
	fetch_file("copy");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy", NULL), TEXT);
	ck_assert(has_acl("copy"));
}

TEST(a_replaced_file_in_a_tree_keeps_its_acl)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	harness_write("home/copy/file", OLD);
	if (!set_acl("home/copy/file", "system.posix_acl_access"))
		SKIP(NO_ACLS);
	fetch_tree("-v");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("home/copy/file", NULL), TEXT);
	ck_assert(has_acl("home/copy/file"));
}

TEST(a_replaced_file_does_not_gain_the_default_acl_of_its_directory)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	make_old("home/copy", getuid(), getgid(), 0640);
	if (!set_acl("home", "system.posix_acl_default"))
		SKIP(NO_ACLS);
	fetch_file("home/copy");
	expect_code(&client, 0, NULL);
	expect_new("home/copy", getuid(), getgid(), 0640);
	ck_assert_int_lt(getxattr("home/copy", "system.posix_acl_access", NULL, 0), 0);
}

/* The top directory of a new tree. */

TEST(the_top_of_a_new_tree_inherits_group_and_set_group_id)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	if (!harness_other_users() || chown("home", 0, 12346) != 0)
		SKIP("needs real root, to choose a group");
	ck_assert_int_eq(chmod("home", 02775), 0);
	fetch_tree("-v");
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(mode_of("home/copy"), 02755);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 02755);
	ck_assert_uint_eq(status_of("home/copy").st_gid, 12346);
}

TEST(the_top_of_a_preserved_tree_inherits_set_group_id)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(chmod("home", 02775), 0);
	ck_assert_int_eq(chmod("pub/tree", 0750), 0);
	fetch_tree("-p");
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(mode_of("home/copy"), 02750);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 02755);
	fetch_tree("-p");
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(mode_of("home/copy"), 02750);
}

TEST(a_new_tree_has_the_default_acl_and_no_more)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("pub/tree/narrow", 0555), 0);
	if (!set_acl("home", "system.posix_acl_default"))
		SKIP(NO_ACLS);
	ck_assert_int_eq(mkdir("home/by-mkdir", 0755), 0);
	fetch_tree("-v");
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(mode_of("home/copy"), mode_of("home/by-mkdir"));
	ck_assert_uint_eq(mode_of("home/copy/sub"), mode_of("home/by-mkdir"));
	ck_assert_uint_eq(mode_of("home/copy/narrow") & 07, 0);
	ck_assert_int_gt(getxattr("home/copy", "system.posix_acl_default", NULL, 0), 0);
}

/* Write-protected files and directories of an ordinary user. */

static void expect_fetched_twice(const char *option)
{
	ck_assert_int_eq(chmod("pub/tree/file", 0444), 0);
	ck_assert_int_eq(chmod("pub/tree/sub/file", 0444), 0);
	ck_assert_int_eq(chmod("pub/tree/sub", 0555), 0);
	ck_assert_int_eq(chmod("pub/tree", 0555), 0);
	fetch_tree(option);
	expect_code(&client, 0, NULL);
	fetch_tree(option);
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(mode_of("home/copy"), 0555);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 0555);
	ck_assert_uint_eq(mode_of("home/copy/file"), 0444);
	ck_assert_uint_eq(mode_of("home/copy/sub/file"), 0444);
	ck_assert_int_eq(harness_count_entries("home/copy"), 2);
	ck_assert_int_eq(harness_count_entries("home/copy/sub"), 1);
}

TEST(a_write_protected_tree_is_fetched_twice)
{
	AS_USER();
	serve(&server, .files = files);
	expect_fetched_twice("-v");
}

TEST(a_write_protected_tree_is_preserved_twice)
{
	AS_USER();
	serve(&server, .files = files);
	expect_fetched_twice("-p");
	ck_assert_int_eq(status_of("home/copy/sub").st_mtime,
			 status_of("pub/tree/sub").st_mtime);
}

TEST(a_write_protected_file_is_fetched_twice)
{
	AS_USER();
	serve(&server, .files = files);
	make_old("home/copy", user, user, 0444);
	fetch_file("home/copy");
	expect_code(&client, 0, NULL);
	expect_new("home/copy", user, user, 0444);
}

TEST(a_file_that_another_user_protected_stays)
{
	AS_USER();
	serve(&server, .files = files);
	make_old("home/copy", THIRD_UID, THIRD_UID, 0644);
	fetch_file("home/copy");
	expect_code(&client, CODE_OUTPUT, "Permission denied");
	ck_assert_str_eq(harness_read("home/copy", NULL), OLD);
}

TEST(directories_are_protected_again_after_a_failure)
{
	AS_USER();
	serve(&server, .files = files);
	fetch_tree("-v");
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(unlink("home/copy/sub/file"), 0);
	ck_assert_int_eq(mkdir("home/copy/sub/file", 0755), 0);
	ck_assert_int_eq(chmod("home/copy/sub", 0555), 0);
	ck_assert_int_eq(chmod("home/copy", 0555), 0);
	fetch_tree("-v");
	expect_code(&client, CODE_OUTPUT, "Is a directory");
	ck_assert_uint_eq(mode_of("home/copy"), 0555);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 0555);
}

TEST(directories_are_protected_again_after_a_signal)
{
	static const struct served slow[] = {
		{.name = "tree/"},
		{.name = "tree/sub/"},
		{"tree/sub/large", .size = 3000000, .seed = 1},
		{.name = NULL},
	};

	AS_USER();
	serve(&server, .files = slow, .settings = "rate-limit = 1000000");
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy/sub", 0755), 0);
	ck_assert_int_eq(chown("home/copy/sub", user, user), 0);
	ck_assert_int_eq(chown("home/copy", user, user), 0);
	ck_assert_int_eq(chmod("home/copy/sub", 0555), 0);
	ck_assert_int_eq(chmod("home/copy", 0555), 0);
	client_start(&client, "-r", "-o", "home/copy", "pub/tree", NULL);
	WAIT_FOR(harness_count_entries("home/copy/sub") == 1);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 0755);
	ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGTERM);
	ck_assert_int_eq(harness_count_entries("home/copy/sub"), 0);
	ck_assert_uint_eq(mode_of("home/copy/sub"), 0555);
	ck_assert_uint_eq(mode_of("home/copy"), 0555);
}

/* Targets that a rename cannot replace. */

TEST(a_mount_point_is_written_in_place)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve(&server, .files = files);
	harness_write("copy", "");
	harness_write("below", OLD);
	ck_assert_int_eq(mount("below", "copy", NULL, MS_BIND, NULL), 0);
	fetch_file("copy");
	expect_code(&client, 0, "pub/tree/file: written in place: the file is a mount point");
	ck_assert_str_eq(harness_read("below", NULL), TEXT);
	ck_assert_int_eq(umount("copy"), 0);
	ck_assert_int_eq(harness_count_entries("."), 4);
}

TEST(a_mount_point_in_a_tree_is_written_in_place)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	harness_write("home/copy/file", "");
	harness_write("below", OLD);
	ck_assert_int_eq(mount("below", "home/copy/file", NULL, MS_BIND, NULL), 0);
	fetch_tree("-v");
	expect_code(&client, 0, "pub/tree/file: written in place: the file is a mount point");
	ck_assert_str_eq(harness_read("below", NULL), TEXT);
	ck_assert_int_eq(harness_count_entries("home/copy"), 2);
	ck_assert_int_eq(umount("home/copy/file"), 0);
}

TEST(a_mount_point_is_continued)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve(&server, .files = files);
	harness_write("copy", "");
	harness_write("below", OLD);
	ck_assert_int_eq(mount("below", "copy", NULL, MS_BIND, NULL), 0);
	fetch(&client, "-c", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("below", NULL), TEXT);
	ck_assert_int_eq(umount("copy"), 0);
	ck_assert_int_ne(access("copy.part", F_OK), 0);
}

TEST(a_file_in_a_closed_directory_is_written_in_place)
{
	AS_USER();
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("closed", 0755), 0);
	make_old("closed/copy", user, user, 0640);
	fetch_file("closed/copy");
	expect_code(&client, 0,
		    "pub/tree/file: written in place: the directory takes no new file");
	expect_new("closed/copy", user, user, 0640);
	ck_assert_int_eq(harness_count_entries("closed"), 1);
}

TEST(a_file_of_another_user_in_a_closed_directory_is_written_in_place)
{
	AS_USER();
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("closed", 0755), 0);
	make_old("closed/copy", THIRD_UID, THIRD_UID, 0666);
	fetch(&client, "-p", "-o", "closed/copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	expect_new("closed/copy", THIRD_UID, THIRD_UID, 0666);
}

TEST(a_file_in_a_closed_directory_of_a_tree_is_written_in_place)
{
	AS_USER();
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	make_old("home/copy/file", user, user, 0640);
	ck_assert_int_eq(mkdir("home/copy/sub", 0755), 0);
	make_old("home/copy/sub/file", user, user, 0600);
	fetch_tree("-v");
	expect_code(&client, 0, "pub/tree/sub/file: written in place");
	expect_new("home/copy/file", user, user, 0640);
	expect_new("home/copy/sub/file", user, user, 0600);
}

TEST(a_file_on_a_mount_in_a_read_only_directory_is_written_in_place)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("fixed", 0755), 0);
	harness_write("fixed/copy", "");
	harness_write("below", OLD);
	ck_assert_int_eq(mount("fixed", "fixed", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount("below", "fixed/copy", NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, "fixed", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	fetch_file("fixed/copy");
	expect_code(&client, 0, "the directory takes no new file");
	ck_assert_str_eq(harness_read("below", NULL), TEXT);
	ck_assert_int_eq(umount("fixed/copy"), 0);
	ck_assert_int_eq(umount("fixed"), 0);
}

TEST(inplace_writes_through_hard_links)
{
	serve(&server, .files = files);
	harness_write("copy", OLD);
	ck_assert_int_eq(link("copy", "other"), 0);
	fetch(&client, "--inplace", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("other", NULL), TEXT);
	ck_assert_uint_eq(status_of("copy").st_nlink, 2);
}

TEST(inplace_writes_through_hard_links_in_a_tree)
{
	serve(&server, .files = files);
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	harness_write("home/copy/file", OLD);
	ck_assert_int_eq(link("home/copy/file", "other"), 0);
	fetch_tree("--inplace");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("other", NULL), TEXT);
	ck_assert_str_eq(harness_read("home/copy/sub/file", NULL), TEXT);
}

TEST(inplace_creates_a_missing_file)
{
	serve(&server, .files = files);
	fetch(&client, "--inplace", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy", NULL), TEXT);
}

TEST(inplace_sets_the_preserved_mode_and_time)
{
	serve(&server, .files = files);
	ck_assert_int_eq(chmod("pub/tree/file", 0604), 0);
	make_old("copy", getuid(), getgid(), 0640);
	fetch(&client, "--inplace", "-p", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	expect_new("copy", getuid(), getgid(), 0604);
	ck_assert_int_eq(status_of("copy").st_mtime, status_of("pub/tree/file").st_mtime);
}

/* Times. */

static void set_time(const char *name, time_t seconds, long nanoseconds)
{
	const struct timespec time = {.tv_sec = seconds, .tv_nsec = nanoseconds};
	const struct timespec times[2] = {time, time};

	ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

/* Fetches a file with its time, which then loses its fraction as on ext4 with small inodes. */
static void fetch_with_cut_time(const char *option)
{
	serve(&server, .files = files);
	set_time("pub/tree/file", 1000000000, 123456789);
	fetch(&client, "-p", option, "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, NULL);
	set_time("copy", 1000000000, 0);
	fetch(&client, "-pv", option, "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "skipped");
}

TEST(a_file_with_a_cut_time_is_complete)
{
	fetch_with_cut_time("-c");
}

TEST(a_file_with_a_cut_time_is_up_to_date)
{
	fetch_with_cut_time("-u");
}

TEST(a_window_of_times_is_taken_from_the_command_line)
{
	serve(&server, .files = files);
	set_time("pub/tree/file", 1000000003, 0);
	harness_write("copy", TEXT);
	set_time("copy", 1000000000, 0);
	fetch(&client, "-uv", "--modify-window", "3", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "skipped");
	fetch(&client, "-uv", "--modify-window", "2.9", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "4 B in");
}

/* Makes utimensat(2) succeed without an effect, as some file systems do. */
static void ignore_times(void *context)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_utimensat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(126);
}

TEST(a_time_that_the_file_system_does_not_keep_is_reported)
{
	serve(&server, .files = files);
	set_time("pub/tree/file", 1000000000, 0);
	client.prepare = ignore_times;
	fetch(&client, "-pv", "-o", "copy", "pub/tree/file", NULL);
	expect_code(&client, 0, "pub/tree/file: written, but the file system did not keep");
}

/* Two remote names for one local file, as on a file system that ignores case. */

TEST(a_file_that_was_just_written_is_not_overwritten)
{
	serve(&server, .files = files);
	harness_write("pub/tree/other", "the other text");
	ck_assert_int_eq(mkdir("home", 0755), 0);
	harness_write("home/other", OLD);
	ck_assert_int_eq(symlink("other", "home/file"), 0);
	fetch(&client, "-D", "home", "pub/tree/file", "pub/tree/other", NULL);
	expect_code(&client, CODE_OUTPUT, "an earlier file of this fetch");
	ck_assert_str_eq(harness_read("home/other", NULL), TEXT);
}

TEST(a_file_of_a_tree_that_was_just_written_is_not_overwritten)
{
	serve(&server, .files = files);
	harness_write("pub/tree/other", "the other text");
	ck_assert_int_eq(mkdir("home", 0755), 0);
	ck_assert_int_eq(mkdir("home/copy", 0755), 0);
	harness_write("home/copy/file", OLD);
	ck_assert_int_eq(link("home/copy/file", "home/copy/other"), 0);
	fetch_tree("--inplace");
	expect_code(&client, CODE_OUTPUT, "an earlier file of this fetch");
	harness_assert_same("home/copy/file", "home/copy/other");
}

int main(void)
{
	return harness_main("integration/replace", HARNESS_IPC);
}
