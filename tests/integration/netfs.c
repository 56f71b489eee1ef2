/* SPDX-License-Identifier: ISC */
/*
 * integration/netfs: exports on a slow or failing file system (slowfs), such as one over a
 * network.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/slowfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
	CODE_CHANGED = 7,
	CODE_TIMED_OUT = 8,
	CODE_BUSY = 10,
};

/* Some slots of a ring have come by then. */
#define HALF_WAY (4 << 20)

static struct msgfetchd server, successor;
static struct client client, other;
static struct slowfs_faults *faults;

/* Serves a directory here as "near", and slowfs as "far". */
static bool serve_near_and_far(const char *settings)
{
	const char *directory = harness_directory();

	ck_assert_int_eq(mkdir("near", 0755), 0);
	ck_assert_int_eq(mkdir("far", 0755), 0);
	harness_write("near/file", "text");
	if (!slowfs_mount("far"))
		return false;
	faults = slowfs_faults();
	harness_write("conf", harness_format("%s\nexport \"near\" { path = \"%s/near\" }\n"
					     "export \"far\" { path = \"%s/far\" }\n",
					     settings, directory, directory));
	msgfetchd_start(&server, "-c", harness_format("%s/conf", directory), NULL);
	return true;
}

#define SERVE(settings)                    \
	if (!serve_near_and_far(settings)) \
	SKIP("no FUSE file system can be mounted")

/* Starts a fetch that gets half of the file, and then nothing. */
static void hang_half_way(const char *option, const char *value)
{
	faults->from = HALF_WAY;
	faults->hold = true;
	client_start(&client, "-o", "fetched", option, value, "far/large", NULL);
	WAIT_FOR(faults->held > 0);
}

static void expect_nothing_fetched(void)
{
	ck_assert_int_ne(access("fetched", F_OK), 0);
	ck_assert_int_eq(errno, ENOENT);
}

static void await_no_workers(void)
{
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(slow_reads_bring_the_whole_file)
{
	SERVE("");
	faults->delay_ms = 5;
	fetch(&client, "-o", "fetched", "far/large", NULL);
	expect_code(&client, 0, NULL);
	slowfs_copy_large("large");
	harness_assert_same("fetched", "large");
	slowfs_unmount();
}

TEST(a_client_of_a_slow_file_system_delays_no_other)
{
	SERVE("");
	hang_half_way("--retry", "0");
	fetch(&other, "near/file", NULL);
	expect_file(&other, "near/file");
	fetch(&other, "far/file", NULL);
	expect_file(&other, "far/file");
	faults->hold = false;
	client_finish(&client);
	expect_code(&client, 0, NULL);
	slowfs_copy_large("large");
	harness_assert_same("fetched", "large");
	slowfs_unmount();
}

TEST(a_stale_handle_within_a_file_is_reported)
{
	SERVE("");
	faults->from = HALF_WAY;
	faults->read_error = ESTALE;
	fetch(&client, "-o", "fetched", "far/large", NULL);
	expect_code(&client, CODE_CHANGED, "far/large: Stale file handle");
	expect_nothing_fetched();
	slowfs_unmount();
}

TEST(an_input_error_within_a_file_is_reported)
{
	SERVE("");
	faults->from = HALF_WAY;
	faults->read_error = EIO;
	fetch(&client, "-o", "fetched", "far/large", NULL);
	expect_code(&client, CODE_ERROR, "far/large: Input/output error");
	expect_nothing_fetched();
	slowfs_unmount();
}

TEST(a_file_that_cannot_be_looked_up_is_reported)
{
	SERVE("");
	faults->look_up_error = ESTALE;
	fetch(&client, "far/large", NULL);
	expect_code(&client, CODE_CHANGED, "far/large: Stale file handle");
	faults->look_up_error = EIO;
	fetch(&client, "far/large", NULL);
	expect_code(&client, CODE_ERROR, "far/large: Input/output error");
	slowfs_unmount();
}

TEST(a_directory_that_cannot_be_read_is_named_and_the_rest_comes)
{
	SERVE("");
	faults->list_error = EIO;
	fetch(&client, "-r", "-o", "fetched", "far/tree", NULL);
	expect_code(&client, CODE_ERROR, "far/tree/sub: Input/output error");
	harness_assert_same("fetched/first", "far/tree/first");
	harness_assert_same("fetched/last", "far/tree/last");
	ck_assert_int_eq(harness_count_entries("fetched/sub"), 0);
	slowfs_unmount();
}

TEST(a_client_that_is_tired_of_waiting_ends)
{
	SERVE("");
	hang_half_way("--stall-timeout", "1");
	client_finish(&client);
	expect_code(&client, CODE_TIMED_OUT, NULL);
	expect_nothing_fetched();
	slowfs_unmount();
}

TEST(a_missing_answer_is_awaited_until_the_timeout)
{
	SERVE("");
	faults->hold = true;
	faults->hold_look_ups = true;
	fetch(&client, "--timeout", "1", "far/large", NULL);
	expect_code(&client, CODE_TIMED_OUT, NULL);
	slowfs_unmount();
}

TEST(a_worker_ends_when_its_client_has_gone)
{
	SERVE("");
	hang_half_way("--stall-timeout", "1");
	client_finish(&client);
	await_no_workers();
	ck_assert_uint_gt(faults->held, 0);
	slowfs_unmount();
}

TEST(a_worker_ends_when_its_client_was_killed)
{
	SERVE("");
	hang_half_way("--retry", "0");
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	await_no_workers();
	ck_assert_uint_gt(faults->held, 0);
	slowfs_unmount();
}

TEST(transfer_limit_applies_during_a_wait_for_the_file_system)
{
	SERVE("transfer-limit = 1");
	hang_half_way("--retry", "5");
	client_finish(&client);
	expect_code(&client, CODE_TIMED_OUT, "limit for one transfer");
	expect_nothing_fetched();
	await_no_workers();
	slowfs_unmount();
}

TEST(the_limit_of_a_transfer_holds_for_a_worker_that_nothing_can_end)
{
	SERVE("transfer-limit = 1");
	faults->uncached = true;
	hang_half_way("--retry", "5");
	client_finish(&client);
	expect_code(&client, CODE_TIMED_OUT, "limit for one transfer");
	ck_assert_int_eq(harness_count_children(server.pid, 0), 1);
	slowfs_unmount();
	await_no_workers();
}

TEST(a_stop_does_not_wait_for_the_file_system)
{
	SERVE("drain-limit = 1");
	hang_half_way("--retry", "0");
	msgfetchd_stop(&server);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
	expect_nothing_fetched();
	slowfs_unmount();
}

TEST(a_stop_does_not_wait_for_a_worker_that_nothing_can_end)
{
	pid_t worker;

	SERVE("drain-limit = 1");
	/* Adopt processes that the daemon leaves. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	faults->uncached = true;
	hang_half_way("--retry", "0");
	worker = harness_only_child(server.pid);
	msgfetchd_stop(&server);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
	msgfetchd_await_log(&server, "does not answer");
	ck_assert_int_eq(kill(worker, 0), 0);
	/* The next daemon works, too. */
	msgfetchd_start(&successor, "-e", harness_format("near=%s/near", harness_directory()),
			NULL);
	fetch(&other, "near/file", NULL);
	expect_file(&other, "near/file");
	slowfs_unmount();
	ck_assert_int_eq(WTERMSIG(actors_wait(worker, WAIT_LIMIT_MS)), SIGKILL);
}

int main(void)
{
	return harness_main("integration/netfs", HARNESS_IPC);
}
