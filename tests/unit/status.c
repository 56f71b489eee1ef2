/* SPDX-License-Identifier: ISC */
/* unit/status: the text of the status, in which no client can forge a line. */
#include "config.h"

#include "server/stats/status.h"

#include "tests/support/harness.h"

#include <stdlib.h>
#include <string.h>

static struct statistics statistics;
static struct status status = {.version = "1.2.3", .statistics = &statistics};
static struct status_worker worker = {.export = "", .path = ""};

static char *text_of(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	write(out);
	ck_assert_int_eq(fclose(out), 0);
	return harness_keep(text);
}

static void write_status(FILE *out)
{
	status_write(out, &status);
}

static void write_worker(FILE *out)
{
	status_write_worker(out, &worker);
}

/* Asserts that the text has this line exactly once. */
static void expect_line(const char *text, const char *line)
{
	char *whole = harness_format("\n%s\n", line);
	const char *found = strstr(harness_format("\n%s", text), whole);

	ck_assert_msg(found != NULL, "no line %s in:\n%s", line, text);
	ck_assert_msg(strstr(found + 1, whole) == NULL, "twice: %s", line);
}

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

TEST(every_number_has_its_line)
{
	struct export one = {.name = (char[]){"pub"}};
	const struct exports exports = {.list = &one, .count = 1};
	char *text;

	statistics_follow(&statistics, &exports);
	statistics.began_at = 1700000000;
	statistics.requests = 12;
	statistics.bytes = 1ull << 40;
	statistics.workers_peak = 5;
	statistics.waiting_peak = 6;
	statistics.junk[0] = 3;
	statistics.refused[REFUSAL_BUSY] = 4;
	statistics.limits[LIMIT_RATE] = 2;
	statistics.ended[TRANSFER_KILLED] = 1;
	statistics.failures[ENTRY_IO] = 8;
	status.pid = 4711;
	status.uptime_ms = 61005;
	status.oldest_ms = 250;
	status.workers = 2;
	status.workers_limit = 128;
	status.waiting = 1;
	status.waiting_limit = 512;
	status.followers = 2;
	status.followers_limit = 64;
	status.queue_messages = 3;
	status.queue_bytes = 400;
	status.queue_limit = 16384;
	text = text_of(write_status);
	expect_line(text, "info{version=\"1.2.3\"} 1");
	expect_line(text, "pid 4711");
	expect_line(text, "start_time_seconds 1700000000");
	expect_line(text, "uptime_seconds 61.005");
	expect_line(text, "workers 2");
	expect_line(text, "workers_peak 5");
	expect_line(text, "workers_limit 128");
	expect_line(text, "waiting 1");
	expect_line(text, "waiting_peak 6");
	expect_line(text, "waiting_limit 512");
	expect_line(text, "followers 2");
	expect_line(text, "followers_limit 64");
	expect_line(text, "queue_messages 3");
	expect_line(text, "queue_bytes 400");
	expect_line(text, "queue_limit_bytes 16384");
	expect_line(text, "oldest_transfer_seconds 0.250");
	expect_line(text, "requests_total 12");
	expect_line(text, "sent_bytes_total 1099511627776");
	expect_line(text, "ended_total{outcome=\"killed\"} 1");
	expect_line(text, "refused_total{reason=\"busy\"} 4");
	expect_line(text, "failures_total{kind=\"input-output\"} 8");
	expect_line(text, "limit_hits_total{limit=\"rate-limit\"} 2");
	expect_line(text, "junk_total{reason=\"not-a-request\"} 3");
	expect_line(text, "export_requests_total{export=\"pub\"} 0");
	expect_line(text, "export_requests_total{export=\"\"} 0");
	expect_line(text, "user_requests_total{uid=\"other\"} 0");
}

TEST(each_user_has_lines_of_its_own)
{
	char *text;

	statistics_request(&statistics, 1000);
	statistics_request(&statistics, 0);
	status.users[0] = (struct status_share){.workers = 3, .waiting = 4, .followers = 5};
	text = text_of(write_status);
	expect_line(text, "user_requests_total{uid=\"1000\"} 1");
	expect_line(text, "user_workers{uid=\"1000\"} 3");
	expect_line(text, "user_waiting{uid=\"1000\"} 4");
	expect_line(text, "user_followers{uid=\"1000\"} 5");
	expect_line(text, "user_requests_total{uid=\"0\"} 1");
	expect_line(text, "user_sent_bytes_total{uid=\"0\"} 0");
}

TEST(a_worker_is_shown_with_client_and_path)
{
	char *text;

	worker = (struct status_worker){.pid = 12,
					.client = 34,
					.uid = 1000,
					.age_ms = 1500,
					.bytes = 99,
					.export = "pub",
					.path = "pub/some file"};
	text = text_of(write_worker);
	expect_line(text, "worker_sent_bytes{worker=\"12\",uid=\"1000\",client=\"34\","
			  "export=\"pub\",path=\"pub/some file\"} 99");
	expect_line(text, "worker_age_seconds{worker=\"12\"} 1.500");
	ck_assert_uint_eq(count_lines(text), 2);
}

TEST(no_byte_of_a_path_can_end_its_label_or_its_line)
{
	char path[600];
	char *text;

	for (unsigned i = 0; i < 255; i++)
		path[i] = (char)(i + 1);
	strlcpy(path + 255, "\"} 1\npid 1\nworkers{x=\"\\", sizeof(path) - 255);
	worker.path = path;
	text = text_of(write_worker);
	ck_assert_uint_eq(count_lines(text), 2);
	for (const char *at = text; *at != '\0'; at++)
		ck_assert(*at == '\n' || (*at >= ' ' && *at <= '~'));
	ck_assert_ptr_null(strstr(text, "\npid"));
	ck_assert_ptr_nonnull(strstr(text, "\\\"} 1\\\\npid 1"));
}

TEST(the_longest_path_is_cut)
{
	static char path[4096];

	memset(path, 1, sizeof(path) - 1);
	worker.path = path;
	ck_assert_uint_lt(strlen(text_of(write_worker)), 3000);
}

int main(void)
{
	return harness_main("unit/status", HARNESS_PURE);
}
