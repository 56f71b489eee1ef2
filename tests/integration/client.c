/* SPDX-License-Identifier: ISC */
/*
 * integration/client: msgfetch against a daemon that answers, stalls, dies or violates the
 * protocol.  The test itself plays the daemon, so that it controls each step.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NO_DAEMON = 3,
	CODE_UNTRUSTED = 4,
	CODE_CHANGED = 7,
	CODE_TIMED_OUT = 8,
	CODE_BUSY = 10,
};

static struct fake fake;
static struct client client;

#define TEXT "the bytes of the file"
#define STAMP FAKE_STAMP(sizeof(TEXT) - 1)

/* Starts a client for pub/file.  Further options may follow, then NULL. */
#define ASKED(...)                                              \
	do {                                                    \
		fake_open(&fake);                               \
		client_start(&client, "pub/file", __VA_ARGS__); \
		fake_await(&fake);                              \
	} while (0)

static void expect_end(int code, const char *text)
{
	client_finish(&client);
	expect_code(&client, code, text);
	fake_close(&fake);
}

static void expect_text(void)
{
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, TEXT);
	fake_close(&fake);
}

TEST(requests_the_given_path)
{
	ASKED(NULL);
	ck_assert_int_eq(fake.request.operation, OPERATION_FETCH);
	ck_assert_uint_eq(fake.request.path_count, 1);
	ck_assert_str_eq(fake.request.paths, "pub/file");
	ck_assert_uint_eq(fake.request.offset, 0);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(the_clients_queue_is_closed_to_others)
{
	struct queue_info info;

	ASKED(NULL);
	ck_assert_int_eq(queue_inspect(fake.request.queue, &info), 0);
	ck_assert_uint_eq(info.mode, 0600);
	ck_assert_int_eq(info.key, 0);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(removes_its_queue_when_done)
{
	struct queue_info info;

	ASKED(NULL);
	fake_serve(&fake, TEXT);
	client_finish(&client);
	ck_assert_int_eq(queue_inspect(fake.request.queue, &info), -EIDRM);
	fake_close(&fake);
}

TEST(writes_zeros_where_data_leaves_a_gap)
{
	ASKED(NULL);
	fake_entry(&fake, FAKE_STAMP(10));
	fake_data(&fake, 2, "ab", 2);
	fake_data(&fake, 6, "cd", 2);
	fake_end(&fake, FAKE_STAMP(10), 10);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_uint_eq(client.output_length, 10);
	ck_assert_mem_eq(client.output, "\0\0ab\0\0cd\0\0", 10);
	fake_close(&fake);
}

TEST(accepts_data_of_any_length)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	for (size_t i = 0; i < sizeof(TEXT) - 1; i++)
		fake_data(&fake, i, &TEXT[i], 1);
	fake_end(&fake, STAMP, sizeof(TEXT) - 1);
	expect_text();
}

/* Protocol violations. */

TEST(refuses_an_end_before_all_bytes_came)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_end(&fake, STAMP, 4);
	expect_end(CODE_CHANGED, "msgfetch: pub/file: ");
}

TEST(refuses_an_end_with_another_stamp)
{
	struct stamp other = STAMP;

	other.mtime_ns++;
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, sizeof(TEXT) - 1);
	fake_end(&fake, other, sizeof(TEXT) - 1);
	expect_end(CODE_CHANGED, "msgfetch: pub/file: ");
}

TEST(refuses_bytes_beyond_the_size)
{
	ASKED(NULL);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, TEXT, 8);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_data_before_the_entry)
{
	ASKED(NULL);
	fake_data(&fake, 0, TEXT, 4);
	expect_end(CODE_ERROR, "msgfetch: pub/file: ");
	ck_assert_uint_eq(client.output_length, 0);
}

TEST(refuses_an_end_before_the_entry)
{
	ASKED(NULL);
	fake_end(&fake, FAKE_STAMP(0), 0);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_a_second_entry)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_entry(&fake, STAMP);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_data_that_goes_back)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 8);
	fake_data(&fake, 4, TEXT, 8);
	expect_end(CODE_ERROR, NULL);
	ck_assert_str_eq(client.output, "the byte");
}

TEST(refuses_a_reply_to_another_request)
{
	ASKED(NULL);
	fake.request.serial++;
	fake_entry(&fake, STAMP);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_a_reply_on_another_entry)
{
	uint8_t text[PROTOCOL_MESSAGE_MAX];
	struct entry_wire body = {.stamp = STAMP};

	ASKED(NULL);
	fake_send(&fake, MESSAGE_ENTRY, text,
		  reply_encode_entry(text, fake.request.serial, 1, &body, "", ""));
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_a_message_that_is_no_reply)
{
	ASKED(NULL);
	fake_send(&fake, MESSAGE_DATA, "junk", 4);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_an_empty_message)
{
	ASKED(NULL);
	fake_send(&fake, MESSAGE_END, "", 0);
	expect_end(CODE_ERROR, NULL);
}

TEST(refuses_an_unknown_message)
{
	ASKED(NULL);
	fake_send(&fake, 77, "junk", 4);
	expect_end(CODE_ERROR, NULL);
}

TEST(escapes_text_of_the_daemon)
{
	uint8_t text[PROTOCOL_MESSAGE_MAX];
	struct failure_wire body = {.error = EIO, .reason = FAILURE_FILE};

	ASKED(NULL);
	fake_send(&fake, MESSAGE_FAILURE, text,
		  reply_encode_failure(text, fake.request.serial, ENTRY_WHOLE, &body,
				       "\033[2Jfine\nmsgfetch: forged", sizeof(text)));
	expect_end(CODE_ERROR, "\\n");
	ck_assert_ptr_null(strchr(client.errors, '\033'));
	ck_assert_ptr_null(strstr(client.errors, "\nmsgfetch"));
}

/* Failures and retries. */

TEST(a_file_that_changed_is_reported)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_fail(&fake, FAILURE_CHANGED, ESTALE, 0);
	expect_end(CODE_CHANGED, NULL);
}

TEST(retries_when_the_daemon_is_busy)
{
	ASKED(NULL);
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 1);
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(retries_with_a_new_queue)
{
	int first;

	ASKED(NULL);
	first = fake.request.queue;
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 1);
	fake_await(&fake);
	ck_assert_int_ne(fake.request.queue, first);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(retries_not_before_the_daemons_delay)
{
	uint64_t told;

	ASKED(NULL);
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 300);
	told = harness_now_ms();
	fake_await(&fake);
	ck_assert_uint_ge(harness_now_ms() - told, 299);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(gives_up_on_a_busy_daemon_after_its_retries)
{
	ASKED("--retry", "2", NULL);
	for (int i = 0; i < 2; i++) {
		fake_fail(&fake, FAILURE_BUSY, EAGAIN, 1);
		fake_await(&fake);
	}
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 1);
	expect_end(CODE_BUSY, "msgfetch: pub/file: ");
}

TEST(does_not_retry_with_a_limit_of_zero)
{
	ASKED("--retry", "0", NULL);
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 1);
	expect_end(CODE_BUSY, NULL);
}

TEST(retries_when_the_daemon_shuts_down)
{
	ASKED(NULL);
	fake_fail(&fake, FAILURE_SHUTTING_DOWN, ESHUTDOWN, 0);
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(gives_up_on_a_daemon_that_shuts_down)
{
	ASKED("--retry", "0", NULL);
	fake_fail(&fake, FAILURE_SHUTTING_DOWN, ESHUTDOWN, 0);
	expect_end(CODE_BUSY, NULL);
}

TEST(requests_the_rest_after_a_lost_worker)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_RESUME, 0);
	ck_assert_uint_eq(fake.request.offset, 4);
	ck_assert(stamp_equal(&fake.request.stamp, &STAMP));
	fake_entry(&fake, STAMP);
	fake_data(&fake, 4, &TEXT[4], sizeof(TEXT) - 5);
	fake_end(&fake, STAMP, sizeof(TEXT) - 1);
	expect_text();
}

TEST(a_lost_worker_without_a_retry_cuts_the_file_short)
{
	ASKED("--retry", "0", NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	expect_end(CODE_CHANGED, NULL);
}

TEST(requests_the_rest_from_a_new_daemon)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_close(&fake);
	fake_open(&fake);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_RESUME, 0);
	ck_assert_uint_eq(fake.request.offset, 4);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 4, &TEXT[4], sizeof(TEXT) - 5);
	fake_end(&fake, STAMP, sizeof(TEXT) - 1);
	expect_text();
}

TEST(goes_on_reading_from_a_worker_that_outlives_its_daemon)
{
	ASKED(NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	fake_close(&fake);
	fake_data(&fake, 4, &TEXT[4], sizeof(TEXT) - 5);
	fake_end(&fake, STAMP, sizeof(TEXT) - 1);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, TEXT);
}

/* Sends half of a file to a client with -o, then reports another file. */
static void become_another_file(void)
{
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, "old", 3);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_RESUME, 0);
	fake_fail(&fake, FAILURE_STAMP, ESTALE, 0);
}

TEST(starts_over_when_the_file_is_another_one)
{
	ASKED("-o", "copy", NULL);
	become_another_file();
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.flags & REQUEST_RESUME, 0);
	ck_assert_uint_eq(fake.request.offset, 0);
	fake_serve(&fake, TEXT);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy", NULL), TEXT);
	fake_close(&fake);
}

TEST(standard_output_cannot_start_over)
{
	ASKED(NULL);
	become_another_file();
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(9));
	client_finish(&client);
	ck_assert_int_ne(client.code, 0);
	ck_assert_str_eq(client.output, "old");
	fake_close(&fake);
}

/* Waits. */

TEST(times_out_when_nobody_answers)
{
	ASKED("--timeout", "0.2", NULL);
	expect_end(CODE_TIMED_OUT, "msgfetch: pub/file: ");
}

TEST(times_out_when_the_bytes_stop_coming)
{
	ASKED("--stall-timeout", "0.2", NULL);
	fake_entry(&fake, STAMP);
	fake_data(&fake, 0, TEXT, 4);
	expect_end(CODE_TIMED_OUT, "msgfetch: pub/file: ");
}

TEST(the_first_timeout_does_not_count_once_answered)
{
	ASKED("-w", "0.2", NULL);
	fake_entry(&fake, STAMP);
	for (uint64_t start = harness_now_ms(); harness_now_ms() - start < 300;)
		harness_pause();
	fake_data(&fake, 0, TEXT, sizeof(TEXT) - 1);
	fake_end(&fake, STAMP, sizeof(TEXT) - 1);
	expect_text();
}

#define FILLER 0x66696c6c /* a type that no request has */

static void fill_request_queue(void)
{
	struct message junk = {.type = FILLER};

	while (queue_send(fake.queue, &junk, MESSAGE_TEXT_MAX, false) == 0)
		;
}

TEST(times_out_when_the_request_queue_stays_full)
{
	fake_open(&fake);
	fill_request_queue();
	client_start(&client, "-w", "0.2", "pub/file", NULL);
	expect_end(CODE_TIMED_OUT, NULL);
}

TEST(sends_the_request_once_the_request_queue_has_room)
{
	struct message junk;

	fake_open(&fake);
	fill_request_queue();
	client_start(&client, "pub/file", NULL);
	WAIT_FOR(harness_ipc_count().queues == 2);
	/* Takes the fillers alone: the client's request may arrive meanwhile. */
	while (queue_receive(fake.queue, &junk, FILLER, false) >= 0)
		;
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(a_missing_daemon_is_reported_at_once)
{
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_NO_DAEMON, "msgfetch: ");
}

TEST(a_queue_without_a_lease_is_no_daemon)
{
	int queue = queue_create(TEST_KEY, 0622);
	struct queue_info info;

	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_NO_DAEMON, NULL);
	ck_assert_int_eq(queue_inspect(queue, &info), 0);
	ck_assert_uint_eq(info.messages, 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_queue_with_a_fallen_lease_is_no_daemon)
{
	struct queue_info info;
	int lowered;

	fake_open(&fake);
	lowered = semctl(fake.lease.id, 0, SETVAL, 0);
	ck_assert_int_eq(lowered, 0);
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_NO_DAEMON, NULL);
	ck_assert_int_eq(queue_inspect(fake.queue, &info), 0);
	ck_assert_uint_eq(info.messages, 0);
	fake_close(&fake);
}

TEST(waits_for_a_daemon_when_told_to_retry)
{
	client_start(&client, "--retry", "1000", "pub/file", NULL);
	fake_open(&fake);
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(a_daemon_that_dies_before_an_answer_is_no_daemon)
{
	ASKED("--retry", "1", NULL);
	fake_close(&fake);
	client_finish(&client);
	expect_code(&client, CODE_NO_DAEMON, NULL);
}

static void become_other(void *context)
{
	static uid_t uid = OTHER_UID;

	(void)context;
	harness_become(&uid);
}

/* Starts another user's process that holds the key: a queue, and optionally a lease. */
static void hold_as_third(bool lease)
{
	uid_t uid = THIRD_UID;
	int status;
	pid_t holder = fork();

	if (holder == 0) {
		struct lease held;
		uid_t owner;

		harness_become(&uid);
		_exit(queue_create(TEST_KEY, 0622) < 0 ||
		      (lease && lease_take(TEST_KEY, &held, &owner) != 0));
	}
	status = actors_wait(holder, WAIT_LIMIT_MS);
	ck_assert_int_eq(status, 0);
}

TEST(a_stranger_who_holds_the_key_is_named_and_not_trusted)
{
	struct queue_info info;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	hold_as_third(true);
	client.prepare = become_other;
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_UNTRUSTED, harness_format("%d", THIRD_UID));
	ck_assert_int_eq(queue_inspect(queue_find(TEST_KEY), &info), 0);
	ck_assert_uint_eq(info.messages, 0);
	ck_assert_int_eq(harness_ipc_count().queues, 1);
	actors_remove_stale(TEST_KEY);
}

TEST(a_stranger_who_is_named_is_trusted)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	hold_as_third(true);
	client.prepare = become_other;
	fetch(&client, "--server-user", harness_format("%d", THIRD_UID), "pub/file", NULL);
	expect_code(&client, CODE_NO_DAEMON, NULL); /* the lease has fallen by now */
	actors_remove_stale(TEST_KEY);
}

TEST(a_strangers_lease_is_not_trusted_with_the_users_own_queue)
{
	uid_t uid = THIRD_UID;
	int status, queue;
	pid_t holder;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	holder = fork();
	if (holder == 0) {
		struct lease held;
		uid_t owner;

		harness_become(&uid);
		_exit(lease_take(TEST_KEY, &held, &owner) != 0);
	}
	status = actors_wait(holder, WAIT_LIMIT_MS);
	ck_assert_int_eq(status, 0);
	queue = queue_create(TEST_KEY, 0622);
	ck_assert_int_ge(queue, 0);
	client.prepare = become_other;
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_UNTRUSTED, harness_format("%d", THIRD_UID));
	actors_remove_stale(TEST_KEY);
}

TEST(a_queue_that_a_stranger_made_and_gave_away_is_not_trusted)
{
	uid_t third = THIRD_UID;
	pid_t maker;
	int status;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	maker = fork();
	if (maker == 0) {
		harness_become(&third);
		_exit(queue_give_user(queue_create(TEST_KEY, 0622), 0) != 0);
	}
	status = actors_wait(maker, WAIT_LIMIT_MS);
	ck_assert_int_eq(status, 0);
	client.prepare = become_other;
	fetch(&client, "pub/file", NULL);
	expect_code(&client, CODE_UNTRUSTED, harness_format("%d", THIRD_UID));
	actors_remove_stale(TEST_KEY);
}

TEST(an_unknown_server_user_is_refused)
{
	fetch(&client, "--server-user", "no-such-user-here", "pub/file", NULL);
	ck_assert_int_ne(client.code, 0);
	ck_assert_ptr_nonnull(strstr(client.errors, "no-such-user-here"));
}

/* Signals. */

static void expect_signal_cleans(int number)
{
	struct queue_info info;

	ASKED(NULL);
	ck_assert_int_eq(kill(client.pid, number), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, number);
	ck_assert_int_eq(queue_inspect(fake.request.queue, &info), -EIDRM);
	fake_close(&fake);
}

TEST(sigint_removes_the_queue)
{
	expect_signal_cleans(SIGINT);
}

TEST(sigterm_removes_the_queue)
{
	expect_signal_cleans(SIGTERM);
}

TEST(sighup_removes_the_queue)
{
	expect_signal_cleans(SIGHUP);
}

TEST(sigquit_removes_the_queue)
{
	expect_signal_cleans(SIGQUIT);
}

TEST(sigpipe_removes_the_queue)
{
	expect_signal_cleans(SIGPIPE);
}

TEST(every_other_deadly_signal_removes_the_queue)
{
	static const int numbers[] = {SIGALRM, SIGUSR1,   SIGUSR2, SIGPOLL,
				      SIGXCPU, SIGVTALRM, SIGPROF};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		expect_signal_cleans(numbers[i]);
}

static void ignore_hangup(void *context)
{
	(void)context;
	signal(SIGHUP, SIG_IGN);
}

TEST(a_signal_that_was_ignored_stays_ignored)
{
	client.prepare = ignore_hangup;
	ASKED(NULL);
	ck_assert_int_eq(kill(client.pid, SIGHUP), 0);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(a_stop_and_a_continue_do_no_harm)
{
	ASKED(NULL);
	harness_stop(client.pid);
	fake_serve(&fake, TEXT);
	ck_assert_int_eq(kill(client.pid, SIGCONT), 0);
	expect_text();
}

/* The command line. */

static void expect_usage(const char *first, const char *second, const char *third)
{
	fetch(&client, first, second, third, NULL);
	expect_code(&client, CODE_USAGE, "msgfetch: ");
	ck_assert_uint_eq(client.output_length, 0);
}

TEST(no_path_is_wrong_usage)
{
	expect_usage(NULL, NULL, NULL);
}

TEST(an_unknown_option_is_wrong_usage)
{
	expect_usage("--no-such-option", "pub/file", NULL);
	expect_usage("-x", "pub/file", NULL);
}

TEST(a_bad_value_is_wrong_usage)
{
	expect_usage("--key=nonsense", "pub/file", NULL);
	expect_usage("--key=0", "pub/file", NULL);
	expect_usage("--timeout=-1", "pub/file", NULL);
	expect_usage("--stall-timeout=soon", "pub/file", NULL);
	expect_usage("--retry=many", "pub/file", NULL);
	expect_usage("--progress=maybe", "pub/file", NULL);
}

TEST(two_paths_to_one_file_are_wrong_usage)
{
	expect_usage("--output=file", "pub/a", "pub/b");
	expect_usage("-O", "pub/a", "other/a");
}

TEST(a_bad_key_in_the_environment_is_wrong_usage)
{
	static const char *const environment[] = {"MSGFETCH_KEY=nonsense", NULL};

	client.environment = environment;
	expect_usage("pub/file", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(client.errors, "MSGFETCH_KEY"));
}

TEST(the_option_wins_over_the_environment)
{
	static const char *const environment[] = {"MSGFETCH_KEY=0x12345", NULL};

	client.environment = environment;
	fake_open(&fake);
	client_start(&client, "-k", TEST_KEY_TEXT, "pub/file", NULL);
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	expect_text();
}

TEST(help_goes_to_stdout)
{
	fetch(&client, "--help", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "--stall-timeout"));
	ck_assert_str_eq(client.errors, "");
}

TEST(version_goes_to_stdout)
{
	fetch(&client, "-V", NULL);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, "msgfetch " PACKAGE_VERSION "\n");
}

TEST(ping_reports_a_missing_daemon)
{
	fetch(&client, "-P", NULL);
	expect_code(&client, CODE_NO_DAEMON, "msgfetch: ");
}

int main(void)
{
	return harness_main("integration/client", HARNESS_IPC);
}
