/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/list.h"

#include "server/access/authorize.h"
#include "server/transfer/beneath.h"
#include "server/transfer/walk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The root exists only in lists: it has no owner, and everybody may read it. */
#define ROOT_MODE (S_IFDIR | 0555)

static bool wants(const struct stream *stream, uint32_t flags)
{
	return (stream->request->flags & flags) != 0;
}

static int open_inside(const struct export *export, const char *relative, struct stat *status)
{
	return beneath_open_directory(export->directory, relative, !export->no_links, status);
}

/* Lists a directory and its content. */
static int list_directory(struct stream *stream, const struct entry_path *at,
			  const struct export *export, int directory, const struct stat *status)
{
	const struct walk way = {.top = *at, .hide = &export->hide};

	return walk(stream, &way, directory, status);
}

/* Lists an export as an entry of the root. */
static int list_export(struct stream *stream, const struct export *export, uint32_t index)
{
	struct entry_path at = {.path = index, .name = export->name};
	struct stat status;
	int directory;

	if (fstat(export->directory, &status) != 0)
		return stream_failure(stream, &at, NULL, errno);
	if (!wants(stream, REQUEST_RECURSE))
		return stream_other(stream, &at, &status, "");
	directory = open_inside(export, ".", &status);
	if (directory < 0)
		return stream_failure(stream, &at, &status, -directory);
	return list_directory(stream, &at, export, directory, &status);
}

/* Lists the content of the export "/", except names that other exports have. */
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
		const struct entry_path at = {.path = index, .name = export->name};
		struct failure refused;

		if (export_has_rules(export) &&
		    !authorize_path(exports, export, client, ".", &refused)) {
			/* A client that may not use an export does not learn that it exists. */
			if (refused.error != EACCES)
				error = stream_refusal(stream, &at, &refused);
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
	const struct entry_path at = {.path = index, .name = ""};
	int error = stream_other(stream, &at, &root, "");

	if (error != 0 || !wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE))
		return error;
	return list_exports(stream, client, exports, index);
}

/* fd, status: of the path, or of the link itself where the path is a symbolic link. */
static int list_found(struct stream *stream, const struct entry_path *at,
		      const struct export *export, const char *relative, int fd,
		      const struct stat *status)
{
	bool link = S_ISLNK(status->st_mode);

	if (wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE) &&
	    (link || S_ISDIR(status->st_mode))) {
		struct stat inside;
		int directory = open_inside(export, relative, &inside);

		if (directory >= 0)
			return list_directory(stream, at, export, directory, &inside);
		if (!link)
			return stream_failure(stream, at, status, -directory);
	}
	return link ? walk_link(stream, at, fd, "", status)
		    : stream_other(stream, at, status, "");
}

int list_path(struct stream *stream, const struct client *client, const struct exports *exports,
	      const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct failure refused;
	struct stat status;
	int fd, error;

	if (path->text[strspn(path->text, "/")] == '\0')
		return list_root(stream, client, exports, path->index);
	if (!request_path_allowed(path, client, exports, &refused))
		return stream_refusal(stream, &at, &refused);
	fd = beneath_look(path->export->directory, path->relative, !path->export->no_links,
			  &status);
	if (fd < 0)
		return stream_failure(stream, &at, NULL, -fd);
	error = list_found(stream, &at, path->export, path->relative, fd, &status);
	close(fd);
	return error;
}
