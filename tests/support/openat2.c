/* SPDX-License-Identifier: ISC */
/*
 * openat2: openat2(2) to preload into programs under a valgrind without this call. Uses the
 * system call if that works. Otherwise walks the path in user space and refuses the same paths
 * as the kernel, but with races: for tests only. tests/support/memcheck compiles this file.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40
#define DEPTH_MAX 64

/* The directories walked through.  All but the first are to be closed. */
struct way {
	int directories[DEPTH_MAX];
	int depth;
	int links;
	char rest[2 * PATH_MAX];
};

/* Takes the next component out of rest.  Returns false at the end. */
static bool next_component(struct way *way, char name[NAME_MAX + 1])
{
	size_t skipped = strspn(way->rest, "/");
	size_t length = strcspn(way->rest + skipped, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, way->rest + skipped, length);
	name[length] = '\0';
	memmove(way->rest, way->rest + skipped + length,
		strlen(way->rest + skipped + length) + 1);
	return true;
}

/* Puts the target of the link before the rest.  Returns 0 or an errno. */
static int follow(struct way *way, int link, unsigned long long resolve)
{
	char whole[sizeof(way->rest)];
	char text[PATH_MAX];
	struct statfs system;
	ssize_t length = readlinkat(link, "", text, sizeof(text) - 1);

	if (length < 0)
		return errno;
	text[length] = '\0';
	if ((resolve & RESOLVE_NO_SYMLINKS) != 0 || ++way->links > LINKS_MAX ||
	    (fstatfs(link, &system) == 0 && system.f_type == PROC_SUPER_MAGIC))
		return ELOOP;
	if (text[0] == '/')
		return EXDEV;
	if (snprintf(whole, sizeof(whole), "%s%s%s", text, way->rest[0] != '\0' ? "/" : "",
		     way->rest) >= (int)sizeof(whole))
		return ENAMETOOLONG;
	memcpy(way->rest, whole, strlen(whole) + 1);
	return 0;
}

/* Takes one step.  Sets *result to the descriptor after the last.  Returns 0 or an errno. */
static int step(struct way *way, const char *name, const struct open_how *how, int *result)
{
	bool last = way->rest[strspn(way->rest, "/")] == '\0';
	int flags =
		(int)how->flags | O_NOFOLLOW | (last && way->rest[0] == '/' ? O_DIRECTORY : 0);
	int here = way->directories[way->depth];
	struct stat status = {0};
	int fd, error = 0;

	if (strcmp(name, "..") == 0) {
		if (way->depth == 0)
			return EXDEV;
		close(here);
		here = way->directories[--way->depth];
		name = ".";
	}
	fd = openat(here, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0)
		error = errno;
	else if (S_ISLNK(status.st_mode) && !(last && (how->flags & O_NOFOLLOW) != 0))
		error = follow(way, fd, how->resolve);
	else if (last)
		*result = openat(here, name, flags, (mode_t)how->mode);
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	else if (strcmp(name, ".") != 0 && way->depth + 1 == DEPTH_MAX)
		error = ELOOP;
	else if (strcmp(name, ".") != 0) {
		way->directories[++way->depth] = fd;
		return 0;
	}
	if (error == 0 && last && *result < 0 && !S_ISLNK(status.st_mode))
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

static int open_walking(int directory, const char *path, const struct open_how *how)
{
	struct way way = {.directories = {directory}};
	char name[NAME_MAX + 1];
	int result = -1;
	int error = path[0] == '/' ? EXDEV : path[0] == '\0' ? ENOENT : 0;

	if (snprintf(way.rest, sizeof(way.rest), "%s", path) >= PATH_MAX)
		error = ENAMETOOLONG;
	while (error == 0 && result < 0)
		error = next_component(&way, name) ? step(&way, name, how, &result) : ENOENT;
	for (; way.depth > 0; way.depth--)
		close(way.directories[way.depth]);
	errno = error;
	return result;
}

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long arguments[6], result;
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	result = real(number, arguments[0], arguments[1], arguments[2], arguments[3],
		      arguments[4], arguments[5]);
	if (number == SYS_openat2 && result < 0 && errno == ENOSYS)
		result = open_walking((int)arguments[0], (const char *)arguments[1],
				      (const struct open_how *)arguments[2]);
	return result;
}
