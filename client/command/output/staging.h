/* SPDX-License-Identifier: ISC */
/*
 * staging: hidden names for files and directories that are not complete yet.
 *
 * Owns temporary names, and the hidden directory that becomes a new tree: its lock, its final
 * rename, and the removal of hidden directories that killed runs left behind.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_STAGING_H
#define MSGFETCH_COMMAND_OUTPUT_STAGING_H

#include <stddef.h>

enum {
	STAGING_TRIES = 100, /* attempts to find an unused name */
	STAGING_LETTERS = 6, /* random letters at the end of a name */
};

/*
 * Allocates *name, ".NAME." followed by random letters, in the same directory as target.
 * Relative targets are relative to directory, or to AT_FDCWD.  Long names are shortened to
 * fit the file system.  The caller frees *name.  Returns 0, -ENOMEM, or -ENAMETOOLONG if
 * target itself is too long for the file system.
 */
int staging_name(int directory, const char *target, char **name);

/*
 * Allocates *name: target and suffix.  If that name and spare more bytes are too long for the
 * file system, a hash replaces the end of target's last component: always the same one.
 * The caller frees *name.  Returns 0, -ENOMEM or -ENAMETOOLONG as staging_name().
 */
int staging_suffix(const char *target, const char *suffix, size_t spare, char **name);

/* Replaces the random letters at the end of name. */
void staging_renew_name(char *name);

struct staging {
	char *target; /* final name; owned */
	char *name;   /* hidden name; owned; NULL: not created, or delivered */
};

/*
 * Creates a hidden directory for target that only the caller can enter.  Copies target.  A
 * process can have only one at a time: cleanup remembers one.  Returns a descriptor, which
 * the caller closes, or a negative errno without having created a directory.
 */
int staging_make(struct staging *staging, const char *target);

/*
 * Renames the directory to target, which must not exist.  Returns 0 or a negative errno.
 * Call staging_discard() afterwards in either case.
 */
int staging_deliver(struct staging *staging);

/* Removes an undelivered directory with its contents, and frees the memory of the struct. */
void staging_discard(struct staging *staging);

#endif
