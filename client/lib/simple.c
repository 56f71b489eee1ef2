/* SPDX-License-Identifier: ISC */
/*
 * simple: the convenience calls, each a sink for msgfetch_fetch().
 *
 * Must not know how files are fetched.
 */
#include "config.h"

#include "client/lib/session.h"
#include "common/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fetches one path.  The sinks here need no failed(): the result tells the same. */
static int fetch_one(struct msgfetch *session, const char *path, unsigned flags,
		     const struct msgfetch_sink *sink)
{
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	request.paths = &path;
	request.count = 1;
	request.flags = flags;
	return msgfetch_fetch(session, &request, sink);
}

int msgfetch_get(struct msgfetch *session, const char *path, const struct msgfetch_sink *sink)
{
	struct msgfetch_sink quiet = {.size = 0};

	/* msgfetch_fetch() rejects an unknown size. */
	if (!session_copy_sized(&quiet, sizeof(quiet), sink, sink->size))
		return fetch_one(session, path, 0, sink);
	quiet.failed = NULL;
	return fetch_one(session, path, 0, &quiet);
}

/* ---- to memory */

struct memory {
	size_t limit;
	uint64_t refused; /* size of a file over the limit; 0: none */
	uint8_t *bytes;   /* owned; size bytes, and a NUL */
	size_t size;
};

static int begin_memory(void *context, const struct msgfetch_file *file)
{
	struct memory *memory = context;

	if (file->size > memory->limit || file->size >= SIZE_MAX) {
		memory->refused = file->size;
		return -EFBIG;
	}
	free(memory->bytes);
	/* Zeros for the holes and the final NUL. */
	memory->bytes = calloc(1, (size_t)file->size + 1);
	memory->size = (size_t)file->size;
	return memory->bytes != NULL ? 0 : -ENOMEM;
}

static int fill_memory(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct memory *memory = context;

	memcpy(memory->bytes + offset, bytes, length);
	return 0;
}

static int end_memory(void *context, const struct msgfetch_end *end)
{
	(void)context;
	(void)end;
	return 0;
}

int msgfetch_to_memory(struct msgfetch *session, const char *path, size_t limit, void **bytes,
		       size_t *length)
{
	struct memory memory = {.limit = limit};
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = &memory,
		.begin = begin_memory,
		.data = fill_memory,
		.end = end_memory,
	};
	int error = fetch_one(session, path, 0, &sink);

	if (memory.refused > 0)
		session_end(session, ATTEMPT_FINAL, MSGFETCH_OUTPUT, error,
			    "the file has %" PRIu64 " bytes, more than the limit of %zu",
			    memory.refused, limit);
	if (error != 0) {
		free(memory.bytes);
		return error;
	}
	*bytes = memory.bytes;
	*length = memory.size;
	return 0;
}

/* ---- to a descriptor */

struct target {
	struct writer writer; /* unless regular */
	bool regular;         /* a regular file, written at any offset */
	off_t base;           /* offset of a regular file's first byte */
};

static int begin_target(void *context, const struct msgfetch_file *file)
{
	struct target *target = context;

	(void)file;
	if (!target->regular)
		return target->writer.position == 0 ? 0 : -ESPIPE;
	return ftruncate(target->writer.descriptor, target->base) == 0 ? 0 : -errno;
}

static int write_at(int descriptor, const char *bytes, size_t length, off_t offset)
{
	while (length > 0) {
		ssize_t written = pwrite(descriptor, bytes, length, offset);

		if (written == 0)
			return -EIO;
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written < 0)
			continue;
		bytes += written;
		length -= (size_t)written;
		offset += written;
	}
	return 0;
}

static int fill_target(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct target *target = context;

	if (!target->regular)
		return writer_write(&target->writer, bytes, length, offset);
	return write_at(target->writer.descriptor, bytes, length, target->base + (off_t)offset);
}

static int end_target(void *context, const struct msgfetch_end *end)
{
	struct target *target = context;
	off_t after = target->base + (off_t)end->size;

	if (!target->regular)
		return writer_fill(&target->writer, end->size);
	if (ftruncate(target->writer.descriptor, after) != 0 ||
	    lseek(target->writer.descriptor, after, SEEK_SET) < 0)
		return -errno;
	return 0;
}

int msgfetch_to_fd(struct msgfetch *session, const char *path, int fd)
{
	struct target target = {.writer.descriptor = fd};
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = &target,
		.begin = begin_target,
		.data = fill_target,
		.end = end_target,
	};
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &status) != 0) {
		int error = -errno;

		session_end(session, ATTEMPT_FINAL, MSGFETCH_OUTPUT, error,
			    "cannot write to descriptor %d: %s", fd, strerror(-error));
		return error;
	}
	target.base = lseek(fd, 0, SEEK_CUR);
	/* O_APPEND ignores offsets: holes and truncation are impossible. */
	target.regular = S_ISREG(status.st_mode) && (flags & O_APPEND) == 0 && target.base >= 0;
	return fetch_one(session, path, 0, &sink);
}

/* ---- names */

struct listed {
	struct listed *next;
	struct msgfetch_file file;
	char strings[]; /* name and link of file */
};

/* Holds all entries until the list is complete, as the list may start over. */
struct list {
	struct listed *first;
	struct listed **end;
};

static void forget_list(struct list *list)
{
	while (list->first != NULL) {
		struct listed *next = list->first->next;

		free(list->first);
		list->first = next;
	}
	list->end = &list->first;
}

static int add_to_list(void *context, const struct msgfetch_file *file)
{
	struct list *list = context;
	size_t name = strlen(file->name) + 1;
	size_t link = strlen(file->link) + 1;
	struct listed *listed;

	if (file->name[0] == '\0')
		forget_list(list);
	listed = malloc(sizeof(*listed) + name + link);
	if (listed == NULL)
		return -ENOMEM;
	listed->next = NULL;
	listed->file = *file;
	listed->file.name = memcpy(listed->strings, file->name, name);
	listed->file.link = memcpy(listed->strings + name, file->link, link);
	*list->end = listed;
	list->end = &listed->next;
	return 0;
}

/* Gives the entries to the caller, except for the requested directory itself. */
static int give_list(const struct list *list,
		     int (*entry)(void *context, const struct msgfetch_file *file),
		     void *context)
{
	int error = 0;

	for (struct listed *at = list->first; at != NULL && error == 0; at = at->next)
		if (at->file.name[0] != '\0' || !S_ISDIR(at->file.mode))
			error = entry(context, &at->file);
	return error;
}

int msgfetch_list(struct msgfetch *session, const char *path, unsigned flags,
		  int (*entry)(void *context, const struct msgfetch_file *file), void *context)
{
	struct list list = {.first = NULL};
	const struct msgfetch_sink sink = {
		.size = sizeof(sink), .context = &list, .begin = add_to_list};
	int error, refused;

	list.end = &list.first;
	error = fetch_one(session, path, MSGFETCH_NAMES | MSGFETCH_CHILDREN | flags, &sink);
	refused = give_list(&list, entry, context);
	if (refused != 0) {
		session_end(session, ATTEMPT_FINAL, MSGFETCH_OUTPUT, refused,
			    "the program ended the list: %s", strerror(-refused));
		error = refused;
	}
	forget_list(&list);
	return error;
}

int msgfetch_stat(struct msgfetch *session, const char *path, struct msgfetch_file *file,
		  size_t size)
{
	struct list list = {.first = NULL};
	const struct msgfetch_sink sink = {
		.size = sizeof(sink), .context = &list, .begin = add_to_list};
	int error;

	list.end = &list.first;
	error = fetch_one(session, path, MSGFETCH_NAMES, &sink);
	if (error == 0) {
		/* The strings of *file live in this entry. */
		free(session->looked_at);
		session->looked_at = list.first;
		memcpy(file, &list.first->file, size < sizeof(*file) ? size : sizeof(*file));
	} else {
		forget_list(&list);
	}
	return error;
}
