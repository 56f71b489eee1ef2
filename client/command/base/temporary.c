/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char letters_to_be[] = "XXXXXX";

_Static_assert(sizeof(letters_to_be) - 1 == TEMPORARY_LETTERS, "that many");

/* Names of this length fit every file system that is worth asking. */
enum { SAFE_LENGTH = 100 };

/* The longest name that the directory of target can hold.  slash: target's last, or NULL. */
static size_t longest_name(int directory, const char *target, const char *slash)
{
	long limit = -1;

	if (slash != NULL) {
		char *parent = strndup(target, (size_t)(slash - target) + 1);

		if (parent != NULL)
			limit = pathconf(parent, _PC_NAME_MAX);
		free(parent);
	} else if (directory == AT_FDCWD) {
		limit = pathconf(".", _PC_NAME_MAX);
	} else {
		limit = fpathconf(directory, _PC_NAME_MAX);
	}
	return limit < 0 || limit > NAME_MAX ? NAME_MAX : (size_t)limit;
}

/* How much of name fits in room bytes without cutting a UTF-8 character. */
static size_t fitting(const char *name, size_t room)
{
	size_t length = strlen(name);

	if (length <= room)
		return length;
	while (room > 0 && ((unsigned char)name[room] & 0xc0) == 0x80)
		room--;
	return room;
}

int temporary_name(int directory, const char *target, const char *mark, char **name)
{
	/* Two dots, one of them behind the name. */
	size_t added = 2 + strlen(mark) + TEMPORARY_LETTERS;
	const char *slash = strrchr(target, '/');
	const char *last = slash != NULL ? slash + 1 : target;
	size_t room = NAME_MAX;

	if (strlen(last) > SAFE_LENGTH)
		room = longest_name(directory, target, slash);
	if (strlen(last) > room)
		return -ENAMETOOLONG;
	if (asprintf(name, "%.*s.%.*s.%s%s", (int)(last - target), target,
		     (int)fitting(last, room - added), last, mark, letters_to_be) < 0)
		return -ENOMEM;
	temporary_renew(*name);
	return 0;
}

void temporary_renew(char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char *at = name + strlen(name) - TEMPORARY_LETTERS;
	uint64_t bits;

	arc4random_buf(&bits, sizeof(bits));
	for (; *at != '\0'; at++) {
		*at = letters[bits % (sizeof(letters) - 1)];
		bits /= sizeof(letters) - 1;
	}
}
