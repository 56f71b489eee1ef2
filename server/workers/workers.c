/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/workers/workers.h"

#include "common/clock.h"
#include "server/process/priority.h"
#include "server/process/privilege.h"
#include "server/process/signals.h"
#include "server/request/answer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Time to tell a client with a full queue about the death of its worker, in ms. */
#define OWED_MS 10000u

/* Time without progress after which a worker counts as stalled while others wait, in ms. */
#define STALLED_MS 1000u

/* Stalled workers compared in one call of workers_yield(). */
#define YIELD_COMPARED 256u

#define NS_PER_US 1000u
#define NS_PER_MS 1000000u

/* Time for a worker to end by itself before the daemon kills the worker, in ms. */
#define GRACE_MS 1000u

/* Time for a killed worker to end, in ms.  Only a worker blocked in the kernel takes longer. */
#define LAST_BREATH_MS 1000u

/* Pause between two reaps, in ns; the end of a worker interrupts the pause. */
#define PAUSE_NS 10000000

int workers_limit(struct workers *workers, const struct limits *limits)
{
	unsigned size = limits->workers + WORKERS_REPORTING + limits->followers;
	struct worker *grown;

	if (ring_budget_resize(&workers->rings, limits_rings(limits)) != 0)
		return -ENOMEM;
	if (size > workers->size) {
		if (scoreboard_grow(&workers->scoreboard, size) != 0)
			return -ENOMEM;
		grown = reallocarray(workers->table, size, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		memset(grown + workers->size, 0, (size - workers->size) * sizeof(*grown));
		workers->table = grown;
		workers->size = size;
	}
	workers->limit = limits->workers;
	return 0;
}

int workers_open(struct workers *workers, const struct limits *limits,
		 struct transfer_log *transfer_log, const struct sandbox *sandbox,
		 struct limited_log *lines)
{
	int error;

	*workers = (struct workers){
		.transfer_log = transfer_log, .sandbox = sandbox, .lines = lines};
	error = priority_open();
	return error != 0 ? error : workers_limit(workers, limits);
}

void workers_reassign(struct workers *workers, uid_t from, wait_queue_account *account,
		      const void *context)
{
	for (unsigned i = 0; i < workers->size; i++) {
		struct client *client = &workers->table[i].client;

		if (workers->table[i].pid > 0 && client->account == from)
			client->account = account(context, client->uid);
	}
	ring_budget_reassign(&workers->rings, from, account, context);
}

/* Counts the workers of an account.  kinds: a set of bits 1 << kind. */
static unsigned count_kinds(const struct workers *workers, uid_t account, unsigned kinds)
{
	unsigned count = 0, seen = 0;

	for (unsigned i = 0; i < workers->size && seen < workers->used; i++) {
		const struct worker *worker = &workers->table[i];

		if (worker->pid == 0 && !worker->owed)
			continue;
		seen++;
		if (worker->client.account == account && (kinds & 1u << worker->kind) != 0)
			count++;
	}
	return count;
}

unsigned workers_of(const struct workers *workers, uid_t account, enum worker_kind kind)
{
	return count_kinds(workers, account, 1u << kind);
}

/* Returns how many workers share the rate of an account. */
static unsigned sharers_of(const struct workers *workers, uid_t account)
{
	return count_kinds(workers, account, 1u << WORKER_TRANSFER | 1u << WORKER_FOLLOW);
}

static struct score *score_of(const struct workers *workers, const struct worker *worker)
{
	return scoreboard_at(&workers->scoreboard, (unsigned)(worker - workers->table));
}

/* Updates the number of sharers in the entries of an account's workers. */
static void tell_sharers(struct workers *workers, uid_t account)
{
	unsigned sharers;

	if (!workers->sharing)
		return;
	sharers = sharers_of(workers, account);
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid != 0 && workers->table[i].client.account == account)
			scoreboard_at(&workers->scoreboard, i)->counters.sharers = sharers;
}

unsigned workers_busy(const struct workers *workers)
{
	return workers->kinds[WORKER_TRANSFER];
}

bool workers_full(const struct workers *workers)
{
	return workers_busy(workers) >= workers->limit;
}

static struct worker *find(struct workers *workers, pid_t pid)
{
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid == pid && (pid != 0 || !workers->table[i].owed))
			return &workers->table[i];
	return NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t rest(uint64_t limit, uint64_t used)
{
	return limit > used ? limit - used : 0;
}

/* Returns how many bytes of rings an account may use besides those that it uses or keeps. */
static uint64_t ring_room(const struct workers *workers, uid_t account,
			  const struct limits *limits)
{
	uint64_t own = ring_budget_of(&workers->rings, account);
	uint64_t all = ring_budget_all(&workers->rings);

	for (unsigned i = 0; i < workers->size; i++) {
		const struct worker *worker = &workers->table[i];

		if (worker->pid <= 0)
			continue;
		all += worker->ring.bytes;
		if (worker->client.account == account)
			own += worker->ring.bytes;
	}
	return least(rest(limits_rings_of(limits, account), own),
		     rest(limits_rings(limits), all));
}

/* Returns how much of the ring that job offers the worker may use. */
static struct ring_kept grant_ring(struct workers *workers, const struct job *job,
				   const struct limits *limits)
{
	const struct request *request = &job->request;
	uid_t account = job->client.account;
	struct ring_kept ring = {
		.id = request->ring, .creator = job->client.uid, .account = account};
	uint64_t offered = (uint64_t)request->ring_slots * request->ring_slot_bytes;

	if (offered == 0)
		return ring;
	offered = least(limits->ring, offered);
	if (offered < RING_BUDGET_LEAST)
		offered = RING_BUDGET_LEAST;
	ring.bytes = ring_room(workers, account, limits);
	if (ring.bytes < offered) {
		ring_budget_check(&workers->rings, account);
		ring.bytes = ring_room(workers, account, limits);
	}
	ring.bytes = ring.bytes < RING_BUDGET_LEAST ? 0 : least(ring.bytes, offered);
	return ring;
}

/* Counts the ring of an ended worker on, if the worker has used the ring. */
static void keep_ring(struct workers *workers, const struct worker *worker)
{
	if (worker->ring.bytes > 0 && score_of(workers, worker)->counters.ring_used != 0)
		ring_budget_keep(&workers->rings, &worker->ring);
}

static enum worker_kind kind_of(const struct request *request)
{
	if (request->operation == OPERATION_STATUS)
		return WORKER_REPORT;
	return (request->flags & REQUEST_FOLLOW) != 0 ? WORKER_FOLLOW : WORKER_TRANSFER;
}

int workers_start(struct workers *workers, const struct job *job, const struct limits *limits,
		  struct score **score)
{
	struct worker *worker = find(workers, 0);
	struct ring_kept ring;
	pid_t pid;
	int error;

	*score = score_of(workers, worker);
	score_clear(*score);
	(*score)->audit_wanted = workers->transfer_log->lines;
	workers->sharing = workers->sharing || limits->rate > 0;
	if (workers->sharing)
		(*score)->counters.sharers = sharers_of(workers, job->client.account) + 1;
	ring = grant_ring(workers, job, limits);
	(*score)->counters.ring_room = ring.bytes;
	signals_block();
	pid = reserved_fork(&workers->sandbox->reserved);
	if (pid == 0) {
		signals_become_worker();
		priority_watch();
		/* Dies by a signal, so that the daemon tells the client. */
		if (sandbox_enter_worker(workers->sandbox) != 0)
			abort();
		return 1;
	}
	error = errno;
	signals_unblock();
	if (pid < 0)
		return -error;
	*worker = (struct worker){.pid = pid,
				  .began = clock_ns(),
				  .op = transfer_log_op(&job->request),
				  .ring = ring,
				  .kind = kind_of(&job->request),
				  .seal = job->request.seal,
				  .client = job->client};
	workers->running++;
	workers->used++;
	workers->kinds[worker->kind]++;
	tell_sharers(workers, job->client.account);
	limited_log_write(workers->lines, LINE_STARTED, job->client.uid,
			  "worker %d for uid %ju: started", (int)pid,
			  (uintmax_t)job->client.uid);
	return 0;
}

static void release(struct workers *workers, struct worker *worker)
{
	uid_t account = worker->client.account;

	workers->used--;
	workers->kinds[worker->kind]--;
	*worker = (struct worker){0};
	tell_sharers(workers, account);
}

static bool is_present(const struct client *client)
{
	return client->transport->present(client);
}

/* Removes the queue of a dead client.  The ticket has proved that the queue is the client's. */
static bool remove_if_dead(const struct client *client)
{
	if (client->dialect != DIALECT_CURRENT || client->pid <= 0 ||
	    kill(client->pid, 0) == 0 || errno != ESRCH)
		return false;
	if (is_present(client))
		client->transport->abandon(client);
	return true;
}

/*
 * Tells the client that its worker has ended.  Returns false when the queue is full or the
 * kernel has no memory: try again later.
 */
static bool tell(const struct workers *workers, const struct worker *worker)
{
	static const struct failure lost = {
		.reason = FAILURE_WORKER_LOST,
		.error = ECHILD,
		.text = "the worker that served this request died",
	};
	static const struct failure stopped = {
		.reason = FAILURE_SHUTTING_DOWN,
		.error = ESHUTDOWN,
		.text = "shutting down, try again",
	};
	const struct failure *failure = worker->answer;
	int error;

	if (remove_if_dead(&worker->client))
		return true;
	if (failure == NULL)
		failure = workers->stopping ? &stopped : &lost;
	if (!is_present(&worker->client))
		return true;
	error = answer_failure(&worker->client, failure);
	return error != -EAGAIN && error != -ENOMEM;
}

static void log_end(const struct workers *workers, const struct worker *worker, int status)
{
	unsigned code = (unsigned)WEXITSTATUS(status);
	bool wanted = workers->stopping || worker->condemned != 0;

	if (WIFSIGNALED(status))
		limited_log_write(workers->lines, wanted ? LINE_ENDED : LINE_SIGNALED,
				  worker->client.uid,
				  "worker %d for uid %ju ended by signal %d (%s)",
				  (int)worker->pid, (uintmax_t)worker->client.uid,
				  WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		limited_log_write(workers->lines,
				  code == TRANSFER_BROKEN ? LINE_BROKEN : LINE_ENDED,
				  worker->client.uid, "worker %d for uid %ju: %s",
				  (int)worker->pid, (uintmax_t)worker->client.uid,
				  code < TRANSFER_KILLED ? transfer_outcome_name(code) : "?");
}

/*
 * Returns true when the client may still be waiting.  A worker that failed to send may have
 * left a live client.
 */
static bool is_untold(int status)
{
	return WIFSIGNALED(status) || WEXITSTATUS(status) == TRANSFER_GONE ||
	       WEXITSTATUS(status) == TRANSFER_BROKEN;
}

static void note_end(const struct workers *workers, const struct worker *worker, bool killed,
		     uint64_t now)
{
	const struct transfer_log_end end = {
		.client = &worker->client,
		.op = worker->op,
		.score = score_of(workers, worker),
		.killed = killed,
		.microseconds = (clock_ns() - worker->began) / NS_PER_US,
	};

	transfer_log_ended(workers->transfer_log, &end, now);
}

static void ended(struct workers *workers, struct worker *worker, int status, uint64_t now)
{
	log_end(workers, worker, status);
	if (worker->kind != WORKER_REPORT)
		note_end(workers, worker, WIFSIGNALED(status), now);
	keep_ring(workers, worker);
	workers->running--;
	worker->pid = 0;
	if (is_untold(status) && !worker->told && !tell(workers, worker)) {
		worker->owed = true;
		worker->owed_until = now + OWED_MS;
		return;
	}
	remove_if_dead(&worker->client);
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
			worker->client.transport->abandon(&worker->client);
			release(workers, worker);
		}
	}
}

static bool is_stalled(const struct worker *worker, const struct score *score, uint64_t now)
{
	uint64_t since = atomic_load_explicit(&score->counters.stalled, memory_order_relaxed);

	return worker->pid > 0 && worker->kind == WORKER_TRANSFER && worker->condemned == 0 &&
	       since != 0 && now >= since + STALLED_MS;
}

/* Returns the stalled worker of the user with the most workers, more than least; or NULL. */
static const struct worker *most_stalled(const struct workers *workers, unsigned least,
					 uint64_t now)
{
	const struct worker *found = NULL;
	unsigned compared = 0, count;

	for (unsigned i = 0; i < workers->size && compared < YIELD_COMPARED; i++) {
		const struct worker *worker = &workers->table[i];

		if (!is_stalled(worker, score_of(workers, worker), now))
			continue;
		compared++;
		if (found != NULL && found->client.account == worker->client.account)
			continue;
		count = workers_of(workers, worker->client.account, WORKER_TRANSFER);
		if (count > least) {
			least = count;
			found = worker;
		}
	}
	return found;
}

static bool is_yielding(const struct workers *workers)
{
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid > 0 &&
		    scoreboard_at(&workers->scoreboard, i)->counters.yield != 0)
			return true;
	return false;
}

void workers_yield(const struct workers *workers, const struct client *client, uint64_t now)
{
	const struct worker *worker;

	if (is_yielding(workers))
		return;
	worker = most_stalled(workers, workers_of(workers, client->account, WORKER_TRANSFER),
			      now);
	if (worker == NULL)
		return;
	limited_log_write(
		workers->lines, LINE_YIELD, worker->client.uid,
		"worker %d of uid %ju: ends, because its client takes nothing and uid %ju "
		"waits",
		(int)worker->pid, (uintmax_t)worker->client.uid, (uintmax_t)client->uid);
	score_of(workers, worker)->counters.yield = 1;
}

bool workers_owing(const struct workers *workers)
{
	return workers->used > workers->running;
}

bool workers_serve(const struct workers *workers, int queue)
{
	for (unsigned i = 0; i < workers->size; i++) {
		const struct worker *worker = &workers->table[i];

		if ((worker->pid > 0 || worker->owed) && worker->client.queue == queue)
			return true;
	}
	return false;
}

/* A worker running as its client cannot be signaled with the daemon's own uid. */
static void signal_worker(const struct workers *workers, const struct worker *worker,
			  int signal)
{
	const struct reserved *reserved = &workers->sandbox->reserved;
	int error = reserved_kill(reserved, worker->pid, signal);

	if (error == -EPERM)
		error = privilege_kill(reserved, worker->pid, worker->client.uid, signal);
	if (error != 0)
		limited_log_write(workers->lines, LINE_NOT_KILLED, worker->client.uid,
				  "worker %d of uid %ju: cannot signal: %s", (int)worker->pid,
				  (uintmax_t)worker->client.uid, strerror(-error));
}

static void end_worker(const struct workers *workers, const struct worker *worker)
{
	signal_worker(workers, worker, SIGKILL);
}

/* Returns true when the client has died or its queue has gone. */
static bool is_alone(const struct worker *worker)
{
	return remove_if_dead(&worker->client) || !is_present(&worker->client);
}

static void condemn(const struct workers *workers, struct worker *worker, uint64_t now,
		    const char *why)
{
	limited_log_write(
		workers->lines, LINE_HUNG, worker->client.uid,
		"worker %d of uid %ju: killed, because it hangs in a file system and %s",
		(int)worker->pid, (uintmax_t)worker->client.uid, why);
	worker->condemned = now;
	end_worker(workers, worker);
}

/* Removes the queue of a client that died unseen: only its seal went with its process. */
static void remove_if_unsealed(const struct worker *worker)
{
	const struct transport_worker *transport = worker->client.transport;

	if (!transport->held(worker->seal) && transport->present(&worker->client))
		transport->abandon(&worker->client);
}

static void look_after(const struct workers *workers, struct worker *worker,
		       unsigned transfer_limit, uint64_t now)
{
	if (worker->condemned != 0) {
		/* The worker is blocked in the kernel, so only the daemon can answer. */
		if (!worker->told && now - worker->condemned >= LAST_BREATH_MS)
			worker->told = tell(workers, worker);
		return;
	}
	if (worker->kind == WORKER_FOLLOW) {
		transfer_limit = 0;
		remove_if_unsealed(worker);
	}
	if (!is_alone(worker))
		worker->alone = 0;
	else if (worker->alone == 0)
		worker->alone = now;
	if (worker->alone == now && worker->kind == WORKER_FOLLOW)
		signal_worker(workers, worker, SIGALRM);
	if (worker->alone != 0 && now - worker->alone >= GRACE_MS) {
		condemn(workers, worker, now, "the client has gone");
	} else if (transfer_limit > 0 &&
		   now - worker->began / NS_PER_MS >= transfer_limit * 1000ull + GRACE_MS) {
		worker->answer = &answer_out_of_time;
		condemn(workers, worker, now, "transfer-limit has passed");
	}
}

void workers_look_after(struct workers *workers, unsigned transfer_limit, uint64_t now)
{
	if (now - workers->looked_at < WORKERS_LOOK_MS / 2)
		return;
	workers->looked_at = now;
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid > 0)
			look_after(workers, &workers->table[i], transfer_limit, now);
}

void workers_end_followers(struct workers *workers, const struct failure *failure, uint64_t now)
{
	for (unsigned i = 0; i < workers->size; i++) {
		struct worker *worker = &workers->table[i];

		if (worker->pid <= 0 || worker->kind != WORKER_FOLLOW || worker->condemned != 0)
			continue;
		worker->answer = failure;
		worker->condemned = now;
		end_worker(workers, worker);
	}
}

/* Gives up a killed worker that does not end. */
static void leave_behind(struct workers *workers, struct worker *worker)
{
	log_write(workers->lines->log, LOG_ERR,
		  "worker %d of uid %ju: killed, but blocked by a file system that does not "
		  "answer; the worker ends when the file system answers",
		  (int)worker->pid, (uintmax_t)worker->client.uid);
	keep_ring(workers, worker);
	workers->running--;
	worker->pid = 0;
	if (worker->told)
		release(workers, worker);
	else
		worker->owed = true;
}

/* Reaps killed workers, until none has ended for LAST_BREATH_MS. */
static void reap_killed(struct workers *workers)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	uint64_t now = clock_ms(), deadline = now + LAST_BREATH_MS;
	unsigned before = workers->running;

	for (workers_reap(workers, now); workers->running > 0 && now < deadline;
	     workers_reap(workers, now)) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		now = clock_ms();
		if (workers->running < before)
			deadline = now + LAST_BREATH_MS;
		before = workers->running;
	}
}

void workers_end(struct workers *workers)
{
	workers->stopping = true;
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid > 0)
			end_worker(workers, &workers->table[i]);
	reap_killed(workers);
	for (unsigned i = 0; i < workers->size; i++)
		if (workers->table[i].pid > 0)
			leave_behind(workers, &workers->table[i]);
	/* Last chance to tell owed clients: the removal of a full queue tells its client, too.
	 */
	workers_tell_owed(workers, UINT64_MAX);
}

void workers_close(struct workers *workers)
{
	ring_budget_free(&workers->rings);
	scoreboard_free(&workers->scoreboard);
	free(workers->table);
	*workers = (struct workers){0};
}
