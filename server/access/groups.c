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

/* How long a worker waits for an answer. */
#define WAIT_MS 8000u

/* A look-up that dies takes its question with it, so it is asked again so often. */
#define ASK_AGAIN_MS 1000u

/* How long a reload waits until all is forgotten: a look-up may stand in front of that. */
#define FORGET_MS 2000u

/* What is about to get too old is looked up anew, so that who asked for it still finds it. */
#define FRESH_S 5u

/* In place of a uid: forget all of them.  It is nobody's uid (chown(2)). */
#define FORGET ((uid_t)-1)

/* After a crash in a module of the user database; it could be the same one again. */
#define RESTART_PAUSE_NS 200000000l

#define RECORD_FIRST 4096u
#define RECORD_MAX (1024u * 1024u)

static uint32_t now_s(void)
{
	/* Never 0, which the group cache has another use for. */
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

/* One try with a record of the given size; -ERANGE: too small. */
static int look_up_with(size_t size, uid_t uid, gid_t list[], size_t *count)
{
	struct passwd record, *user = NULL;
	char *strings = malloc(size);
	int error;

	if (strings == NULL)
		return -ENOMEM;
	error = -getpwuid_r(uid, &record, strings, size, &user);
	/* Modules that do not know somebody say so in several ways (getpwnam(3)). */
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

/* glibc has no wrapper for it. */
static long futex(const _Atomic uint32_t *word, int operation, uint32_t value,
		  const struct timespec *limit)
{
	return syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

/* Called by the one process that writes the group cache. */
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

/* Nobody stays behind when its parent dies, in whatever look-up it is. */
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
 * Has a child do the work and replaces it when it dies: modules of the user database
 * are code of others.  The daemon itself could not, once it is in its sandbox.
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
	/* A terminal sends these to all; the daemon decides what they mean. */
	static const int not_for_us[] = {SIGINT, SIGHUP, SIGTERM};

	die_with(daemon);
	for (size_t i = 0; i < sizeof(not_for_us) / sizeof(not_for_us[0]); i++)
		signal(not_for_us[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (privilege_keep(0) != 0)
		_exit(EXIT_FAILURE);
	setproctitle("group look-ups");
	keep_answering(reserved, cache, questions);
}

/* Workers, who serve strangers, cannot write the group cache even if they try. */
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
	/* A daemon and its workers never wait for room in it. */
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

/* Sleeps until the group cache is another than it was, or for ASK_AGAIN_MS.  False: past
 * deadline.
 */
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
		/* Each time: it may have been forgotten in between. */
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
