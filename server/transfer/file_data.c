/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/file_data.h"

#include "common/mtime.h"
#include "server/transfer/beneath.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536u

/* Longest wait for the end of a write: 20 ms. */
#define APPEND_LOOKS 20u
#define APPEND_PAUSE_NS 1000000

bool byte_range_of_request(const struct request *request, uint32_t path, uint64_t size,
			   struct byte_range *range)
{
	bool ranged = (request->flags & REQUEST_RANGE) != 0;
	bool resume = (request->flags & REQUEST_RESUME) != 0;

	*range = (struct byte_range){.to = size};
	if (path > 0 || (!ranged && !resume))
		return true;
	range->from = request->offset;
	if ((request->flags & REQUEST_TAIL) != 0) {
		range->from = request->length < size ? size - request->length : 0;
		return true;
	}
	if (!resume && range->from > 0 && range->from >= size)
		return false;
	if (request->length > 0 && request->length < size - range->from)
		range->to = range->from + request->length;
	return true;
}

bool file_may_have_holes(const struct stat *status)
{
	return status->st_blocks < status->st_size / S_BLKSIZE;
}

ssize_t file_read(int fd, void *buffer, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buffer, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

void file_skip_hole(int fd, uint64_t end, uint64_t *position, uint64_t *extent)
{
	off_t data = lseek(fd, (off_t)*position, SEEK_DATA);
	off_t hole;

	*extent = end;
	/* ENXIO: only a hole is left. */
	if ((data < 0 && errno == ENXIO) || (data >= 0 && (uint64_t)data >= end))
		*position = end;
	if (data < 0 || *position == end)
		return;
	*position = (uint64_t)data;
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole > data && (uint64_t)hole < end)
		*extent = (uint64_t)hole;
}

/* A prefix on its way into a digest. */
struct prefix {
	struct digester *digester;
	struct outbox *outbox;
	uint64_t unchecked; /* bytes since the last check of the client */
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Counts bytes that were added.  Returns 1 or a negative errno. */
static int count(struct prefix *prefix, uint64_t bytes)
{
	int error = 0;

	prefix->unchecked += bytes;
	if (prefix->unchecked >= FILE_SILENT_BYTES) {
		prefix->unchecked = 0;
		error = outbox_check(prefix->outbox);
	}
	return error != 0 ? error : 1;
}

static int add_hole(struct prefix *prefix, uint64_t length)
{
	int more = 1;

	while (more > 0 && length > 0) {
		uint64_t piece = least(length, FILE_SILENT_BYTES);

		digester_add_zeros(prefix->digester, piece);
		length -= piece;
		more = count(prefix, piece);
	}
	return more;
}

static int add_piece(struct prefix *prefix, int fd, uint64_t *at, uint64_t end, int *read_error)
{
	uint8_t buffer[PIECE];
	ssize_t got = file_read(fd, buffer, (size_t)least(end - *at, sizeof(buffer)), *at);

	if (got < 0)
		*read_error = errno;
	if (got <= 0)
		return 0;
	digester_add(prefix->digester, buffer, (size_t)got);
	*at += (uint64_t)got;
	return count(prefix, (uint64_t)got);
}

int file_digest_prefix(struct digester *digester, struct outbox *outbox, int fd, bool sparse,
		       uint64_t length, int *read_error)
{
	struct prefix prefix = {.digester = digester, .outbox = outbox};
	uint64_t at = 0, extent = sparse ? 0 : length;
	int more = 1;

	while (more > 0 && at < length) {
		uint64_t from = at;

		if (at >= extent)
			file_skip_hole(fd, length, &at, &extent);
		if (at > from)
			more = add_hole(&prefix, at - from);
		else
			more = add_piece(&prefix, fd, &at, extent, read_error);
	}
	return more;
}

struct stamp file_stamp(const struct stat *status)
{
	return (struct stamp){
		.device = status->st_dev,
		.inode = status->st_ino,
		.mtime_ns = mtime_join(status->st_mtim),
		.size = (uint64_t)status->st_size,
	};
}

static bool has_content(int fd)
{
	uint8_t byte;

	return file_read(fd, &byte, 1, 0) != 0;
}

/*
 * Returns true if a write(2) may be appending to the file just now: the kernel sets the
 * modification time before the size.
 */
static bool may_be_growing(const struct stamp *start, const struct stamp *now)
{
	return now->device == start->device && now->inode == start->inode &&
	       now->size == start->size && now->mtime_ns > start->mtime_ns;
}

/* Fills *now; waits for the end of a write that may be appending.  Returns 0 or an errno. */
static int look_again(int fd, const struct stamp *start, struct stamp *now)
{
	const struct timespec pause = {.tv_nsec = APPEND_PAUSE_NS};
	struct stat status;

	for (unsigned looks = 0; looks < APPEND_LOOKS; looks++) {
		int error = beneath_stat(fd, &status);

		if (error != 0)
			return error;
		*now = file_stamp(&status);
		if (!may_be_growing(start, now))
			break;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return 0;
}

int file_compare(int fd, const struct stamp *start, struct stamp *now)
{
	int error = look_again(fd, start, now);

	if (error != 0)
		return error;
	if (now->size == 0 && start->size == 0 && has_content(fd))
		return FILE_SIZELESS;
	if (stamp_equal(now, start))
		return FILE_SAME;
	return now->device == start->device && now->inode == start->inode &&
			       now->size > start->size
		       ? FILE_GREW
		       : FILE_CHANGED;
}
