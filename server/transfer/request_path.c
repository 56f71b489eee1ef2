/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/request_path.h"

#include "server/access/authorize.h"
#include "server/access/export_path.h"
#include "server/transfer/beneath.h"

struct request_path request_path_of(const struct exports *exports, uint32_t index,
				    const char *text, struct counters *counters)
{
	struct request_path path = {.index = index, .text = text, .counters = counters};

	path.export = exports_match(exports, text, &path.rest);
	path.relative = path.rest;
	if (path.export != NULL) {
		path.directory = path.export->directory;
		path.links = !path.export->no_links;
	}
	return path;
}

struct request_path request_path_first(const struct request *request,
				       const struct exports *exports, struct counters *counters)
{
	return request_path_of(exports, 0, request->paths, counters);
}

bool request_path_advance(struct request_path *path, const struct request *request,
			  const struct exports *exports)
{
	if (path->index + 1 >= request->path_count)
		return false;
	*path = request_path_of(exports, path->index + 1, request_next_path(path->text),
				path->counters);
	return true;
}

bool request_path_usable(const struct request_path *path, const struct exports *exports,
			 const struct export *export, struct failure *failure)
{
	bool changed, usable = export_path_usable(export, failure, &changed);

	if (changed)
		path->counters->changed = (unsigned)(export - exports->list) + 1;
	return usable;
}

bool request_path_allowed(const struct request_path *path, const struct client *client,
			  const struct exports *exports, struct failure *failure)
{
	if (path->export == NULL) {
		*failure = authorize_no_such_export;
		return false;
	}
	if (export_has_rules(path->export) &&
	    !authorize_path(exports, path->export, client, path->relative, failure))
		return false;
	return request_path_usable(path, exports, path->export, failure);
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
