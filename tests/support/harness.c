/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/harness.h"

#include "common/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TESTS_MAX 256
#define CASE_TIMEOUT_S 90
#define EXIT_SKIPPED 77

static const TTest *tests[TESTS_MAX];
static size_t test_count;

static char base[] = "/tmp/msgfetch-test.XXXXXX"; /* one a program */
static char directory[sizeof(base) + 16];         /* one a test */
static unsigned directories;
static char start_directory[PATH_MAX];
static bool mounts;
static void (*at_end)(void);

void harness_register(const TTest *test)
{
	if (test_count == TESTS_MAX)
		abort();
	tests[test_count++] = test;
}

void harness_at_end(void (*function)(void))
{
	at_end = function;
}

void harness_say_skip(const char *test, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "SKIP %.*s: ", (int)(strlen(test) - strlen("_run")), test);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

uint64_t harness_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void harness_pause(void)
{
	struct timespec pause = {.tv_nsec = 2000000};

	nanosleep(&pause, NULL);
}

bool harness_mounts(void)
{
	return mounts;
}

bool harness_other_users(void)
{
	uid_t uid = OTHER_UID;
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
		      setresuid(uid, uid, uid) != 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

void harness_become(void *context)
{
	uid_t uid = *(const uid_t *)context;

	if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		_exit(126);
}

bool harness_user_database(const char *passwd, const char *group)
{
	if (!harness_mounts() || !harness_other_users())
		return false;
	/* An earlier test may have mounted its own. */
	(void)umount2("/etc/passwd", MNT_DETACH);
	(void)umount2("/etc/group", MNT_DETACH);
	harness_write("passwd", passwd);
	harness_write("group", group);
	return mount("passwd", "/etc/passwd", "", MS_BIND, NULL) == 0 &&
	       mount("group", "/etc/group", "", MS_BIND, NULL) == 0;
}

/* last: the highest used slot of the kernel's table. */
static int count_rings(int last)
{
	int rings = 0;

	for (int slot = 0; slot <= last; slot++) {
		struct shmid_ds status = {0};

		rings += shmctl(slot, SHM_STAT_ANY, &status) >= 0 &&
			 status.shm_segsz > sizeof(struct seal_wire);
	}
	return rings;
}

struct ipc_count harness_ipc_count(void)
{
	union {
		struct msginfo info;
		struct msqid_ds status;
	} queues;
	union {
		struct shm_info info;
		struct shmid_ds status;
	} segments;
	union {
		struct seminfo *info;
		int value;
	} argument;
	struct seminfo semaphores;
	int last;

	argument.info = &semaphores;
	ck_assert_int_ge(msgctl(0, MSG_INFO, &queues.status), 0);
	last = shmctl(0, SHM_INFO, &segments.status);
	ck_assert_int_ge(last, 0);
	ck_assert_int_ge(semctl(0, 0, SEM_INFO, argument), 0);
	return (struct ipc_count){
		.queues = queues.info.msgpool,
		.segments = segments.info.used_ids,
		.rings = count_rings(last),
		.semaphores = semaphores.semusz,
		.messages = queues.info.msgmap,
	};
}

static bool no_ipc(void)
{
	struct ipc_count count = harness_ipc_count();

	return count.queues == 0 && count.segments == 0 && count.semaphores == 0;
}

void harness_assert_no_ipc(void)
{
	uint64_t start = harness_now_ms();
	struct ipc_count count;

	while (!no_ipc() && harness_now_ms() - start < WAIT_LIMIT_MS)
		harness_pause();
	count = harness_ipc_count();
	ck_assert_msg(no_ipc(), "left behind: %d queues, %d segments, %d semaphores",
		      count.queues, count.segments, count.semaphores);
}

/* Cleans up after a failed test. */
static void remove_ipc(void)
{
	union {
		struct msginfo info;
		struct msqid_ds status;
	} queue;
	union {
		struct shm_info info;
		struct shmid_ds status;
	} segment;
	union {
		void *any;
		int value;
	} argument;
	struct semid_ds semaphore;
	struct seminfo limits;
	int last = msgctl(0, MSG_INFO, &queue.status);

	for (int index = 0; index <= last; index++)
		msgctl(msgctl(index, MSG_STAT, &queue.status), IPC_RMID, NULL);
	last = shmctl(0, SHM_INFO, &segment.status);
	for (int index = 0; index <= last; index++)
		shmctl(shmctl(index, SHM_STAT, &segment.status), IPC_RMID, NULL);
	argument.any = &limits;
	last = semctl(0, 0, SEM_INFO, argument);
	argument.any = &semaphore;
	for (int index = 0; index <= last; index++)
		semctl(semctl(index, 0, SEM_STAT, argument), 0, IPC_RMID);
}

struct kept {
	struct kept *next;
	void *memory;
};

static struct kept *kept;

void *harness_keep(void *memory)
{
	struct kept *one = malloc(sizeof(*one));

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(memory);
	one->memory = memory;
	one->next = kept;
	kept = one;
	return memory;
}

char *harness_format(const char *format, ...)
{
	char *text;
	va_list arguments;

	va_start(arguments, format);
	ck_assert_int_ge(vasprintf(&text, format, arguments), 0);
	va_end(arguments);
	return harness_keep(text);
}

const char *harness_directory(void)
{
	return directory;
}

const char *harness_started_in(const char *path)
{
	return path[0] == '/' ? path : harness_format("%s/%s", start_directory, path);
}

static void write_all(int file, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t written = write(file, at, length);

		ck_assert_msg(written > 0, "write: %s", strerror(errno));
		at += written;
		length -= (size_t)written;
	}
}

static int create(const char *name)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_msg(file >= 0, "%s: %s", name, strerror(errno));
	return file;
}

void harness_make_file(const char *name, size_t size, unsigned seed)
{
	uint64_t state = 0x9e3779b97f4a7c15u + seed;
	uint64_t block[1024];
	int file = create(name);

	for (size_t left = size; left > 0;) {
		size_t chunk = left < sizeof(block) ? left : sizeof(block);

		for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			block[i] = state ^ (state >> 29);
		}
		write_all(file, block, chunk);
		left -= chunk;
	}
	ck_assert_int_eq(close(file), 0);
}

const uint8_t *harness_sparse_block(uint64_t offset)
{
	static uint8_t block[SPARSE_BLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(1 + (offset / SPARSE_BLOCK + i) % 255);
	return block;
}

void harness_make_sparse(const char *name, uint64_t size, const uint64_t offsets[],
			 size_t count)
{
	int file = create(name);

	ck_assert_int_eq(ftruncate(file, (off_t)size), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(pwrite(file, harness_sparse_block(offsets[i]), SPARSE_BLOCK,
					(off_t)offsets[i]),
				 SPARSE_BLOCK);
	ck_assert_int_eq(close(file), 0);
}

void harness_write(const char *name, const char *text)
{
	int file = create(name);

	write_all(file, text, strlen(text));
	ck_assert_int_eq(close(file), 0);
}

char *harness_read(const char *name, size_t *length)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes;
	size_t have = 0;

	ck_assert_msg(file >= 0, "%s: %s", name, strerror(errno));
	ck_assert_int_eq(fstat(file, &status), 0);
	bytes = harness_keep(calloc(1, (size_t)status.st_size + 1));
	while (have < (size_t)status.st_size) {
		ssize_t got = read(file, bytes + have, (size_t)status.st_size - have);

		ck_assert_msg(got > 0, "%s: short read", name);
		have += (size_t)got;
	}
	close(file);
	if (length != NULL)
		*length = have;
	return bytes;
}

char *harness_read_proc(pid_t process, const char *name)
{
	char *text = harness_keep(calloc(1, 65536));
	char path[64];
	size_t have = 0;
	ssize_t got;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(file >= 0, "%s: %s", path, strerror(errno));
	while (have < 65535 && (got = read(file, text + have, 65535 - have)) > 0)
		have += (size_t)got;
	close(file);
	return text;
}

void harness_assert_same(const char *one, const char *other)
{
	size_t one_length, other_length;
	const char *one_bytes = harness_read(one, &one_length);
	const char *other_bytes = harness_read(other, &other_length);

	ck_assert_uint_eq(one_length, other_length);
	ck_assert_msg(memcmp(one_bytes, other_bytes, one_length) == 0, "%s and %s differ", one,
		      other);
}

int harness_count_entries(const char *name)
{
	DIR *stream = opendir(name);
	int count = 0;

	ck_assert_msg(stream != NULL, "%s: %s", name, strerror(errno));
	while (readdir(stream) != NULL)
		count++;
	closedir(stream);
	return count - 2;
}

/* Reads the parent and the state of a process.  Returns false if the process is gone. */
static bool read_stat(pid_t process, pid_t *parent, char *state)
{
	char name[64], line[1024];
	const char *after;
	ssize_t length;
	int file;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)process);
	file = open(name, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	length = read(file, line, sizeof(line) - 1);
	close(file);
	if (length <= 0)
		return false;
	line[length] = '\0';
	after = strrchr(line, ')'); /* the name may contain any character */
	if (after == NULL || after[1] != ' ')
		return false;
	*state = after[2];
	*parent = (pid_t)strtol(after + 4, NULL, 10);
	return true;
}

/* Returns true for the process in which a daemon looks users up. */
static bool is_lookup_process(pid_t process)
{
	char path[64], title[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)process);
	file = fopen(path, "re");
	if (file != NULL) {
		title[fread(title, 1, sizeof(title) - 1, file)] = '\0';
		(void)fclose(file);
	}
	return strcmp(title, "msgfetchd: group look-ups") == 0;
}

static int each_child(pid_t parent, int (*visit)(pid_t, char, void *), void *context)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int result = 0;

	ck_assert_ptr_nonnull(processes);
	while (result == 0 && (entry = readdir(processes)) != NULL) {
		pid_t process = (pid_t)strtol(entry->d_name, NULL, 10), above;
		char state;

		if (process > 0 && read_stat(process, &above, &state) && above == parent)
			result = visit(process, state, context);
	}
	closedir(processes);
	return result;
}

struct visit {
	int (*function)(pid_t child, char state, void *context);
	void *context;
	pid_t lookup_process;
};

static int visit_others(pid_t child, char state, void *context)
{
	struct visit *visit = context;

	if (!is_lookup_process(child))
		return visit->function(child, state, visit->context);
	visit->lookup_process = child;
	return 0;
}

int harness_each_child(pid_t parent, int (*function)(pid_t, char, void *), void *context)
{
	struct visit visit = {.function = function, .context = context};

	return is_lookup_process(parent) ? each_child(parent, function, context)
					 : each_child(parent, visit_others, &visit);
}

static int no_visit(pid_t child, char state, void *context)
{
	(void)child;
	(void)state;
	(void)context;
	return 0;
}

pid_t harness_lookup_process(pid_t daemon)
{
	struct visit visit = {.function = no_visit};

	WAIT_FOR((each_child(daemon, visit_others, &visit), visit.lookup_process != 0));
	return visit.lookup_process;
}

struct child_count {
	char state;
	int count;
	pid_t last;
};

static int count_child(pid_t child, char state, void *context)
{
	struct child_count *count = context;

	if (count->state != 0 && count->state != state)
		return 0;
	count->count++;
	count->last = child;
	return 0;
}

int harness_count_children(pid_t parent, char state)
{
	struct child_count count = {.state = state};

	harness_each_child(parent, count_child, &count);
	return count.count;
}

pid_t harness_only_child(pid_t parent)
{
	struct child_count count = {0};

	WAIT_FOR((count = (struct child_count){0},
		  harness_each_child(parent, count_child, &count), count.count == 1));
	return count.last;
}

void harness_stop(pid_t process)
{
	pid_t parent;
	char state = 0;

	ck_assert_int_eq(kill(process, SIGSTOP), 0);
	WAIT_FOR(!read_stat(process, &parent, &state) || state == 'T' || state == 'Z');
	ck_assert_int_eq(state, 'T');
}

static int kill_child(pid_t child, char state, void *context)
{
	(void)state;
	(void)context;
	kill(child, SIGKILL);
	return 0;
}

/*
 * Ends all processes that a test has left.  This process adopts orphans
 * (PR_SET_CHILD_SUBREAPER), so a new session does not help a process to escape.
 */
static void end_children(void)
{
	pid_t ended;

	do {
		each_child(getpid(), kill_child, NULL);
		ended = waitpid(-1, NULL, 0);
	} while (ended > 0 || errno == EINTR);
}

static int remove_entry(const char *path, const struct stat *status, int type,
			struct FTW *level)
{
	(void)status;
	(void)type;
	(void)level;
	remove(path);
	return 0;
}

static void remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* The unchecked fixture: runs in the runner, before and after each test. */

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "%s/%u", base, directories++);
	ck_assert_int_eq(mkdir(directory, 0755), 0);
}

static void clean_up(void)
{
	char mounted[sizeof(directory) + 8];

	end_children();
	remove_ipc();
	snprintf(mounted, sizeof(mounted), "%s/small", directory);
	umount2(mounted, MNT_DETACH);
	remove_tree(directory);
}

/* The checked fixture: runs in the test's own process. */

static void enter_directory(void)
{
	umask(022);
	ck_assert_int_eq(chdir(directory), 0);
}

static void check_end(void)
{
	if (at_end != NULL)
		at_end();
	harness_assert_no_ipc();
}

static bool write_map(const char *name, const char *text)
{
	int file = open(name, O_WRONLY | O_CLOEXEC);
	bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);

	if (file >= 0)
		close(file);
	return written;
}

/* Makes namespaces as an ordinary user: root of a user namespace that maps one id. */
static bool isolate_as_user(void)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %u 1", (unsigned)geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWNS) == 0 &&
	       write_map("/proc/self/uid_map", users) &&
	       write_map("/proc/self/setgroups", "deny") &&
	       write_map("/proc/self/gid_map", groups);
}

static bool isolate(void)
{
	if (unshare(CLONE_NEWIPC) == 0)
		mounts = unshare(CLONE_NEWNS) == 0;
	else if (isolate_as_user())
		mounts = true;
	else
		return false;
	if (mounts)
		mounts = mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) == 0;
	return true;
}

/* Returns a number below limit from the generator of xorshift64. */
static size_t draw(uint64_t *state, size_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (size_t)(*state % limit);
}

/* Orders the tests as $TEST_SEED says: a number, or "random".  Returns the seed, or 0. */
static unsigned shuffle(void)
{
	const char *text = getenv("TEST_SEED");
	unsigned seed = 0;
	uint64_t state;

	if (text == NULL || *text == '\0')
		return 0;
	seed = strcmp(text, "random") == 0 ? arc4random() : (unsigned)strtoul(text, NULL, 10);
	if (seed == 0)
		seed = 1;
	state = seed * 0x9e3779b97f4a7c15u;
	for (size_t left = test_count; left > 1; left--) {
		size_t other = draw(&state, left);
		const TTest *last = tests[left - 1];

		tests[left - 1] = tests[other];
		tests[other] = last;
	}
	return seed;
}

static Suite *make_suite(const char *name, enum harness_needs needs)
{
	Suite *suite = suite_create(name);

	for (size_t i = 0; i < test_count; i++) {
		TCase *one = tcase_create(tests[i]->name);

		tcase_set_timeout(one, CASE_TIMEOUT_S);
		if (needs == HARNESS_IPC) {
			tcase_add_unchecked_fixture(one, make_directory, clean_up);
			tcase_add_checked_fixture(one, enter_directory, check_end);
		}
		tcase_add_test(one, tests[i]);
		suite_add_tcase(suite, one);
	}
	return suite;
}

static int run(const char *name, enum harness_needs needs)
{
	unsigned seed = shuffle();
	SRunner *runner = srunner_create(make_suite(name, needs));
	int failed;

	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	if (srunner_ntests_run(runner) == 0) {
		fprintf(stderr, "%s: no test ran\n", name);
		failed = 1;
	}
	if (failed != 0 && seed != 0)
		fprintf(stderr, "%s: the order was that of TEST_SEED=%u\n", name, seed);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int harness_main(const char *name, enum harness_needs needs)
{
	int status;

	if (needs == HARNESS_PURE)
		return run(name, needs);
	if (!isolate()) {
		fprintf(stderr, "SKIP %s: no IPC namespace to be had: %s\n", name,
			strerror(errno));
		return EXIT_SKIPPED;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
	    getcwd(start_directory, sizeof(start_directory)) == NULL || mkdtemp(base) == NULL ||
	    chmod(base, 0755) != 0) {
		perror(base);
		return EXIT_FAILURE;
	}
	status = run(name, needs);
	if (chdir("/") == 0)
		remove_tree(base);
	return status;
}
