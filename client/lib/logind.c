/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/logind.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The rest of a longer file is ignored. */
#define FILE_MAX 65536u

/* logind creates this directory when it starts. */
#define RUNNING "/run/systemd/seats"

/* The directories of logind.conf and logind.conf.d, by precedence (systemd.syntax(7)). */
static const char *const directories[] = {"/etc/systemd", "/run/systemd",
					  "/usr/local/lib/systemd", "/usr/lib/systemd"};
#define DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

static bool blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static void trim(const char **text, size_t *length)
{
	while (*length > 0 && blank(**text)) {
		(*text)++;
		(*length)--;
	}
	while (*length > 0 && blank((*text)[*length - 1]))
		(*length)--;
}

static bool is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* Reads a boolean as systemd does.  Ignores any other text. */
static void take_value(const char *text, size_t length, bool *removes)
{
	static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
	static const char *const no[] = {"0", "no", "n", "false", "f", "off"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (is(text, length, yes[i]))
			*removes = true;
		else if (is(text, length, no[i]))
			*removes = false;
	}
}

void logind_read_text(const char *text, size_t length, bool *removes)
{
	const char *end = text + length;
	bool in_section = false;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line = text;
		size_t left = (size_t)((newline != NULL ? newline : end) - text);
		const char *equals;

		text = newline != NULL ? newline + 1 : end;
		trim(&line, &left);
		if (left > 0 && line[0] == '[')
			in_section = is(line, left, "[Login]");
		equals = left > 0 ? memchr(line, '=', left) : NULL;
		if (in_section && equals != NULL) {
			size_t name = (size_t)(equals - line);
			const char *value = equals + 1;
			size_t rest = left - name - 1;

			trim(&line, &name);
			trim(&value, &rest);
			if (name == strlen("RemoveIPC") && memcmp(line, "RemoveIPC", name) == 0)
				take_value(value, rest, removes);
		}
	}
}

/* Returns false if there is no such file. */
static bool read_file(const char *name, bool *removes)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t length = 0;
	ssize_t got = 0;

	if (file < 0)
		return false;
	text = malloc(FILE_MAX);
	while (text != NULL && length < FILE_MAX &&
	       (got = read(file, text + length, FILE_MAX - length)) > 0)
		length += (size_t)got;
	if (text != NULL)
		logind_read_text(text, length, removes);
	free(text);
	close(file);
	return true;
}

static int is_fragment(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(".conf") &&
	       strcmp(entry->d_name + length - strlen(".conf"), ".conf") == 0;
}

/* Reads a fragment from the first directory that has it. */
static void read_fragment(const char *name, bool *removes)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < DIRECTORIES; i++) {
		int length = snprintf(path, sizeof(path), "%s/logind.conf.d/%s", directories[i],
				      name);

		if (length > 0 && (size_t)length < sizeof(path) && access(path, F_OK) == 0) {
			read_file(path, removes);
			return;
		}
	}
}

struct names {
	char *list[256]; /* owned; further fragments are ignored */
	size_t count;
};

static void collect(struct names *names, const char *directory)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *stream;

	(void)snprintf(path, sizeof(path), "%s/logind.conf.d", directory);
	stream = opendir(path);
	if (stream == NULL)
		return;
	while ((entry = readdir(stream)) != NULL &&
	       names->count < sizeof(names->list) / sizeof(names->list[0])) {
		char *copy = is_fragment(entry) ? strdup(entry->d_name) : NULL;

		if (copy != NULL)
			names->list[names->count++] = copy;
	}
	closedir(stream);
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Reads the fragments of all directories, sorted by name; the last value wins. */
static void read_fragments(bool *removes)
{
	struct names names = {.count = 0};

	for (size_t i = 0; i < DIRECTORIES; i++)
		collect(&names, directories[i]);
	qsort(names.list, names.count, sizeof(names.list[0]), compare);
	for (size_t i = 0; i < names.count; i++) {
		read_fragment(names.list[i], removes);
		free(names.list[i]);
	}
}

void logind_look(struct diagnosis_logind *logind)
{
	char path[PATH_MAX];

	*logind = (struct diagnosis_logind){
		.runs = access(RUNNING, F_OK) == 0, .removes = true, /* the default of logind */
	};
	if (!logind->runs)
		return;
	for (size_t i = 0; i < DIRECTORIES; i++) {
		(void)snprintf(path, sizeof(path), "%s/logind.conf", directories[i]);
		if (read_file(path, &logind->removes))
			break;
	}
	read_fragments(&logind->removes);
}
