/* SPDX-License-Identifier: ISC */
/*
 * newfile: a regular file that appears complete or not at all.
 *
 * Owns the temporary name beside the target, holes, attributes, and the final rename.  An
 * existing target is replaced: its other hard links keep the old file.  Only a target that
 * cannot be replaced, or with --inplace, is written to (inplace).
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_NEWFILE_H
#define MSGFETCH_COMMAND_OUTPUT_NEWFILE_H

#include "client/command/output/replaced.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* Permissions that a daemon may set: no set-user-id, set-group-id or sticky bit. */
enum { NEWFILE_PERMISSIONS = 0777 };

/* Attributes of a file or directory. */
struct attributes {
	bool with_mode; /* false: the replaced file's mode, or the one of the creation */
	mode_t mode;    /* permissions; of a directory, also set-group-ID and sticky bit */
	bool with_time; /* false: keep the current time */
	int64_t mtime_ns;
	const struct replaced *replaced; /* NULL: no file is replaced */
};

struct newfile {
	int descriptor;     /* -1: not created, or finished */
	int directory;      /* base of relative names; not owned */
	char *target;       /* final name; owned; NULL: name is final already */
	char *name;         /* current name; owned; NULL: nothing to remove */
	uint64_t written;   /* end of the last write */
	struct stat final;  /* of the complete target; st_ino 0: not known */
	const char *remark; /* for people: the file was not made as usual; NULL: it was */
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
 * Empties the existing regular file name, whose status is given, to write it in place.  Returns
 * 0, or a negative errno: -ESTALE if name is another file by now.
 */
int newfile_open_existing(struct newfile *file, int directory, const char *name,
			  const struct stat *status);

/*
 * Takes over the existing file name, which newfile_commit() renames to target.  Duplicates
 * descriptor and copies both names.  Returns 0, or a negative errno without having taken over
 * the file.
 */
int newfile_adopt(struct newfile *file, int descriptor, const char *name, const char *target);

/* The remark on a file that is written in place because its directory is closed. */
#define NEWFILE_CLOSED_DIRECTORY "written in place: the directory takes no new file"

/* Truncates the file to zero bytes.  Returns 0 or a negative errno. */
int newfile_restart(struct newfile *file);

/* Writes length bytes at offset.  Returns 0 or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t length, uint64_t offset);

/*
 * Extends the file to size bytes, which must not be less than the bytes written, sets its
 * attributes, and renames it to target.  Copies it to target if target is a mount point.
 * Returns 0 or a negative errno.  Call newfile_discard() afterwards in either case.
 */
int newfile_commit(struct newfile *file, uint64_t size, const struct attributes *attributes);

/* Removes a file that was not committed, and frees the memory of the struct. */
void newfile_discard(struct newfile *file);

/* Closes the file and frees the memory of the struct, without removing the file. */
void newfile_release(struct newfile *file);

/*
 * Sets the attributes of the file or directory open as descriptor.  Returns 0 or a negative
 * errno.  A file system without permissions is not an error.
 */
int newfile_set_attributes(int descriptor, const struct attributes *attributes);

/* Fills times for utimensat(2): the access time becomes the current time. */
void newfile_fill_times(struct timespec times[2], int64_t mtime_ns);

#endif
