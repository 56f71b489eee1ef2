/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/sandbox/seccomp.h"

#include "server/process/reserved.h"
#include "server/request/junk.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LIBSECCOMP
#include <endian.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Constants that old kernel headers lack. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#define NEW_NAMESPACES                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

/* Calls of daemon and workers, and of the C library on its own account. */
static const int serving[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64),
	SCMP_SYS(fstatfs),
	SCMP_SYS(fstatfs64),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(getdents64),
	SCMP_SYS(getegid),
	SCMP_SYS(getegid32),
	SCMP_SYS(geteuid),
	SCMP_SYS(geteuid32),
	SCMP_SYS(getgid),
	SCMP_SYS(getgid32),
	SCMP_SYS(getgroups),
	SCMP_SYS(getgroups32),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getresgid),
	SCMP_SYS(getresgid32),
	SCMP_SYS(getresuid),
	SCMP_SYS(getresuid32),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(getuid32),
	SCMP_SYS(_llseek),
	SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(msgctl),
	SCMP_SYS(msgrcv),
	SCMP_SYS(msgsnd),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(openat2),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(pread64),
	SCMP_SYS(read),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend),
	SCMP_SYS(sched_yield),
	SCMP_SYS(setitimer),
	SCMP_SYS(shmat),
	SCMP_SYS(shmctl),
	SCMP_SYS(shmdt),
	SCMP_SYS(sigreturn),
	SCMP_SYS(statx),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* Calls of the daemon alone.  A worker inherits the filter and may make these as well. */
static const int governing[] = {
	SCMP_SYS(capget),
	SCMP_SYS(capset), /* the lookup process drops its capabilities */
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(kill),
	SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_create_ruleset),
	SCMP_SYS(landlock_restrict_self),
	SCMP_SYS(memfd_create),
	SCMP_SYS(pipe2),
	SCMP_SYS(rseq),
	SCMP_SYS(seccomp),
	SCMP_SYS(semctl),
	SCMP_SYS(send),
	SCMP_SYS(sendto),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(setrlimit),
	SCMP_SYS(statfs),
	SCMP_SYS(statfs64),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(umask),
	SCMP_SYS(uname),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(waitpid),
};

/* Calls of syslog(3) and of modules of nsswitch.conf(5). */
static const int talking[] = {
	SCMP_SYS(connect), SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
	SCMP_SYS(recv),    SCMP_SYS(recvfrom),    SCMP_SYS(recvmsg),     SCMP_SYS(sendmsg),
};

/* Calls with which modules of nsswitch.conf(5) reach a service of users and groups. */
static const int looking_up[] = {
	SCMP_SYS(access),          SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),       SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),      SCMP_SYS(eventfd2),
	SCMP_SYS(sendmmsg),        SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),        SCMP_SYS(stat),
	SCMP_SYS(stat64),          SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
};

static const int becoming_others[] = {
	SCMP_SYS(setgroups),   SCMP_SYS(setgroups32), SCMP_SYS(setresgid),
	SCMP_SYS(setresgid32), SCMP_SYS(setresuid),   SCMP_SYS(setresuid32),
};

/* Calls with which a worker drops its capabilities as its client. */
static const int giving_up[] = {
	SCMP_SYS(capget),
	SCMP_SYS(capset),
};

static const int removing[] = {
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
};

/* Calls that no code here makes, but an intruder does. */
static const int intruding[] = {
	SCMP_SYS(bpf),
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(kexec_load),
	SCMP_SYS(mount),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),
};

/* Calls that only the daemon makes; in a worker they are an intruder's. */
static const int intruding_worker[] = {
	SCMP_SYS(clone),   SCMP_SYS(connect), SCMP_SYS(fork),   SCMP_SYS(kill),
	SCMP_SYS(msgget),  SCMP_SYS(semget),  SCMP_SYS(semop),  SCMP_SYS(send),
	SCMP_SYS(sendmsg), SCMP_SYS(sendto),  SCMP_SYS(shmget), SCMP_SYS(socket),
	SCMP_SYS(vfork),
};

static int add_all(scmp_filter_ctx context, uint32_t action, const int calls[], size_t count)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = seccomp_rule_add(context, action, calls[i], 0);
	return error;
}

/* Allows call where argument, masked, is value. */
static int allow_masked(scmp_filter_ctx context, int call, unsigned argument, uint64_t mask,
			uint64_t value)
{
	struct scmp_arg_cmp compare = {
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};

	return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, call, 1, &compare);
}

/* Allows call where argument is one of count values of 32 bits. */
static int allow_values(scmp_filter_ctx context, int call, unsigned argument,
			const unsigned values[], size_t count)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < count; i++)
		error = allow_masked(context, call, argument, UINT32_MAX, values[i]);
	return error;
}

/*
 * Allows fcntl(2), except commands with which the kernel signals or delays another process:
 * F_SETOWN, F_SETSIG, F_SETLEASE, F_NOTIFY, locks, and F_SETFL with O_ASYNC.
 */
static int allow_fcntl(scmp_filter_ctx context)
{
	static const int calls[] = {SCMP_SYS(fcntl), SCMP_SYS(fcntl64)};
	static const unsigned commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,    F_SETFD,
					    F_GETFL, F_ADD_SEALS,     F_GET_SEALS};
	static const struct scmp_arg_cmp set_flags[] = {
		{.arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = UINT32_MAX, .datum_b = F_SETFL},
		{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = O_ASYNC},
	};
	int error = 0;

	for (size_t i = 0; error == 0 && i < COUNT(calls); i++) {
		error = allow_values(context, calls[i], 1, commands, COUNT(commands));
		if (error == 0)
			error = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, calls[i],
						       COUNT(set_flags), set_flags);
	}
	return error;
}

/* Allows prctl(2) on the calling process; PR_SCHED_CORE reaches others. */
static int allow_prctl(scmp_filter_ctx context)
{
	static const unsigned options[] = {
		PR_CAP_AMBIENT,      PR_CAPBSET_DROP,     PR_CAPBSET_READ, PR_GET_DUMPABLE,
		PR_GET_NAME,         PR_GET_SECUREBITS,   PR_SET_DUMPABLE, PR_SET_KEEPCAPS,
		PR_SET_NAME,         PR_SET_PDEATHSIG,    PR_SET_VMA,      PR_GET_TID_ADDRESS,
		PR_GET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS,
	};

	return allow_values(context, SCMP_SYS(prctl), 0, options, COUNT(options));
}

/* Allows the limits of the calling process alone: those of the daemon would stop all service.
 */
static int allow_own_limits(scmp_filter_ctx context)
{
	return allow_masked(context, SCMP_SYS(prlimit64), 0, UINT32_MAX, 0);
}

/* Allows opening for reading: walk, reload, lookups.  Landlock limits the directories. */
static int allow_reading(scmp_filter_ctx context)
{
	static const int opens[] = {SCMP_SYS(open), SCMP_SYS(openat)};
	int error = 0;

	for (unsigned i = 0; error == 0 && i < COUNT(opens); i++)
		error = allow_masked(context, opens[i], i + 1,
				     O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, O_RDONLY);
	return error;
}

/* Memory is never writable and executable; a worker maps nothing executable at all. */
static int allow_memory(scmp_filter_ctx context, bool worker)
{
	static const int maps[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)};
	int error = 0;

	for (size_t i = 0; error == 0 && i < COUNT(maps); i++)
		error = allow_masked(context, maps[i], 2, PROT_EXEC, 0);
	for (size_t i = 0; !worker && error == 0 && i < COUNT(maps) - 1; i++)
		error = allow_masked(context, maps[i], 2, PROT_WRITE, 0);
	return error;
}

/* Allows making the request queue and the lease again after a removal, and no others. */
static int allow_queue(scmp_filter_ctx context, key_t key)
{
	static const int raising[] = {SCMP_SYS(semop), SCMP_SYS(semtimedop)};
	int error = allow_masked(context, SCMP_SYS(msgget), 0, UINT32_MAX, (uint32_t)key);

	if (error == 0)
		error = allow_masked(context, SCMP_SYS(semget), 0, UINT32_MAX, (uint32_t)key);
	if (error == 0)
		error = add_all(context, SCMP_ACT_ALLOW, raising, COUNT(raising));
	return error;
}

/* stdio asks whether a descriptor is a terminal, junk_sender_uid() for a process's user. */
static int allow_questions(scmp_filter_ctx context)
{
	int error = allow_masked(context, SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS);

	if (error == 0)
		error = allow_masked(context, SCMP_SYS(ioctl), 1, UINT32_MAX,
				     JUNK_PIDFD_GET_INFO);
	return error;
}

/* Allows a worker to lower its own priority (priority_watch()). */
static int allow_priority(scmp_filter_ctx context)
{
	const struct scmp_arg_cmp compare[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PRIO_PROCESS},
		{.arg = 1, .op = SCMP_CMP_EQ, .datum_a = 0},
	};

	return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(setpriority),
				      COUNT(compare), compare);
}

/* Allows Unix sockets: datagrams reach syslog, streams reach services that obey commands. */
static int allow_sockets(scmp_filter_ctx context, bool streams)
{
	const struct scmp_arg_cmp compare[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX},
		{.arg = 1,
		 .op = SCMP_CMP_MASKED_EQ,
		 .datum_a = (unsigned)~(SOCK_CLOEXEC | SOCK_NONBLOCK),
		 .datum_b = SOCK_DGRAM},
	};

	return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(socket),
				      streams ? 1 : COUNT(compare), compare);
}

static int add_needs(scmp_filter_ctx context, const struct seccomp_filter_needs *needs)
{
	bool talks = needs->syslog || needs->name_lookups;
	int error = allow_queue(context, needs->key);

	if (error == 0 && talks)
		error = add_all(context, SCMP_ACT_ALLOW, talking, COUNT(talking));
	if (error == 0 && talks)
		error = allow_sockets(context, needs->name_lookups);
	if (error == 0 && needs->name_lookups)
		error = add_all(context, SCMP_ACT_ALLOW, looking_up, COUNT(looking_up));
	if (error == 0 && needs->other_users)
		error = add_all(context, SCMP_ACT_ALLOW, becoming_others,
				COUNT(becoming_others));
	if (error == 0 && needs->pid_file)
		error = add_all(context, SCMP_ACT_ALLOW, removing, COUNT(removing));
	return error;
}

static int add_daemon_rules(scmp_filter_ctx context, const struct seccomp_filter_needs *needs)
{
	int error = add_all(context, SCMP_ACT_ALLOW, serving, COUNT(serving));

	if (error == 0)
		error = add_all(context, SCMP_ACT_ALLOW, governing, COUNT(governing));
	if (error == 0)
		error = add_needs(context, needs);
	if (error == 0)
		error = allow_reading(context);
	if (error == 0)
		error = allow_memory(context, false);
	if (error == 0)
		error = allow_questions(context);
	if (error == 0)
		error = allow_priority(context);
	if (error == 0)
		error = allow_fcntl(context);
	if (error == 0)
		error = allow_prctl(context);
	if (error == 0)
		error = allow_own_limits(context);
	if (error == 0)
		error = allow_masked(context, SCMP_SYS(clone), RESERVED_CLONE_FLAGS,
				     NEW_NAMESPACES, 0);
	/* The C library then uses clone(2), whose flags a filter can read. */
	if (error == 0)
		error = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return error;
}

static int add_worker_rules(scmp_filter_ctx context, const struct seccomp_filter_needs *needs)
{
	int error = add_all(context, SCMP_ACT_ALLOW, serving, COUNT(serving));

	if (error == 0 && needs->other_users)
		error = add_all(context, SCMP_ACT_ALLOW, becoming_others,
				COUNT(becoming_others));
	if (error == 0 && needs->other_users)
		error = add_all(context, SCMP_ACT_ALLOW, giving_up, COUNT(giving_up));
	if (error == 0 && needs->other_users)
		error = allow_prctl(context);
	if (error == 0)
		error = allow_fcntl(context);
	if (error == 0)
		error = allow_reading(context);
	if (error == 0)
		error = allow_memory(context, true);
	if (error == 0)
		error = allow_priority(context);
	if (error == 0)
		error = add_all(context, SCMP_ACT_KILL_PROCESS, intruding_worker,
				COUNT(intruding_worker));
	return error;
}

/* Exports the program to shared memory, so that a fork copies no page for the program. */
static int export_program(scmp_filter_ctx context, struct seccomp_filter *filter)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	void *steps;
	off_t end;
	int error;

	if (fd < 0)
		return -errno;
	error = seccomp_export_bpf(context, fd);
	end = lseek(fd, 0, SEEK_END);
	if (error == 0 && end <= 0)
		error = -EIO;
	if (error == 0) {
		steps = mmap(NULL, (size_t)end, PROT_READ, MAP_SHARED, fd, 0);
		if (steps == MAP_FAILED)
			error = -errno;
		else
			*filter = (struct seccomp_filter){.steps = steps, .bytes = (size_t)end};
	}
	close(fd);
	return error;
}

/* architecture: 0, that of this program. */
static int set_architecture(scmp_filter_ctx context, uint32_t architecture)
{
	int error;

	if (architecture == 0 || architecture == seccomp_arch_native())
		return 0;
	error = seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
	return error != 0 ? error : seccomp_arch_add(context, architecture);
}

static int build(const struct seccomp_filter_needs *needs, bool worker,
		 struct seccomp_filter *filter)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error;

	*filter = (struct seccomp_filter){0};
	if (context == NULL)
		return -ENOMEM;
	error = set_architecture(context, needs->architecture);
	/* A binary search instead of a list: seccomp_attr_set(3). */
	if (error == 0)
		error = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0)
		error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH,
					 SCMP_ACT_KILL_PROCESS);
	if (error == 0)
		error = add_all(context, SCMP_ACT_KILL_PROCESS, intruding, COUNT(intruding));
	if (error == 0)
		error = worker ? add_worker_rules(context, needs)
			       : add_daemon_rules(context, needs);
	if (error == 0)
		error = export_program(context, filter);
	seccomp_release(context);
	return error;
}

/* The steps before the filter proper, by name.  All jumps lead forward. */
enum {
	LOAD_ARCH,
	IS_NATIVE,
	LOAD_CALL,
	IS_CLONE,
	IS_KILL,
	LOAD_FLAGS,
	IS_THREAD,
	LOAD_SIGNAL,
	IS_QUESTION,
	LOAD_LOW,
	IS_LOW,
	LOAD_HIGH,
	IS_HIGH,
	DIE,
	SECRET_STEPS,
};

#define DATA(field) ((uint32_t)offsetof(struct seccomp_data, field))
#define HALF (uint32_t)sizeof(uint32_t)

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define LOW(argument) DATA(args[argument])
#define HIGH(argument) (DATA(args[argument]) + HALF)
#else
#define LOW(argument) (DATA(args[argument]) + HALF)
#define HIGH(argument) DATA(args[argument])
#endif

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define TEST(at, test, value, yes, no)                                       \
	BPF_JUMP(BPF_JMP | (test) | BPF_K, value, (uint8_t)((yes) - (at)-1), \
		 (uint8_t)((no) - (at)-1))

/*
 * Writes steps that kill a process which makes a reserved call without the secret.  Starting
 * a thread and signal 0 need no secret: they affect no other process.
 */
static void put_secret_steps(struct sock_filter steps[SECRET_STEPS],
			     const unsigned long *secret)
{
	const struct sock_filter template[SECRET_STEPS] = {
		[LOAD_ARCH] = LOAD(DATA(arch)),
		[IS_NATIVE] = TEST(IS_NATIVE, BPF_JEQ, seccomp_arch_native(), LOAD_CALL,
				   SECRET_STEPS),
		[LOAD_CALL] = LOAD(DATA(nr)),
		[IS_CLONE] = TEST(IS_CLONE, BPF_JEQ, SYS_clone, LOAD_FLAGS, IS_KILL),
		[IS_KILL] = TEST(IS_KILL, BPF_JEQ, SYS_kill, LOAD_SIGNAL, SECRET_STEPS),
		[LOAD_FLAGS] = LOAD(LOW(RESERVED_CLONE_FLAGS)),
		[IS_THREAD] = TEST(IS_THREAD, BPF_JSET, CLONE_THREAD, SECRET_STEPS, LOAD_LOW),
		[LOAD_SIGNAL] = LOAD(LOW(1)),
		[IS_QUESTION] = TEST(IS_QUESTION, BPF_JEQ, 0, SECRET_STEPS, LOAD_LOW),
		[LOAD_LOW] = LOAD(LOW(RESERVED_SECRET_ARGUMENT)),
		[IS_LOW] = TEST(IS_LOW, BPF_JEQ, 0, LOAD_HIGH, DIE),
		[LOAD_HIGH] = LOAD(HIGH(RESERVED_SECRET_ARGUMENT)),
		[IS_HIGH] = TEST(IS_HIGH, BPF_JEQ, 0, SECRET_STEPS, DIE),
		[DIE] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};

	memcpy(steps, template, sizeof(template));
	/* Store the secret only here, where it is wiped later, and not in the template. */
	steps[IS_LOW].k = (uint32_t)*secret;
	steps[IS_HIGH].k = (uint32_t)((uint64_t)*secret >> 32);
}

int seccomp_filter_enter_with_secret(const struct seccomp_filter *filter,
				     const unsigned long *secret)
{
	size_t bytes = SECRET_STEPS * sizeof(struct sock_filter) + filter->bytes;
	struct sock_filter *steps =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct seccomp_filter whole = {.steps = steps, .bytes = bytes};
	int error;

	if (steps == MAP_FAILED)
		return -errno;
	put_secret_steps(steps, secret);
	memcpy(steps + SECRET_STEPS, filter->steps, filter->bytes);
	error = seccomp_filter_enter(&whole);
	seccomp_filter_free(&whole);
	return error;
}

bool seccomp_filter_built_in(void)
{
	return true;
}

int seccomp_filter_for_daemon(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter)
{
	return build(needs, false, filter);
}

int seccomp_filter_for_worker(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter)
{
	return build(needs, true, filter);
}

#else

bool seccomp_filter_built_in(void)
{
	return false;
}

int seccomp_filter_for_daemon(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter)
{
	(void)needs;
	*filter = (struct seccomp_filter){0};
	return -ENOSYS;
}

int seccomp_filter_for_worker(const struct seccomp_filter_needs *needs,
			      struct seccomp_filter *filter)
{
	(void)needs;
	*filter = (struct seccomp_filter){0};
	return -ENOSYS;
}

int seccomp_filter_enter_with_secret(const struct seccomp_filter *filter,
				     const unsigned long *secret)
{
	(void)filter;
	(void)secret;
	return -ENOSYS;
}

#endif

int seccomp_filter_supported(void)
{
	static const unsigned action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ? 0 : -errno;
}

int seccomp_filter_enter(const struct seccomp_filter *filter)
{
	struct sock_fprog program = {
		.len = (unsigned short)(filter->bytes / sizeof(struct sock_filter)),
		.filter = filter->steps,
	};

	/* Keep speculation fast: no foreign code runs in this process. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		       &program) == 0
		       ? 0
		       : -errno;
}

void seccomp_filter_free(struct seccomp_filter *filter)
{
	if (filter->steps != NULL)
		munmap(filter->steps, filter->bytes);
	*filter = (struct seccomp_filter){0};
}
