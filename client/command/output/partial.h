/* SPDX-License-Identifier: ISC */
/*
 * partial: a file that is gone on with after an interruption.
 *
 * Owns FILE.part, the lock on it and the mark that says what it is a part of.  What is in
 * it counts only with a mark; then all bytes up to its end are those of the marked file,
 * for they are written from the first to the last.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_PARTIAL_H
#define MSGFETCH_COMMAND_OUTPUT_PARTIAL_H

#include "client/command/output/newfile.h"
#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stdint.h>

struct partial {
	struct newfile file; /* its name is FILE.part */
	int lock;            /* holds the lock until all is done; -1: not open */
	char *beside;        /* FILE.part.stamp; owned */
	bool spoilt;
	bool marked; /* then: */
	struct msgfetch_stamp stamp;
	uint64_t position; /* the first byte that is not there; 0 without a mark */
};

/*
 * Opens the partial file of target, or makes it, with these permissions, masked by the
 * umask, and locks it.  Returns 0, or
 *   -EWOULDBLOCK  another process goes on with it
 *   -EPERM        it is no regular file of the caller's own, with one name
 *   -EEXIST       it has no mark: somebody else's work is not written over
 *   or another negative errno; partial_close() is due either way.
 */
int partial_open(struct partial *partial, const char *target, mode_t mode);

/*
 * Begins at offset, which is 0 or the position: all bytes from there on are to come of the
 * file with this stamp.  Returns 0 or a negative errno.
 */
int partial_begin(struct partial *partial, const struct msgfetch_stamp *stamp, uint64_t offset);

/* Fills buffer with length bytes that are there, from offset on.  Returns 0 or a negative
 * errno. */
int partial_read(const struct partial *partial, uint64_t offset, void *buffer, size_t length);

/*
 * Makes it size bytes long, gives it its attributes and the name target, without a mark.
 * Returns 0 or a negative errno.
 */
int partial_commit(struct partial *partial, uint64_t size, const struct attributes *attributes);

/* What is there is not what it should be: it is removed in the end. */
void partial_invalidate(struct partial *partial);

/* Lets go of it; what it has stays, for the next time, and without any it is removed. */
void partial_close(struct partial *partial);

#define PARTIAL_MARK_ATTRIBUTE "user.msgfetch.stamp"

/* The longest text of a mark, with its NUL. */
enum { PARTIAL_MARK_SIZE = 128 };

/* The text of a mark: a line.  Returns its length without the NUL. */
size_t partial_format_mark(char text[PARTIAL_MARK_SIZE], const struct msgfetch_stamp *stamp);

/* The stamp that a text of length bytes says.  False: it is none, or not whole. */
bool partial_parse_mark(const char *text, size_t length, struct msgfetch_stamp *stamp);

/* The mark of the file open as descriptor; beside: the name of the file beside it.  False:
 * there is none. */
bool partial_read_mark(int descriptor, const char *beside, struct msgfetch_stamp *stamp);

/* Marks it.  Returns 0 or a negative errno of the file beside it. */
int partial_write_mark(int descriptor, const char *beside, const struct msgfetch_stamp *stamp);

/* Takes the mark away. */
void partial_remove_mark(int descriptor, const char *beside);

#endif
