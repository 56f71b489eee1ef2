/* SPDX-License-Identifier: ISC */
/* lease: the only caller of semget, semop and semctl. */
#include "config.h"

#include "common/sysv/lease.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

#define LEASE_MODE 0644

/* Attempts to take the lease while other processes keep removing the set. */
#define TAKE_TRIES 100

/* The caller declares this type: see semctl(2). */
union semaphore_argument {
	int value;
	struct semid_ds *status;
};

static int negative_errno(void)
{
	return errno == EINVAL ? -EIDRM : -errno;
}

int lease_owner(int id, uid_t *owner)
{
	struct semid_ds status = {0};
	union semaphore_argument argument = {.status = &status};

	if (semctl(id, 0, IPC_STAT, argument) < 0)
		return negative_errno();
	*owner = status.sem_perm.cuid;
	return 0;
}

/* Maps the errors of semget(2) for a limit of kernel.sem: also EINVAL, for SEMMSL 0. */
static int creation_error(void)
{
	return errno == ENOSPC || errno == EINVAL ? -E2BIG : -errno;
}

/*
 * Finds or creates the set.  Linux starts a new set at zero, which means free (semget(2),
 * NOTES), so a set is correct from its creation on.  Returns the id, or -E2BIG (kernel.sem)
 * or another errno of semget(2); -EIDRM: the set was removed meanwhile.
 */
static int find_or_create(key_t key, bool *created)
{
	int id = semget(key, 1, IPC_CREAT | IPC_EXCL | LEASE_MODE);

	*created = id >= 0;
	if (id < 0 && errno == EEXIST) {
		id = semget(key, 1, LEASE_MODE);
		if (id < 0 && errno == ENOENT)
			return -EIDRM;
	}
	return id >= 0 ? id : creation_error();
}

/* Finds the owner of an unreadable set.  Returns -EPERM, or -EIDRM if the set is gone. */
static int find_owner(key_t key, uid_t *owner)
{
	int id = lease_find(key);

	if (id < 0)
		return id == -ENOENT ? -EIDRM : id;
	*owner = (uid_t)-1;
	return lease_owner(id, owner) == -EIDRM ? -EIDRM : -EPERM;
}

static int raise_value(int id, uid_t *owner)
{
	struct sembuf take[2] = {
		{.sem_num = 0, .sem_op = 0, .sem_flg = IPC_NOWAIT},
		{.sem_num = 0, .sem_op = 1, .sem_flg = SEM_UNDO},
	};
	int error = lease_owner(id, owner);

	if (error != 0)
		return error;
	if (*owner != geteuid())
		return -EPERM;
	if (semop(id, take, 2) != 0)
		return errno == EAGAIN ? -EBUSY : negative_errno();
	return 0;
}

/* Makes one attempt.  -EIDRM: the set was removed meanwhile; the caller tries again. */
static int try_take(key_t key, struct lease *lease, uid_t *owner)
{
	bool created;
	int error, id = find_or_create(key, &created);

	if (id == -EACCES)
		return find_owner(key, owner);
	if (id < 0)
		return id;
	error = raise_value(id, owner);
	if (error == 0) {
		lease->id = id;
		lease->holder = getpid();
		lease->created = created;
	} else if (created && lease_held(id) == 0) {
		/* No other process has taken the new set yet. */
		semctl(id, 0, IPC_RMID);
	}
	return error;
}

int lease_take(key_t key, struct lease *lease, uid_t *owner)
{
	int error = -EIDRM;

	for (int i = 0; i < TAKE_TRIES && (error == -EIDRM || error == -EINTR); i++)
		error = try_take(key, lease, owner);
	return error;
}

void lease_release(struct lease *lease)
{
	if (lease->id >= 0 && lease->holder == getpid())
		semctl(lease->id, 0, IPC_RMID);
	lease->id = -1;
}

int lease_find(key_t key)
{
	int id = semget(key, 0, 0);

	return id >= 0 ? id : -errno;
}

int lease_held(int id)
{
	int value = semctl(id, 0, GETVAL);

	if (value < 0)
		return negative_errno();
	return value > 0 ? 1 : 0;
}

int lease_wait_fall(int id, unsigned milliseconds)
{
	struct sembuf fall = {.sem_num = 0, .sem_op = 0, .sem_flg = 0};
	struct timespec limit = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000L,
	};

	if (semtimedop(id, &fall, 1, &limit) == 0)
		return 0;
	return errno == EAGAIN ? -ETIMEDOUT : negative_errno();
}
