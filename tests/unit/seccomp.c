/* SPDX-License-Identifier: ISC */
/*
 * unit/seccomp: the daemon's filter for each architecture that libseccomp knows. A 32-bit C
 * library calls geteuid32, send and others in place of the calls of 64-bit machines.
 */
#include "config.h"

#include "server/sandbox/seccomp.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#ifdef HAVE_LIBSECCOMP
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static const struct {
	const char *name;
	uint32_t token;
} architectures[] = {
	{"x86", SCMP_ARCH_X86},
	{"x86_64", SCMP_ARCH_X86_64},
	{"arm", SCMP_ARCH_ARM},
	{"aarch64", SCMP_ARCH_AARCH64},
	{"mips", SCMP_ARCH_MIPS},
	{"mipsel", SCMP_ARCH_MIPSEL},
	{"mips64", SCMP_ARCH_MIPS64},
	{"mipsel64", SCMP_ARCH_MIPSEL64},
	{"mips64n32", SCMP_ARCH_MIPS64N32},
	{"mipsel64n32", SCMP_ARCH_MIPSEL64N32},
	{"ppc", SCMP_ARCH_PPC},
	{"ppc64", SCMP_ARCH_PPC64},
	{"ppc64le", SCMP_ARCH_PPC64LE},
	{"s390", SCMP_ARCH_S390},
	{"s390x", SCMP_ARCH_S390X},
	{"parisc", SCMP_ARCH_PARISC},
	{"parisc64", SCMP_ARCH_PARISC64},
	{"riscv64", SCMP_ARCH_RISCV64},
};

/* Calls of a C library for daemon and workers, where the machine has them. */
static const char *const needed[] = {
	"brk",
	"capset",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"close",
	"exit_group",
	"fstat",
	"fstat64",
	"fstatat64",
	"fstatfs",
	"fstatfs64",
	"ftruncate64",
	"futex",
	"futex_time64",
	"getdents64",
	"getegid",
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getgroups",
	"getgroups32",
	"getpid",
	"getresgid32",
	"getresuid32",
	"getrlimit",
	"getuid",
	"getuid32",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"_llseek",
	"lseek",
	"madvise",
	"msgctl",
	"msgrcv",
	"msgsnd",
	"munmap",
	"newfstatat",
	"openat2",
	"pidfd_open",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pread64",
	"prlimit64",
	"read",
	"readlinkat",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigsuspend",
	"semctl",
	"send",
	"sendto",
	"setgroups",
	"setgroups32",
	"setitimer",
	"setresgid",
	"setresgid32",
	"setresuid",
	"setresuid32",
	"shmat",
	"shmctl",
	"shmdt",
	"sigreturn",
	"statfs64",
	"statx",
	"ugetrlimit",
	"wait4",
	"waitpid",
	"write",
	"writev",
};

static const char *const forbidden[] = {
	"bpf", "execve", "ptrace", "process_vm_writev", "kcmp", "tkill", "pidfd_send_signal"};

/* Returns a step.  The program of a machine of the other byte order has swapped fields. */
static struct sock_filter step_at(const struct seccomp_filter *filter, size_t at)
{
	struct sock_filter step = ((const struct sock_filter *)filter->steps)[at];

	if (step.code > UINT8_MAX) {
		step.code = __builtin_bswap16(step.code);
		step.k = __builtin_bswap32(step.k);
	}
	return step;
}

/* Runs the program, of the kinds of steps that libseccomp writes. */
static uint32_t run(const struct seccomp_filter *filter, const struct seccomp_data *data)
{
	size_t count = filter->bytes / sizeof(struct sock_filter);
	uint32_t value = 0;

	for (size_t at = 0; at < count; at++) {
		const struct sock_filter step = step_at(filter, at);

		switch (step.code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ck_assert_uint_le(step.k + sizeof(value), sizeof(*data));
			memcpy(&value, (const uint8_t *)data + step.k, sizeof(value));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			value &= step.k;
			break;
		case BPF_JMP | BPF_JA:
			at += step.k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += value == step.k ? step.jt : step.jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += value > step.k ? step.jt : step.jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += value >= step.k ? step.jt : step.jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += (value & step.k) != 0 ? step.jt : step.jf;
			break;
		case BPF_RET | BPF_K:
			return step.k;
		default:
			ck_abort_msg("step %zu has code 0x%x", at, step.code);
		}
	}
	ck_abort_msg("the program has no end");
}

static bool allows_call(const struct seccomp_filter *filter, const struct seccomp_data *data)
{
	uint32_t action = run(filter, data);

	/* libseccomp 2.5 does not swap some actions for a machine of the other byte order. */
	return action == SECCOMP_RET_ALLOW || __builtin_bswap32(action) == SECCOMP_RET_ALLOW;
}

static bool allows(const struct seccomp_filter *filter, uint32_t token, int call)
{
	const struct seccomp_data data = {.nr = call, .arch = token};

	return allows_call(filter, &data);
}

static void build(uint32_t token, struct seccomp_filter *filter)
{
	const struct seccomp_filter_needs needs = {
		.key = TEST_KEY, .syslog = true, .other_users = true, .architecture = token};

	ck_assert_int_eq(seccomp_filter_for_daemon(&needs, filter), 0);
}

/* Counts the names that the architecture has; each must be allowed or not, as wanted. */
static unsigned check(const struct seccomp_filter *filter, size_t architecture,
		      const char *const names[], size_t count, bool wanted)
{
	uint32_t token = architectures[architecture].token;
	unsigned found = 0;

	for (size_t i = 0; i < count; i++) {
		int call = seccomp_syscall_resolve_name_arch(token, names[i]);

		if (call < 0)
			continue;
		found++;
		ck_assert_msg(allows(filter, token, call) == wanted, "%s: %s",
			      architectures[architecture].name, names[i]);
	}
	return found;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

TEST(each_architecture_has_the_calls_of_its_c_library)
{
	for (size_t i = 0; i < COUNT(architectures); i++) {
		struct seccomp_filter filter;

		build(architectures[i].token, &filter);
		ck_assert_uint_gt(check(&filter, i, needed, COUNT(needed), true), 30);
		seccomp_filter_free(&filter);
	}
}

TEST(each_architecture_lacks_the_calls_of_an_intruder)
{
	for (size_t i = 0; i < COUNT(architectures); i++) {
		struct seccomp_filter filter;

		build(architectures[i].token, &filter);
		ck_assert_uint_gt(check(&filter, i, forbidden, COUNT(forbidden), false), 4);
		seccomp_filter_free(&filter);
	}
}
/* The arguments of a call decide: whether filters of daemon and worker allow the call. */

static void build_both(struct seccomp_filter filters[2])
{
	const struct seccomp_filter_needs needs = {.key = TEST_KEY};

	ck_assert_int_eq(seccomp_filter_for_daemon(&needs, &filters[0]), 0);
	ck_assert_int_eq(seccomp_filter_for_worker(&needs, &filters[1]), 0);
}

static void free_both(struct seccomp_filter filters[2])
{
	seccomp_filter_free(&filters[0]);
	seccomp_filter_free(&filters[1]);
}

/* Asks for a call of this machine with one argument set. */
static bool allows_value(const struct seccomp_filter *filter, int call, unsigned argument,
			 uint64_t value)
{
	struct seccomp_data data = {.nr = call, .arch = seccomp_arch_native()};

	data.args[argument] = value;
	return allows_call(filter, &data);
}

TEST(files_are_opened_for_reading_only)
{
	static const int denied[] = {O_WRONLY,
				     O_RDWR,
				     O_RDONLY | O_TRUNC,
				     O_RDONLY | O_CREAT,
				     O_RDONLY | O_APPEND,
				     O_WRONLY | O_CREAT | O_EXCL};
	struct seccomp_filter filters[2];

	build_both(filters);
	for (size_t i = 0; i < COUNT(filters); i++) {
		ck_assert(allows_value(&filters[i], SYS_openat, 2, O_RDONLY | O_CLOEXEC));
		for (size_t j = 0; j < COUNT(denied); j++)
			ck_assert_msg(
				!allows_value(&filters[i], SYS_openat, 2, (unsigned)denied[j]),
				"filter %zu allows flags 0%o", i, (unsigned)denied[j]);
	}
	free_both(filters);
}

TEST(no_memory_becomes_executable)
{
	struct seccomp_filter filters[2];

	build_both(filters);
	for (size_t i = 0; i < COUNT(filters); i++) {
		ck_assert(allows_value(&filters[i], SYS_mprotect, 2, PROT_READ | PROT_WRITE));
		ck_assert(allows_value(&filters[i], SYS_mmap, 2, PROT_READ | PROT_WRITE));
		ck_assert(!allows_value(&filters[i], SYS_mprotect, 2, PROT_READ | PROT_EXEC));
		ck_assert(!allows_value(&filters[i], SYS_mmap, 2,
					PROT_READ | PROT_WRITE | PROT_EXEC));
	}
	ck_assert(!allows_value(&filters[1], SYS_mmap, 2, PROT_READ | PROT_EXEC));
	free_both(filters);
}

TEST(only_the_key_of_the_configuration_is_made_again)
{
	struct seccomp_filter filters[2];

	build_both(filters);
	ck_assert(allows_value(&filters[0], SYS_msgget, 0, TEST_KEY));
	ck_assert(allows_value(&filters[0], SYS_semget, 0, TEST_KEY));
	ck_assert(!allows_value(&filters[0], SYS_msgget, 0, TEST_KEY + 1));
	ck_assert(!allows_value(&filters[0], SYS_semget, 0, TEST_KEY + 1));
	ck_assert(!allows_value(&filters[1], SYS_msgget, 0, TEST_KEY));
	ck_assert(!allows_value(&filters[1], SYS_semget, 0, TEST_KEY));
	free_both(filters);
}
#else
#include <errno.h>

TEST(without_libseccomp_there_is_no_filter)
{
	const struct seccomp_filter_needs needs = {.key = TEST_KEY};
	struct seccomp_filter filter;

	ck_assert_int_eq(seccomp_filter_for_daemon(&needs, &filter), -ENOSYS);
}
#endif

int main(void)
{
	return harness_main("unit/seccomp", HARNESS_PURE);
}
