/* SPDX-License-Identifier: ISC */
/* unit/ticket: the proof of a ticket, and the queues that a wrong ticket leaves unchanged. */
#include "config.h"

#include "common/sysv/ticket.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#define REQUEST_BYTES sizeof(struct request_wire)

static const uint8_t right[PROTOCOL_TICKET_BYTES] = "right ticket";
static const uint8_t wrong[PROTOCOL_TICKET_BYTES] = "wrong ticket";

static struct message message;
static struct client client;
static int queue;

static void make_queue(void)
{
	queue = queue_create_private();
	ck_assert_int_ge(queue, 0);
}

/* Puts length bytes that begin with mark, of a ticket's type. */
static void put(char mark, size_t length)
{
	message = (struct message){.type = MESSAGE_TICKET, .text = {(uint8_t)mark}};
	ck_assert_int_eq(queue_send(queue, &message, length, false), 0);
}

static int prove(const uint8_t ticket[PROTOCOL_TICKET_BYTES])
{
	uint8_t text[REQUEST_BYTES] = {0};

	memcpy(text + offsetof(struct request_wire, ticket), ticket, PROTOCOL_TICKET_BYTES);
	return ticket_prove(queue, &(struct ticket_request){text, sizeof(text)}, &client);
}

static void put_ticket(const uint8_t ticket[PROTOCOL_TICKET_BYTES])
{
	message.type = MESSAGE_TICKET;
	memcpy(message.text, ticket, PROTOCOL_TICKET_BYTES);
	ck_assert_int_eq(queue_send(queue, &message, PROTOCOL_TICKET_BYTES, false), 0);
}

/* Lets another process be the last sender and the last receiver. */
static void use_in_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		message.type = 99;
		if (queue_send(queue, &message, 1, false) != 0 ||
		    queue_receive(queue, &message, 99, false) != 1)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static struct msqid_ds state_of_queue(void)
{
	struct msqid_ds state = {0};

	ck_assert_int_eq(msgctl(queue, IPC_STAT, &state), 0);
	return state;
}

static void expect_unchanged(const struct msqid_ds *before)
{
	struct msqid_ds after = state_of_queue();

	ck_assert_int_eq(after.msg_lspid, before->msg_lspid);
	ck_assert_int_eq(after.msg_lrpid, before->msg_lrpid);
	ck_assert_int_eq(after.msg_stime, before->msg_stime);
	ck_assert_int_eq(after.msg_rtime, before->msg_rtime);
	ck_assert_uint_eq(after.msg_qnum, before->msg_qnum);
}

static void expect_messages(const char *marks, size_t length)
{
	for (; *marks != '\0'; marks++) {
		ck_assert_int_eq(queue_receive(queue, &message, 0, false), (ssize_t)length);
		ck_assert_int_eq(message.text[0], *marks);
	}
	ck_assert_int_eq(queue_receive(queue, &message, 0, false), -ENOMSG);
	ck_assert_int_eq(queue_remove(queue), 0);
}

static int take_request(void)
{
	struct queue_info info;
	struct request request;

	ck_assert_int_eq(queue_inspect(queue, &info), 0);
	return ticket_take_request(queue, &info, &message, &client, &request);
}

static void expect_left_alone(size_t length)
{
	struct msqid_ds before;

	make_queue();
	for (const char *mark = "ABCD"; *mark != '\0'; mark++)
		put(*mark, length);
	use_in_child();
	before = state_of_queue();
	ck_assert_int_ne(prove(wrong), 0);
	ck_assert_int_ne(take_request(), 0);
	expect_unchanged(&before);
	expect_messages("ABCD", length);
}

TEST(a_wrong_ticket_leaves_a_queue_of_tickets_unchanged)
{
	expect_left_alone(PROTOCOL_TICKET_BYTES);
}

TEST(a_wrong_ticket_leaves_messages_of_any_length_unchanged)
{
	expect_left_alone(1);
	expect_left_alone(REQUEST_BYTES);
	expect_left_alone(2000);
}

TEST(a_wrong_ticket_does_not_change_the_last_sender)
{
	struct msqid_ds before;

	make_queue();
	use_in_child();
	put_ticket(right);
	before = state_of_queue();
	ck_assert_int_eq(prove(wrong), -EPERM);
	expect_unchanged(&before);
	ck_assert_int_eq(prove(right), 0);
	ck_assert_int_eq(client.queue, queue);
	ck_assert_uint_eq(client.uid, geteuid());
	ck_assert_int_eq(prove(right), -ENOMSG);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_whole_request_as_a_ticket_is_compared_in_all_bytes)
{
	make_queue();
	message = (struct message){.type = MESSAGE_TICKET};
	memcpy(message.text + offsetof(struct request_wire, ticket), right, sizeof(right));
	message.text[REQUEST_BYTES - 1] = 1;
	ck_assert_int_eq(queue_send(queue, &message, REQUEST_BYTES, false), 0);
	ck_assert_int_eq(prove(right), -EPERM);
	ck_assert_int_eq(queue_receive(queue, &message, MESSAGE_TICKET, false), REQUEST_BYTES);
	message.text[REQUEST_BYTES - 1] = 0;
	ck_assert_int_eq(queue_send(queue, &message, REQUEST_BYTES, false), 0);
	ck_assert_int_eq(prove(right), 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(messages_of_other_types_are_skipped)
{
	make_queue();
	message.type = MESSAGE_CREDIT;
	ck_assert_int_eq(queue_send(queue, &message, 3, false), 0);
	put_ticket(right);
	ck_assert_int_eq(prove(right), 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_queue_with_many_messages_is_not_searched)
{
	struct msqid_ds before;

	make_queue();
	put_ticket(right);
	for (unsigned i = 0; i < TICKET_LOOK_MAX; i++)
		put('x', 0);
	before = state_of_queue();
	ck_assert_int_eq(prove(right), -ENOMSG);
	ck_assert_int_eq(take_request(), -ENOMSG);
	expect_unchanged(&before);
	ck_assert_int_eq(queue_remove(queue), 0);
}

#ifdef HAVE_LIBSECCOMP

/* Makes msgrcv(2) with MSG_COPY fail as on a kernel without CONFIG_CHECKPOINT_RESTORE. */
static bool forbid_copies(void)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	int error = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(msgrcv), 1,
				     SCMP_A4(SCMP_CMP_MASKED_EQ, MSG_COPY, MSG_COPY));

	if (error == 0)
		error = seccomp_load(context);
	seccomp_release(context);
	return error == 0;
}

TEST(without_msg_copy_a_queue_of_the_daemons_own_user_is_left_alone)
{
	struct msqid_ds before;

	make_queue();
	put_ticket(right);
	use_in_child();
	if (!forbid_copies()) {
		queue_remove(queue);
		SKIP("no seccomp filter can be loaded");
	}
	before = state_of_queue();
	ck_assert_int_eq(prove(wrong), -ENOSYS);
	ck_assert_int_eq(prove(right), -ENOSYS);
	ck_assert_int_ne(take_request(), 0);
	expect_unchanged(&before);
	ck_assert_int_eq(queue_remove(queue), 0);
}

static void prove_as_daemon(uid_t uid)
{
	harness_become(&uid);
	if (!forbid_copies())
		_exit(77);
	_exit(prove(wrong) == -EPERM && prove(right) == 0 && client.uid == 0 ? 0 : 1);
}

TEST(without_msg_copy_another_users_queue_is_served)
{
	int status;
	pid_t child;

	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	make_queue();
	put_ticket(right);
	ck_assert_int_eq(queue_give_user(queue, OTHER_UID), 0);
	child = fork();
	if (child == 0)
		prove_as_daemon(OTHER_UID);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(queue_remove(queue), 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("no seccomp filter can be loaded");
	ck_assert_int_eq(status, 0);
}

#endif

int main(void)
{
	return harness_main("unit/ticket", HARNESS_IPC);
}
