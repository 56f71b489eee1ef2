/* SPDX-License-Identifier: ISC */
/*
 * integration/race: names and files that change all the time, during thousands of fetches.
 * $RACE_FETCHES is the number of fetches in a test (2000).
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include "client/lib/msgfetch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define USUAL_FETCHES 2000u

/* Filling of all files inside the export, and of all files outside. */
#define INSIDE 'i'
#define OUTSIDE 'O'

/* Long enough for several messages, short enough for many fetches. */
#define FILE_BYTES 40000
#define ENTRIES 50

/* A path, and a change to make there. */
struct swap {
	const char *one, *other;
};

static struct msgfetchd server;

static unsigned fetches(void)
{
	const char *text = getenv("RACE_FETCHES");
	unsigned long wanted = text != NULL ? strtoul(text, NULL, 10) : USUAL_FETCHES;

	return wanted > 0 && wanted < 100000000 ? (unsigned)wanted : USUAL_FETCHES;
}

static void make_filled(const char *path, size_t size, char filling)
{
	char bytes[8192];
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(file, 0);
	memset(bytes, filling, sizeof(bytes));
	while (size > 0) {
		ssize_t written =
			write(file, bytes, size < sizeof(bytes) ? size : sizeof(bytes));

		ck_assert_int_gt(written, 0);
		size -= (size_t)written;
	}
	close(file);
}

/* Makes a directory with a file, and files beneath another directory. */
static void make_directory(const char *path, char filling)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(mkdir(harness_format("%s/deep", path), 0755), 0);
	make_filled(harness_format("%s/file", path), FILE_BYTES, filling);
	for (int i = 0; i < ENTRIES; i++)
		make_filled(harness_format("%s/deep/%d", path, i), 100, filling);
}

/* Makes pub/dir, and next to it a link that leads out to a directory of the same names. */
static void serve_inside(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	make_directory("pub/dir", INSIDE);
	make_directory("outside", OUTSIDE);
	ck_assert_int_eq(symlink("../outside", "pub/link"), 0);
	/* Landlock would hide a lookup that leaves the export. */
	serve(&server, .settings = "sandbox = off");
}

/* Starts the process that makes the changes without end. */

static pid_t start_changing(void (*change)(const void *context), const void *context)
{
	pid_t self = getpid(), changer;

	fflush(NULL);
	changer = fork();
	ck_assert_int_ge(changer, 0);
	if (changer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == self)
			change(context);
		_exit(0);
	}
	return changer;
}

static void stop_changing(pid_t changer)
{
	int status;

	ck_assert_int_eq(waitpid(changer, &status, WNOHANG), 0);
	ck_assert_int_eq(kill(changer, SIGKILL), 0);
	ck_assert_int_eq(waitpid(changer, &status, 0), changer);
}

/* Swaps the names atomically: both exist at any time. */
static void exchange(const void *context)
{
	const struct swap *swap = context;

	if (renameat2(AT_FDCWD, swap->one, AT_FDCWD, swap->other, RENAME_EXCHANGE) != 0)
		_exit(1);
}

/* An output that checks that all bytes of a file are equal. */

struct seen {
	unsigned files, failures, grown;
	bool begun;
	uint32_t mode; /* of the current file */
	char filling;  /* of the current file */
	uint64_t bytes;
};

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct seen *seen = context;

	seen->mode = file->mode;
	seen->begun = false;
	seen->bytes = 0;
	return 0;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct seen *seen = context;
	const char *text = bytes;

	(void)offset;
	if (!seen->begun && length > 0)
		seen->filling = text[0];
	seen->begun = seen->begun || length > 0;
	seen->bytes += length;
	ck_assert_msg(memchr(text, OUTSIDE, length) == NULL, "a byte from outside");
	for (size_t i = 0; i < length; i++)
		if (text[i] != seen->filling)
			seen->filling = '\0';
	return 0;
}

/* A file that ended in success consists of one filling. */
static int on_end(void *context, const struct msgfetch_end *end)
{
	struct seen *seen = context;

	ck_assert(S_ISREG(seen->mode));
	ck_assert_uint_eq(end->size, seen->bytes);
	ck_assert_msg(!seen->begun || seen->filling != '\0', "two states of a file as one");
	seen->files++;
	seen->grown += end->grew;
	return 0;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct seen *seen = context;

	(void)error;
	ck_assert_msg(outcome == MSGFETCH_DENIED || outcome == MSGFETCH_NOT_FOUND ||
			      outcome == MSGFETCH_CHANGED || outcome == MSGFETCH_ERROR,
		      "%s: outcome %d: %s", file->name, (int)outcome, text);
	seen->failures++;
	return 0;
}

static struct msgfetch *open_session(void)
{
	struct msgfetch_options options;
	struct msgfetch *session;

	msgfetch_options_init(&options);
	options.key = TEST_KEY;
	ck_assert_int_eq(msgfetch_open(&session, &options), 0);
	return session;
}

static void fetch_all(const char *const *paths, size_t count, unsigned flags, unsigned times,
		      struct seen *seen)
{
	struct msgfetch *session = open_session();
	struct msgfetch_request request;
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = seen,
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.failed = on_failed,
	};

	msgfetch_request_init(&request);
	request.paths = paths;
	request.count = count;
	request.flags = flags;
	for (unsigned i = 0; i < times; i++) {
		msgfetch_fetch(session, &request, &sink);
		ck_assert_int_ne(msgfetch_outcome(session), MSGFETCH_TIMED_OUT);
	}
	msgfetch_close(session);
}

/* Without both results the test shows nothing. */
static void expect_both(const struct seen *seen)
{
	fprintf(stderr, "%u files, %u failures\n", seen->files, seen->failures);
	ck_assert_uint_gt(seen->files, 0);
	ck_assert_uint_gt(seen->failures, 0);
}

static void fetch_while_swapped(const struct swap *swap, const char *const *paths, size_t count,
				unsigned flags, unsigned times)
{
	struct seen seen = {0};
	pid_t changer;

	serve_inside();
	ck_assert_int_eq(symlink("../../outside/file", "pub/dir/filelink"), 0);
	changer = start_changing(exchange, swap);
	fetch_all(paths, count, flags, times, &seen);
	stop_changing(changer);
	expect_both(&seen);
}

TEST(no_outside_byte_while_a_directory_is_swapped_with_a_link)
{
	const struct swap swap = {"pub/dir", "pub/link"};

	fetch_while_swapped(&swap, (const char *const[]){"pub/dir/file"}, 1, 0, fetches());
}

TEST(no_outside_byte_while_a_file_is_swapped_with_a_link)
{
	const struct swap swap = {"pub/dir/file", "pub/dir/filelink"};

	fetch_while_swapped(&swap, (const char *const[]){"pub/dir/file"}, 1, 0, fetches());
}

TEST(no_byte_from_outside_in_a_list)
{
	const struct swap swap = {"pub/dir", "pub/link"};
	const char *paths[ENTRIES];

	for (int i = 0; i < ENTRIES; i++)
		paths[i] = harness_format("pub/dir/deep/%d", i);
	fetch_while_swapped(&swap, paths, ENTRIES, 0, fetches() / 10);
}

TEST(no_byte_from_outside_in_a_tree)
{
	const struct swap swap = {"pub/dir", "pub/link"};

	fetch_while_swapped(&swap, (const char *const[]){"pub"}, 1, MSGFETCH_RECURSE,
			    fetches() / 10);
}

TEST(no_outside_byte_in_a_tree_while_files_are_swapped)
{
	const struct swap swap = {"pub/dir/file", "pub/dir/filelink"};

	fetch_while_swapped(&swap, (const char *const[]){"pub/dir"}, 1, MSGFETCH_RECURSE,
			    fetches() / 10);
}

TEST(a_fifo_in_a_files_place_stops_nobody)
{
	const struct swap swap = {"pub/dir/file", "pub/dir/fifo"};
	struct seen seen = {0};
	pid_t changer;

	serve_inside();
	ck_assert_int_eq(mkfifo("pub/dir/fifo", 0644), 0);
	changer = start_changing(exchange, &swap);
	fetch_all((const char *const[]){"pub/dir/file"}, 1, 0, fetches(), &seen);
	fetch_all((const char *const[]){"pub/dir"}, 1, MSGFETCH_RECURSE, fetches() / 10, &seen);
	stop_changing(changer);
	expect_both(&seen);
}

/* Tests of files that are written while they are sent. */

static char next_filling(void)
{
	static unsigned turn;

	return (char)('a' + turn++ % 20);
}

/* Sizes repeat rarely, so that stamps differ even with a coarse clock. */
static size_t next_size(void)
{
	static size_t turn;

	return 100000 + (turn++ * 7919) % 300000;
}

static void replace(const void *context)
{
	make_filled("new", next_size(), next_filling());
	if (rename("new", context) != 0)
		_exit(1);
}

static void rewrite(const void *context)
{
	make_filled(context, next_size(), next_filling());
}

static void lengthen(const void *context)
{
	static const char more[] = {INSIDE, INSIDE, INSIDE};
	int file = open(context, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct stat status;

	if (file < 0 || fstat(file, &status) != 0 ||
	    (status.st_size < 5000000 && write(file, more, sizeof(more)) < 0))
		_exit(1);
	close(file);
}

static void fetch_while_changed(void (*change)(const void *context), unsigned flags,
				struct seen *seen)
{
	pid_t changer;

	serve_inside();
	make_filled("pub/changing", 200000, INSIDE);
	changer = start_changing(change, "pub/changing");
	fetch_all((const char *const[]){"pub/changing"}, 1, flags, fetches() / 2, seen);
	stop_changing(changer);
	fprintf(stderr, "%u files, %u failures\n", seen->files, seen->failures);
}

TEST(a_file_that_is_replaced_comes_whole_old_or_new)
{
	struct seen seen = {0};

	fetch_while_changed(replace, 0, &seen);
	ck_assert_uint_eq(seen.failures, 0);
}

TEST(strict_never_takes_a_file_that_is_written_anew_in_two_pieces)
{
	struct seen seen = {0};

	fetch_while_changed(rewrite, MSGFETCH_STRICT, &seen);
	ck_assert_uint_gt(seen.failures, 0);
}

TEST(a_file_that_grows_always_comes_up_to_its_first_size)
{
	struct seen seen = {0};

	fetch_while_changed(lengthen, 0, &seen);
	ck_assert_uint_eq(seen.failures, 0);
	ck_assert_uint_gt(seen.grown, 0);
}

TEST(strict_takes_no_file_that_grew)
{
	struct seen seen = {0};

	fetch_while_changed(lengthen, MSGFETCH_STRICT, &seen);
	ck_assert_uint_gt(seen.failures, 0);
	ck_assert_uint_eq(seen.grown, 0);
}

/* Tests of the directories that the client writes to. */

/* A swap during a removal may leave the directory, with the link inside. */
static void remove_targets(void)
{
	struct client shell = {0};
	struct spawn spawn = {
		.program = "/bin/sh",
		.arguments = (const char *const[]){
			"-c",
			"rm -rf out/tree out/.tree.* out/link && ln -s ../victim out/link",
			NULL}};

	actors_run(&shell, &spawn);
	expect_code(&shell, 0, NULL);
}

/* Makes a directory outside that no fetch may touch, and a link to the directory. */
static void make_outside(void)
{
	ck_assert_int_eq(mkdir("out", 0755), 0);
	ck_assert_int_eq(mkdir("victim", 0755), 0);
	harness_write("victim/precious", "untouched");
	ck_assert_int_eq(symlink("../victim", "out/link"), 0);
}

static void expect_outside_untouched(void)
{
	ck_assert_int_eq(harness_count_entries("victim"), 1);
	ck_assert_str_eq(harness_read("victim/precious", NULL), "untouched");
}

TEST(nothing_is_written_outside_of_a_directory_that_was_there)
{
	const struct swap swap = {"out/tree/deep", "out/tree/link"};
	unsigned whole = 0, failed = 0;
	pid_t changer;

	serve_inside();
	make_outside();
	ck_assert_int_eq(mkdir("out/tree", 0755), 0);
	ck_assert_int_eq(mkdir("out/tree/deep", 0755), 0);
	ck_assert_int_eq(symlink("../../victim", "out/tree/link"), 0);
	changer = start_changing(exchange, &swap);
	for (unsigned i = 0; i < fetches() / 8; i++) {
		struct client client = {0};

		fetch(&client, "-r", "-o", "out/tree", "pub/dir", NULL);
		ck_assert_msg(client.code >= 0, "signal %d", client.signal);
		*(client.code == 0 ? &whole : &failed) += 1;
		expect_outside_untouched();
	}
	stop_changing(changer);
	fprintf(stderr, "%u whole, %u failed\n", whole, failed);
	ck_assert_uint_gt(failed, 0);
}

/* Puts the link in the place of "deep" in the hidden directory that a fetch fills. */
static void exchange_hidden(const void *context)
{
	DIR *out = opendir(context);
	struct dirent *entry;

	while (out != NULL && (entry = readdir(out)) != NULL) {
		char path[PATH_MAX];

		if (strncmp(entry->d_name, ".tree.", 6) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "out/%s/deep", entry->d_name);
		/* Alternates between the two. */
		(void)renameat2(AT_FDCWD, path, AT_FDCWD, "out/link", RENAME_EXCHANGE);
	}
	if (out != NULL)
		closedir(out);
}

/* Interrupts every other fetch.  An interrupted fetch removes the partial files. */
TEST(nothing_is_written_or_removed_outside_of_a_new_directory)
{
	unsigned whole = 0, failed = 0, ended = 0;
	pid_t changer;

	serve_inside();
	make_outside();
	changer = start_changing(exchange_hidden, "out");
	for (unsigned i = 0; i < fetches() / 8; i++) {
		struct client client = {0};

		client_start(&client, "-r", "-o", "out/tree", "pub/dir", NULL);
		if (i % 2 == 0) {
			WAIT_FOR(harness_count_entries("out") > 1);
			ck_assert_int_eq(kill(client.pid, SIGTERM), 0);
		}
		client_finish(&client);
		if (client.signal == SIGTERM)
			ended++;
		else
			*(client.code == 0 ? &whole : &failed) += 1;
		harness_stop(changer);
		expect_outside_untouched();
		remove_targets();
		ck_assert_int_eq(kill(changer, SIGCONT), 0);
	}
	stop_changing(changer);
	fprintf(stderr, "%u whole, %u failed, %u ended\n", whole, failed, ended);
	ck_assert_uint_gt(ended, 0);
}

int main(void)
{
	return harness_main("integration/race", HARNESS_IPC);
}
