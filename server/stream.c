/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stream.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* One file on its way out. */
struct transfer {
	int fd;
	bool holes; /* worth looking for */
	uint32_t entry;
	struct stamp stamp; /* the file's, at its start */
	uint64_t position;  /* the first byte not sent */
	uint64_t extent;    /* the end of the bytes that are no hole */
};

static bool is_list(const struct stream *stream)
{
	return (stream->request->flags & REQUEST_LIST) != 0;
}

struct stamp stream_stamp(const struct stat *status)
{
	return (struct stamp){
		.device = status->st_dev,
		.inode = status->st_ino,
		.mtime_ns = status->st_mtim.tv_sec * 1000000000ll + status->st_mtim.tv_nsec,
		.size = (uint64_t)status->st_size,
	};
}

static int announce(struct stream *stream, const struct place *place, const struct stat *status,
		    const char *link, uint32_t *entry)
{
	struct entry_wire body = {.path = place->path};
	int error;

	if (status != NULL) {
		body.stamp = stream_stamp(status);
		body.mode = status->st_mode;
		body.uid = status->st_uid;
		body.gid = status->st_gid;
	}
	/* Without a list, entries are numbered like the paths; in one, as they come. */
	*entry = is_list(stream) ? stream->entries : place->path;
	if (!is_list(stream))
		return packer_entry(stream->packer, *entry, &body, NULL, NULL);
	error = packer_entry(stream->packer, *entry, &body, place->name, link);
	if (error == 0)
		stream->entries++;
	return error;
}

static const char *explain(int error)
{
	switch (error) {
	case EISDIR:
		return "is a directory";
	case ENXIO:
		return "is not a regular file";
	case EXDEV:
		return "leads outside the export";
	case ELOOP:
		return "too many symbolic links, or one that is not followed here";
	default:
		return strerror(error);
	}
}

static int file_failure(struct stream *stream, uint32_t entry, int error)
{
	struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = explain(error)};

	return packer_failure(stream->packer, entry, &failure);
}

static int changed(struct stream *stream, uint32_t entry)
{
	static const struct failure failure = {.reason = FAILURE_CHANGED,
					       .error = ESTALE,
					       .text = "the file changed while it was sent"};

	return packer_failure(stream->packer, entry, &failure);
}

/*
 * Moves to the next bytes that are not a hole, and finds where they end.  A file
 * system that knows of no holes has one extent.
 */
static void next_extent(struct transfer *transfer)
{
	off_t data = -1, hole = -1;

	transfer->extent = transfer->stamp.size;
	if (!transfer->holes)
		return;
	data = lseek(transfer->fd, (off_t)transfer->position, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		transfer->position = transfer->stamp.size; /* nothing but a hole is left */
	if (data < 0)
		return;
	transfer->position = (uint64_t)data;
	hole = lseek(transfer->fd, data, SEEK_HOLE);
	if (hole > data && (uint64_t)hole < transfer->stamp.size)
		transfer->extent = (uint64_t)hole;
}

static ssize_t read_at(int fd, uint8_t *buffer, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buffer, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Returns how many bytes were sent, 0 at the end of the file, or a negative errno. */
static int send_piece(struct stream *stream, struct transfer *transfer, int *read_error)
{
	struct outbox *outbox = stream->packer->outbox;
	uint64_t want = outbox_piece(outbox, transfer->extent - transfer->position);
	uint8_t *bytes;
	ssize_t got;
	size_t room;
	int error = packer_data_room(stream->packer, want, &bytes, &room);

	if (error != 0)
		return error;
	got = read_at(transfer->fd, bytes, want < room ? (size_t)want : room,
		      transfer->position);
	if (got < 0)
		*read_error = errno;
	if (got <= 0)
		return 0;
	error = packer_data_filled(stream->packer, transfer->entry, transfer->position,
				   (size_t)got);
	transfer->position += (uint64_t)got;
	if (error == 0)
		error = outbox_count(outbox, (uint64_t)got);
	return error != 0 ? error : 1;
}

/* Sends up to the size that was announced.  *read_error: an errno, where reading failed. */
static int send_data(struct stream *stream, struct transfer *transfer, int *read_error)
{
	int more = 1;

	*read_error = 0;
	while (more > 0 && transfer->position < transfer->stamp.size) {
		if (transfer->position >= transfer->extent)
			next_extent(transfer);
		if (transfer->position < transfer->stamp.size)
			more = send_piece(stream, transfer, read_error);
	}
	return more < 0 ? more : 0;
}

/* Files of /proc say that they are empty, and are not. */
static bool empty_after_all(const struct transfer *transfer)
{
	uint8_t byte;

	return transfer->stamp.size > 0 || read_at(transfer->fd, &byte, 1, 0) == 0;
}

/* END belongs only to a file that is, at its end, what it was at its start. */
static int end_file(struct stream *stream, const struct transfer *transfer)
{
	struct end_wire body = {.stamp = transfer->stamp, .offset = transfer->position};
	struct stat status;
	struct stamp now;

	if (fstat(transfer->fd, &status) != 0)
		return file_failure(stream, transfer->entry, errno);
	now = stream_stamp(&status);
	if (transfer->position != transfer->stamp.size ||
	    !stamp_equal(&now, &transfer->stamp) || !empty_after_all(transfer))
		return changed(stream, transfer->entry);
	return packer_end(stream->packer, transfer->entry, &body, NULL);
}

int stream_file(struct stream *stream, const struct place *place, int fd,
		const struct stat *status, uint64_t offset)
{
	struct transfer transfer = {
		.fd = fd,
		/* Looking for holes costs system calls: only where blocks are missing. */
		.holes = (stream->request->flags & REQUEST_HOLES) != 0 &&
			 status->st_blocks < status->st_size / S_BLKSIZE,
		.stamp = stream_stamp(status),
		.position = offset,
		.extent = offset,
	};
	int read_error = 0;
	int error = 0;

	if ((stream->request->flags & REQUEST_BULK) != 0 ||
	    transfer.stamp.size - offset > PACKER_INLINE_BYTES)
		error = packer_use_ring(stream->packer);
	if (error == 0)
		error = announce(stream, place, status, "", &transfer.entry);
	if (error == -EMSGSIZE)
		return stream_failure(stream, place, NULL, ENAMETOOLONG);
	if (error == 0)
		error = send_data(stream, &transfer, &read_error);
	if (error != 0)
		return error;
	if (read_error != 0)
		return file_failure(stream, transfer.entry, read_error);
	return end_file(stream, &transfer);
}

int stream_other(struct stream *stream, const struct place *place, const struct stat *status,
		 const char *link)
{
	uint32_t entry;
	int error = announce(stream, place, status, link, &entry);

	/* Name and link do not fit one message: the name alone does. */
	return error == -EMSGSIZE ? stream_failure(stream, place, NULL, ENAMETOOLONG) : error;
}

/* A name that fits no message: the nearest directory above whose name does stands for it. */
static int announce_above(struct stream *stream, const struct place *place, uint32_t *entry)
{
	char name[PATH_MAX];
	struct place above = {.path = place->path, .name = name};
	int error = -EMSGSIZE;
	char *slash;

	(void)strlcpy(name, place->name, sizeof(name));
	while (error == -EMSGSIZE && (slash = strrchr(name, '/')) != NULL) {
		*slash = '\0';
		error = announce(stream, &above, NULL, "", entry);
	}
	return error;
}

/* In a list a failure belongs to an entry that was announced, so that it has a name. */
static int fail(struct stream *stream, const struct place *place, const struct stat *status,
		const struct failure *failure)
{
	uint32_t entry = place->path;
	int error = 0;

	if (is_list(stream))
		error = announce(stream, place, status, "", &entry);
	if (error == -EMSGSIZE)
		error = announce_above(stream, place, &entry);
	return error != 0 ? error : packer_failure(stream->packer, entry, failure);
}

int stream_failure(struct stream *stream, const struct place *place, const struct stat *status,
		   int error)
{
	struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = explain(error)};

	return fail(stream, place, status, &failure);
}

int stream_refusal(struct stream *stream, const struct place *place,
		   const struct failure *failure)
{
	return fail(stream, place, NULL, failure);
}

int stream_finish(struct stream *stream)
{
	struct end_wire body = {.offset = stream->entries};
	int error = 0;

	if (is_list(stream))
		error = packer_end(stream->packer, ENTRY_WHOLE, &body, NULL);
	return error != 0 ? error : packer_flush(stream->packer);
}
