/* SPDX-License-Identifier: ISC */
/* unit/audit: the results of paths reach the daemon, within bounds and whatever is forged. */
#include "config.h"

#include "server/stats/audit.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

static struct score score;
static struct audit_view view;
static uint32_t position;

static void record(const char *path, const char *name, const struct failure *failure)
{
	audit_fail(&score, &(struct audit_path){.export = "pub", .path = path, .name = name},
		   failure);
}

static void fail_with(int error)
{
	record("pub/file", "", &(struct failure){.reason = FAILURE_FILE, .error = error});
}

static bool next(void)
{
	return audit_next(&score, &position, &view);
}

TEST(a_failure_is_read_as_written)
{
	score.audit_wanted = AUDIT_FAILED;
	fail_with(ENOENT);
	ck_assert(next());
	ck_assert_int_eq(view.error, ENOENT);
	ck_assert_int_eq(view.cause, CAUSE_FILE_SYSTEM);
	ck_assert(view.exported);
	ck_assert_str_eq(view.export, "pub");
	ck_assert_str_eq(view.path, "pub/file");
	ck_assert(!next());
}

TEST(each_failure_is_counted)
{
	fail_with(ENOENT);
	fail_with(EIO);
	ck_assert_uint_eq(counters_failures(&score.counters), 2);
	ck_assert_int_eq(score.counters.error, EIO);
}

static enum failure_cause cause_of(const struct failure *failure)
{
	memset(&score, 0, sizeof(score));
	position = 0;
	score.audit_wanted = AUDIT_FAILED;
	record("pub/file", "", failure);
	ck_assert(next());
	ck_assert_int_eq((int)score.counters.cause, view.cause);
	return view.cause;
}

TEST(rule_mode_and_file_system_are_told_apart)
{
	ck_assert_int_eq(cause_of(&(struct failure){
				 .reason = FAILURE_FILE, .error = EACCES, .rule = true}),
			 CAUSE_RULE);
	ck_assert_int_eq(cause_of(&(struct failure){.reason = FAILURE_FILE, .error = EACCES}),
			 CAUSE_MODE);
	ck_assert_int_eq(cause_of(&(struct failure){.reason = FAILURE_FILE, .error = EIO}),
			 CAUSE_FILE_SYSTEM);
	ck_assert_int_eq(cause_of(&(struct failure){.reason = FAILURE_RANGE, .error = ERANGE}),
			 CAUSE_REQUEST);
	ck_assert_int_eq(cause_of(&(struct failure){.reason = FAILURE_BUSY, .error = EAGAIN}),
			 CAUSE_DAEMON);
}

TEST(the_name_of_an_entry_follows_its_path)
{
	score.audit_wanted = AUDIT_FAILED;
	record("pub/tree", "sub/file", &(struct failure){.error = EACCES});
	record("pub/tree/", "file", &(struct failure){.error = EACCES});
	ck_assert(next());
	ck_assert_str_eq(view.path, "pub/tree/sub/file");
	ck_assert(next());
	ck_assert_str_eq(view.path, "pub/tree/file");
}

TEST(a_path_without_an_export_has_none)
{
	score.audit_wanted = AUDIT_FAILED;
	audit_fail(&score, &(struct audit_path){.path = "x", .name = ""},
		   &(struct failure){.error = ENOENT});
	ck_assert(next());
	ck_assert(!view.exported);
	ck_assert_str_eq(view.export, "");
	ck_assert_str_eq(view.path, "x");
}

TEST(a_sent_path_is_recorded_only_where_all_are_wanted)
{
	const struct audit_path at = {.export = "pub", .path = "pub/file", .name = ""};

	score.audit_wanted = AUDIT_FAILED;
	audit_sent(&score, &at, 7, 0);
	ck_assert(!next());
	score.audit_wanted = AUDIT_ALL;
	audit_sent(&score, &at, 7, 2);
	ck_assert(next());
	ck_assert_int_eq(view.error, 0);
	ck_assert_uint_eq(view.bytes, 7);
	ck_assert_uint_eq(view.failures, 2);
}

TEST(nothing_is_recorded_for_a_daemon_without_an_access_log)
{
	fail_with(ENOENT);
	ck_assert(!next());
	ck_assert_uint_eq(counters_failures(&score.counters), 1);
}

TEST(a_request_has_a_bounded_number_of_failures)
{
	unsigned count = 0;

	score.audit_wanted = AUDIT_FAILED;
	for (unsigned i = 0; i < 10 * AUDIT_FAILURES; i++)
		fail_with(ENOENT);
	while (next())
		count++;
	ck_assert_uint_eq(count, AUDIT_FAILURES);
	ck_assert_uint_eq(counters_failures(&score.counters), 10 * AUDIT_FAILURES);
}

TEST(each_path_of_the_longest_request_has_room)
{
	unsigned count = 0;

	score.audit_wanted = AUDIT_ALL;
	for (unsigned i = 0; i < PROTOCOL_PATHS_MAX; i++)
		record("pub/fil", "", &(struct failure){.error = ENOENT});
	while (next())
		count++;
	ck_assert_uint_eq(count, PROTOCOL_PATHS_MAX);
}

TEST(records_end_where_their_room_ends)
{
	static char path[PATH_MAX + 100];

	memset(path, 'a', sizeof(path) - 1);
	score.audit_wanted = AUDIT_ALL;
	for (unsigned i = 0; i < 100; i++)
		record(path, "name", &(struct failure){.error = ENOENT});
	ck_assert_uint_le(score.audit_used, SCORE_AUDIT_BYTES);
	while (next())
		ck_assert_uint_eq(strlen(view.path), PATH_MAX - 1);
}

TEST(a_forged_record_is_read_within_its_bounds)
{
	unsigned count = 0;

	memset(&score, 0xff, sizeof(score));
	ck_assert(!next());
	score.audit_used = SCORE_AUDIT_BYTES;
	ck_assert(!next());
	memset(score.audit, 0, sizeof(score.audit));
	while (next())
		count++;
	ck_assert_uint_le(count, SCORE_AUDIT_BYTES / 32);
	ck_assert_int_lt(view.cause, CAUSES);
	ck_assert_int_ge(view.error, 0);
}

int main(void)
{
	return harness_main("unit/audit", HARNESS_PURE);
}
