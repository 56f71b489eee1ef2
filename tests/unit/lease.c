/* SPDX-License-Identifier: ISC */
/* unit/lease: taking, holding, releasing and waiting for the lease. */
#include "config.h"

#include "common/sysv/lease.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY ((key_t)0x6c656173)

static struct lease taken(void)
{
	struct lease lease;
	uid_t owner;

	ck_assert_int_eq(lease_take(KEY, &lease, &owner), 0);
	return lease;
}

/* Starts a process that takes the lease and sleeps.  Returns once the lease is held. */
static pid_t start_holder(void)
{
	pid_t holder = fork();

	if (holder == 0) {
		struct lease lease;
		uid_t owner;

		if (lease_take(KEY, &lease, &owner) != 0)
			_exit(1);
		pause();
		_exit(0);
	}
	ck_assert_int_gt(holder, 0);
	WAIT_FOR(lease_find(KEY) >= 0 && lease_held(lease_find(KEY)) == 1);
	return holder;
}

/* Waits until a child ends or stops.  A child that hangs fails the test. */
static int await_child(pid_t child)
{
	int status;

	WAIT_FOR(waitpid(child, &status, WNOHANG | WUNTRACED) == child);
	return status;
}

static void end_holder(pid_t holder, int signal)
{
	ck_assert_int_eq(kill(holder, signal), 0);
	(void)await_child(holder);
}

static void remove_lease(void)
{
	struct lease lease = taken();

	lease_release(&lease);
}

/* Runs function as uid in a child process.  Returns the exit status. */
static int in_child(int (*function)(void), uid_t uid)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (uid != geteuid())
			harness_become(&uid);
		_exit(function());
	}
	status = await_child(child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int negated_take(void)
{
	struct lease lease;
	uid_t owner;

	alarm(WAIT_LIMIT_MS / 1000); /* the take must not wait */
	return -lease_take(KEY, &lease, &owner);
}

TEST(a_taken_lease_is_held)
{
	struct lease lease = taken();

	ck_assert_int_eq(lease_find(KEY), lease.id);
	ck_assert_int_eq(lease_held(lease.id), 1);
	lease_release(&lease);
}

TEST(no_lease_exists_before_the_first_take)
{
	ck_assert_int_eq(lease_find(KEY), -ENOENT);
}

TEST(release_removes_the_lease)
{
	struct lease lease = taken();

	lease_release(&lease);
	ck_assert_int_eq(lease_find(KEY), -ENOENT);
	ck_assert_int_eq(lease.id, -1);
}

TEST(releasing_twice_does_no_harm)
{
	struct lease lease = taken(), other;

	lease_release(&lease);
	other = taken();
	lease_release(&lease);
	ck_assert_int_eq(lease_held(other.id), 1);
	lease_release(&other);
}

TEST(a_second_taker_is_refused)
{
	struct lease lease = taken();

	ck_assert_int_eq(in_child(negated_take, geteuid()), EBUSY);
	ck_assert_int_eq(lease_held(lease.id), 1);
	lease_release(&lease);
}

TEST(a_holder_cannot_take_the_lease_twice)
{
	struct lease lease = taken();

	ck_assert_int_eq(negated_take(), EBUSY);
	lease_release(&lease);
}

TEST(kill_9_of_the_holder_frees_the_lease)
{
	pid_t holder = start_holder();

	end_holder(holder, SIGKILL);
	ck_assert_int_eq(lease_held(lease_find(KEY)), 0);
	remove_lease();
}

TEST(a_freed_lease_can_be_taken_again)
{
	struct lease lease;
	int id;

	end_holder(start_holder(), SIGKILL);
	id = lease_find(KEY);
	lease = taken();
	ck_assert_int_eq(lease.id, id);
	ck_assert_int_eq(lease_held(id), 1);
	lease_release(&lease);
}

static int exit_at_once(void)
{
	return 0;
}

TEST(a_child_that_ends_does_not_free_the_lease)
{
	struct lease lease = taken();

	in_child(exit_at_once, geteuid());
	ck_assert_int_eq(lease_held(lease.id), 1);
	lease_release(&lease);
}

static struct lease inherited;

static int release_inherited(void)
{
	lease_release(&inherited);
	return 0;
}

TEST(a_child_cannot_release_the_lease)
{
	inherited = taken();
	in_child(release_inherited, geteuid());
	ck_assert_int_eq(lease_held(inherited.id), 1);
	lease_release(&inherited);
}

/* Starts a process that waits for the lease and exits with the negated result. */
static pid_t start_waiter(int id, uid_t uid)
{
	pid_t waiter = fork();

	if (waiter == 0) {
		if (uid != geteuid())
			harness_become(&uid);
		_exit(-lease_wait_fall(id, 60000));
	}
	ck_assert_int_gt(waiter, 0);
	WAIT_FOR(semctl(id, 0, GETZCNT) == 1);
	return waiter;
}

static int ended(pid_t waiter)
{
	int status = await_child(waiter);

	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(a_waiter_is_woken_by_the_holders_death)
{
	pid_t holder = start_holder();
	pid_t waiter = start_waiter(lease_find(KEY), geteuid());

	end_holder(holder, SIGKILL);
	ck_assert_int_eq(ended(waiter), 0);
	remove_lease();
}

TEST(a_waiter_is_woken_by_the_leases_removal)
{
	struct lease lease = taken();
	pid_t waiter = start_waiter(lease.id, geteuid());

	lease_release(&lease);
	ck_assert_int_eq(ended(waiter), EIDRM);
}

TEST(another_user_may_wait_for_the_fall)
{
	pid_t holder, waiter;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	holder = start_holder();
	waiter = start_waiter(lease_find(KEY), OTHER_UID);
	end_holder(holder, SIGKILL);
	ck_assert_int_eq(ended(waiter), 0);
	remove_lease();
}

TEST(waiting_ends_at_the_time_limit)
{
	struct lease lease = taken();

	ck_assert_int_eq(lease_wait_fall(lease.id, 1), -ETIMEDOUT);
	lease_release(&lease);
}

TEST(waiting_for_a_free_lease_returns_at_once)
{
	end_holder(start_holder(), SIGKILL);
	ck_assert_int_eq(lease_wait_fall(lease_find(KEY), WAIT_LIMIT_MS), 0);
	remove_lease();
}

TEST(a_removed_lease_is_reported)
{
	struct lease lease = taken();
	int id = lease.id;
	uid_t owner;

	lease_release(&lease);
	ck_assert_int_eq(lease_held(id), -EIDRM);
	ck_assert_int_eq(lease_owner(id, &owner), -EIDRM);
	ck_assert_int_eq(lease_wait_fall(id, WAIT_LIMIT_MS), -EIDRM);
}

TEST(the_taker_is_the_owner)
{
	struct lease lease = taken();
	uid_t owner = (uid_t)-1;

	ck_assert_int_eq(lease_owner(lease.id, &owner), 0);
	ck_assert_uint_eq(owner, geteuid());
	lease_release(&lease);
}

TEST(everyone_may_read_the_lease_and_only_the_owner_change_it)
{
	struct lease lease = taken();
	struct semid_ds status = {0};
	union {
		int value;
		struct semid_ds *status;
	} argument = {.status = &status};

	ck_assert_int_eq(semctl(lease.id, 0, IPC_STAT, argument), 0);
	ck_assert_int_eq(status.sem_perm.mode & 0777, 0644);
	ck_assert_uint_eq(status.sem_nsems, 1);
	lease_release(&lease);
}

static int take_and_name_owner(void)
{
	struct lease lease;
	uid_t owner = 1;

	if (lease_take(KEY, &lease, &owner) != -EPERM)
		return 1;
	return owner == 0 ? 0 : 2;
}

TEST(another_users_lease_is_refused_and_its_owner_named)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	end_holder(start_holder(), SIGKILL);
	ck_assert_int_eq(in_child(take_and_name_owner, OTHER_UID), 0);
	remove_lease();
}

static int make_unreadable_lease(void)
{
	return semget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600) < 0;
}

static int find_owner_unread(void)
{
	struct lease lease;
	uid_t owner;

	return -lease_take(KEY, &lease, &owner);
}

TEST(another_users_unreadable_lease_is_refused)
{
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(in_child(make_unreadable_lease, OTHER_UID), 0);
	ck_assert_int_eq(in_child(find_owner_unread, THIRD_UID), EPERM);
	ck_assert_int_eq(semctl(lease_find(KEY), 0, IPC_RMID), 0);
}

static int racer(void)
{
	struct lease lease;
	uid_t owner;
	int error = lease_take(KEY, &lease, &owner);

	if (error == 0)
		raise(SIGSTOP);
	return -error;
}

TEST(of_many_takers_exactly_one_wins)
{
	enum { RACERS = 16 };
	pid_t racers[RACERS];
	int winners = 0, status;

	for (int i = 0; i < RACERS; i++) {
		racers[i] = fork();
		if (racers[i] == 0)
			_exit(racer());
	}
	for (int i = 0; i < RACERS; i++) {
		status = await_child(racers[i]);
		if (WIFSTOPPED(status)) {
			winners++;
			continue;
		}
		ck_assert_int_eq(WEXITSTATUS(status), EBUSY);
		racers[i] = 0;
	}
	ck_assert_int_eq(winners, 1);
	for (int i = 0; i < RACERS; i++)
		if (racers[i] != 0)
			end_holder(racers[i], SIGKILL);
	remove_lease();
}

int main(void)
{
	return harness_main("unit/lease", HARNESS_IPC);
}
