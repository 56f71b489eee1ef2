/* SPDX-License-Identifier: ISC */
/*
 * harness: runs the tests of one program.
 *
 * Owns the list of tests, their namespaces, a directory for each test, and the
 * clean-up after each.  Must not know the daemon and its clients (actors.h).
 */
#ifndef MSGFETCH_TESTS_SUPPORT_HARNESS_H
#define MSGFETCH_TESTS_SUPPORT_HARNESS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Defines and registers a test.  Each test is a case of its own, so that
 * CK_RUN_CASE=name runs one test alone.
 */
#define TEST(name)                                                                \
	static void name##_run(int loop);                                         \
	static const TTest name##_test = {#name, name##_run, __FILE__, __LINE__}; \
	__attribute__((constructor)) static void name##_register(void)            \
	{                                                                         \
		harness_register(&name##_test);                                   \
	}                                                                         \
	static void name##_run(int loop CK_ATTRIBUTE_UNUSED)

/* Ends a test that cannot run here, and prints the reason. */
#define SKIP(...)                                        \
	do {                                             \
		harness_say_skip(__func__, __VA_ARGS__); \
		return;                                  \
	} while (0)

/* Waits for a condition.  The test fails after WAIT_LIMIT_MS. */
#define WAIT_FOR(condition)                                                            \
	for (uint64_t wait_start = harness_now_ms(); !(condition); harness_pause())    \
	ck_assert_msg(harness_now_ms() - wait_start < WAIT_LIMIT_MS, "never came: %s", \
		      #condition)

#define WAIT_LIMIT_MS 10000u

enum harness_needs {
	HARNESS_PURE, /* no kernel object, no file */
	HARNESS_IPC,  /* an IPC namespace, and a directory for each test */
};

struct ipc_count {
	int queues, segments, semaphores;
	int rings;    /* segments larger than a seal */
	int messages; /* in all queues together */
};

void harness_register(const TTest *test);

/*
 * Runs every registered test.  With HARNESS_IPC, the program gets an IPC namespace (and a
 * mount namespace if possible), and each test gets an empty directory and ends by asserting
 * that no System V object is left.  Returns the status for main(): 77 if the kernel grants
 * no namespace.  $TEST_SEED orders the tests at random: a number, or "random"; a failed
 * program prints the seed of its order.
 */
int harness_main(const char *name, enum harness_needs needs);

void harness_say_skip(const char *test, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets a function that runs at the end of a passed test, before objects are counted. */
void harness_at_end(void (*function)(void));

uint64_t harness_now_ms(void);

/* Sleeps two milliseconds between two checks of a condition. */
void harness_pause(void);

/* Returns true if this process may become another user: as real root only. */
bool harness_other_users(void);

/* Returns true if mount(2) works, in a mount namespace of the test's own. */
bool harness_mounts(void);

/*
 * Mounts these texts over /etc/passwd and /etc/group, for this program and until the next
 * call.  The test may rewrite the group file, "group".  Returns false without the right to
 * mount or to change users.
 */
bool harness_user_database(const char *passwd, const char *group);

/* Two users without a name, for tests that need harness_other_users(). */
#define OTHER_UID 64001
#define THIRD_UID 64002

/* Becomes the user *(uid_t *)context for good, with the group of that number alone. */
void harness_become(void *context);

/* Counts the System V objects of this namespace. */
struct ipc_count harness_ipc_count(void);

/* Asserts that no object is left, after waiting for the last ones to go. */
void harness_assert_no_ipc(void);

/*
 * Returns memory that is released when the test ends, and that a leak checker sees as
 * reachable.  Asserts instead of returning NULL.
 */
void *harness_keep(void *memory);
char *harness_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns the absolute path of the test's directory, which is the working directory. */
const char *harness_directory(void);

/* Returns path, relative to the program's first working directory, as an absolute path. */
const char *harness_started_in(const char *path);

/* Writes a file of size bytes, which depend on seed and position. */
void harness_make_file(const char *name, size_t size, unsigned seed);

/*
 * Writes a file of size bytes with holes everywhere except the block
 * harness_sparse_block() at each of offsets[0..count - 1].
 */
void harness_make_sparse(const char *name, uint64_t size, const uint64_t offsets[],
			 size_t count);

#define SPARSE_BLOCK 4096

/* Returns the SPARSE_BLOCK bytes that a sparse file holds at offset. */
const uint8_t *harness_sparse_block(uint64_t offset);

/* Writes text as a file. */
void harness_write(const char *name, const char *text);

/* Returns the file's content with a NUL after it.  length: may be NULL. */
char *harness_read(const char *name, size_t *length);

/* Returns the content of a file of /proc/PROCESS, such as "status". */
char *harness_read_proc(pid_t process, const char *name);

/* Asserts that both files hold the same bytes. */
void harness_assert_same(const char *one, const char *other);

/* Counts the entries of a directory, without "." and "..". */
int harness_count_entries(const char *directory);

/*
 * Calls visit with each child of parent and the child's state letter.  Stops at the first
 * nonzero result and returns that.  Skips the process in which a daemon looks users up, here
 * and in the functions below.
 */
int harness_each_child(pid_t parent, int (*visit)(pid_t child, char state, void *context),
		       void *context);

/* Waits for the process in which daemon looks users up.  Returns the process id. */
pid_t harness_lookup_process(pid_t daemon);

/*
 * Sends SIGSTOP and waits for its effect: before that, a process that sleeps in msgrcv(2)
 * may still receive a message.
 */
void harness_stop(pid_t process);

/* Counts the children of parent in state ('Z': zombies); 0 counts all. */
int harness_count_children(pid_t parent, char state);

/* Waits for parent to have one child.  Returns the child's process id. */
pid_t harness_only_child(pid_t parent);

#endif
