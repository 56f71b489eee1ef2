/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/staging.h"

#include "client/command/base/cleanup.h"
#include "client/command/base/rmtree.h"
#include "client/command/base/temporary.h"
#include "client/command/output/abandoned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes and opens it.  -EEXIST: under another name it may be possible. */
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
	if (abandoned_prevent(directory))
		return directory;
	close(directory);
	return -EEXIST;
}

static int make_directory(struct staging *staging)
{
	int result = -EEXIST;

	for (int tries = 0; result == -EEXIST && tries < TEMPORARY_TRIES; tries++) {
		if (tries > 0)
			temporary_renew(staging->name);
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
			 ? temporary_name(AT_FDCWD, target, ABANDONED_MARK, &staging->name)
			 : -ENOMEM;
	if (result == 0) {
		abandoned_remove(staging->name);
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

	/* Not every file system can; then only an empty directory would be replaced. */
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
