/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/ring.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

static int negative_errno(void)
{
	return errno == EINVAL ? -EIDRM : -errno;
}

static int attach(int id, struct ring *ring)
{
	void *bytes = shmat(id, NULL, 0);

	/* shmat(2) reports failure as (void *)-1, never as NULL. */
	if (bytes == (void *)-1)
		return negative_errno();
	ring->id = id;
	ring->bytes = bytes;
	return 0;
}

static int give(int id, uid_t owner)
{
	struct shmid_ds status;

	if (owner == geteuid())
		return 0;
	if (shmctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	status.shm_perm.uid = owner;
	return shmctl(id, IPC_SET, &status) == 0 ? 0 : negative_errno();
}

int ring_create(uint32_t slots, uint32_t slot_bytes, uid_t owner, struct ring *ring)
{
	int error, id;

	*ring = (struct ring){.id = -1, .slots = slots, .slot_bytes = slot_bytes};
	id = shmget(IPC_PRIVATE, (size_t)slots * slot_bytes, IPC_CREAT | 0600);
	if (id < 0)
		return -errno;
	error = give(id, owner);
	if (error == 0)
		error = attach(id, ring);
	/* Remove the segment also after a failure. */
	shmctl(id, IPC_RMID, NULL);
	return error;
}

static int check(int id, size_t bytes, uid_t creator)
{
	struct shmid_ds status;

	if (shmctl(id, IPC_STAT, &status) != 0)
		return negative_errno();
	/* A segment that was given to another user is not meant for this process. */
	if (status.shm_perm.cuid != creator ||
	    (status.shm_perm.uid != geteuid() && creator != geteuid()))
		return -EACCES;
	return status.shm_segsz == bytes ? 0 : -EINVAL;
}

int ring_attach(int id, uint32_t slots, uint32_t slot_bytes, uid_t creator, struct ring *ring)
{
	int error = check(id, (size_t)slots * slot_bytes, creator);

	*ring = (struct ring){.id = -1, .slots = slots, .slot_bytes = slot_bytes};
	return error != 0 ? error : attach(id, ring);
}

bool ring_exists(int id, uid_t creator)
{
	struct shmid_ds status;

	return shmctl(id, IPC_STAT, &status) == 0 ? status.shm_perm.cuid == creator
						  : errno == EACCES;
}

void ring_detach(struct ring *ring)
{
	if (ring->bytes != NULL)
		shmdt(ring->bytes);
	ring->bytes = NULL;
	ring->id = -1;
}

int ring_last_slot(void)
{
	union {
		struct shm_info usage;
		struct shmid_ds status; /* the declared type of shmctl()'s argument */
	} table;
	int last = shmctl(0, SHM_INFO, &table.status);

	return last >= 0 ? last : -errno;
}

static time_t latest(time_t a, time_t b)
{
	return a > b ? a : b;
}

/* command: SHM_STAT or SHM_STAT_ANY. */
static int at(int slot, int command, struct ring_info *info)
{
	struct shmid_ds status = {0}; /* memcheck does not know SHM_STAT_ANY */
	int id = shmctl(slot, command, &status);

	if (id < 0)
		return negative_errno();
	*info = (struct ring_info){
		.uid = status.shm_perm.uid,
		.cuid = status.shm_perm.cuid,
		.key = status.shm_perm.__key,
		.mode = status.shm_perm.mode & 0777,
		.creator = status.shm_cpid,
		.attached = status.shm_nattch > 0,
		.removed = (status.shm_perm.mode & SHM_DEST) != 0,
		.touched = latest(latest(status.shm_ctime, status.shm_atime), status.shm_dtime),
	};
	return id;
}

int ring_at(int slot, struct ring_info *info)
{
	return at(slot, SHM_STAT, info);
}

int ring_at_any(int slot, struct ring_info *info)
{
	return at(slot, SHM_STAT_ANY, info);
}

int ring_limits(struct ring_limits *limits)
{
	union {
		struct shminfo allowed;
		struct shm_info used;
		struct shmid_ds status;
	} table;

	if (shmctl(0, IPC_INFO, &table.status) < 0)
		return -errno;
	*limits = (struct ring_limits){
		.segments = table.allowed.shmmni,
		.bytes = table.allowed.shmmax,
		.pages = table.allowed.shmall,
	};
	if (shmctl(0, SHM_INFO, &table.status) < 0)
		return -errno;
	limits->segments_used = (uint64_t)table.used.used_ids;
	limits->pages_used = table.used.shm_tot;
	return 0;
}

int ring_remove(int id)
{
	return shmctl(id, IPC_RMID, NULL) == 0 ? 0 : negative_errno();
}
