/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/stream.h"

#include "server/transfer/beneath.h"
#include "server/transfer/file_data.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LONG_PIECE 65536u
#define FILE_PAGE 4096u

/* The transfer of one file. */
struct transfer {
	const struct entry_path *at;
	int fd;
	bool sparse; /* a search for holes pays */
	bool holes;  /* holes are left out */
	uint32_t entry;
	struct stamp stamp; /* the file's, at the start */
	uint64_t position;  /* the first byte not sent */
	uint64_t extent;    /* the end of the data at position */
	uint64_t end;       /* one past the last byte wanted */
};

const struct failure stream_other_file = {
	.reason = FAILURE_STAMP,
	.error = ESTALE,
	.text = "is no longer the file that the transfer began with",
};

const struct failure stream_changed = {
	.reason = FAILURE_CHANGED,
	.error = ESTALE,
	.text = "the file changed while it was sent",
};

const struct failure stream_beyond = {
	.reason = FAILURE_RANGE,
	.error = ERANGE,
	.text = "the range begins past the end of the file",
};

const struct failure stream_sizeless = {
	.reason = FAILURE_FILE,
	.error = EOPNOTSUPP,
	.text = "has content but reports size 0, as files of /proc do: fetch a copy instead",
};

const struct failure stream_short = {
	.reason = FAILURE_FILE,
	.error = EOPNOTSUPP,
	.text = "has less content than its size, as files of /sys have: fetch a copy instead",
};

static bool is_list(const struct stream *stream)
{
	return (stream->request->flags & REQUEST_LIST) != 0;
}

/* status: NULL, not known. */
static struct entry_wire entry_body(const struct entry_path *at, const struct stat *status)
{
	if (status == NULL)
		return (struct entry_wire){.path = at->path};
	return (struct entry_wire){
		.stamp = file_stamp(status),
		.mode = status->st_mode,
		.path = at->path,
		.uid = status->st_uid,
		.gid = status->st_gid,
	};
}

/* Sends an ENTRY and sets *entry to its number: in a list, a running number; else the path's.
 */
static int announce(struct stream *stream, const struct entry_path *at,
		    const struct entry_wire *body, const char *link, uint32_t *entry)
{
	int error;

	*entry = is_list(stream) ? stream->entries : at->path;
	if (!is_list(stream))
		return packer_entry(stream->packer, *entry, body, NULL, NULL);
	error = packer_entry(stream->packer, *entry, body, at->name, link);
	if (error == 0)
		stream->entries++;
	return error;
}

/* Records a failure, and sends it for an entry that is announced. */
static int send_failure(struct stream *stream, const struct entry_path *at, uint32_t entry,
			const struct failure *failure)
{
	const struct request_path *path = stream->path;
	const struct audit_path where = {
		.export = path->export != NULL ? path->export->name : NULL,
		.path = path->text,
		.name = at->name,
	};

	stream->refused = stream->refused || at->name[0] == '\0';
	audit_fail(stream->score, &where, failure);
	return packer_failure(stream->packer, entry, failure);
}

static int transfer_failure(struct stream *stream, const struct transfer *transfer,
			    const struct failure *failure)
{
	return send_failure(stream, transfer->at, transfer->entry, failure);
}

static int file_failure(struct stream *stream, const struct transfer *transfer, int error)
{
	const struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = beneath_explain(error)};

	return transfer_failure(stream, transfer, &failure);
}

/* Adds the bytes that the client already has to the digest.  Returns as file_digest_prefix().
 */
static int digest_prefix(struct stream *stream, const struct transfer *transfer,
			 int *read_error)
{
	/* The client reads its own bytes meanwhile, so the ENTRY goes first. */
	int error = packer_flush(stream->packer);

	return error != 0 ? error
			  : file_digest_prefix(stream->digester, stream->packer->outbox,
					       transfer->fd, transfer->sparse,
					       transfer->position, read_error);
}

/* Sends a zero byte of a hole, to show the client that the worker lives. */
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

/* Adds the hole between offset and position to the digest.  Returns 1 or a negative errno. */
static int digest_hole(struct stream *stream, const struct transfer *transfer, uint64_t offset)
{
	int error = 0;

	while (error == 0 && transfer->position - offset > FILE_SILENT_BYTES) {
		digester_add_zeros(stream->digester, FILE_SILENT_BYTES);
		offset += FILE_SILENT_BYTES;
		error = send_zero(stream, transfer, offset - 1);
	}
	if (error != 0)
		return error;
	digester_add_zeros(stream->digester, transfer->position - offset);
	return 1;
}

/* Moves position past a hole.  Returns 1 or a negative errno. */
static int next_extent(struct stream *stream, struct transfer *transfer)
{
	uint64_t before = transfer->position;

	transfer->extent = transfer->end;
	if (transfer->holes)
		file_skip_hole(transfer->fd, transfer->end, &transfer->position,
			       &transfer->extent);
	return stream->digester != NULL ? digest_hole(stream, transfer, before) : 1;
}

/*
 * Returns how many of want bytes from position to read into room bytes.  A long piece ends with
 * a page of the file, so that the kernel copies whole pages from then on.
 */
static size_t length_of_piece(uint64_t position, uint64_t want, size_t room)
{
	if (want <= room)
		return (size_t)want;
	return room > LONG_PIECE ? room - (size_t)((position + room) % FILE_PAGE) : room;
}

/* Returns 1, 0 at the end of the file or where it cannot be read, or a negative errno. */
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
	got = file_read(transfer->fd, bytes, length_of_piece(transfer->position, want, room),
			transfer->position);
	if (got < 0)
		*read_error = errno;
	if (got <= 0)
		return 0;
	/* Before the slot is sent: afterwards the client may change it. */
	if (stream->digester != NULL)
		digester_add(stream->digester, bytes, (size_t)got);
	error = packer_data_filled(stream->packer, transfer->entry, transfer->position,
				   (size_t)got);
	transfer->position += (uint64_t)got;
	if (error == 0)
		error = outbox_count(outbox, (uint64_t)got);
	return error != 0 ? error : 1;
}

/* Sends all bytes wanted.  *read_error: 0, or the errno of a failed read. */
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

/* Sends END for a file that is unchanged since the start, or has only grown. */
static int end_file(struct stream *stream, const struct transfer *transfer)
{
	struct end_wire body = {.offset = transfer->position};
	struct digest digest = {0};
	int change = file_compare(transfer->fd, &transfer->stamp, &body.stamp);

	if (change < 0)
		return file_failure(stream, transfer, -change);
	if (change == FILE_SIZELESS)
		return transfer_failure(stream, transfer, &stream_sizeless);
	if (change == FILE_SAME && transfer->position != transfer->end)
		return transfer_failure(stream, transfer, &stream_short);
	if (change == FILE_CHANGED || transfer->position != transfer->end)
		return transfer_failure(stream, transfer, &stream_changed);
	if (stream->digester != NULL)
		digest = digester_end(stream->digester);
	return packer_end(stream->packer, transfer->entry, &body, &digest);
}

static bool is_other_file(const struct stream *stream, const struct entry_path *at,
			  const struct stamp *stamp)
{
	return (stream->request->flags & REQUEST_RESUME) != 0 && at->path == 0 &&
	       !stamp_equal(stamp, &stream->request->stamp);
}

static int send_transfer(struct stream *stream, struct transfer *transfer)
{
	int read_error;
	int error = send_data(stream, transfer, &read_error);

	if (error != 0)
		return error;
	if (read_error != 0)
		return file_failure(stream, transfer, read_error);
	return end_file(stream, transfer);
}

static int send_range(struct stream *stream, const struct entry_path *at, int fd,
		      const struct stat *status, const struct entry_wire *body,
		      const struct byte_range *range)
{
	struct transfer transfer = {
		.at = at,
		.fd = fd,
		.sparse = file_may_have_holes(status),
		.stamp = body->stamp,
		.position = range->from,
		.extent = range->from,
		.end = range->to,
	};
	int error = 0;

	transfer.holes = transfer.sparse && (stream->request->flags & REQUEST_HOLES) != 0;
	if ((stream->request->flags & REQUEST_BULK) != 0 ||
	    range->to - range->from > PACKER_INLINE_BYTES)
		error = packer_use_ring(stream->packer);
	if (error == 0)
		error = announce(stream, at, body, "", &transfer.entry);
	if (error == -EMSGSIZE)
		return stream_failure(stream, at, NULL, ENAMETOOLONG);
	return error != 0 ? error : send_transfer(stream, &transfer);
}

int stream_file(struct stream *stream, const struct entry_path *at, int fd,
		const struct stat *status)
{
	const struct entry_wire body = entry_body(at, status);
	struct byte_range range;

	if (is_other_file(stream, at, &body.stamp))
		return stream_refusal(stream, at, &stream_other_file);
	if (!byte_range_of_request(stream->request, at->path, body.stamp.size, &range))
		return stream_refusal(stream, at, &stream_beyond);
	return send_range(stream, at, fd, status, &body, &range);
}

int stream_other(struct stream *stream, const struct entry_path *at, const struct stat *status,
		 const char *link)
{
	const struct entry_wire body = entry_body(at, status);
	uint32_t entry;
	int error = announce(stream, at, &body, link, &entry);

	/* Name and link together do not fit one message: send the name alone. */
	return error == -EMSGSIZE ? stream_failure(stream, at, NULL, ENAMETOOLONG) : error;
}

/* Announces the nearest directory above a name that fits no message. */
static int announce_above(struct stream *stream, const struct entry_path *at, uint32_t *entry)
{
	char name[PATH_MAX];
	const struct entry_path above = {.path = at->path, .name = name};
	const struct entry_wire body = {.path = at->path};
	int error = -EMSGSIZE;
	char *slash;

	(void)strlcpy(name, at->name, sizeof(name));
	while (error == -EMSGSIZE && (slash = strrchr(name, '/')) != NULL) {
		*slash = '\0';
		error = announce(stream, &above, &body, "", entry);
	}
	return error;
}

/* Reports a failure; in a list the entry is announced first, so that it has a name. */
static int fail(struct stream *stream, const struct entry_path *at, const struct stat *status,
		const struct failure *failure)
{
	const struct entry_wire body = entry_body(at, status);
	uint32_t entry = at->path;
	int error = 0;

	if (is_list(stream))
		error = announce(stream, at, &body, "", &entry);
	if (error == -EMSGSIZE)
		error = announce_above(stream, at, &entry);
	return error != 0 ? error : send_failure(stream, at, entry, failure);
}

int stream_failure(struct stream *stream, const struct entry_path *at,
		   const struct stat *status, int error)
{
	const struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = beneath_explain(error)};

	return fail(stream, at, status, &failure);
}

int stream_refusal(struct stream *stream, const struct entry_path *at,
		   const struct failure *failure)
{
	return fail(stream, at, NULL, failure);
}

int stream_followed(struct stream *stream, const struct entry_path *at,
		    const struct stat *status, uint64_t offset)
{
	const struct entry_wire body = entry_body(at, status);
	int error = packer_followed(stream->packer, stream->entries, &body, offset);

	if (error == 0)
		stream->entries++;
	return error;
}

int stream_appended(struct stream *stream, int fd, uint64_t *position, uint64_t end,
		    int *read_error)
{
	struct transfer transfer = {
		.fd = fd,
		.entry = stream->entries - 1,
		.position = *position,
		.extent = end,
		.end = end,
	};
	int more = 1;

	*read_error = 0;
	while (more > 0 && transfer.position < end)
		more = send_piece(stream, &transfer, read_error);
	*position = transfer.position;
	return more < 0 ? more : 0;
}

int stream_left(struct stream *stream, const struct stat *status, uint64_t position)
{
	const struct end_wire body = {.stamp = file_stamp(status), .offset = position};

	return packer_end(stream->packer, stream->entries - 1, &body, NULL);
}

int stream_lost(struct stream *stream, int error)
{
	static const struct entry_path at = {.name = ""};
	const struct transfer transfer = {.at = &at, .entry = stream->entries - 1};

	return file_failure(stream, &transfer, error);
}

int stream_finish(struct stream *stream)
{
	struct end_wire body = {.offset = stream->entries};
	int error = 0;

	if (is_list(stream))
		error = packer_end(stream->packer, ENTRY_WHOLE, &body, NULL);
	return error != 0 ? error : packer_flush(stream->packer);
}
