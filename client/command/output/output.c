/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/output.h"

#include "client/command/base/text.h"
#include "client/command/output/inplace.h"
#include "client/command/output/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	NEW_FILE_MODE = 0666,     /* the umask applies */
	PRIVATE_FILE_MODE = 0600, /* until the final mode is set */
};

/* Words "cannot VERB 'NAME': reason" and returns error.  reason NULL means strerror(). */
static int fail(struct output *output, int error, const char *verb, const char *reason)
{
	char *quoted;

	if (reason == NULL)
		reason = strerror(-error);
	free(output->problem);
	output->problem = NULL;
	if (output->name == NULL) {
		if (asprintf(&output->problem, "cannot %s standard output: %s", verb, reason) <
		    0)
			output->problem = NULL;
		return error;
	}
	quoted = text_quote(output->name);
	if (quoted == NULL ||
	    asprintf(&output->problem, "cannot %s '%s': %s", verb, quoted, reason) < 0)
		output->problem = NULL;
	free(quoted);
	return error;
}

/* Returns the descriptor that name is an alias of, or -1. */
static int inherited_descriptor(const char *name)
{
	static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};

	if (strcmp(name, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(name, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		size_t length = strlen(directories[i]);
		const char *problem = NULL;
		long long number;

		if (strncmp(name, directories[i], length) != 0)
			continue;
		number = strtonum(name + length, 0, INT_MAX, &problem);
		if (problem == NULL)
			return (int)number;
	}
	return -1;
}

/*
 * Lets an existing regular file hand on its attributes.  The owner of a file that was planted
 * in a sticky directory must not own the new bytes: such a file only limits the permissions.
 */
static int prepare_replacement(struct output *output, bool planted)
{
	struct replaced *replaced = &output->replaced;

	if (replaced_read(replaced, AT_FDCWD, output->target, &output->status) != 0)
		return fail(output, -ENOMEM, "write", NULL);
	if (planted) {
		output->mode &= replaced_mode(replaced, (struct replaced_parts){false, false});
		return 0;
	}
	output->mode = PRIVATE_FILE_MODE;
	output->attributes.replaced = replaced;
	return 0;
}

/* The target exists. */
static int prepare_existing(struct output *output, bool planted)
{
	const struct stat *status = &output->status;

	if (S_ISDIR(status->st_mode))
		return fail(output, -EISDIR, "write", NULL);
	if (!S_ISREG(status->st_mode)) {
		output->direct = true;
		return 0;
	}
	/* rename() ignores a file's mode, but a file that another user protected must stay. */
	if (status->st_uid != geteuid() &&
	    faccessat(AT_FDCWD, output->target, W_OK, AT_EACCESS) != 0)
		return fail(output, -errno, "write", NULL);
	return prepare_replacement(output, planted);
}

static int prepare_new(struct output *output)
{
	const char *name = output->name;

	if (strcmp(name, output->target) != 0)
		return fail(output, -ENOENT, "write",
			    "a dangling symbolic link; remove the link first");
	if (name[strlen(name) - 1] == '/')
		return fail(output, -EISDIR, "write", "the name ends in a slash; name a file");
	return 0;
}

int output_prepare(struct output *output, const char *name, bool in_place)
{
	bool planted = false;
	int result;

	*output = (struct output){
		.name = name,
		.mode = NEW_FILE_MODE,
		.in_place = in_place,
		.writer.descriptor = -1,
		.file.descriptor = -1,
		.partial = {.file.descriptor = -1, .lock = -1},
	};
	if (name == NULL || inherited_descriptor(name) >= 0) {
		output->direct = true;
		return 0;
	}
	result = resolve_target(name, &output->target, &output->status, &planted);
	if (result == -EPERM || (planted && in_place))
		return fail(output, -EPERM, "write", RESOLVE_PLANTED);
	if (result != 0)
		return fail(output, result, "write", NULL);
	return output->status.st_mode != 0 ? prepare_existing(output, planted)
					   : prepare_new(output);
}

void output_remember(struct output *output, struct written *written)
{
	output->written = written;
}

void output_preserve(struct output *output, mode_t mode, int64_t mtime_ns)
{
	output->mode = PRIVATE_FILE_MODE;
	output->attributes.with_mode = true;
	output->attributes.mode = mode & NEWFILE_PERMISSIONS;
	output->attributes.with_time = true;
	output->attributes.mtime_ns = mtime_ns;
}

void output_preserve_time(struct output *output, int64_t mtime_ns)
{
	output->attributes.with_time = true;
	output->attributes.mtime_ns = mtime_ns;
}

int output_continue(struct output *output, const struct msgfetch_stamp **stamp,
		    uint64_t *offset)
{
	struct partial *partial = &output->partial;
	int result;

	*stamp = NULL;
	*offset = 0;
	if (output->direct)
		return fail(output, -ESPIPE, "continue", "not a regular file");
	result = partial_open(partial, output->target, output->mode);
	output->continued = true;
	if (result == -EWOULDBLOCK)
		return fail(output, result, "continue",
			    "another msgfetch is writing this file");
	if (result == -EPERM || result == -EEXIST)
		return fail(output, result, "continue",
			    "the .part file is not of an earlier transfer of yours; rename or "
			    "remove the .part file");
	if (result != 0)
		return fail(output, result, "continue", NULL);
	if (partial->marked) {
		*stamp = &partial->stamp;
		*offset = partial->position;
	}
	return 0;
}

/* Opens the fifo or device that output_prepare() saw, not one that replaced it meanwhile. */
static int open_special(const struct output *output)
{
	struct stat status;
	int descriptor;

	do
		descriptor = open(output->target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	while (descriptor < 0 && errno == EINTR);
	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, &status) == 0 && status.st_dev == output->status.st_dev &&
	    status.st_ino == output->status.st_ino)
		return descriptor;
	close(descriptor);
	return -ESTALE;
}

/* Duplicates an inherited descriptor, so that close() can report write errors. */
static int open_stream(struct output *output)
{
	int inherited =
		output->name == NULL ? STDOUT_FILENO : inherited_descriptor(output->name);
	int *descriptor = &output->writer.descriptor;

	if (inherited < 0) {
		int result = open_special(output);

		*descriptor = result;
		return result >= 0 ? 0 : result;
	}
	*descriptor = fcntl(inherited, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *descriptor >= 0 ? 0 : -errno;
}

static int begin_again(struct output *output, const struct msgfetch_file *file)
{
	int result = 0;

	if (output->continued)
		result = partial_begin(&output->partial, &file->stamp, file->offset);
	else if (!output->direct)
		result = newfile_restart(&output->file);
	else if (output->writer.position > 0)
		result = -ESPIPE;
	output->cannot_restart = result == -ESPIPE;
	return result == 0 ? 0 : fail(output, result, "write", NULL);
}

/* Creates the file that will replace the target, or empties the target to write it in place. */
static int begin_file(struct output *output)
{
	bool exists = output->status.st_mode != 0;
	int result = 0;

	if (!output->in_place || !exists)
		result = newfile_create(&output->file, AT_FDCWD, output->target, output->mode);
	if (exists && (output->in_place || inplace_applies(result))) {
		bool closed = result != 0;

		result = newfile_open_existing(&output->file, AT_FDCWD, output->target,
					       &output->status);
		output->file.remark = closed ? NEWFILE_CLOSED_DIRECTORY : NULL;
	}
	return result;
}

/* Returns whether an earlier file of this run has the name of the target. */
static bool is_written(const struct output *output)
{
	struct stat now;

	return output->written != NULL && !output->direct && output->written->count > 0 &&
	       lstat(output->target, &now) == 0 && written_has(output->written, &now);
}

int output_begin(struct output *output, const struct msgfetch_file *file)
{
	int result;

	if (output->begun)
		return begin_again(output, file);
	if (is_written(output))
		return fail(output, -EEXIST, "write", WRITTEN_COLLISION);
	if (output->continued)
		result = partial_begin(&output->partial, &file->stamp, file->offset);
	else if (output->direct)
		result = open_stream(output);
	else
		result = begin_file(output);
	if (result != 0)
		return fail(output, result, output->direct ? "open" : "create", NULL);
	output->begun = true;
	return 0;
}

int output_read_existing(struct output *output, uint64_t offset, void *buffer, size_t length)
{
	int result = partial_read(&output->partial, offset, buffer, length);

	return result == 0 ? 0 : fail(output, result, "read back", NULL);
}

int output_data(struct output *output, const void *bytes, size_t length, uint64_t offset)
{
	int result;

	if (output->direct)
		result = writer_write(&output->writer, bytes, length, offset);
	else
		result =
			newfile_write(output->continued ? &output->partial.file : &output->file,
				      bytes, length, offset);
	return result == 0 ? 0 : fail(output, result, "write", NULL);
}

static int close_stream(struct writer *writer)
{
	int descriptor = writer->descriptor;

	writer->descriptor = -1;
	return close(descriptor) == 0 || errno == EINTR ? 0 : -errno;
}

static int end_stream(struct output *output, uint64_t size)
{
	int result = writer_fill(&output->writer, size);

	return result == 0 ? close_stream(&output->writer) : result;
}

/* Completes the regular file. */
static int end_file(struct output *output, uint64_t size)
{
	const struct stat *final =
		output->continued ? &output->partial.file.final : &output->file.final;
	int result = output->continued
			     ? partial_commit(&output->partial, size, &output->attributes)
			     : newfile_commit(&output->file, size, &output->attributes);

	if (result == 0 && output->written != NULL)
		written_add(output->written, final);
	return result;
}

int output_end(struct output *output, uint64_t size)
{
	int result = output->direct ? end_stream(output, size) : end_file(output, size);

	return result == 0 ? 0 : fail(output, result, "write", NULL);
}

const char *output_remark(const struct output *output)
{
	return output->continued ? output->partial.file.remark : output->file.remark;
}

const char *output_problem(const struct output *output)
{
	return output->problem != NULL ? output->problem : "cannot write the output";
}

void output_invalidate(struct output *output)
{
	if (output->continued)
		partial_invalidate(&output->partial);
}

int output_drop(struct output *output)
{
	output->cannot_restart = output->direct && output->writer.position > 0;
	if (output->writer.descriptor >= 0)
		close(output->writer.descriptor);
	output->writer.descriptor = -1;
	newfile_discard(&output->file);
	if (output->continued)
		partial_close(&output->partial);
	output->begun = false;
	return output->cannot_restart ? -ESPIPE : 0;
}

void output_close(struct output *output)
{
	(void)output_drop(output);
	replaced_free(&output->replaced);
	free(output->target);
	free(output->problem);
	*output = (struct output){.writer.descriptor = -1, .file.descriptor = -1};
}
