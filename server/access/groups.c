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

/* Entries that expire within so many seconds are renewed, so that the asker still finds them.
 */
#define FRESH_S 5u

#define RECORD_FIRST 4096u
#define RECORD_MAX (1024u * 1024u)

/* Look-ups that run at the same time, one for each user. */
#define LOOKUPS_MAX 64u

enum question_kind {
	QUESTION_USER,   /* look up the groups of uid */
	QUESTION_FORGET, /* drop every answer */
	QUESTION_DONE,   /* a look-up has ended */
};

struct question {
	enum question_kind kind;
	uid_t uid;
};

/* A look-up, in memory shared with the child that runs it. */
struct lookup {
	pid_t child; /* 0: a free place */
	uid_t uid;
	bool stale;            /* the cache was cleared since the start */
	_Atomic uint32_t done; /* not 0: the result is valid */
	int error;
	size_t count;
	gid_t list[GROUP_CACHE_GROUPS];
};

/* The lookup process. */
struct supervisor {
	const struct reserved *reserved;
	struct group_cache *cache; /* written by the supervisor alone */
	int pipe[2];               /* of questions; children report their end, too */
	struct lookup *lookups;    /* LOOKUPS_MAX */
};

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

/* Tells every waiting worker that the group cache has changed. */
static void announce_change(struct group_cache *cache)
{
	atomic_fetch_add(&cache->changes, 1);
	futex(&cache->changes, FUTEX_WAKE, INT_MAX, NULL);
}

static int send_question(int pipe, enum question_kind kind, uid_t uid)
{
	const struct question question = {.kind = kind, .uid = uid};

	return write(pipe, &question, sizeof(question)) < 0 ? -errno : 0;
}

/* Ends the process with its parent, even during a look-up. */
static void die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
}

/* Runs in a child: a module of the user database is third-party code, which can hang or crash.
 */
static void look_up(const struct supervisor *supervisor, struct lookup *lookup)
{
	lookup->error = groups_look_up(lookup->uid, lookup->list, &lookup->count);
	atomic_store(&lookup->done, 1);
	(void)send_question(supervisor->pipe[1], QUESTION_DONE, lookup->uid);
	_exit(EXIT_SUCCESS);
}

/* Returns a free place, or NULL: none is free, or a look-up of uid is running. */
static struct lookup *place_for(const struct supervisor *supervisor, uid_t uid)
{
	struct lookup *place = NULL;

	for (unsigned i = 0; i < LOOKUPS_MAX; i++) {
		struct lookup *lookup = &supervisor->lookups[i];

		if (lookup->child == 0)
			place = lookup;
		else if (lookup->uid == uid && !lookup->stale)
			return NULL;
	}
	return place;
}

/* Starts a look-up.  After a failure, the worker's next question tries again. */
static void begin(const struct supervisor *supervisor, uid_t uid)
{
	struct lookup *lookup = place_for(supervisor, uid);
	pid_t self = getpid(), child;

	if (lookup == NULL)
		return;
	lookup->uid = uid;
	lookup->stale = false;
	atomic_store(&lookup->done, 0);
	signals_block();
	child = reserved_fork(supervisor->reserved);
	signals_unblock();
	if (child == 0) {
		die_with(self);
		look_up(supervisor, lookup);
	}
	lookup->child = child > 0 ? child : 0;
}

/* Stores the result of a look-up that ended since the last call. */
static void collect(const struct supervisor *supervisor, struct lookup *lookup)
{
	bool done = atomic_load(&lookup->done) != 0;
	uint32_t kept = lookup->error == 0 ? GROUPS_KEPT_S : GROUPS_FAILURE_KEPT_S;

	if (lookup->child == 0 || waitpid(lookup->child, NULL, done ? 0 : WNOHANG) == 0)
		return;
	lookup->child = 0;
	if (!done || lookup->stale)
		return;
	group_cache_put(supervisor->cache, lookup->uid, now_s() + kept, lookup->error,
			lookup->list, lookup->count);
	announce_change(supervisor->cache);
}

/* Drops all answers, and the answers of running look-ups. */
static void clear(const struct supervisor *supervisor)
{
	for (unsigned i = 0; i < LOOKUPS_MAX; i++)
		supervisor->lookups[i].stale = true;
	group_cache_clear(supervisor->cache);
	announce_change(supervisor->cache);
}

static bool is_cached(struct group_cache *cache, uid_t uid)
{
	gid_t list[GROUP_CACHE_GROUPS];
	size_t count;

	return group_cache_find(cache, uid, now_s() + FRESH_S, list, &count) != -ENOENT;
}

static void answer(const struct supervisor *supervisor, const struct question *question)
{
	for (unsigned i = 0; i < LOOKUPS_MAX; i++)
		collect(supervisor, &supervisor->lookups[i]);
	if (question->kind == QUESTION_FORGET)
		clear(supervisor);
	else if (question->kind == QUESTION_USER &&
		 !is_cached(supervisor->cache, question->uid))
		begin(supervisor, question->uid);
	else
		announce_change(supervisor->cache);
}

/* Never waits for a look-up.  Ends with the daemon, by a signal (die_with()). */
static void answer_all(const struct supervisor *supervisor)
{
	struct question question;
	ssize_t got;

	do {
		got = read(supervisor->pipe[0], &question, sizeof(question));
		if (got == (ssize_t)sizeof(question))
			answer(supervisor, &question);
	} while (got > 0 || (got < 0 && errno == EINTR));
	_exit(EXIT_SUCCESS);
}

/*
 * Keeps only the pipe open.  A shell that starts "msgfetchd -b" may wait for the end of its own
 * pipe, and the daemon alone may hold the lock on the pid file.  At a reload the sandbox
 * forbids the open; the daemon with -b has /dev/null there already.
 */
static void leave_files(const int pipe[2])
{
	int low = pipe[0] < pipe[1] ? pipe[0] : pipe[1];
	int high = pipe[0] < pipe[1] ? pipe[1] : pipe[0];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	for (int fd = STDERR_FILENO + 1; fd < high; fd++)
		if (fd != low)
			close(fd);
	closefrom(high + 1);
}

static void become_supervisor(struct supervisor *supervisor, pid_t daemon)
{
	/* A terminal sends these to the whole process group; only the daemon acts on them. */
	static const int ignored[] = {SIGINT, SIGHUP, SIGTERM};

	die_with(daemon);
	leave_files(supervisor->pipe);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (privilege_keep(0) != 0)
		_exit(EXIT_FAILURE);
	setproctitle("group look-ups");
	supervisor->lookups = mmap(NULL, LOOKUPS_MAX * sizeof(struct lookup),
				   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (supervisor->lookups == MAP_FAILED)
		_exit(EXIT_FAILURE);
	answer_all(supervisor);
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
	struct supervisor supervisor = {
		.reserved = groups->reserved, .cache = cache, .pipe = {pipe[0], pipe[1]}};
	pid_t self = getpid(), child;
	int error;

	signals_block();
	child = reserved_fork_heir(groups->reserved);
	if (child == 0) {
		signals_unblock();
		close(memory);
		become_supervisor(&supervisor, self);
	}
	error = child < 0 ? -errno : 0;
	signals_unblock();
	if (error != 0)
		return error;
	groups->supervisor = child;
	groups->questions = pipe[1];
	return 0;
}

static int share_memory(int *memory, struct group_cache **cache)
{
	void *bytes;

	/* A limit on the size of files applies to memory files, and would kill the daemon. */
	signal(SIGXFSZ, SIG_IGN);
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

/* Returns true unless the cache still holds answers from before the last groups_forget(). */
static bool is_current(const struct groups *groups)
{
	return (int32_t)(atomic_load(&groups->cache->clearings) - groups->clearings) >= 0;
}

int groups_find(const struct groups *groups, uid_t uid, gid_t list[GROUP_CACHE_GROUPS],
		size_t *count)
{
	uint64_t deadline = clock_ms() + WAIT_MS;

	for (;;) {
		uint32_t changes = atomic_load(&groups->cache->changes);
		bool current = is_current(groups);
		int error = -ENOENT;

		if (current)
			error = group_cache_find(groups->cache, uid, now_s(), list, count);
		if (error != -ENOENT)
			return error;
		/* Asks again each time, because a clear may have dropped the answer. */
		error = send_question(groups->questions,
				      current ? QUESTION_USER : QUESTION_FORGET, uid);
		if (error != 0 && error != -EAGAIN)
			return error;
		if (!wait_for_change(groups->cache, changes, deadline))
			return -ETIMEDOUT;
	}
}

bool groups_know(const struct groups *groups, uid_t uid)
{
	size_t count = 0;
	int error = -ENOENT;

	if (groups->supervisor <= 0)
		return true;
	if (is_current(groups))
		error = group_cache_find(groups->cache, uid, now_s(), NULL, &count);
	if (error == -ENOENT)
		error = send_question(groups->questions, QUESTION_USER, uid);
	else if (error != 0)
		return true;
	return error == 0 ? count > 0 : error != -EAGAIN;
}

void groups_forget(struct groups *groups)
{
	if (groups->supervisor <= 0)
		return;
	groups->clearings = atomic_load(&groups->cache->clearings) + 1;
	/* When the pipe is full, a worker that finds the cache out of date asks again. */
	(void)send_question(groups->questions, QUESTION_FORGET, 0);
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
