/* SPDX-License-Identifier: ISC */
/*
 * integration/sandbox: forbidden system calls from inside daemon and worker fail, and the
 * daemon still serves.
 */
#include "config.h"

#include "server/access/exports.h"
#include "server/process/reserved.h"
#include "server/process/signals.h"
#include "server/sandbox/landlock.h"
#include "server/sandbox/sandbox.h"
#include "server/sandbox/seccomp.h"
#include "server/transfer/beneath.h"
#include "server/transfer/file_watch.h"
#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE_OS_ERROR = 71,
	CODE_CONFIG = 78,
};

#define LANDLOCK_SIGNALS 6 /* first version that can forbid signals */

static struct msgfetchd server;
static struct client client;
static struct sandbox sandbox;
static struct exports exports;

/* Makes one attempt.  Returns 0 after a success, or an errno. */
typedef int attempt_fn(void);

enum place {
	IN_DAEMON,
	IN_DAEMON_WITHOUT_FILTER,
	IN_WORKER,
	IN_STRICT_WORKER,
	IN_WORKER_WITHOUT_FILTER,
};

static void prepare(enum sandbox_mode mode, const struct seccomp_filter_needs *needs)
{
	static const struct log log = {.target = LOG_TO_STDERR, .level = LOG_ERR, .name = "t"};
	const struct export *failed;

	ck_assert(mkdir("pub", 0755) == 0 || errno == EEXIST);
	harness_write("pub/inside", "inside\n");
	harness_write("outside", "outside\n");
	exports = (struct exports){0};
	ck_assert_int_eq(exports_add(&exports, "pub", "pub"), 0);
	ck_assert_int_eq(exports_open(&exports, &failed), 0);
	ck_assert_int_eq(sandbox_open(&sandbox, mode, &exports, NULL, needs, &log), 0);
}

static void put_away(void)
{
	sandbox_close(&sandbox);
	exports_free(&exports);
}

/* In the daemon: lets a worker make the attempt, and ends the same way. */
static _Noreturn void attempt_in_worker(attempt_fn *attempt)
{
	pid_t worker;
	int status = 0;

	signals_block();
	worker = reserved_fork(&sandbox.reserved);
	if (worker < 0)
		_exit(202);
	if (worker == 0)
		_exit(sandbox_enter_worker(&sandbox) != 0 ? 201 : attempt());
	signals_unblock();
	if (waitpid(worker, &status, 0) == worker && WIFSIGNALED(status))
		reserved_kill(&sandbox.reserved, getpid(), WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

/* Makes the attempt in a process confined for place.  Returns the wait status. */
static int run(enum place place, attempt_fn *attempt)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (sandbox_enter(&sandbox, &exports) != 0)
			_exit(200);
		if (place != IN_DAEMON && place != IN_DAEMON_WITHOUT_FILTER)
			attempt_in_worker(attempt);
		_exit(attempt());
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static int attempt_in(enum place place, const struct seccomp_filter_needs *needs,
		      attempt_fn *attempt)
{
	static const struct seccomp_filter_needs none = {.key = TEST_KEY};
	int status;

	prepare(place == IN_STRICT_WORKER ? SANDBOX_STRICT : SANDBOX_BEST_EFFORT,
		needs != NULL ? needs : &none);
	if (place == IN_WORKER_WITHOUT_FILTER || place == IN_DAEMON_WITHOUT_FILTER)
		seccomp_filter_free(&sandbox.filter);
	status = run(place, attempt);
	put_away();
	return status;
}

static void expect_error(enum place place, attempt_fn *attempt, int error)
{
	int status = attempt_in(place, NULL, attempt);

	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), error);
}

static void expect_killed(enum place place, attempt_fn *attempt)
{
	int status = attempt_in(place, NULL, attempt);

	ck_assert_msg(WIFSIGNALED(status), "went on, status %d", WEXITSTATUS(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}

#define NEEDS_LANDLOCK(least)                                                      \
	do {                                                                       \
		if (landlock_version() < (least))                                  \
			SKIP("needs Landlock %d: the kernel has %d (negative: an " \
			     "errno)",                                             \
			     least, landlock_version());                           \
	} while (0)

#define NEEDS_FILTERS()                                                            \
	do {                                                                       \
		if (!seccomp_filter_built_in() || seccomp_filter_supported() != 0) \
			SKIP("no filters here");                                   \
	} while (0)

static int read_from(const char *name)
{
	char byte;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return read(fd, &byte, 1) == 1 ? 0 : errno;
}

static int read_inside(void)
{
	return read_from("pub/inside");
}

/* Watches as a worker does that follows a file. */
static int watch_inside(void)
{
	struct file_watch watch;
	struct stat status;
	int timeout;
	int fd = beneath_open(exports.list[0].directory, "inside", false, &status);

	if (fd < 0)
		return -fd;
	file_watch_open(&watch);
	file_watch_names(&watch, exports.list[0].directory, "inside");
	file_watch_files(&watch, fd, -1);
	timeout = file_watch_timeout(&watch);
	file_watch_close(&watch);
	close(fd);
	return timeout < 0 ? 0 : EPERM;
}

static int read_outside(void)
{
	return read_from("outside");
}

static int read_passwd(void)
{
	return read_from("/etc/passwd");
}

static int list_outside(void)
{
	return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 ? errno : 0;
}

static int write_inside(void)
{
	return open("pub/inside", O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int create_inside(void)
{
	return open("pub/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int remove_inside(void)
{
	return unlink("pub/inside") != 0 ? errno : 0;
}

static int execute(void)
{
	char *const arguments[] = {(char[]){"true"}, NULL};

	execv("/bin/true", arguments);
	return errno;
}

static int unix_stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int unix_datagram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int internet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int trace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0 ? errno : 0;
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return errno;
	munmap(page, 4096);
	return 0;
}

static int make_queue(void)
{
	return msgget(IPC_PRIVATE, 0600) < 0 ? errno : 0;
}

static int have_child(void)
{
	pid_t child = fork();

	if (child < 0)
		return errno;
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	return 0;
}

static int have_thread(void)
{
	/* An allowed call fails with EINVAL, as CLONE_THREAD needs more flags. */
	return syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0) < 0 ? errno : 0;
}

static int signal_parent(void)
{
	return kill(getppid(), SIGCONT) != 0 ? errno : 0;
}

static int ask_for_parent(void)
{
	return kill(getpid(), 0) != 0 ? errno : 0;
}

static int limit_self(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_FSIZE, &none) != 0 ? errno : 0;
}

static int set_flags(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return 203;
	if (fcntl(ends[0], F_SETFD, 0) != 0 || fcntl(ends[0], F_GETFL) < 0)
		return errno;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ? errno : 0;
}

/* Attempts of a daemon with its secret. */

static int fork_with_secret(void)
{
	pid_t child;

	signals_block();
	child = reserved_fork(&sandbox.reserved);
	if (child == 0)
		_exit(0);
	signals_unblock();
	return child > 0 && waitpid(child, NULL, 0) == child ? 0 : ECHILD;
}

static int signal_with_secret(void)
{
	return -reserved_kill(&sandbox.reserved, getpid(), SIGCONT);
}

/* Acts as the lookup process of groups, which has children. */
static int be_heir(void)
{
	int status = 0;
	pid_t child;

	signals_block();
	child = reserved_fork_heir(&sandbox.reserved);
	if (child == 0)
		_exit(fork_with_secret());
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : ECHILD;
}

static int be_heirs_child(void)
{
	int status = 0;
	pid_t child;

	signals_block();
	child = reserved_fork_heir(&sandbox.reserved);
	if (child == 0) {
		child = reserved_fork(&sandbox.reserved);
		if (child == 0)
			_exit(fork_with_secret());
		waitpid(child, &status, 0);
		_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? 0 : 1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : ECHILD;
}

static int become_other(void)
{
	return setresuid(OTHER_UID, OTHER_UID, OTHER_UID) != 0 ? errno : 0;
}

static int dump_core(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) != 0)
		return errno;
	return core.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? EPERM : 0;
}

/* A mask hides the secret in the search itself. */
#define MASK 0x5a5a5a5aul
static volatile unsigned long masked_secret;

static bool holds_secret(const uint8_t *from, const uint8_t *end)
{
	unsigned long word;

	for (; from + sizeof(word) <= end; from++) {
		memcpy(&word, from, sizeof(word));
		if ((word ^ MASK) == masked_secret)
			return true;
	}
	return false;
}

/* Writable memory of this process and its children. */
static struct {
	const uint8_t *from, *end;
} areas[256];
static size_t area_count;

static int learn_areas(void)
{
	static char line[1024];
	FILE *maps = fopen("/proc/self/maps", "re");

	if (maps == NULL)
		return errno;
	while (area_count < sizeof(areas) / sizeof(areas[0]) &&
	       fgets(line, sizeof(line), maps) != NULL) {
		char *at;
		uintptr_t from = strtoull(line, &at, 16);
		uintptr_t end = *at == '-' ? strtoull(at + 1, &at, 16) : 0;

		if (end == 0 || strncmp(at, " rw", 3) != 0)
			continue;
		areas[area_count].from = (const uint8_t *)from;
		areas[area_count].end = (const uint8_t *)end;
		area_count++;
	}
	fclose(maps);
	masked_secret = *sandbox.reserved.secret ^ MASK;
	return 0;
}

/* Uses little stack: the secret may be left further down. */
static int search(void)
{
	for (size_t i = 0; i < area_count; i++)
		if (holds_secret(areas[i].from, areas[i].end))
			return 0;
	return ENOENT;
}

static int find_secret(void)
{
	int error = learn_areas();

	return error != 0 ? error : search();
}

/* A worker does not have this page. */
static void forget_page_of_secret(void)
{
	const uint8_t *page = (const uint8_t *)sandbox.reserved.secret;

	for (size_t i = 0; i < area_count; i++)
		if (areas[i].from <= page && page < areas[i].end)
			areas[i].end = areas[i].from;
}

static int find_secret_in_worker(void)
{
	int status = 0, error = learn_areas();
	pid_t worker;

	if (error != 0)
		return error;
	forget_page_of_secret();
	signal_with_secret();
	fork_with_secret();
	signals_block();
	worker = reserved_fork(&sandbox.reserved);
	if (worker == 0)
		_exit(search());
	signals_unblock();
	return worker > 0 && waitpid(worker, &status, 0) == worker ? WEXITSTATUS(status)
								   : ECHILD;
}

/* Ways to act on another process, or to let the kernel act on one. */

#define PARENT (-2L) /* stands for the process id of the daemon */
#define PIPE (-3L)   /* stands for a descriptor of a pipe */
#define LIMIT (-4L)  /* stands for the address of a limit */
#define OWNER (-5L)  /* stands for the address of a struct f_owner_ex that names the daemon */

/* Constants that old headers of the kernel lack. */
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif

static const struct act {
	const char *name;
	long call;
	long arguments[5];
} refused_acts[] = {
	{"prlimit64", SYS_prlimit64, {PARENT, RLIMIT_NPROC, LIMIT}},
	{"prlimit64 to read", SYS_prlimit64, {PARENT, RLIMIT_NPROC, 0, LIMIT}},
	{"F_SETOWN", SYS_fcntl, {PIPE, F_SETOWN, PARENT}},
	{"F_SETOWN_EX", SYS_fcntl, {PIPE, F_SETOWN_EX, OWNER}},
	{"F_SETSIG", SYS_fcntl, {PIPE, F_SETSIG, SIGKILL}},
	{"O_ASYNC", SYS_fcntl, {PIPE, F_SETFL, O_ASYNC}},
	{"F_SETLEASE", SYS_fcntl, {PIPE, F_SETLEASE, F_WRLCK}},
	{"F_NOTIFY", SYS_fcntl, {PIPE, F_NOTIFY, DN_MODIFY}},
	{"FIOASYNC", SYS_ioctl, {PIPE, FIOASYNC, LIMIT}},
	{"FIOSETOWN", SYS_ioctl, {PIPE, FIOSETOWN, LIMIT}},
	{"SIOCSPGRP", SYS_ioctl, {PIPE, SIOCSPGRP, LIMIT}},
	{"PR_SCHED_CORE", SYS_prctl, {PR_SCHED_CORE, 2, PARENT}},
	{"kcmp", SYS_kcmp, {PARENT, PARENT}},
	{"move_pages", SYS_move_pages, {PARENT}},
	{"migrate_pages", SYS_migrate_pages, {PARENT}},
	{"ioprio_set", SYS_ioprio_set, {1, PARENT, 3 << 13}},
	{"sched_setaffinity", SYS_sched_setaffinity, {PARENT, sizeof(long), LIMIT}},
	{"sched_setparam", SYS_sched_setparam, {PARENT, LIMIT}},
	{"sched_setscheduler", SYS_sched_setscheduler, {PARENT, SCHED_OTHER, LIMIT}},
	{"sched_setattr", SYS_sched_setattr, {PARENT, LIMIT}},
	{"setpriority", SYS_setpriority, {0, PARENT, 19}},
	{"setpgid", SYS_setpgid, {PARENT, 0}},
	{"get_robust_list", SYS_get_robust_list, {PARENT, LIMIT, LIMIT}},
	{"tkill", SYS_tkill, {PARENT, SIGKILL}},
	{"tgkill", SYS_tgkill, {PARENT, PARENT, SIGKILL}},
	{"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {PARENT, SIGKILL, LIMIT}},
	{"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, {PARENT, PARENT, SIGKILL, LIMIT}},
	{"pidfd_send_signal", SYS_pidfd_send_signal, {PIPE, SIGKILL}},
	{"pidfd_getfd", SYS_pidfd_getfd, {PIPE, 0}},
	{"process_madvise", SYS_process_madvise, {PIPE, LIMIT}},
	{"process_mrelease", SYS_process_mrelease, {PIPE}},
	{"keyctl", SYS_keyctl, {0, -3}},
	{"add_key", SYS_add_key, {LIMIT, LIMIT}},
	{"request_key", SYS_request_key, {LIMIT, LIMIT}},
	{"io_uring_enter", SYS_io_uring_enter, {PIPE}},
	{"io_uring_register", SYS_io_uring_register, {PIPE}},
};

static const struct act deadly_acts[] = {
	{"ptrace", SYS_ptrace, {PTRACE_ATTACH, PARENT}},
	{"process_vm_readv", SYS_process_vm_readv, {PARENT}},
	{"process_vm_writev", SYS_process_vm_writev, {PARENT}},
	{"perf_event_open", SYS_perf_event_open, {LIMIT, PARENT}},
	{"bpf", SYS_bpf, {0, LIMIT}},
	{"userfaultfd", SYS_userfaultfd, {0}},
	{"io_uring_setup", SYS_io_uring_setup, {1, LIMIT}},
	{"kill", SYS_kill, {PARENT, SIGCONT}},
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct act *act; /* the attempt to make */

static long value_of(long argument, int pipe)
{
	static struct rlimit limit = {1, 1};
	static struct f_owner_ex owner = {.type = F_OWNER_PID};

	owner.pid = getppid();
	switch (argument) {
	case PARENT:
		return getppid();
	case PIPE:
		return pipe;
	case LIMIT:
		return (long)&limit;
	case OWNER:
		return (long)&owner;
	default:
		return argument;
	}
}

static int attempt_act(void)
{
	long values[5];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return 203;
	for (unsigned i = 0; i < 5; i++)
		values[i] = value_of(act->arguments[i], ends[0]);
	return syscall(act->call, values[0], values[1], values[2], values[3], values[4]) < 0
		       ? errno
		       : 0;
}

static void close_landlock(void)
{
	if (sandbox.reading >= 0)
		close(sandbox.reading);
	if (sandbox.governing >= 0)
		close(sandbox.governing);
	sandbox.reading = sandbox.governing = -1;
}

static void expect_no_acts(bool landlock)
{
	static const struct seccomp_filter_needs needs = {.key = TEST_KEY};

	prepare(SANDBOX_BEST_EFFORT, &needs);
	if (!landlock)
		close_landlock();
	for (act = refused_acts; act < refused_acts + COUNT(refused_acts); act++) {
		int status = run(IN_WORKER, attempt_act);

		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EPERM,
			      "%s: status 0x%x", act->name, (unsigned)status);
	}
	for (act = deadly_acts; act < deadly_acts + COUNT(deadly_acts); act++) {
		int status = run(IN_WORKER, attempt_act);

		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
			      "%s: status 0x%x", act->name, (unsigned)status);
	}
	put_away();
}

TEST(a_worker_cannot_act_on_another_process)
{
	NEEDS_FILTERS();
	expect_no_acts(true);
}

/* Landlock hides a signal that the filter lets through. */
TEST(a_worker_without_landlock_cannot_act_on_another_process)
{
	NEEDS_FILTERS();
	expect_no_acts(false);
}

TEST(a_worker_limits_itself)
{
	expect_error(IN_WORKER, limit_self, 0);
}

TEST(a_worker_sets_flags_of_a_descriptor)
{
	expect_error(IN_WORKER, set_flags, 0);
}

TEST(a_worker_watches_a_file_of_an_export)
{
	expect_error(IN_WORKER, watch_inside, 0);
}

TEST(a_strict_worker_watches_a_file_of_an_export)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_error(IN_STRICT_WORKER, watch_inside, 0);
}

TEST(a_worker_reads_inside_an_export)
{
	expect_error(IN_WORKER, read_inside, 0);
}

TEST(a_strict_worker_reads_inside_an_export)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_error(IN_STRICT_WORKER, read_inside, 0);
}

TEST(a_worker_cannot_open_a_file_outside)
{
	NEEDS_LANDLOCK(1);
	expect_error(IN_WORKER, read_outside, EACCES);
}

TEST(a_worker_cannot_open_what_everybody_can)
{
	NEEDS_LANDLOCK(1);
	expect_error(IN_WORKER, read_passwd, EACCES);
}

TEST(a_worker_cannot_list_a_directory_outside)
{
	NEEDS_LANDLOCK(1);
	expect_error(IN_WORKER, list_outside, EACCES);
}

TEST(a_worker_cannot_execute)
{
	NEEDS_FILTERS();
	expect_killed(IN_WORKER, execute);
}

TEST(a_worker_cannot_trace)
{
	NEEDS_FILTERS();
	expect_killed(IN_WORKER, trace);
}

TEST(a_worker_has_no_sockets)
{
	NEEDS_FILTERS();
	expect_error(IN_WORKER, internet, EPERM);
}

TEST(a_worker_has_no_unix_sockets)
{
	NEEDS_FILTERS();
	expect_error(IN_WORKER, unix_datagram, EPERM);
}

TEST(a_worker_dies_of_a_fork)
{
	NEEDS_FILTERS();
	expect_killed(IN_WORKER, have_child);
}

/* The page of the secret does not exist in a worker, so reading it is a fault. */
TEST(a_worker_dies_of_looking_for_the_secret)
{
	int status;

	NEEDS_FILTERS();
	status = attempt_in(IN_WORKER, NULL, fork_with_secret);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
}

TEST(a_worker_dies_of_a_signal_it_sends)
{
	NEEDS_FILTERS();
	expect_killed(IN_WORKER, signal_parent);
}

TEST(a_worker_may_ask_whether_a_process_lives)
{
	expect_error(IN_WORKER, ask_for_parent, 0);
}

TEST(a_worker_cannot_make_a_queue)
{
	NEEDS_FILTERS();
	expect_error(IN_WORKER, make_queue, EPERM);
}

TEST(the_daemon_may_fork_with_its_secret)
{
	expect_error(IN_DAEMON, fork_with_secret, 0);
}

TEST(the_daemon_may_signal_with_its_secret)
{
	expect_error(IN_DAEMON, signal_with_secret, 0);
}

TEST(the_daemon_itself_dies_of_a_fork_without_its_secret)
{
	NEEDS_FILTERS();
	expect_killed(IN_DAEMON, have_child);
}

TEST(an_heir_has_the_secret)
{
	expect_error(IN_DAEMON, be_heir, 0);
}

TEST(an_heirs_child_has_no_secret)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, be_heirs_child, 0);
}

TEST(the_daemon_finds_the_secret_in_its_memory)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, find_secret, 0);
}

TEST(a_worker_does_not_find_the_secret_in_its_memory)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, find_secret_in_worker, ENOENT);
}

TEST(a_thread_is_no_fork)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, have_thread, EINVAL);
}

TEST(a_strict_worker_dies_of_a_socket)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_killed(IN_STRICT_WORKER, unix_datagram);
}

TEST(a_strict_worker_dies_of_a_fork)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_killed(IN_STRICT_WORKER, have_child);
}

TEST(a_strict_worker_dies_of_a_signal_it_sends)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_killed(IN_STRICT_WORKER, signal_parent);
}

TEST(a_strict_worker_dies_of_a_new_queue)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	expect_killed(IN_STRICT_WORKER, make_queue);
}

TEST(without_filters_landlock_keeps_a_worker_from_signalling_the_daemon)
{
	NEEDS_LANDLOCK(LANDLOCK_SIGNALS);
	expect_error(IN_WORKER_WITHOUT_FILTER, signal_parent, EPERM);
}

TEST(a_worker_leaves_no_core)
{
	expect_error(IN_WORKER, dump_core, EPERM);
}

TEST(the_daemon_reads_its_configuration_anew)
{
	expect_error(IN_DAEMON, read_outside, 0);
}

/* Asserts that the filter and, without the filter, Landlock refuse the attempt. */
static void expect_both_refuse(attempt_fn *attempt)
{
	if (seccomp_filter_built_in() && seccomp_filter_supported() == 0)
		expect_error(IN_DAEMON, attempt, EPERM);
	NEEDS_LANDLOCK(1);
	expect_error(IN_DAEMON_WITHOUT_FILTER, attempt, EACCES);
}

TEST(the_daemon_cannot_write_a_file)
{
	expect_both_refuse(write_inside);
}

TEST(the_daemon_cannot_create_a_file)
{
	expect_both_refuse(create_inside);
}

TEST(the_daemon_cannot_remove_a_file)
{
	expect_both_refuse(remove_inside);
}

TEST(the_daemon_cannot_execute)
{
	NEEDS_FILTERS();
	expect_killed(IN_DAEMON, execute);
}

TEST(the_daemon_cannot_make_code)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, make_code, EPERM);
}

TEST(the_daemon_cannot_become_another_user)
{
	NEEDS_FILTERS();
	expect_error(IN_DAEMON, become_other, EPERM);
}

TEST(the_daemon_becomes_another_user_if_configured)
{
	static const struct seccomp_filter_needs needs = {.other_users = true};

	NEEDS_FILTERS();
	if (!harness_other_users())
		SKIP("needs real root, to be another user");
	ck_assert_int_eq(attempt_in(IN_WORKER, &needs, become_other), 0);
}

TEST(with_syslog_there_are_datagrams_and_no_streams)
{
	static const struct seccomp_filter_needs needs = {.syslog = true};
	int datagram, stream;

	NEEDS_FILTERS();
	prepare(SANDBOX_BEST_EFFORT, &needs);
	datagram = run(IN_DAEMON, unix_datagram);
	stream = run(IN_DAEMON, unix_stream);
	put_away();
	ck_assert_int_eq(datagram, 0);
	ck_assert_int_eq(WEXITSTATUS(stream), EPERM);
}

TEST(for_name_lookups_there_are_streams_but_no_network)
{
	static const struct seccomp_filter_needs needs = {.name_lookups = true};
	int stream, network;

	NEEDS_FILTERS();
	prepare(SANDBOX_BEST_EFFORT, &needs);
	stream = run(IN_DAEMON, unix_stream);
	network = run(IN_DAEMON, internet);
	put_away();
	ck_assert_int_eq(stream, 0);
	ck_assert_int_eq(WEXITSTATUS(network), EPERM);
}

/* Tests of the built program. */

static void expect_status(pid_t process, const char *line)
{
	ck_assert_ptr_nonnull(strstr(harness_read_proc(process, "status"), line));
}

static const struct served files[] = {{"file", .size = 300000, .seed = 1}, {.name = NULL}};

static void serve_in(const char *mode)
{
	serve(&server, .files = files, .options = {"-s", mode});
}

static void expect_served(void)
{
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

TEST(the_daemon_confines_itself_before_it_serves)
{
	NEEDS_FILTERS();
	serve_in("best-effort");
	expect_status(server.pid, "NoNewPrivs:\t1\n");
	expect_status(server.pid, "Seccomp:\t2\n");
	expect_status(server.pid, "Seccomp_filters:\t1\n");
	expect_served();
}

TEST(a_strict_worker_has_a_filter_of_its_own)
{
	NEEDS_LANDLOCK(1);
	NEEDS_FILTERS();
	serve_in("strict");
	harness_make_file("pub/large", 3 << 20, 2);
	client_start(&client, "pub/large", NULL);
	client_await_standstill(&client);
	expect_status(harness_only_child(server.pid), "Seccomp_filters:\t2\n");
	client_finish(&client);
	expect_file(&client, "pub/large");
	expect_served();
}

TEST(switched_off_there_is_none)
{
	serve_in("off");
	expect_status(server.pid, "NoNewPrivs:\t0\n");
	expect_served();
}

TEST(a_mode_that_is_none_is_refused)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(msgfetchd_run(&server, "-e", "pub=pub", "-s", "some", NULL),
			 CODE_CONFIG);
	ck_assert(msgfetchd_logged(&server, "--sandbox some"));
}

/* Imitates a kernel without Landlock. */
static void take_landlock_away(void *context)
{
	static struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof(steps) / sizeof(steps[0]),
					   .filter = steps};

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		_exit(202);
}

TEST(strict_refuses_to_start_without_landlock)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	server.prepare = take_landlock_away;
	ck_assert_int_eq(msgfetchd_run(&server, "-e", "pub=pub", "-s", "strict", NULL),
			 CODE_OS_ERROR);
	ck_assert(msgfetchd_logged(&server, "sandbox: no Landlock"));
}

TEST(best_effort_reports_a_lack_of_landlock_and_serves)
{
	server.prepare = take_landlock_away;
	serve_in("best-effort");
	ck_assert(msgfetchd_logged(&server, "sandbox: no Landlock"));
	expect_served();
}

static void configure(const char *name)
{
	harness_write("conf", harness_format("sandbox = \"best-effort\"\n"
					     "export \"%s\" { path = \"%s/%s\" }\n",
					     name, harness_directory(), name));
}

TEST(a_reload_opens_other_exports_and_closes_the_old_ones)
{
	ck_assert_int_eq(mkdir("one", 0755), 0);
	ck_assert_int_eq(mkdir("two", 0755), 0);
	harness_make_file("one/file", 100, 1);
	harness_make_file("two/file", 40000, 2);
	configure("one");
	msgfetchd_start(&server, "-c", "conf", NULL);
	fetch(&client, "one/file", NULL);
	expect_file(&client, "one/file");
	configure("two");
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
	fetch(&client, "two/file", NULL);
	expect_file(&client, "two/file");
	fetch(&client, "one/file", NULL);
	ck_assert_int_ne(client.code, 0);
}

TEST(the_pid_file_is_removed_all_the_same)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	msgfetchd_start(&server, "-e", "pub=pub", "-p", "pid", NULL);
	ck_assert_int_eq(access("pid", F_OK), 0);
	msgfetchd_stop(&server);
	ck_assert_int_ne(access("pid", F_OK), 0);
}

int main(void)
{
	/* Runtimes of sanitizers make other system calls and open files. */
	if (strcmp(SANDBOX_DEFAULT, "off") == 0) {
		puts("SKIP sandbox: built with sanitizers, which the sandbox does not "
		     "allow");
		return 77;
	}
	return harness_main("integration/sandbox", HARNESS_IPC);
}
