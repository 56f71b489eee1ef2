/* SPDX-License-Identifier: ISC */
/* unit/diagnosis: the findings for given facts, and the outcome of a fetch. */
#include "config.h"

#include "client/lib/diagnosis.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

#define SELF 1000u
#define STRANGER 1001u
#define KEY ((key_t)0x1aaaaaa1)

static struct diagnosis_facts facts;
static struct diagnosis diagnosis;
static char said[4096]; /* all findings: "SEVERITY TOPIC: TEXT\n-> ADVICE\n" */

static void note(void *context, const struct msgfetch_finding *finding)
{
	static const char *const names[] = {"fine", "note", "problem"};
	size_t length = strlen(said);

	(void)context;
	snprintf(said + length, sizeof(said) - length, "%s %s: %s\n-> %s\n",
		 names[finding->severity], finding->topic, finding->text, finding->advice);
}

static struct diagnosis_user user(uid_t uid)
{
	struct diagnosis_user made = {.uid = uid};

	snprintf(made.name, sizeof(made.name), "uid %u", (unsigned)uid);
	return made;
}

/* Facts of a live daemon of root, and of default limits. */
static void set_up(void)
{
	facts = (struct diagnosis_facts){
		.self = user(SELF),
		.key = {.key = KEY,
			.queue = 5,
			.info = {.mode = 0622},
			.queue_holder = user(0),
			.queue_trusted = true,
			.lease = 6,
			.lease_holder = user(0),
			.lease_trusted = true,
			.held = true,
			.group = "gid 7"},
		.namespaces = {.first = true},
		.limits = {.queues = {.queues = 32000, .queue_bytes = 16384, .message = 8192},
			   .rings = {.segments = 4096, .bytes = 1 << 30, .pages = 1 << 20},
			   .page = 4096,
			   .ring = 2 << 20},
	};
	diagnosis = (struct diagnosis){.finding = note};
	said[0] = '\0';
}

static void classify(void)
{
	diagnosis_before_asking(&diagnosis, &facts);
	diagnosis_of_risks(&diagnosis, &facts);
}

static void expect(enum msgfetch_outcome outcome, const char *text)
{
	classify();
	ck_assert_int_eq(diagnosis.outcome, outcome);
	ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in:\n%s", text, said);
}

TEST(a_healthy_daemon_has_no_findings)
{
	set_up();
	classify();
	ck_assert_int_eq(diagnosis.outcome, MSGFETCH_OK);
	ck_assert_ptr_null(strstr(said, "problem"));
	ck_assert_ptr_null(strstr(said, "note"));
}

TEST(a_kernel_without_semaphores_is_a_problem)
{
	set_up();
	facts.kernel.semaphores = -ENOSYS;
	expect(MSGFETCH_ERROR, "problem kernel: no System V semaphores");
	ck_assert_ptr_null(strstr(said, "queues:"));
}

TEST(a_kernel_that_forbids_shared_memory_is_told_from_one_without)
{
	set_up();
	facts.kernel.segments = -EPERM;
	expect(MSGFETCH_ERROR, "-> a sandbox or container forbids these calls");
}

static void without_daemon(void)
{
	set_up();
	facts.key.queue = -ENOENT;
	facts.key.lease = -ENOENT;
}

TEST(an_absent_daemon_is_to_be_started)
{
	without_daemon();
	expect(MSGFETCH_NO_DAEMON, "-> start the daemon: systemctl start msgfetchd");
	ck_assert_ptr_nonnull(strstr(said, "fine namespace: this is the machine's first"));
}

TEST(a_private_namespace_is_noted_if_no_daemon_is_found)
{
	without_daemon();
	facts.namespaces.first = false;
	expect(MSGFETCH_NO_DAEMON, "note namespace: ");
}

TEST(a_daemon_in_another_namespace_is_the_problem)
{
	without_daemon();
	facts.namespaces.elsewhere = (struct diagnosis_sighting){77, 64001};
	expect(MSGFETCH_NO_DAEMON, "problem namespace: a process called msgfetchd (pid 77");
	ck_assert_ptr_nonnull(strstr(said, "nsenter --ipc --target 77"));
}

TEST(a_daemon_of_another_key_leads_to_the_key)
{
	without_daemon();
	facts.namespaces.here = (struct diagnosis_sighting){77, 0};
	expect(MSGFETCH_NO_DAEMON, "-> if the daemon has another key");
}

TEST(a_daemon_here_matters_more_than_one_elsewhere)
{
	without_daemon();
	facts.namespaces.here = (struct diagnosis_sighting){77, 0};
	facts.namespaces.elsewhere = (struct diagnosis_sighting){78, 0};
	expect(MSGFETCH_NO_DAEMON, "note namespace: ");
	ck_assert_ptr_nonnull(strstr(said, "runs (pid 77, uid 0)"));
}

TEST(a_daemon_that_cannot_be_looked_at_leads_to_root)
{
	without_daemon();
	facts.namespaces.hidden = (struct diagnosis_sighting){77, 0};
	expect(MSGFETCH_NO_DAEMON, "as only root can tell");
}

TEST(a_lease_that_nobody_holds_is_a_dead_daemons)
{
	set_up();
	facts.key.held = false;
	expect(MSGFETCH_NO_DAEMON, "problem daemon: the daemon of key 0x1aaaaaa1 is dead");
}

TEST(a_queue_without_a_lease_is_another_programs)
{
	set_up();
	facts.key.lease = -ENOENT;
	facts.key.info.last_receiver = 4711;
	expect(MSGFETCH_NO_DAEMON, "another program uses key 0x1aaaaaa1");
	ck_assert_ptr_nonnull(strstr(said, "process 4711"));
	ck_assert_ptr_null(strstr(said, "--clean"));
	ck_assert_ptr_null(strstr(said, "ipcrm"));
}

TEST(trust_comes_before_life)
{
	set_up();
	facts.key.held = false;
	facts.key.queue_trusted = false;
	facts.key.queue_holder = user(STRANGER);
	expect(MSGFETCH_UNTRUSTED, "held by uid 1001");
	ck_assert_ptr_null(strstr(said, "is dead"));
}

TEST(a_strangers_lease_alone_is_not_trusted)
{
	without_daemon();
	facts.key.lease = 6;
	facts.key.lease_trusted = false;
	facts.key.lease_holder = user(STRANGER);
	expect(MSGFETCH_UNTRUSTED, "--server-user 1001");
}

TEST(a_lease_that_cannot_be_read_is_not_trusted)
{
	set_up();
	facts.key.lease_unread = -EACCES;
	expect(MSGFETCH_UNTRUSTED, "ipcrm -S 0x1aaaaaa1");
}

TEST(a_closed_queue_denies)
{
	set_up();
	facts.key.sending = -EACCES;
	facts.key.info.mode = 0600;
	expect(MSGFETCH_DENIED, "problem permission: ");
	ck_assert_ptr_nonnull(strstr(said, "mode 0600"));
}

TEST(a_groups_queue_names_the_group_to_join)
{
	set_up();
	facts.key.sending = -EACCES;
	facts.key.info.mode = 0620;
	expect(MSGFETCH_DENIED, "-> join the group gid 7");
}

TEST(exhausted_queues_come_before_permission)
{
	set_up();
	facts.key.sending = -EACCES;
	facts.limits.queues.queues_used = 32000;
	facts.limits.most_queues = (struct diagnosis_most){user(STRANGER), 31000};
	expect(MSGFETCH_ERROR, "most of them, 31000, were made by uid 1001");
}

TEST(an_eighth_left_of_many_queues_is_noted)
{
	set_up();
	facts.limits.queues.queues_used = 28001;
	expect(MSGFETCH_OK, "note queues: ");
}

TEST(more_than_an_eighth_left_is_enough)
{
	set_up();
	facts.limits.queues.queues_used = 28000;
	expect(MSGFETCH_OK, "fine queues: ");
}

TEST(less_than_sixteen_left_is_few)
{
	set_up();
	facts.limits.queues.queues = 64;
	facts.limits.queues.queues_used = 49;
	expect(MSGFETCH_OK, "note queues: ");
}

TEST(a_low_msgmax_is_noted)
{
	set_up();
	facts.limits.queues.message = 8191;
	expect(MSGFETCH_OK, "note messages: kernel.msgmax is 8191");
}

TEST(a_low_msgmnb_is_noted)
{
	set_up();
	facts.limits.queues.queue_bytes = 8191;
	expect(MSGFETCH_OK, "note messages: kernel.msgmnb is 8191");
}

TEST(without_segments_nothing_can_be_fetched)
{
	set_up();
	facts.limits.rings.segments_used = 4096;
	facts.limits.ring = 0;
	expect(MSGFETCH_ERROR, "problem memory: all of the 4096 shared memory segments");
}

TEST(without_memory_for_a_ring_fetching_is_slower)
{
	set_up();
	facts.limits.rings.pages_used = facts.limits.rings.pages - 1;
	expect(MSGFETCH_OK, "note memory: ");
}

TEST(without_memory_for_a_ring_a_transport_that_needs_it_fails)
{
	set_up();
	facts.limits.rings.pages_used = facts.limits.rings.pages - 1;
	facts.limits.ring_needed = true;
	expect(MSGFETCH_ERROR, "problem memory: ");
}

TEST(a_ring_of_more_than_shmmax_is_noted)
{
	set_up();
	facts.limits.rings.bytes = (2 << 20) - 1;
	expect(MSGFETCH_OK, "-> root changes it with sysctl kernel.shmmax=2097152");
}

TEST(a_ring_of_the_last_pages_is_possible)
{
	set_up();
	facts.limits.rings.pages_used = facts.limits.rings.pages - 512;
	expect(MSGFETCH_OK, "fine memory: ");
}

TEST(a_ring_of_more_pages_than_are_left_is_noted)
{
	set_up();
	facts.limits.rings.pages_used = facts.limits.rings.pages - 511;
	expect(MSGFETCH_OK, "kernel.shmall");
}

TEST(without_a_ring_only_a_segment_is_needed)
{
	set_up();
	facts.limits.ring = 0;
	facts.limits.rings.pages_used = facts.limits.rings.pages - 1;
	expect(MSGFETCH_OK, "fine memory: ");
}

TEST(logind_spares_system_users)
{
	set_up();
	facts.logind = (struct diagnosis_logind){.runs = true, .removes = true};
	facts.key.queue_holder = user(999);
	expect(MSGFETCH_OK, "fine removeipc: ");
}

TEST(logind_does_not_spare_others)
{
	set_up();
	facts.logind = (struct diagnosis_logind){.runs = true, .removes = true};
	facts.key.queue_holder = user(1000);
	expect(MSGFETCH_OK, "note removeipc: ");
}

TEST(logind_can_be_told_to_spare_all)
{
	set_up();
	facts.logind = (struct diagnosis_logind){.runs = true, .removes = false};
	facts.key.queue_holder = user(1000);
	expect(MSGFETCH_OK, "fine removeipc: ");
}

TEST(orphaned_queues_come_with_the_command_that_removes_them)
{
	set_up();
	facts.left = (struct diagnosis_left){.count = 2, .ids = {3, 32770}};
	expect(MSGFETCH_OK, "-> ipcrm -q 3 -q 32770 removes them\n");
}

TEST(the_first_of_many_abandoned_queues_are_named)
{
	set_up();
	facts.left = (struct diagnosis_left){.count = DIAGNOSIS_LEFT_MAX + 1};
	for (int i = 0; i < DIAGNOSIS_LEFT_MAX; i++)
		facts.left.ids[i] = INT32_MAX;
	expect(MSGFETCH_OK, "-q 2147483647 removes the first of them\n");
}

TEST(an_answer_is_fine)
{
	set_up();
	diagnosis_of_answer(&diagnosis, &(struct diagnosis_answer){.text = "x 1",
								   .round_trip_ns = 1500000});
	ck_assert_str_eq(said, "fine answer: x 1 answers within 1.500 ms\n-> \n");
}

TEST(exports_that_may_be_used_are_named)
{
	set_up();
	diagnosis_of_answer(&diagnosis, &(struct diagnosis_answer){.text = "x 1",
								   .listed = true,
								   .exports = 2,
								   .names = "doc, pub"});
	ck_assert_ptr_nonnull(
		strstr(said, "fine exports: exports that this user may use: 2 (doc, pub)"));
}

TEST(no_usable_export_is_noted)
{
	set_up();
	diagnosis_of_answer(&diagnosis,
			    &(struct diagnosis_answer){.text = "x 1", .listed = true});
	ck_assert_int_eq(diagnosis.outcome, MSGFETCH_OK);
	ck_assert_ptr_nonnull(strstr(said, "note exports: "));
}

TEST(no_answer_is_a_problem_of_the_same_outcome)
{
	set_up();
	diagnosis_of_answer(&diagnosis, &(struct diagnosis_answer){
						.outcome = MSGFETCH_TIMED_OUT, .text = "no"});
	ck_assert_int_eq(diagnosis.outcome, MSGFETCH_TIMED_OUT);
	ck_assert_ptr_nonnull(strstr(diagnosis.problem, ": no"));
}

TEST(the_first_problem_decides_on_the_outcome)
{
	set_up();
	facts.key.held = false;
	facts.limits.queues.queues_used = 32000;
	expect(MSGFETCH_NO_DAEMON, "problem queues: ");
	ck_assert_ptr_nonnull(strstr(diagnosis.problem, "is dead"));
}

TEST(the_most_frequent_value_is_counted)
{
	uid_t values[] = {7, 3, 7, 1, 3, 7};
	size_t times;

	ck_assert_uint_eq(diagnosis_most_frequent(values, 6, &times), 7);
	ck_assert_uint_eq(times, 3);
}

TEST(no_values_have_no_most_frequent)
{
	size_t times = 9;

	diagnosis_most_frequent(NULL, 0, &times);
	ck_assert_uint_eq(times, 0);
}

static bool left(struct queue_info info, enum diagnosis_process sender,
		 enum diagnosis_process receiver)
{
	return diagnosis_orphaned(&info, SELF, 100, sender, receiver);
}

static const struct queue_info old = {.cuid = SELF, .touched = 90};

TEST(a_queue_whose_users_are_dead_is_an_orphan)
{
	ck_assert(left(old, PROCESS_DEAD, PROCESS_NONE));
	ck_assert(left(old, PROCESS_DEAD, PROCESS_DEAD));
	ck_assert(left(old, PROCESS_DEAD, PROCESS_DAEMON));
}

TEST(a_queue_with_somebody_alive_was_not)
{
	ck_assert(!left(old, PROCESS_ALIVE, PROCESS_DEAD));
	ck_assert(!left(old, PROCESS_DEAD, PROCESS_ALIVE));
}

TEST(a_queue_without_a_sender_is_no_orphan)
{
	ck_assert(!left(old, PROCESS_NONE, PROCESS_NONE));
}

TEST(a_queue_that_was_just_touched_may_be_in_use)
{
	ck_assert(!left((struct queue_info){.cuid = SELF, .touched = 99}, PROCESS_DEAD,
			PROCESS_NONE));
}

TEST(a_queue_of_another_user_is_not_mine_to_remove)
{
	ck_assert(!left((struct queue_info){.cuid = STRANGER, .touched = 90}, PROCESS_DEAD,
			PROCESS_NONE));
}

TEST(a_queue_under_a_key_may_be_used_again)
{
	ck_assert(!left((struct queue_info){.cuid = SELF, .touched = 90, .key = 5},
			PROCESS_DEAD, PROCESS_NONE));
}

int main(void)
{
	return harness_main("unit/diagnosis", HARNESS_PURE);
}
