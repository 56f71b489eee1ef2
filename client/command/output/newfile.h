/* SPDX-License-Identifier: ISC */
/*
 * newfile: a regular file that appears complete or not at all.
 *
 * Owns the temporary name beside the target, holes, mode and time, and the final rename.
 * An existing target is replaced, never written to: its other hard links keep the old file.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_NEWFILE_H
#define MSGFETCH_COMMAND_OUTPUT_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Permissions that a daemon may set: no set-user-id, set-group-id or sticky bit. */
enum { NEWFILE_PERMISSIONS = 0777 };

/* Mode and time of a file or directory. */
struct attributes {
	bool with_mode; /* false: keep the mode the file was created with */
	mode_t mode;    /* permissions only */
	bool with_time; /* false: keep the current time */
	int64_t mtime_ns;
};

struct newfile {
	int descriptor;   /* -1: not created, or finished */
	int directory;    /* base of relative names; not owned */
	char *target;     /* final name; owned; NULL: name is final already */
	char *name;       /* current name; owned; NULL: nothing to remove */
	uint64_t written; /* end of the last write */
};

/*
 * Creates a temporary file for target, relative to directory, which must stay open, or to
 * AT_FDCWD.  Copies target.  mode: permissions, reduced by the umask.  A process can have only
 * one such file at a time: cleanup remembers one.
 * Returns 0, or a negative errno without having created a file.
 */
int newfile_create(struct newfile *file, int directory, const char *target, mode_t mode);

/*
 * Creates the file under its final name, which must not exist.  For directories that nobody
 * else sees before they are complete.  Returns as newfile_create().
 */
int newfile_create_in_place(struct newfile *file, int directory, const char *name, mode_t mode);

/*
 * Takes over the existing file name, which newfile_commit() renames to target.  Duplicates
 * descriptor and copies both names.  Returns 0, or a negative errno without having taken over
 * the file.
 */
int newfile_adopt(struct newfile *file, int descriptor, const char *name, const char *target);

/* Truncates the file to zero bytes.  Returns 0 or a negative errno. */
int newfile_restart(struct newfile *file);

/* Writes length bytes at offset.  Returns 0 or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t length, uint64_t offset);

/*
 * Extends the file to size bytes, which must not be less than the bytes written, sets its
 * attributes, and renames it to target.  Returns 0 or a negative errno.  Call
 * newfile_discard() afterwards in either case.
 */
int newfile_commit(struct newfile *file, uint64_t size, const struct attributes *attributes);

/* Removes a file that was not committed, and frees the memory of the struct. */
void newfile_discard(struct newfile *file);

/* Closes the file and frees the memory of the struct, without removing the file. */
void newfile_release(struct newfile *file);

/*
 * Sets mode and time of the file or directory open as descriptor.  Returns 0 or a negative
 * errno.  A file system without permissions is not an error.
 */
int newfile_set_attributes(int descriptor, const struct attributes *attributes);

/* Fills times for utimensat(2): the access time becomes the current time. */
void newfile_fill_times(struct timespec times[2], int64_t mtime_ns);

#endif
