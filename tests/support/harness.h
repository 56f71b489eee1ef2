/* SPDX-License-Identifier: ISC */
/*
 * harness: what every test program here stands on.
 *
 * Owns the list of tests, the namespaces they run in, a directory for each, and
 * the clean-up after each.  Must not know what is tested: the daemon and its
 * clients are in actors.h.
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
 * Defines and registers a test.  Its name says what it shows.  Each is a case
 * of its own, so that CK_RUN_CASE=name runs just that one.
 */
#define TEST(name)                                                                \
	static void name##_run(int loop);                                         \
	static const TTest name##_test = {#name, name##_run, __FILE__, __LINE__}; \
	__attribute__((constructor)) static void name##_register(void)            \
	{                                                                         \
		harness_register(&name##_test);                                   \
	}                                                                         \
	static void name##_run(int loop CK_ATTRIBUTE_UNUSED)

/* Ends a test that cannot run here, saying why. */
#define SKIP(...)                                        \
	do {                                             \
		harness_say_skip(__func__, __VA_ARGS__); \
		return;                                  \
	} while (0)

/* Waits for a condition, at most WAIT_LIMIT_MS; the test fails when it does not come. */
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
	int messages; /* in all queues together */
};

void harness_register(const TTest *test);

/*
 * Runs every registered test.  With HARNESS_IPC: in an IPC namespace of its own (and a
 * mount namespace where that is to be had), each test in an empty directory of its own,
 * and each ends by asserting that no System V object is left.  Returns main()'s status: 77
 * where the kernel grants no namespace.
 */
int harness_main(const char *name, enum harness_needs needs);

void harness_say_skip(const char *test, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Has function called at the end of each test that passed so far, before objects are counted.
 */
void harness_at_end(void (*function)(void));

uint64_t harness_now_ms(void);

/* Two milliseconds: between two looks at a condition, never instead of one. */
void harness_pause(void);

/* True where this process may become another user: real root, not one of a user namespace. */
bool harness_other_users(void);

/* True where mount(2) works and is nobody else's business. */
bool harness_mounts(void);

/*
 * Puts these texts in the place of /etc/passwd and /etc/group, for this program alone and
 * until the next call; the second one is the file "group", which may be written anew.
 * False where mounts or users are not to be had.
 */
bool harness_user_database(const char *passwd, const char *group);

/* For uses of harness_other_users(): two users that are no one else here. */
#define OTHER_UID 64001
#define THIRD_UID 64002

/* Becomes *(uid_t *)context for good, its group too, without other groups. */
void harness_become(void *context);

/* What System V objects this namespace holds. */
struct ipc_count harness_ipc_count(void);

/* Asserts that there is none, giving the last of them time to go. */
void harness_assert_no_ipc(void);

/*
 * Memory that is released when the test ends (a leak checker sees it reachable).
 * Asserts rather than returning NULL.
 */
void *harness_keep(void *memory);
char *harness_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The current test's directory: absolute, and its working directory. */
const char *harness_directory(void);

/* path as seen from where the program was started: absolute. */
const char *harness_started_in(const char *path);

/* Writes a file of size bytes that depend on seed and position. */
void harness_make_file(const char *name, size_t size, unsigned seed);

/*
 * Writes a file of size bytes that are holes, but for the block that
 * harness_sparse_block() gives, at each of offsets[0..count - 1].
 */
void harness_make_sparse(const char *name, uint64_t size, const uint64_t offsets[],
			 size_t count);

#define SPARSE_BLOCK 4096

/* What a sparse file has at offset. */
const uint8_t *harness_sparse_block(uint64_t offset);

/* Writes text as a file. */
void harness_write(const char *name, const char *text);

/* The file's content, NUL-terminated beyond its length.  length: NULL is allowed. */
char *harness_read(const char *name, size_t *length);

/* A file of /proc/PROCESS, such as "status". */
char *harness_read_proc(pid_t process, const char *name);

/* Asserts that both files hold the same bytes. */
void harness_assert_same(const char *one, const char *other);

/* How many entries a directory has, "." and ".." aside. */
int harness_count_entries(const char *directory);

/*
 * Calls visit with each process of this /proc whose parent is parent, and its state letter;
 * stops at a nonzero return and passes it on.
 */
int harness_each_child(pid_t parent, int (*visit)(pid_t child, char state, void *context),
		       void *context);

/*
 * SIGSTOP, and waits until it has taken effect: until then a process that sleeps in
 * msgrcv(2) may still be handed a message.
 */
void harness_stop(pid_t process);

/* How many children parent has in state ('Z': zombies); 0 counts all. */
int harness_count_children(pid_t parent, char state);

/* The one child of parent: waits for it to be there. */
pid_t harness_only_child(pid_t parent);

#endif
