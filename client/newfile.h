/* SPDX-License-Identifier: ISC */
/*
 * newfile: a regular file that appears whole or not at all.
 *
 * Owns the temporary name beside the target, the holes and the rename.  An
 * existing target is replaced, never written to: its hard links keep the old file.
 */
#ifndef MSGFETCH_CLIENT_NEWFILE_H
#define MSGFETCH_CLIENT_NEWFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct newfile {
	int descriptor;   /* -1: not created, or done with */
	char *target;     /* owned */
	char *temporary;  /* owned */
	uint64_t written; /* where the last write ended */
};

/*
 * Creates the temporary file, readable by its owner only, for the name target, of
 * which a copy is kept.  One at a time in a process (cleanup knows one).
 * Returns 0, or a negative errno and nothing created.
 */
int newfile_create(struct newfile *file, const char *target);

/* Forgets all bytes.  Returns 0 or a negative errno. */
int newfile_restart(struct newfile *file);

/* Writes length bytes at offset.  Returns 0 or a negative errno. */
int newfile_write(struct newfile *file, const void *bytes, size_t length, uint64_t offset);

/*
 * Makes the file size bytes long, not less than written, with the permissions
 * mode, and gives it the name target.  Returns 0 or a negative errno;
 * newfile_discard() is due either way.
 */
int newfile_commit(struct newfile *file, uint64_t size, mode_t mode);

/* Removes what was not committed and frees what the struct owns. */
void newfile_discard(struct newfile *file);

#endif
