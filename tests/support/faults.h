/* SPDX-License-Identifier: ISC */
/*
 * faults: makes chosen system calls of a program fail.
 *
 * Owns a seccomp filter that stops the calls, and the process that decides which of them
 * fail (seccomp_unotify(2)).  The filter also catches calls of the C library itself, calls
 * by syscall(2), and programs with a sandbox of their own.  Must not know the tests.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_FAULTS_H
#define MSGFETCH_TESTS_SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#define FAULT_NUMBERS 4

/* One system call by name, with its numbers on this machine; -1 ends a shorter list. */
struct fault_call {
	const char *name;
	int numbers[FAULT_NUMBERS];
};

enum fault_whose {
	FAULT_ALL,      /* of the program, its threads and its children */
	FAULT_PROGRAM,  /* of the program's first thread */
	FAULT_CHILDREN, /* of all other threads and processes */
};

struct fault {
	const struct fault_call *call;
	int error;   /* the errno of the failing call */
	unsigned at; /* the number of the failing call, from 1 */
	bool on;     /* all later calls fail, too */
	enum fault_whose whose;
	int after; /* counting begins with the first call of this number; -1: at once */
};

struct faults;

/* Returns false if the kernel refuses the filter, or another process watches this one. */
bool faults_possible(void);

/* Prepares to watch one program for these calls, at most 64 numbers in all. */
struct faults *faults_open(const struct fault_call *calls, size_t count);

/* Installs the filter: the prepare function of a program.  context: the struct faults. */
void faults_prepare(void *context);

/* Makes the program's calls fail from now on as fault describes; NULL: no call fails. */
void faults_arm(struct faults *faults, const struct fault *fault);

/* Returns how many calls have failed since faults_arm(). */
unsigned faults_count(const struct faults *faults);

/* Frees faults after the program and all its children have ended. */
void faults_close(struct faults *faults);

#endif
