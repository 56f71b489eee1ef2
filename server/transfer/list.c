/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/list.h"

#include "server/access/authorize.h"
#include "server/transfer/beneath.h"
#include "server/transfer/walk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The root is no directory of the system's: nobody's, and for everybody to look at. */
#define ROOT_MODE (S_IFDIR | 0555)

static bool wants(const struct stream *stream, uint32_t flags)
{
	return (stream->request->flags & flags) != 0;
}

/* Opens a directory for what is in it. */
static int open_inside(const struct export *export, const char *relative, struct stat *status)
{
	return beneath_open_directory(export->directory, relative, !export->no_links, status);
}

/* A directory, with what is in it. */
static int list_directory(struct stream *stream, const struct place *place,
			  const struct export *export, int directory, const struct stat *status)
{
	const struct walk way = {.top = *place, .hide = &export->hide};

	return walk(stream, &way, directory, status);
}

/* An export in the root. */
static int list_export(struct stream *stream, const struct export *export, uint32_t index)
{
	struct place place = {.path = index, .name = export->name};
	struct stat status;
	int directory;

	if (fstat(export->directory, &status) != 0)
		return stream_failure(stream, &place, NULL, errno);
	if (!wants(stream, REQUEST_RECURSE))
		return stream_other(stream, &place, &status, "");
	directory = open_inside(export, ".", &status);
	if (directory < 0)
		return stream_failure(stream, &place, &status, -directory);
	return list_directory(stream, &place, export, directory, &status);
}

/* What is in the export that takes all paths but those of the others. */
static int list_nameless(struct stream *stream, const struct exports *exports,
			 const struct export *export, uint32_t index)
{
	const struct walk way = {
		.top = {.path = index, .name = ""}, .hide = &export->hide, .exports = exports};
	struct stat status;
	int directory = open_inside(export, ".", &status);

	if (directory < 0)
		return stream_failure(stream, &way.top, NULL, -directory);
	return walk(stream, &way, directory, NULL);
}

static int list_exports(struct stream *stream, const struct client *client,
			const struct exports *exports, uint32_t index)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < exports->count; i++) {
		const struct export *export = &exports->list[i];
		const struct place place = {.path = index, .name = export->name};
		struct failure refused;

		if (export_has_rules(export) &&
		    !authorize_path(exports, export, client, ".", &refused)) {
			/* Whom an export is not for need not know that it is there. */
			if (refused.error != EACCES)
				error = stream_refusal(stream, &place, &refused);
		} else if (strcmp(export->name, EXPORT_ROOT) == 0) {
			error = list_nameless(stream, exports, export, index);
		} else {
			error = list_export(stream, export, index);
		}
	}
	return error;
}

static int list_root(struct stream *stream, const struct client *client,
		     const struct exports *exports, uint32_t index)
{
	static const struct stat root = {.st_mode = ROOT_MODE};
	const struct place place = {.path = index, .name = ""};
	int error = stream_other(stream, &place, &root, "");

	if (error != 0 || !wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE))
		return error;
	return list_exports(stream, client, exports, index);
}

/* fd: what the path names, a link not followed; status: of it. */
static int list_looked_at(struct stream *stream, const struct place *place,
			  const struct export *export, const char *relative, int fd,
			  const struct stat *status)
{
	bool link = S_ISLNK(status->st_mode);

	if (wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE) &&
	    (link || S_ISDIR(status->st_mode))) {
		struct stat inside;
		int directory = open_inside(export, relative, &inside);

		if (directory >= 0)
			return list_directory(stream, place, export, directory, &inside);
		if (!link)
			return stream_failure(stream, place, status, -directory);
	}
	return link ? walk_link(stream, place, fd, "", status)
		    : stream_other(stream, place, status, "");
}

int list_path(struct stream *stream, const struct client *client, const struct exports *exports,
	      uint32_t index, const char *path)
{
	const struct place place = {.path = index, .name = ""};
	struct failure refused;
	const char *relative;
	const struct export *export = exports_match(exports, path, &relative);
	struct stat status;
	int fd, error;

	if (path[strspn(path, "/")] == '\0')
		return list_root(stream, client, exports, index);
	if (export == NULL)
		return stream_refusal(stream, &place, &authorize_no_such_export);
	if (export_has_rules(export) &&
	    !authorize_path(exports, export, client, relative, &refused))
		return stream_refusal(stream, &place, &refused);
	fd = beneath_look(export->directory, relative, !export->no_links, &status);
	if (fd < 0)
		return stream_failure(stream, &place, NULL, -fd);
	error = list_looked_at(stream, &place, export, relative, fd, &status);
	close(fd);
	return error;
}
