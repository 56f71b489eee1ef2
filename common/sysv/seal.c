/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/seal.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

/* Kernel headers older than 5.14 lack this constant. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

static int negative_errno(void)
{
	return errno == EINVAL ? -EIDRM : -errno;
}

int seal_create(struct seal *seal)
{
	void *content;
	int error = 0;
	int id = shmget(IPC_PRIVATE, sizeof(*seal->content), IPC_CREAT | 0644);

	*seal = (struct seal){.id = -1};
	if (id < 0)
		return -errno;
	content = shmat(id, NULL, 0);
	if (content == (void *)-1)
		error = -errno;
	shmctl(id, IPC_RMID, NULL);
	if (error == 0)
		*seal = (struct seal){.id = id, .content = content};
	return error;
}

void seal_detach(struct seal *seal)
{
	if (seal->content != NULL)
		shmdt(seal->content);
	*seal = (struct seal){.id = -1};
}

static int check(int id, uid_t creator)
{
	struct shmid_ds status;

	if (shmctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	if (status.shm_perm.cuid != creator || status.shm_perm.uid != creator)
		return -EACCES;
	return status.shm_segsz == sizeof(struct seal_wire) ? 0 : -EINVAL;
}

/* Reports a page that cannot be allocated as an error, where a load would be a SIGBUS. */
static int populate(void *content)
{
	if (madvise(content, sizeof(struct seal_wire), MADV_POPULATE_READ) == 0)
		return 0;
	/* Linux before 5.14 cannot populate. */
	return errno == EINVAL ? 0 : -ENOMEM;
}

int seal_read(int id, uid_t creator, struct seal_wire *content)
{
	int error = check(id, creator);
	void *attached;

	if (error != 0)
		return error;
	attached = shmat(id, NULL, SHM_RDONLY);
	if (attached == (void *)-1)
		return negative_errno();
	error = populate(attached);
	if (error == 0)
		*content = *(const struct seal_wire *)attached;
	shmdt(attached);
	return error;
}

bool seal_held(int id)
{
	struct shmid_ds status;

	return shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch > 0;
}
