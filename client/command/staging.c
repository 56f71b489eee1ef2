/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/staging.h"

#include "client/command/cleanup.h"
#include "client/command/rmtree.h"
#include "client/command/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_directory(struct staging *staging)
{
	int result = -EEXIST;

	for (int tries = 0; result == -EEXIST && tries < TEMPORARY_TRIES; tries++) {
		if (tries > 0)
			temporary_renew(staging->name);
		result = cleanup_remember_tree(staging->name);
		if (result == 0 && mkdir(staging->name, S_IRWXU) != 0)
			result = -errno;
		if (result != 0)
			cleanup_forget_tree();
	}
	return result;
}

int staging_make(struct staging *staging, const char *target)
{
	int result;

	*staging = (struct staging){.target = strdup(target)};
	result = staging->target != NULL ? temporary_name(AT_FDCWD, target, &staging->name)
					 : -ENOMEM;
	if (result != 0)
		goto out;
	result = make_directory(staging);
	if (result != 0) {
		free(staging->name);
		staging->name = NULL;
		goto out;
	}
	do
		result = open(staging->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (result < 0 && errno == EINTR);
	if (result >= 0)
		return result;
	result = -errno;
out:
	staging_discard(staging);
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
