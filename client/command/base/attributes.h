/* SPDX-License-Identifier: ISC */
/*
 * attributes: what a file or directory gets beside its bytes and its name.
 */
#ifndef MSGFETCH_COMMAND_BASE_ATTRIBUTES_H
#define MSGFETCH_COMMAND_BASE_ATTRIBUTES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* The permissions that a daemon may give; never set-user-id, set-group-id or sticky. */
enum { ATTRIBUTES_PERMISSIONS = 0777 };

struct attributes {
	bool with_mode; /* else it keeps the mode that it was made with */
	mode_t mode;    /* permissions only */
	bool with_time; /* else the time is left alone */
	int64_t mtime_ns;
};

/*
 * Gives them to what is open as descriptor.  Returns 0 or a negative errno; a file system
 * that keeps no permissions is no error.
 */
int attributes_apply(int descriptor, const struct attributes *attributes);

/* What utimensat(2) takes to set the modification time alone. */
void attributes_times(struct timespec times[2], int64_t mtime_ns);

#endif
