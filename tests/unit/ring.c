/* SPDX-License-Identifier: ISC */
/*
 * unit/ring: shared memory that belongs to one other user, and that no death leaves in the
 * kernel.
 */
#include "config.h"

#include "common/sysv/ring.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 3u
#define SLOT_BYTES 32768u

static struct ring ring;

static void create_for(uid_t owner)
{
	ck_assert_int_eq(ring_create(SLOTS, SLOT_BYTES, owner, &ring), 0);
}

/* Attaches as uid and writes into every slot.  Returns the result of ring_attach(). */
static int attach_as(uid_t uid, int id, uint32_t slots, uint32_t slot_bytes, uid_t creator)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct ring other;
		int error;

		if (uid != geteuid())
			harness_become(&uid);
		error = ring_attach(id, slots, slot_bytes, creator, &other);
		for (uint32_t i = 0; error == 0 && i < slots; i++)
			memset(ring_slot(&other, i), (int)('a' + i), slot_bytes);
		_exit(-error);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return -WEXITSTATUS(status);
}

static void expect_written(void)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		const uint8_t *slot = ring_slot(&ring, i);

		ck_assert_int_eq(slot[0], (int)('a' + i));
		ck_assert_int_eq(slot[SLOT_BYTES - 1], (int)('a' + i));
	}
}

TEST(a_ring_exists_while_it_is_attached)
{
	create_for(geteuid());
	ck_assert_int_eq(harness_ipc_count().segments, 1);
	ring_detach(&ring);
	ck_assert_int_eq(harness_ipc_count().segments, 0);
}

TEST(limits_count_the_segments_and_pages_that_there_are)
{
	struct ring_limits before, after;

	ck_assert_int_eq(ring_limits(&before), 0);
	create_for(geteuid());
	ck_assert_int_eq(ring_limits(&after), 0);
	ck_assert_uint_eq(after.segments_used, before.segments_used + 1);
	ck_assert_uint_eq(after.pages_used - before.pages_used,
			  SLOTS * SLOT_BYTES / (uint64_t)sysconf(_SC_PAGESIZE));
	ck_assert_uint_ge(after.bytes, (uint64_t)SLOTS * SLOT_BYTES);
	ring_detach(&ring);
}

TEST(a_closed_segment_of_another_user_can_be_looked_at)
{
	struct ring_info info;
	uid_t uid = OTHER_UID;
	int status;
	pid_t child;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(geteuid());
	child = fork();
	if (child == 0) {
		harness_become(&uid);
		_exit(ring_at(ring_last_slot(), &info) != -EACCES ||
		      ring_at_any(ring_last_slot(), &info) != ring.id || info.cuid != 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ring_detach(&ring);
}

TEST(a_ring_is_of_the_shape_that_was_asked_for)
{
	struct shmid_ds status;

	create_for(geteuid());
	ck_assert_int_eq(shmctl(ring.id, IPC_STAT, &status), 0);
	ck_assert_uint_eq(status.shm_segsz, (size_t)SLOTS * SLOT_BYTES);
	ck_assert_uint_eq(status.shm_perm.mode & 0777, 0600);
	ck_assert_uint_ne(status.shm_perm.mode & SHM_DEST, 0);
	ck_assert_ptr_eq(ring_slot(&ring, 0), ring.bytes);
	ck_assert_ptr_eq(ring_slot(&ring, 2), ring.bytes + (size_t)2 * SLOT_BYTES);
	ring_detach(&ring);
}

TEST(a_detached_ring_may_be_detached_again)
{
	create_for(geteuid());
	ring_detach(&ring);
	ck_assert_ptr_null(ring.bytes);
	ck_assert_int_eq(ring.id, -1);
	ring_detach(&ring);
}

TEST(another_process_attaches_a_ring_by_its_id)
{
	create_for(geteuid());
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS, SLOT_BYTES, geteuid()), 0);
	expect_written();
	ring_detach(&ring);
}

TEST(the_owner_attaches_a_ring)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(OTHER_UID);
	ck_assert_int_eq(attach_as(OTHER_UID, ring.id, SLOTS, SLOT_BYTES, geteuid()), 0);
	expect_written();
	ring_detach(&ring);
}

TEST(no_other_user_attaches_a_ring)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(OTHER_UID);
	ck_assert_int_eq(attach_as(THIRD_UID, ring.id, SLOTS, SLOT_BYTES, geteuid()), -EACCES);
	ck_assert_int_eq(ring_slot(&ring, 0)[0], 0);
	ring_detach(&ring);
}

TEST(a_ring_that_was_not_given_is_refused)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(geteuid());
	ck_assert_int_eq(attach_as(OTHER_UID, ring.id, SLOTS, SLOT_BYTES, geteuid()), -EACCES);
	ring_detach(&ring);
}

/* Root can attach every segment, and must not attach one that a stranger names. */
TEST(root_refuses_a_ring_of_another_owner)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(seteuid(OTHER_UID), 0);
	create_for(THIRD_UID);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(attach_as(0, ring.id, SLOTS, SLOT_BYTES, OTHER_UID), -EACCES);
	ring_detach(&ring);
}

/* With identity = requester, the worker has the uid of the creator. */
TEST(the_creator_attaches_a_ring_of_any_owner)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(OTHER_UID);
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS, SLOT_BYTES, geteuid()), 0);
	ring_detach(&ring);
}

TEST(an_unexpected_creator_is_refused)
{
	create_for(geteuid());
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS, SLOT_BYTES, OTHER_UID), -EACCES);
	ring_detach(&ring);
}

TEST(another_size_is_refused)
{
	create_for(geteuid());
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS + 1, SLOT_BYTES, geteuid()),
			 -EINVAL);
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS - 1, SLOT_BYTES, geteuid()),
			 -EINVAL);
	ck_assert_int_eq(attach_as(geteuid(), ring.id, SLOTS, 2 * SLOT_BYTES, geteuid()),
			 -EINVAL);
	/* Other slots of the same total size harm only the client. */
	ck_assert_int_eq(attach_as(geteuid(), ring.id, 2 * SLOTS, SLOT_BYTES / 2, geteuid()),
			 0);
	ring_detach(&ring);
}

TEST(a_ring_that_may_only_be_read_is_refused)
{
	struct shmid_ds status;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	create_for(OTHER_UID);
	ck_assert_int_eq(shmctl(ring.id, IPC_STAT, &status), 0);
	status.shm_perm.mode = 0400;
	ck_assert_int_eq(shmctl(ring.id, IPC_SET, &status), 0);
	ck_assert_int_eq(attach_as(OTHER_UID, ring.id, SLOTS, SLOT_BYTES, geteuid()), -EACCES);
	ring_detach(&ring);
}

TEST(a_removed_ring_is_reported)
{
	int id;

	create_for(geteuid());
	id = ring.id;
	ring_detach(&ring);
	ck_assert_int_eq(attach_as(geteuid(), id, SLOTS, SLOT_BYTES, geteuid()), -EIDRM);
}

TEST(an_invalid_ring_id_is_reported)
{
	ck_assert_int_eq(attach_as(geteuid(), 12345, SLOTS, SLOT_BYTES, geteuid()), -EIDRM);
	ck_assert_int_eq(attach_as(geteuid(), INT32_MAX, SLOTS, SLOT_BYTES, geteuid()), -EIDRM);
	ck_assert_int_eq(attach_as(geteuid(), -1, SLOTS, SLOT_BYTES, geteuid()), -EIDRM);
}

TEST(a_failed_attach_leaves_nothing_to_detach)
{
	struct ring other;

	ck_assert_int_eq(ring_attach(12345, SLOTS, SLOT_BYTES, geteuid(), &other), -EIDRM);
	ck_assert_ptr_null(other.bytes);
	ring_detach(&other);
}

/* Enters a new IPC namespace.  Returns false where the kernel refuses. */
static bool set_limit(const char *name, const char *value)
{
	int file;
	bool done;

	if (unshare(CLONE_NEWIPC) != 0)
		return false;
	file = open(name, O_WRONLY | O_CLOEXEC);
	done = file >= 0 && write(file, value, strlen(value)) > 0;
	if (file >= 0)
		close(file);
	return done;
}

TEST(a_lack_of_segments_is_reported)
{
	if (!set_limit("/proc/sys/kernel/shmmni", "0"))
		SKIP("needs an IPC namespace whose kernel.shmmni it may set");
	ck_assert_int_eq(ring_create(SLOTS, SLOT_BYTES, geteuid(), &ring), -ENOSPC);
	ck_assert_ptr_null(ring.bytes);
}

TEST(a_segment_that_is_too_large_is_reported)
{
	if (!set_limit("/proc/sys/kernel/shmmax", "65536"))
		SKIP("needs an IPC namespace whose kernel.shmmax it may set");
	ck_assert_int_eq(ring_create(SLOTS, SLOT_BYTES, geteuid(), &ring), -EINVAL);
	ck_assert_int_eq(ring_create(2, SLOT_BYTES, geteuid(), &ring), 0);
	ring_detach(&ring);
}

TEST(all_segments_together_have_a_limit)
{
	if (!set_limit("/proc/sys/kernel/shmall", "1"))
		SKIP("needs an IPC namespace whose kernel.shmall it may set");
	ck_assert_int_eq(ring_create(SLOTS, SLOT_BYTES, geteuid(), &ring), -ENOSPC);
}

TEST(a_populated_slot_is_there)
{
	unsigned char pages[SLOT_BYTES / 4096] = {0};

	create_for(geteuid());
	if (ring_populate(&ring, 1, 0, SLOT_BYTES) != 0)
		ck_abort_msg("a slot cannot be populated");
	ck_assert_int_eq(mincore(ring_slot(&ring, 1), SLOT_BYTES, pages), 0);
	for (size_t i = 0; i < SLOT_BYTES / (size_t)sysconf(_SC_PAGESIZE); i++)
		ck_assert_uint_eq(pages[i] & 1, 1);
	ck_assert_int_eq(ring_slot(&ring, 1)[0], 0);
	ring_detach(&ring);
}

/* Populating must not change the bytes of a slot. */
TEST(populating_again_changes_nothing)
{
	create_for(geteuid());
	memset(ring_slot(&ring, 2), 'x', SLOT_BYTES);
	ck_assert_int_eq(ring_populate(&ring, 2, 0, SLOT_BYTES), 0);
	ck_assert_int_eq(ring_slot(&ring, 2)[SLOT_BYTES - 1], 'x');
	ring_detach(&ring);
}

/* Makes a ring, writes the id, lets another process attach the ring, and waits for SIGKILL. */
static void hold(int say)
{
	pid_t partner;

	create_for(geteuid());
	partner = fork();
	if (partner == 0) {
		struct ring other;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ring_attach(ring.id, SLOTS, SLOT_BYTES, geteuid(), &other) != 0 ||
		    write(say, "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	for (;;)
		pause();
}

TEST(nothing_is_left_when_both_sides_are_killed)
{
	int ends[2], status;
	char ready;
	pid_t holder;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	holder = fork();
	if (holder == 0)
		hold(ends[1]);
	ck_assert_int_eq(read(ends[0], &ready, 1), 1);
	ck_assert_int_eq(harness_ipc_count().segments, 1);
	ck_assert_int_eq(kill(holder, SIGKILL), 0);
	ck_assert_int_eq(waitpid(holder, &status, 0), holder);
	WAIT_FOR(harness_ipc_count().segments == 0);
}

int main(void)
{
	return harness_main("unit/ring", HARNESS_IPC);
}
