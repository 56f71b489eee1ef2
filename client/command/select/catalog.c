/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/catalog.h"

#include "client/command/base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A block of consecutive strings: a tree may have a million names. */
struct catalog_text {
	struct catalog_text *next; /* owned */
	size_t size, used;
	char bytes[];
};

enum { TEXT_SIZE = 64 * 1024 };

/* Makes room for one more entry.  Returns 0 or -ENOMEM. */
static int grow(struct catalog *catalog)
{
	size_t capacity = catalog->capacity / 2 * 3 + 64;
	struct catalog_entry *larger;

	if (catalog->count < catalog->capacity)
		return 0;
	larger = reallocarray(catalog->entries, capacity, sizeof(*larger));
	if (larger == NULL)
		return -ENOMEM;
	catalog->entries = larger;
	catalog->capacity = capacity;
	return 0;
}

/* Copies text into the catalog.  Returns NULL without memory. */
static const char *keep(struct catalog *catalog, const char *text)
{
	size_t length = strlen(text) + 1;
	struct catalog_text *texts = catalog->texts;
	char *copy;

	if (text[0] == '\0')
		return "";
	if (texts == NULL || length > texts->size - texts->used) {
		size_t size = length > TEXT_SIZE ? length : TEXT_SIZE;

		texts = malloc(sizeof(*texts) + size);
		if (texts == NULL)
			return NULL;
		*texts = (struct catalog_text){.next = catalog->texts, .size = size};
		catalog->texts = texts;
	}
	copy = memcpy(texts->bytes + texts->used, text, length);
	texts->used += length;
	return copy;
}

int catalog_add(struct catalog *catalog, const struct msgfetch_file *file)
{
	struct catalog_entry entry = {.file = *file, .code = MSGFETCH_OK};

	entry.file.name = keep(catalog, file->name);
	entry.file.link = keep(catalog, file->link);
	if (entry.file.name == NULL || entry.file.link == NULL || grow(catalog) != 0)
		return -ENOMEM;
	catalog->entries[catalog->count++] = entry;
	return 0;
}

int catalog_fail(struct catalog *catalog, size_t index, int code, const char *text)
{
	const char *problem = keep(catalog, text);

	if (problem == NULL)
		return -ENOMEM;
	catalog->entries[index].problem = problem;
	catalog->entries[index].code = code;
	return 0;
}

/* Drops the entries of the last path, which starts over. */
static void forget_path(struct catalog *catalog, size_t path)
{
	while (catalog->count > 0 &&
	       catalog->entries[catalog->count - 1].file.path_index == path)
		catalog->count--;
}

static int on_begin(void *context, const struct msgfetch_file *file)
{
	if (file->name[0] == '\0')
		forget_path(context, file->path_index);
	return catalog_add(context, file);
}

static int on_failed(void *context, const struct msgfetch_file *file,
		     enum msgfetch_outcome outcome, int error, const char *text)
{
	struct catalog *catalog = context;

	(void)error;
	if (catalog_add(catalog, file) != 0)
		return -ENOMEM;
	return catalog_fail(catalog, catalog->count - 1,
			    outcome != MSGFETCH_OK ? (int)outcome : MSGFETCH_ERROR, text);
}

int catalog_ask(struct catalog *catalog, struct msgfetch *session, const char *const *paths,
		size_t count, unsigned flags)
{
	struct msgfetch_sink sink = {
		.size = sizeof(sink),
		.context = catalog,
		.begin = on_begin,
		.failed = on_failed,
	};
	struct msgfetch_request request;
	size_t before = catalog->count;
	int result;

	msgfetch_request_init(&request);
	request.paths = paths;
	request.count = count;
	request.flags = MSGFETCH_NAMES | flags;
	result = msgfetch_fetch(session, &request, &sink);
	/* Failures of single paths and entries are in the catalog. */
	for (size_t i = before; result != 0 && i < catalog->count; i++) {
		if (catalog->entries[i].code == (int)msgfetch_outcome(session))
			result = 0;
	}
	return result;
}

size_t catalog_end_of_path(const struct catalog *catalog, size_t first)
{
	size_t end = first;

	while (end < catalog->count &&
	       catalog->entries[end].file.path_index == catalog->entries[first].file.path_index)
		end++;
	return end;
}

/* Compares bytes, but sorts slashes first: a directory's entries follow the directory. */
static int compare_names(const char *one, const char *other)
{
	while (*one != '\0' && *one == *other) {
		one++;
		other++;
	}
	if (*one == '/' && *other != '\0')
		return -1;
	if (*other == '/' && *one != '\0')
		return 1;
	return (unsigned char)*one - (unsigned char)*other;
}

static int by_name(const void *left, const void *right)
{
	const struct catalog_entry *one = left, *other = right;
	int order;

	if (one->file.path_index != other->file.path_index)
		return one->file.path_index < other->file.path_index ? -1 : 1;
	order = compare_names(one->file.name, other->file.name);
	/* An entry that failed after it was named comes first. */
	return order != 0 ? order : one->code - other->code;
}

/* Orders two entries by path, and the path itself before the entries below; 0: neither. */
static int by_place(const struct catalog_entry *one, const struct catalog_entry *other)
{
	bool first = one->file.name[0] == '\0', second = other->file.name[0] == '\0';

	if (one->file.path_index != other->file.path_index)
		return one->file.path_index < other->file.path_index ? -1 : 1;
	return second - first;
}

static int by_size(const void *left, const void *right)
{
	const struct catalog_entry *one = left, *other = right;
	int order = by_place(one, other);

	if (order == 0 && one->file.size != other->file.size)
		order = one->file.size > other->file.size ? -1 : 1;
	return order != 0 ? order : by_name(left, right);
}

static int by_time(const void *left, const void *right)
{
	const struct catalog_entry *one = left, *other = right;
	int order = by_place(one, other);

	if (order == 0 && one->file.mtime_ns != other->file.mtime_ns)
		order = one->file.mtime_ns > other->file.mtime_ns ? -1 : 1;
	return order != 0 ? order : by_name(left, right);
}

void catalog_sort(struct catalog *catalog, enum options_sort order)
{
	static int (*const compare[])(const void *left, const void *right) = {
		[OPTIONS_BY_NAME] = by_name,
		[OPTIONS_BY_SIZE] = by_size,
		[OPTIONS_BY_TIME] = by_time,
	};

	if (catalog->count > 0)
		qsort(catalog->entries, catalog->count, sizeof(*catalog->entries),
		      compare[order]);
}

void catalog_free(struct catalog *catalog)
{
	while (catalog->texts != NULL) {
		struct catalog_text *next = catalog->texts->next;

		free(catalog->texts);
		catalog->texts = next;
	}
	free(catalog->entries);
	*catalog = (struct catalog){0};
}
