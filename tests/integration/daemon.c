/* SPDX-License-Identifier: ISC */
/* it_daemon: start, key, configuration, reload, signals and stop of msgfetchd. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STATUS_USAGE = 64,
	STATUS_UNAVAILABLE = 69,
	STATUS_SYSTEM = 71,
	STATUS_IO = 74,
	STATUS_NO_PERMISSION = 77,
	STATUS_CONFIG = 78,
};

enum {
	CODE_DENIED = 6,
	CODE_MISSING = 5,
	CODE_BUSY = 10,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers hold */

static struct msgfetchd first, second;
static struct client client, other;

static void make_pub(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	harness_make_file("pub/large", LARGE, 1);
}

static void serve_pub(void)
{
	make_pub();
	msgfetchd_start(&first, "-e", "pub=pub", NULL);
}

static void expect_served(void)
{
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

/* Writes the file conf: settings, and an export of pub. */
static const char *configure(const char *settings)
{
	harness_write("conf", harness_format("%s\nexport \"pub\" { path = \"%s/pub\" }\n",
					     settings, harness_directory()));
	return harness_format("%s/conf", harness_directory());
}

static void serve_configured(const char *settings)
{
	make_pub();
	msgfetchd_start(&first, "-c", configure(settings), NULL);
}

/* Starts a transfer of pub/large that stands still until client_finish(). */
static void start_large(struct client *slow)
{
	client_start(slow, "--retry", "0", "pub/large", NULL);
	client_await_standstill(slow);
}

/* The key. */

TEST(refuses_a_second_daemon_on_the_same_key)
{
	serve_pub();
	ck_assert_int_eq(msgfetchd_run(&second, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 STATUS_UNAVAILABLE);
	ck_assert(msgfetchd_logged(&second, "another msgfetchd holds key " TEST_KEY_TEXT));
	expect_served();
}

TEST(of_many_daemons_on_the_same_key_exactly_one_lives)
{
	enum { DAEMONS = 6 };
	static struct msgfetchd daemons[DAEMONS];
	struct msgfetchd *winner = NULL;

	make_pub();
	for (int i = 0; i < DAEMONS; i++)
		msgfetchd_launch(&daemons[i], "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL);
	for (int i = 0; i < DAEMONS; i++) {
		WAIT_FOR(msgfetchd_logged(&daemons[i], "ready: ") ||
			 msgfetchd_logged(&daemons[i], "another msgfetchd"));
		if (msgfetchd_logged(&daemons[i], "ready: ")) {
			ck_assert_ptr_null(winner);
			winner = &daemons[i];
			continue;
		}
		ck_assert_int_eq(msgfetchd_exit_status(&daemons[i]), STATUS_UNAVAILABLE);
	}
	ck_assert_ptr_nonnull(winner);
	expect_served();
}

TEST(serves_two_daemons_on_two_keys)
{
	serve_pub();
	ck_assert_int_eq(mkdir("two", 0755), 0);
	harness_write("two/file", "of the second");
	msgfetchd_launch(&second, "-k", "0x7777", "-e", "pub=two", NULL);
	msgfetchd_await(&second, "READY=1");
	expect_served();
	fetch(&client, "-k", "0x7777", "pub/file", NULL);
	expect_file(&client, "two/file");
}

TEST(serves_the_default_key_when_none_is_given)
{
	static const char *const environment[] = {"MSGFETCH_KEY=", NULL};

	make_pub();
	msgfetchd_launch(&first, "-e", "pub=pub", NULL);
	msgfetchd_await(&first, "READY=1");
	ck_assert_int_ge(queue_find(PROTOCOL_DEFAULT_KEY), 0);
	client.environment = environment;
	expect_served();
}

TEST(everyone_may_write_to_its_queue_and_nobody_read_it)
{
	struct queue_info info;

	serve_pub();
	ck_assert_int_eq(queue_inspect_any(queue_find(TEST_KEY), &info), 0);
	ck_assert_uint_eq(info.mode, 0622);
}

static pid_t start_as_other(void (*function)(void))
{
	uid_t uid = OTHER_UID;
	pid_t child = fork();

	if (child == 0) {
		harness_become(&uid);
		function();
		_exit(0);
	}
	return child;
}

static void make_queue(void)
{
	if (queue_create(TEST_KEY, 0622) < 0)
		_exit(1);
}

static void make_lease(void)
{
	struct lease lease;
	uid_t owner;

	if (lease_take(TEST_KEY, &lease, &owner) != 0)
		_exit(1);
}

static void expect_foreign(void (*what)(void))
{
	struct ipc_count before, after;

	ck_assert_int_eq(actors_wait(start_as_other(what), WAIT_LIMIT_MS), 0);
	before = harness_ipc_count();
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 STATUS_NO_PERMISSION);
	ck_assert(msgfetchd_logged(&first, harness_format("uid %d", OTHER_UID)));
	after = harness_ipc_count();
	ck_assert_int_eq(after.queues, before.queues);
	ck_assert_int_eq(after.semaphores, before.semaphores);
	actors_remove_stale(TEST_KEY);
}

TEST(refuses_a_key_whose_queue_is_someone_elses)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	expect_foreign(make_queue);
}

TEST(refuses_a_key_whose_lease_is_someone_elses)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	expect_foreign(make_lease);
}

TEST(an_ordinary_daemon_refuses_a_key_whose_queue_is_roots)
{
	uid_t uid = OTHER_UID;
	int queue;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	queue = queue_create(TEST_KEY, 0622);
	first.prepare = harness_become;
	first.context = &uid;
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 STATUS_NO_PERMISSION);
	ck_assert(msgfetchd_logged(&first, "uid 0"));
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(takes_over_from_a_daemon_that_was_killed)
{
	serve_pub();
	msgfetchd_kill(&first);
	ck_assert_int_ge(queue_find(TEST_KEY), 0);
	msgfetchd_start(&second, "-e", "pub=pub", NULL);
	expect_served();
}

TEST(serves_the_requests_that_a_killed_daemon_left)
{
	enum { LEFT = 5 };
	struct peer peers[LEFT];

	serve_pub();
	harness_stop(first.pid);
	for (int i = 0; i < LEFT; i++) {
		peer_open(&peers[i]);
		peer_ask(&peers[i], "pub/file", 0);
	}
	msgfetchd_kill(&first);
	msgfetchd_start(&second, "-e", "pub=pub", NULL);
	for (int i = 0; i < LEFT; i++) {
		peer_expect_file(&peers[i], "pub/file");
		peer_close(&peers[i]);
	}
}

/* Makes the request queue as another user and gives the queue to root. */
static int make_and_give_queue(void)
{
	uid_t uid = OTHER_UID;

	harness_become(&uid);
	return queue_give_user(queue_create(TEST_KEY, 0622), 0);
}

TEST(requests_in_a_queue_that_a_stranger_made_are_not_served)
{
	struct peer peer, next;
	pid_t maker;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	serve_pub();
	msgfetchd_kill(&first);
	ck_assert_int_eq(queue_remove(queue_find(TEST_KEY)), 0);
	maker = fork();
	if (maker == 0)
		_exit(make_and_give_queue() != 0);
	ck_assert_int_eq(actors_wait(maker, WAIT_LIMIT_MS), 0);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	msgfetchd_start(&second, "-e", "pub=pub", NULL);
	/* The daemon reads inherited requests before this ping. */
	peer_open(&next);
	peer_ping(&next);
	peer_receive(&next);
	ck_assert(peer_has_ticket(&peer));
	ck_assert_uint_eq(peer_count_messages(&peer), 1);
	peer_close(&next);
	peer_close(&peer);
}

TEST(drops_the_junk_that_a_killed_daemon_left)
{
	struct peer peer;

	serve_pub();
	harness_stop(first.pid);
	peer_send_raw(1, "junk", 4);
	peer_send_raw(1, "", 0);
	peer_send_raw(MESSAGE_WAKE, "", 0);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	msgfetchd_kill(&first);
	msgfetchd_start(&second, "-e", "pub=pub", NULL);
	peer_expect_file(&peer, "pub/file");
	peer_close(&peer);
}

TEST(makes_a_new_queue_after_a_removal)
{
	int queue;

	serve_pub();
	queue = queue_find(TEST_KEY);
	ck_assert_int_eq(queue_remove(queue), 0);
	WAIT_FOR(queue_find(TEST_KEY) >= 0);
	ck_assert_int_ne(queue_find(TEST_KEY), queue);
	expect_served();
}

/* Stopping. */

static void expect_stop(int number)
{
	serve_pub();
	ck_assert_int_eq(kill(first.pid, number), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
	ck_assert_int_eq(queue_find(TEST_KEY), -ENOENT);
	ck_assert_int_eq(lease_find(TEST_KEY), -ENOENT);
}

TEST(sigterm_removes_queue_and_lease)
{
	expect_stop(SIGTERM);
}

TEST(sigint_removes_queue_and_lease)
{
	expect_stop(SIGINT);
}

TEST(a_stopping_daemon_lets_transfers_finish)
{
	serve_pub();
	start_large(&client);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	msgfetchd_await(&first, "STOPPING=1");
	client_finish(&client);
	expect_file(&client, "pub/large");
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
}

TEST(a_stopping_daemon_refuses_new_requests)
{
	serve_pub();
	start_large(&client);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	msgfetchd_await(&first, "STOPPING=1");
	fetch(&other, "--retry", "0", "pub/file", NULL);
	expect_code(&other, CODE_BUSY, "shutting down");
	client_finish(&client);
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
}

TEST(a_stopping_daemon_refuses_those_who_wait)
{
	struct peer peer;

	serve_configured("max-workers = 1");
	start_large(&client);
	peer_open(&peer);
	peer_ask(&peer, "pub/file", 0);
	WAIT_FOR(peer_count_messages(&peer) == 0);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	peer_expect_failure(&peer, FAILURE_SHUTTING_DOWN, ESHUTDOWN);
	peer_close(&peer);
	client_finish(&client);
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
}

TEST(a_transfer_that_outlasts_the_drain_is_ended_with_an_answer)
{
	serve_configured("drain-limit = 0");
	start_large(&client);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(a_second_sigterm_ends_the_drain_at_once)
{
	serve_configured("drain-limit = 3600");
	start_large(&client);
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	msgfetchd_await(&first, "STOPPING=1");
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

/* Configuration. */

TEST(serves_from_a_configuration_file_alone)
{
	make_pub();
	msgfetchd_launch(&first, "--config", configure("key = \"" TEST_KEY_TEXT "\""), NULL);
	msgfetchd_await(&first, "READY=1");
	expect_served();
}

TEST(the_command_line_wins_over_the_file)
{
	make_pub();
	msgfetchd_start(&first, "-c", configure("key = \"0x4444\""), NULL);
	ck_assert_int_eq(queue_find(0x4444), -ENOENT);
	expect_served();
}

TEST(an_export_of_the_command_line_joins_those_of_the_file)
{
	make_pub();
	ck_assert_int_eq(mkdir("two", 0755), 0);
	harness_write("two/file", "more");
	msgfetchd_start(&first, "-c", configure(""), "-e", "two=two", NULL);
	expect_served();
	fetch(&client, "two/file", NULL);
	expect_file(&client, "two/file");
}

TEST(testing_a_good_configuration_succeeds)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c", configure("max-workers = 3"), NULL),
			 0);
}

TEST(testing_a_configuration_does_not_take_the_key)
{
	serve_pub();
	ck_assert_int_eq(msgfetchd_run(&second, "-k", TEST_KEY_TEXT, "--test-config", "-e",
				       "pub=pub", NULL),
			 0);
	expect_served();
}

/* A configuration with line as its second line is refused there. */
static void expect_refused(const char *line)
{
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c",
				       configure(harness_format("\n%s", line)), NULL),
			 STATUS_CONFIG);
	ck_assert_msg(msgfetchd_logged(&first, "/conf:2: "), "\"%s\" gave: %s", line,
		      harness_read(first.log, NULL));
}

TEST(an_unknown_key_is_refused_with_file_and_line)
{
	make_pub();
	expect_refused("no-such-key = 1");
	ck_assert(msgfetchd_logged(&first, "no-such-key"));
}

TEST(comments_do_not_shift_the_line_that_is_named)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c",
				       configure("# a comment\nmax-workers = 2 # another\n"
						 "// a third\nno-such-key = 1"),
				       NULL),
			 STATUS_CONFIG);
	ck_assert_msg(msgfetchd_logged(&first, "/conf:4: "), "%s",
		      harness_read(first.log, NULL));
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
		msgfetchd_run(&first, "-t", "-c", configure("user = \"nobody\""), NULL),
		STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "/conf:2: export \"pub\": "));
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c", configure(""), NULL), 0);
}

TEST(testing_reports_every_missing_directory)
{
	ck_assert_int_eq(
		msgfetchd_run(&first, "-t", "-e", "a=/no/such", "-e", "b=/nor/this", NULL),
		STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "/no/such"));
	ck_assert(msgfetchd_logged(&first, "/nor/this"));
}

/* A worker that becomes its client does not need the permissions of the daemon's user. */
TEST(testing_with_requesters_needs_no_permission_of_the_service)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	ck_assert_int_eq(chmod("pub", 0700), 0);
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c",
				       configure("user = \"nobody\" identity = requester"),
				       NULL),
			 0);
}

/* $INVOCATION_ID tells that a unit started the daemon. */
static void expect_advice_in_a_unit(const char *path, const char *advice)
{
	static const char *const environment[] = {"INVOCATION_ID=1", NULL};

	first.environment = environment;
	harness_write("conf", harness_format("export \"pub\" { path = \"%s\" }\n", path));
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c",
				       harness_format("%s/conf", harness_directory()), NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(
		&first, harness_format("/conf:1: export \"pub\": %s: cannot search", path)));
	ck_assert(msgfetchd_logged(&first, advice));
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
		&first, "-c",
		configure(harness_format("user = nobody export \"shut\" { path = \"%s/shut\" }",
					 harness_directory())),
		NULL);
	ck_assert(msgfetchd_logged(&first, "/conf:1: export \"shut\": "));
	msgfetchd_clear_states(&first);
	ck_assert_int_eq(kill(first.pid, SIGHUP), 0);
	msgfetchd_await(&first, "READY=1");
	ck_assert_int_eq(msgfetchd_count_log(&first, "/conf:1: export \"shut\": "), 2);
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
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-c",
				       harness_format("%s/conf", harness_directory()), NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "/conf:2: "));
}

TEST(a_missing_configuration_is_refused)
{
	ck_assert_int_eq(msgfetchd_run(&first, "-c", "/no/such/file", NULL), STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "/no/such/file"));
}

TEST(an_export_of_a_missing_directory_is_refused)
{
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-e", "pub=missing", NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "missing"));
}

TEST(an_export_of_a_file_is_refused)
{
	harness_write("file", "");
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-e", "pub=file", NULL),
			 STATUS_CONFIG);
}

TEST(wrong_usage_is_refused)
{
	ck_assert_int_eq(msgfetchd_run(&first, NULL), STATUS_USAGE);
	ck_assert_int_eq(msgfetchd_run(&first, "--no-such-option", NULL), STATUS_USAGE);
	ck_assert_int_eq(msgfetchd_run(&first, "-e", "pub=/tmp", "argument", NULL),
			 STATUS_USAGE);
}

TEST(a_misspelled_option_gets_a_suggestion)
{
	ck_assert_int_eq(msgfetchd_run(&first, "--exprot=a=/tmp", NULL), STATUS_USAGE);
	ck_assert(msgfetchd_logged(&first, "Did you mean '--export'?"));
	ck_assert_int_eq(msgfetchd_run(&first, "--nothing-like-it", NULL), STATUS_USAGE);
	ck_assert(!msgfetchd_logged(&first, "Did you mean"));
}

TEST(a_bad_key_option_is_explained)
{
	ck_assert_int_eq(msgfetchd_run(&first, "-k", "bad", "-e", "pub=/tmp", NULL),
			 STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "--key bad: is not a key, such as 0x1aaaaaa1"));
}

TEST(a_bad_export_or_key_on_the_command_line_is_refused)
{
	int status = msgfetchd_run(&first, "-e", "pub", NULL);

	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
	status = msgfetchd_run(&first, "-e", "a/b=/tmp", NULL);
	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
	status = msgfetchd_run(&first, "-k", "nonsense", "-e", "pub=/tmp", NULL);
	ck_assert(status == STATUS_USAGE || status == STATUS_CONFIG);
}

TEST(help_and_version_succeed)
{
	ck_assert_int_eq(msgfetchd_run(&first, "--help", NULL), 0);
	ck_assert_int_eq(msgfetchd_run(&first, "--version", NULL), 0);
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
	ck_assert_int_eq(msgfetchd_run(&first, "-e", "a/b=/tmp", "--dump-config", NULL),
			 STATUS_CONFIG);
	ck_assert_int_eq(msgfetchd_run(&first, "-e", "a=/tmp", "--dump-config", "-t", NULL),
			 STATUS_USAGE);
	ck_assert_int_eq(msgfetchd_run(&first, "-e", "a=/tmp", "--dump-config", "-b", NULL),
			 STATUS_USAGE);
}

TEST(log_level_debug_explains_why_a_request_waits)
{
	struct client waiting = {0};

	serve_configured("log-level = debug\nmax-workers = 1");
	start_large(&client);
	client_start(&waiting, "pub/file", NULL);
	msgfetchd_await_log(&first, "waits: max-workers\n");
	client_finish(&client);
	client_finish(&waiting);
	expect_file(&waiting, "pub/file");
}

/* Reading the configuration again. */

static void reload(void)
{
	msgfetchd_clear_states(&first);
	ck_assert_int_eq(kill(first.pid, SIGHUP), 0);
	msgfetchd_await(&first, "RELOADING=1");
	msgfetchd_await(&first, "READY=1");
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
	ck_assert(msgfetchd_logged(&first, "/conf:1: "));
	expect_served();
}

TEST(a_refused_configuration_shows_in_the_status)
{
	serve(&first, .settings = "max-workers = 3");
	configure("no-such-key = 1");
	reload();
	ck_assert_ptr_nonnull(strstr(first.states, "; configuration refused: "));
	ck_assert_ptr_nonnull(strstr(first.states, "/conf:1\n"));
	configure("");
	reload();
	ck_assert_ptr_null(strstr(strstr(first.states, "READY=1"), "refused"));
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
	ck_assert(msgfetchd_logged(&first, "/no/such/directory"));
	expect_served();
}

TEST(a_new_key_waits_for_a_restart)
{
	serve_configured("");
	configure("user = \"nobody\"");
	reload();
	ck_assert(msgfetchd_logged(&first, "restart"));
	expect_served();
}

TEST(sighup_changes_the_log_level)
{
	serve_configured("");
	expect_served();
	ck_assert(!msgfetchd_logged(&first, "requests pub/file"));
	configure("log-level = info");
	reload();
	expect_served();
	msgfetchd_await_log(&first, "requests pub/file");
	ck_assert_int_eq(msgfetchd_count_log(&first, " requests "), 1);
	configure("log-level = error");
	reload();
	expect_served();
	ck_assert_int_eq(msgfetchd_count_log(&first, " requests "), 1);
	ck_assert_int_eq(msgfetchd_count_log(&first, "configuration read again"), 1);
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
	ck_assert(msgfetchd_logged(&first, "/conf.d/new.conf:2: "));
	expect_served();
}

TEST(many_reloads_lose_no_descriptor)
{
	const char *open_files;
	int before;

	serve_configured("");
	reload();
	open_files = harness_format("/proc/%d/fd", (int)first.pid);
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
		ck_assert_int_eq(kill(first.pid, SIGHUP), 0);
	expect_served();
	configure(harness_format("export \"new\" { path = \"%s/pub\" }", harness_directory()));
	reload();
	fetch(&client, "new/file", NULL);
	expect_file(&client, "pub/file");
}

/* The service manager. */

TEST(it_reports_a_status)
{
	serve_pub();
	ck_assert(msgfetchd_has_said(&first, "STATUS="));
}

TEST(the_counts_of_the_status_follow_the_workers)
{
	serve_pub();
	start_large(&client);
	msgfetchd_await(&first, "STATUS=Serving: exports 1, workers 1, waiting 0");
	msgfetchd_clear_states(&first);
	client_finish(&client);
	msgfetchd_await(&first, "STATUS=Serving: exports 1, workers 0, waiting 0");
}

TEST(it_reports_a_stop)
{
	serve_pub();
	ck_assert_int_eq(kill(first.pid, SIGTERM), 0);
	msgfetchd_await(&first, "STOPPING=1");
	ck_assert_int_eq(msgfetchd_exit_status(&first), 0);
}

TEST(feeds_the_watchdog)
{
	static const char *const environment[] = {"WATCHDOG_USEC=100000", NULL};

	first.environment = environment;
	serve_pub();
	msgfetchd_await(&first, "WATCHDOG=1");
	msgfetchd_clear_states(&first);
	msgfetchd_await(&first, "WATCHDOG=1");
}

TEST(feeds_the_watchdog_under_load)
{
	static const char *const environment[] = {"WATCHDOG_USEC=100000", NULL};

	first.environment = environment;
	serve_pub();
	for (int i = 0; i < 20; i++)
		expect_served();
	msgfetchd_clear_states(&first);
	msgfetchd_await(&first, "WATCHDOG=1");
}

TEST(a_watchdog_of_another_process_is_not_fed)
{
	static const char *const environment[] = {"WATCHDOG_USEC=2000", "WATCHDOG_PID=1", NULL};

	first.environment = environment;
	serve_pub();
	for (int i = 0; i < 20; i++)
		expect_served();
	ck_assert(!msgfetchd_has_said(&first, "WATCHDOG=1"));
}

TEST(it_logs_that_it_is_ready)
{
	serve_pub();
	ck_assert(msgfetchd_logged(&first, "ready: key " TEST_KEY_TEXT ", exports: 1"));
}

/* The background. */

static pid_t background_pid; /* of the daemon that the current test put there */

static void serve_in_background(void)
{
	const char *pub = harness_format("pub=%s/pub", harness_directory());
	const char *file = harness_format("%s/pid", harness_directory());

	make_pub();
	ck_assert_int_eq(
		msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-b", "-p", file, "-e", pub, NULL),
		0);
	background_pid = (pid_t)strtol(harness_read("pid", NULL), NULL, 10);
	ck_assert_int_gt(background_pid, 1);
}

static void stop_background(void)
{
	ck_assert_int_eq(kill(background_pid, SIGTERM), 0);
	WAIT_FOR(access("pid", F_OK) != 0);
	harness_assert_no_ipc();
}

TEST(in_the_background_it_serves_as_soon_as_the_command_returns)
{
	serve_in_background();
	expect_served();
	stop_background();
}

/* Opens a file and locks it, as a shell does for the commands that it starts. */
static void hold_lock(void *context)
{
	int file = open("lock", O_RDWR | O_CREAT, 0600);

	(void)context;
	if (dup2(file, 9) != 9 || flock(9, LOCK_EX | LOCK_NB) != 0)
		_exit(126);
}

/* A shell's command substitution waits until no process holds the pipe. */
TEST(in_the_background_the_lookup_process_leaves_the_starters_files)
{
	struct stat null, held;
	pid_t lookups;

	serve_in_background();
	lookups = harness_lookup_process(background_pid);
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		ck_assert_int_eq(
			stat(harness_format("/proc/%d/fd/%d", (int)lookups, fd), &held), 0);
		ck_assert_uint_eq(held.st_rdev, null.st_rdev);
	}
	stop_background();
}

TEST(in_the_background_it_holds_no_inherited_file)
{
	int file;

	first.prepare = hold_lock;
	serve_in_background();
	file = open("lock", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(file, LOCK_EX | LOCK_NB), 0);
	close(file);
	stop_background();
}

static void close_stderr(void *context)
{
	(void)context;
	close(STDERR_FILENO);
}

TEST(without_stderr_no_log_line_gets_into_a_file)
{
	make_pub();
	first.prepare = close_stderr;
	msgfetchd_start(&first, "-v", "-e", "pub=pub", "-p", "pid", NULL);
	expect_served();
	ck_assert_str_eq(harness_read("pid", NULL), harness_format("%d", (int)first.pid));
}

TEST(in_the_background_it_leads_a_session)
{
	serve_in_background();
	ck_assert_int_ne(getsid(background_pid), getsid(0));
	ck_assert_int_ne(getpgid(background_pid), getpgid(0));
	stop_background();
}

TEST(a_second_daemon_with_the_same_pid_file_is_refused)
{
	serve_in_background();
	ck_assert_int_eq(
		msgfetchd_run(&second, "-k", "0x7777", "-p", "pid", "-e", "pub=pub", NULL),
		STATUS_UNAVAILABLE);
	ck_assert_int_eq(access("pid", F_OK), 0);
	stop_background();
}

TEST(in_the_background_a_failure_to_start_is_the_commands_failure)
{
	const char *pub = harness_format("pub=%s/pub", harness_directory());

	serve_pub();
	ck_assert_int_eq(msgfetchd_run(&second, "-k", TEST_KEY_TEXT, "-b", "-e", pub, NULL),
			 STATUS_UNAVAILABLE);
	ck_assert(msgfetchd_logged(&second, "another msgfetchd"));
}

/* The pid file is refused, and the file "victim" stays. */
static void expect_pid_file_refused(void)
{
	ck_assert_int_eq(
		msgfetchd_run(&second, "-k", TEST_KEY_TEXT, "-p", "pid", "-e", "pub=pub", NULL),
		STATUS_NO_PERMISSION);
	ck_assert_str_eq(harness_read("victim", NULL), "precious");
	ck_assert_int_eq(unlink("pid"), 0);
}

TEST(a_pid_file_that_was_planted_is_refused)
{
	make_pub();
	harness_write("victim", "precious");
	ck_assert_int_eq(symlink("victim", "pid"), 0);
	expect_pid_file_refused();
	ck_assert_int_eq(link("victim", "pid"), 0);
	expect_pid_file_refused();
	ck_assert_int_eq(mkfifo("pid", 0600), 0);
	expect_pid_file_refused();
	if (!harness_other_users())
		return;
	harness_write("pid", "");
	ck_assert_int_eq(chown("pid", OTHER_UID, OTHER_UID), 0);
	expect_pid_file_refused();
}

TEST(in_the_background_relative_paths_are_refused)
{
	make_pub();
	ck_assert_int_eq(
		msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-b", "-e", "pub=pub", NULL),
		STATUS_USAGE);
}

TEST(in_the_foreground_a_pid_file_is_kept_too)
{
	make_pub();
	msgfetchd_start(&first, "-e", "pub=pub", "-p", "pid", NULL);
	ck_assert_int_eq(strtol(harness_read("pid", NULL), NULL, 10), first.pid);
	msgfetchd_stop(&first);
	ck_assert_int_ne(access("pid", F_OK), 0);
}

/* Its user. */

TEST(started_as_root_it_becomes_a_user_for_good)
{
	const struct passwd *user = getpwnam("nobody");
	const char *status;

	if (user == NULL || !harness_other_users())
		SKIP("needs real root and a user \"nobody\"");
	make_pub();
	msgfetchd_start(&first, "-u", "nobody", "-e", "pub=pub", NULL);
	status = harness_read_proc(first.pid, "status");
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

TEST(started_as_root_to_stay_root_it_keeps_no_group_of_its_starter)
{
	if (!harness_other_users())
		SKIP("needs real root");
	make_pub();
	first.prepare = add_group;
	msgfetchd_start(&first, "-u", "root", "-e", "pub=pub", NULL);
	ck_assert_ptr_null(strstr(harness_read_proc(first.pid, "status"), "\nGroups:\t77 "));
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
	first.prepare = forbid_openat2;
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 STATUS_SYSTEM);
	ck_assert(msgfetchd_logged(&first, "openat2(2) is refused"));
	ck_assert_int_eq(msgfetchd_run(&first, "-t", "-e", "pub=pub", NULL), STATUS_CONFIG);
	ck_assert(msgfetchd_logged(&first, "openat2(2) is refused"));
}

TEST(groups_decide_where_capset_is_forbidden)
{
	uid_t uid = OTHER_UID;
	gid_t group = 0;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	first.prepare = forbid_capset;
	first.context = &uid;
	serve(&first, .rules = "allow-groups = {\"daemon\"}");
	client.prepare = become_member;
	client.context = &group;
	fetch(&client, "--server-user", harness_format("%d", OTHER_UID), "pub/file", NULL);
	expect_code(&client, CODE_DENIED, NULL);
	ck_assert(!msgfetchd_logged(&first, "lookup process has ended"));
}

TEST(an_unknown_user_is_refused)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-u", "no-such-user-here",
				       "-e", "pub=pub", NULL),
			 STATUS_CONFIG);
}

TEST(a_user_cannot_become_another)
{
	uid_t uid = OTHER_UID;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_pub();
	first.prepare = harness_become;
	first.context = &uid;
	ck_assert_int_eq(
		msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-u", "root", "-e", "pub=pub", NULL),
		STATUS_NO_PERMISSION);
}

TEST(an_unknown_group_is_refused)
{
	make_pub();
	ck_assert_int_eq(msgfetchd_run(&first, "-k", TEST_KEY_TEXT, "-c",
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

/* Trouble. */

static void forbid_forks(void *context)
{
	static const struct rlimit none = {0, 0};
	uid_t user = OTHER_UID;

	if (*(const bool *)context)
		harness_become(&user);
	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		_exit(126);
}

TEST(a_failed_fork_is_answered_as_busy)
{
	struct peer peer;

	/* The leak checker of a sanitizer build needs a fork at the end. */
	static const char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	bool root = harness_other_users(); /* root has no such limit */

	make_pub();
	first.prepare = forbid_forks;
	first.context = &root;
	first.environment = environment;
	msgfetchd_start(&first, "-e", "pub=pub", NULL);
	for (int i = 0; i < 3; i++) {
		peer_open(&peer);
		peer_ask(&peer, "pub/file", 0);
		peer_expect_failure(&peer, FAILURE_BUSY, EAGAIN);
		peer_close(&peer);
	}
	ck_assert(msgfetchd_logged(&first, "cannot fork"));
}

/* The log. */

/* Makes the descriptor *(int *)context standard error. */
static void take_stderr(void *context)
{
	if (dup2(*(const int *)context, STDERR_FILENO) < 0)
		_exit(126);
}

/* Serves many requests with a log that nobody reads, and stops. */
static void expect_served_unread(int reader, int writer)
{
	make_pub();
	first.prepare = take_stderr;
	first.context = &writer;
	msgfetchd_start(&first, "-v", "-e", "pub=pub", NULL);
	close(writer);
	for (int i = 0; i < 40; i++)
		expect_served();
	msgfetchd_stop(&first);
	close(reader);
}

TEST(a_log_in_a_pipe_that_nobody_reads_blocks_nobody)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	expect_served_unread(ends[0], ends[1]);
}

TEST(a_log_in_a_socket_that_nobody_reads_blocks_nobody)
{
	const int least = 1;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	expect_served_unread(ends[0], ends[1]);
}

static void limit_files(void *context)
{
	static const struct rlimit small = {2000, 2000};

	(void)context;
	if (setrlimit(RLIMIT_FSIZE, &small) != 0)
		_exit(126);
}

TEST(a_log_at_its_size_limit_does_not_end_the_daemon)
{
	make_pub();
	first.prepare = limit_files;
	msgfetchd_start(&first, "-v", "-e", "pub=pub", NULL);
	for (int i = 0; i < 40; i++)
		expect_served();
	msgfetchd_stop(&first);
}

TEST(help_on_a_full_device_is_a_failure)
{
	static const char *const options[] = {"--help", "--version", NULL};

	for (size_t i = 0; options[i] != NULL; i++) {
		const char *const arguments[] = {options[i], NULL};
		const struct spawn spawn = {
			.program = getenv("MSGFETCHD"),
			.arguments = arguments,
			.out = open("/dev/full", O_WRONLY | O_CLOEXEC),
		};
		int status = actors_wait(actors_spawn(&spawn), WAIT_LIMIT_MS);

		close(spawn.out);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), STATUS_IO);
	}
}

TEST(the_classic_layouts_are_off_by_default)
{
	uint8_t classic[260] = {0};
	int queue = queue_create_private();

	serve_pub();
	memcpy(classic, &queue, sizeof(queue));
	memcpy(classic + 4, "/pub/file", 10);
	peer_send_raw(1, classic, sizeof(classic));
	msgfetchd_await_log(&first, "dropped");
	ck_assert_int_eq(queue_remove(queue), 0);
}

int main(void)
{
	return harness_main("integration/daemon", HARNESS_IPC);
}
