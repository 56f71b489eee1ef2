/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/request_path.h"

#include "server/access/authorize.h"
#include "server/transfer/beneath.h"

static struct request_path match(const struct exports *exports, uint32_t index,
				 const char *text)
{
	struct request_path path = {.index = index, .text = text};

	path.export = exports_match(exports, text, &path.relative);
	if (path.export != NULL) {
		path.directory = path.export->directory;
		path.links = !path.export->no_links;
	}
	return path;
}

struct request_path request_path_first(const struct request *request,
				       const struct exports *exports)
{
	return match(exports, 0, request->paths);
}

bool request_path_advance(struct request_path *path, const struct request *request,
			  const struct exports *exports)
{
	if (path->index + 1 >= request->path_count)
		return false;
	*path = match(exports, path->index + 1, request_next_path(path->text));
	return true;
}

bool request_path_allowed(const struct request_path *path, const struct client *client,
			  const struct exports *exports, struct failure *failure)
{
	if (path->export == NULL) {
		*failure = authorize_no_such_export;
		return false;
	}
	return !export_has_rules(path->export) ||
	       authorize_path(exports, path->export, client, path->relative, failure);
}

bool request_path_resolve(struct request_path *path, const struct client *client,
			  const struct exports *exports, bool follow, struct overlap *overlap,
			  struct failure *failure)
{
	int error;

	*overlap =
		(struct overlap){.exports = exports, .export = path->export, .client = client};
	error = overlap_follow(overlap, path->relative, follow, failure);
	if (error != 0 && failure->text == NULL)
		*failure = (struct failure){.reason = FAILURE_FILE,
					    .error = -error,
					    .text = beneath_explain(-error)};
	if (error != 0)
		return false;
	path->directory = overlap->directory;
	path->relative = overlap->name;
	path->links = false;
	path->overlap = overlap;
	return true;
}
