/* SPDX-License-Identifier: ISC */
/*
 * Moves subdirectories to the top first.  The tree then has two levels, and the removal needs
 * no recursion.
 */
#include "config.h"

#include "client/command/base/rmtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

enum { LIST_BYTES = 8192, NAME_TRIES = 10000 };

struct removal {
	int top;
	unsigned moved; /* directories moved to the top so far; names the next one */
};

/* Takes one entry out of directory.  Returns whether the entry is gone. */
typedef bool remover(struct removal *removal, int directory, const char *name);

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Calls take for each entry of directory.  Returns whether an entry is gone. */
static bool remove_round(struct removal *removal, int directory, remover *take)
{
	_Alignas(struct dirent64) char list[LIST_BYTES];
	bool gone = false;

	if (lseek(directory, 0, SEEK_SET) != 0)
		return false;
	for (;;) {
		ssize_t length = getdents64(directory, list, sizeof(list));
		const struct dirent64 *entry;

		if (length <= 0)
			return gone;
		for (ssize_t at = 0; at < length; at += entry->d_reclen) {
			entry = (const void *)(list + at);
			if (!is_dots(entry->d_name) && take(removal, directory, entry->d_name))
				gone = true;
		}
	}
}

/* Returns 0 or an errno: EISDIR for a directory. */
static int unlink_entry(int directory, const char *name)
{
	if (unlinkat(directory, name, 0) == 0)
		return 0;
	if (errno != EACCES)
		return errno;
	/* The directory lacks the permissions to remove its entries. */
	(void)fchmod(directory, S_IRWXU);
	return unlinkat(directory, name, 0) == 0 ? 0 : errno;
}

/* Formats a dot and eight digits.  snprintf() is not async-signal-safe. */
static void make_name(char name[10], unsigned number)
{
	name[0] = '.';
	for (int i = 8; i > 0; i--) {
		name[i] = (char)('0' + number % 10);
		number /= 10;
	}
	name[9] = '\0';
}

static bool move_up(struct removal *removal, int directory, const char *name)
{
	char number[10];

	for (int tries = 0; tries < NAME_TRIES; tries++) {
		make_name(number, removal->moved++);
		if (renameat(directory, name, removal->top, number) == 0)
			return true;
		if (errno == EACCES && tries == 0) {
			if (fchmodat(directory, name, S_IRWXU, 0) != 0)
				return false;
		} else if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
			return false;
		}
	}
	return false;
}

static bool take_inner(struct removal *removal, int directory, const char *name)
{
	int error = unlink_entry(directory, name);

	return error == 0 || (error == EISDIR && move_up(removal, directory, name));
}

static int open_directory(int directory, const char *name)
{
	int inner = openat(directory, name, OPEN_FLAGS);

	if (inner < 0 && errno == EACCES && fchmodat(directory, name, S_IRWXU, 0) == 0)
		inner = openat(directory, name, OPEN_FLAGS);
	return inner;
}

static bool take_outer(struct removal *removal, int top, const char *name)
{
	int error = unlink_entry(top, name);
	int inner;

	if (error != EISDIR)
		return error == 0;
	inner = open_directory(top, name);
	if (inner >= 0) {
		while (remove_round(removal, inner, take_inner))
			;
		close(inner);
	}
	return unlinkat(top, name, AT_REMOVEDIR) == 0;
}

void rmtree(const char *path)
{
	struct removal removal = {.top = open_directory(AT_FDCWD, path)};

	if (removal.top < 0)
		return;
	while (remove_round(&removal, removal.top, take_outer))
		;
	close(removal.top);
	(void)rmdir(path);
}
