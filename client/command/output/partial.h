/* SPDX-License-Identifier: ISC */
/*
 * partial: a file whose transfer continues after an interruption.
 *
 * Owns FILE.part, or a name with a hash in place of the end of a long name, the lock on it, and
 * its mark: the stamp of the daemon's file that its bytes belong to.  Bytes are written in
 * order, so every byte of a marked FILE.part is valid. Bytes without a mark are never used.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_PARTIAL_H
#define MSGFETCH_COMMAND_OUTPUT_PARTIAL_H

#include "client/command/output/newfile.h"
#include "client/lib/msgfetch.h"

#include <stdbool.h>
#include <stdint.h>

struct partial {
	struct newfile file; /* FILE.part */
	int lock;            /* descriptor that holds the lock; -1: not open */
	char *mark_file;     /* FILE.part.stamp; owned */
	bool invalid;        /* remove FILE.part at the end */
	bool marked;         /* stamp and position are valid */
	struct msgfetch_stamp stamp;
	uint64_t position; /* first missing byte; 0 without a mark */
};

/*
 * Opens the partial file of target and locks it.  Creates it if necessary, with permissions
 * mode reduced by the umask.  Returns 0, or a negative errno:
 *   -EWOULDBLOCK  another process is continuing this file
 *   -EPERM        not a regular file of the caller, or a file with several hard links
 *   -EEXIST       no mark: the file may be somebody's work and is not overwritten
 * Call partial_close() in either case.
 */
int partial_open(struct partial *partial, const char *target, mode_t mode);

/*
 * Prepares for bytes from offset on, which must be 0 or position.  stamp identifies the
 * daemon's file.  Returns 0 or a negative errno.
 */
int partial_begin(struct partial *partial, const struct msgfetch_stamp *stamp, uint64_t offset);

/* Reads exactly length existing bytes at offset.  Returns 0 or a negative errno. */
int partial_read(const struct partial *partial, uint64_t offset, void *buffer, size_t length);

/*
 * Extends the file to size bytes, sets its attributes, renames it to target and removes the
 * mark.  Returns 0 or a negative errno.
 */
int partial_commit(struct partial *partial, uint64_t size, const struct attributes *attributes);

/* Marks the bytes as wrong, so that partial_close() removes the file. */
void partial_invalidate(struct partial *partial);

/* Closes the file.  An empty or invalid file is removed; any other one stays for next time. */
void partial_close(struct partial *partial);

/*
 * The mark is an extended attribute.  Only on file systems without extended attributes, the
 * mark is a small file beside FILE.part, which counts only if the caller owns it and nobody
 * else can write to it.  Exported for the unit test.
 */
#define PARTIAL_MARK_ATTRIBUTE "user.msgfetch.stamp"

/* Longest text of a mark, with its NUL. */
enum { PARTIAL_MARK_SIZE = 128 };

/* Formats stamp as one line.  Returns its length without the NUL. */
size_t partial_format_mark(char text[PARTIAL_MARK_SIZE], const struct msgfetch_stamp *stamp);

/* Parses length bytes of text.  Returns false unless text is one complete mark. */
bool partial_parse_mark(const char *text, size_t length, struct msgfetch_stamp *stamp);

/* Reads the mark of the file open as descriptor.  Returns false if there is no valid mark. */
bool partial_read_mark(int descriptor, const char *mark_file, struct msgfetch_stamp *stamp);

/* Writes the mark.  Returns 0 or a negative errno. */
int partial_write_mark(int descriptor, const char *mark_file,
		       const struct msgfetch_stamp *stamp);

/* Removes the mark. */
void partial_remove_mark(int descriptor, const char *mark_file);

#endif
