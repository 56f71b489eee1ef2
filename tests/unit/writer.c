/* SPDX-License-Identifier: ISC */
/* unit/writer: bytes and gaps in order, also to a pipe that is full. */
#include "config.h"

#include "common/writer.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 1 << 20 };

static uint8_t bytes[BYTES];

static bool is_waiting(pid_t process)
{
	return strstr(harness_read_proc(process, "status"), "State:\tS") != NULL;
}

/* Reads all bytes once the writer waits.  Exits with 0 if there are count of them. */
static _Noreturn void drain(int input, pid_t writer, size_t count)
{
	static uint8_t piece[4096];
	size_t got = 0;
	ssize_t length;

	WAIT_FOR(is_waiting(writer));
	while ((length = read(input, piece, sizeof(piece))) > 0)
		got += (size_t)length;
	_exit(length != 0 || got != count);
}

TEST(a_full_pipe_that_does_not_block_is_waited_for)
{
	struct writer writer = {0};
	pid_t reader, self = getpid();
	int ends[2], status;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	reader = fork();
	if (reader == 0) {
		close(ends[1]);
		fcntl(ends[0], F_SETFL, 0);
		drain(ends[0], self, BYTES);
	}
	writer.descriptor = ends[1];
	ck_assert_int_eq(writer_write(&writer, bytes, BYTES, 0), 0);
	ck_assert_uint_eq(writer.position, BYTES);
	close(ends[1]);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
	close(ends[0]);
}

TEST(a_gap_becomes_zeros)
{
	struct writer writer = {0};
	const char *text;
	size_t length;

	writer.descriptor = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(writer_write(&writer, "ab", 2, 0), 0);
	ck_assert_int_eq(writer_write(&writer, "cd", 2, 70000), 0);
	ck_assert_int_eq(close(writer.descriptor), 0);
	text = harness_read("file", &length);
	ck_assert_uint_eq(length, 70002);
	ck_assert_mem_eq(text, "ab\0", 3);
	ck_assert_mem_eq(text + 69999, "\0cd", 3);
}

TEST(bytes_before_the_position_are_refused)
{
	struct writer writer = {.descriptor = -1, .position = 10};

	ck_assert_int_eq(writer_write(&writer, "ab", 2, 9), -EINVAL);
	ck_assert_int_eq(writer_fill(&writer, 9), -EINVAL);
}

TEST(an_error_is_returned)
{
	struct writer writer = {.descriptor = -1};

	ck_assert_int_eq(writer_write(&writer, "ab", 2, 0), -EBADF);
}

int main(void)
{
	return harness_main("unit/writer", HARNESS_IPC);
}
