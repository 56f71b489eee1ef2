/* SPDX-License-Identifier: ISC */
/*
 * exports: the directories that are handed out, and their names.
 *
 * Owns the directories' descriptors, opened once, and which of them a path
 * belongs to.  Must not know how a file beneath one is opened (beneath) or who
 * asks.
 */
#ifndef MSGFETCH_SERVER_EXPORTS_H
#define MSGFETCH_SERVER_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

#define EXPORT_ROOT "/" /* the name that takes every path no other one matches */

struct export
{
	char *name;
	char *path;    /* as configured, for messages */
	int directory; /* O_PATH; -1 until opened */
};

struct exports {
	struct export *list;
	size_t count;
};

/* True for 1 to NAME_MAX bytes without a slash, not "." or ".."; and for "/". */
bool export_name_valid(const char *name);

/*
 * Adds name and path (both copied), not opened yet.  Returns 0, -EINVAL (no name
 * for an export), -EEXIST (the name is there already), -ENOMEM.
 */
int exports_add(struct exports *exports, const char *name, const char *path);

/*
 * Opens every directory.  Returns 0; or a negative errno and *failed: the one
 * that could not be opened.
 */
int exports_open(struct exports *exports, const struct export **failed);

/*
 * The export that path names, or NULL.  Leading slashes do not count.  *relative
 * is what to open beneath its directory: never empty, never with a leading slash.
 */
const struct export *exports_match(const struct exports *exports, const char *path,
				   const char **relative);

/* Closes and frees all of it. */
void exports_free(struct exports *exports);

#endif
