/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/writer.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Waits until a non-blocking descriptor is writable. */
static int wait_writable(int descriptor)
{
	struct pollfd wait = {.fd = descriptor, .events = POLLOUT};

	/* An error ends the wait, too: the next write reports the error. */
	if (poll(&wait, 1, -1) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int write_all(struct writer *writer, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(writer->descriptor, bytes, length);

		if (written == 0)
			return -EIO;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
			writer->position += (uint64_t)written;
		} else if (errno == EAGAIN) {
			int result = wait_writable(writer->descriptor);

			if (result != 0)
				return result;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int writer_fill(struct writer *writer, uint64_t offset)
{
	static const char zeros[64 * 1024];

	if (offset < writer->position)
		return -EINVAL;
	while (writer->position < offset) {
		uint64_t rest = offset - writer->position;
		size_t length = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);
		int result = write_all(writer, zeros, length);

		if (result != 0)
			return result;
	}
	return 0;
}

int writer_write(struct writer *writer, const void *bytes, size_t length, uint64_t offset)
{
	int result = writer_fill(writer, offset);

	return result == 0 ? write_all(writer, bytes, length) : result;
}
