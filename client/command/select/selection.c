/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/selection.h"

#include "client/command/base/report.h"
#include "client/command/base/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

bool selection_is_needed(const struct options *options)
{
	return options->patterns.count > 0 || options->max_size != UINT64_MAX ||
	       options->skip_existing || options->update || options->continued;
}

/* What stands at name, relative to directory; of a link's target where it is followed. */
static struct plan_local look(int directory, const char *name, int flags)
{
	struct stat status;

	if (name == NULL || fstatat(directory, name, &status, flags) != 0)
		return (struct plan_local){.exists = false};
	return (struct plan_local){
		.exists = true,
		.size = (uint64_t)status.st_size,
		.mtime_ns = status.st_mtim.tv_sec * NS_PER_S + status.st_mtim.tv_nsec,
	};
}

/* Decides on one entry, of which local is what stands in its place.  Returns 0 or -ENOMEM. */
static int decide_on(struct selection *selection, size_t index, const struct plan_rules *rules,
		     const struct plan_local *local)
{
	const struct catalog_entry *entry = &selection->catalog.entries[index];
	const struct msgfetch_file *file = &entry->file;

	selection->decisions[index] = plan_decide(rules, file, local);
	/* What a fetch of the whole would have left out. */
	if (entry->code == REPORT_OK && selection->decisions[index] == PLAN_FETCH &&
	    S_ISLNK(file->mode) && !msgfetch_link_is_beneath(file->name, file->link))
		return catalog_fail(&selection->catalog, index, MSGFETCH_DENIED,
				    "is a symbolic link that leads elsewhere: left out");
	return 0;
}

/* Decides on all that came of one path: entries from first up to end. */
static int decide(struct selection *selection, const struct plan_rules *rules, size_t first,
		  size_t end)
{
	const struct catalog_entry *entries = selection->catalog.entries;
	const char *target = selection->paths[entries[first].file.path_index].target;
	int directory = -1, result = 0;

	if (target != NULL)
		directory = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = first; i < end && result == 0; i++) {
		const char *name = entries[i].file.name;
		struct plan_local local = {.exists = false};

		if (name[0] == '\0')
			local = look(AT_FDCWD, target, 0);
		else if (directory >= 0)
			local = look(directory, name, AT_SYMLINK_NOFOLLOW);
		result = decide_on(selection, i, rules, &local);
	}
	if (directory >= 0)
		close(directory);
	return result;
}

static int decide_all(struct selection *selection, const struct options *options)
{
	const struct plan_rules rules = {
		.patterns = &options->patterns,
		.max_size = options->max_size,
		.skip_existing = options->skip_existing,
		.update = options->update,
		.continued = options->continued,
	};
	size_t count = selection->catalog.count;
	int result = 0;

	selection->decisions = calloc(count + 1, sizeof(*selection->decisions));
	if (selection->decisions == NULL)
		return -ENOMEM;
	for (size_t first = 0, end; first < count && result == 0; first = end) {
		end = catalog_end_of_path(&selection->catalog, first);
		result = decide(selection, &rules, first, end);
	}
	return result;
}

int selection_make(struct selection *selection, const struct options *options,
		   struct msgfetch *session, struct selection_path *paths, size_t count)
{
	const char **asked = reallocarray(NULL, count + 1, sizeof(*asked));
	int result;

	*selection =
		(struct selection){.options = options, .paths = paths, .path_count = count};
	if (asked == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		asked[i] = paths[i].path;
	result = catalog_ask(&selection->catalog, session, asked, count,
			     options->recursive ? MSGFETCH_RECURSE : 0);
	free(asked);
	if (options->dry_run)
		catalog_sort(&selection->catalog);
	return result == 0 ? decide_all(selection, options) : result;
}

/* The way of one call through the catalog. */
struct course {
	const struct selection *selection;
	const struct selection_sink *sink;
	size_t *units; /* owned: the entry that each path of the request is for */
	char **asked;  /* owned: these paths */
	size_t unit_count;
	size_t first; /* the unit that is path 0 of the request */
	size_t at;    /* the first entry that the sink was not told of */
	bool begun;   /* the path of that entry was, and is not done */
	bool lost;    /* and it failed as a whole */
};

static const struct catalog_entry *entry_at(const struct course *course)
{
	return &course->selection->catalog.entries[course->at];
}

/* The entry that a path of the request is for. */
static size_t unit_of(const struct course *course, size_t path)
{
	return course->units[course->first + path];
}

static const struct selection_path *path_of(const struct course *course,
					    const struct catalog_entry *entry)
{
	return &course->selection->paths[entry->file.path_index];
}

static bool is_unit(const struct selection *selection, size_t index)
{
	const struct catalog_entry *entry = &selection->catalog.entries[index];
	bool walked = S_ISDIR(entry->file.mode) && selection->options->recursive;

	if (entry->code != REPORT_OK || selection->decisions[index] != PLAN_FETCH)
		return false;
	/* Of what a path must not be, the daemon says what is wrong with it. */
	return S_ISREG(entry->file.mode) || (entry->file.name[0] == '\0' && !walked);
}

/* The entry as the sink is to see it. */
static struct msgfetch_file as_told(const struct course *course,
				    const struct catalog_entry *entry)
{
	struct msgfetch_file file = entry->file;

	file.path_index = path_of(course, entry)->number;
	return file;
}

/* Tells of the entry at hand, which is no unit. */
static int tell_entry(struct course *course)
{
	const struct msgfetch_sink *sink = &course->sink->sink;
	const struct catalog_entry *entry = entry_at(course);
	const struct msgfetch_file file = as_told(course, entry);
	enum plan_decision decision = course->selection->decisions[course->at];

	if (course->lost)
		return 0;
	if (entry->code != REPORT_OK) {
		course->lost = file.name[0] == '\0';
		return sink->failed(sink->context, &file, (enum msgfetch_outcome)entry->code,
				    -EIO, entry->problem);
	}
	if (decision != PLAN_FETCH)
		return course->sink->skipped(sink->context, &file, decision);
	return sink->begin(sink->context, &file);
}

/* Goes on behind the entry at hand, and says so where it was the last of its path. */
static int pass(struct course *course)
{
	const struct catalog *catalog = &course->selection->catalog;
	const struct msgfetch_sink *sink = &course->sink->sink;
	size_t path = entry_at(course)->file.path_index;

	course->at++;
	if (course->at < catalog->count && entry_at(course)->file.path_index == path)
		return 0;
	course->lost = false;
	return sink->done(sink->context, course->selection->paths[path].number);
}

/* Tells of all entries ahead of end. */
static int advance(struct course *course, size_t end)
{
	int result = 0;

	while (result == 0 && course->at < end) {
		/* A unit that was passed over failed, and that was said. */
		if (!is_unit(course->selection, course->at))
			result = tell_entry(course);
		if (result == 0)
			result = pass(course);
	}
	return result;
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	struct course *course = context;
	const struct msgfetch_sink *sink = &course->sink->sink;
	struct msgfetch_file told = *file;
	int result = advance(course, unit_of(course, file->path_index));

	if (result != 0 || course->lost)
		return result;
	told.path_index = path_of(course, entry_at(course))->number;
	told.name = entry_at(course)->file.name;
	return sink->begin(sink->context, &told);
}

static int on_data(void *context, const void *bytes, size_t length, uint64_t offset)
{
	struct course *course = context;
	const struct msgfetch_sink *sink = &course->sink->sink;

	return course->lost ? 0 : sink->data(sink->context, bytes, length, offset);
}

static int on_end(void *context, const struct msgfetch_end *end)
{
	struct course *course = context;
	const struct msgfetch_sink *sink = &course->sink->sink;

	return course->lost ? 0 : sink->end(sink->context, end);
}

/* Whether a failure says nothing of the file that it is about. */
static bool is_general(enum msgfetch_outcome outcome)
{
	return outcome == MSGFETCH_NO_DAEMON || outcome == MSGFETCH_UNTRUSTED ||
	       outcome == MSGFETCH_TIMED_OUT || outcome == MSGFETCH_BUSY;
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct course *course = context;
	const struct msgfetch_sink *sink = &course->sink->sink;
	struct msgfetch_file told;
	int result = advance(course, unit_of(course, file->path_index));

	if (result != 0 || course->lost)
		return result;
	told = as_told(course, entry_at(course));
	/* A tree that cannot be had to its end is not left half made. */
	if (is_general(outcome))
		told.name = "";
	course->lost = told.name[0] == '\0';
	return sink->failed(sink->context, &told, outcome, error, text);
}

static int on_read_existing(void *context, uint64_t offset, void *buffer, size_t length)
{
	const struct course *course = context;
	const struct msgfetch_sink *sink = &course->sink->sink;

	return sink->read_existing(sink->context, offset, buffer, length);
}

static int on_done(void *context, size_t path)
{
	struct course *course = context;
	int result = advance(course, unit_of(course, path));

	return result == 0 && course->at == unit_of(course, path) ? pass(course) : result;
}

/* Collects what is to be asked for, from the entry at hand on.  Returns 0 or -ENOMEM. */
static int collect(struct course *course)
{
	const struct selection *selection = course->selection;
	size_t count = selection->catalog.count;

	course->units = calloc(count + 1, sizeof(*course->units));
	course->asked = calloc(count + 1, sizeof(*course->asked));
	if (course->units == NULL || course->asked == NULL)
		return -ENOMEM;
	for (size_t i = course->at; i < count; i++) {
		const struct catalog_entry *entry = &selection->catalog.entries[i];
		char *asked;

		if (!is_unit(selection, i))
			continue;
		asked = target_beneath(path_of(course, entry)->path, entry->file.name);
		if (asked == NULL)
			return -ENOMEM;
		course->units[course->unit_count] = i;
		course->asked[course->unit_count++] = asked;
	}
	return 0;
}

/* Fetches count units from first on. */
static int fetch_some(struct course *course, struct msgfetch *session, size_t first,
		      size_t count)
{
	const struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = course,
		.begin = on_begin,
		.data = on_data,
		.end = on_end,
		.failed = on_failed,
		.done = on_done,
		.read_existing = on_read_existing,
	};
	const struct options *options = course->selection->options;
	struct msgfetch_request request;

	course->first = first;
	msgfetch_request_init(&request);
	request.paths = (const char *const *)course->asked + first;
	request.count = count;
	request.digest = options->digest;
	if (options->continued &&
	    (advance(course, unit_of(course, 0)) != 0 ||
	     course->sink->resume(course->sink->sink.context, &request) != 0))
		return -ECANCELED;
	if (msgfetch_fetch(session, &request, &sink) != 0 &&
	    msgfetch_outcome(session) == MSGFETCH_OUTPUT)
		return -ECANCELED;
	return 0;
}

static int fetch_units(struct course *course, struct msgfetch *session)
{
	/* A call goes on with one file alone. */
	const size_t step = course->selection->options->continued ? 1 : course->unit_count;
	int result = 0;

	for (size_t i = 0; i < course->unit_count && result == 0; i += step)
		result = fetch_some(course, session, i, step);
	return result;
}

int selection_fetch(const struct selection *selection, struct msgfetch *session, size_t first,
		    const struct selection_sink *sink)
{
	struct course course = {.selection = selection, .sink = sink};
	size_t count = selection->catalog.count;
	int result;

	while (course.at < count && path_of(&course, entry_at(&course))->number < first)
		course.at++;
	result = collect(&course);
	if (result == 0)
		result = fetch_units(&course, session);
	if (result == 0 && advance(&course, count) != 0)
		result = -ECANCELED;
	for (size_t i = 0; i < course.unit_count; i++)
		free(course.asked[i]);
	free(course.asked);
	free(course.units);
	return result;
}

void selection_free(struct selection *selection)
{
	catalog_free(&selection->catalog);
	free(selection->decisions);
	free(selection->paths);
	*selection = (struct selection){0};
}
