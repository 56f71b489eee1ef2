/* SPDX-License-Identifier: ISC */
/* unit/topview: the text of --top: rates, the order of workers, and the screen's size. */
#include "config.h"

#include "client/command/show/topview.h"

#include "tests/support/harness.h"

#include <stdlib.h>
#include <string.h>

#define WORKER(id, age, bytes, path)                                                     \
	"worker_sent_bytes{worker=\"" id "\",uid=\"1000\",client=\"77\",export=\"pub\"," \
	"path=\"" path "\"} " bytes "\nworker_age_seconds{worker=\"" id "\"} " age "\n"

#define DAEMON                                                                              \
	"info{version=\"1.2.3\"} 1\npid 4711\nuptime_seconds 90061.000\nworkers 2\n"        \
	"workers_peak 5\nworkers_limit 128\nwaiting 3\nwaiting_peak 4\nwaiting_limit 512\n" \
	"queue_messages 6\nqueue_bytes 1024\nqueue_limit_bytes 16384\n"                     \
	"oldest_transfer_seconds 61.000\n"

static struct status_text now, before;
static struct topview view = {.now = &now, .rows = 24, .columns = 100};

static char *screen(const char *text, const char *text_before, double seconds)
{
	char *written = NULL;
	size_t length;
	FILE *stream = open_memstream(&written, &length);

	ck_assert_int_eq(status_text_parse(text, &now), 0);
	if (text_before != NULL) {
		ck_assert_int_eq(status_text_parse(text_before, &before), 0);
		view.before = &before;
		view.seconds = seconds;
	}
	ck_assert_int_eq(topview_write(stream, &view), 0);
	ck_assert_int_eq(fclose(stream), 0);
	status_text_free(&now);
	status_text_free(&before);
	return harness_keep(written);
}

static void expect_part(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

TEST(the_daemon_comes_first)
{
	char *text = screen(DAEMON, NULL, 0);

	expect_part(text, "msgfetchd 1.2.3, process 4711, up 1 d 1:01:01");
	expect_part(text, "\nworkers  2 of 128, most 5, oldest 1:01\n");
	expect_part(text, "\nwaiting  3 of 512, most 4; queue 6 messages, 1.0 KiB of 16 KiB\n");
	expect_part(text, "\nlimits   none reached\n");
}

TEST(counters_become_rates)
{
	char *text = screen(DAEMON "requests_total 50\nsent_bytes_total 30720\n",
			    DAEMON "requests_total 20\nsent_bytes_total 10240\n", 2);

	expect_part(text, "requests 50, 15.0 a second;");
	expect_part(text, "sent     30 KiB, 10 KiB/s\n");
}

TEST(a_restarted_daemon_has_no_rate_yet)
{
	char *text = screen("uptime_seconds 1.000\nrequests_total 50\n",
			    "uptime_seconds 90.000\nrequests_total 20\n", 2);

	expect_part(text, "requests 50, 0.0 a second;");
}

TEST(limits_that_were_reached_are_named)
{
	char *text = screen("limit_hits_total{limit=\"max-workers\"} 3\n"
			    "limit_hits_total{limit=\"max-waiting\"} 0\n"
			    "limit_hits_total{limit=\"rate-limit\"} 1\n",
			    NULL, 0);

	expect_part(text, "\nlimits   max-workers 3 rate-limit 1\n");
}

TEST(the_fastest_worker_comes_first)
{
	char *text = screen(WORKER("11", "10.000", "3000", "pub/slow")
				    WORKER("12", "10.000", "9000", "pub/fast"),
			    WORKER("11", "9.000", "2000", "pub/slow")
				    WORKER("12", "9.000", "4000", "pub/fast"),
			    1);

	ck_assert(strstr(text, "pub/fast") < strstr(text, "pub/slow"));
	expect_part(text, "1000       77     0:10");
	expect_part(text, "4.9 KiB/s  pub/fast");
}

TEST(a_new_worker_has_its_average_rate)
{
	char *text = screen(WORKER("11", "0.500", "1024", "pub/new"),
			    WORKER("11", "30.000", "999999", "pub/before"), 1);

	expect_part(text, "2.0 KiB/s  pub/new");
}

TEST(the_text_fits_the_screen)
{
	char *text;
	unsigned lines = 1;

	view.rows = 8;
	view.columns = 20;
	text = screen(DAEMON WORKER("1", "1.000", "1", "pub/a")
			      WORKER("2", "1.000", "1", "pub/b")
				      WORKER("3", "1.000", "1", "pub/c"),
		      NULL, 0);
	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	ck_assert_uint_eq(lines, 8);
	for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
		ck_assert_uint_le(strcspn(line, "\n"), 20);
		line += strcspn(line, "\n");
	}
}

TEST(a_daemon_that_does_not_answer_is_reported)
{
	view.notice = "no daemon";
	expect_part(screen(DAEMON, NULL, 0), "up 1 d 1:01:01   no daemon\n");
}

int main(void)
{
	return harness_main("unit/topview", HARNESS_PURE);
}
