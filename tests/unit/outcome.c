/* SPDX-License-Identifier: ISC */
/* unit/outcome: outcomes of errnos and FAILUREs, exit codes, and trust. */
#include "config.h"

#include "client/command/base/report.h"
#include "client/lib/outcome.h"
#include "client/lib/trust.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

TEST(a_missing_file_is_not_found)
{
	ck_assert_int_eq(outcome_of_errno(ENOENT), MSGFETCH_NOT_FOUND);
	ck_assert_int_eq(outcome_of_errno(ENOTDIR), MSGFETCH_NOT_FOUND);
}

TEST(a_forbidden_file_is_denied)
{
	ck_assert_int_eq(outcome_of_errno(EACCES), MSGFETCH_DENIED);
	ck_assert_int_eq(outcome_of_errno(EPERM), MSGFETCH_DENIED);
	ck_assert_int_eq(outcome_of_errno(EXDEV), MSGFETCH_DENIED);
}

TEST(anything_else_is_an_error)
{
	ck_assert_int_eq(outcome_of_errno(EIO), MSGFETCH_ERROR);
	ck_assert_int_eq(outcome_of_errno(EISDIR), MSGFETCH_ERROR);
	ck_assert_int_eq(outcome_of_errno(ENXIO), MSGFETCH_ERROR);
	ck_assert_int_eq(outcome_of_errno(4000), MSGFETCH_ERROR);
}

/* Classifies a failure in the middle of a file that was not resumed. */
static void expect_judged(enum failure_reason reason, int error, enum attempt_result result,
			  enum msgfetch_outcome outcome)
{
	struct classification judged = outcome_of_failure(reason, error, false, true);

	ck_assert_int_eq(judged.result, result);
	ck_assert_int_eq(judged.outcome, outcome);
}

TEST(an_error_of_the_file_system_is_final)
{
	expect_judged(FAILURE_FILE, ENOENT, ATTEMPT_FINAL, MSGFETCH_NOT_FOUND);
	expect_judged(FAILURE_FILE, EACCES, ATTEMPT_FINAL, MSGFETCH_DENIED);
	expect_judged(FAILURE_FILE, EIO, ATTEMPT_FINAL, MSGFETCH_ERROR);
}

TEST(a_changed_file_is_final)
{
	expect_judged(FAILURE_CHANGED, ESTALE, ATTEMPT_FINAL, MSGFETCH_CHANGED);
}

TEST(a_bad_request_is_final)
{
	expect_judged(FAILURE_BAD_REQUEST, EINVAL, ATTEMPT_FINAL, MSGFETCH_ERROR);
}

TEST(busy_and_shutting_down_may_be_retried)
{
	expect_judged(FAILURE_BUSY, EAGAIN, ATTEMPT_AGAIN, MSGFETCH_BUSY);
	expect_judged(FAILURE_SHUTTING_DOWN, ESHUTDOWN, ATTEMPT_AGAIN, MSGFETCH_BUSY);
}

TEST(a_lost_worker_may_be_retried)
{
	expect_judged(FAILURE_WORKER_LOST, ECHILD, ATTEMPT_AGAIN, MSGFETCH_CHANGED);
	ck_assert_int_eq(outcome_of_failure(FAILURE_WORKER_LOST, ECHILD, false, false).outcome,
			 MSGFETCH_ERROR);
}

TEST(another_file_counts_only_after_a_resume)
{
	ck_assert_int_eq(outcome_of_failure(FAILURE_STAMP, ESTALE, true, true).result,
			 ATTEMPT_OTHER_FILE);
	expect_judged(FAILURE_STAMP, ESTALE, ATTEMPT_FINAL, MSGFETCH_CHANGED);
}

/* Exit codes. */

static int total(int one, int other, int third)
{
	struct report_result result = {0};

	report_count(&result, one);
	report_count(&result, other);
	report_count(&result, third);
	return result.code;
}

TEST(all_fetched_is_success)
{
	ck_assert_int_eq(total(0, 0, 0), 0);
}

TEST(one_kind_of_failure_gives_its_code)
{
	ck_assert_int_eq(total(5, 0, 5), 5);
	ck_assert_int_eq(total(0, 0, 7), 7);
	ck_assert_int_eq(total(10, 10, 10), 10);
}

TEST(several_kinds_of_failure_give_the_general_code)
{
	ck_assert_int_eq(total(5, 6, 0), 1);
	ck_assert_int_eq(total(5, 6, 6), 1);
	ck_assert_int_eq(total(1, 5, 5), 1);
	ck_assert_int_eq(total(5, 0, 1), 1);
}

/* Error lines. */

static const char *line_of(const char *path, const char *text)
{
	char *line = NULL;
	size_t size;
	FILE *stream = open_memstream(&line, &size);

	ck_assert_ptr_nonnull(stream);
	report_line(stream, path, text);
	fclose(stream);
	return harness_keep(line);
}

TEST(a_line_names_path_and_reason)
{
	ck_assert_str_eq(line_of("pub/a", "gone"), "msgfetch: pub/a: gone\n");
	ck_assert_str_eq(line_of(NULL, "gone"), "msgfetch: gone\n");
}

TEST(a_path_cannot_forge_a_line)
{
	ck_assert_str_eq(line_of("a\nmsgfetch: b", "gone"),
			 "msgfetch: a\\nmsgfetch: b: gone\n");
	ck_assert_ptr_null(strchr(line_of("\033[2J\233", "gone"), '\033'));
}

/* Trust. */

TEST(root_oneself_and_the_service_are_trusted)
{
	const uid_t service = 7;

	ck_assert(trust_decide(0, 5, NULL));
	ck_assert(trust_decide(5, 5, NULL));
	ck_assert(trust_decide(7, 5, &service));
}

TEST(nobody_else_is_trusted)
{
	const uid_t service = 7;

	ck_assert(!trust_decide(7, 5, NULL));
	ck_assert(!trust_decide(8, 5, &service));
	ck_assert(!trust_decide(65534, 5, &service));
	ck_assert(!trust_decide(5, 0, NULL));
}

TEST(a_map_has_the_uids_of_its_ranges)
{
	static const char map[] = "         0       1000          1\n"
				  "     65534     100000          1\n";

	ck_assert(trust_map_has(map, 0));
	ck_assert(trust_map_has(map, 65534));
	ck_assert(!trust_map_has(map, 1));
	ck_assert(!trust_map_has(map, 65535));
	ck_assert(!trust_map_has("", 0));
	ck_assert(trust_map_has("0 0 4294967295\n", 65534));
}

TEST(digits_are_a_uid)
{
	uid_t uid = 1;

	ck_assert_int_eq(trust_lookup("0", &uid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_int_eq(trust_lookup("64001", &uid), 0);
	ck_assert_uint_eq(uid, 64001);
	ck_assert_int_eq(trust_lookup("4294967294", &uid), 0);
	ck_assert_uint_eq(uid, 4294967294u);
}

TEST(an_invalid_uid_is_refused)
{
	uid_t uid;

	ck_assert_int_eq(trust_lookup("4294967295", &uid), -ERANGE);
	ck_assert_int_eq(trust_lookup("99999999999999999999", &uid), -ERANGE);
	ck_assert_int_eq(trust_lookup("no-such-user-here", &uid), -ENOENT);
	ck_assert_int_eq(trust_lookup("", &uid), -ENOENT);
}

TEST(a_name_is_looked_up)
{
	uid_t uid = 1;

	ck_assert_int_eq(trust_lookup("root", &uid), 0);
	ck_assert_uint_eq(uid, 0);
}

int main(void)
{
	return harness_main("unit/outcome", HARNESS_PURE);
}
