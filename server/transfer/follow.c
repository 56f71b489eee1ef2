/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/follow.h"

#include "server/transfer/beneath.h"
#include "server/transfer/file_data.h"
#include "server/transfer/file_watch.h"
#include "server/transfer/last_lines.h"
#include "server/transfer/rotation.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Result of a step: a FAILURE ended the request. */
#define OVER 1

struct follow {
	struct stream *stream;
	const struct client *client;
	const struct exports *exports;
	const struct request_path *path;
	struct entry_path at;
	struct file_watch watch;
	int fd;             /* the file that is sent; -1: none */
	struct stamp stamp; /* of that file, at its start */
	uint64_t position;  /* in that file: one past the last byte sent */
	int next;           /* another file that has the name now; -1: none */
	struct failure
		refused; /* why the name could not be opened; .text NULL: only an errno */
};

/* Opens path, if the client may have it.  Returns a descriptor or a negative errno. */
static int open_allowed(struct follow *follow, struct request_path path, struct stat *status)
{
	struct overlap overlap;
	int fd;

	follow->refused = (struct failure){0};
	if (!request_path_allowed(&path, follow->client, follow->exports, &follow->refused))
		return -follow->refused.error;
	if (!overlap_possible(follow->exports, path.export))
		return beneath_open(path.directory, path.relative, path.links, status);
	if (!request_path_resolve(&path, follow->client, follow->exports, true, &overlap,
				  &follow->refused))
		return -follow->refused.error;
	fd = beneath_open(path.directory, path.relative, path.links, status);
	overlap_close(&overlap);
	return fd;
}

/* Opens the file that has the name now, and watches for the next one. */
static int open_name(struct follow *follow, struct stat *status)
{
	*status = (struct stat){0};
	file_watch_names(&follow->watch, follow->path->directory, follow->path->relative);
	return open_allowed(follow, *follow->path, status);
}

static bool is_file(const struct stat *status, const struct stamp *stamp)
{
	return status->st_dev == stamp->device && status->st_ino == stamp->inode;
}

static void close_next(struct follow *follow)
{
	if (follow->next >= 0)
		close(follow->next);
	follow->next = -1;
}

/* Finds out whether another file has the name. */
static void look_at_name(struct follow *follow)
{
	struct stat status;
	int fd = open_name(follow, &status);

	close_next(follow);
	if (fd >= 0 && (follow->fd < 0 || !is_file(&status, &follow->stamp)))
		follow->next = fd;
	else if (fd >= 0)
		close(fd);
	file_watch_files(&follow->watch, follow->fd, follow->next);
}

/* Starts to send the file open at fd, which the follow owns from then on. */
static int start_file(struct follow *follow, int fd, const struct stat *status,
		      uint64_t position)
{
	follow->fd = fd;
	follow->stamp = file_stamp(status);
	follow->position = position;
	file_watch_files(&follow->watch, follow->fd, follow->next);
	return stream_followed(follow->stream, &follow->at, status, position);
}

/* Moves on to the file that has the name. */
static int replace(struct follow *follow, const struct stat *status, const struct stat *next)
{
	int fd = follow->next;
	int error = 0;

	if (follow->fd >= 0) {
		error = stream_left(follow->stream, status, follow->position);
		close(follow->fd);
	}
	follow->next = -1;
	follow->fd = -1;
	if (error == 0)
		return start_file(follow, fd, next, 0);
	close(fd);
	return error;
}

static int start_over(struct follow *follow, const struct stat *status)
{
	int error = stream_left(follow->stream, status, follow->position);

	return error == 0 ? start_file(follow, follow->fd, status, 0) : error;
}

static int lose(const struct follow *follow, int error)
{
	error = stream_lost(follow->stream, error);
	return error == 0 ? OVER : error;
}

static int send_growth(struct follow *follow, const struct stat *status)
{
	int read_error;
	int error = stream_appended(follow->stream, follow->fd, &follow->position,
				    (uint64_t)status->st_size, &read_error);

	return error == 0 && read_error != 0 ? lose(follow, read_error) : error;
}

/*
 * Reads the state of the open files: of the successor first, because a program that has written
 * there has done with the old file.  Returns 0 or a negative errno of fstat(2).
 */
static int view_files(struct follow *follow, struct stat *status, struct stat *next,
		      struct rotation_view *view)
{
	int error = 0;

	*view = (struct rotation_view){.open = follow->fd >= 0, .position = follow->position};
	if (follow->next >= 0 && beneath_stat(follow->next, next) != 0)
		close_next(follow);
	view->successor = follow->next >= 0;
	if (view->successor)
		view->next_size = (uint64_t)next->st_size;
	if (view->open)
		error = beneath_stat(follow->fd, status);
	if (view->open && error == 0)
		view->size = (uint64_t)status->st_size;
	return error;
}

/* Sends all bytes that can be sent now. */
static int catch_up(struct follow *follow)
{
	struct stat status = {0}, next = {0};
	struct rotation_view view;
	int error = 0;

	while (error == 0) {
		error = view_files(follow, &status, &next, &view);
		if (error != 0)
			return lose(follow, -error);
		switch (rotation_decide(&view)) {
		case ROTATION_GREW:
			error = send_growth(follow, &status);
			break;
		case ROTATION_TRUNCATED:
			error = start_over(follow, &status);
			break;
		case ROTATION_REPLACED:
			error = replace(follow, &status, &next);
			break;
		case ROTATION_NONE:
		case ROTATION_MISSING:
			return packer_flush(follow->stream->packer);
		}
	}
	return error;
}

/* Reports that the name cannot be opened.  Returns 0 where the request waits for the file. */
static int report_missing(const struct follow *follow, int error)
{
	bool waits = (follow->stream->request->flags & REQUEST_AWAIT) != 0 &&
		     (error == ENOENT || error == ENOTDIR);
	int sent = follow->refused.text != NULL
			   ? stream_refusal(follow->stream, &follow->at, &follow->refused)
			   : stream_failure(follow->stream, &follow->at, NULL, error);

	return sent == 0 && !waits ? OVER : sent;
}

/* Answers with failure in place of the file.  Returns OVER or an errno of sending. */
static int refuse(const struct follow *follow, const struct failure *failure)
{
	int error = stream_refusal(follow->stream, &follow->at, failure);

	return error == 0 ? OVER : error;
}

/* Sets *position to the start of the last lines wanted.  Returns as find_start(). */
static int find_lines(const struct follow *follow, int fd, uint64_t size, uint64_t *position)
{
	int read_error = 0;
	int error = last_lines_find(follow->stream->packer->outbox, fd, size,
				    follow->stream->request->length, position, &read_error);

	if (read_error == 0)
		return error;
	error = stream_failure(follow->stream, &follow->at, NULL, read_error);
	return error == 0 ? OVER : error;
}

/* Sets *position to where a first request starts.  Returns 0, OVER or an errno of sending. */
static int find_start(const struct follow *follow, int fd, const struct stat *status,
		      uint64_t *position)
{
	const struct request *request = follow->stream->request;
	const struct stamp stamp = file_stamp(status);
	struct byte_range range;
	struct stamp now;

	if (file_compare(fd, &stamp, &now) == FILE_SIZELESS)
		return refuse(follow, &stream_sizeless);
	if ((request->flags & REQUEST_LINES) != 0)
		return find_lines(follow, fd, stamp.size, position);
	if (!byte_range_of_request(request, 0, stamp.size, &range))
		return refuse(follow, &stream_beyond);
	*position = range.from;
	return 0;
}

/* Opens the entry name of the directory that the path is in. */
static int open_sibling(struct follow *follow, const char *name, struct stat *status)
{
	const char *slash = strrchr(follow->path->text, '/');
	int above = slash != NULL ? (int)(slash - follow->path->text) + 1 : 0;
	char text[PATH_MAX];
	int length = snprintf(text, sizeof(text), "%.*s%s", above, follow->path->text, name);

	if (length < 0 || (size_t)length >= sizeof(text))
		return -ENAMETOOLONG;
	return open_allowed(follow,
			    request_path_of(follow->exports, 0, text, follow->path->counters),
			    status);
}

/* Opens the entry if it is the file that the client has a part of. */
static int open_known(struct follow *follow, const struct dirent *entry, struct stat *status)
{
	const struct request *request = follow->stream->request;
	int fd;

	if (entry->d_ino != request->stamp.inode || entry->d_type == DT_DIR)
		return -ENOENT;
	fd = open_sibling(follow, entry->d_name, status);
	if (fd < 0 ||
	    (is_file(status, &request->stamp) && (uint64_t)status->st_size >= request->offset))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Opens the directory that the path is in.  Returns NULL on failure. */
static DIR *open_above(const struct follow *follow)
{
	const char *relative = follow->path->relative;
	const char *slash = strrchr(relative, '/');
	char above[PATH_MAX] = ".";
	struct stat status;
	DIR *directory;
	int fd;

	if (slash != NULL && slash > relative)
		(void)strlcpy(above, relative, (size_t)(slash - relative) + 1);
	fd = beneath_open_directory(follow->path->directory, above, follow->path->links,
				    &status);
	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (directory == NULL)
		close(fd);
	return directory;
}

/*
 * Finds the file that the client has a part of under a new name in the same directory: rotated
 * while no daemon ran.  Returns a descriptor or a negative errno.
 */
static int find_renamed(struct follow *follow, struct stat *status)
{
	DIR *directory = open_above(follow);
	const struct dirent *entry;
	int fd = -ENOENT;

	if (directory == NULL)
		return -ENOENT;
	while (fd < 0 && (entry = readdir(directory)) != NULL)
		fd = open_known(follow, entry, status);
	closedir(directory);
	return fd;
}

/* Starts the first file of a client that asks for the first time.  named: of the name. */
static int start_first(struct follow *follow, int named, const struct stat *status)
{
	uint64_t position = 0;
	int error = find_start(follow, named, status, &position);

	if (error == 0)
		return start_file(follow, named, status, position);
	close(named);
	return error;
}

/* Goes on with the file that the client has a part of, if it is still there. */
static int start_known(struct follow *follow, int named, struct stat *status)
{
	const struct request *request = follow->stream->request;
	struct stat known;
	int fd;

	if (named >= 0 && is_file(status, &request->stamp))
		return start_file(follow, named, status,
				  (uint64_t)status->st_size >= request->offset ? request->offset
									       : 0);
	fd = find_renamed(follow, &known);
	if (fd >= 0) {
		follow->next = named;
		return start_file(follow, fd, &known, request->offset);
	}
	return named >= 0 ? start_file(follow, named, status, 0)
			  : report_missing(follow, -named);
}

static int start(struct follow *follow)
{
	struct stat status;
	int named = open_name(follow, &status);

	if ((follow->stream->request->flags & REQUEST_RESUME) != 0)
		return start_known(follow, named, &status);
	return named >= 0 ? start_first(follow, named, &status)
			  : report_missing(follow, -named);
}

static int wait_for_change(struct follow *follow)
{
	int error = outbox_wait(follow->stream->packer->outbox, follow->watch.fd,
				file_watch_timeout(&follow->watch));

	if (error == 0 && file_watch_take(&follow->watch))
		look_at_name(follow);
	return error;
}

int follow(struct stream *stream, const struct client *client, const struct exports *exports,
	   const struct request_path *path)
{
	struct follow state = {
		.stream = stream,
		.client = client,
		.exports = exports,
		.path = path,
		.at = {.path = path->index, .name = ""},
		.fd = -1,
		.next = -1,
	};
	int error;

	file_watch_open(&state.watch);
	error = start(&state);
	while (error == 0) {
		error = catch_up(&state);
		if (error == 0)
			error = wait_for_change(&state);
	}
	close_next(&state);
	if (state.fd >= 0)
		close(state.fd);
	file_watch_close(&state.watch);
	return error == OVER ? 0 : error;
}
