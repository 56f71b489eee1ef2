/* SPDX-License-Identifier: ISC */
/* integration/configuration: msgfetchd reads its options and files, tests them and reloads. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/pub.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STATUS_USAGE = 64,
	STATUS_CONFIG = 78,
};

enum {
	CODE_MISSING = 5,
};

TEST(serves_from_a_configuration_file_alone)
{
	make_pub();
	msgfetchd_launch(&first_daemon, "--config", configure("key = \"" TEST_KEY_TEXT "\""),
			 NULL);
	msgfetchd_await(&first_daemon, "READY=1");
	expect_served();
}

TEST(the_command_line_wins_over_the_file)
{
	make_pub();
	msgfetchd_start(&first_daemon, "-c", configure("key = \"0x4444\""), NULL);
	ck_assert_int_eq(queue_find(0x4444), -ENOENT);
	expect_served();
}

TEST(an_export_of_the_command_line_joins_those_of_the_file)
{
	make_pub();
	ck_assert_int_eq(mkdir("two", 0755), 0);
	harness_write("two/file", "more");
	msgfetchd_start(&first_daemon, "-c", configure(""), "-e", "two=two", NULL);
	expect_served();
	fetch(&client, "two/file", NULL);
	expect_file(&client, "two/file");
}

TEST(testing_a_good_configuration_succeeds)
{
	make_pub();
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-t", "-c", configure("max-workers = 3"), NULL),
		0);
}

TEST(testing_a_configuration_does_not_take_the_key)
{
	serve_pub();
	ck_assert_int_eq(msgfetchd_run(&second_daemon, "-k", TEST_KEY_TEXT, "--test-config",
				       "-e", "pub=pub", NULL),
			 0);
	expect_served();
}

/*
 * Asserts that a configuration with this second line is refused, and that the error names the
 * line.
 */
static void expect_refused(const char *line)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c",
				       configure(harness_format("\n%s", line)), NULL),
			 STATUS_CONFIG);
	ck_assert_msg(msgfetchd_logged(&first_daemon, "/conf:2: "), "\"%s\" gave: %s", line,
		      harness_read(first_daemon.log, NULL));
}

TEST(an_unknown_key_is_refused_with_file_and_line)
{
	make_pub();
	expect_refused("no-such-key = 1");
	ck_assert(msgfetchd_logged(&first_daemon, "no-such-key"));
}

TEST(comments_do_not_shift_the_line_that_is_named)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c",
				       configure("# a comment\nmax-workers = 2 # another\n"
						 "// a third\nno-such-key = 1"),
				       NULL),
			 STATUS_CONFIG);
	ck_assert_msg(msgfetchd_logged(&first_daemon, "/conf:4: "), "%s",
		      harness_read(first_daemon.log, NULL));
}

TEST(a_value_out_of_range_is_refused_with_file_and_line)
{
	make_pub();
	expect_refused("max-workers = 0");
	expect_refused("max-workers = 32769");
	expect_refused("max-waiting = -1");
	expect_refused("max-waiting = 65537");
	expect_refused("drain-limit = 3601");
	expect_refused("stall-limit = 0");
	expect_refused("stall-limit = 86401");
	expect_refused("orphan-age = 0");
	expect_refused("orphan-age = 31536001");
}

TEST(a_value_of_another_kind_is_refused_with_file_and_line)
{
	make_pub();
	expect_refused("max-workers = many");
	expect_refused("classic-clients = perhaps");
	expect_refused("key = \"nonsense\"");
	expect_refused("key = \"0\"");
}

TEST(testing_finds_an_unknown_user_and_an_unknown_group)
{
	make_pub();
	expect_refused("user = \"no-such-user-here\"");
	expect_refused("group = \"no-such-group-here\"");
}

TEST(testing_as_root_finds_an_export_that_the_user_cannot_search)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	ck_assert_int_eq(chmod("pub", 0700), 0);
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-t", "-c", configure("user = \"nobody\""), NULL),
		STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "/conf:2: export \"pub\": "));
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c", configure(""), NULL), 0);
}

TEST(testing_reports_every_missing_directory)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-e", "a=/no/such", "-e",
				       "b=/nor/this", NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "/no/such"));
	ck_assert(msgfetchd_logged(&first_daemon, "/nor/this"));
}

/* A worker that becomes its client does not need the permissions of the daemon's user. */
TEST(testing_with_requesters_needs_no_permission_of_the_service)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	ck_assert_int_eq(chmod("pub", 0700), 0);
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c",
				       configure("user = \"nobody\" identity = requester"),
				       NULL),
			 0);
}

/* $INVOCATION_ID tells that a unit started the daemon. */
static void expect_advice_in_a_unit(const char *path, const char *advice)
{
	static const char *const environment[] = {"INVOCATION_ID=1", NULL};

	first_daemon.environment = environment;
	harness_write("conf", harness_format("export \"pub\" { path = \"%s\" }\n", path));
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c",
				       harness_format("%s/conf", harness_directory()), NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(
		&first_daemon,
		harness_format("/conf:1: export \"pub\": %s: cannot search", path)));
	ck_assert(msgfetchd_logged(&first_daemon, advice));
}

TEST(a_directory_outside_of_the_unit_gets_the_setting_that_shows_it)
{
	expect_advice_in_a_unit("/no/such", "BindReadOnlyPaths=");
	expect_advice_in_a_unit("/home/no such user/pub", "ProtectHome=");
	expect_advice_in_a_unit("/tmp/no/such", "PrivateTmp=");
	expect_advice_in_a_unit("/dev/no/such", "PrivateDevices=");
}

TEST(start_and_reload_warn_of_an_export_that_cannot_be_searched)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	ck_assert_int_eq(mkdir("shut", 0700), 0);
	msgfetchd_start(
		&first_daemon, "-c",
		configure(harness_format("user = nobody export \"shut\" { path = \"%s/shut\" }",
					 harness_directory())),
		NULL);
	ck_assert(msgfetchd_logged(&first_daemon, "/conf:1: export \"shut\": "));
	msgfetchd_clear_states(&first_daemon);
	ck_assert_int_eq(kill(first_daemon.pid, SIGHUP), 0);
	msgfetchd_await(&first_daemon, "READY=1");
	ck_assert_int_eq(msgfetchd_count_log(&first_daemon, "/conf:1: export \"shut\": "), 2);
}

TEST(an_export_with_a_slash_in_its_name_is_refused)
{
	make_pub();
	expect_refused("export \"a/b\" { path = \"/tmp\" }");
}

TEST(an_export_with_a_relative_path_is_refused)
{
	make_pub();
	expect_refused("export \"a\" { path = \"tmp\" }");
}

TEST(an_export_without_a_path_is_refused)
{
	make_pub();
	expect_refused("export \"a\" { }");
}

TEST(an_unknown_key_in_an_export_is_refused)
{
	make_pub();
	expect_refused("export \"a\" { path = \"/tmp\" mode = 1 }");
}

TEST(two_exports_of_one_name_are_refused)
{
	make_pub();
	harness_write("conf",
		      "export \"a\" { path = \"/tmp\" }\nexport \"a\" { path = \"/\" }\n");
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-t", "-c",
				       harness_format("%s/conf", harness_directory()), NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "/conf:2: "));
}

TEST(a_missing_configuration_is_refused)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-c", "/no/such/file", NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "/no/such/file"));
}

TEST(an_export_of_a_missing_directory_is_refused)
{
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=missing", NULL),
		STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first_daemon, "missing"));
}

TEST(an_export_of_a_file_is_refused)
{
	harness_write("file", "");
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-k", TEST_KEY_TEXT, "-e", "pub=file", NULL),
		STATUS_CONFIG);
}

TEST(wrong_usage_is_refused)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, NULL), STATUS_USAGE);
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "--no-such-option", NULL), STATUS_USAGE);
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-e", "pub=/tmp", "argument", NULL),
			 STATUS_USAGE);
}

TEST(a_misspelled_option_gets_a_suggestion)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "--exprot=a=/tmp", NULL), STATUS_USAGE);
	ck_assert(msgfetchd_logged(&first_daemon, "Did you mean '--export'?"));
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "--nothing-like-it", NULL), STATUS_USAGE);
	ck_assert(!msgfetchd_logged(&first_daemon, "Did you mean"));
}

TEST(a_bad_key_option_is_explained)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-k", "bad", "-e", "pub=/tmp", NULL),
			 STATUS_CONFIG);
	ck_assert(
		msgfetchd_logged(&first_daemon, "--key bad: is not a key, such as 0x1aaaaaa1"));
}

TEST(a_bad_export_or_key_on_the_command_line_is_refused)
{
	int status = msgfetchd_run(&first_daemon, "-e", "pub", NULL);

	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
	status = msgfetchd_run(&first_daemon, "-e", "a/b=/tmp", NULL);
	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
	status = msgfetchd_run(&first_daemon, "-k", "nonsense", "-e", "pub=/tmp", NULL);
	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
}

TEST(help_and_version_succeed)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "--help", NULL), 0);
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "--version", NULL), 0);
}

TEST(dump_config_shows_the_settings_and_takes_no_key)
{
	struct spawn spawn = {
		.program = getenv("MSGFETCHD"),
		.arguments = (const char *const[]){"-c", "conf", "--dump-config", NULL},
	};

	serve_configured("max-workers = 7");
	actors_run(&client, &spawn);
	ck_assert_int_eq(client.code, 0);
	ck_assert_str_eq(client.errors, "");
	ck_assert_ptr_nonnull(strstr(client.output, "\nmax-workers = 7  # conf:1\n"));
	expect_served();
}

TEST(a_configuration_that_cannot_be_shown_is_a_failure)
{
	ck_assert_int_eq(msgfetchd_run(&first_daemon, "-e", "a/b=/tmp", "--dump-config", NULL),
			 STATUS_CONFIG);
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-e", "a=/tmp", "--dump-config", "-t", NULL),
		STATUS_USAGE);
	ck_assert_int_eq(
		msgfetchd_run(&first_daemon, "-e", "a=/tmp", "--dump-config", "-b", NULL),
		STATUS_USAGE);
}

TEST(log_level_debug_explains_why_a_request_waits)
{
	struct client waiting = {0};

	serve_configured("log-level = debug\nmax-workers = 1");
	start_large(&client);
	client_start(&waiting, "pub/file", NULL);
	msgfetchd_await_log(&first_daemon, "waits: max-workers\n");
	client_finish(&client);
	client_finish(&waiting);
	expect_file(&waiting, "pub/file");
}

/* Tests of a reload. */

static void reload(void)
{
	msgfetchd_clear_states(&first_daemon);
	ck_assert_int_eq(kill(first_daemon.pid, SIGHUP), 0);
	msgfetchd_await(&first_daemon, "RELOADING=1");
	msgfetchd_await(&first_daemon, "READY=1");
}

TEST(sighup_makes_a_new_export_appear)
{
	serve_configured("");
	ck_assert_int_eq(mkdir("new", 0755), 0);
	harness_write("new/file", "new");
	fetch(&client, "new/file", NULL);
	expect_code(&client, CODE_MISSING, NULL);
	configure(harness_format("export \"new\" { path = \"%s/new\" }", harness_directory()));
	reload();
	fetch(&client, "new/file", NULL);
	expect_file(&client, "new/file");
	expect_served();
}

TEST(sighup_makes_an_old_export_vanish)
{
	serve_configured("");
	harness_write("conf", harness_format("export \"other\" { path = \"%s/pub\" }\n",
					     harness_directory()));
	reload();
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_MISSING, NULL);
	fetch(&client, "other/file", NULL);
	expect_file(&client, "pub/file");
}

TEST(sighup_does_not_disturb_a_transfer)
{
	serve_configured("");
	start_large(&client);
	reload();
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_bad_file_leaves_the_old_configuration_in_force)
{
	serve_configured("");
	configure("no-such-key = 1");
	reload();
	ck_assert(msgfetchd_logged(&first_daemon, "/conf:1: "));
	expect_served();
}

TEST(a_refused_configuration_shows_in_the_status)
{
	serve(&first_daemon, .settings = "max-workers = 3");
	configure("no-such-key = 1");
	reload();
	ck_assert_ptr_nonnull(strstr(first_daemon.states, "; configuration refused: "));
	ck_assert_ptr_nonnull(strstr(first_daemon.states, "/conf:1\n"));
	configure("");
	reload();
	ck_assert_ptr_null(strstr(strstr(first_daemon.states, "READY=1"), "refused"));
}

TEST(a_missing_directory_shows_in_the_status)
{
	serve_configured("");
	configure("\nexport \"new\" { path = \"/no/such/directory\" }");
	reload();
	ck_assert_ptr_nonnull(strstr(first_daemon.states, "; configuration refused: "));
	ck_assert_ptr_nonnull(strstr(first_daemon.states, "/conf:2\n"));
}

TEST(a_missing_file_leaves_the_old_configuration_in_force)
{
	serve_configured("");
	ck_assert_int_eq(unlink("conf"), 0);
	reload();
	expect_served();
}

TEST(a_missing_directory_leaves_the_old_configuration_in_force)
{
	serve_configured("");
	configure("export \"new\" { path = \"/no/such/directory\" }");
	reload();
	ck_assert(msgfetchd_logged(&first_daemon, "/no/such/directory"));
	expect_served();
}

TEST(a_new_key_waits_for_a_restart)
{
	serve_configured("");
	configure("user = \"nobody\"");
	reload();
	ck_assert(msgfetchd_logged(&first_daemon, "restart"));
	expect_served();
}

TEST(sighup_changes_the_log_level)
{
	serve_configured("");
	expect_served();
	ck_assert(!msgfetchd_logged(&first_daemon, "requests pub/file"));
	configure("log-level = info");
	reload();
	expect_served();
	msgfetchd_await_log(&first_daemon, "requests pub/file");
	ck_assert_int_eq(msgfetchd_count_log(&first_daemon, " requests "), 1);
	configure("log-level = error");
	reload();
	expect_served();
	ck_assert_int_eq(msgfetchd_count_log(&first_daemon, " requests "), 1);
	ck_assert_int_eq(msgfetchd_count_log(&first_daemon, "configuration read again"), 1);
}

TEST(sighup_reads_fragments_again)
{
	const char *fragment =
		harness_format("export \"new\" { path = \"%s/pub\" }\n", harness_directory());

	serve_configured(TIGHTEST_SANDBOX);
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	harness_write("conf.d/new.conf", fragment);
	reload();
	fetch(&client, "new/file", NULL);
	expect_file(&client, "pub/file");
	ck_assert_int_eq(unlink("conf.d/new.conf"), 0);
	reload();
	fetch(&client, "new/file", NULL);
	expect_code(&client, CODE_MISSING, NULL);
}

TEST(a_bad_fragment_leaves_the_old_configuration_in_force)
{
	serve_configured("");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	harness_write("conf.d/new.conf", "\nnonsense = 1\n");
	reload();
	ck_assert(msgfetchd_logged(&first_daemon, "/conf.d/new.conf:2: "));
	expect_served();
}

TEST(many_reloads_lose_no_descriptor)
{
	const char *open_files;
	int before;

	serve_configured("");
	reload();
	open_files = harness_format("/proc/%d/fd", (int)first_daemon.pid);
	if (access(open_files, R_OK) != 0)
		SKIP("needs root, to see the daemon's descriptors");
	before = harness_count_entries(open_files);
	for (int i = 0; i < 50; i++)
		reload();
	ck_assert_int_eq(harness_count_entries(open_files), before);
	expect_served();
}

TEST(sighups_in_quick_succession_are_obeyed)
{
	serve_configured("");
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(kill(first_daemon.pid, SIGHUP), 0);
	expect_served();
	configure(harness_format("export \"new\" { path = \"%s/pub\" }", harness_directory()));
	reload();
	fetch(&client, "new/file", NULL);
	expect_file(&client, "pub/file");
}

int main(void)
{
	return harness_main("integration/configuration", HARNESS_IPC);
}
