/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/reserved.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Words of stack to wipe: more than issue() and the C library's syscall() use. */
#define WIPED_WORDS 64

/* More words than a compiler keeps above the variables of a function. */
#define PADDING_WORDS 16

#define NOT_INLINE __attribute__((noinline))

#if defined __has_attribute
#if __has_attribute(zero_call_used_regs)
#define CLEARS_REGISTERS __attribute__((zero_call_used_regs("all-gpr")))
#endif
#endif
#ifndef CLEARS_REGISTERS
#define CLEARS_REGISTERS
#endif

/* The arguments of a system call in order, without the sixth, which is the secret. */
struct arguments {
	unsigned long first, second, third, fourth, fifth;
};

int reserved_open(struct reserved *reserved)
{
	long page_bytes = sysconf(_SC_PAGESIZE);
	void *page;

	*reserved = (struct reserved){.page_bytes = (size_t)page_bytes};
	page = mmap(NULL, reserved->page_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	reserved->secret = page;
	if (madvise(page, reserved->page_bytes, MADV_DONTFORK) != 0)
		return -errno;
	if (getrandom(page, sizeof(*reserved->secret), 0) != (ssize_t)sizeof(*reserved->secret))
		return -errno;
	if (prctl(PR_GET_TID_ADDRESS, &reserved->tid) != 0)
		reserved->tid = NULL;
	return 0;
}

/* Pretends to read words, so that the compiler does not remove their stores. */
static inline void keep(const unsigned long *words)
{
	__asm__ volatile("" : : "r"(words) : "memory");
}

/*
 * Makes the call.  Leaves the secret on the stack below the padding, and nowhere else.
 * secret is volatile so that the compiler reads it here and not in the caller.
 */
NOT_INLINE CLEARS_REGISTERS static long issue(long number, const struct arguments *arguments,
					      const volatile unsigned long *secret)
{
	unsigned long padding[PADDING_WORDS] = {0};

	keep(padding);
	return syscall(number, arguments->first, arguments->second, arguments->third,
		       arguments->fourth, arguments->fifth, *secret);
}

/* Wipes the secret that issue() left.  memset() would cost each worker one more page. */
NOT_INLINE static void wipe(void)
{
	unsigned long below[WIPED_WORDS] = {0};

	keep(below);
}

/* tid: address for the child's thread id; 0: none. */
static pid_t fork_with(const unsigned long *secret, unsigned long tid)
{
	unsigned long flags = SIGCHLD;
	/* The position of the child's tid depends on the machine (clone(2)). */
	struct arguments arguments = {.fourth = tid, .fifth = tid};
	long result;

	if (tid != 0)
		flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	*(RESERVED_CLONE_FLAGS == 0 ? &arguments.first : &arguments.second) = flags;
	result = issue(SYS_clone, &arguments, secret);
	wipe();
	return (pid_t)result;
}

/* Leaves the C library's thread id stale: only threads need it, and writing costs a page. */
pid_t reserved_fork(const struct reserved *reserved)
{
	if (reserved->secret != NULL)
		return fork_with(reserved->secret, 0);
#ifdef HAVE__FORK
	return _Fork();
#else
	return fork();
#endif
}

pid_t reserved_fork_heir(const struct reserved *reserved)
{
	pid_t child;

	if (reserved->secret == NULL)
		return reserved_fork(reserved);
	if (madvise(reserved->secret, reserved->page_bytes, MADV_DOFORK) != 0)
		return -1;
	child = fork_with(reserved->secret, (unsigned long)reserved->tid);
	if (madvise(reserved->secret, reserved->page_bytes, MADV_DONTFORK) != 0)
		explicit_bzero(reserved->secret, sizeof(*reserved->secret));
	return child;
}

int reserved_kill(const struct reserved *reserved, pid_t process, int signal)
{
	struct arguments arguments = {.first = (unsigned long)process,
				      .second = (unsigned long)signal};
	sigset_t all, before;
	int error;

	if (reserved->secret == NULL)
		return kill(process, signal) == 0 ? 0 : -errno;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	error = issue(SYS_kill, &arguments, reserved->secret) == 0 ? 0 : -errno;
	wipe();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

void reserved_close(struct reserved *reserved)
{
	if (reserved->secret != NULL)
		munmap(reserved->secret, reserved->page_bytes);
	*reserved = (struct reserved){0};
}
