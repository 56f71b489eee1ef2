/* SPDX-License-Identifier: ISC */
/* unit/log: the form of a line, and quoting against forged lines. */
#include "config.h"

#include "common/log.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINES "lines"

/* Sends stderr to a file, which captured() reads. */
static void capture(void)
{
	int file = open(LINES, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	close(file);
}

static const char *captured(void)
{
	return harness_read(LINES, NULL);
}

static void assert_quoted(const char *text, const char *expected)
{
	char buffer[128];

	ck_assert_str_eq(log_quote(buffer, sizeof(buffer), text), expected);
}

TEST(a_line_carries_its_name)
{
	struct log log;

	capture();
	log = log_to_stderr("msgfetchd", LOG_INFO);
	log_write(&log, LOG_INFO, "uid %d asked", 7);
	ck_assert_str_eq(captured(), "msgfetchd: uid 7 asked\n");
}

TEST(less_urgent_lines_are_left_out)
{
	struct log log;

	capture();
	log = log_to_stderr("msgfetchd", LOG_NOTICE);
	log_write(&log, LOG_INFO, "too much");
	log_write(&log, LOG_NOTICE, "just right");
	ck_assert_str_eq(captured(), "msgfetchd: just right\n");
}

/*
 * Returns $JOURNAL_STREAM as systemd sets the variable for this stderr, except for the inode.
 */
static void name_stream(ino_t more)
{
	struct stat status;

	ck_assert_int_eq(fstat(STDERR_FILENO, &status), 0);
	setenv("JOURNAL_STREAM",
	       harness_format("%ju:%ju", (uintmax_t)status.st_dev,
			      (uintmax_t)(status.st_ino + more)),
	       1);
}

TEST(the_journal_gets_a_level_prefix)
{
	struct log log;

	capture();
	name_stream(0);
	log = log_to_stderr("msgfetchd", LOG_DEBUG);
	log_write(&log, LOG_ERR, "bad");
	log_write(&log, LOG_DEBUG, "fine");
	ck_assert_str_eq(captured(), "<3>bad\n<7>fine\n");
}

TEST(a_stream_that_is_not_stderr_gets_no_prefix)
{
	struct log log;

	capture();
	name_stream(1);
	log = log_to_stderr("msgfetchd", LOG_INFO);
	log_write(&log, LOG_ERR, "bad");
	ck_assert_str_eq(captured(), "msgfetchd: bad\n");
}

TEST(a_garbled_journal_stream_is_ignored)
{
	const char *values[] = {"", ":", "x", "1", "1:", "1:x", "99999999999999999999:1"};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		setenv("JOURNAL_STREAM", values[i], 1);
		ck_assert_int_eq(log_to_stderr("x", LOG_INFO).target, LOG_TO_STDERR);
	}
}

TEST(a_long_line_is_cut_and_still_ends)
{
	char text[3000];
	struct log log;
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture();
	log = log_to_stderr("n", LOG_INFO);
	log_write(&log, LOG_INFO, "%s", text);
	log_write(&log, LOG_INFO, "next");
	line = captured();
	ck_assert_uint_ge(strcspn(line, "\n"), 1000);
	ck_assert_str_eq(strchr(line, '\n'), "\nn: next\n");
}

TEST(writing_keeps_errno)
{
	struct log log = log_to_stderr("n", LOG_INFO);

	close(STDERR_FILENO);
	errno = ENOTTY;
	log_write(&log, LOG_ERR, "nobody hears");
	ck_assert_int_eq(errno, ENOTTY);
}

/* Writes lines until a call takes no room, with a pipe as stderr.  Returns the read end. */
static int fill_pipe(const struct log *log, unsigned lines)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, 16384), 16384);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	for (unsigned i = 0; i < lines; i++)
		log_write(log, LOG_INFO, "%0100u", i);
	return ends[0];
}

TEST(a_full_pipe_blocks_nobody_and_the_lost_lines_are_counted)
{
	struct log log = log_to_stderr("n", LOG_INFO);
	int reader = fill_pipe(&log, 400);
	char text[32768] = "";
	unsigned long whole = 0, lost;

	ck_assert_int_gt(read(reader, text, sizeof(text) - 1), 0);
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		whole++;
	memset(text, 0, sizeof(text));
	log_write(&log, LOG_INFO, "next");
	ck_assert_int_gt(read(reader, text, sizeof(text) - 1), 0);
	ck_assert_int_eq(strncmp(text, "n: lost ", 8), 0);
	lost = strtoul(text + 8, NULL, 10);
	ck_assert_uint_eq(whole + lost, 400);
	ck_assert_ptr_nonnull(strstr(text, "\nn: next\n"));
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	close(reader);
}

TEST(a_stuck_syslog_blocks_nobody_and_a_new_one_is_reached)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "syslog"};
	int reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[2048] = "";
	struct log log;

	ck_assert_int_eq(bind(reader, (struct sockaddr *)&address, sizeof(address)), 0);
	log = log_to_syslog("n", LOG_INFO, "syslog");
	for (int i = 0; i < 10000; i++)
		log_write(&log, LOG_INFO, "line");
	ck_assert_int_gt(recv(reader, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, harness_format(" n[%d]: line", (int)getpid())));
	ck_assert_int_eq(strncmp(text, "<30>", 4), 0);
	close(reader);
	ck_assert_int_eq(unlink("syslog"), 0);
	log_write(&log, LOG_INFO, "nobody");
	reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(reader, (struct sockaddr *)&address, sizeof(address)), 0);
	log_write(&log, LOG_INFO, "again");
	memset(text, 0, sizeof(text));
	ck_assert_int_gt(recv(reader, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, ": lost "));
	close(reader);
}

TEST(quoting_leaves_plain_text_alone)
{
	assert_quoted("pub/a file.txt", "pub/a file.txt");
	assert_quoted("", "");
}

TEST(quoting_escapes_characters_that_forge_a_line)
{
	assert_quoted("a\nb", "a\\nb");
	assert_quoted("a\rb", "a\\rb");
	assert_quoted("a\tb", "a\\tb");
}

TEST(quoting_escapes_terminal_control_sequences)
{
	assert_quoted("\033[2J", "\\033[2J");
	assert_quoted("\233", "\\233");
	assert_quoted("\177", "\\177");
}

TEST(quoting_escapes_the_escape)
{
	assert_quoted("a\\nb", "a\\\\nb");
}

TEST(quoting_leaves_only_printable_ascii)
{
	for (int byte = 1; byte < 256; byte++) {
		char text[3] = {(char)byte, 'z', '\0'}, buffer[32];

		log_quote(buffer, sizeof(buffer), text);
		ck_assert_uint_ge(strlen(buffer), 2);
		for (const char *at = buffer; *at != '\0'; at++)
			ck_assert_msg(*at >= ' ' && *at <= '~', "byte %d gave %d", byte, *at);
	}
}

TEST(quoting_cuts_between_escapes)
{
	char buffer[6];

	ck_assert_str_eq(log_quote(buffer, sizeof(buffer), "a\033b"), "a\\033");
	ck_assert_str_eq(log_quote(buffer, 5, "a\033b"), "a");
}

TEST(quoting_into_one_byte_gives_nothing)
{
	char buffer[1] = {'x'};

	ck_assert_str_eq(log_quote(buffer, sizeof(buffer), "text"), "");
}

int main(void)
{
	return harness_main("unit/log", HARNESS_IPC);
}
