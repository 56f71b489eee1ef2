/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/staging.h"

#include "client/command/base/cleanup.h"
#include "client/command/base/rmtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Precedes the random letters, so that no other program uses such a name. */
#define DIRECTORY_MARK "msgfetch-"

static const char placeholder[] = "XXXXXX";

_Static_assert(sizeof(placeholder) - 1 == STAGING_LETTERS, "one placeholder per letter");

/* Names up to this length fit every file system, so its limit need not be asked for. */
enum { SAFE_LENGTH = 100 };

/* Returns the longest name that target's directory can hold.  slash: the last in target. */
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

/* Returns how many bytes of name fit in room without cutting a UTF-8 character. */
static size_t fitting(const char *name, size_t room)
{
	size_t length = strlen(name);

	if (length <= room)
		return length;
	while (room > 0 && ((unsigned char)name[room] & 0xc0) == 0x80)
		room--;
	return room;
}

/* As staging_name(); mark, which may be "", precedes the random letters. */
static int make_name(int directory, const char *target, const char *mark, char **name)
{
	/* One dot before the name and one after. */
	size_t added = 2 + strlen(mark) + STAGING_LETTERS;
	const char *slash = strrchr(target, '/');
	const char *last = slash != NULL ? slash + 1 : target;
	size_t room = NAME_MAX;

	if (strlen(last) > SAFE_LENGTH)
		room = longest_name(directory, target, slash);
	if (strlen(last) > room)
		return -ENAMETOOLONG;
	if (asprintf(name, "%.*s.%.*s.%s%s", (int)(last - target), target,
		     (int)fitting(last, room - added), last, mark, placeholder) < 0)
		return -ENOMEM;
	staging_renew_name(*name);
	return 0;
}

void staging_renew_name(char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char *at = name + strlen(name) - STAGING_LETTERS;
	uint64_t bits;

	arc4random_buf(&bits, sizeof(bits));
	for (; *at != '\0'; at++) {
		*at = letters[bits % (sizeof(letters) - 1)];
		bits /= sizeof(letters) - 1;
	}
}

int staging_name(int directory, const char *target, char **name)
{
	return make_name(directory, target, "", name);
}

/* Returns the 64-bit FNV-1a hash of text. */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return value;
}

int staging_suffix(const char *target, const char *suffix, size_t spare, char **name)
{
	enum { HASH_LENGTH = 17 }; /* a dot and 16 digits */
	const char *slash = strrchr(target, '/');
	const char *last = slash != NULL ? slash + 1 : target;
	size_t length = strlen(last), added = strlen(suffix) + spare;
	size_t room = NAME_MAX;
	int result;

	if (length > SAFE_LENGTH)
		room = longest_name(AT_FDCWD, target, slash);
	if (length > room)
		return -ENAMETOOLONG;
	if (length + added <= room)
		result = asprintf(name, "%s%s", target, suffix);
	else
		result = asprintf(name, "%.*s%.*s.%016" PRIx64 "%s", (int)(last - target),
				  target, (int)fitting(last, room - added - HASH_LENGTH), last,
				  hash(last), suffix);
	return result < 0 ? -ENOMEM : 0;
}

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * Locks the new directory, to mark it as in use until directory is closed.  Returns false if
 * another run has taken it for abandoned and is removing it.
 */
static bool claim(int directory)
{
	struct stat status;

	/* On file systems without locks, directories are never considered abandoned. */
	if (flock(directory, LOCK_EX | LOCK_NB) != 0)
		return errno != EWOULDBLOCK;
	return fstat(directory, &status) == 0 && status.st_nlink > 0;
}

/* Returns whether other users can neither rename our entries nor plant theirs. */
static bool is_safe(int directory)
{
	struct stat status;

	if (fstat(directory, &status) != 0)
		return false;
	return (status.st_uid == geteuid() || status.st_uid == 0) &&
	       ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (status.st_mode & S_ISVTX) != 0);
}

/* A live run holds the lock of its directory. */
static bool is_abandoned(int directory)
{
	struct stat status;

	return fstat(directory, &status) == 0 && status.st_uid == geteuid() &&
	       flock(directory, LOCK_EX | LOCK_NB) == 0;
}

static void remove_if_abandoned(int parent, const char *path, const char *name)
{
	int directory = openat(parent, name, OPEN_FLAGS);

	if (directory < 0)
		return;
	if (is_abandoned(directory))
		rmtree(path);
	close(directory);
}

/* Removes abandoned directories whose names differ from name only after length bytes. */
static void remove_all_abandoned(DIR *parent, const char *whole, const char *name,
				 size_t length)
{
	struct dirent *entry;
	char path[PATH_MAX];
	size_t head = (size_t)(name - whole);

	if (!is_safe(dirfd(parent)) || strlcpy(path, whole, sizeof(path)) >= sizeof(path))
		return;
	while ((entry = readdir(parent)) != NULL) {
		if (strlen(entry->d_name) != strlen(name) ||
		    strncmp(entry->d_name, name, length) != 0)
			continue;
		memcpy(path + head, entry->d_name, strlen(name));
		remove_if_abandoned(dirfd(parent), path, entry->d_name);
	}
}

/*
 * Removes directories that killed runs left beside name.  Only the caller's directories count,
 * and only where other users cannot have planted them.
 */
static void remove_abandoned(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash != NULL ? slash + 1 : name;
	char above[PATH_MAX] = ".";
	DIR *parent;

	if (slash != NULL && snprintf(above, sizeof(above), "%.*s", (int)(last - name), name) >=
				     (int)sizeof(above))
		return;
	parent = opendir(above);
	if (parent == NULL)
		return;
	remove_all_abandoned(parent, name, last, strlen(last) - STAGING_LETTERS);
	closedir(parent);
}

/* Makes and opens directory name.  Returns a descriptor; -EEXIST: try another name. */
static int make_once(const char *name)
{
	int directory;

	if (mkdir(name, S_IRWXU) != 0)
		return -errno;
	do
		directory = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (directory < 0 && errno == EINTR);
	if (directory < 0) {
		int error = -errno;

		rmdir(name);
		return error;
	}
	if (claim(directory))
		return directory;
	close(directory);
	return -EEXIST;
}

static int make_directory(struct staging *staging)
{
	int result = -EEXIST;

	for (int tries = 0; result == -EEXIST && tries < STAGING_TRIES; tries++) {
		if (tries > 0)
			staging_renew_name(staging->name);
		result = cleanup_remember_tree(staging->name);
		if (result == 0)
			result = make_once(staging->name);
		if (result < 0)
			cleanup_forget_tree();
	}
	return result;
}

int staging_make(struct staging *staging, const char *target)
{
	int result;

	*staging = (struct staging){.target = strdup(target)};
	result = staging->target != NULL
			 ? make_name(AT_FDCWD, target, DIRECTORY_MARK, &staging->name)
			 : -ENOMEM;
	if (result == 0) {
		remove_abandoned(staging->name);
		result = make_directory(staging);
	}
	if (result < 0) {
		free(staging->name);
		free(staging->target);
		*staging = (struct staging){0};
	}
	return result;
}

int staging_deliver(struct staging *staging)
{
	int result =
		renameat2(AT_FDCWD, staging->name, AT_FDCWD, staging->target, RENAME_NOREPLACE);

	/* Some file systems lack RENAME_NOREPLACE; rename() replaces only empty directories. */
	if (result != 0 && errno == EINVAL)
		result = rename(staging->name, staging->target);
	if (result != 0)
		return -errno;
	cleanup_forget_tree();
	free(staging->name);
	staging->name = NULL;
	return 0;
}

void staging_discard(struct staging *staging)
{
	if (staging->name != NULL) {
		rmtree(staging->name);
		cleanup_forget_tree();
	}
	free(staging->name);
	free(staging->target);
	*staging = (struct staging){0};
}
