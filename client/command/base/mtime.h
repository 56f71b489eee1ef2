/* SPDX-License-Identifier: ISC */
/*
 * mtime: converts modification times between nanoseconds, as the library reports them, and
 * the system's struct timespec.
 */
#ifndef MSGFETCH_COMMAND_BASE_MTIME_H
#define MSGFETCH_COMMAND_BASE_MTIME_H

#include <stdint.h>
#include <time.h>

/* Splits mtime_ns, which may be negative, into seconds and nanoseconds (0 to 999,999,999). */
struct timespec mtime_split(int64_t mtime_ns);

#endif
