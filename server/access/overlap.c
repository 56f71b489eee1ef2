/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/overlap.h"

#include "common/confined.h"
#include "server/access/authorize.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Symbolic links in one path, as in the kernel (path_resolution(7)). */
#define LINKS_MAX 40u

/* The text of the path has changed, and is followed again from the export's directory. */
#define SHORTENED 1
#define LINK_FOLLOWED 2

static bool has_rules(const struct export *export)
{
	return export_has_rules(export) || export->no_links;
}

bool overlap_possible(const struct exports *exports, const struct export *export)
{
	for (size_t i = 0; i < exports->count; i++)
		if (&exports->list[i] != export && has_rules(&exports->list[i]))
			return true;
	return false;
}

static bool is_at(const struct export *export, const struct stat *directory)
{
	return export->inode == directory->st_ino && export->device == directory->st_dev;
}

static int enter_export(struct overlap *overlap, const struct export *export,
			struct failure *failure)
{
	static const struct failure too_deep = {
		.reason = FAILURE_FILE,
		.error = EACCES,
		.text = "lies within too many exports",
		.rule = true,
	};

	for (unsigned i = 0; i < overlap->count; i++)
		if (overlap->entered[i] == export)
			return 0;
	if (overlap->count == OVERLAP_MAX) {
		*failure = too_deep;
		return -EACCES;
	}
	if (!authorize_path(overlap->exports, export, overlap->client, ".", failure))
		return -failure->error;
	overlap->entered[overlap->count++] = export;
	return 0;
}

int overlap_enter(struct overlap *overlap, const struct stat *directory,
		  struct failure *failure)
{
	const struct exports *exports = overlap->exports;
	int error = 0;

	for (size_t i = 0; error == 0 && i < exports->count; i++) {
		const struct export *export = &exports->list[i];

		if (export != overlap->export && is_at(export, directory) && has_rules(export))
			error = enter_export(overlap, export, failure);
	}
	return error;
}

bool overlap_hides(const struct overlap *overlap, const char *name)
{
	for (unsigned i = 0; i < overlap->count; i++)
		if (patterns_match(&overlap->entered[i]->hide, name))
			return true;
	return false;
}

static bool may_follow(const struct overlap *overlap)
{
	bool may = !overlap->export->no_links;

	for (unsigned i = 0; i < overlap->count; i++)
		may = may && !overlap->entered[i]->no_links;
	return may;
}

void overlap_close(struct overlap *overlap)
{
	if (overlap->owned)
		close(overlap->directory);
	overlap->owned = false;
}

static void move_to(struct overlap *overlap, int directory, bool owned)
{
	overlap_close(overlap);
	overlap->directory = directory;
	overlap->owned = owned;
}

/* One component of overlap->text. */
struct component {
	char *from;
	const char *rest; /* the text after the component and its slashes */
	bool last;        /* no slash follows */
	char name[NAME_MAX + 1];
};

static int split(char *from, struct component *component)
{
	size_t length = strcspn(from, "/");

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(component->name, from, length);
	component->name[length] = '\0';
	component->from = from;
	component->last = from[length] == '\0';
	component->rest = from + length + strspn(from + length, "/");
	return 0;
}

static void remove_dot(struct component *component)
{
	memmove(component->from, component->rest, strlen(component->rest) + 1);
	component->rest = component->from;
	component->last = false;
}

/* Removes the component "..", and the component before. */
static int remove_parent(struct overlap *overlap, const struct component *component)
{
	char *parent = component->from;

	if (parent == overlap->text)
		return -EXDEV;
	while (parent > overlap->text && parent[-1] == '/')
		parent--;
	while (parent > overlap->text && parent[-1] != '/')
		parent--;
	memmove(parent, component->rest, strlen(component->rest) + 1);
	return SHORTENED;
}

/* Replaces the component with the content of the symbolic link open at fd. */
static int splice_link(struct overlap *overlap, const struct component *component, int fd)
{
	char spliced[PATH_MAX];
	size_t before = (size_t)(component->from - overlap->text);
	size_t room = sizeof(spliced) - before, after = strlen(component->rest) + 1;
	ssize_t length;

	spliced[before] = '\0';
	length = readlinkat(fd, "", spliced + before, room);
	if (length < 0)
		return -errno;
	if ((size_t)length + after >= room)
		return -ENAMETOOLONG;
	if (spliced[before] == '/')
		return -EXDEV;
	memcpy(spliced, overlap->text, before);
	spliced[before + (size_t)length] = '\0';
	if (!component->last)
		strlcat(spliced, "/", sizeof(spliced));
	strlcat(spliced, component->rest, sizeof(spliced));
	strlcpy(overlap->text, spliced, sizeof(overlap->text));
	return LINK_FOLLOWED;
}

static int pass_link(struct overlap *overlap, const struct component *component, bool follow,
		     int fd)
{
	if (component->last && !follow)
		return 0;
	return may_follow(overlap) ? splice_link(overlap, component, fd) : -ELOOP;
}

/* Checks the component and enters a directory.  Returns 0, LINK_FOLLOWED or a negative errno.
 */
static int pass(struct overlap *overlap, const struct component *component, bool follow,
		struct failure *failure)
{
	struct stat status;
	int fd, error;

	if (overlap_hides(overlap, component->name)) {
		*failure = authorize_hidden();
		return -failure->error;
	}
	fd = confined_open(overlap->directory, component->name, O_PATH | O_NOFOLLOW, true);
	if (fd < 0)
		return fd;
	error = fstat(fd, &status) == 0 ? 0 : -errno;
	if (error == 0 && S_ISLNK(status.st_mode))
		error = pass_link(overlap, component, follow, fd);
	else if (error == 0 && S_ISDIR(status.st_mode))
		error = overlap_enter(overlap, &status, failure);
	else if (error == 0 && !component->last)
		error = -ENOTDIR;
	if (error == 0 && !component->last)
		move_to(overlap, fd, true);
	else
		close(fd);
	return error;
}

/* Moves to the export's own directory. */
static int begin(struct overlap *overlap, struct failure *failure)
{
	struct stat status;

	overlap->count = 0;
	overlap->name = ".";
	move_to(overlap, overlap->export->directory, false);
	if (fstat(overlap->directory, &status) != 0)
		return -errno;
	return overlap_enter(overlap, &status, failure);
}

/*
 * Follows the text from the export's directory.  Returns 0 at the end of the text, SHORTENED,
 * LINK_FOLLOWED, or a negative errno.
 */
static int descend(struct overlap *overlap, bool follow, struct failure *failure)
{
	struct component component = {.rest = overlap->text};
	int error = begin(overlap, failure);

	while (error == 0 && *component.rest != '\0') {
		error = split(overlap->text + (component.rest - overlap->text), &component);
		if (error != 0)
			break;
		if (strcmp(component.name, "..") == 0)
			return remove_parent(overlap, &component);
		if (strcmp(component.name, ".") == 0) {
			remove_dot(&component);
			continue;
		}
		error = pass(overlap, &component, follow, failure);
		if (component.last)
			overlap->name = component.from;
	}
	return error;
}

int overlap_follow(struct overlap *overlap, const char *relative, bool follow,
		   struct failure *failure)
{
	unsigned links = 0;
	int error = SHORTENED;

	failure->text = NULL;
	if (strlcpy(overlap->text, relative, sizeof(overlap->text)) >= sizeof(overlap->text))
		return -ENAMETOOLONG;
	while (error > 0 && links <= LINKS_MAX) {
		error = descend(overlap, follow, failure);
		links += error == LINK_FOLLOWED ? 1 : 0;
	}
	if (error > 0)
		error = -ELOOP;
	if (error != 0)
		overlap_close(overlap);
	return error;
}
