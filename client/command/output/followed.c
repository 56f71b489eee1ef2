/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/followed.h"

#include "client/command/base/report.h"
#include "client/command/base/text.h"
#include "client/command/show/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Returns how many bytes at the end of bytes are the start of a UTF-8 character whose rest is
 * missing: 0 to 3.
 */
static size_t split_bytes(const char *bytes, size_t length)
{
	size_t back = 0;

	while (back < length && back < FOLLOWED_SPLIT &&
	       ((unsigned char)bytes[length - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == length || back == FOLLOWED_SPLIT)
		return 0;
	switch ((unsigned char)bytes[length - 1 - back] >> 4) {
	case 0xc:
	case 0xd:
		return back < 1 ? back + 1 : 0;
	case 0xe:
		return back < 2 ? back + 1 : 0;
	case 0xf:
		return back + 1;
	default:
		return 0;
	}
}

/* Without the lock, the pieces of two files may interleave, but no byte is lost. */
static void set_lock(const struct followed *followed, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	while (followed->lock > 0 && fcntl(followed->lock, F_SETLKW, &lock) != 0 &&
	       errno == EINTR)
		;
}

static bool wants_headers(const struct followed *followed)
{
	return followed->options->path_count > 1 && !followed->options->quiet;
}

/* Writes the header of the path, unless the path was written last, too. */
static void write_header(const struct followed *followed)
{
	size_t before = atomic_exchange(followed->current, followed->number + 1);
	char *quoted;

	if (before == followed->number + 1 || !wants_headers(followed))
		return;
	quoted = text_quote(followed->path);
	printf("%s==> %s <==\n", before != 0 ? "\n" : "",
	       quoted != NULL ? quoted : followed->path);
	free(quoted);
}

static int flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	return errno != 0 ? -errno : -EIO;
}

static int write_plain(struct followed *followed, const void *bytes, size_t length)
{
	int error;

	set_lock(followed, F_WRLCK);
	write_header(followed);
	(void)fwrite(bytes, 1, length, stdout);
	error = flush();
	set_lock(followed, F_UNLCK);
	return error;
}

static int write_line(const struct followed *followed, const char *bytes, size_t length,
		      uint64_t offset)
{
	struct json_line *line = json_begin();
	int error;

	json_add_text(line, "path", followed->path);
	json_add_number(line, "offset", (int64_t)offset);
	json_add_bytes(line, "text", bytes, length);
	set_lock(followed, F_WRLCK);
	error = json_end(line, stdout);
	if (error == 0)
		error = flush();
	set_lock(followed, F_UNLCK);
	return error;
}

/* Writes a line of whole characters, and keeps the start of a last one that is split. */
static int write_json(struct followed *followed, const void *bytes, size_t length,
		      uint64_t offset)
{
	size_t had = followed->split_length, all = had + length;
	char *text = malloc(all);
	int error = 0;

	if (text == NULL)
		return -ENOMEM;
	memcpy(text, followed->split, had);
	memcpy(text + had, bytes, length);
	followed->split_length = split_bytes(text, all);
	all -= followed->split_length;
	memcpy(followed->split, text + all, followed->split_length);
	if (all > 0)
		error = write_line(followed, text, all, offset - had);
	free(text);
	return error;
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct followed *followed = context;

	return followed->options->json ? write_json(followed, bytes, length, offset)
				       : write_plain(followed, bytes, length);
}

/* Writes the character that was never completed. */
static int on_end(void *context, const struct msgfetch_end *end)
{
	struct followed *followed = context;
	size_t length = followed->split_length;

	followed->split_length = 0;
	return length == 0 ? 0
			   : write_line(followed, followed->split, length, end->size - length);
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct followed *followed = context;
	bool same = file->stamp.device == followed->stamp.device &&
		    file->stamp.inode == followed->stamp.inode;

	if (followed->begun && !followed->options->quiet)
		report_line(stderr, followed->path,
			    same ? "the file was truncated; following it from its start"
				 : "the file was replaced; following the new file");
	followed->begun = true;
	followed->stamp = file->stamp;
	return 0;
}

static void set_start(const struct options *options, struct msgfetch_request *request)
{
	request->flags = MSGFETCH_FOLLOW;
	if (options->given[LONG_RETRY])
		request->flags |= MSGFETCH_AWAIT;
	if (options->given[LONG_LINES]) {
		request->flags |= MSGFETCH_LINES;
		request->length = options->lines;
	} else if (options->range.wanted) {
		request->flags |= MSGFETCH_RANGE_SET;
		request->flags |= options->range.tail ? MSGFETCH_TAIL : 0;
		request->offset = options->range.offset;
		request->length = options->range.length;
	}
}

int followed_run(const struct options *options, size_t number, _Atomic size_t *current,
		 int lock, struct msgfetch *session)
{
	const char *path = options->paths[number];
	struct followed followed = {.options = options,
				    .path = path,
				    .number = number,
				    .current = current,
				    .lock = lock};
	const struct msgfetch_sink sink = {.size = sizeof(sink),
					   .context = &followed,
					   .begin = on_begin,
					   .data = on_data,
					   .end = on_end};
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	request.paths = &path;
	request.count = 1;
	set_start(options, &request);
	if (msgfetch_fetch(session, &request, &sink) == 0)
		return MSGFETCH_OK;
	report_line(stderr, path, msgfetch_error(session));
	return (int)msgfetch_outcome(session);
}
