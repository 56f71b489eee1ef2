/* SPDX-License-Identifier: ISC */
/*
 * exports: the exported directories, their names and their rules.
 *
 * Owns the descriptors of the directories, opened once, and the match from a path to its
 * export.  Must not know how files are opened (beneath), nor the client.
 */
#ifndef MSGFETCH_SERVER_ACCESS_EXPORTS_H
#define MSGFETCH_SERVER_ACCESS_EXPORTS_H

#include "server/access/access.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT_ROOT "/" /* matches every path that no other export matches */

struct groups;
struct identity;

struct patterns {
	char **list;
	size_t count;
};

enum export_state {
	EXPORT_OPEN,       /* the path names the open directory */
	EXPORT_REPLACED,   /* another directory is at the path */
	EXPORT_GONE,       /* no directory is at the path, or the open one was removed */
	EXPORT_UNREADABLE, /* the daemon's user cannot search the directory */
};

struct export
{
	char *name;
	char *path;    /* as configured; for messages */
	int directory; /* O_PATH; -1 until opened */
	dev_t device;  /* of the directory; valid once opened */
	ino_t inode;
	bool unreadable; /* the directory could not be searched when it was opened */
	bool no_links;   /* follow-symlinks = no */
	struct access access;
	struct patterns hide;      /* names hidden from clients */
	enum export_state noticed; /* by the daemon, which has logged the state */
	uint64_t looked_at;        /* ms: the daemon's last look at the path; 0: none */
	bool refused;              /* the daemon did not open the directory now at the path: */
	dev_t refused_device;
	ino_t refused_inode;
	int64_t refused_born; /* ns: an inode number can be used again */
};

struct exports {
	struct export *list;
	size_t count;
	const struct groups *groups;     /* the lookup process, or NULL */
	const struct identity *identity; /* identity = requester; NULL: identity = service */
};

/* Returns true for "/", and for 1 to NAME_MAX bytes without a slash except "." and "..". */
bool export_name_valid(const char *name);

/*
 * Adds an export, without opening the directory.  Copies name and path.  Returns 0, -EINVAL
 * (invalid name), -EEXIST (duplicate name), or -ENOMEM.
 */
int exports_add(struct exports *exports, const char *name, const char *path);

/* Returns the export called name, or NULL. */
struct export *exports_find(const struct exports *exports, const char *name);

/* Adds a pattern of names to hide.  Copies pattern.  Returns 0, -EINVAL (empty, or with a
 * slash), or -ENOMEM. */
int export_hide(struct export *export, const char *pattern);

/* Returns true when a pattern matches name (fnmatch(3)).  "." and ".." never match. */
bool patterns_match(const struct patterns *patterns, const char *name);

/* Returns true when a pattern matches a component of path, a relative path. */
bool export_hides(const struct export *export, const char *path);

/*
 * Returns true when the export has rules at all.  Inline, so that a worker for an export
 * without rules does not page in the code of the checks.
 */
static inline bool export_has_rules(const struct export *export)
{
	return export->access.closed || export->access.deny_users.count > 0 ||
	       export->hide.count > 0;
}

/* Returns true when the decision on any export can depend on groups. */
bool exports_want_groups(const struct exports *exports);

/*
 * Makes directory, an O_PATH descriptor, the export's; exports_free() closes it.  Returns 0, or
 * a negative errno without a change.
 */
int export_hold(struct export *export, int directory);

/* Opens every directory.  Returns 0, or a negative errno with *failed set to the export. */
int exports_open(struct exports *exports, const struct export **failed);

/*
 * Returns the export that path belongs to, or NULL.  Ignores leading slashes.  Sets *relative
 * to the rest of path, to be opened beneath the export's directory; the rest is never empty
 * and never starts with a slash.
 */
const struct export *exports_match(const struct exports *exports, const char *path,
				   const char **relative);

/* Closes and frees all exports. */
void exports_free(struct exports *exports);

#endif
