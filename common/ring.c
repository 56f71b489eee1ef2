/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/ring.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

/* Kernel headers older than 5.14 lack this constant. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

uint8_t *ring_slot(const struct ring *ring, uint32_t slot)
{
	return ring->bytes + (size_t)slot * ring->slot_bytes;
}

int ring_populate(const struct ring *ring, uint32_t slot, size_t from, size_t length)
{
	if (madvise(ring_slot(ring, slot) + from, length, MADV_POPULATE_WRITE) == 0)
		return 0;
	/* Linux before 5.14 cannot populate. */
	return errno == EINVAL ? 0 : -ENOMEM;
}
