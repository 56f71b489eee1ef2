/* SPDX-License-Identifier: ISC */
/*
 * output: the destination of one file's bytes.
 *
 * Decides between a new regular file (newfile), a continued one (partial) and a stream that
 * is written directly (writer), and words the errors.  Must not know sessions or progress.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_OUTPUT_H
#define MSGFETCH_COMMAND_OUTPUT_OUTPUT_H

#include "client/command/output/newfile.h"
#include "client/command/output/partial.h"
#include "client/command/output/replaced.h"
#include "client/command/output/written.h"
#include "common/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct output {
	const char *name;         /* NULL: standard output */
	char *target;             /* name with symbolic links resolved; owned */
	struct stat status;       /* of target; st_mode 0: it does not exist */
	mode_t mode;              /* permissions to create a regular file with */
	struct replaced replaced; /* owned */
	struct attributes attributes;
	bool in_place; /* write an existing file instead of replacing it */
	struct written
		*written;    /* the run's earlier files; not owned; NULL: none to remember */
	bool direct;         /* use writer: not a regular file */
	bool continued;      /* use partial instead of file */
	bool begun;          /* output_begin() was called */
	bool cannot_restart; /* a stream began again after bytes were written */
	struct writer writer;
	struct newfile file;
	struct partial partial;
	char *problem; /* owned */
};

/*
 * Checks the destination name without opening or creating a file.  name is not copied.  NULL
 * and /dev/stdout mean standard output; /dev/fd/N means descriptor N.  An existing file hands
 * its owner, group, permissions and ACL on as far as the caller may set them, unless another
 * user put the file into a sticky directory.  in_place: write to an existing file instead of
 * replacing it.  Returns 0 or a negative errno, such as -EISDIR, or -ENOENT for a dangling
 * symbolic link.  Call output_close() in either case.
 */
int output_prepare(struct output *output, const char *name, bool in_place);

/* Refuses to overwrite files in written, and adds a complete file.  written must stay valid. */
void output_remember(struct output *output, struct written *written);

/* Sets mode and time of a regular file to the source's.  Call before output_begin(). */
void output_preserve(struct output *output, mode_t mode, int64_t mtime_ns);

/* Sets only the time.  Call before output_begin(). */
void output_preserve_time(struct output *output, int64_t mtime_ns);

/*
 * Continues an earlier transfer, and keeps incomplete bytes for the next one.  Sets *stamp to
 * the stamp of the file that the existing bytes belong to, or to NULL if there are none, and
 * *offset to the number of existing bytes.  Call before output_begin().  Returns 0 or a
 * negative errno.
 */
int output_continue(struct output *output, const struct msgfetch_stamp **stamp,
		    uint64_t *offset);

/* Implement the callbacks of struct msgfetch_sink.  Return 0 or a negative errno. */
int output_begin(struct output *output, const struct msgfetch_file *file);
int output_read_existing(struct output *output, uint64_t offset, void *buffer, size_t length);
int output_data(struct output *output, const void *bytes, size_t length, uint64_t offset);
int output_end(struct output *output, uint64_t size);

/* Returns how a complete file was made unlike others, for people; NULL: as usual. */
const char *output_remark(const struct output *output);

/* Returns the reason of the last error, for people.  Never NULL. */
const char *output_problem(const struct output *output);

/* Marks the bytes as wrong, so that no later transfer continues them. */
void output_invalidate(struct output *output);

/*
 * Removes an incomplete file.  A continued file keeps the bytes it has.  Returns 0, or
 * -ESPIPE if bytes were already written to a stream.
 */
int output_drop(struct output *output);

/* Drops the output and frees the memory of the struct. */
void output_close(struct output *output);

#endif
