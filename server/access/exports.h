/* SPDX-License-Identifier: ISC */
/*
 * exports: the directories that are handed out, and their names.
 *
 * Owns the directories' descriptors, opened once, which of them a path belongs to,
 * and the rules that come with each.  Must not know how a file beneath one is opened
 * (beneath) or who asks.
 */
#ifndef MSGFETCH_SERVER_ACCESS_EXPORTS_H
#define MSGFETCH_SERVER_ACCESS_EXPORTS_H

#include "server/access/access.h"

#include <stdbool.h>
#include <stddef.h>

#define EXPORT_ROOT "/" /* the name that takes every path no other one matches */

struct groups;
struct identity;

struct patterns {
	char **list;
	size_t count;
};

struct export
{
	char *name;
	char *path;    /* as configured, for messages */
	int directory; /* O_PATH; -1 until opened */
	bool no_links; /* no symbolic link is followed */
	struct access access;
	struct patterns hide; /* names that do not exist for clients */
};

struct exports {
	struct export *list;
	size_t count;
	const struct groups *groups;     /* who knows who is in which group; or NULL */
	const struct identity *identity; /* workers become their client; NULL: they do not */
};

/* True for 1 to NAME_MAX bytes without a slash, not "." or ".."; and for "/". */
bool export_name_valid(const char *name);

/*
 * Adds name and path (both copied), not opened yet.  Returns 0, -EINVAL (no name
 * for an export), -EEXIST (the name is there already), -ENOMEM.
 */
int exports_add(struct exports *exports, const char *name, const char *path);

/* The export of that name, or NULL. */
struct export *exports_find(const struct exports *exports, const char *name);

/* Adds a pattern (copied) of names to hide.  Returns 0, -EINVAL (empty, or has a slash),
 * -ENOMEM. */
int export_hide(struct export *export, const char *pattern);

/* True where a name, neither "." nor "..", matches one of them (fnmatch(3)). */
bool patterns_match(const struct patterns *patterns, const char *name);

/* True where a component of path, "." and ".." aside, matches a pattern.  path: relative. */
bool export_hides(const struct export *export, const char *path);

/*
 * True where a client or a name can be refused at all.  Inline: the code behind rules is
 * pages that a worker which needs none of it does not touch.
 */
static inline bool export_has_rules(const struct export *export)
{
	return export->access.closed || export->access.deny_users.count > 0 ||
	       export->hide.count > 0;
}

/* True where a decision of any export can depend on groups. */
bool exports_want_groups(const struct exports *exports);

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
