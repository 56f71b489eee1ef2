/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/outtree.h"

#include "client/command/base/text.h"
#include "client/command/output/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Words "cannot VERB 'TARGET/ENTRY': reason".  entry "" means the target itself. */
static void note(struct outtree *outtree, const char *verb, const char *entry,
		 const char *reason)
{
	const char *target = outtree->target != NULL ? outtree->target : "";
	char *whole = NULL, *quoted = NULL;

	free(outtree->problem);
	outtree->problem = NULL;
	if (asprintf(&whole, "%s%s%s", target, entry[0] != '\0' ? "/" : "", entry) < 0)
		return;
	quoted = text_quote(whole);
	if (quoted == NULL ||
	    asprintf(&outtree->problem, "cannot %s '%s': %s", verb, quoted, reason) < 0)
		outtree->problem = NULL;
	free(quoted);
	free(whole);
}

/* Words the reason of a negative errno, and returns error. */
static int fail(struct outtree *outtree, int error, const char *verb, const char *entry)
{
	note(outtree, verb, entry, strerror(-error));
	return error;
}

/* Words why an existing target cannot be opened as a directory. */
static int fail_existing(struct outtree *outtree, int error)
{
	struct stat status;

	if (lstat(outtree->target, &status) != 0 || !S_ISLNK(status.st_mode))
		return fail(outtree, error, "write to", "");
	note(outtree, "write to", "",
	     error == -EPERM
		     ? "the path leads through a symbolic link that another user made in a "
		       "directory that others can write to"
		     : "a symbolic link; name the link with --output to follow the link");
	return error;
}

/* Returns a copy of name without trailing slashes; "/" keeps one.  The caller frees it. */
static char *without_slashes(const char *name)
{
	size_t length = strlen(name);

	while (length > 1 && name[length - 1] == '/')
		length--;
	return strndup(name, length);
}

/* Opens an existing target.  Returns a descriptor or a negative errno. */
static int open_target(const struct outtree *outtree, bool follow)
{
	char *resolved = NULL;
	struct stat status;
	bool planted;
	int root = follow ? resolve_target(outtree->target, &resolved, &status, &planted) : 0;

	if (root < 0)
		return root;
	do
		root = open(follow ? resolved : outtree->target,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (root < 0 && errno == EINTR);
	if (root < 0)
		root = -errno;
	free(resolved);
	return root;
}

int outtree_begin(struct outtree *outtree, const char *name, const struct msgfetch_file *file,
		  const struct outtree_manner *manner)
{
	struct tree_manner own = {
		.preserve = manner->preserve,
		.in_place = manner->in_place,
		.mask = manner->mask,
	};
	int root;

	outtree->skipping = false;
	outtree->target = without_slashes(name);
	if (outtree->target == NULL)
		return fail(outtree, -ENOMEM, "create", "");
	root = open_target(outtree, manner->follow);
	if (root < 0 && root != -ENOENT) {
		root = fail_existing(outtree, root);
	} else if (root < 0) {
		own.fresh = true;
		root = staging_make(&outtree->staging, outtree->target);
		if (root < 0)
			(void)fail(outtree, root, "create", "");
	}
	if (root < 0) {
		free(outtree->target);
		outtree->target = NULL;
		return root;
	}
	tree_open(&outtree->tree, root, file, &own);
	return 0;
}

static int begin(struct outtree *outtree, const struct msgfetch_file *file)
{
	if (S_ISDIR(file->mode))
		return tree_make_directory(&outtree->tree, file);
	if (S_ISLNK(file->mode))
		return tree_make_link(&outtree->tree, file);
	return tree_begin_file(&outtree->tree, file);
}

int outtree_entry(struct outtree *outtree, const struct msgfetch_file *file)
{
	int error = begin(outtree, file);

	(void)strlcpy(outtree->entry, file->name, sizeof(outtree->entry));
	outtree->skipping = error != 0;
	/* A directory that failed has been reported; its entries are not. */
	if (error == 0 || error == -ECANCELED)
		return 0;
	if (error == -EEXIST)
		note(outtree, "create", file->name, WRITTEN_COLLISION);
	else
		(void)fail(outtree, error, "create", file->name);
	return error;
}

static int give_up(struct outtree *outtree, int error)
{
	outtree_drop(outtree);
	return fail(outtree, error, "write", outtree->entry);
}

int outtree_data(struct outtree *outtree, const void *bytes, size_t length, uint64_t offset)
{
	int error;

	if (outtree->skipping)
		return 0;
	error = tree_write(&outtree->tree, bytes, length, offset);
	return error == 0 ? 0 : give_up(outtree, error);
}

int outtree_end(struct outtree *outtree, uint64_t size)
{
	int error;

	if (outtree->skipping)
		return 0;
	error = tree_end_file(&outtree->tree, size);
	return error == 0 ? 0 : give_up(outtree, error);
}

void outtree_drop(struct outtree *outtree)
{
	tree_drop_file(&outtree->tree);
	outtree->skipping = true;
}

int outtree_finish(struct outtree *outtree)
{
	int late = tree_finish(&outtree->tree);
	int error = outtree->staging.name != NULL ? staging_deliver(&outtree->staging) : 0;

	if (error != 0)
		return fail(outtree, error, "create", "");
	return late == 0 ? 0 : fail(outtree, late, "set modes and times in", "");
}

const char *outtree_remark(const struct outtree *outtree)
{
	return outtree->tree.remark;
}

const char *outtree_problem(const struct outtree *outtree)
{
	return outtree->problem != NULL ? outtree->problem : "cannot write the output";
}

void outtree_close(struct outtree *outtree)
{
	if (outtree->target != NULL)
		tree_close(&outtree->tree);
	staging_discard(&outtree->staging);
	free(outtree->target);
	free(outtree->problem);
	outtree->target = NULL;
	outtree->problem = NULL;
}
