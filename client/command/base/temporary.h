/* SPDX-License-Identifier: ISC */
/*
 * temporary: names for what is not there yet.  Makes names only, no files.
 */
#ifndef MSGFETCH_COMMAND_BASE_TEMPORARY_H
#define MSGFETCH_COMMAND_BASE_TEMPORARY_H

enum {
	TEMPORARY_TRIES = 100, /* so often a name is made anew where it was taken */
	TEMPORARY_LETTERS = 6, /* random ones, at a name's end */
};

/*
 * Makes *name, ".NAME." with mark and random letters, beside target, which may be a path;
 * relative paths are so to directory, or AT_FDCWD.  mark: a few letters, or "".  To be freed
 * by the caller.  Returns 0, -ENOMEM, or -ENAMETOOLONG where target cannot be a name there
 * either.
 */
int temporary_name(int directory, const char *target, const char *mark, char **name);

/* Puts other random letters at the end of such a name. */
void temporary_renew(char *name);

#endif
