/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/fork_cost.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_SYS_RSEQ_H
#include <sys/rseq.h>
#endif

/* What is below is still in use: this much, for the call and its red zone. */
#define FRAME_MAX 1024u

#define STACK_MAX (256u * 1024u)

/*
 * The kernel writes the number of the processor to an area of each thread that asked for it,
 * as the C library does for sched_getcpu(3) alone: one page copied in each worker.
 */
static void leave_rseq(void)
{
#if defined RSEQ_SIG && defined SYS_rseq
	const uintptr_t area = (uintptr_t)__builtin_thread_pointer() + (uintptr_t)__rseq_offset;

	/* The size that was registered is this, or in later C libraries the other. */
	if (__rseq_size > 0 &&
	    syscall(SYS_rseq, area, sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG) != 0)
		syscall(SYS_rseq, area, __rseq_size, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}

/* All below this function's frame, as far as anything ever went. */
static void trim_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - FRAME_MAX) / page * page;

	/* Where it goes beyond what is mapped, that is an error after all is done. */
	(void)madvise((void *)(end - STACK_MAX), STACK_MAX, MADV_DONTNEED);
}

void fork_cost_trim(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
	trim_stack();
}

void fork_cost_reduce(void)
{
	leave_rseq();
}
