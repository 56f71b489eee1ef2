/* SPDX-License-Identifier: ISC */
/*
 * integration/output: destinations of a file, the remains of a failure, and progress.  The test
 * plays the daemon, so that it can halt a transfer.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum {
	CODE_USAGE = 2,
	CODE_MISSING = 5,
	CODE_CHANGED = 7,
	CODE_OUTPUT = 9,
};

static struct fake fake;
static struct client client;

#define TEXT "the bytes of the file"
#define OLD "what was there before"

/* Serves TEXT to a started client and waits for the client. */
static void serve_text(void)
{
	fake_await(&fake);
	fake_serve(&fake, TEXT);
	client_finish(&client);
	fake_close(&fake);
}

static void fetch_into(const char *option, const char *target)
{
	fake_open(&fake);
	client_start(&client, option, target, "pub/file", NULL);
	serve_text();
}

static void expect_text_in(const char *file)
{
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read(file, NULL), TEXT);
	ck_assert_uint_eq(client.output_length, 0);
}

/* Sends half of a file and waits for the temporary file in dir. */
static void stand_still(const char *target)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	if (target != NULL)
		harness_write(target, OLD);
	fake_open(&fake);
	client_start(&client, "-o", "dir/copy", "pub/file", NULL);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(1000));
	fake_data(&fake, 0, TEXT, 4);
	WAIT_FOR(harness_count_entries("dir") == (target != NULL ? 2 : 1));
}

TEST(writes_to_the_file_that_is_named)
{
	fetch_into("-o", "copy");
	expect_text_in("copy");
}

TEST(writes_to_a_file_in_another_directory)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	fetch_into("--output", "dir/copy");
	expect_text_in("dir/copy");
	ck_assert_int_eq(harness_count_entries("dir"), 1);
}

TEST(a_dash_is_stdout)
{
	fetch_into("-o", "-");
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(client.output, TEXT);
	ck_assert_int_ne(access("-", F_OK), 0);
}

TEST(keeps_the_remote_name)
{
	fake_open(&fake);
	client_start(&client, "-O", "pub/below/file", NULL);
	serve_text();
	expect_text_in("file");
}

TEST(keeps_remote_names_in_a_directory)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	fake_open(&fake);
	client_start(&client, "--output-dir", "dir", "pub/one", "pub/below/two", NULL);
	fake_await(&fake);
	for (uint32_t path = 0; path < 2; path++) {
		struct entry_wire body = {
			.path = path, .mode = 0100644, .stamp = FAKE_STAMP(path + 1)};

		fake_announce(&fake, path, &body, "", "");
		fake_bytes(&fake, path, 0, "22", path + 1);
		fake_finish(&fake, path, body.stamp, path + 1);
	}
	fake_over(&fake, 2);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("dir/one", NULL), "2");
	ck_assert_str_eq(harness_read("dir/two", NULL), "22");
	ck_assert_int_eq(harness_count_entries("dir"), 2);
	fake_close(&fake);
}

TEST(a_remote_name_cannot_lead_out_of_the_directory)
{
	fetch(&client, "-O", "pub/..", NULL);
	expect_code(&client, CODE_USAGE, NULL);
	fetch(&client, "-O", "pub/.", NULL);
	expect_code(&client, CODE_USAGE, NULL);
	fetch(&client, "-O", "pub/", NULL);
	expect_code(&client, CODE_USAGE, NULL);
}

TEST(writes_an_empty_file)
{
	fake_open(&fake);
	client_start(&client, "-o", "copy", "pub/file", NULL);
	fake_await(&fake);
	fake_serve(&fake, "");
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_str_eq(harness_read("copy", NULL), "");
	fake_close(&fake);
}

TEST(a_file_that_ends_in_a_hole_has_its_full_length)
{
	size_t length;

	fake_open(&fake);
	client_start(&client, "-o", "copy", "pub/file", NULL);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(100000));
	fake_data(&fake, 50000, "x", 1);
	fake_end(&fake, FAKE_STAMP(100000), 100000);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(harness_read("copy", &length)[50000], 'x');
	ck_assert_uint_eq(length, 100000);
	fake_close(&fake);
}

TEST(an_existing_file_is_replaced_not_written_to)
{
	harness_write("copy", OLD);
	ck_assert_int_eq(link("copy", "other"), 0);
	fetch_into("-o", "copy");
	expect_text_in("copy");
	ck_assert_str_eq(harness_read("other", NULL), OLD);
}

TEST(an_existing_file_keeps_its_permissions)
{
	struct stat status;

	harness_write("copy", OLD);
	ck_assert_int_eq(chmod("copy", 0640), 0);
	fetch_into("-o", "copy");
	expect_text_in("copy");
	ck_assert_int_eq(stat("copy", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0640);
}

TEST(a_new_file_gets_the_usual_permissions)
{
	struct stat status;

	umask(027);
	fetch_into("-o", "copy");
	ck_assert_int_eq(stat("copy", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0640);
}

TEST(a_symbolic_link_is_followed)
{
	struct stat status;

	harness_write("target", OLD);
	ck_assert_int_eq(symlink("target", "copy"), 0);
	fetch_into("-o", "copy");
	expect_text_in("target");
	ck_assert_int_eq(lstat("copy", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
}

/* The modes of directories in which other users can plant entries. */
static const mode_t shared_modes[] = {01777, 0777, 0775};
enum { SHARED_MODES = sizeof(shared_modes) / sizeof(shared_modes[0]) };

/* Recreates "shared" with this mode and an entry "file" of another user: a link, or a fifo. */
static void plant(mode_t mode, const char *link)
{
	(void)unlink("shared/file");
	(void)mkdir("shared", 0700);
	ck_assert_int_eq(chmod("shared", mode), 0);
	if (link != NULL)
		ck_assert_int_eq(symlink(link, "shared/file"), 0);
	else
		ck_assert_int_eq(mkfifo("shared/file", 0666), 0);
	ck_assert_int_eq(lchown("shared/file", OTHER_UID, OTHER_UID), 0);
}

static void expect_refused(const char *option, const char *target)
{
	fake_open(&fake);
	client_start(&client, option, target, "pub/file", NULL);
	client_finish(&client);
	fake_close(&fake);
	expect_code(&client, CODE_OUTPUT, "made by another user");
	ck_assert_str_eq(harness_read("victim", NULL), OLD);
}

TEST(a_planted_link_is_not_followed)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	harness_write("victim", OLD);
	for (int i = 0; i < SHARED_MODES; i++) {
		plant(shared_modes[i], "../victim");
		expect_refused("-o", "shared/file");
		expect_refused("-D", "shared");
		plant(shared_modes[i], harness_format("%s/missing", harness_directory()));
		expect_refused("-o", "shared/file");
	}
	ck_assert_int_ne(access("missing", F_OK), 0);
}

TEST(a_planted_link_at_the_end_of_an_own_link_is_not_followed)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	harness_write("victim", OLD);
	plant(01777, "../victim");
	ck_assert_int_eq(symlink("shared/file", "own"), 0);
	expect_refused("-o", "own");
}

TEST(a_planted_link_in_the_middle_of_a_name_is_not_followed)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	ck_assert_int_eq(mkdir("victims", 0755), 0);
	ck_assert_int_eq(mkdir("victims/sub", 0755), 0);
	harness_write("victim", OLD);
	for (int i = 0; i < SHARED_MODES; i++) {
		plant(shared_modes[i], "../victims");
		expect_refused("-o", "shared/file/new");
		expect_refused("-o", "shared//file/sub/new");
		expect_refused("-D", "shared/file");
		expect_refused("-D", "shared/file/sub/");
	}
	ck_assert_int_eq(harness_count_entries("victims/sub"), 0);
	ck_assert_int_eq(harness_count_entries("victims"), 1);
}

TEST(a_planted_link_that_an_own_link_leads_through_is_not_followed)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	ck_assert_int_eq(mkdir("victims", 0755), 0);
	harness_write("victim", OLD);
	plant(01777, "../victims");
	ck_assert_int_eq(symlink("shared/file", "own"), 0);
	ck_assert_int_eq(symlink("shared/file/new", "new"), 0);
	expect_refused("-o", "own/new");
	expect_refused("-D", "own");
	expect_refused("-o", "new");
	ck_assert_int_eq(harness_count_entries("victims"), 0);
}

TEST(no_directory_is_made_through_a_planted_link)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	ck_assert_int_eq(mkdir("victims", 0755), 0);
	plant(01777, "../victims");
	fake_open(&fake);
	client_start(&client, "--create-dirs", "-D", "shared/file/sub", "pub/file", NULL);
	client_finish(&client);
	fake_close(&fake);
	expect_code(&client, CODE_OUTPUT, "made by another user");
	ck_assert_int_eq(harness_count_entries("victims"), 0);
}

TEST(own_links_in_the_middle_of_a_name_are_followed)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(mkdir("shared", 0700), 0);
	ck_assert_int_eq(chmod("shared", 01777), 0);
	ck_assert_int_eq(symlink("../dir", "shared/link"), 0);
	ck_assert_int_eq(symlink("shared/link", "link"), 0);
	fetch_into("-o", "link/../dir//copy");
	expect_text_in("dir/copy");
	fetch_into("-D", "/proc/self/cwd/link");
	expect_text_in("dir/file");
}

TEST(a_planted_fifo_is_not_written)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	harness_write("victim", OLD);
	for (int i = 0; i < SHARED_MODES; i++) {
		plant(shared_modes[i], NULL);
		expect_refused("-o", "shared/file");
	}
}

TEST(a_link_of_the_directorys_owner_is_followed)
{
	if (!harness_other_users())
		SKIP("needs real root, to plant entries of another user");
	harness_write("target", OLD);
	plant(01777, "../target");
	ck_assert_int_eq(chown("shared", OTHER_UID, OTHER_UID), 0);
	fetch_into("-o", "shared/file");
	expect_text_in("target");
}

TEST(an_own_link_in_a_shared_directory_is_followed)
{
	harness_write("target", OLD);
	ck_assert_int_eq(mkdir("shared", 0700), 0);
	ck_assert_int_eq(chmod("shared", 01777), 0);
	ck_assert_int_eq(symlink("../target", "shared/file"), 0);
	fetch_into("-o", "shared/file");
	expect_text_in("target");
}

TEST(an_existing_file_is_untouched_until_the_end)
{
	stand_still("dir/copy");
	ck_assert_str_eq(harness_read("dir/copy", NULL), OLD);
	kill(client.pid, SIGTERM);
	client_finish(&client);
	fake_close(&fake);
}

TEST(a_failure_at_once_leaves_an_existing_file_and_no_other)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	harness_write("dir/copy", OLD);
	fake_open(&fake);
	client_start(&client, "-o", "dir/copy", "pub/file", NULL);
	fake_await(&fake);
	fake_fail(&fake, FAILURE_FILE, ENOENT, 0);
	client_finish(&client);
	expect_code(&client, CODE_MISSING, NULL);
	ck_assert_str_eq(harness_read("dir/copy", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("dir"), 1);
	fake_close(&fake);
}

TEST(a_failure_half_way_leaves_an_existing_file_and_no_other)
{
	stand_still("dir/copy");
	fake_fail(&fake, FAILURE_CHANGED, ESTALE, 0);
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, NULL);
	ck_assert_str_eq(harness_read("dir/copy", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("dir"), 1);
	fake_close(&fake);
}

TEST(a_failure_half_way_leaves_no_new_file)
{
	stand_still(NULL);
	fake_fail(&fake, FAILURE_CHANGED, ESTALE, 0);
	client_finish(&client);
	expect_code(&client, CODE_CHANGED, NULL);
	ck_assert_int_eq(harness_count_entries("dir"), 0);
	fake_close(&fake);
}

static void expect_signal_cleans(int number)
{
	stand_still("dir/copy");
	ck_assert_int_eq(kill(client.pid, number), 0);
	client_finish(&client);
	ck_assert_int_eq(client.signal, number);
	ck_assert_str_eq(harness_read("dir/copy", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("dir"), 1);
	fake_close(&fake);
}

TEST(sigint_leaves_no_temporary_file)
{
	expect_signal_cleans(SIGINT);
}

TEST(sigterm_leaves_no_temporary_file)
{
	expect_signal_cleans(SIGTERM);
}

TEST(sighup_leaves_no_temporary_file)
{
	expect_signal_cleans(SIGHUP);
}

TEST(sigquit_leaves_no_temporary_file)
{
	expect_signal_cleans(SIGQUIT);
}

TEST(sigpipe_leaves_no_temporary_file)
{
	expect_signal_cleans(SIGPIPE);
}

TEST(a_device_is_written_directly)
{
	struct stat status;

	fetch_into("-o", "/dev/null");
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(stat("/dev/null", &status), 0);
	ck_assert(S_ISCHR(status.st_mode));
}

TEST(a_fifo_is_written_directly)
{
	char bytes[100] = {0};
	struct stat status;
	int fifo;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	fifo = open("fifo", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fifo, 0);
	fetch_into("-o", "fifo");
	expect_code(&client, 0, NULL);
	ck_assert_int_eq(read(fifo, bytes, sizeof(bytes)), sizeof(TEXT) - 1);
	ck_assert_str_eq(bytes, TEXT);
	ck_assert_int_eq(lstat("fifo", &status), 0);
	ck_assert(S_ISFIFO(status.st_mode));
	close(fifo);
}

TEST(a_directory_is_no_output_file)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	fetch(&client, "-o", "dir", "pub/file", NULL);
	expect_code(&client, CODE_OUTPUT, "msgfetch: ");
	ck_assert_int_eq(harness_count_entries("dir"), 0);
}

TEST(a_missing_output_directory_is_a_write_error)
{
	fake_open(&fake);
	client_start(&client, "-D", "missing", "pub/file", NULL);
	client_finish(&client);
	expect_code(&client, CODE_OUTPUT, "No such file or directory");
	fake_close(&fake);
}

/* Sends length bytes, as many as the client accepts, and waits for the client. */
static void serve_much(size_t length)
{
	static const char bytes[REPLY_BODY_MAX];

	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(length));
	for (size_t at = 0; at < length; at += sizeof(bytes)) {
		struct queue_info info;

		WAIT_FOR(queue_inspect(fake.request.queue, &info) != 0 || info.messages == 0);
		if (queue_inspect(fake.request.queue, &info) != 0)
			break;
		fake_data(&fake, at, bytes, sizeof(bytes));
	}
	client_finish(&client);
	fake_close(&fake);
}

TEST(a_full_disk_is_reported_and_leaves_nothing)
{
	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	ck_assert_int_eq(mkdir("small", 0755), 0);
	ck_assert_int_eq(mount("none", "small", "tmpfs", 0, "size=64k"), 0);
	harness_write("small/copy", OLD);
	fake_open(&fake);
	client_start(&client, "-o", "small/copy", "pub/file", NULL);
	serve_much(REPLY_BODY_MAX * 100);
	expect_code(&client, CODE_OUTPUT, "No space left on device");
	ck_assert_str_eq(harness_read("small/copy", NULL), OLD);
	ck_assert_int_eq(harness_count_entries("small"), 1);
}

TEST(a_file_of_a_tree_that_finds_no_room_is_reported_and_the_rest_arrives)
{
	static const struct served tree[] = {{.name = "tree/"},
					     {.name = "tree/1-large", .size = 200000},
					     {.name = "tree/2-small", .text = "text"},
					     {.name = NULL}};
	struct msgfetchd server = {0};

	if (!harness_mounts())
		SKIP("no mount namespace to be had");
	ck_assert_int_eq(mkdir("small", 0755), 0);
	ck_assert_int_eq(mount("none", "small", "tmpfs", 0, "size=64k"), 0);
	serve(&server, .files = tree);
	fetch(&client, "-r", "-o", "small/tree", "pub/tree", NULL);
	expect_code(&client, CODE_OUTPUT, "1-large': No space left on device");
	harness_assert_same("small/tree/2-small", "pub/tree/2-small");
	ck_assert_int_eq(harness_count_entries("small/tree"), 1);
}

TEST(a_full_device_is_reported)
{
	fetch_into("-o", "/dev/full");
	expect_code(&client, CODE_OUTPUT, "No space left on device");
}

TEST(a_full_stdout_is_reported)
{
	client.give_out = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ck_assert_int_gt(client.give_out, 0);
	fake_open(&fake);
	client_start(&client, "pub/file", NULL);
	serve_text();
	expect_code(&client, CODE_OUTPUT, "No space left on device");
}

TEST(a_closed_stdout_is_a_write_error)
{
	client.give_out = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fake_open(&fake);
	client_start(&client, "pub/file", NULL);
	serve_text();
	expect_code(&client, CODE_OUTPUT, NULL);
}

/* Returns a pipe without a reader. */
static int closed_pipe(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	return ends[1];
}

TEST(a_closed_pipe_ends_msgfetch_by_sigpipe_and_leaves_nothing)
{
	client.give_out = closed_pipe();
	fake_open(&fake);
	client_start(&client, "pub/file", NULL);
	serve_text();
	ck_assert_int_eq(client.signal, SIGPIPE);
	ck_assert_str_eq(client.errors, "");
}

static void ignore_sigpipe(void *context)
{
	(void)context;
	signal(SIGPIPE, SIG_IGN);
}

TEST(a_closed_pipe_is_a_write_error_if_sigpipe_is_ignored)
{
	client.prepare = ignore_sigpipe;
	client.give_out = closed_pipe();
	fake_open(&fake);
	client_start(&client, "pub/file", NULL);
	serve_text();
	expect_code(&client, CODE_OUTPUT, "Broken pipe");
}

TEST(a_file_in_the_way_of_another_run_is_not_its_temporary_file)
{
	struct client second = {0};

	stand_still(NULL);
	client_start(&second, "-o", "dir/copy", "pub/file", NULL);
	fake_await(&fake);
	fake_serve(&fake, "second");
	client_finish(&second);
	expect_code(&second, 0, NULL);
	ck_assert_str_eq(harness_read("dir/copy", NULL), "second");
	kill(client.pid, SIGTERM);
	client_finish(&client);
	ck_assert_int_eq(harness_count_entries("dir"), 1);
	fake_close(&fake);
}

/* Messages and progress. */

TEST(no_progress_without_a_terminal)
{
	fetch_into("-o", "copy");
	ck_assert_str_eq(client.errors, "");
}

TEST(progress_can_be_forced_without_a_terminal)
{
	fetch_into("--progress=always", "-ocopy");
	expect_code(&client, 0, NULL);
	ck_assert_str_ne(client.errors, "");
	ck_assert_ptr_nonnull(strstr(client.errors, "100%"));
}

/* A terminal of 80 columns, which returns the bytes written to its other side. */
static int open_terminal(void)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	return terminal;
}

static int terminal_side; /* the client's stderr */

static void use_terminal(void *context)
{
	(void)context;
	if (dup2(terminal_side, STDERR_FILENO) != STDERR_FILENO)
		_exit(126);
}

static char shown[65536]; /* the terminal's output */

static void read_terminal(int terminal)
{
	size_t have = strlen(shown);
	ssize_t got;

	while (have < sizeof(shown) - 1 &&
	       (got = read(terminal, shown + have, sizeof(shown) - 1 - have)) > 0) {
		have += (size_t)got;
		shown[have] = '\0';
	}
}

/*
 * Starts a transfer of 1000 bytes with a terminal as stderr, sends the first 4 bytes, and
 * waits for the progress line if one is expected.
 */
static int start_on_terminal(const char *term, const char *option, bool expected)
{
	static const char *environment[] = {NULL, "LC_ALL=C", NULL};
	int terminal = open_terminal();

	environment[0] = harness_format("TERM=%s", term);
	terminal_side = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(terminal_side, 0);
	client.environment = environment;
	client.prepare = use_terminal;
	fake_open(&fake);
	client_start(&client, option, "-ocopy", "pub/file", NULL);
	fake_await(&fake);
	fake_entry(&fake, FAKE_STAMP(1000));
	if (expected) {
		uint64_t at = 0;

		WAIT_FOR((at < 900 ? fake_data(&fake, at++, "x", 1) : (void)0,
			  read_terminal(terminal), strchr(shown, '%') != NULL));
		fake.request.offset = at;
	}
	return terminal;
}

static void end_on_terminal(int terminal)
{
	static const char zeros[1000];

	fake_data(&fake, fake.request.offset, zeros, 1000 - (size_t)fake.request.offset);
	fake_end(&fake, FAKE_STAMP(1000), 1000);
	client_finish(&client);
	expect_code(&client, 0, NULL);
	read_terminal(terminal);
	fake_close(&fake);
}

TEST(a_terminal_gets_a_progress_bar)
{
	int terminal = start_on_terminal("xterm", "--progress=auto", true);

	ck_assert_ptr_nonnull(strchr(shown, '\r'));
	end_on_terminal(terminal);
}

TEST(a_progress_bar_fits_the_terminal)
{
	int terminal = start_on_terminal("xterm", "--progress=auto", true);
	int column = 0;

	end_on_terminal(terminal);
	for (const char *at = shown; *at != '\0'; at++) {
		if (*at == '\033') { /* a control sequence takes no room */
			at += strcspn(at, "mKJhlABCDGH");
			continue;
		}
		column = *at == '\r' || *at == '\n' ? 0 : column + 1;
		ck_assert_int_le(column, 80);
	}
}

TEST(a_progress_bar_is_gone_before_a_message)
{
	int terminal = start_on_terminal("xterm", "--progress=auto", true);
	const char *message, *erased;

	fake_fail(&fake, FAILURE_FILE, EIO, 0);
	client_finish(&client);
	read_terminal(terminal);
	message = strstr(shown, "msgfetch: ");
	ck_assert_ptr_nonnull(message);
	ck_assert(message > shown);
	erased = memmem(shown, (size_t)(message - shown), "\r\033[K", 4);
	ck_assert_ptr_nonnull(erased);
	ck_assert(message[-1] == 'K' || message[-1] == '\r' || message[-1] == '\n');
	fake_close(&fake);
}

TEST(a_progress_bar_is_gone_after_a_signal)
{
	int terminal = start_on_terminal("xterm", "--progress=auto", true);

	kill(client.pid, SIGINT);
	client_finish(&client);
	ck_assert_int_eq(client.signal, SIGINT);
	read_terminal(terminal);
	ck_assert_str_eq(shown + strlen(shown) - 4, "\r\033[K");
	fake_close(&fake);
}

static bool has_colour(void)
{
	for (const char *at = shown; (at = strstr(at, "\033[")) != NULL; at += 2)
		if (at[2 + strspn(at + 2, "0123456789;")] == 'm')
			return true;
	return false;
}

TEST(no_color_is_honoured)
{
	setenv("NO_COLOR", "1", 1);
	end_on_terminal(start_on_terminal("xterm", "--progress=auto", true));
	ck_assert(!has_colour());
}

TEST(a_dumb_terminal_gets_no_progress_bar)
{
	end_on_terminal(start_on_terminal("dumb", "--progress=auto", false));
	ck_assert_str_eq(shown, "");
}

TEST(quiet_means_no_progress_bar)
{
	end_on_terminal(start_on_terminal("xterm", "-q", false));
	ck_assert_str_eq(shown, "");
}

TEST(never_means_no_progress_bar)
{
	end_on_terminal(start_on_terminal("xterm", "--progress=never", false));
	ck_assert_str_eq(shown, "");
}

TEST(verbose_reports_each_file)
{
	fetch_into("-v", "-ocopy");
	expect_code(&client, 0, "pub/file");
}

int main(void)
{
	return harness_main("integration/output", HARNESS_IPC);
}
