/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/groups.h"

#include "common/clock.h"
#include "server/process/privilege.h"
#include "server/process/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/futex.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The longest wait of a worker for an answer, in ms. */
#define WAIT_MS 8000u

/* Interval for repeating a question, in ms: a crashed look-up loses its question. */
#define ASK_AGAIN_MS 1000u

/* The longest wait of a reload for the cache to be cleared, in ms: a look-up may hang. */
#define FORGET_MS 2000u

/* Entries that expire within so many seconds are renewed, so that the asker still finds them.
 */
#define FRESH_S 5u

/* A question that clears the cache.  No user has this uid (chown(2)). */
#define FORGET ((uid_t)-1)

/* Pause after a crash of the lookup process, in ns: the next look-up may crash again. */
#define RESTART_PAUSE_NS 200000000l

#define RECORD_FIRST 4096u
#define RECORD_MAX (1024u * 1024u)

static uint32_t now_s(void)
{
	/* Never 0, which marks a free place in the group cache. */
	return (uint32_t)(clock_ms() / 1000 + 1);
}

static int list_groups(const struct passwd *user, gid_t list[], size_t *count)
{
	int room = (int)GROUP_CACHE_GROUPS;

	if (getgrouplist(user->pw_name, user->pw_gid, list, &room) < 0)
		return room > (int)GROUP_CACHE_GROUPS ? -E2BIG : -EIO;
	*count = (size_t)room;
	return 0;
}

/* Looks up uid with a record of size bytes.  Returns -ERANGE when the record is too small. */
static int look_up_with(size_t size, uid_t uid, gid_t list[], size_t *count)
{
	struct passwd record, *user = NULL;
	char *strings = malloc(size);
	int error;

	if (strings == NULL)
		return -ENOMEM;
	error = -getpwuid_r(uid, &record, strings, size, &user);
	/* Both values also mean an unknown user (getpwnam(3)). */
	if (error == -ENOENT || error == -ESRCH)
		error = 0;
	if (error == 0 && user != NULL)
		error = list_groups(user, list, count);
	free(strings);
	return error;
}

int groups_look_up(uid_t uid, gid_t list[GROUP_CACHE_GROUPS], size_t *count)
{
	int error = -ERANGE;

	*count = 0;
	for (size_t size = RECORD_FIRST; size <= RECORD_MAX; size *= 2) {
		error = look_up_with(size, uid, list, count);
		if (error != -ERANGE && error != -EINTR)
			break;
	}
	return error;
}

/* glibc has no wrapper for futex(2). */
static long futex(const _Atomic uint32_t *word, int operation, uint32_t value,
		  const struct timespec *limit)
{
	return syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

/* Answers one question.  Called by the only process that writes the group cache. */
static void answer(struct group_cache *cache, uid_t uid)
{
	gid_t list[GROUP_CACHE_GROUPS];
	size_t count;
	int error;

	if (uid == FORGET) {
		group_cache_clear(cache);
	} else if (group_cache_find(cache, uid, now_s() + FRESH_S, list, &count) == -ENOENT) {
		error = groups_look_up(uid, list, &count);
		group_cache_put(cache, uid,
				now_s() + (error == 0 ? GROUPS_KEPT_S : GROUPS_FAILURE_KEPT_S),
				error, list, count);
	}
	atomic_fetch_add(&cache->changes, 1);
	futex(&cache->changes, FUTEX_WAKE, INT_MAX, NULL);
}

/* Ends the process with its parent, even during a look-up. */
static void die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
}

static void answer_all(struct group_cache *cache, int questions)
{
	uid_t uid;
	ssize_t got;

	do {
		got = read(questions, &uid, sizeof(uid));
		if (got == (ssize_t)sizeof(uid))
			answer(cache, uid);
	} while (got > 0 || (got < 0 && errno == EINTR));
}

/*
 * Runs the look-ups in a child and replaces a crashed child: modules of the user database are
 * third-party code.  The sandboxed daemon itself cannot restart the lookup process.
 */
static void keep_answering(const struct reserved *reserved, struct group_cache *cache,
			   int questions)
{
	static const struct timespec pause = {.tv_nsec = RESTART_PAUSE_NS};
	pid_t supervisor = getpid();
	int status = 0;

	for (;;) {
		pid_t child;

		signals_block();
		child = reserved_fork(reserved);
		signals_unblock();
		if (child == 0) {
			die_with(supervisor);
			answer_all(cache, questions);
			_exit(EXIT_SUCCESS);
		}
		while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		if (child > 0 && WIFEXITED(status))
			_exit(WEXITSTATUS(status));
		nanosleep(&pause, NULL);
	}
}

static void become_supervisor(const struct reserved *reserved, struct group_cache *cache,
			      int questions, pid_t daemon)
{
	/* A terminal sends these to the whole process group; only the daemon acts on them. */
	static const int ignored[] = {SIGINT, SIGHUP, SIGTERM};

	die_with(daemon);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (privilege_keep(0) != 0)
		_exit(EXIT_FAILURE);
	setproctitle("group look-ups");
	keep_answering(reserved, cache, questions);
}

/* Seals the memory, so that a worker that was taken over cannot write the group cache. */
static int seal(struct groups *groups, int memory)
{
	void *bytes;

	if (fcntl(memory, F_ADD_SEALS,
		  F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
		return -errno;
	bytes = mmap(NULL, sizeof(struct group_cache), PROT_READ, MAP_SHARED, memory, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	groups->cache = bytes;
	return 0;
}

static int start(struct groups *groups, struct group_cache *cache, int memory,
		 const int pipe[2])
{
	pid_t self = getpid();
	pid_t supervisor;
	int error;

	signals_block();
	supervisor = reserved_fork_heir(groups->reserved);
	if (supervisor == 0) {
		signals_unblock();
		close(pipe[1]);
		close(memory);
		become_supervisor(groups->reserved, cache, pipe[0], self);
	}
	error = supervisor < 0 ? -errno : 0;
	signals_unblock();
	if (error != 0)
		return error;
	groups->supervisor = supervisor;
	groups->questions = pipe[1];
	return 0;
}

static int share_memory(int *memory, struct group_cache **cache)
{
	void *bytes;

	*memory = memfd_create("groups", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*memory < 0)
		return -errno;
	bytes = ftruncate(*memory, (off_t)sizeof(**cache)) == 0
			? mmap(NULL, sizeof(**cache), PROT_READ | PROT_WRITE, MAP_SHARED,
			       *memory, 0)
			: MAP_FAILED;
	if (bytes == MAP_FAILED) {
		close(*memory);
		return -errno;
	}
	*cache = bytes;
	return 0;
}

int groups_open(struct groups *groups, const struct reserved *reserved)
{
	struct group_cache *cache = NULL;
	int memory, pipe[2];
	int error = share_memory(&memory, &cache);

	*groups = (struct groups){.questions = -1, .reserved = reserved};
	if (error != 0)
		return error;
	if (pipe2(pipe, O_CLOEXEC) != 0) {
		error = -errno;
		goto out;
	}
	/* The daemon and its workers never wait for room in the pipe. */
	if (fcntl(pipe[1], F_SETFL, O_NONBLOCK) != 0)
		error = -errno;
	if (error == 0)
		error = start(groups, cache, memory, pipe);
	close(pipe[0]);
	if (error != 0) {
		close(pipe[1]);
		goto out;
	}
	error = seal(groups, memory);
	if (error != 0)
		groups_close(groups);
out:
	munmap(cache, sizeof(*cache));
	close(memory);
	return error;
}

static int ask(const struct groups *groups, uid_t uid)
{
	return write(groups->questions, &uid, sizeof(uid)) < 0 ? -errno : 0;
}

/* Sleeps until the group cache changes, at most ASK_AGAIN_MS.  Returns false past deadline. */
static bool wait_for_change(const struct group_cache *cache, uint32_t changes,
			    uint64_t deadline)
{
	uint64_t now = clock_ms(), rest;
	struct timespec limit;

	if (now >= deadline)
		return false;
	rest = deadline - now < ASK_AGAIN_MS ? deadline - now : ASK_AGAIN_MS;
	limit = (struct timespec){
		.tv_sec = (time_t)(rest / 1000),
		.tv_nsec = (long)(rest % 1000) * 1000000l,
	};
	futex(&cache->changes, FUTEX_WAIT, changes, &limit);
	return true;
}

int groups_find(const struct groups *groups, uid_t uid, gid_t list[GROUP_CACHE_GROUPS],
		size_t *count)
{
	uint64_t deadline = clock_ms() + WAIT_MS;

	for (;;) {
		uint32_t changes = atomic_load(&groups->cache->changes);
		int error = group_cache_find(groups->cache, uid, now_s(), list, count);

		if (error != -ENOENT)
			return error;
		/* Asks again each time, because a clear may have dropped the answer. */
		error = ask(groups, uid);
		if (error != 0 && error != -EAGAIN)
			return error;
		if (!wait_for_change(groups->cache, changes, deadline))
			return -ETIMEDOUT;
	}
}

void groups_forget(const struct groups *groups)
{
	uint64_t deadline = clock_ms() + FORGET_MS;
	uint32_t clearings, changes;

	if (groups->supervisor <= 0)
		return;
	clearings = atomic_load(&groups->cache->clearings);
	do {
		changes = atomic_load(&groups->cache->changes);
		if (atomic_load(&groups->cache->clearings) != clearings)
			return;
		(void)ask(groups, FORGET);
	} while (wait_for_change(groups->cache, changes, deadline));
}

void groups_close(struct groups *groups)
{
	if (groups->supervisor > 0) {
		close(groups->questions);
		reserved_kill(groups->reserved, groups->supervisor, SIGKILL);
		while (waitpid(groups->supervisor, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (groups->cache != NULL)
		munmap(groups->cache, sizeof(*groups->cache));
	*groups = (struct groups){.questions = -1};
}
