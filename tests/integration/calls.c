/* SPDX-License-Identifier: ISC */
/*
 * integration/calls: calls of libmsgfetch that are cancelled, that run in parallel, or whose
 * daemon dies or violates the protocol.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/recorder.h"

#include "common/digest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fake fake;
static struct record_call call;

static void expect_asked(uint32_t flags, uint64_t offset, uint64_t length)
{
	fake_await(&fake);
	ck_assert_uint_eq(fake.request.flags & flags, flags);
	ck_assert_uint_eq(fake.request.offset, offset);
	ck_assert_uint_eq(fake.request.length, length);
}

/* Sends the END of a file with this text and digest, and the END of the list. */
static void end_with_digest(uint32_t kind, const char *text)
{
	const struct end_wire end = {.stamp = FAKE_STAMP(strlen(text)), .offset = strlen(text)};
	struct digester *digester = digester_open(kind);
	uint8_t message[PROTOCOL_MESSAGE_MAX];
	struct digest digest;

	digester_begin(digester);
	digester_add(digester, text, strlen(text));
	digest = digester_end(digester);
	digester_close(digester);
	fake_send(&fake, MESSAGE_END, message,
		  reply_encode_end(message, fake.request.serial, 0, &end, &digest));
	fake_over(&fake, 1);
}

/* Protocol violations and dead workers. */

TEST(another_digest_than_the_daemon_s_fails)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	request.digest = MSGFETCH_DIGEST_XXH3;
	record_start(&call, session, "pub/file", &request);
	expect_asked(REQUEST_XXH3, 0, 0);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, "lies", 4);
	end_with_digest(REQUEST_XXH3, "text");
	record_expect_result(&call, -EBADMSG);
	record_expect("begin  4 from 0\nfailed 0 7 Bad message\ndone 0\n");
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_digest_is_kept_over_a_lost_worker)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	request.digest = MSGFETCH_DIGEST_XXH3;
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, "te", 2);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	expect_asked(REQUEST_XXH3 | REQUEST_RESUME, 2, 0);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 2, "xt", 2);
	end_with_digest(REQUEST_XXH3, "text");
	record_expect_result(&call, 0);
	ck_assert_str_eq(record.bytes, "text");
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_digest_begins_anew_with_a_file_that_starts_over)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	request.digest = MSGFETCH_DIGEST_SHA256;
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(9));
	fake_data(&fake, 0, "other", 5);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	fake_await(&fake);
	fake_fail(&fake, FAILURE_STAMP, ESTALE, 0);
	expect_asked(REQUEST_SHA256, 0, 0);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, "text", 4);
	end_with_digest(REQUEST_SHA256, "text");
	record_expect_result(&call, 0);
	msgfetch_close(session);
	fake_close(&fake);
}

static struct msgfetch_request range(uint64_t offset, uint64_t length)
{
	struct msgfetch_request request = record_request();

	request.flags = MSGFETCH_RANGE_SET;
	request.offset = offset;
	request.length = length;
	return request;
}

TEST(the_rest_of_a_range_is_asked_for_after_a_lost_worker)
{
	struct msgfetch_request request = range(2, 6);
	struct msgfetch *session = record_open();

	record.pieces = true;
	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	expect_asked(REQUEST_RANGE, 2, 6);
	fake_entry(&fake, FAKE_STAMP(20));
	fake_data(&fake, 2, "cd", 2);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 4, 4);
	fake_entry(&fake, FAKE_STAMP(20));
	fake_data(&fake, 4, "efgh", 4);
	fake_end(&fake, FAKE_STAMP(20), 8);
	record_expect_result(&call, 0);
	record_expect("begin  20 from 2\ndata 2 at 2\ndata 4 at 4\nend 8\ndone 0\n");
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_byte_received_before_is_not_delivered_again)
{
	struct msgfetch_request request = range(2, 2);
	struct msgfetch *session = record_open();

	record.pieces = true;
	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(20));
	fake_data(&fake, 2, "cd", 2);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	expect_asked(REQUEST_RANGE | REQUEST_RESUME, 3, 1);
	fake_entry(&fake, FAKE_STAMP(20));
	fake_data(&fake, 3, "d", 1);
	fake_end(&fake, FAKE_STAMP(20), 4);
	record_expect_result(&call, 0);
	record_expect("begin  20 from 2\ndata 2 at 2\nend 4\ndone 0\n");
	msgfetch_close(session);
	fake_close(&fake);
}

/* Lists of a fake daemon. */

static void announce(uint32_t entry, const char *name, uint32_t mode)
{
	struct entry_wire body = {.stamp = FAKE_STAMP(0), .mode = mode};

	fake_announce(&fake, entry, &body, name, "");
}

static int note_name(void *context, const struct msgfetch_file *file)
{
	(void)context;
	record_note("%s\n", file->name);
	return 0;
}

static void *run_list(void *context)
{
	struct record_call *list = context;

	list->result = msgfetch_list(list->session, list->path, 0, note_name, NULL);
	return NULL;
}

TEST(a_list_that_starts_over_is_given_once)
{
	struct msgfetch *session = record_open();

	fake_open(&fake);
	call = (struct record_call){.session = session, .path = "pub"};
	ck_assert_int_eq(pthread_create(&call.thread, NULL, run_list, &call), 0);
	expect_asked(REQUEST_CHILDREN, 0, 0);
	ck_assert_int_eq(fake.request.operation, OPERATION_LIST);
	announce(0, "", 040755);
	announce(1, "a", 0100644);
	announce(2, "gone", 0100644);
	fake_fail(&fake, FAILURE_WORKER_LOST, ECHILD, 0);
	fake_await(&fake);
	announce(0, "", 040755);
	announce(1, "a", 0100644);
	fake_over(&fake, 2);
	record_expect_result(&call, 0);
	record_expect("a\n");
	msgfetch_close(session);
	fake_close(&fake);
}

static int accept_name(void *context, const struct msgfetch_file *file)
{
	(void)context;
	(void)file;
	return 0;
}

static void *run_names(void *context)
{
	struct record_call *names = context;
	struct msgfetch_request request;
	const struct msgfetch_sink sink = {.size = sizeof(sink), .begin = accept_name};

	msgfetch_request_init(&request);
	request.paths = &names->path;
	request.count = 1;
	request.flags = MSGFETCH_NAMES | MSGFETCH_CHILDREN;
	names->result = msgfetch_fetch(names->session, &request, &sink);
	return NULL;
}

/* Sends names until the client removes its queue. */
static void send_endless_names(void)
{
	static struct message message = {.type = MESSAGE_ENTRY};
	static char link[4000];
	struct entry_wire body = {.stamp = FAKE_STAMP(0), .mode = S_IFLNK | 0777};
	int error = 0;

	memset(link, 'x', sizeof(link) - 1);
	announce(0, "", 040755);
	for (uint32_t entry = 1; error != -EIDRM; entry++) {
		size_t length = reply_encode_entry(message.text, fake.request.serial, entry,
						   &body, "name", link);

		while ((error = queue_send(fake.request.queue, &message, length, false)) ==
		       -EAGAIN)
			sched_yield();
	}
}

TEST(a_list_without_end_is_cut_off)
{
	struct msgfetch *session = record_open();

	fake_open(&fake);
	call = (struct record_call){.session = session, .path = "pub"};
	ck_assert_int_eq(pthread_create(&call.thread, NULL, run_names, &call), 0);
	fake_await(&fake);
	send_endless_names();
	record_expect_result(&call, -E2BIG);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_ERROR);
	ck_assert_ptr_nonnull(strstr(msgfetch_error(session), "256 MiB"));
	msgfetch_close(session);
	fake_close(&fake);
}

static void *run_stat(void *context)
{
	struct record_call *stat = context;
	struct msgfetch_file file;

	stat->result = msgfetch_stat(stat->session, stat->path, &file, sizeof(file));
	return NULL;
}

TEST(an_entry_without_a_mode_and_failure_is_no_success)
{
	struct msgfetch *session = record_open();

	fake_open(&fake);
	call = (struct record_call){.session = session, .path = "pub"};
	ck_assert_int_eq(pthread_create(&call.thread, NULL, run_stat, &call), 0);
	fake_await(&fake);
	announce(0, "", 0);
	fake_over(&fake, 1);
	record_expect_result(&call, -EPROTO);
	msgfetch_close(session);
	fake_close(&fake);
}

/* Status. */

static void *run_status(void *context)
{
	struct record_call *status = context;
	char *text;

	status->result = msgfetch_status(status->session, &text);
	if (status->result == 0) {
		record_note("%s", text);
		free(text);
	}
	return NULL;
}

TEST(the_status_comes_as_one_text)
{
	struct msgfetch *session = record_open();

	fake_open(&fake);
	call = (struct record_call){.session = session};
	ck_assert_int_eq(pthread_create(&call.thread, NULL, run_status, &call), 0);
	fake_await(&fake);
	ck_assert_int_eq(fake.request.operation, OPERATION_STATUS);
	fake_data(&fake, 0, "uptime 1\n", 9);
	fake_data(&fake, 9, "workers 2\n", 10);
	fake_finish(&fake, 0, (struct stamp){0}, 19);
	record_expect_result(&call, 0);
	record_expect("uptime 1\nworkers 2\n");
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_denied_status_is_reported)
{
	struct msgfetch *session = record_open();

	fake_open(&fake);
	call = (struct record_call){.session = session};
	ck_assert_int_eq(pthread_create(&call.thread, NULL, run_status, &call), 0);
	fake_await(&fake);
	fake_fail(&fake, FAILURE_FILE, EACCES, 0);
	record_expect_result(&call, -EACCES);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_DENIED);
	msgfetch_close(session);
	fake_close(&fake);
}

/* Cancelled calls. */

static void expect_cancelled(struct msgfetch *session)
{
	record_expect_result(&call, -ECANCELED);
	ck_assert_int_eq(msgfetch_outcome(session), MSGFETCH_CANCELLED);
	ck_assert_str_eq(msgfetch_error(session), "cancelled by the program");
}

static void expect_usable(struct msgfetch *session)
{
	struct msgfetch_request request = record_request();

	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_serve(&fake, "text");
	record_expect_result(&call, 0);
	ck_assert_str_eq(record.bytes, "text");
}

TEST(a_call_that_waits_for_an_answer_is_cancelled)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	msgfetch_cancel(session);
	expect_cancelled(session);
	record_expect("");
	expect_usable(session);
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_call_is_cancelled_within_a_file)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(4));
	fake_data(&fake, 0, "te", 2);
	WAIT_FOR(atomic_load(&record.told) == 2);
	msgfetch_cancel(session);
	expect_cancelled(session);
	record_expect("begin  4 from 0\n");
	expect_usable(session);
	msgfetch_close(session);
	fake_close(&fake);
}

static void on_notice(void *context, const char *text)
{
	(void)context;
	record_note("%s\n", text);
}

TEST(a_call_between_two_tries_is_cancelled_at_once)
{
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetch *session;
	uint64_t start;

	options.notice = on_notice;
	options.timeout_ms = 0;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	fake_fail(&fake, FAILURE_BUSY, EAGAIN, 60000);
	WAIT_FOR(atomic_load(&record.told) == 1);
	start = harness_now_ms();
	msgfetch_cancel(session);
	expect_cancelled(session);
	ck_assert_uint_lt(harness_now_ms() - start, WAIT_LIMIT_MS);
	expect_usable(session);
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(the_next_call_is_cancelled_if_none_runs)
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();

	fake_open(&fake);
	msgfetch_cancel(session);
	record_start(&call, session, "pub/file", &request);
	expect_cancelled(session);
	expect_usable(session);
	msgfetch_close(session);
	fake_close(&fake);
}

static struct msgfetch *to_cancel;

static void cancel_it(int number)
{
	(void)number;
	msgfetch_cancel(to_cancel);
}

TEST(a_signal_handler_cancels)
{
	const struct sigaction action = {.sa_handler = cancel_it, .sa_flags = SA_RESTART};
	struct msgfetch_request request = record_request();

	to_cancel = record_open();
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	fake_open(&fake);
	record_start(&call, to_cancel, "pub/file", &request);
	fake_await(&fake);
	ck_assert_int_eq(pthread_kill(call.thread, SIGUSR1), 0);
	expect_cancelled(to_cancel);
	expect_usable(to_cancel);
	msgfetch_close(to_cancel);
	fake_close(&fake);
}

/* Calls a function in a forked child, while the parent's call waits for a reply. */
static void expect_harmless_in_child(void (*function)(struct msgfetch *session))
{
	struct msgfetch_request request = record_request();
	struct msgfetch *session = record_open();
	pid_t child;

	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	child = fork();
	if (child == 0) {
		function(session);
		_exit(0);
	}
	ck_assert_int_eq(actors_wait(child, WAIT_LIMIT_MS), 0);
	fake_serve(&fake, "text");
	record_expect_result(&call, 0);
	msgfetch_close(session);
	fake_close(&fake);
}

TEST(a_forked_child_cancels_nothing)
{
	expect_harmless_in_child(msgfetch_cancel);
}

TEST(a_forked_child_that_cleans_up_removes_no_queue_of_its_parent)
{
	expect_harmless_in_child(msgfetch_cleanup);
}

TEST(a_forked_child_that_closes_removes_no_queue_of_its_parent)
{
	expect_harmless_in_child(msgfetch_close);
}

/* A process of its own, so that it can die as a worker does, with the reply as its last deed.
 */
static void reply_and_die(void)
{
	pid_t worker = fork();

	if (worker == 0) {
		fake_entry(&fake, FAKE_STAMP(4));
		_exit(0);
	}
	ck_assert_int_eq(actors_wait(worker, WAIT_LIMIT_MS), 0);
}

TEST(the_death_of_a_worker_is_noticed_without_the_daemon)
{
	struct msgfetch_options options = record_options();
	struct msgfetch_request request = record_request();
	struct msgfetch *session;

	options.retries = 0;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	fake_open(&fake);
	record_start(&call, session, "pub/file", &request);
	fake_await(&fake);
	reply_and_die();
	record_expect_result(&call, -ECHILD);
	ck_assert_ptr_nonnull(strstr(msgfetch_error(session), "worker died"));
	msgfetch_close(session);
	fake_close(&fake);
}

/* Parallel sessions. */

enum { THREADS = 6, ROUNDS = 40 };
#define SIZE 300000u

struct worker {
	pthread_t thread;
	struct msgfetch *session;
	char path[16];
	unsigned right, cancelled, other;
};

static void *fetch_in_rounds(void *context)
{
	struct worker *worker = context;

	for (int round = 0; round < ROUNDS; round++) {
		size_t length = 0;
		void *bytes;
		int error = msgfetch_to_memory(worker->session, worker->path, SIZE, &bytes,
					       &length);

		if (error == -ECANCELED)
			worker->cancelled++;
		else if (error != 0 || length != SIZE)
			worker->other++;
		else
			worker->right += ((uint8_t *)bytes)[0] == (uint8_t)worker->path[4];
		if (error == 0)
			free(bytes);
	}
	return NULL;
}

static void *cancel_in_rounds(void *context)
{
	struct worker *worker = context;

	for (int i = 0; i < ROUNDS / 4; i++) {
		msgfetch_cancel(worker->session);
		harness_pause();
	}
	return NULL;
}

/* Creates files whose first byte is their name. */
static void make_files(struct worker *workers)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	for (int i = 0; i < THREADS; i++) {
		FILE *file;

		snprintf(workers[i].path, sizeof(workers[i].path), "pub/%c", 'a' + i);
		harness_make_file(workers[i].path, SIZE, (unsigned)i);
		file = fopen(workers[i].path, "r+");
		ck_assert_ptr_nonnull(file);
		fputc('a' + i, file);
		fclose(file);
	}
}

TEST(threads_fetch_at_once_while_one_cancels)
{
	static struct msgfetchd server;
	static struct worker workers[THREADS];
	pthread_t canceller;

	make_files(workers);
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	for (int i = 0; i < THREADS; i++) {
		workers[i].session = record_open();
		ck_assert_int_eq(
			pthread_create(&workers[i].thread, NULL, fetch_in_rounds, &workers[i]),
			0);
	}
	ck_assert_int_eq(pthread_create(&canceller, NULL, cancel_in_rounds, &workers[0]), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
	ck_assert_int_eq(pthread_join(canceller, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_uint_eq(workers[i].other, 0);
		ck_assert_uint_eq(workers[i].right + workers[i].cancelled, ROUNDS);
		ck_assert(i == 0 ? workers[i].cancelled > 0 : workers[i].cancelled == 0);
		msgfetch_close(workers[i].session);
	}
}

int main(void)
{
	return harness_main("integration/calls", HARNESS_IPC);
}
