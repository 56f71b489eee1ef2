/* SPDX-License-Identifier: ISC */
/*
 * number: parses numbers on command lines.
 *
 * Owns their spelling.  For programs that link only the C library, because each
 * mapped library slows a process's forks.
 */
#ifndef MSGFETCH_BENCH_NUMBER_H
#define MSGFETCH_BENCH_NUMBER_H

#include <stdint.h>

/* Reads a decimal number from 1 to most.  Returns 0 or -EINVAL. */
int number_parse(const char *text, uint64_t most, uint64_t *number);

#endif
