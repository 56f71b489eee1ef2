/* SPDX-License-Identifier: ISC */
/*
 * value: the value of one setting, from text to a field of a struct and back.
 *
 * Owns the kinds of values, their spelling and their bounds.  Looks up users and groups, and
 * so may be slow.  Must not know which settings exist (settings, rules).
 */
#ifndef MSGFETCH_SERVER_CONFIG_VALUE_H
#define MSGFETCH_SERVER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum value_kind {
	VALUE_KEY,      /* key_t */
	VALUE_TEXT,     /* char *; NULL: not set */
	VALUE_COUNT,    /* unsigned */
	VALUE_SHARE,    /* unsigned; "half" is VALUE_HALF */
	VALUE_SECONDS,  /* unsigned */
	VALUE_BYTES,    /* uint64_t */
	VALUE_FLAG,     /* bool: false or true */
	VALUE_SWITCH,   /* int: 0 false, 1 true, or the position of a further word */
	VALUE_CHOICE,   /* bool: the first or the second of two words */
	VALUE_WORD,     /* int: least is the number of the first word */
	VALUE_USERS,    /* struct id_list */
	VALUE_GROUPS,   /* struct id_list */
	VALUE_PATTERNS, /* struct patterns */
};

#define VALUE_HALF UINT32_MAX

/* One row of a table of settings. */
struct setting {
	const char *name;
	enum value_kind kind;
	size_t offset;            /* of the field, in the struct that the table describes */
	uint64_t least, most;     /* bounds of a number */
	const char *const *words; /* NULL at the end */
	const char *initial;      /* the default as text; NULL: all bits zero */
	bool fixed;               /* a change needs a restart */
};

#define VALUE_PROBLEM_BYTES 256

/* Returns the row of that name, or NULL. */
const struct setting *value_find(const struct setting table[], size_t count, const char *name);

/* Returns true for the kinds that hold a list. */
bool value_is_list(const struct setting *setting);

/*
 * Reads text into the setting's field of *base: appends to a list, replaces any other value.
 * Returns 0; -ENOMEM; or -EINVAL with the reason in problem, VALUE_PROBLEM_BYTES long.
 */
int value_read(const struct setting *setting, const char *text, void *base, char *problem);

/* Checks text without storing the value.  Returns as value_read(). */
int value_check(const struct setting *setting, const char *text, char *problem);

/* Returns false for a text that is not set: such a value cannot be written. */
bool value_is_set(const struct setting *setting, const void *base);

/* Writes the setting's field of *base as value_read() reads it, lists in braces. */
void value_write(const struct setting *setting, const void *base, FILE *out);

/* Writes text as a string in double quotes, with libconfuse's escapes. */
void value_write_quoted(const char *text, FILE *out);

/* Compares the setting's fields of two structs.  Lists are equal only if both are empty. */
bool value_same(const struct setting *setting, const void *one, const void *other);

/* Exchanges the setting's fields of two structs. */
void value_swap(const struct setting *setting, void *one, void *other);

/* Frees the setting's field of *base and sets all its bits to zero. */
void value_clear(const struct setting *setting, void *base);

#endif
