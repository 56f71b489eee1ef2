/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/stream.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Waits until a descriptor that another process made non-blocking takes more. */
static int wait_writable(int descriptor)
{
	struct pollfd wait = {.fd = descriptor, .events = POLLOUT};

	/* An error state ends the wait too: the next write says which. */
	if (poll(&wait, 1, -1) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int write_all(struct stream *stream, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(stream->descriptor, bytes, length);

		if (written == 0)
			return -EIO;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
			stream->position += (uint64_t)written;
		} else if (errno == EAGAIN) {
			int result = wait_writable(stream->descriptor);

			if (result != 0)
				return result;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int stream_fill(struct stream *stream, uint64_t offset)
{
	static const char zeros[64 * 1024];

	if (offset < stream->position)
		return -EINVAL;
	while (stream->position < offset) {
		uint64_t rest = offset - stream->position;
		size_t length = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);
		int result = write_all(stream, zeros, length);

		if (result != 0)
			return result;
	}
	return 0;
}

int stream_write(struct stream *stream, const void *bytes, size_t length, uint64_t offset)
{
	int result = stream_fill(stream, offset);

	return result == 0 ? write_all(stream, bytes, length) : result;
}
