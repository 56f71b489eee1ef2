/* SPDX-License-Identifier: ISC */
/*
 * coverage: writes gcov's counts ahead of _exit() and raise(), which skip the handlers of
 * exit().
 *
 * configure --enable-coverage has the compiler include this file first in every source.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_COVERAGE_H
#define MSGFETCH_TESTS_SUPPORT_COVERAGE_H

/* As config.h, which the sources include later. */
#define _GNU_SOURCE 1

#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);

static inline _Noreturn void coverage_exit(int status)
{
	__gcov_dump();
	_exit(status);
}

static inline int coverage_raise(int number)
{
	__gcov_dump();
	return raise(number);
}

#define _exit(status) coverage_exit(status)
#define raise(number) coverage_raise(number)

#endif
