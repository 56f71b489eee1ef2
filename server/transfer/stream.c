/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/stream.h"

#include "server/transfer/beneath.h"
#include "server/transfer/prefix.h"
#include "server/transfer/reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* One file on its way out. */
struct transfer {
	int fd;
	bool sparse; /* holes are worth looking for */
	bool holes;  /* and worth to be left out */
	uint32_t entry;
	struct stamp stamp; /* the file's, at its start */
	uint64_t position;  /* the first byte not sent */
	uint64_t extent;    /* the end of the bytes that are no hole */
	uint64_t end;       /* of what is to be sent */
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

/* Adds what the client has already, of which the digest is too.  Results as of prefix_add(). */
static int digest_prefix(struct stream *stream, const struct transfer *transfer,
			 int *read_error)
{
	/* Now: it has as many bytes to read itself. */
	int error = packer_flush(stream->packer);

	return error != 0 ? error
			  : prefix_add(stream->digester, stream->packer->outbox, transfer->fd,
				       transfer->sparse, transfer->position, read_error);
}

/* A zero in a hole, as a sign of life. */
static int send_zero(struct stream *stream, const struct transfer *transfer, uint64_t offset)
{
	uint8_t *bytes;
	size_t room;
	int error = packer_data_room(stream->packer, 1, &bytes, &room);

	if (error != 0)
		return error;
	bytes[0] = 0;
	error = packer_data_filled(stream->packer, transfer->entry, offset, 1);
	if (error == 0)
		error = packer_flush(stream->packer);
	return error == 0 ? outbox_count(stream->packer->outbox, 1) : error;
}

/* Adds the hole from offset to where the transfer is now.  Returns 1 or a negative errno. */
static int digest_hole(struct stream *stream, const struct transfer *transfer, uint64_t offset)
{
	int error = 0;

	while (error == 0 && transfer->position - offset > PREFIX_SILENT_BYTES) {
		digester_add_zeros(stream->digester, PREFIX_SILENT_BYTES);
		offset += PREFIX_SILENT_BYTES;
		error = send_zero(stream, transfer, offset - 1);
	}
	if (error != 0)
		return error;
	digester_add_zeros(stream->digester, transfer->position - offset);
	return 1;
}

/* Goes on to the next bytes that are not a hole.  Returns 1 or a negative errno. */
static int next_extent(struct stream *stream, struct transfer *transfer)
{
	uint64_t before = transfer->position;

	transfer->extent = transfer->end;
	if (transfer->holes)
		reader_skip_hole(transfer->fd, transfer->end, &transfer->position,
				 &transfer->extent);
	return stream->digester != NULL ? digest_hole(stream, transfer, before) : 1;
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
	got = reader_read(transfer->fd, bytes, want < room ? (size_t)want : room,
			  transfer->position);
	if (got < 0)
		*read_error = errno;
	if (got <= 0)
		return 0;
	/* While they are the worker's: they may be in the ring. */
	if (stream->digester != NULL)
		digester_add(stream->digester, bytes, (size_t)got);
	error = packer_data_filled(stream->packer, transfer->entry, transfer->position,
				   (size_t)got);
	transfer->position += (uint64_t)got;
	if (error == 0)
		error = outbox_count(outbox, (uint64_t)got);
	return error != 0 ? error : 1;
}

/* Sends up to the end of what is wanted.  *read_error: an errno, where reading failed. */
static int send_data(struct stream *stream, struct transfer *transfer, int *read_error)
{
	int more = 1;

	*read_error = 0;
	if (stream->digester != NULL) {
		digester_begin(stream->digester);
		if (transfer->position > 0)
			more = digest_prefix(stream, transfer, read_error);
	}
	while (more > 0 && transfer->position < transfer->end) {
		if (transfer->position >= transfer->extent)
			more = next_extent(stream, transfer);
		if (more > 0 && transfer->position < transfer->end)
			more = send_piece(stream, transfer, read_error);
	}
	return more < 0 ? more : 0;
}

/* Files of /proc say that they are empty, and are not. */
static bool empty_after_all(const struct transfer *transfer)
{
	uint8_t byte;

	return transfer->stamp.size > 0 || reader_read(transfer->fd, &byte, 1, 0) == 0;
}

/* END belongs only to a file that is, at its end, what it was at its start. */
static int end_file(struct stream *stream, const struct transfer *transfer)
{
	struct end_wire body = {.stamp = transfer->stamp, .offset = transfer->position};
	struct digest digest = {0};
	struct stat status;
	struct stamp now;
	int error = beneath_stat(transfer->fd, &status);

	if (error != 0)
		return file_failure(stream, transfer->entry, -error);
	now = stream_stamp(&status);
	if (transfer->position != transfer->end || !stamp_equal(&now, &transfer->stamp) ||
	    !empty_after_all(transfer))
		return changed(stream, transfer->entry);
	if (stream->digester != NULL)
		digest = digester_end(stream->digester);
	return packer_end(stream->packer, transfer->entry, &body, &digest);
}

int stream_file(struct stream *stream, const struct place *place, int fd,
		const struct stat *status, const struct byte_range *range)
{
	struct transfer transfer = {
		.fd = fd,
		.sparse = reader_may_have_holes(status),
		.stamp = stream_stamp(status),
		.position = range != NULL ? range->from : 0,
		.end = range != NULL ? range->to : (uint64_t)status->st_size,
	};
	int read_error = 0;
	int error = 0;

	transfer.holes = transfer.sparse && (stream->request->flags & REQUEST_HOLES) != 0;
	transfer.extent = transfer.position;
	if ((stream->request->flags & REQUEST_BULK) != 0 ||
	    transfer.end - transfer.position > PACKER_INLINE_BYTES)
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
