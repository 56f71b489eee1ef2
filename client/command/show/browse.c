/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/browse.h"

#include "client/command/base/report.h"
#include "client/command/base/target.h"
#include "client/command/select/catalog.h"
#include "client/command/select/suggest.h"
#include "client/command/show/json.h"
#include "client/command/show/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct browse {
	const struct options *options;
	const char *const *paths;
	struct catalog catalog;
	struct listing_manner manner;
	struct listing_widths widths;
	struct report_result result;
	bool shown;          /* a line was printed */
	const char *unknown; /* the first path without an export; NULL: none */
};

static void add_facts(struct json_line *line, const struct msgfetch_file *file)
{
	char owner[LISTING_OWNER_SIZE], group[LISTING_OWNER_SIZE];
	char mode[8], time[LISTING_TIME_SIZE];

	(void)snprintf(mode, sizeof(mode), "%04o", file->mode & 07777);
	listing_user(owner, file->uid);
	listing_group(group, file->gid);
	json_add_text(line, "type", listing_kind(file->mode));
	json_add_text(line, "mode", mode);
	json_add_text(line, "owner", owner);
	json_add_number(line, "uid", file->uid);
	json_add_text(line, "group", group);
	json_add_number(line, "gid", file->gid);
	json_add_number(line, "size", (int64_t)file->size);
	listing_time(time, file->mtime_ns, LISTING_UTC);
	json_add_text(line, "mtime", time);
	json_add_number(line, "inode", (int64_t)file->stamp.inode);
	if (S_ISLNK(file->mode))
		json_add_text(line, "link", file->link);
}

/* Returns the whole path of an entry, which the caller frees, or NULL without memory. */
static char *whole_path(const struct browse *browse, const struct catalog_entry *entry)
{
	return target_beneath(browse->paths[entry->file.path_index], entry->file.name);
}

static void show_json(struct browse *browse, const struct catalog_entry *entry)
{
	struct json_line *line = json_begin();
	char *path = whole_path(browse, entry);

	if (path != NULL)
		json_add_text(line, "path", path);
	if (entry->code == MSGFETCH_OK)
		add_facts(line, &entry->file);
	json_add_text(line, "outcome", report_name(entry->code));
	json_add_number(line, "code", entry->code);
	if (entry->code != MSGFETCH_OK)
		json_add_text(line, "error", entry->problem);
	if (json_end(line, stdout) != 0 || path == NULL) {
		report_line(stderr, path, "out of memory");
		report_count(&browse->result, MSGFETCH_ERROR);
	}
	free(path);
}

static void tell_failure(struct browse *browse, const struct catalog_entry *entry)
{
	char *path = whole_path(browse, entry);

	/* The empty path stands for the list of exports. */
	report_line(stderr, path != NULL && path[0] == '\0' ? NULL : path, entry->problem);
	report_count(&browse->result, entry->code);
	if (browse->unknown == NULL && suggest_applies(entry->code, entry->problem))
		browse->unknown = browse->paths[entry->file.path_index];
	free(path);
}

/* Separates two parts by an empty line. */
static void show_gap(const struct browse *browse)
{
	if (browse->shown)
		(void)fputc('\n', stdout);
}

static void show(struct browse *browse, const struct catalog_entry *entry)
{
	const struct msgfetch_file *file = &entry->file;
	const char *path = browse->paths[file->path_index];
	const char *name = file->name[0] != '\0' ? file->name : path;

	if (browse->options->json) {
		show_json(browse, entry);
	} else if (browse->options->action == OPTIONS_STAT) {
		show_gap(browse);
		listing_stat(stdout, &browse->manner, file, path);
	} else if (browse->options->list_long) {
		listing_long(stdout, &browse->manner, &browse->widths, file, name);
	} else {
		listing_name(stdout, &browse->manner, name);
	}
	browse->shown = true;
}

/* Prints the name of a directory above its entries if there are several paths. */
static void show_heading(struct browse *browse, const char *path)
{
	char *heading;

	if (browse->options->json || browse->options->null || browse->options->path_count < 2)
		return;
	if (asprintf(&heading, "%s:", path) < 0)
		return;
	show_gap(browse);
	listing_name(stdout, &browse->manner, heading);
	browse->shown = true;
	free(heading);
}

static bool is_listed_directory(const struct browse *browse, const struct catalog_entry *entry)
{
	return browse->options->action == OPTIONS_LIST && entry->code == MSGFETCH_OK &&
	       S_ISDIR(entry->file.mode);
}

/* Shows one path: the entries from first up to, but without, end. */
static void show_path(struct browse *browse, size_t first, size_t end)
{
	const struct catalog_entry *entries = browse->catalog.entries;

	if (is_listed_directory(browse, &entries[first]))
		show_heading(browse, browse->paths[entries[first++].file.path_index]);
	for (size_t i = first; i < end; i++) {
		if (entries[i].code != MSGFETCH_OK)
			tell_failure(browse, &entries[i]);
		if (entries[i].code == MSGFETCH_OK || browse->options->json)
			show(browse, &entries[i]);
	}
}

/* Shows either all directories or all other paths.  As with ls, directories come last. */
static void show_all(struct browse *browse, bool directories)
{
	const struct catalog *catalog = &browse->catalog;

	for (size_t first = 0, end; first < catalog->count; first = end) {
		end = catalog_end_of_path(catalog, first);
		if (is_listed_directory(browse, &catalog->entries[first]) == directories)
			show_path(browse, first, end);
	}
}

static void measure(struct browse *browse)
{
	for (size_t i = 0; browse->options->list_long && i < browse->catalog.count; i++) {
		const struct catalog_entry *entry = &browse->catalog.entries[i];

		if (entry->code == MSGFETCH_OK)
			listing_measure(&browse->widths, &entry->file);
	}
}

/* Suggests another path for the first one without an export. */
static void suggest(const struct browse *browse, struct msgfetch *session)
{
	char *hint = browse->unknown != NULL ? suggest_export(session, browse->unknown) : NULL;

	if (hint != NULL)
		report_line(stderr, browse->unknown, hint);
	free(hint);
}

static unsigned flags_of(const struct options *options)
{
	if (options->action == OPTIONS_STAT)
		return 0;
	return options->recursive ? MSGFETCH_RECURSE : MSGFETCH_CHILDREN;
}

/* Lists count paths.  Returns the exit code. */
static int run(struct browse *browse, struct msgfetch *session, size_t count)
{
	int result = catalog_ask(&browse->catalog, session, browse->paths, count,
				 flags_of(browse->options));

	if (result != 0) {
		report_line(stderr, NULL,
			    result == -ENOMEM ? "out of memory" : msgfetch_error(session));
		report_count(&browse->result, result == -ENOMEM
						      ? MSGFETCH_ERROR
						      : (int)msgfetch_outcome(session));
	}
	catalog_sort(&browse->catalog, browse->options->sort);
	measure(browse);
	show_all(browse, false);
	show_all(browse, true);
	suggest(browse, session);
	catalog_free(&browse->catalog);
	return browse->result.code;
}

int browse(const struct options *options, struct msgfetch *session)
{
	static const char *const exports[] = {""};
	struct browse state = {
		.options = options,
		.manner = listing_manner_of_stdout(options->null),
		.widths = {.human = options->human},
	};
	const char **paths;
	int code;

	if (options->path_count == 0) {
		state.paths = exports;
		return run(&state, session, 1);
	}
	paths = reallocarray(NULL, options->path_count, sizeof(*paths));
	if (paths == NULL) {
		report_line(stderr, NULL, "out of memory");
		return MSGFETCH_ERROR;
	}
	for (size_t i = 0; i < options->path_count; i++)
		paths[i] = options->paths[i];
	state.paths = paths;
	code = run(&state, session, options->path_count);
	free(paths);
	return code;
}
