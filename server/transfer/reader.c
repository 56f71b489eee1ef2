/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/reader.h"

#include <errno.h>
#include <unistd.h>

bool reader_may_have_holes(const struct stat *status)
{
	return status->st_blocks < status->st_size / S_BLKSIZE;
}

ssize_t reader_read(int fd, void *buffer, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buffer, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

void reader_skip_hole(int fd, uint64_t end, uint64_t *position, uint64_t *extent)
{
	off_t data = lseek(fd, (off_t)*position, SEEK_DATA);
	off_t hole;

	*extent = end;
	/* ENXIO: nothing but a hole is left. */
	if ((data < 0 && errno == ENXIO) || (data >= 0 && (uint64_t)data >= end))
		*position = end;
	if (data < 0 || *position == end)
		return;
	*position = (uint64_t)data;
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole > data && (uint64_t)hole < end)
		*extent = (uint64_t)hole;
}
