/* SPDX-License-Identifier: ISC */
/* integration/reopen: exports whose directory was removed or replaced while the daemon runs. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_MISSING = 5, CODE_DENIED = 6 };

static struct msgfetchd server;
static struct client client;

static const struct served files[] = {{"file", .text = "old"}, {.name = NULL}};

static void serve_old(void)
{
	serve(&server, .files = files, .settings = TIGHTEST_SANDBOX);
}

/* Moves the export's directory away, and makes a new one with another file. */
static void replace(void)
{
	ck_assert_int_eq(rename("pub", "moved"), 0);
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "new");
}

static void expect_text(const char *text)
{
	fetch(&client, "pub/file", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, text);
}

static void remove_pub(const char *name)
{
	ck_assert_int_eq(unlink(harness_format("%s/file", name)), 0);
	ck_assert_int_eq(rmdir(name), 0);
}

static void reload(void)
{
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
}

/* Returns true if the status has this state of the export pub. */
static bool status_has(const char *state)
{
	fetch(&client, "--status", NULL);
	expect_code(&client, 0, NULL);
	return strstr(client.output,
		      harness_format("\nexport_directory{export=\"pub\",state=\"%s\"} 1\n",
				     state)) != NULL;
}

TEST(a_tree_of_a_removed_directory_is_a_failure)
{
	serve_old();
	remove_pub("pub");
	ck_assert_int_eq(mkdir("to", 0755), 0);
	fetch(&client, "-r", "-D", "to", "pub", NULL);
	expect_code(&client, CODE_MISSING, "the directory of the export is gone");
}

TEST(a_list_of_a_removed_directory_is_a_failure)
{
	serve_old();
	remove_pub("pub");
	fetch(&client, "-l", "pub", NULL);
	expect_code(&client, CODE_MISSING, "the directory of the export is gone");
	fetch(&client, "-l", NULL);
	expect_code(&client, CODE_MISSING, "pub: the directory of the export is gone");
}

TEST(a_directory_that_was_moved_away_is_a_failure)
{
	serve_old();
	ck_assert_int_eq(rename("pub", "moved"), 0);
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_MISSING, "the directory of the export is gone");
	msgfetchd_await_log(&server, "/pub: the directory is gone");
	ck_assert_int_eq(rename("moved", "pub"), 0);
	expect_text("old");
	msgfetchd_await_log(&server, "/pub: the directory is back");
}

TEST(a_replaced_directory_is_opened_and_logged)
{
	serve_old();
	replace();
	expect_text("new");
	ck_assert(msgfetchd_logged(&server, "/pub: the directory was replaced; opened"));
	remove_pub("moved");
	expect_text("new");
	ck_assert(status_has("open"));
}

TEST(a_removed_directory_that_was_made_anew_is_opened)
{
	serve_old();
	remove_pub("pub");
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "new");
	expect_text("new");
}

TEST(a_mount_after_the_start_is_found)
{
	if (!harness_mounts())
		SKIP("needs mounts");
	serve_old();
	ck_assert_int_eq(mount("none", "pub", "tmpfs", 0, NULL), 0);
	harness_write("pub/file", "mounted");
	expect_text("mounted");
	ck_assert_int_eq(umount2("pub", MNT_DETACH), 0);
	WAIT_FOR((fetch(&client, "pub/file", NULL), client.code == 0) &&
		 strcmp(client.output, "old") == 0);
}

TEST(a_link_that_moved_is_followed_at_a_reload)
{
	ck_assert_int_eq(mkdir("first", 0755), 0);
	ck_assert_int_eq(mkdir("second", 0755), 0);
	harness_write("first/file", "old");
	harness_write("second/file", "new");
	ck_assert_int_eq(symlink("first", "pub"), 0);
	serve_old();
	ck_assert_int_eq(symlink("second", "next"), 0);
	ck_assert_int_eq(rename("next", "pub"), 0);
	expect_text("old");
	msgfetchd_await_log(&server, "/pub: a symbolic link leads to another directory now");
	ck_assert(status_has("replaced"));
	reload();
	ck_assert(msgfetchd_logged(&server, "/pub: opened the directory that is there now"));
	expect_text("new");
	ck_assert(status_has("open"));
}

/* Another user can rename entries of the directory above the export. */
TEST(a_directory_where_others_can_put_one_is_not_opened)
{
	serve_old();
	ck_assert_int_eq(chmod(".", 0777), 0);
	replace();
	expect_text("old");
	msgfetchd_await_log(&server, "/pub: another directory is there, which other users");
	remove_pub("moved");
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_MISSING, NULL);
	reload();
	expect_text("new");
}

TEST(a_directory_of_another_owner_is_not_opened)
{
	if (!harness_other_users())
		SKIP("needs real root, to give a directory away");
	serve_old();
	ck_assert_int_eq(chmod(".", 01777), 0);
	replace();
	ck_assert_int_eq(chown("pub", OTHER_UID, OTHER_UID), 0);
	expect_text("old");
	ck_assert(status_has("replaced"));
}

TEST(the_owner_of_an_export_can_exchange_only_the_owners_directories)
{
	if (!harness_other_users())
		SKIP("needs real root, to give a directory away");
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "old");
	ck_assert_int_eq(chown(".", OTHER_UID, OTHER_UID), 0);
	ck_assert_int_eq(chown("pub", OTHER_UID, OTHER_UID), 0);
	serve_old();
	replace();
	expect_text("old");
	msgfetchd_await_log(&server, "/pub: another directory is there, which other users");
	remove_pub("pub");
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(chown("pub", OTHER_UID, OTHER_UID), 0);
	harness_write("pub/file", "theirs");
	WAIT_FOR((fetch(&client, "pub/file", NULL), client.code == 0) &&
		 strcmp(client.output, "theirs") == 0);
}

TEST(the_status_names_the_state_of_each_export)
{
	serve_old();
	ck_assert(status_has("open"));
	remove_pub("pub");
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_MISSING, NULL);
	WAIT_FOR(status_has("gone"));
}

TEST(the_doctor_names_an_export_that_is_gone)
{
	serve_old();
	remove_pub("pub");
	fetch(&client, "--doctor", NULL);
	expect_code(&client, CODE_MISSING, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "the export \"pub\" cannot serve: the "
						    "directory of the export is gone"));
}

TEST(an_export_that_the_daemon_cannot_search_has_a_state)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(mkdir("pub", 0700), 0);
	serve(&server, .files = files, .settings = "user = nobody");
	fetch(&client, "--server-user", "nobody", "--status", NULL);
	ck_assert_ptr_nonnull(
		strstr(client.output, "{export=\"pub\",state=\"unreadable\"} 1\n"));
	fetch(&client, "--server-user", "nobody", "--doctor", NULL);
	expect_code(&client, CODE_DENIED, NULL);
	ck_assert_ptr_nonnull(
		strstr(client.output, "the export \"pub\" cannot serve: Permission denied"));
}

TEST(a_change_is_looked_at_once_a_second)
{
	serve_old();
	ck_assert_int_eq(chmod(".", 0777), 0);
	replace();
	for (int i = 0; i < 5; i++)
		expect_text("old");
	ck_assert_int_eq(msgfetchd_count_log(&server, "another directory is there"), 1);
}

int main(void)
{
	return harness_main("integration/reopen", HARNESS_IPC);
}
