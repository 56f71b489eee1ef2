/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/faults.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS_MAX 64

/* Defined by kernel headers since 5.19: no signal interrupts a call that waits for us. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* State shared between the test and the process that answers the kernel. */
struct faults {
	int numbers[NUMBERS_MAX];
	size_t count;
	int ends[2]; /* a socket pair that passes the listener on */
	pid_t answerer;
	pid_t program;
	_Atomic bool armed;
	struct fault fault; /* while armed */
	bool begun;
	unsigned seen;
	_Atomic unsigned failed;
};

/* Buffers large enough for structures of later kernels. */
union question {
	struct seccomp_notif asked;
	uint8_t room[1024];
};

union answer {
	struct seccomp_notif_resp given;
	uint8_t room[1024];
};

static bool is_one_of(const struct fault_call *call, int number)
{
	for (size_t i = 0; i < FAULT_NUMBERS && call->numbers[i] >= 0; i++)
		if (call->numbers[i] == number)
			return true;
	return false;
}

/* Calls whose failure leaves nothing to do: removing an object, reporting an error. */
static bool is_spared(const struct seccomp_data *data)
{
	switch (data->nr) {
	case SYS_msgctl:
	case SYS_shmctl:
		return data->args[1] == IPC_RMID;
	case SYS_semctl:
		return data->args[2] == IPC_RMID;
	case SYS_write:
		return data->args[0] == STDERR_FILENO;
	default:
		return false;
	}
}

static bool is_whose(const struct faults *faults, pid_t thread)
{
	switch (faults->fault.whose) {
	case FAULT_PROGRAM:
		return thread == faults->program;
	case FAULT_CHILDREN:
		return thread != faults->program;
	case FAULT_ALL:
		break;
	}
	return true;
}

static bool fails(struct faults *faults, const struct seccomp_notif *asked)
{
	const struct fault *fault = &faults->fault;

	if (!faults->armed)
		return false;
	if (fault->after < 0 || asked->data.nr == fault->after)
		faults->begun = true;
	if (!faults->begun || !is_one_of(fault->call, asked->data.nr) ||
	    !is_whose(faults, (pid_t)asked->pid) || is_spared(&asked->data))
		return false;
	faults->seen++;
	if (fault->on ? faults->seen < fault->at : faults->seen != fault->at)
		return false;
	faults->failed++;
	return true;
}

/* Answers one call, unless the caller was killed or interrupted meanwhile. */
static void answer_one(struct faults *faults, int listener)
{
	union question question = {0};
	union answer answer = {0};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
		return;
	answer.given.id = question.asked.id;
	if (fails(faults, &question.asked))
		answer.given.error = -faults->fault.error;
	else
		answer.given.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Aligned space for one descriptor in a control message. */
union control {
	struct cmsghdr head;
	uint8_t room[CMSG_SPACE(sizeof(int))];
};

static int receive_listener(struct faults *faults)
{
	union control control;
	struct iovec body = {.iov_base = &faults->program, .iov_len = sizeof(faults->program)};
	struct msghdr message = {.msg_iov = &body,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int listener = -1;

	if (recvmsg(faults->ends[0], &message, 0) == sizeof(faults->program) &&
	    CMSG_FIRSTHDR(&message) != NULL)
		memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(listener));
	return listener;
}

/* Answers calls until no process has the filter. */
static _Noreturn void answer_all(struct faults *faults)
{
	struct pollfd ready = {.events = POLLIN};

	close(faults->ends[1]);
	ready.fd = receive_listener(faults);
	while (ready.fd >= 0) {
		if (poll(&ready, 1, -1) < 0)
			continue;
		if ((ready.revents & POLLIN) == 0)
			break;
		answer_one(faults, ready.fd);
	}
	_exit(0);
}

/* Returns the descriptor that the kernel's questions arrive on, or -1. */
static int install(const struct faults *faults)
{
	struct sock_filter steps[NUMBERS_MAX + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {.filter = steps};
	unsigned short count = 1;
	unsigned flags =
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long listener;

	for (size_t i = 0; i < faults->count; i++)
		steps[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      (unsigned)faults->numbers[i],
							      (uint8_t)(faults->count - i), 0);
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	program.len = count;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0 && errno == EINVAL)
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return (int)listener;
}

void faults_prepare(void *context)
{
	struct faults *faults = context;
	pid_t self = getpid();
	union control control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS}};
	struct iovec body = {.iov_base = &self, .iov_len = sizeof(self)};
	struct msghdr message = {.msg_iov = &body,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int listener = install(faults);

	if (listener < 0)
		_exit(126);
	memcpy(CMSG_DATA(&control.head), &listener, sizeof(listener));
	if (sendmsg(faults->ends[1], &message, 0) < 0)
		_exit(126);
	close(listener);
}

/* Tries the filter in a child that exits immediately. */
bool faults_possible(void)
{
	const struct faults none = {0};
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(install(&none) >= 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

struct faults *faults_open(const struct fault_call *calls, size_t count)
{
	struct faults *faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t answerer;

	ck_assert_ptr_ne(faults, MAP_FAILED);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < FAULT_NUMBERS && calls[i].numbers[j] >= 0; j++) {
			ck_assert_uint_lt(faults->count, NUMBERS_MAX);
			faults->numbers[faults->count++] = calls[i].numbers[j];
		}
	}
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, faults->ends),
			 0);
	fflush(NULL);
	answerer = fork();
	ck_assert_int_ge(answerer, 0);
	if (answerer == 0)
		answer_all(faults);
	faults->answerer = answerer;
	close(faults->ends[0]);
	return faults;
}

void faults_arm(struct faults *faults, const struct fault *fault)
{
	faults->armed = false;
	if (fault == NULL)
		return;
	faults->fault = *fault;
	faults->begun = false;
	faults->seen = 0;
	faults->failed = 0;
	faults->armed = true;
}

unsigned faults_count(const struct faults *faults)
{
	return faults->failed;
}

void faults_close(struct faults *faults)
{
	int status;

	close(faults->ends[1]);
	ck_assert_int_eq(waitpid(faults->answerer, &status, 0), faults->answerer);
	munmap(faults, sizeof(*faults));
}
