/* SPDX-License-Identifier: ISC */
/* unit/transfer_log: the lines of one user are few, and a later line counts the rest. */
#include "config.h"

#include "server/stats/transfer_log.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS = 5000, START = 5000, LATER = START + LINE_LIMIT_WINDOW_MS };

static const struct log quiet = {
	.target = LOG_TO_STDERR, .level = LOG_NOTICE, .name = "msgfetchd"};
static struct transfer_log transfer_log = {.lines = AUDIT_FAILED};
static struct score score;
static const struct client client = {.uid = 1000, .pid = 10};

static void open_log(void)
{
	int file = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	close(file);
	accesslog_open(&transfer_log.access, &quiet, NULL);
}

/* Ends a worker that served the paths of *score. */
static void end(uint64_t now)
{
	const struct transfer_log_end ended = {
		.client = &client, .op = "fetch", .score = &score};

	transfer_log_ended(&transfer_log, &ended, now);
}

static unsigned count(const char *text)
{
	const char *at = harness_read("said", NULL);
	unsigned found = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		found++;
	}
	return found;
}

/* Returns the number that follows text in the log. */
static unsigned number_after(const char *text)
{
	const char *at = strstr(harness_read("said", NULL), text);

	ck_assert_ptr_nonnull(at);
	return (unsigned)strtoul(at + strlen(text), NULL, 10);
}

static void begin(unsigned paths)
{
	score.audit_wanted = (unsigned)transfer_log.lines;
	score_begin(&score, "pub", "pub/file", paths);
}

static void fail_path(const char *path)
{
	audit_fail(&score, &(struct audit_path){.export = "pub", .path = path, .name = ""},
		   &(struct failure){.reason = FAILURE_FILE, .error = EACCES});
}

TEST(served_requests_are_limited_and_counted)
{
	unsigned written;

	open_log();
	begin(1);
	score_end(&score, TRANSFER_SENT);
	for (unsigned i = 0; i < REQUESTS; i++)
		end(START);
	written = count("outcome=sent");
	ck_assert_uint_lt(written, REQUESTS / 2);
	ck_assert(transfer_log_held(&transfer_log));
	transfer_log_report(&transfer_log, LATER);
	ck_assert_uint_eq(number_after("outcome=any suppressed="), REQUESTS - written);
	ck_assert(!transfer_log_held(&transfer_log));
}

TEST(failed_paths_are_limited_and_counted)
{
	enum { TIMES = 100, PATHS = 3 };
	unsigned written;

	open_log();
	begin(PATHS);
	for (unsigned i = 0; i < PATHS; i++)
		fail_path("pub/other");
	score_end(&score, TRANSFER_FAILED);
	for (unsigned i = 0; i < TIMES; i++)
		end(START);
	written = count("outcome=failed error=");
	ck_assert_uint_eq(written, AUDIT_FAILURES);
	ck_assert_uint_eq(count("outcome=failed failures=3 paths=3"), TIMES);
	transfer_log_report(&transfer_log, LATER);
	ck_assert_uint_eq(number_after("outcome=failed suppressed="), TIMES * PATHS - written);
}

TEST(a_failed_request_for_one_path_has_one_line)
{
	open_log();
	begin(1);
	fail_path("pub/file");
	score_end(&score, TRANSFER_FAILED);
	end(START);
	ck_assert_uint_eq(count("access uid=1000 "), 1);
	ck_assert_uint_eq(count(" failures=1 error=\"EACCES\" cause=mode paths=1 "), 1);
}

TEST(a_list_and_a_query_are_told_apart)
{
	struct request request = {.operation = OPERATION_FETCH};

	ck_assert_str_eq(transfer_log_op(&request), "fetch");
	request.operation = OPERATION_LIST;
	ck_assert_str_eq(transfer_log_op(&request), "stat");
	request.flags = REQUEST_CHILDREN;
	ck_assert_str_eq(transfer_log_op(&request), "list");
	request.flags = REQUEST_RECURSE;
	ck_assert_str_eq(transfer_log_op(&request), "list");
}

int main(void)
{
	return harness_main("unit/transfer_log", HARNESS_IPC);
}
