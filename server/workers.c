/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers.h"

#include "common/queue.h"
#include "server/answer.h"
#include "server/privilege.h"
#include "server/serve.h"
#include "server/settings.h"
#include "server/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a client that takes nothing is waited for, to tell it of its worker's death. */
#define OWED_MS 10000u

int workers_limit(struct workers *workers, unsigned limit)
{
	struct worker *grown;

	if (limit > workers->size) {
		grown = reallocarray(workers->table, limit, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		memset(grown + workers->size, 0, (limit - workers->size) * sizeof(*grown));
		workers->table = grown;
		workers->size = limit;
	}
	workers->limit = limit;
	return 0;
}

int workers_open(struct workers *workers, unsigned limit, const struct sandbox *sandbox,
		 const struct log *log)
{
	*workers = (struct workers){.log = log, .sandbox = sandbox};
	return workers_limit(workers, limit);
}

unsigned workers_of(const struct workers *workers, uid_t uid)
{
	unsigned count = 0, seen = 0;

	for (unsigned i = 0; i < workers->size && seen < workers->used; i++) {
		const struct worker *worker = &workers->table[i];

		if (worker->pid == 0 && !worker->owed)
			continue;
		seen++;
		if (worker->peer.uid == uid)
			count++;
	}
	return count;
}

/* Large enough for any limit, as it is never moved; what is not used costs no memory. */
static void map_sharers(struct workers *workers)
{
	void *memory;

	if (workers->sharers != NULL)
		return;
	memory =
		mmap(NULL, SETTINGS_WORKERS_MAX * sizeof(*workers->sharers),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory != MAP_FAILED)
		workers->sharers = memory;
	else
		log_write(workers->log, LOG_ERR,
			  "no memory to share a rate: each worker of a user has all of it");
}

/* Tells uid's workers how many they are. */
static void tell_sharers(struct workers *workers, uid_t uid)
{
	unsigned count;

	if (workers->sharers == NULL)
		return;
	count = workers_of(workers, uid);
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid != 0 && workers->table[i].peer.uid == uid)
			workers->sharers[i] = count;
}

bool workers_full(const struct workers *workers)
{
	return workers->used >= workers->limit;
}

static struct worker *find(struct workers *workers, pid_t pid)
{
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid == pid && (pid != 0 || !workers->table[i].owed))
			return &workers->table[i];
	return NULL;
}

int workers_start(struct workers *workers, const struct job *job, const struct terms *terms)
{
	struct worker *worker = find(workers, 0);
	struct terms own = *terms;
	pid_t pid;
	int error;

	if (terms->limits->rate > 0)
		map_sharers(workers);
	own.place = (unsigned)(worker - workers->table);
	if (workers->sharers != NULL) {
		own.sharers = &workers->sharers[own.place];
		*own.sharers = workers_of(workers, job->peer.uid) + 1;
	}
	signals_block();
	pid = reserved_fork(&workers->sandbox->reserved);
	if (pid == 0) {
		signals_become_worker();
		/* Ends as by a signal, so that the client is told. */
		if (sandbox_enter_worker(workers->sandbox) != 0)
			abort();
		_exit((int)serve(job, &own));
	}
	error = errno;
	signals_unblock();
	if (pid < 0)
		return -error;
	*worker = (struct worker){.pid = pid, .peer = job->peer};
	workers->used++;
	workers->running++;
	tell_sharers(workers, job->peer.uid);
	return 0;
}

static void release(struct workers *workers, struct worker *worker)
{
	uid_t uid = worker->peer.uid;

	*worker = (struct worker){0};
	workers->used--;
	tell_sharers(workers, uid);
}

/* A client that is dead cannot remove its queue; that it was proved makes it ours to do. */
static bool remove_if_dead(const struct peer *peer)
{
	if (peer->dialect != DIALECT_CURRENT || peer->pid <= 0 || kill(peer->pid, 0) == 0 ||
	    errno != ESRCH)
		return false;
	queue_remove(peer->queue);
	return true;
}

/*
 * Tells the client that its worker is no more.  False: it has to be tried again, since its
 * queue has no room, or the kernel no memory.
 */
static bool tell(const struct workers *workers, const struct worker *worker)
{
	static const struct failure lost = {
		.reason = FAILURE_WORKER_LOST,
		.error = ECHILD,
		.text = "the process that served this died",
	};
	static const struct failure stopped = {
		.reason = FAILURE_SHUTTING_DOWN,
		.error = ESHUTDOWN,
		.text = "shutting down, try again",
	};
	int error;

	if (remove_if_dead(&worker->peer))
		return true;
	error = answer_failure(&worker->peer, workers->stopping ? &stopped : &lost);
	return error != -EAGAIN && error != -ENOMEM;
}

static void log_end(const struct workers *workers, const struct worker *worker, int status)
{
	static const char *const results[] = {
		[SERVE_ANSWERED] = "answered",
		[SERVE_GONE] = "client gone",
		[SERVE_STALLED] = "client stalled",
		[SERVE_LIMITED] = "took longer than transfer-limit",
		[SERVE_BROKEN] = "could not send",
	};
	unsigned code = (unsigned)WEXITSTATUS(status);

	if (WIFSIGNALED(status))
		log_write(workers->log, workers->stopping ? LOG_INFO : LOG_WARNING,
			  "worker %d for uid %ju ended by signal %d (%s)", (int)worker->pid,
			  (uintmax_t)worker->peer.uid, WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else
		log_write(workers->log, code == SERVE_BROKEN ? LOG_WARNING : LOG_INFO,
			  "worker %d for uid %ju: %s", (int)worker->pid,
			  (uintmax_t)worker->peer.uid,
			  code < sizeof(results) / sizeof(results[0]) ? results[code] : "?");
}

/*
 * True where the client may be waiting for more.  A worker that could not send knows of no
 * client any more; if there is one after all, it is told.
 */
static bool is_untold(int status)
{
	return WIFSIGNALED(status) || WEXITSTATUS(status) == SERVE_GONE ||
	       WEXITSTATUS(status) == SERVE_BROKEN;
}

static void ended(struct workers *workers, struct worker *worker, int status, uint64_t now)
{
	log_end(workers, worker, status);
	if (workers->access != NULL)
		accesslog_collect(workers->access, (unsigned)(worker - workers->table));
	workers->running--;
	worker->pid = 0;
	if (is_untold(status) && !tell(workers, worker)) {
		worker->owed = true;
		worker->owed_until = now + OWED_MS;
		return;
	}
	remove_if_dead(&worker->peer);
	release(workers, worker);
}

void workers_reap(struct workers *workers, uint64_t now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct worker *worker = find(workers, pid);

		if (worker != NULL)
			ended(workers, worker, status, now);
		else
			workers->other = pid;
	}
}

void workers_tell_owed(struct workers *workers, uint64_t now)
{
	for (unsigned i = 0; i < workers->size; i++) {
		struct worker *worker = &workers->table[i];

		if (!worker->owed)
			continue;
		if (tell(workers, worker)) {
			release(workers, worker);
		} else if (now >= worker->owed_until) {
			if (worker->peer.dialect == DIALECT_CURRENT)
				queue_remove(worker->peer.queue);
			release(workers, worker);
		}
	}
}

bool workers_owing(const struct workers *workers)
{
	return workers->used > workers->running;
}

bool workers_serve(const struct workers *workers, int queue)
{
	for (unsigned i = 0; i < workers->size; i++) {
		const struct worker *worker = &workers->table[i];

		if ((worker->pid > 0 || worker->owed) && worker->peer.queue == queue)
			return true;
	}
	return false;
}

/* One that became its client is no longer ours to signal. */
static void end_worker(const struct workers *workers, const struct worker *worker)
{
	const struct reserved *reserved = &workers->sandbox->reserved;
	int error = reserved_kill(reserved, worker->pid, SIGKILL);

	if (error == -EPERM)
		error = privilege_kill(reserved, worker->pid, worker->peer.uid);
	if (error != 0)
		log_write(workers->log, LOG_ERR, "cannot end worker %d of uid %ju: %s",
			  (int)worker->pid, (uintmax_t)worker->peer.uid, strerror(-error));
}

void workers_end(struct workers *workers, uint64_t now)
{
	int status;

	workers->stopping = true;
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid > 0)
			end_worker(workers, &workers->table[i]);
	while (workers->running > 0) {
		pid_t pid = waitpid(-1, &status, 0);
		struct worker *worker = pid > 0 ? find(workers, pid) : NULL;

		if (worker != NULL)
			ended(workers, worker, status, now);
		if (pid < 0 && errno != EINTR)
			break;
	}
	/* Nobody will be there to tell them later: removing their queue tells them, too. */
	workers_tell_owed(workers, UINT64_MAX);
}

void workers_close(struct workers *workers)
{
	if (workers->sharers != NULL)
		munmap((void *)workers->sharers,
		       SETTINGS_WORKERS_MAX * sizeof(*workers->sharers));
	free(workers->table);
	*workers = (struct workers){0};
}
