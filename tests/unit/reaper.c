/* SPDX-License-Identifier: ISC */
/* unit/reaper: the time and the slots of a step, and the queues that stay. */
#include "config.h"

#include "server/workers/reaper.h"

#include "common/clock.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG = 3600, MANY = REAPER_STEP + 200 };

static struct reaper reaper;
static struct workers workers;
static struct wait_queue waiting;
static const struct log quiet = {.target = LOG_TO_STDERR, .level = LOG_ERR, .name = "test"};
static struct limited_log lines = {.log = &quiet};
static struct reaper_scene scene = {
	.policy = {.patience = LONG, .age_limit = LONG},
	.workers = &workers,
	.waiting = &waiting,
	.lines = &lines,
};
static int made[MANY];

/* Forks a child that creates count queues with tickets, gives them away, and dies. */
static void leave_queues(uid_t uid, unsigned count)
{
	uid_t self = geteuid();
	int ids[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ids), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		static const struct message ticket = {.type = MESSAGE_TICKET};

		if (uid != self)
			harness_become(&uid);
		for (unsigned i = 0; i < count; i++) {
			int id = queue_create_private();

			if (queue_send(id, &ticket, PROTOCOL_TICKET_BYTES, false) != 0 ||
			    queue_give_user(id, self) != 0 ||
			    write(ids[1], &id, sizeof(id)) != (ssize_t)sizeof(id))
				_exit(1);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(read(ids[0], &made[i], sizeof(made[i])), sizeof(made[i]));
	close(ids[0]);
	close(ids[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static struct client client_at(int queue, pid_t process)
{
	struct queue_info info = {.cuid = 0};

	(void)queue_inspect_any(queue, &info);
	return (struct client){
		.dialect = DIALECT_CURRENT, .queue = queue, .pid = process, .uid = info.cuid};
}

static void note(int queue, pid_t process)
{
	struct client client = client_at(queue, process);

	reaper_note(&reaper, &client);
	reaper_stir(&reaper);
}

static pid_t dead_process(void)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	return child;
}

static int queues(void)
{
	return harness_ipc_count().queues;
}

/* Runs one step, as the daemon does at a tick. */
static void let_it_work(void)
{
	ck_assert_uint_ne(reaper_period(&reaper), 0);
	reaper_step(&reaper, &scene, reaper.due);
}

TEST(without_queues_no_timer_is_needed)
{
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	ck_assert_uint_eq(reaper_period(&reaper), 0);
}

/* The kernel gave the id of a proved queue to a later queue of another user. */
TEST(a_proof_does_not_hold_for_another_creators_queue)
{
	int queue = queue_create_private();
	struct client former = client_at(queue, dead_process());

	ck_assert_int_ge(queue, 0);
	former.uid = geteuid() + 1;
	reaper_note(&reaper, &former);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	ck_assert_int_eq(queues(), 1);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_request_causes_one_scan)
{
	reaper_stir(&reaper);
	let_it_work();
	ck_assert_uint_eq(reaper_period(&reaper), 0);
}

TEST(an_early_tick_does_not_scan)
{
	reaper_stir(&reaper);
	ck_assert_uint_gt(reaper_period(&reaper), 0);
	reaper_step(&reaper, &scene, clock_ms());
	ck_assert(reaper.stirred);
}

TEST(a_live_queue_is_watched_less_and_less_often)
{
	int queue = queue_create_private();
	unsigned before = 0, steps = 0;

	note(queue, getppid());
	while (reaper_period(&reaper) != before) {
		ck_assert_uint_ge(reaper_period(&reaper), before);
		before = reaper_period(&reaper);
		let_it_work();
		ck_assert_uint_lt(++steps, 10);
	}
	ck_assert_uint_ge(before, 60000);
	ck_assert_uint_le(before, 65000);
	reaper_stir(&reaper);
	ck_assert_uint_lt(reaper_period(&reaper), 5000);
	ck_assert_int_eq(queue_remove(queue), 0);
	let_it_work();
	ck_assert_uint_eq(reaper_period(&reaper), 0);
}

TEST(a_proved_queue_of_our_own_user_is_removed_when_its_client_is_dead)
{
	int queue = queue_create_private();

	note(queue, dead_process());
	let_it_work();
	ck_assert_int_eq(queues(), 0);
	ck_assert_uint_eq(reaper_period(&reaper), 0);
}

TEST(a_queue_of_our_own_user_that_was_never_proved_is_left_alone)
{
	struct client classic;

	leave_queues(geteuid(), 1);
	classic = client_at(made[0], dead_process());
	classic.dialect = DIALECT_CLASSIC_LARGE;
	reaper_note(&reaper, &classic);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	ck_assert_uint_eq(reaper_period(&reaper), 0);
	ck_assert_int_eq(queue_remove(made[0]), 0);
}

/* Only the first queue of an IPC namespace has the id 0, like an unused entry of a table. */
TEST(the_first_queue_of_a_namespace_is_not_proved_by_its_id)
{
	ck_assert_int_eq(unshare(CLONE_NEWIPC), 0);
	leave_queues(geteuid(), 1);
	ck_assert_int_eq(made[0], 0);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	ck_assert_int_eq(queues(), 1);
	note(made[0], dead_process());
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 1);
	ck_assert_int_eq(queues(), 0);
}

TEST(a_queue_that_a_worker_serves_or_a_job_waits_for_is_kept)
{
	struct worker worker = {.pid = getppid()};
	struct job job = {.request = {.paths = "x", .path_bytes = 2}};

	int queue = queue_create_private();
	note(queue, dead_process());
	worker.client = job.client = client_at(queue, 0);
	workers = (struct workers){.table = &worker, .size = 1};
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	worker.pid = 0;
	ck_assert_int_eq(wait_queue_push(&waiting, &job, 1, 1), 0);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	worker.owed = true;
	wait_queue_free(&waiting);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	worker.owed = false;
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 1);
	ck_assert_int_eq(queues(), 0);
}

TEST(while_a_worker_serves_a_queue_no_timer_is_needed_for_it)
{
	struct worker worker = {.pid = getppid()};
	int queue = queue_create_private();

	note(queue, getppid());
	worker.client = client_at(queue, 0);
	workers = (struct workers){.table = &worker, .size = 1};
	let_it_work();
	ck_assert_uint_eq(reaper_period(&reaper), 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(another_users_queues_are_removed_when_that_one_is_dead)
{
	if (!harness_other_users())
		SKIP("needs root");
	leave_queues(OTHER_UID, 3);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 3);
	ck_assert_int_eq(queues(), 0);
}

TEST(many_queues_are_looked_at_a_part_at_a_time)
{
	if (!harness_other_users())
		SKIP("needs root");
	leave_queues(OTHER_UID, MANY);
	reaper_stir(&reaper);
	let_it_work();
	ck_assert_int_ge(queues(), MANY - REAPER_STEP);
	ck_assert_int_lt(queues(), MANY);
	let_it_work();
	ck_assert_int_eq(queues(), 0);
	ck_assert_uint_eq(reaper_period(&reaper), 0);
}

static int leave_segment(void)
{
	uid_t uid = OTHER_UID, self = geteuid();
	int status, pipes[2], id = -1;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct shmid_ds state;

		harness_become(&uid);
		id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
		if (shmctl(id, IPC_STAT, &state) != 0)
			_exit(1);
		state.shm_perm.uid = self;
		_exit(shmctl(id, IPC_SET, &state) != 0 ||
		      write(pipes[1], &id, sizeof(id)) != (ssize_t)sizeof(id));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(pipes[0], &id, sizeof(id)), sizeof(id));
	close(pipes[0]);
	close(pipes[1]);
	return id;
}

TEST(a_segment_whose_creator_was_killed_too_early_is_removed)
{
	struct ring_info info;

	if (!harness_other_users())
		SKIP("needs root");
	ck_assert_int_ge(leave_segment(), 0);
	ck_assert_int_ge(ring_at(ring_last_slot(), &info), 0);
	ck_assert_uint_eq(info.cuid, OTHER_UID);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 1);
	ck_assert_int_eq(harness_ipc_count().segments, 0);
}

TEST(a_ring_in_use_stays)
{
	struct ring ring;

	ck_assert_int_eq(ring_create(1, 4096, geteuid(), &ring), 0);
	ck_assert_uint_eq(reaper_round(&reaper, &scene), 0);
	ck_assert_uint_eq(reaper_period(&reaper), 0);
	ring_detach(&ring);
}

TEST(an_empty_slot_has_no_queue)
{
	struct queue_info info;

	ck_assert_int_eq(queue_last_slot(), 0);
	ck_assert_int_eq(queue_at(0, &info), -EIDRM);
	ck_assert_int_eq(ring_last_slot(), 0);
}

int main(void)
{
	return harness_main("unit/reaper", HARNESS_IPC);
}
