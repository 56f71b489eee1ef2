/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/value.h"

#include "common/key.h"
#include "server/access/exports.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define HALF "half"

/* The bytes of the largest field. */
union field {
	struct id_list ids;
	struct patterns patterns;
	uint64_t number;
};

static void *field_of(const struct setting *setting, const void *base)
{
	return (char *)(uintptr_t)base + setting->offset;
}

static size_t field_bytes(const struct setting *setting)
{
	static const size_t bytes[] = {
		[VALUE_KEY] = sizeof(key_t),
		[VALUE_TEXT] = sizeof(char *),
		[VALUE_COUNT] = sizeof(unsigned),
		[VALUE_SHARE] = sizeof(unsigned),
		[VALUE_SECONDS] = sizeof(unsigned),
		[VALUE_BYTES] = sizeof(uint64_t),
		[VALUE_FLAG] = sizeof(bool),
		[VALUE_SWITCH] = sizeof(int),
		[VALUE_CHOICE] = sizeof(bool),
		[VALUE_WORD] = sizeof(int),
		[VALUE_USERS] = sizeof(struct id_list),
		[VALUE_GROUPS] = sizeof(struct id_list),
		[VALUE_PATTERNS] = sizeof(struct patterns),
	};

	return bytes[setting->kind];
}

const struct setting *value_find(const struct setting table[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

bool value_is_list(const struct setting *setting)
{
	return setting->kind == VALUE_USERS || setting->kind == VALUE_GROUPS ||
	       setting->kind == VALUE_PATTERNS;
}

static int refuse(char *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, VALUE_PROBLEM_BYTES, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int read_key(const char *text, key_t *key, char *problem)
{
	int error = key_parse(text, key);

	if (error == -EINVAL)
		return refuse(problem, "is not a key, such as 0x1aaaaaa1 or ftok:PATH:ID");
	if (error == -ERANGE)
		return refuse(problem, "must be from 1 to 0xffffffff");
	return error == 0 || error == -ENOMEM ? error : refuse(problem, "%s", strerror(-error));
}

static int read_text(const char *text, char **to)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* Returns the seconds or bytes that a unit stands for, or 0: no such unit. */
static double factor_of(enum value_kind kind, const char *unit)
{
	static const struct {
		const char *unit;
		double seconds;
	} durations[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	static const char sizes[] = "KMGT";
	const char *size;

	for (size_t i = 0;
	     kind == VALUE_SECONDS && i < sizeof(durations) / sizeof(durations[0]); i++)
		if (strcmp(unit, durations[i].unit) == 0)
			return durations[i].seconds;
	if (kind != VALUE_BYTES || unit[0] == '\0')
		return 0;
	size = strchr(sizes, unit[0] & ~0x20);
	if (size == NULL || (unit[1] != '\0' && strcasecmp(unit + 1, "B") != 0 &&
			     strcasecmp(unit + 1, "iB") != 0))
		return 0;
	return (double)(UINT64_C(1024) << (10 * (size - sizes)));
}

/* Reads a decimal number with a unit, such as 1.5K or 2m, which must give a whole number. */
static int read_with_unit(const struct setting *setting, const char *text, uint64_t *number,
			  char *problem)
{
	size_t digits = strspn(text, "0123456789.");
	double factor = factor_of(setting->kind, text + digits), product = -1;
	char *end = NULL;

	if (digits > 0 && factor > 0 && text[digits - 1] != '.')
		product = strtod(text, &end) * factor;
	if (end == text + digits && product >= 0) {
		*number = product < (double)UINT64_MAX ? (uint64_t)product : UINT64_MAX;
		if ((double)*number == product || *number == UINT64_MAX)
			return 0;
	}
	if (setting->kind == VALUE_SECONDS)
		return refuse(problem,
			      "is not a whole number of seconds, such as 30, 2m or 1.5h");
	if (setting->kind == VALUE_BYTES)
		return refuse(problem, "is not a size in bytes, such as 4096, 1.5K or 10M");
	return refuse(problem, "must be a whole number");
}

static int read_number(const struct setting *setting, const char *text, uint64_t *number,
		       char *problem)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	if (end == text || *end != '\0') {
		int error = read_with_unit(setting, text, number, problem);

		if (error != 0)
			return error;
	}
	if (errno == ERANGE || strchr(text, '-') != NULL || *number < setting->least ||
	    *number > setting->most)
		return refuse(problem, "must be from %" PRIu64 " to %" PRIu64, setting->least,
			      setting->most);
	return 0;
}

static int read_unsigned(const struct setting *setting, const char *text, unsigned *to,
			 char *problem)
{
	uint64_t number;
	int error;

	if (setting->kind == VALUE_SHARE && strcmp(text, HALF) == 0) {
		*to = VALUE_HALF;
		return 0;
	}
	error = read_number(setting, text, &number, problem);
	if (error == 0)
		*to = (unsigned)number;
	return error;
}

static int read_flag(const char *text, bool *flag, char *problem)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*flag = i % 2 == 1;
			return 0;
		}
	}
	return refuse(problem, "must be true or false");
}

/* Stores "must be one, two or three" in problem. */
static int refuse_word(const char *const *words, char *problem)
{
	strlcpy(problem, "must be ", VALUE_PROBLEM_BYTES);
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			strlcat(problem, words[i + 1] == NULL ? " or " : ", ",
				VALUE_PROBLEM_BYTES);
		strlcat(problem, words[i], VALUE_PROBLEM_BYTES);
	}
	return -EINVAL;
}

/* Stores the position of text among the words. */
static int find_word(const char *const *words, const char *text, int *position, char *problem)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			*position = i;
			return 0;
		}
	}
	return refuse_word(words, problem);
}

/* Reads a flag in any of its spellings, or a further word. */
static int read_switch(const struct setting *setting, const char *text, int *position,
		       char *problem)
{
	bool flag = false;

	if (read_flag(text, &flag, problem) != 0)
		return find_word(setting->words, text, position, problem);
	*position = flag ? 1 : 0;
	return 0;
}

static bool is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int parse_id(const char *digits, id_t *id, char *problem)
{
	const char *wrong;
	/* Excludes -1: chown(2) and others take -1 for "no change". */
	long long number = strtonum(digits, 0, (long long)UINT32_MAX - 1, &wrong);

	if (wrong != NULL)
		return refuse(problem, "must be from 0 to %" PRIu32, UINT32_MAX - 1);
	*id = (id_t)number;
	return 0;
}

/* Explains a failed lookup: some NSS modules set errno for a name that does not exist. */
static int explain_lookup(const char *what, char *problem)
{
	if (errno == EINTR || errno == EIO || errno == EMFILE || errno == ENFILE ||
	    errno == ENOMEM)
		return refuse(problem, "cannot look up the %s: %s", what, strerror(errno));
	return refuse(problem, "no such %s", what);
}

static int read_user(const char *text, id_t *id, char *problem)
{
	const struct passwd *entry;

	if (is_number(text))
		return parse_id(text, id, problem);
	errno = 0;
	entry = getpwnam(text);
	if (entry == NULL)
		return explain_lookup("user", problem);
	*id = entry->pw_uid;
	return 0;
}

static int read_group(const char *text, id_t *id, char *problem)
{
	const struct group *entry;

	if (is_number(text))
		return parse_id(text, id, problem);
	errno = 0;
	entry = getgrnam(text);
	if (entry == NULL)
		return explain_lookup("group", problem);
	*id = entry->gr_gid;
	return 0;
}

static int read_id(const struct setting *setting, const char *text, struct id_list *list,
		   char *problem)
{
	id_t id = 0;
	int error = setting->kind == VALUE_USERS ? read_user(text, &id, problem)
						 : read_group(text, &id, problem);

	return error == 0 ? id_list_add(list, id) : error;
}

static int read_pattern(const char *text, struct patterns *patterns, char *problem)
{
	struct export holder = {.hide = *patterns};
	int error = export_hide(&holder, text);

	*patterns = holder.hide;
	if (error == -EINVAL)
		return refuse(problem, "must be a pattern for one name, without a slash");
	return error;
}

int value_read(const struct setting *setting, const char *text, void *base, char *problem)
{
	void *field = field_of(setting, base);
	int position = 0, error;

	switch (setting->kind) {
	case VALUE_KEY:
		return read_key(text, field, problem);
	case VALUE_TEXT:
		return read_text(text, field);
	case VALUE_COUNT:
	case VALUE_SHARE:
	case VALUE_SECONDS:
		return read_unsigned(setting, text, field, problem);
	case VALUE_BYTES:
		return read_number(setting, text, field, problem);
	case VALUE_FLAG:
		return read_flag(text, field, problem);
	case VALUE_SWITCH:
		return read_switch(setting, text, field, problem);
	case VALUE_CHOICE:
		error = find_word(setting->words, text, &position, problem);
		*(bool *)field = position == 1;
		return error;
	case VALUE_WORD:
		error = find_word(setting->words, text, &position, problem);
		*(int *)field = (int)setting->least + position;
		return error;
	case VALUE_PATTERNS:
		return read_pattern(text, field, problem);
	default:
		return read_id(setting, text, field, problem);
	}
}

static void free_patterns(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		free(patterns->list[i]);
	free(patterns->list);
}

static void free_field(enum value_kind kind, void *field)
{
	switch (kind) {
	case VALUE_TEXT:
		free(*(char **)field);
		break;
	case VALUE_USERS:
	case VALUE_GROUPS:
		free(((struct id_list *)field)->ids);
		break;
	case VALUE_PATTERNS:
		free_patterns(field);
		break;
	default:
		break;
	}
}

int value_check(const struct setting *setting, const char *text, char *problem)
{
	const enum value_kind kind = setting->kind;
	struct setting alone = *setting;
	union field field = {0};
	int error;

	/* A field by itself: the same setting at offset 0. */
	alone.kind = kind;
	alone.offset = 0;
	error = value_read(&alone, text, &field, problem);
	free_field(kind, &field);
	return error;
}

bool value_is_set(const struct setting *setting, const void *base)
{
	return setting->kind != VALUE_TEXT || *(char **)field_of(setting, base) != NULL;
}

void value_write_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		/* libconfuse reads a dollar as the start of a variable. */
		if (byte == '"' || byte == '\\' || byte == '$')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

static void write_ids(const struct id_list *list, FILE *out)
{
	fputc('{', out);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s\"%ju\"", i > 0 ? ", " : "", (uintmax_t)list->ids[i]);
	fputc('}', out);
}

static void write_patterns(const struct patterns *patterns, FILE *out)
{
	fputc('{', out);
	for (size_t i = 0; i < patterns->count; i++) {
		fputs(i > 0 ? ", " : "", out);
		value_write_quoted(patterns->list[i], out);
	}
	fputc('}', out);
}

void value_write(const struct setting *setting, const void *base, FILE *out)
{
	const void *field = field_of(setting, base);

	switch (setting->kind) {
	case VALUE_KEY:
		fprintf(out, "\"0x%08x\"", (unsigned)*(const key_t *)field);
		break;
	case VALUE_TEXT:
		value_write_quoted(*(char *const *)field, out);
		break;
	case VALUE_COUNT:
	case VALUE_SHARE:
	case VALUE_SECONDS:
		fprintf(out, "%u", *(const unsigned *)field);
		break;
	case VALUE_BYTES:
		fprintf(out, "%" PRIu64, *(const uint64_t *)field);
		break;
	case VALUE_FLAG:
		fputs(*(const bool *)field ? "true" : "false", out);
		break;
	case VALUE_SWITCH:
		fputs(setting->words[*(const int *)field], out);
		break;
	case VALUE_CHOICE:
		value_write_quoted(setting->words[*(const bool *)field], out);
		break;
	case VALUE_WORD:
		value_write_quoted(setting->words[*(const int *)field - (int)setting->least],
				   out);
		break;
	case VALUE_PATTERNS:
		write_patterns(field, out);
		break;
	default:
		write_ids(field, out);
		break;
	}
}

bool value_same(const struct setting *setting, const void *one, const void *other)
{
	const void *left = field_of(setting, one);
	const void *right = field_of(setting, other);

	if (setting->kind == VALUE_TEXT && value_is_set(setting, one) &&
	    value_is_set(setting, other))
		return strcmp(*(char *const *)left, *(char *const *)right) == 0;
	return memcmp(left, right, field_bytes(setting)) == 0;
}

void value_swap(const struct setting *setting, void *one, void *other)
{
	void *left = field_of(setting, one), *right = field_of(setting, other);
	size_t bytes = field_bytes(setting);
	union field kept;

	memcpy(&kept, left, bytes);
	memcpy(left, right, bytes);
	memcpy(right, &kept, bytes);
}

void value_clear(const struct setting *setting, void *base)
{
	void *field = field_of(setting, base);

	free_field(setting->kind, field);
	memset(field, 0, field_bytes(setting));
}
