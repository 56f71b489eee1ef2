/* SPDX-License-Identifier: ISC */
/*
 * staging: a directory that gets its name once all is in it.
 *
 * Owns the hidden directory beside the target, its rename and its removal.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_STAGING_H
#define MSGFETCH_COMMAND_OUTPUT_STAGING_H

enum {
	STAGING_TRIES = 100, /* so often a name is made anew where it was taken */
	STAGING_LETTERS = 6, /* random ones, at a name's end */
};

/*
 * Makes *name, ".NAME." with random letters, beside target, which may be a path; relative
 * paths are so to directory, or AT_FDCWD.  To be freed by the caller.  Returns 0, -ENOMEM, or
 * -ENAMETOOLONG where target cannot be a name there either.
 */
int staging_name(int directory, const char *target, char **name);

/* Puts other random letters at the end of such a name. */
void staging_renew_name(char *name);

struct staging {
	char *target; /* owned */
	char *name;   /* owned; NULL: nothing made, or delivered */
};

/*
 * Makes the hidden directory for the name target, of which a copy is kept; nobody else can
 * enter it.  One at a time in a process (cleanup knows one).  Returns a descriptor of it,
 * to be closed by the caller, or a negative errno and nothing made.
 */
int staging_make(struct staging *staging, const char *target);

/*
 * Gives it the name target, which must not exist.  Returns 0 or a negative errno;
 * staging_discard() is due either way.
 */
int staging_deliver(struct staging *staging);

/* Removes what was not delivered, with all that is in it; frees what the struct owns. */
void staging_discard(struct staging *staging);

#endif
