/* SPDX-License-Identifier: ISC */
/*
 * mtime: converts modification times between nanoseconds, as they travel, and the system's
 * struct timespec, and compares them across file systems.
 */
#ifndef MSGFETCH_COMMON_MTIME_H
#define MSGFETCH_COMMON_MTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * Returns time in nanoseconds since the epoch.  Times outside of the years 1677 to 2262
 * become the closest representable time.
 */
int64_t mtime_join(struct timespec time);

/* Splits mtime_ns, which may be negative, into seconds and nanoseconds (0 to 999,999,999). */
struct timespec mtime_split(int64_t mtime_ns);

/*
 * Returns whether a local file may have the remote modification time: they differ by at most
 * window, or local is remote cut to a precision that file systems have, up to one second.  The
 * two seconds of FAT need a window, because files often change twice within two seconds.  All
 * in ns.
 */
bool mtime_is_same(int64_t remote, int64_t local, int64_t window);

#endif
