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

/* Bytes below this function's frame that the call of madvise() itself uses. */
#define FRAME_MAX 1024u

#define STACK_MAX (256u * 1024u)

/*
 * Unregisters the rseq area.  The kernel writes the processor number there, which costs each
 * worker a copied page.  The C library needs the area for sched_getcpu(3) only.
 */
static void leave_rseq(void)
{
#if defined RSEQ_SIG && defined SYS_rseq
	const uintptr_t area = (uintptr_t)__builtin_thread_pointer() + (uintptr_t)__rseq_offset;

	/* Older C libraries register the size of the struct, later ones __rseq_size. */
	if (__rseq_size > 0 &&
	    syscall(SYS_rseq, area, sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG) != 0)
		syscall(SYS_rseq, area, __rseq_size, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}

/* Releases the stack below this function's frame. */
static void trim_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - FRAME_MAX) / page * page;

	/* ENOMEM is harmless: madvise() handles all mapped pages before it fails. */
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
