/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/background.h"

#include "server/process/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* Waits in the started process until the child is ready or ends. */
static _Noreturn void await_child(pid_t child, int ready)
{
	char byte;
	ssize_t got;
	int status;

	do
		got = read(ready, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1)
		_exit(EX_OK);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

int background_fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Closes all descriptors from 3 but the kept one, which can be -1. */
static void close_others(int kept)
{
	if (kept < 0) {
		closefrom(STDERR_FILENO + 1);
		return;
	}
	for (int fd = STDERR_FILENO + 1; fd < kept; fd++)
		close(fd);
	closefrom(kept + 1);
}

int background_enter(struct background *background, struct pidfile *pid_file)
{
	int ends[2];
	pid_t child;

	close_others(pid_file->fd);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	child = fork();
	if (child < 0) {
		int error = -errno;

		close(ends[0]);
		close(ends[1]);
		return error;
	}
	if (child > 0) {
		close(ends[1]);
		pidfile_leave(pid_file);
		await_child(child, ends[0]);
	}
	close(ends[0]);
	background->ready = ends[1];
	/* The daemon opens no terminal, so a second fork is not needed. */
	return setsid() < 0 ? -errno : 0;
}

int background_ready(struct background *background)
{
	int null;

	if (background->ready < 0)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || chdir("/") != 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (null > STDERR_FILENO)
		close(null);
	/* EPIPE: the started process was killed. */
	if (write(background->ready, "", 1) < 0 && errno != EPIPE)
		return -errno;
	close(background->ready);
	background->ready = -1;
	return 0;
}
