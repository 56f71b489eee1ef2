/* SPDX-License-Identifier: ISC */
/* unit/queue: common/sysv/queue on the kernel's message queues. */
#include "config.h"

#include "common/sysv/queue.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#define KEY ((key_t)0x71756575)

static struct message message;

static int private_queue(void)
{
	int id = queue_create_private();

	ck_assert_int_ge(id, 0);
	return id;
}

static void send_text(int id, long type, const char *text)
{
	message.type = type;
	memcpy(message.text, text, strlen(text));
	ck_assert_int_eq(queue_send(id, &message, strlen(text), false), 0);
}

/* Asserts that the next message of type is text. */
static void expect_text(int id, long type, const char *text)
{
	ssize_t length = queue_receive(id, &message, type, false);

	ck_assert_int_eq(length, (ssize_t)strlen(text));
	ck_assert_mem_eq(message.text, text, strlen(text));
}

/* Runs function(id) as uid in a child process.  Returns the exit status. */
static int in_child(int (*function)(int), int id, uid_t uid)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (uid != geteuid())
			harness_become(&uid);
		_exit(function(id));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

TEST(a_private_queue_is_its_creators_alone)
{
	struct queue_info info;
	int id = private_queue();

	ck_assert_int_eq(queue_inspect(id, &info), 0);
	ck_assert_uint_eq(info.mode, 0600);
	ck_assert_uint_eq(info.cuid, geteuid());
	ck_assert_uint_eq(info.uid, geteuid());
	ck_assert_int_eq(info.key, IPC_PRIVATE);
	ck_assert_uint_eq(info.messages, 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_queue_has_the_mode_asked_for)
{
	struct queue_info info;
	int id = queue_create(KEY, 0622);

	ck_assert_int_ge(id, 0);
	ck_assert_int_eq(queue_inspect(id, &info), 0);
	ck_assert_uint_eq(info.mode, 0622);
	ck_assert_int_eq(info.key, KEY);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_second_queue_under_a_key_is_refused)
{
	int id = queue_create(KEY, 0622);

	ck_assert_int_eq(queue_create(KEY, 0622), -EEXIST);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_queue_is_found_by_its_key)
{
	int id = queue_create(KEY, 0622);

	ck_assert_int_eq(queue_find(KEY), id);
	ck_assert_int_eq(queue_remove(id), 0);
	ck_assert_int_eq(queue_find(KEY), -ENOENT);
}

static int find(int id)
{
	return queue_find(KEY) == id ? 0 : 1;
}

TEST(finding_needs_no_permission)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = queue_create(KEY, 0);
	ck_assert_int_eq(in_child(find, id, OTHER_UID), 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

static int find_for_sending(int id)
{
	int found = queue_find_for_sending(KEY);

	return found == id ? 0 : -found;
}

TEST(finding_for_sending_needs_permission_to_write)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = queue_create(KEY, 0622);
	ck_assert_int_eq(in_child(find_for_sending, id, OTHER_UID), 0);
	ck_assert_int_eq(queue_restrict(id, 0, 0644), 0);
	ck_assert_int_eq(in_child(find_for_sending, id, OTHER_UID), EACCES);
	ck_assert_int_eq(queue_remove(id), 0);
	ck_assert_int_eq(queue_find_for_sending(KEY), -ENOENT);
}

TEST(limits_count_the_queues_that_there_are)
{
	struct queue_limits before, after;
	int id;

	ck_assert_int_eq(queue_limits(&before), 0);
	id = private_queue();
	ck_assert_int_eq(queue_limits(&after), 0);
	ck_assert_int_eq(after.queues_used, before.queues_used + 1);
	ck_assert_int_eq(after.message, queue_message_max());
	ck_assert_int_ge(after.queues, after.queues_used);
	ck_assert_int_gt(after.queue_bytes, 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

static int look_at_slot(int slot)
{
	struct queue_info info;

	return queue_at(slot, &info) == -EACCES && queue_at_any(slot, &info) >= 0 &&
			       info.cuid == 0
		       ? 0
		       : 1;
}

TEST(a_closed_queue_of_another_user_can_be_looked_at)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = private_queue();
	ck_assert_int_eq(in_child(look_at_slot, queue_last_slot(), OTHER_UID), 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(messages_come_in_the_order_they_were_sent)
{
	int id = private_queue();

	send_text(id, 3, "one");
	send_text(id, 1, "two");
	send_text(id, 2, "three");
	expect_text(id, 0, "one");
	expect_text(id, 0, "two");
	expect_text(id, 0, "three");
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_type_takes_the_first_of_that_type)
{
	int id = private_queue();

	send_text(id, 8, "ticket");
	send_text(id, 2, "data");
	send_text(id, 2, "more");
	expect_text(id, 2, "data");
	ck_assert_int_eq(message.type, 2);
	expect_text(id, 8, "ticket");
	ck_assert_int_eq(queue_receive(id, &message, 8, false), -ENOMSG);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_negative_type_takes_all_others_in_order)
{
	int id = private_queue();

	send_text(id, 8, "ticket");
	send_text(id, 9, "nine");
	send_text(id, 2, "two");
	send_text(id, 4, "four");
	expect_text(id, -8, "nine");
	expect_text(id, -8, "two");
	expect_text(id, -8, "four");
	ck_assert_int_eq(queue_receive(id, &message, -8, false), -ENOMSG);
	expect_text(id, 8, "ticket");
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(looking_copies_a_message_by_position)
{
	int id = private_queue();

	send_text(id, 8, "one");
	send_text(id, 2, "three");
	ck_assert_int_eq(queue_look(id, 1, &message), 5);
	ck_assert_int_eq(message.type, 2);
	ck_assert_mem_eq(message.text, "three", 5);
	ck_assert_int_eq(queue_look(id, 0, &message), 3);
	ck_assert_int_eq(queue_look(id, 2, &message), -ENOMSG);
	expect_text(id, 0, "one");
	expect_text(id, 0, "three");
	ck_assert_int_eq(queue_remove(id), 0);
	ck_assert_int_eq(queue_look(id, 0, &message), -EIDRM);
}

TEST(an_empty_message_is_a_message)
{
	int id = private_queue();

	send_text(id, 3, "");
	expect_text(id, 0, "");
	ck_assert_int_eq(message.type, 3);
	ck_assert_int_eq(queue_remove(id), 0);
}

/* Raises kernel.msgmax of this namespace.  Returns false if that is not allowed. */
static bool raise_msgmax(void)
{
	int file = open("/proc/sys/kernel/msgmax", O_WRONLY | O_CLOEXEC);
	bool raised = file >= 0 && write(file, "16384", 5) == 5;

	if (file >= 0)
		close(file);
	return raised;
}

TEST(an_oversized_message_is_cut_and_gone)
{
	struct {
		long type;
		char text[12000];
	} large = {.type = 1};
	int id = private_queue();

	if (!raise_msgmax()) {
		queue_remove(id);
		SKIP("kernel.msgmax cannot be raised here");
	}
	memset(large.text, 'x', sizeof(large.text));
	ck_assert_int_eq(queue_message_max(), 16384);
	ck_assert_int_eq(msgsnd(id, &large, sizeof(large.text), IPC_NOWAIT), 0);
	ck_assert_int_eq(queue_look(id, 0, &message), -EMSGSIZE);
	ck_assert_int_gt(queue_receive(id, &message, 0, false), MESSAGE_TEXT_MAX);
	ck_assert_int_eq(queue_receive(id, &message, 0, false), -ENOMSG);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_full_message_is_not_taken_for_an_oversized_one)
{
	int id = private_queue();

	message.type = 1;
	ck_assert_int_eq(queue_send(id, &message, MESSAGE_TEXT_MAX, false), 0);
	ck_assert_int_eq(queue_receive(id, &message, 0, false), MESSAGE_TEXT_MAX);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_type_below_1_cannot_be_sent)
{
	int id = private_queue();

	message.type = 0;
	ck_assert_int_eq(queue_send(id, &message, 1, false), -EINVAL);
	message.type = -1;
	ck_assert_int_eq(queue_send(id, &message, 1, false), -EINVAL);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(more_than_a_message_cannot_be_sent)
{
	int id = private_queue();

	message.type = 1;
	ck_assert_int_eq(queue_send(id, &message, MESSAGE_TEXT_MAX + 1, false), -EINVAL);
	ck_assert_int_eq(queue_remove(id), 0);
}

static void fill(int id)
{
	int error;

	message.type = 2;
	while ((error = queue_send(id, &message, MESSAGE_TEXT_MAX, false)) == 0)
		;
	ck_assert_int_eq(error, -EAGAIN);
}

TEST(a_full_queue_does_not_block_a_sender_without_wait)
{
	int id = private_queue();

	fill(id);
	ck_assert_int_eq(queue_remove(id), 0);
}

static void ignore(int number)
{
	(void)number;
}

/* Repeats the signal: a single one could arrive just before the call. */
static void start_ticking(void)
{
	struct sigaction action = {.sa_handler = ignore};
	struct itimerspec often = {{0, 5000000}, {0, 5000000}};
	timer_t timer;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &often, NULL), 0);
}

TEST(a_signal_ends_a_wait_for_a_message)
{
	int id = private_queue();

	start_ticking();
	ck_assert_int_eq(queue_receive(id, &message, 0, true), -EINTR);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_signal_ends_a_wait_for_room)
{
	int id = private_queue();

	fill(id);
	start_ticking();
	ck_assert_int_eq(queue_send(id, &message, MESSAGE_TEXT_MAX, true), -EINTR);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(a_removed_queue_is_reported)
{
	struct queue_info info;
	int id = private_queue();

	ck_assert_int_eq(queue_remove(id), 0);
	message.type = 1;
	ck_assert_int_eq(queue_send(id, &message, 1, false), -EIDRM);
	ck_assert_int_eq(queue_receive(id, &message, 0, false), -EIDRM);
	ck_assert_int_eq(queue_inspect(id, &info), -EIDRM);
	ck_assert_int_eq(queue_inspect_any(id, &info), -EIDRM);
	ck_assert_int_eq(queue_give_user(id, 0), -EIDRM);
	ck_assert_int_eq(queue_restrict(id, 0, 0600), -EIDRM);
	ck_assert_int_eq(queue_remove(id), -EIDRM);
}

TEST(an_id_is_not_reused_for_the_next_queue)
{
	struct queue_info info;
	int id = private_queue(), next;

	ck_assert_int_eq(queue_remove(id), 0);
	next = private_queue();
	ck_assert_int_ne(next, id);
	ck_assert_int_eq(queue_inspect(id, &info), -EIDRM);
	ck_assert_int_eq(queue_remove(next), 0);
}

static int wait_for_message(int id)
{
	return (int)-queue_receive(id, &message, 0, true);
}

/* Returns true if the process sleeps in the kernel. */
static int find_sleeper(pid_t child, char state, void *context)
{
	return child == *(pid_t *)context && state == 'S';
}

TEST(a_sleeper_on_a_removed_queue_is_told)
{
	int id = private_queue(), status;
	pid_t sleeper = fork();

	if (sleeper == 0)
		_exit(wait_for_message(id));
	WAIT_FOR(harness_each_child(getpid(), find_sleeper, &sleeper) == 1);
	ck_assert_int_eq(queue_remove(id), 0);
	ck_assert_int_eq(waitpid(sleeper, &status, 0), sleeper);
	ck_assert_int_eq(WEXITSTATUS(status), EIDRM);
}

TEST(inspecting_counts_messages_and_names_the_last_sender)
{
	struct queue_info info;
	int id = private_queue();

	ck_assert_int_eq(queue_inspect(id, &info), 0);
	ck_assert_int_eq(info.last_sender, 0);
	send_text(id, 1, "one");
	send_text(id, 1, "two");
	ck_assert_int_eq(queue_inspect(id, &info), 0);
	ck_assert_uint_eq(info.messages, 2);
	ck_assert_int_eq(info.last_sender, getpid());
	ck_assert_uint_gt(info.bytes_max, 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(each_of_many_queues_is_found_among_all)
{
	enum { MANY = 50 };
	struct queue_info info;
	int ids[MANY];

	for (int i = 0; i < MANY; i++)
		ids[i] = queue_create(KEY + i, 0600);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(queue_inspect_any(ids[i], &info), 0);
		ck_assert_int_eq(info.key, KEY + i);
	}
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(queue_remove(ids[i]), 0);
}

TEST(a_queue_of_a_reused_slot_is_found)
{
	struct queue_info info;
	int id = private_queue();

	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(queue_remove(id), 0);
		id = private_queue();
	}
	ck_assert_int_eq(queue_inspect_any(id, &info), 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

static int inspect_without_rights(int id)
{
	struct queue_info info;

	if (queue_inspect(id, &info) != -EACCES)
		return 1;
	if (queue_inspect_any(id, &info) != 0)
		return 2;
	return info.cuid == 0 && info.uid == 0 ? 0 : 3;
}

TEST(anyone_may_learn_who_owns_a_queue)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = queue_create(KEY, 0622);
	ck_assert_int_eq(in_child(inspect_without_rights, id, OTHER_UID), 0);
	ck_assert_int_eq(queue_remove(id), 0);
}

static int use_as_owner(int id)
{
	struct queue_info info;

	if (queue_inspect(id, &info) != 0 || info.cuid != 0 || info.uid != OTHER_UID)
		return 1;
	return queue_receive(id, &message, 8, false) == 6 ? 0 : 2;
}

static int use_as_stranger(int id)
{
	message.type = 2;
	if (queue_send(id, &message, 1, false) != -EACCES)
		return 1;
	if (queue_receive(id, &message, 0, false) != -EACCES)
		return 2;
	return queue_remove(id) == -EPERM ? 0 : 3;
}

TEST(a_donated_queue_has_a_creator_and_another_owner)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = private_queue();
	send_text(id, 8, "ticket");
	ck_assert_int_eq(queue_give_user(id, OTHER_UID), 0);
	ck_assert_int_eq(in_child(use_as_stranger, id, THIRD_UID), 0);
	ck_assert_int_eq(in_child(use_as_owner, id, OTHER_UID), 0);
	send_text(id, 8, "again");
	ck_assert_int_eq(queue_remove(id), 0);
}

static int remove_it(int id)
{
	return -queue_remove(id);
}

TEST(the_owner_may_remove_a_donated_queue)
{
	struct queue_info info;
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = private_queue();
	ck_assert_int_eq(queue_give_user(id, OTHER_UID), 0);
	ck_assert_int_eq(in_child(remove_it, id, OTHER_UID), 0);
	ck_assert_int_eq(queue_inspect(id, &info), -EIDRM);
}

static int give_away(int id)
{
	return -queue_give_user(id, THIRD_UID);
}

TEST(a_stranger_cannot_give_a_queue_away)
{
	int id;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	id = private_queue();
	ck_assert_int_eq(queue_restrict(id, 0, 0666), 0);
	ck_assert_int_eq(in_child(give_away, id, OTHER_UID), EPERM);
	ck_assert_int_eq(queue_remove(id), 0);
}

TEST(restricting_sets_mode_and_keeps_the_rest)
{
	struct queue_info before, after;
	int id = queue_create(KEY, 0600);

	ck_assert_int_eq(queue_inspect(id, &before), 0);
	ck_assert_int_eq(queue_restrict(id, getegid(), 0620), 0);
	ck_assert_int_eq(queue_inspect(id, &after), 0);
	ck_assert_uint_eq(after.mode, 0620);
	ck_assert_uint_eq(after.uid, before.uid);
	ck_assert_uint_eq(after.gid, getegid());
	ck_assert_uint_eq(after.bytes_max, before.bytes_max);
	ck_assert_int_eq(queue_remove(id), 0);
}

#ifdef HAVE_LIBSECCOMP

/* Kills the process at a msgctl(2) that asks for the size of the kernel's table. */
static int inspect_without_scan(int id)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	struct queue_info info;

	if (seccomp_rule_add(context, SCMP_ACT_KILL_PROCESS, SCMP_SYS(msgctl), 1,
			     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff, MSG_INFO)) != 0 ||
	    seccomp_load(context) != 0)
		_exit(77);
	return -queue_inspect_any(id, &info);
}

TEST(a_removed_queue_is_not_searched_in_the_whole_table)
{
	int id = private_queue(), other = private_queue(), status;

	ck_assert_int_eq(queue_remove(id), 0);
	status = in_child(inspect_without_scan, id, geteuid());
	ck_assert_int_eq(queue_remove(other), 0);
	if (status == 77)
		SKIP("no seccomp filter can be loaded");
	ck_assert_int_eq(status, EIDRM);
}

#endif

int main(void)
{
	return harness_main("unit/queue", HARNESS_IPC);
}
