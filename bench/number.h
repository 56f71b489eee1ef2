/* SPDX-License-Identifier: ISC */
/*
 * number: numbers on command lines.
 *
 * Owns their spelling.  For programs that link nothing but the C library, since
 * every library that a process maps makes its forks slower.
 */
#ifndef MSGFETCH_BENCH_NUMBER_H
#define MSGFETCH_BENCH_NUMBER_H

#include <stdint.h>

/* Reads a decimal number from 1 to most.  Returns 0 or -EINVAL. */
int number_parse(const char *text, uint64_t most, uint64_t *number);

#endif
