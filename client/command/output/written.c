/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/written.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

/* Returns the slot of the file, or the empty one to put it into. */
static struct written_file *find(struct written_file *slots, size_t size, uint64_t device,
				 uint64_t inode)
{
	/* Consecutive inodes spread by multiplication with the golden ratio. */
	size_t at = (size_t)(((inode ^ device) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (;; at++) {
		struct written_file *slot = &slots[at & (size - 1)];

		if (slot->inode == 0 || (slot->inode == inode && slot->device == device))
			return slot;
	}
}

/* Doubles the table.  Returns false without memory. */
static bool grow(struct written *written)
{
	size_t size = written->size > 0 ? 2 * written->size : FIRST_SIZE;
	struct written_file *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < written->size; i++) {
		const struct written_file *old = &written->slots[i];

		if (old->inode != 0)
			*find(slots, size, old->device, old->inode) = *old;
	}
	free(written->slots);
	written->slots = slots;
	written->size = size;
	return true;
}

void written_add(struct written *written, const struct stat *status)
{
	struct written_file *slot;

	if (status->st_ino == 0 || (written->count >= written->size / 2 && !grow(written)))
		return;
	slot = find(written->slots, written->size, status->st_dev, status->st_ino);
	if (slot->inode == 0)
		written->count++;
	*slot = (struct written_file){.device = status->st_dev, .inode = status->st_ino};
}

bool written_has(const struct written *written, const struct stat *status)
{
	return written->count > 0 && status->st_ino != 0 &&
	       find(written->slots, written->size, status->st_dev, status->st_ino)->inode != 0;
}

void written_free(struct written *written)
{
	free(written->slots);
	*written = (struct written){0};
}
