/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/selection.h"

#include "client/command/base/report.h"
#include "client/command/base/target.h"
#include "common/mtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum selection_decision selection_decide(const struct options *options,
					 const struct msgfetch_file *file,
					 const struct selection_local *local)
{
	bool is_directory = S_ISDIR(file->mode);
	bool same_time;

	if (file->name[0] != '\0' &&
	    !patterns_wants(&options->patterns, file->name, is_directory))
		return SELECTION_EXCLUDED;
	if (is_directory)
		return SELECTION_FETCH;
	if (S_ISREG(file->mode) && file->size > options->max_size)
		return SELECTION_TOO_LARGE;
	if (S_ISREG(file->mode) && file->size < options->min_size)
		return SELECTION_TOO_SMALL;
	if (options->existing && !local->exists)
		return SELECTION_MISSING;
	if (options->skip_existing && local->exists)
		return SELECTION_EXISTS;
	same_time = local->exists &&
		    mtime_is_same(file->mtime_ns, local->mtime_ns, options->modify_window);
	if (options->update && local->exists && (same_time || file->mtime_ns < local->mtime_ns))
		return SELECTION_NOT_NEWER;
	if (options->continued && same_time && S_ISREG(file->mode) && file->size == local->size)
		return SELECTION_COMPLETE;
	return SELECTION_FETCH;
}

const char *selection_reason(enum selection_decision decision)
{
	switch (decision) {
	case SELECTION_EXCLUDED:
		return "skipped: excluded by a pattern";
	case SELECTION_TOO_LARGE:
		return "not fetched: larger than --max-size";
	case SELECTION_TOO_SMALL:
		return "not fetched: smaller than --min-size";
	case SELECTION_MISSING:
		return "skipped: no local file exists";
	case SELECTION_EXISTS:
		return "skipped: the local file exists";
	case SELECTION_NOT_NEWER:
		return "skipped: the local file is up to date";
	case SELECTION_COMPLETE:
		return "skipped: the local file is complete";
	case SELECTION_FETCH:
		break;
	}
	return NULL;
}

/* Returns whether the options need names before bytes. */
static bool needs_names(const struct options *options)
{
	return options->dry_run || options->patterns.count > 0 ||
	       options->max_size != UINT64_MAX || options->min_size > 0 || options->existing ||
	       options->skip_existing || options->update || options->continued;
}

/* Describes the local file name, relative to directory.  flags: of fstatat(2). */
static struct selection_local look_up(int directory, const char *name, int flags)
{
	struct stat status;

	if (name == NULL || fstatat(directory, name, &status, flags) != 0)
		return (struct selection_local){.exists = false};
	return (struct selection_local){
		.exists = true,
		.size = (uint64_t)status.st_size,
		.mtime_ns = mtime_join(status.st_mtim),
	};
}

/* Decides on the entry at index.  Returns 0 or -ENOMEM. */
static int decide_on(struct selection *selection, size_t index,
		     const struct selection_local *local)
{
	const struct catalog_entry *entry = &selection->catalog.entries[index];
	const struct msgfetch_file *file = &entry->file;

	selection->decisions[index] = selection_decide(selection->options, file, local);
	/* Fail links that lead out of the tree, as the daemon does in a fetch of the whole. */
	if (entry->code == MSGFETCH_OK && selection->decisions[index] == SELECTION_FETCH &&
	    S_ISLNK(file->mode) && !msgfetch_link_is_beneath(file->name, file->link))
		return catalog_fail(&selection->catalog, index, MSGFETCH_DENIED,
				    "is a symbolic link that leads elsewhere: left out");
	return 0;
}

/* Decides on the entries of one path: from first up to end.  Returns 0 or -ENOMEM. */
static int decide(struct selection *selection, size_t first, size_t end)
{
	const struct catalog_entry *entries = selection->catalog.entries;
	const char *target = selection_path(selection, first)->target;
	int directory = -1, result = 0;

	if (target != NULL)
		directory = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = first; i < end && result == 0; i++) {
		const char *name = entries[i].file.name;
		struct selection_local local = {.exists = false};

		if (name[0] == '\0')
			local = look_up(AT_FDCWD, target, 0);
		else if (directory >= 0)
			local = look_up(directory, name, AT_SYMLINK_NOFOLLOW);
		result = decide_on(selection, i, &local);
	}
	if (directory >= 0)
		close(directory);
	return result;
}

static int decide_all(struct selection *selection)
{
	size_t count = selection->catalog.count;
	int result = 0;

	for (size_t first = 0, end; first < count && result == 0; first = end) {
		end = catalog_end_of_path(&selection->catalog, first);
		result = decide(selection, first, end);
	}
	return result;
}

/* Lists all that the daemon has at count paths.  Returns 0 or a negative errno. */
static int ask(struct selection *selection, struct msgfetch *session, size_t count)
{
	const struct options *options = selection->options;
	const char **asked = reallocarray(NULL, count + 1, sizeof(*asked));
	int result;

	if (asked == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		asked[i] = selection->paths[i].path;
	result = catalog_ask(&selection->catalog, session, asked, count,
			     options->recursive ? MSGFETCH_RECURSE : 0);
	free(asked);
	if (options->dry_run)
		catalog_sort(&selection->catalog, OPTIONS_BY_NAME);
	return result;
}

/* Lists count paths without asking.  Returns 0 or -ENOMEM. */
static int list(struct selection *selection, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = catalog_add(
			&selection->catalog,
			&(struct msgfetch_file){.path_index = i, .name = "", .link = ""});
	return result;
}

int selection_make(struct selection *selection, const struct options *options,
		   struct msgfetch *session, struct selection_path *paths, size_t count)
{
	int result;

	*selection = (struct selection){
		.options = options, .names = needs_names(options), .paths = paths};
	result = selection->names ? ask(selection, session, count) : list(selection, count);
	if (result != 0)
		return result;
	selection->decisions =
		calloc(selection->catalog.count + 1, sizeof(*selection->decisions));
	if (selection->decisions == NULL)
		return -ENOMEM;
	return selection->names ? decide_all(selection) : 0;
}

const struct selection_path *selection_path(const struct selection *selection, size_t index)
{
	return &selection->paths[selection->catalog.entries[index].file.path_index];
}

enum selection_kind selection_kind(const struct selection *selection, size_t index)
{
	const struct catalog_entry *entry = &selection->catalog.entries[index];
	uint32_t mode = entry->file.mode;
	bool walked = S_ISDIR(mode) && selection->options->recursive;

	if (entry->code != MSGFETCH_OK)
		return SELECTION_FAILED;
	if (selection->decisions[index] != SELECTION_FETCH)
		return SELECTION_SKIPPED;
	/* A path of a wrong type is requested as well: the daemon words the failure. */
	if (S_ISREG(mode) || (entry->file.name[0] == '\0' && !walked))
		return SELECTION_ASKED;
	return SELECTION_KNOWN;
}

int selection_request(const struct selection *selection, size_t first,
		      struct selection_request *request)
{
	size_t count = selection->catalog.count;

	*request = (struct selection_request){
		.entries = calloc(count + 1, sizeof(*request->entries)),
		.paths = calloc(count + 1, sizeof(*request->paths)),
	};
	if (request->entries == NULL || request->paths == NULL)
		return -ENOMEM;
	for (size_t i = first; i < count; i++) {
		char *path;

		if (selection_kind(selection, i) != SELECTION_ASKED)
			continue;
		path = target_beneath(selection_path(selection, i)->path,
				      selection->catalog.entries[i].file.name);
		if (path == NULL)
			return -ENOMEM;
		request->entries[request->count] = i;
		request->paths[request->count++] = path;
	}
	return 0;
}

void selection_request_free(struct selection_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->paths[i]);
	free(request->paths);
	free(request->entries);
	*request = (struct selection_request){0};
}

void selection_free(struct selection *selection)
{
	catalog_free(&selection->catalog);
	free(selection->decisions);
	free(selection->paths);
	*selection = (struct selection){0};
}
