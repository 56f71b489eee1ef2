/* SPDX-License-Identifier: ISC */
/* unit/statistics: the totals, and the rows of users and exports. */
#include "config.h"

#include "server/stats/statistics.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

static struct statistics statistics;
static struct export both[] = {{.name = (char[]){"pub"}}, {.name = (char[]){"doc"}}};
static const struct exports exports = {.list = both, .count = 2};

static struct score_view view_of(const char *export, uint64_t bytes)
{
	struct score_view view = {.bytes = bytes, .paths = 1, .exported = export != NULL};

	if (export != NULL)
		strlcpy(view.export, export, sizeof(view.export));
	return view;
}

static void serve(uid_t uid, const char *export, uint64_t bytes)
{
	struct score_view view = view_of(export, bytes);

	statistics_request(&statistics, uid);
	statistics_ended(&statistics, uid, &view, TRANSFER_SENT);
}

static const struct statistics_row *row_of(uid_t uid)
{
	for (unsigned i = 0; i < statistics.user_count; i++)
		if (statistics.users[i].uid == uid)
			return &statistics.users[i].row;
	return NULL;
}

/* Returns the requests of all rows, including the others. */
static uint64_t sum_of_users(void)
{
	uint64_t sum = statistics.other_users.requests;

	for (unsigned i = 0; i < statistics.user_count; i++)
		sum += statistics.users[i].row.requests;
	return sum;
}

TEST(a_request_counts_for_its_user_its_export_and_all)
{
	statistics_follow(&statistics, &exports);
	serve(1000, "pub", 10);
	serve(1000, "doc", 5);
	serve(1001, "pub", 1);
	ck_assert_uint_eq(statistics.requests, 3);
	ck_assert_uint_eq(statistics.bytes, 16);
	ck_assert_uint_eq(statistics.ended[TRANSFER_SENT], 3);
	ck_assert_uint_eq(row_of(1000)->requests, 2);
	ck_assert_uint_eq(row_of(1000)->bytes, 15);
	ck_assert_uint_eq(row_of(1001)->bytes, 1);
	ck_assert_uint_eq(statistics.exports[0].row.bytes, 11);
	ck_assert_uint_eq(statistics.exports[1].row.requests, 1);
}

TEST(an_export_that_nobody_configured_is_one_of_the_others)
{
	statistics_follow(&statistics, &exports);
	serve(1000, "pu", 10);
	serve(1000, NULL, 1);
	ck_assert_uint_eq(statistics.exports[0].row.requests, 0);
	ck_assert_uint_eq(statistics.other_exports.requests, 2);
	ck_assert_uint_eq(statistics.other_exports.bytes, 11);
}

TEST(failures_are_counted_by_kind)
{
	struct score_view view = view_of("pub", 0);

	statistics_follow(&statistics, &exports);
	view.failures[ENTRY_NOT_FOUND] = 2;
	view.failures[ENTRY_IO] = 1;
	statistics_request(&statistics, 7);
	statistics_ended(&statistics, 7, &view, TRANSFER_FAILED);
	ck_assert_uint_eq(statistics.failures[ENTRY_NOT_FOUND], 2);
	ck_assert_uint_eq(statistics.failures[ENTRY_IO], 1);
	ck_assert_uint_eq(row_of(7)->failures, 3);
	ck_assert_uint_eq(statistics.exports[0].row.failures, 3);
	ck_assert_uint_eq(statistics.ended[TRANSFER_FAILED], 1);
}

TEST(limits_that_end_or_slow_a_transfer_are_counted)
{
	struct score_view view = view_of("pub", 0);

	statistics_ended(&statistics, 7, &view, TRANSFER_STALLED);
	statistics_ended(&statistics, 7, &view, TRANSFER_LIMITED);
	view.delayed = 1;
	statistics_ended(&statistics, 7, &view, TRANSFER_SENT);
	ck_assert_uint_eq(statistics.limits[LIMIT_STALL], 1);
	ck_assert_uint_eq(statistics.limits[LIMIT_TRANSFER], 1);
	ck_assert_uint_eq(statistics.limits[LIMIT_RATE], 1);
}

TEST(the_busiest_users_keep_their_rows_and_the_rest_is_summed)
{
	for (uid_t uid = 0; uid < STATISTICS_USERS; uid++)
		for (int i = 0; i < 3; i++)
			serve(uid, NULL, 1);
	for (uid_t uid = 5000; uid < 6000; uid++)
		serve(uid, NULL, 1);
	ck_assert_uint_eq(statistics.user_count, STATISTICS_USERS);
	/* The first new user took a row, and lost the row to the next new user. */
	ck_assert_uint_eq(row_of(5999)->requests, 1);
	for (uid_t uid = 1; uid < STATISTICS_USERS; uid++)
		ck_assert_uint_eq(row_of(uid)->requests, 3);
	ck_assert_uint_eq(sum_of_users(), statistics.requests);
}

TEST(a_user_without_a_row_counts_for_the_others)
{
	struct score_view view = view_of(NULL, 9);

	statistics_sent(&statistics, 77, &view);
	ck_assert_uint_eq(statistics.user_count, 0);
	ck_assert_uint_eq(statistics.other_users.bytes, 9);
}

TEST(exports_that_stay_keep_their_numbers)
{
	struct export later[] = {{.name = (char[]){"new"}}, {.name = (char[]){"doc"}}};
	const struct exports changed = {.list = later, .count = 2};

	statistics_follow(&statistics, &exports);
	serve(1, "pub", 3);
	serve(1, "doc", 4);
	statistics_follow(&statistics, &changed);
	ck_assert_str_eq(statistics.exports[0].name, "new");
	ck_assert_uint_eq(statistics.exports[0].row.bytes, 0);
	ck_assert_uint_eq(statistics.exports[1].row.bytes, 4);
	ck_assert_uint_eq(statistics.other_exports.bytes, 3);
	ck_assert_uint_eq(statistics.other_exports.requests, 1);
}

TEST(more_exports_than_rows_are_the_others)
{
	static char names[STATISTICS_EXPORTS + 1][8];
	static struct export list[STATISTICS_EXPORTS + 1];
	struct exports many = {.list = list, .count = STATISTICS_EXPORTS + 1};

	for (unsigned i = 0; i <= STATISTICS_EXPORTS; i++) {
		snprintf(names[i], sizeof(names[i]), "e%u", i);
		list[i].name = names[i];
	}
	statistics_follow(&statistics, &many);
	serve(1, names[STATISTICS_EXPORTS], 3);
	serve(1, names[STATISTICS_EXPORTS - 1], 4);
	ck_assert_uint_eq(statistics.export_count, STATISTICS_EXPORTS);
	ck_assert_uint_eq(statistics.other_exports.bytes, 3);
	ck_assert_uint_eq(statistics.exports[STATISTICS_EXPORTS - 1].row.bytes, 4);
}

TEST(the_peaks_are_kept)
{
	statistics_load(&statistics, 3, 1);
	statistics_load(&statistics, 1, 5);
	ck_assert_uint_eq(statistics.workers_peak, 3);
	ck_assert_uint_eq(statistics.waiting_peak, 5);
}

/* Two equal names would give two lines of the same name. */
static void expect_apart(const char *(*name)(unsigned), unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(name(i));
		ck_assert_uint_eq(strspn(name(i), "abcdefghijklmnopqrstuvwxyz-"),
				  strlen(name(i)));
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(name(i), name(j));
	}
}

static const char *refusal(unsigned i)
{
	return statistics_refusal_name(i);
}

static const char *limit(unsigned i)
{
	return statistics_limit_name(i);
}

static const char *outcome(unsigned i)
{
	return transfer_outcome_name(i);
}

static const char *kind(unsigned i)
{
	return entry_failure_name(i);
}

static const char *junk(unsigned i)
{
	return junk_reason(i)->name;
}

TEST(every_name_is_unique)
{
	expect_apart(refusal, REFUSALS);
	expect_apart(limit, LIMITS);
	expect_apart(outcome, TRANSFER_OUTCOMES);
	expect_apart(kind, ENTRY_FAILURES);
	expect_apart(junk, JUNK_REASONS);
}

TEST(every_kind_of_error_has_its_counter)
{
	struct counters counters = {0};
	const int errors[] = {ENOENT, EACCES, EISDIR, EXDEV, ESTALE,
			      ERANGE, EIO,    EAGAIN, EMFILE};

	for (unsigned i = 0; i < ENTRY_FAILURES; i++) {
		counters_fail(&counters, errors[i], CAUSE_FILE_SYSTEM);
		ck_assert_uint_eq(counters.failures[i], 1);
	}
	ck_assert_uint_eq(counters_failures(&counters), ENTRY_FAILURES);
	ck_assert_int_eq(counters.error, EMFILE);
}

TEST(a_junk_reason_is_found_by_its_error)
{
	ck_assert_str_eq(junk_reason(junk_reason_of(-EPERM))->name, "wrong-ticket");
	ck_assert_str_eq(junk_reason(junk_reason_of(-ENOMEM))->name, "other");
}

int main(void)
{
	return harness_main("unit/statistics", HARNESS_PURE);
}
