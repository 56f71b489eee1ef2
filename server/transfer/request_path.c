/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/request_path.h"

#include "server/access/authorize.h"

static struct request_path match(const struct exports *exports, uint32_t index,
				 const char *text)
{
	struct request_path path = {.index = index, .text = text};

	path.export = exports_match(exports, text, &path.relative);
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
