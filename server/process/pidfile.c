/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0644

/* Returns why the file may be planted, or NULL. */
static const char *find_flaw(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "is not a regular file";
	if (status->st_uid != geteuid())
		return "belongs to another user";
	if (status->st_nlink > 1)
		return "has a second name (hard link)";
	return NULL;
}

/* Returns true if path still names the file that is open at fd. */
static bool is_same(const char *path, const struct stat *opened)
{
	struct stat named;

	return lstat(path, &named) == 0 && named.st_dev == opened->st_dev &&
	       named.st_ino == opened->st_ino;
}

static pid_t read_pid(int fd)
{
	char digits[16] = "";
	const char *wrong;
	long long pid;

	if (pread(fd, digits, sizeof(digits) - 1, 0) <= 0)
		return 0;
	digits[strcspn(digits, "\n")] = '\0';
	pid = strtonum(digits, 1, INT_MAX, &wrong);
	return wrong == NULL ? (pid_t)pid : 0;
}

/* Opens and locks the file.  Returns as pidfile_take(), or -EAGAIN: the file was replaced. */
static int try_take(struct pidfile *pidfile, pid_t *other, const char **why)
{
	struct stat status;
	int fd = open(pidfile->path,
		      O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, MODE);
	int error = -EPERM;

	*why = "is a symbolic link";
	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (fstat(fd, &status) != 0) {
		error = -errno;
	} else if ((*why = find_flaw(&status)) != NULL) {
		error = -EPERM;
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		error = errno == EWOULDBLOCK ? -EEXIST : -errno;
		*other = read_pid(fd);
	} else {
		error = is_same(pidfile->path, &status) ? 0 : -EAGAIN;
	}
	if (error == 0)
		pidfile->fd = fd;
	else
		close(fd);
	return error;
}

int pidfile_take(struct pidfile *pidfile, const char *path, pid_t *other, const char **why)
{
	int error;

	*pidfile = (struct pidfile){.path = path, .fd = -1};
	*other = 0;
	/* A stopping daemon may remove the file between this open and this lock. */
	do
		error = try_take(pidfile, other, why);
	while (error == -EAGAIN);
	return error;
}

int pidfile_store(const struct pidfile *pidfile)
{
	if (pidfile->fd < 0)
		return 0;
	if (ftruncate(pidfile->fd, 0) != 0 || dprintf(pidfile->fd, "%d", (int)getpid()) < 0)
		return -errno;
	return 0;
}

void pidfile_leave(struct pidfile *pidfile)
{
	if (pidfile->fd >= 0)
		close(pidfile->fd);
	pidfile->fd = -1;
}

void pidfile_drop(struct pidfile *pidfile)
{
	struct stat status;

	if (pidfile->fd >= 0 && fstat(pidfile->fd, &status) == 0 &&
	    is_same(pidfile->path, &status))
		unlink(pidfile->path);
	pidfile_leave(pidfile);
}
