/* SPDX-License-Identifier: ISC */
/* unit/status_text: parsing the daemon's state, and its format for Prometheus. */
#include "config.h"

#include "client/command/show/prometheus.h"
#include "client/command/show/status_text.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct status_text status;

static void expect_good(const char *text)
{
	ck_assert_msg(status_text_parse(text, &status) == 0, "refused: %s", text);
}

static void expect_refused(const char *text)
{
	ck_assert_msg(status_text_parse(text, &status) == -EPROTO, "accepted: %s", text);
	ck_assert_ptr_null(status.lines);
}

TEST(a_line_has_a_name_and_a_value)
{
	expect_good("workers 12\nuptime_seconds 1.250\n");
	ck_assert_uint_eq(status.count, 2);
	ck_assert_str_eq(status.lines[0].name, "workers");
	ck_assert_str_eq(status.lines[0].value, "12");
	ck_assert_uint_eq(status.lines[0].label_count, 0);
	ck_assert(status_text_number(&status, "uptime_seconds", NULL, NULL) > 1.2);
	ck_assert(status_text_number(&status, "absent", NULL, NULL) <= 0);
	status_text_free(&status);
}

TEST(a_line_may_have_labels)
{
	expect_good("a{x=\"1\",y_2=\"two words\"} 3\na{x=\"2\"} 4\n");
	ck_assert_uint_eq(status.lines[0].label_count, 2);
	ck_assert_str_eq(status_text_label(&status.lines[0], "y_2"), "two words");
	ck_assert_ptr_null(status_text_label(&status.lines[0], "z"));
	ck_assert_str_eq(status_text_find(&status, "a", "x", "2")->value, "4");
	ck_assert_ptr_null(status_text_find(&status, "a", "x", "3"));
	ck_assert_ptr_eq(status_text_find(&status, "a", NULL, NULL), &status.lines[0]);
	status_text_free(&status);
}

TEST(quotes_and_backslashes_of_a_label_are_unescaped)
{
	expect_good("a{path=\"x\\\"} 1\\\\npid\"} 3\n");
	ck_assert_str_eq(status_text_label(&status.lines[0], "path"), "x\"} 1\\npid");
	status_text_free(&status);
}

TEST(an_empty_state_is_valid)
{
	expect_good("");
	ck_assert_uint_eq(status.count, 0);
	status_text_free(&status);
}

TEST(malformed_text_is_refused)
{
	static const char *const bad[] = {
		"workers 12",
		"workers\n",
		"workers \n",
		"workers x\n",
		"workers 1.\n",
		"workers .5\n",
		"workers -1\n",
		"workers 1 2\n",
		"workers  1\n",
		"Workers 1\n",
		" 1\n",
		"\n",
		"a{} 1\n",
		"a{x} 1\n",
		"a{x=} 1\n",
		"a{x=1} 1\n",
		"a{x=\"1\" 1\n",
		"a{x=\"1\"}1\n",
		"a{x=\"1\",} 1\n",
		"a{x=\"1\n\"} 1\n",
		"a{x=\"\\n\"} 1\n",
		"a{x=\"\\\"} 1\n",
		"a{=\"1\"} 1\n",
		"a{x=\"\033[2J\"} 1\n",
		"a{x=\"\xc3\"} 1\n",
		"a{x=\"1\"y=\"2\"} 1\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refused(bad[i]);
}

TEST(more_labels_than_a_line_has_are_refused)
{
	expect_good("a{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\"} 1\n");
	status_text_free(&status);
	expect_refused("a{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\",i=\"\"} 1\n");
}

static char *exposition_of(const char *text)
{
	char *written = NULL;
	size_t length;
	FILE *stream = open_memstream(&written, &length);

	expect_good(text);
	prometheus_write(stream, &status);
	ck_assert_int_eq(fclose(stream), 0);
	status_text_free(&status);
	return harness_keep(written);
}

TEST(each_number_has_help_and_type)
{
	ck_assert_str_eq(exposition_of("workers 2\nrequests_total 7\n"),
			 "# HELP msgfetchd_workers Workers now.\n"
			 "# TYPE msgfetchd_workers gauge\n"
			 "msgfetchd_workers 2\n"
			 "# HELP msgfetchd_requests_total Requests for files.\n"
			 "# TYPE msgfetchd_requests_total counter\n"
			 "msgfetchd_requests_total 7\n");
}

TEST(lines_of_one_name_are_adjacent)
{
	ck_assert_str_eq(exposition_of("user_workers{uid=\"1\"} 2\nuser_waiting{uid=\"1\"} 3\n"
				       "user_workers{uid=\"2\"} 4\n"),
			 "# HELP msgfetchd_user_workers Workers of a user now.\n"
			 "# TYPE msgfetchd_user_workers gauge\n"
			 "msgfetchd_user_workers{uid=\"1\"} 2\n"
			 "msgfetchd_user_workers{uid=\"2\"} 4\n"
			 "# HELP msgfetchd_user_waiting Waiting requests of a user now.\n"
			 "# TYPE msgfetchd_user_waiting gauge\n"
			 "msgfetchd_user_waiting{uid=\"1\"} 3\n");
}

TEST(labels_are_escaped)
{
	ck_assert_ptr_nonnull(strstr(exposition_of("a{x=\"\\\"\\\\\",y=\"2\"} 1.5\n"),
				     "\nmsgfetchd_a{x=\"\\\"\\\\\",y=\"2\"} 1.5\n"));
}

TEST(single_workers_are_left_out)
{
	ck_assert_str_eq(exposition_of("worker_sent_bytes{worker=\"1\"} 2\n"
				       "worker_age_seconds{worker=\"1\"} 2\n"),
			 "");
}

int main(void)
{
	return harness_main("unit/status_text", HARNESS_PURE);
}
