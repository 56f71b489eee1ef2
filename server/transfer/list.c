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

/* Opens the directory that path names, through a symbolic link, too. */
static int open_inside(const struct request_path *path, bool link, struct stat *status)
{
	struct overlap *overlap = path->overlap;
	struct failure refused;

	if (overlap == NULL || !link)
		return beneath_open_directory(path->directory, path->relative, path->links,
					      status);
	overlap_close(overlap);
	if (overlap_follow(overlap, path->rest, true, &refused) != 0)
		return -EACCES;
	return beneath_open_directory(overlap->directory, overlap->name, false, status);
}

/* Lists a directory and its content. */
static int list_directory(struct stream *stream, const struct request_path *path, int directory,
			  const struct stat *status)
{
	const struct walk way = {.top = {.path = path->index, .name = ""},
				 .hide = &path->export->hide,
				 .overlap = path->overlap};

	return walk(stream, &way, directory, status);
}

/* Lists an export as an entry of the root.  overlap: NULL or for this export. */
static int list_export(struct stream *stream, const struct export *export, uint32_t index,
		       struct overlap *overlap)
{
	const struct walk way = {.top = {.path = index, .name = export->name},
				 .hide = &export->hide,
				 .overlap = overlap};
	struct stat status;
	int directory;

	if (fstat(export->directory, &status) != 0)
		return stream_failure(stream, &way.top, NULL, errno);
	if (!wants(stream, REQUEST_RECURSE))
		return stream_other(stream, &way.top, &status, "");
	directory = beneath_open_directory(export->directory, ".", !export->no_links, &status);
	if (directory < 0)
		return stream_failure(stream, &way.top, &status, -directory);
	return walk(stream, &way, directory, &status);
}

/* Lists the content of the export "/", except names that other exports have. */
static int list_nameless(struct stream *stream, const struct exports *exports,
			 const struct export *export, uint32_t index, struct overlap *overlap)
{
	const struct walk way = {.top = {.path = index, .name = ""},
				 .hide = &export->hide,
				 .exports = exports,
				 .overlap = overlap};
	struct stat status;
	int directory =
		beneath_open_directory(export->directory, ".", !export->no_links, &status);

	if (directory < 0)
		return stream_failure(stream, &way.top, NULL, -directory);
	return walk(stream, &way, directory, NULL);
}

/* Lists an export that the client may use. */
static int list_allowed(struct stream *stream, const struct client *client,
			const struct exports *exports, const struct export *export,
			uint32_t index)
{
	struct overlap overlap = {.exports = exports, .export = export, .client = client};
	struct overlap *used = overlap_possible(exports, export) ? &overlap : NULL;

	return strcmp(export->name, EXPORT_ROOT) == 0
		       ? list_nameless(stream, exports, export, index, used)
		       : list_export(stream, export, index, used);
}

/* Returns 0, or the errno above 0 that keeps every client from files of the export. */
static int search(const struct exports *exports, const struct export *export)
{
	struct stat status;
	int fd;

	/* A worker that became its client knows only about this client. */
	if (exports->identity != NULL)
		return 0;
	fd = beneath_look(export->directory, ".", false, &status);
	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

static int list_exports(struct stream *stream, const struct client *client,
			const struct exports *exports, const struct request_path *path)
{
	int error = 0, unsearchable;

	for (size_t i = 0; error == 0 && i < exports->count; i++) {
		const struct export *export = &exports->list[i];
		const struct entry_path at = {.path = path->index, .name = export->name};
		struct failure refused;

		if (export_has_rules(export) &&
		    !authorize_path(exports, export, client, ".", &refused)) {
			/* A client that may not use an export does not learn that it exists. */
			if (refused.error != EACCES)
				error = stream_refusal(stream, &at, &refused);
		} else if (!request_path_usable(path, exports, export, &refused)) {
			error = stream_refusal(stream, &at, &refused);
		} else if ((unsearchable = search(exports, export)) != 0) {
			error = stream_failure(stream, &at, NULL, unsearchable);
		} else {
			error = list_allowed(stream, client, exports, export, path->index);
		}
	}
	return error;
}

static int list_root(struct stream *stream, const struct client *client,
		     const struct exports *exports, const struct request_path *path)
{
	static const struct stat root = {.st_mode = ROOT_MODE};
	const struct entry_path at = {.path = path->index, .name = ""};
	int error = stream_other(stream, &at, &root, "");

	if (error != 0 || !wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE))
		return error;
	return list_exports(stream, client, exports, path);
}

/* fd, status: of the path, or of the link itself where the path is a symbolic link. */
static int list_found(struct stream *stream, const struct request_path *path, int fd,
		      const struct stat *status)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	bool link = S_ISLNK(status->st_mode);

	if (wants(stream, REQUEST_CHILDREN | REQUEST_RECURSE) &&
	    (link || S_ISDIR(status->st_mode))) {
		struct stat inside;
		int directory = open_inside(path, link, &inside);

		if (directory >= 0)
			return list_directory(stream, path, directory, &inside);
		if (!link)
			return stream_failure(stream, &at, status, -directory);
	}
	return link ? walk_link(stream, &at, fd, "", status)
		    : stream_other(stream, &at, status, "");
}

static int list_resolved(struct stream *stream, const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct stat status;
	int error;
	int fd = beneath_look(path->directory, path->relative, path->links, &status);

	if (fd < 0)
		return stream_failure(stream, &at, NULL, -fd);
	error = list_found(stream, path, fd, &status);
	close(fd);
	return error;
}

/* Lists a path that can lead into other exports. */
static int list_overlapping(struct stream *stream, const struct client *client,
			    const struct exports *exports, const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct request_path resolved = *path;
	struct overlap overlap;
	struct failure refused;
	int error;

	if (!request_path_resolve(&resolved, client, exports, false, &overlap, &refused))
		return stream_refusal(stream, &at, &refused);
	error = list_resolved(stream, &resolved);
	overlap_close(&overlap);
	return error;
}

int list_path(struct stream *stream, const struct client *client, const struct exports *exports,
	      const struct request_path *path)
{
	const struct entry_path at = {.path = path->index, .name = ""};
	struct failure refused;

	if (path->text[strspn(path->text, "/")] == '\0')
		return list_root(stream, client, exports, path);
	if (!request_path_allowed(path, client, exports, &refused))
		return stream_refusal(stream, &at, &refused);
	return overlap_possible(exports, path->export)
		       ? list_overlapping(stream, client, exports, path)
		       : list_resolved(stream, path);
}
