/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/serve.h"

#include "server/answer.h"
#include "server/beneath.h"
#include "server/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One path of the job on its way out. */
struct transfer {
	const struct peer *peer;
	struct outbox *outbox;
	struct message *message; /* the buffer that all messages are built in */
	uint32_t entry;          /* which path, from 0 */
	bool holes;              /* the client takes gaps for zeros */
	int fd;
	struct stamp stamp; /* the file's, at its start */
	uint64_t position;  /* the first byte not sent */
};

static struct stamp stamp_of(const struct stat *status)
{
	return (struct stamp){
		.device = status->st_dev,
		.inode = status->st_ino,
		.mtime_ns = status->st_mtim.tv_sec * 1000000000ll + status->st_mtim.tv_nsec,
		.size = (uint64_t)status->st_size,
	};
}

static int send_failure(struct transfer *transfer, const struct failure *failure)
{
	size_t length = answer_encode_failure(transfer->peer, transfer->entry, failure,
					      transfer->message);

	return outbox_send(transfer->outbox, transfer->message, length);
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
	default:
		return strerror(error);
	}
}

static int send_file_failure(struct transfer *transfer, int error)
{
	struct failure failure = {
		.reason = FAILURE_FILE, .error = error, .text = explain(error)};

	return send_failure(transfer, &failure);
}

static int send_changed(struct transfer *transfer)
{
	struct failure failure = {.reason = FAILURE_CHANGED,
				  .error = ESTALE,
				  .text = "the file changed while it was sent"};

	return send_failure(transfer, &failure);
}

static int send_entry(struct transfer *transfer, const struct stat *status)
{
	struct entry_wire body = {.stamp = transfer->stamp, .mode = status->st_mode};
	size_t length;

	if (transfer->peer->dialect != DIALECT_CURRENT)
		return 0;
	transfer->message->type = MESSAGE_ENTRY;
	length = reply_encode_entry(transfer->message->text, transfer->peer->serial,
				    transfer->entry, &body);
	return outbox_send(transfer->outbox, transfer->message, length);
}

static int send_end(struct transfer *transfer)
{
	struct end_wire body = {.stamp = transfer->stamp, .offset = transfer->position};
	size_t length = 0;

	transfer->message->type = MESSAGE_END;
	if (transfer->peer->dialect == DIALECT_CURRENT)
		length = reply_encode_end(transfer->message->text, transfer->peer->serial,
					  transfer->entry, &body);
	return outbox_send(transfer->outbox, transfer->message, length);
}

/*
 * Where the next bytes that are not a hole begin, and where they end.  A file
 * without holes, or a file system that knows of none, is one extent without end:
 * a file is read until it says that it is over, not until its size.
 */
static void next_extent(const struct transfer *transfer, uint64_t *start, uint64_t *end)
{
	off_t data, hole;

	*start = transfer->position;
	*end = UINT64_MAX;
	if (!transfer->holes)
		return;
	data = lseek(transfer->fd, (off_t)transfer->position, SEEK_DATA);
	if (data < 0 && errno == ENXIO && transfer->position < transfer->stamp.size)
		*start = transfer->stamp.size; /* nothing but a hole is left */
	if (data < 0)
		return;
	*start = (uint64_t)data;
	hole = lseek(transfer->fd, data, SEEK_HOLE);
	if (hole >= 0 && (uint64_t)hole < transfer->stamp.size)
		*end = (uint64_t)hole;
}

static ssize_t read_at(int fd, uint8_t *buffer, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buffer, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/*
 * Reads and sends until the end of the file, or until more came than there should
 * be.  Returns 0, a negative errno of sending, or an errno above 0 of reading.
 */
static int send_data(struct transfer *transfer)
{
	bool current = transfer->peer->dialect == DIALECT_CURRENT;
	size_t head = current ? sizeof(struct reply_wire) : 0;
	size_t room = transfer->outbox->chunk - head;
	uint64_t start, end = transfer->position;

	transfer->message->type = MESSAGE_DATA;
	while (transfer->position <= transfer->stamp.size) {
		size_t want = room;
		ssize_t got;
		int error;

		if (transfer->position == end) {
			next_extent(transfer, &start, &end);
			transfer->position = start;
		}
		if (end - transfer->position < want)
			want = (size_t)(end - transfer->position);
		got = read_at(transfer->fd, transfer->message->text + head, want,
			      transfer->position);
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		if (current)
			reply_encode_data(transfer->message->text, transfer->peer->serial,
					  transfer->entry, transfer->position, (uint32_t)got);
		error = outbox_send(transfer->outbox, transfer->message, head + (size_t)got);
		if (error != 0)
			return error;
		transfer->position += (uint64_t)got;
	}
	return 0;
}

/* END belongs only to a file that is, at its end, what it was at its start. */
static int finish(struct transfer *transfer)
{
	struct stat status;
	struct stamp now;

	if (fstat(transfer->fd, &status) != 0)
		return send_file_failure(transfer, errno);
	now = stamp_of(&status);
	if (transfer->position != transfer->stamp.size || !stamp_equal(&now, &transfer->stamp))
		return send_changed(transfer);
	return send_end(transfer);
}

static int send_open_file(struct transfer *transfer, const struct request *request,
			  const struct stat *status)
{
	int error;

	transfer->stamp = stamp_of(status);
	if ((request->flags & REQUEST_RESUME) != 0) {
		struct failure other = {.reason = FAILURE_STAMP,
					.error = ESTALE,
					.text = "the file is not the one that was begun"};

		if (!stamp_equal(&transfer->stamp, &request->stamp))
			return send_failure(transfer, &other);
		transfer->position = request->offset;
	}
	/* Looking for holes costs system calls: only where blocks are missing. */
	transfer->holes = (request->flags & REQUEST_HOLES) != 0 &&
			  status->st_blocks < status->st_size / S_BLKSIZE;
	error = send_entry(transfer, status);
	if (error == 0)
		error = send_data(transfer);
	if (error > 0)
		return send_file_failure(transfer, error);
	return error != 0 ? error : finish(transfer);
}

static int send_path(struct transfer *transfer, const struct request *request,
		     const struct exports *exports, const char *path)
{
	const char *relative;
	const struct export *export = exports_match(exports, path, &relative);
	struct failure nowhere = {
		.reason = FAILURE_FILE, .error = ENOENT, .text = "no such export"};
	struct stat status;
	int error;

	if (export == NULL)
		return send_failure(transfer, &nowhere);
	transfer->fd = beneath_open(export->directory, relative, &status);
	if (transfer->fd < 0)
		return send_file_failure(transfer, -transfer->fd);
	error = send_open_file(transfer, request, &status);
	close(transfer->fd);
	return error;
}

static enum serve_result result_of(int error)
{
	switch (error) {
	case 0:
		return SERVE_ANSWERED;
	case -EIDRM:
		return SERVE_GONE;
	case -ETIMEDOUT:
		return SERVE_STALLED;
	default:
		return SERVE_BROKEN;
	}
}

enum serve_result serve(const struct job *job, const struct exports *exports,
			unsigned stall_limit)
{
	struct message message;
	struct outbox outbox;
	const char *path = job->request.paths;
	int error = outbox_open(&outbox, &job->peer, stall_limit);

	for (uint32_t entry = 0; error == 0 && entry < job->request.path_count; entry++) {
		struct transfer transfer = {
			.peer = &job->peer,
			.outbox = &outbox,
			.message = &message,
			.entry = entry,
		};

		if (entry > 0)
			path = request_next_path(path);
		error = send_path(&transfer, &job->request, exports, path);
	}
	return result_of(error);
}
