/* SPDX-License-Identifier: ISC */
/* integration/follow: a file that is followed grows, is rotated, and outlives daemons. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_BUSY = 10 };

#define FOLLOWED_MAX (1u << 20)

/* A call that follows, on a thread of its own, and all that it received. */
struct follower {
	struct msgfetch *session;
	const char *path;
	struct msgfetch_request request;
	pthread_t thread;
	int result;
	_Atomic size_t length;
	_Atomic unsigned begins, ends, notices;
	_Atomic uint64_t from; /* offset of the last begin() */
	uint64_t position;     /* in the file: one past the last byte */
	bool gap;              /* data() left out or repeated a byte */
	char bytes[FOLLOWED_MAX];
};

static struct msgfetchd server;
static struct client client;
static struct follower follower, second;

static const struct served files[] = {{"log", .text = "one\ntwo\nthree\n"}, {.name = NULL}};

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct follower *to = context;

	to->position = file->offset;
	to->from = file->offset;
	to->begins++;
	return 0;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct follower *to = context;
	size_t had = to->length;

	if (offset != to->position || had + length > FOLLOWED_MAX)
		to->gap = true;
	else
		memcpy(to->bytes + had, bytes, length);
	to->position = offset + length;
	to->length = had + length;
	return 0;
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	struct follower *to = context;

	if (end->size != to->position)
		to->gap = true;
	to->ends++;
	return 0;
}

static void on_notice(void *context, const char *text)
{
	struct follower *to = context;

	(void)text;
	to->notices++;
}

static void *run(void *context)
{
	struct follower *to = context;
	const struct msgfetch_sink sink = {.size = sizeof(sink),
					   .context = to,
					   .begin = on_begin,
					   .data = on_data,
					   .end = on_end};

	to->request.paths = &to->path;
	to->request.count = 1;
	to->result = msgfetch_fetch(to->session, &to->request, &sink);
	return NULL;
}

static void start(struct follower *to, const char *path, unsigned flags, uint64_t length)
{
	struct msgfetch_options options = record_options();

	memset(to, 0, sizeof(*to));
	options.notice = on_notice;
	options.notice_context = to;
	ck_assert_int_eq(msgfetch_open(&to->session, &options), 0);
	to->path = path;
	to->request = record_request();
	to->request.flags = MSGFETCH_FOLLOW | flags;
	to->request.length = length;
	ck_assert_int_eq(pthread_create(&to->thread, NULL, run, to), 0);
}

static void await_begin(const struct follower *to, unsigned begins)
{
	WAIT_FOR(to->begins == begins);
}

/* Waits for exactly this text since the start. */
static void await(const struct follower *to, const char *text)
{
	WAIT_FOR(to->length >= strlen(text));
	ck_assert_uint_eq(to->length, strlen(text));
	ck_assert_mem_eq(to->bytes, text, strlen(text));
	ck_assert(!to->gap);
}

static void expect_result(struct follower *to, int result)
{
	ck_assert_int_eq(pthread_join(to->thread, NULL), 0);
	ck_assert_int_eq(to->result, result);
	ck_assert(!to->gap);
	msgfetch_close(to->session);
}

static void stop(struct follower *to)
{
	msgfetch_cancel(to->session);
	expect_result(to, -ECANCELED);
}

static void append(const char *name, const char *text)
{
	int file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(file), 0);
}

static void move(const char *from, const char *to)
{
	ck_assert_int_eq(rename(from, to), 0);
}

static void follow_log(void)
{
	serve(&server, .files = files);
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
}

/* Starts. */

TEST(the_content_comes_and_then_all_that_is_appended)
{
	follow_log();
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	append("pub/log", "fi");
	await(&follower, "one\ntwo\nthree\nfour\nfi");
	append("pub/log", "ve\n");
	await(&follower, "one\ntwo\nthree\nfour\nfive\n");
	ck_assert_uint_eq(follower.begins, 1);
	stop(&follower);
}

TEST(a_large_file_comes_whole)
{
	serve(&server, .files = (const struct served[]){
			       {"log", .size = FOLLOWED_MAX - 4, .seed = 3}, {.name = NULL}});
	start(&follower, "pub/log", 0, 0);
	WAIT_FOR(follower.length == FOLLOWED_MAX - 4);
	append("pub/log", "more");
	WAIT_FOR(follower.length == FOLLOWED_MAX);
	ck_assert_mem_eq(follower.bytes, harness_read("pub/log", NULL), FOLLOWED_MAX);
	stop(&follower);
}

TEST(a_follow_can_start_with_the_last_lines)
{
	serve(&server, .files = files);
	start(&follower, "pub/log", MSGFETCH_LINES, 2);
	await(&follower, "two\nthree\n");
	ck_assert_uint_eq(follower.from, 4);
	append("pub/log", "four\n");
	await(&follower, "two\nthree\nfour\n");
	stop(&follower);
}

TEST(a_follow_can_start_at_the_end)
{
	serve(&server, .files = files);
	start(&follower, "pub/log", MSGFETCH_LINES, 0);
	await_begin(&follower, 1);
	ck_assert_uint_eq(follower.from, 14);
	append("pub/log", "four\n");
	await(&follower, "four\n");
	stop(&follower);
}

TEST(a_follow_can_start_with_the_last_bytes)
{
	serve(&server, .files = files);
	start(&follower, "pub/log", MSGFETCH_RANGE_SET | MSGFETCH_TAIL, 3);
	await(&follower, "ee\n");
	stop(&follower);
}

TEST(an_empty_file_is_followed_from_its_first_byte)
{
	serve(&server, .files = (const struct served[]){{.name = "log"}, {.name = NULL}});
	start(&follower, "pub/log", 0, 0);
	await_begin(&follower, 1);
	append("pub/log", "one\n");
	await(&follower, "one\n");
	stop(&follower);
}

TEST(a_missing_file_is_not_found)
{
	serve(&server, .files = files);
	start(&follower, "pub/none", 0, 0);
	expect_result(&follower, -ENOENT);
}

TEST(a_missing_file_can_be_awaited)
{
	serve(&server, .files = files);
	start(&follower, "pub/none", MSGFETCH_AWAIT, 0);
	WAIT_FOR(follower.notices == 1);
	append("pub/none", "at last\n");
	await(&follower, "at last\n");
	stop(&follower);
}

TEST(a_file_in_a_missing_directory_can_be_awaited)
{
	serve(&server, .files = files);
	start(&follower, "pub/new/one/log", MSGFETCH_AWAIT, 0);
	WAIT_FOR(follower.notices == 1);
	ck_assert_int_eq(mkdir("pub/new", 0755), 0);
	ck_assert_int_eq(mkdir("pub/new/one", 0755), 0);
	append("pub/new/one/log", "at last\n");
	await(&follower, "at last\n");
	stop(&follower);
}

TEST(a_directory_is_not_followed)
{
	serve(&server, .files = (const struct served[]){{.name = "logs/"}, {.name = NULL}});
	start(&follower, "pub/logs", MSGFETCH_AWAIT, 0);
	expect_result(&follower, -EISDIR);
}

TEST(a_range_past_the_end_is_refused)
{
	serve(&server, .files = files);
	start(&follower, "pub/log", MSGFETCH_RANGE_SET, 0);
	stop(&follower);
	memset(&follower, 0, sizeof(follower));
	follower.session = record_open();
	follower.path = "pub/log";
	follower.request = record_request();
	follower.request.flags = MSGFETCH_FOLLOW | MSGFETCH_RANGE_SET;
	follower.request.offset = 15;
	run(&follower);
	ck_assert_int_eq(follower.result, -ERANGE);
	msgfetch_close(follower.session);
}

/* Rotation. */

TEST(a_file_that_takes_the_name_is_followed)
{
	follow_log();
	move("pub/log", "pub/log.1");
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.begins, 2);
	ck_assert_uint_eq(follower.ends, 1);
	ck_assert_uint_eq(follower.from, 0);
	append("pub/log", "five\n");
	await(&follower, "one\ntwo\nthree\nfour\nfive\n");
	stop(&follower);
}

TEST(lines_that_a_program_still_writes_to_the_renamed_file_come_before_the_new_ones)
{
	follow_log();
	move("pub/log", "pub/log.1");
	append("pub/log.1", "late\n");
	await(&follower, "one\ntwo\nthree\nlate\n");
	append("pub/log", "");
	append("pub/log.1", "later\n");
	await(&follower, "one\ntwo\nthree\nlate\nlater\n");
	append("pub/log", "new\n");
	await(&follower, "one\ntwo\nthree\nlate\nlater\nnew\n");
	stop(&follower);
}

TEST(a_file_that_is_renamed_over_the_name_is_followed)
{
	follow_log();
	append("pub/other", "four\n");
	move("pub/other", "pub/log");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.begins, 2);
	stop(&follower);
}

TEST(a_removed_file_is_awaited)
{
	follow_log();
	ck_assert_int_eq(unlink("pub/log"), 0);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	stop(&follower);
}

TEST(a_truncated_file_is_followed_from_its_start)
{
	follow_log();
	ck_assert_int_eq(truncate("pub/log", 0), 0);
	WAIT_FOR(follower.begins == 2);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	stop(&follower);
}

TEST(a_directory_that_is_replaced_is_noticed)
{
	serve(&server, .files = (const struct served[]){
			       {.name = "app/"}, {"app/log", .text = "one\n"}, {.name = NULL}});
	start(&follower, "pub/app/log", 0, 0);
	await(&follower, "one\n");
	move("pub/app", "pub/old");
	ck_assert_int_eq(mkdir("pub/app", 0755), 0);
	append("pub/app/log", "two\n");
	await(&follower, "one\ntwo\n");
	stop(&follower);
}

TEST(a_file_behind_a_symbolic_link_is_looked_at_once_a_second)
{
	serve(&server, .files = (const struct served[]){{"log.1", .text = "one\n"},
							{"log.2", .text = "two\n"},
							{"log", .link = "log.1"},
							{.name = NULL}});
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\n");
	ck_assert_int_eq(symlink("log.2", "pub/new"), 0);
	move("pub/new", "pub/log");
	await(&follower, "one\ntwo\n");
	stop(&follower);
}

/* Daemons and workers that end. */

TEST(a_killed_worker_costs_no_byte)
{
	follow_log();
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.begins, 1);
	stop(&follower);
}

TEST(a_killed_daemon_costs_no_byte)
{
	follow_log();
	msgfetchd_kill(&server);
	append("pub/log", "four\n");
	serve(&server, .files = files);
	await(&follower, "one\ntwo\nthree\nfour\n");
	append("pub/log", "five\n");
	await(&follower, "one\ntwo\nthree\nfour\nfive\n");
	ck_assert_uint_eq(follower.begins, 1);
	stop(&follower);
}

TEST(a_daemon_that_stops_does_not_wait_for_followers)
{
	uint64_t began;

	follow_log();
	began = harness_now_ms();
	msgfetchd_stop(&server);
	ck_assert_uint_lt(harness_now_ms() - began, 5000);
	append("pub/log", "four\n");
	serve(&server, .files = files);
	await(&follower, "one\ntwo\nthree\nfour\n");
	stop(&follower);
}

TEST(a_file_that_is_rotated_while_no_daemon_runs_costs_no_byte)
{
	follow_log();
	msgfetchd_kill(&server);
	append("pub/log", "four\n");
	move("pub/log", "pub/log.1");
	append("pub/log", "five\n");
	serve(&server, .files = files);
	await(&follower, "one\ntwo\nthree\nfour\nfive\n");
	ck_assert_uint_eq(follower.begins, 2);
	stop(&follower);
}

TEST(a_file_that_is_truncated_while_no_daemon_runs_starts_over)
{
	follow_log();
	msgfetchd_kill(&server);
	ck_assert_int_eq(truncate("pub/log", 0), 0);
	append("pub/log", "four\n");
	serve(&server, .files = files);
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.ends, 1);
	stop(&follower);
}

TEST(a_reload_decides_anew_who_may_follow)
{
	serve(&server, .files = files, .rules = "allow-users = {\"root\"}");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	harness_write("conf", harness_format("export pub {\n\tpath = \"%s/pub\"\n"
					     "\tdeny-users = {\"root\"}\n}\n",
					     harness_directory()));
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	expect_result(&follower, -EACCES);
}

TEST(a_reload_costs_no_byte)
{
	serve(&server, .files = files, .settings = "max-workers = 2");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	WAIT_FOR(follower.notices == 1);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.begins, 1);
	stop(&follower);
}

enum { LINES = 10000, LINE_BYTES = 6, ROTATE_AFTER = 500, KILL_AFTER = 2500 };

static char expected[LINES * LINE_BYTES + 1];

/* Appends the lines from first to last - 1 to pub/log, and to expected. */
static void write_lines(unsigned first, unsigned last)
{
	for (unsigned i = first; i < last; i++) {
		snprintf(expected + (size_t)i * LINE_BYTES, LINE_BYTES + 1, "%05u\n", i);
		append("pub/log", expected + (size_t)i * LINE_BYTES);
	}
}

static void rotate_log(void)
{
	move("pub/log", "pub/log.1");
}

static void await_lines(unsigned count)
{
	WAIT_FOR(follower.length == (size_t)count * LINE_BYTES);
}

TEST(ten_thousand_lines_survive_rotations_and_killed_daemons)
{
	serve(&server, .files = (const struct served[]){{.name = "log"}, {.name = NULL}});
	start(&follower, "pub/log", 0, 0);
	await_begin(&follower, 1);
	for (unsigned line = 0; line < LINES; line += ROTATE_AFTER) {
		bool killed = line % KILL_AFTER == 0;

		write_lines(line, line + 200);
		if (killed)
			msgfetchd_kill(&server);
		write_lines(line + 200, line + 300);
		rotate_log();
		write_lines(line + 300, line + ROTATE_AFTER);
		if (killed)
			serve(&server, .files = files);
		await_lines(line + ROTATE_AFTER);
	}
	await(&follower, expected);
	ck_assert_uint_eq(follower.begins, LINES / ROTATE_AFTER + 1);
	stop(&follower);
}

/* Clients that end. */

TEST(a_cancelled_follow_ends_its_worker_within_two_seconds)
{
	uint64_t began;

	follow_log();
	stop(&follower);
	began = harness_now_ms();
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	ck_assert_uint_lt(harness_now_ms() - began, 2000);
	ck_assert(!msgfetchd_logged(&server, "hangs"));
	msgfetchd_await_log(&server, "op=follow outcome=client-gone paths=1 export=\"pub\" "
				     "path=\"pub/log\"");
}

/* Limits. */

TEST(followers_have_a_limit_of_their_own)
{
	serve(&server, .files = files, .settings = "max-workers = 1\nmax-followers = 1");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	fetch(&client, "pub/log", NULL);
	expect_file(&client, "pub/log");
	start(&second, "pub/log", 0, 0);
	WAIT_FOR(second.notices > 0);
	stop(&follower);
	await(&second, "one\ntwo\nthree\n");
	stop(&second);
}

TEST(one_user_has_no_more_followers_than_a_user_may)
{
	struct msgfetch_options options = record_options();

	serve(&server, .files = files,
	      .settings = "max-followers = 4\nmax-followers-per-user = 1\nlimit-root = true");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	memset(&second, 0, sizeof(second));
	options.retries = 0;
	ck_assert_int_eq(msgfetch_open(&second.session, &options), 0);
	second.path = "pub/log";
	second.request = record_request();
	second.request.flags = MSGFETCH_FOLLOW;
	run(&second);
	ck_assert_int_eq(second.result, -EAGAIN);
	ck_assert_int_eq(msgfetch_outcome(second.session), CODE_BUSY);
	ck_assert_ptr_nonnull(strstr(msgfetch_error(second.session), "max-followers-per-user"));
	msgfetch_close(second.session);
	stop(&follower);
}

TEST(the_status_tells_the_followers)
{
	serve(&server, .files = files, .settings = "max-followers = 7");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	fetch(&client, "--status", NULL);
	expect_code(&client, 0, NULL);
	fetch(&client, "--status=json", NULL);
	ck_assert_ptr_nonnull(
		strstr(client.output, "\n{\"name\":\"followers\",\"value\":1}\n"));
	ck_assert_ptr_nonnull(
		strstr(client.output, "\n{\"name\":\"followers_limit\",\"value\":7}\n"));
	ck_assert_ptr_nonnull(strstr(client.output, "\n{\"name\":\"workers\",\"value\":0}\n"));
	stop(&follower);
}

TEST(a_follow_outlasts_the_limit_of_a_transfer)
{
	uint64_t began = harness_now_ms();

	serve(&server, .files = files, .settings = "transfer-limit = 1");
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	WAIT_FOR(harness_now_ms() - began > 2500);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_eq(follower.notices, 0);
	stop(&follower);
}

/* Waiting. */

static unsigned long switches(pid_t process)
{
	const char *at =
		strstr(harness_read_proc(process, "status"), "\nvoluntary_ctxt_switches:");

	ck_assert_ptr_nonnull(at);
	return strtoul(at + strlen("\nvoluntary_ctxt_switches:"), NULL, 10);
}

TEST(a_confined_worker_sleeps_until_the_file_changes)
{
	unsigned long before;
	uint64_t began;
	pid_t worker;

	serve(&server, .files = files, .settings = TIGHTEST_SANDBOX);
	start(&follower, "pub/log", 0, 0);
	await(&follower, "one\ntwo\nthree\n");
	worker = harness_only_child(server.pid);
	WAIT_FOR(harness_read_proc(worker, "syscall")[0] != 'r');
	before = switches(worker);
	began = harness_now_ms();
	WAIT_FOR(harness_now_ms() - began > 2500);
	ck_assert_uint_eq(switches(worker), before);
	append("pub/log", "four\n");
	await(&follower, "one\ntwo\nthree\nfour\n");
	ck_assert_uint_gt(switches(worker), before);
	stop(&follower);
}

/* The command. */

static struct client watcher;

/* Starts msgfetch -f, whose output goes to the file "out". */
#define watch(...)                                                                    \
	do {                                                                          \
		watcher = (struct client){0};                                         \
		watcher.give_out =                                                    \
			open("out", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644); \
		ck_assert_int_ge(watcher.give_out, 0);                                \
		client_start(&watcher, "-f", __VA_ARGS__, NULL);                      \
	} while (0)

static void await_output(const char *text)
{
	WAIT_FOR(strlen(harness_read("out", NULL)) >= strlen(text));
	ck_assert_str_eq(harness_read("out", NULL), text);
}

static void end_watch(const char *errors)
{
	ck_assert_int_eq(kill(watcher.pid, SIGINT), 0);
	client_finish(&watcher);
	ck_assert_int_eq(watcher.signal, SIGINT);
	ck_assert_str_eq(watcher.errors, errors);
	close(watcher.give_out);
}

TEST(the_command_writes_what_is_appended)
{
	serve(&server, .files = files);
	watch("--lines", "1", "pub/log");
	await_output("three\n");
	append("pub/log", "four\n");
	await_output("three\nfour\n");
	end_watch("");
}

TEST(the_command_reports_a_rotation)
{
	serve(&server, .files = files);
	watch("--range", "-4", "pub/log");
	await_output("ree\n");
	move("pub/log", "pub/log.1");
	append("pub/log", "four\n");
	await_output("ree\nfour\n");
	ck_assert_int_eq(truncate("pub/log", 0), 0);
	WAIT_FOR(harness_count_children(server.pid, 0) == 1);
	client_await_errors(&watcher);
	append("pub/log", "5\n");
	await_output("ree\nfour\n5\n");
	end_watch("msgfetch: pub/log: the file was replaced; following the new file\n"
		  "msgfetch: pub/log: the file was truncated; following it from its start\n");
}

TEST(the_command_awaits_a_file_with_retry)
{
	serve(&server, .files = files);
	watch("--retry", "5", "pub/new");
	client_await_errors(&watcher);
	append("pub/new", "one\n");
	await_output("one\n");
	end_watch("msgfetch: pub/new: No such file or directory: waiting for the file\n");
}

TEST(the_command_ends_without_a_file_to_follow)
{
	serve(&server, .files = files);
	fetch(&client, "-f", "pub/none", NULL);
	expect_code(&client, 5, "pub/none: No such file or directory");
}

TEST(several_files_have_headers)
{
	serve(&server, .files = (const struct served[]){
			       {"a", .text = "1\n"}, {"b", .text = ""}, {.name = NULL}});
	watch("pub/a", "pub/b");
	await_output("==> pub/a <==\n1\n");
	append("pub/b", "2\n");
	await_output("==> pub/a <==\n1\n\n==> pub/b <==\n2\n");
	append("pub/b", "3\n");
	await_output("==> pub/a <==\n1\n\n==> pub/b <==\n2\n3\n");
	end_watch("");
}

TEST(each_chunk_is_a_json_line)
{
	serve(&server, .files = files);
	watch("--json", "--lines", "1", "pub/log");
	await_output("{\"path\":\"pub/log\",\"offset\":8,\"text\":\"three\\n\"}\n");
	append("pub/log", "\xc3");
	append("pub/log", "\xa4\n");
	await_output("{\"path\":\"pub/log\",\"offset\":8,\"text\":\"three\\n\"}\n"
		     "{\"path\":\"pub/log\",\"offset\":14,\"text\":\"\xc3\xa4\\n\"}\n");
	end_watch("");
}

TEST(a_follow_excludes_what_needs_an_end)
{
	fetch(&client, "-f", "-o", "x", "pub/log", NULL);
	expect_code(&client, 2, "--follow excludes --output");
	fetch(&client, "-f", "--digest", "pub/log", NULL);
	expect_code(&client, 2, "--follow excludes --digest");
	fetch(&client, "-f", "--range", "0-9", "pub/log", NULL);
	expect_code(&client, 2, "--follow needs a --range without an end");
	fetch(&client, "--lines", "3", "pub/log", NULL);
	expect_code(&client, 2, "--lines needs --follow");
	fetch(&client, "-f", "--lines", "-3", "pub/log", NULL);
	expect_code(&client, 2, "is not a whole number");
}

int main(void)
{
	return harness_main("integration/follow", HARNESS_IPC);
}
