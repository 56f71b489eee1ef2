/* SPDX-License-Identifier: ISC */
/*
 * faults: system calls of a program that fail when a test wants them to.
 *
 * Owns the filter that stops the calls, and the process that says of each whether it fails.
 * It is the kernel that asks (seccomp_unotify(2)), at the call itself: so it catches what
 * the C library calls for its own ends, calls by syscall(2), and programs with a sandbox of
 * their own.  Must not know what is tested.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_FAULTS_H
#define MSGFETCH_TESTS_SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#define FAULT_NUMBERS 4

/* What people call one system call, and its numbers, ended by -1 where there are fewer. */
struct fault_call {
	const char *name;
	int numbers[FAULT_NUMBERS];
};

enum fault_whose {
	FAULT_ALL,      /* of the program, its threads and its children */
	FAULT_PROGRAM,  /* of the program's first thread */
	FAULT_CHILDREN, /* of all but that */
};

struct fault {
	const struct fault_call *call;
	int error;   /* the errno it fails with */
	unsigned at; /* which of the calls fails: from 1 */
	bool on;     /* and all after it */
	enum fault_whose whose;
	int after; /* counting begins with the first call of this number; -1: at once */
};

struct faults;

/*
 * False where the kernel does not let us, or somebody watches this process in the same way
 * already.
 */
bool faults_possible(void);

/* Gets ready to watch one program for these calls; no more than 64 numbers in all. */
struct faults *faults_open(const struct fault_call *calls, size_t count);

/* For .prepare of a program that is started; context: the struct faults. */
void faults_prepare(void *context);

/* From now on the program's calls fail as told; NULL: none does. */
void faults_arm(struct faults *faults, const struct fault *fault);

/* How often that has happened since. */
unsigned faults_count(const struct faults *faults);

/* The program, and all that it started, has ended. */
void faults_close(struct faults *faults);

#endif
