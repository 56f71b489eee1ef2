/* SPDX-License-Identifier: ISC */
/*
 * newfile: a regular file that appears whole or not at all.
 *
 * Owns the temporary name beside the target, the holes and the rename.  An
 * existing target is replaced, never written to: its hard links keep the old file.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_NEWFILE_H
#define MSGFETCH_COMMAND_OUTPUT_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* The permissions that a daemon may give; never set-user-id, set-group-id or sticky. */
enum { NEWFILE_PERMISSIONS = 0777 };

/* What a file or directory gets beside its bytes and its name. */
struct attributes {
	bool with_mode; /* else it keeps the mode that it was made with */
	mode_t mode;    /* permissions only */
	bool with_time; /* else the time is left alone */
	int64_t mtime_ns;
};

struct newfile {
	int descriptor;   /* -1: not created, or done with */
	int directory;    /* what the names are relative to; not owned */
	char *target;     /* owned; NULL: it has its name already */
	char *name;       /* what it is called for now; owned; NULL: nothing to remove */
	uint64_t written; /* where the last write ended */
};

/*
 * Creates the temporary file for the name target, of which a copy is kept: relative to
 * directory, which stays open, or to AT_FDCWD.  mode: permissions, masked by the umask.
 * One at a time in a process (cleanup knows one).
 * Returns 0, or a negative errno and nothing created.
 */
int newfile_create(struct newfile *file, int directory, const char *target, mode_t mode);

/* Creates it as name itself, which must not exist, where nobody sees it before it is whole. */
int newfile_create_in_place(struct newfile *file, int directory, const char *name, mode_t mode);

/*
 * Takes over a file that is there under name, beside the name target that it is to get; a
 * duplicate of descriptor is used, copies of the names are kept.  Returns 0, or a negative
 * errno and nothing taken over.
 */
int newfile_adopt(struct newfile *file, int descriptor, const char *name, const char *target);

/* Forgets all bytes.  Returns 0 or a negative errno. */
int newfile_restart(struct newfile *file);

/* Writes length bytes at offset.  Returns 0 or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t length, uint64_t offset);

/*
 * Makes the file size bytes long, not less than written, gives it its attributes and
 * the name target.  Returns 0 or a negative errno; newfile_discard() is due either way.
 */
int newfile_commit(struct newfile *file, uint64_t size, const struct attributes *attributes);

/* Removes what was not committed and frees what the struct owns. */
void newfile_discard(struct newfile *file);

/* Frees it too, and what was not committed stays where it is. */
void newfile_leave(struct newfile *file);

/*
 * Sets mode and time of the file or directory open as descriptor.  Returns 0 or a negative
 * errno; a file system without permissions is no error.
 */
int newfile_set_attributes(int descriptor, const struct attributes *attributes);

/* Fills times for utimensat(2), so that only the modification time changes. */
void newfile_fill_times(struct timespec times[2], int64_t mtime_ns);

#endif
