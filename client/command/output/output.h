/* SPDX-License-Identifier: ISC */
/*
 * output: the one place a file's bytes go to.
 *
 * Decides between a new regular file (newfile), one that is gone on with (partial) and
 * writing straight (writer), and keeps the words for what went wrong.  Knows nothing of
 * sessions or progress.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_OUTPUT_H
#define MSGFETCH_COMMAND_OUTPUT_OUTPUT_H

#include "client/command/output/newfile.h"
#include "client/command/output/partial.h"
#include "common/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
	const char *name; /* NULL: standard output */
	char *target;     /* name with symbolic links followed; owned */
	mode_t mode;      /* the permissions that a regular file is made with */
	struct attributes attributes;
	bool straight;
	bool begun;
	bool cannot_restart; /* begun twice, with bytes gone that cannot be taken back */
	bool continued;      /* in partial, and not in file */
	struct writer writer;
	struct newfile file;
	struct partial partial;
	char *problem; /* owned */
};

/*
 * Looks at where name leads; opens and creates nothing.  name: not copied; NULL is
 * standard output, and so is /dev/stdout; /dev/fd/N is descriptor N.
 * A file that exists, and is the caller's, is to keep its permissions.
 * Returns 0 or a negative errno (-EISDIR, -ENOENT for a link to nothing...);
 * output_close() is due either way.
 */
int output_prepare(struct output *output, const char *name);

/* Gives a regular file mode and time of the one it comes from.  Ahead of output_begin(). */
void output_preserve(struct output *output, mode_t mode, int64_t mtime_ns);

/* The same for its time alone. */
void output_preserve_time(struct output *output, int64_t mtime_ns);

/*
 * Has it go on with what is there from an earlier time, and keep what comes if it does not
 * end.  *stamp: what that is a part of, or NULL: nothing is there; *offset: how much is
 * there.  Ahead of output_begin().  Returns 0 or a negative errno.
 */
int output_continue(struct output *output, const struct msgfetch_stamp **stamp,
		    uint64_t *offset);

/* As in struct msgfetch_sink: 0 or a negative errno. */
int output_begin(struct output *output, const struct msgfetch_file *file);
int output_had(struct output *output, uint64_t offset, void *buffer, size_t length);
int output_data(struct output *output, const void *bytes, size_t length, uint64_t offset);
int output_end(struct output *output, uint64_t size);

/* Why the last call failed, for people; never NULL. */
const char *output_problem(const struct output *output);

/* What came is not what it should be: there is nothing to go on with. */
void output_invalidate(struct output *output);

/*
 * Takes back a file that was not ended; one that is gone on with stays as far as it came.
 * Returns 0, or -ESPIPE where bytes are gone for good.
 */
int output_drop(struct output *output);

/* Does so, and frees what the struct owns. */
void output_close(struct output *output);

#endif
