/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/dispatch.h"

#include "common/clock.h"
#include "server/request/answer.h"
#include "server/status_collect.h"
#include "server/transfer/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Retry hint for refused clients: roughly the duration of a few transfers. */
#define BUSY_RETRY_MS 200u

#define LOGGED_PATH 256

/* Forks per turn of the loop: one fork costs as much as a hundred messages. */
#define STARTS_AT_ONCE 2u

static const char *explain_junk(int error)
{
	unsigned index = junk_reason_of(error);

	if (error == -ENOSYS)
		return "a queue of the daemon's own user needs a kernel with MSG_COPY "
		       "(CONFIG_CHECKPOINT_RESTORE)";
	return index < JUNK_REASONS - 1 ? junk_reason(index)->text : strerror(-error);
}

static void log_junk_line(const struct daemon *daemon, const struct line_count *sender)
{
	char who[64] = "an unknown sender";
	char count[32] = "a message";

	if (sender->others)
		snprintf(who, sizeof(who), "other users");
	else if (sender->uid != LINE_LIMIT_UNKNOWN)
		snprintf(who, sizeof(who), "uid %ju (pid %d)", (uintmax_t)sender->uid,
			 (int)sender->pid);
	if (sender->held > 0)
		snprintf(count, sizeof(count), "%u more messages", sender->held);
	log_write(&daemon->log, LOG_WARNING, "dropped %s from %s: %s", count, who,
		  explain_junk(sender->detail));
}

/*
 * Returns the uid of the last sender to the request queue.  By now this may be another
 * process than the sender of the message: good for a log line only.
 */
static uid_t last_sender(const struct daemon *daemon, pid_t *pid)
{
	*pid = daemon->door.calls->last_sender(&daemon->door);
	return *pid > 0 ? junk_sender_uid(*pid) : LINE_LIMIT_UNKNOWN;
}

/* Looks the sender up at most once in JUNK_LOOK_MS: a lookup costs more than all else. */
static void note_junk(struct daemon *daemon, int error)
{
	struct line_count sender = {.detail = error};
	uint64_t now = clock_ms();

	daemon->transfer_log.statistics.junk[junk_reason_of(error)]++;
	if (now - daemon->junk.looked_at >= JUNK_LOOK_MS) {
		daemon->junk.uid = last_sender(daemon, &daemon->junk.pid);
		daemon->junk.looked_at = now;
	}
	sender.uid = daemon->junk.uid;
	sender.pid = daemon->junk.pid;
	if (line_limit_note(&daemon->junk.lines, 1, &sender, now))
		log_junk_line(daemon, &sender);
}

void dispatch_log_counts(struct daemon *daemon, uint64_t now)
{
	struct line_count sender;

	while (line_limit_due(&daemon->junk.lines, now, &sender))
		log_junk_line(daemon, &sender);
	transfer_log_report(&daemon->transfer_log, now);
	limited_log_report(&daemon->lines, now);
}

bool dispatch_holds_counts(const struct daemon *daemon)
{
	return line_limit_held(&daemon->junk.lines) ||
	       transfer_log_held(&daemon->transfer_log) || limited_log_held(&daemon->lines);
}

static void refuse(struct daemon *daemon, const struct client *client,
		   enum failure_reason reason, int error, const char *text)
{
	struct failure failure = {
		.reason = reason,
		.error = error,
		.retry_ms = reason == FAILURE_BUSY ? BUSY_RETRY_MS : 0,
		.text = text,
	};
	int unsent = answer_failure(client, &failure);

	if (unsent != 0)
		limited_log_write(&daemon->lines, LINE_UNSENT, client->uid,
				  "uid %ju: cannot send the refusal \"%s\": %s",
				  (uintmax_t)client->uid, text, strerror(-unsent));
}

static void refuse_busy(struct daemon *daemon, const struct job *job)
{
	transfer_log_busy(&daemon->transfer_log, &daemon->settings.exports, job, clock_ms());
	refuse(daemon, &job->client, FAILURE_BUSY, EAGAIN, "busy, try again");
}

static void refuse_stopping(struct daemon *daemon, const struct client *client)
{
	daemon->transfer_log.statistics.refused[REFUSAL_STOPPING]++;
	refuse(daemon, client, FAILURE_SHUTTING_DOWN, ESHUTDOWN, "shutting down, try again");
}

static void log_request(struct daemon *daemon, const struct job *job)
{
	char path[LOGGED_PATH] = "the status";

	if (job->request.path_count > 0)
		log_quote(path, sizeof(path), job->request.paths);
	limited_log_write(&daemon->lines, LINE_REQUEST, job->client.uid,
			  "uid %ju (pid %d) requests %s", (uintmax_t)job->client.uid,
			  (int)job->client.pid, path);
}

/*
 * Returns the account of uid: the shared account for a user outside the user database, and
 * until the first look-up has ended.  A wait_queue_account.
 */
static uid_t account_of(const void *context, uid_t uid)
{
	const struct daemon *daemon = context;

	if (daemon->settings.limits.unknown == LIMITS_UNKNOWN_ALLOW || uid == 0 ||
	    uid == geteuid() || groups_know(&daemon->groups, uid))
		return uid;
	return LIMITS_SHARED;
}

void dispatch_reassign(struct daemon *daemon)
{
	workers_reassign(&daemon->workers, LIMITS_SHARED, account_of, daemon);
	wait_queue_reassign(&daemon->waiting, LIMITS_SHARED, account_of, daemon);
}

static void note_load(struct daemon *daemon)
{
	statistics_load(&daemon->transfer_log.statistics, workers_busy(&daemon->workers),
			daemon->waiting.length);
}

/* In a worker: returns true when the client is in the user database; otherwise refuses it. */
static bool is_known(const struct daemon *daemon, const struct job *job, struct score *score)
{
	struct failure failure = {
		.reason = FAILURE_FILE,
		.error = EACCES,
		.text = "your user id is not in the user database of the daemon",
	};
	uid_t uid = job->client.uid;
	gid_t list[GROUP_CACHE_GROUPS];
	size_t count;
	int error;

	if (uid == 0 || uid == geteuid())
		return true;
	error = groups_find(&daemon->groups, uid, list, &count);
	if (error == -E2BIG || (error == 0 && count > 0))
		return true;
	if (error != 0)
		failure = (struct failure){
			.reason = FAILURE_BUSY,
			.error = EAGAIN,
			.retry_ms = BUSY_RETRY_MS,
			.text = "your user id cannot be looked up now, try again",
		};
	score_begin(score, NULL, job->request.path_count > 0 ? job->request.paths : "",
		    job->request.path_count);
	counters_fail(&score->counters, failure.error,
		      failure.error == EACCES ? CAUSE_RULE : CAUSE_DAEMON);
	answer_failure(&job->client, &failure);
	score_end(score, TRANSFER_FAILED);
	return false;
}

/* In a worker: serves job. */
static enum transfer_outcome work(const struct daemon *daemon, const struct job *job,
				  struct score *score)
{
	const struct limits *limits = &daemon->settings.limits;
	enum transfer_outcome outcome;
	size_t length = 0;
	char *text;

	if (limits->unknown == LIMITS_UNKNOWN_REFUSE && !is_known(daemon, job, score))
		return TRANSFER_FAILED;
	if (job->request.operation != OPERATION_STATUS)
		return serve(job, &daemon->settings.exports, limits, score);
	text = status_collect(daemon, &length);
	outcome = serve_text(job, limits, score, text, length);
	free(text);
	return outcome;
}

static void start(struct daemon *daemon, const struct job *job)
{
	struct score *score;
	int error;

	if (limited_log_wants(&daemon->lines, LINE_REQUEST))
		log_request(daemon, job);
	error = workers_start(&daemon->workers, job, &daemon->settings.limits, &score);
	if (error > 0)
		_exit((int)work(daemon, job, score));
	if (error < 0) {
		limited_log_write(&daemon->lines, LINE_NO_FORK, job->client.uid,
				  "uid %ju: cannot fork a worker: %s",
				  (uintmax_t)job->client.uid, strerror(-error));
		refuse_busy(daemon, job);
	}
	note_load(daemon);
}

/* Returns true if uid has fewer workers than allowed.  A wait_queue_may. */
static bool may_start(const void *context, uid_t uid)
{
	const struct daemon *daemon = context;
	unsigned most = limits_workers_of(&daemon->settings.limits, uid);

	/* Skips the count while all workers together are below the limit of one user. */
	return workers_busy(&daemon->workers) < most ||
	       workers_of(&daemon->workers, uid, WORKER_TRANSFER) < most;
}

/* Returns the limit that delays or refuses a job of uid; LIMITS: none. */
static enum statistics_limit limit_of(const struct daemon *daemon, uid_t uid, bool refused)
{
	if (refused)
		return daemon->waiting.length >= daemon->settings.limits.waiting
			       ? LIMIT_WAITING
			       : LIMIT_USER_WAITING;
	if (workers_full(&daemon->workers))
		return LIMIT_WORKERS;
	/* Without a limit reached, the job only waits for its turn. */
	return may_start(daemon, uid) ? LIMITS : LIMIT_USER_WORKERS;
}

static void note_limit(struct daemon *daemon, uid_t uid, bool refused)
{
	enum statistics_limit limit = limit_of(daemon, uid, refused);

	if (limit == LIMITS)
		return;
	daemon->transfer_log.statistics.limits[limit]++;
	limited_log_write(&daemon->lines, LINE_HELD_UP, uid, "request of uid %ju %s: %s",
			  (uintmax_t)uid, refused ? "refused" : "waits",
			  statistics_limit_name(limit));
}

static void push_job(struct daemon *daemon, const struct job *job)
{
	const struct limits *limits = &daemon->settings.limits;
	int error = wait_queue_push(&daemon->waiting, job, limits->waiting,
				    limits_waiting_of(limits, job->client.account));

	if (error != -ENOMEM)
		note_limit(daemon, job->client.account, error != 0);
	if (error != 0)
		refuse_busy(daemon, job);
	else
		dispatch_make_room(daemon, clock_ms());
	note_load(daemon);
}

static void start_or_wait(struct daemon *daemon, const struct job *job)
{
	if (daemon->waiting.length == 0 && !workers_full(&daemon->workers) &&
	    may_start(daemon, job->client.account))
		start(daemon, job);
	else
		push_job(daemon, job);
}

static bool may_see_status(const struct daemon *daemon, uid_t uid)
{
	return uid == 0 || uid == geteuid() || id_list_has(&daemon->settings.status_users, uid);
}

/* Bypasses the wait queue: the status matters most while all workers are busy. */
static void start_status(struct daemon *daemon, const struct job *job)
{
	if (!may_see_status(daemon, job->client.uid)) {
		daemon->transfer_log.statistics.refused[REFUSAL_NOT_PERMITTED]++;
		refuse(daemon, &job->client, FAILURE_FILE, EACCES,
		       "not permitted: see status-users in msgfetchd.conf(5)");
	} else if (daemon->workers.kinds[WORKER_REPORT] >= WORKERS_REPORTING) {
		refuse_busy(daemon, job);
	} else {
		start(daemon, job);
	}
}

/* Returns the limit that forbids uid another follower; LIMITS: none. */
static enum statistics_limit follow_limit_of(const struct daemon *daemon, uid_t uid)
{
	const struct limits *limits = &daemon->settings.limits;

	if (daemon->workers.kinds[WORKER_FOLLOW] >= limits->followers)
		return LIMIT_FOLLOWERS;
	if (workers_of(&daemon->workers, uid, WORKER_FOLLOW) >=
	    limits_followers_of(limits, uid))
		return LIMIT_USER_FOLLOWERS;
	return LIMITS;
}

/* Bypasses the wait queue: a follow has no end to wait for. */
static void start_follow(struct daemon *daemon, const struct job *job)
{
	enum statistics_limit limit = follow_limit_of(daemon, job->client.account);

	if (limit == LIMITS) {
		start(daemon, job);
		return;
	}
	daemon->transfer_log.statistics.limits[limit]++;
	transfer_log_busy(&daemon->transfer_log, &daemon->settings.exports, job, clock_ms());
	refuse(daemon, &job->client, FAILURE_BUSY, EAGAIN,
	       limit == LIMIT_FOLLOWERS ? "max-followers files are followed already, try again"
					: "max-followers-per-user files of yours are followed "
					  "already: end one of them");
}

static void count(struct statistics *statistics, const struct job *job)
{
	if (job->request.operation == OPERATION_PING)
		statistics->pings++;
	else if (job->request.operation == OPERATION_STATUS)
		statistics->status_requests++;
	else
		statistics_request(statistics, job->client.uid);
}

static void act_on(struct daemon *daemon, struct job *job)
{
	job->client.account = account_of(daemon, job->client.uid);
	reaper_note(&daemon->reaper, &job->client);
	count(&daemon->transfer_log.statistics, job);
	if (job->request.operation == OPERATION_PING)
		answer_ping(&job->client);
	else if (daemon->stopping)
		refuse_stopping(daemon, &job->client);
	else if (job->request.operation == OPERATION_STATUS)
		start_status(daemon, job);
	else if (workers_serve(&daemon->workers, job->client.queue) ||
		 wait_queue_holds(&daemon->waiting, job->client.queue))
		refuse(daemon, &job->client, FAILURE_BAD_REQUEST, EALREADY,
		       "one request at a time on one queue");
	else if ((job->request.flags & REQUEST_FOLLOW) != 0)
		start_follow(daemon, job);
	else
		start_or_wait(daemon, job);
}

/* Names a classic client's queue that takes no answer: the client waits in vain. */
static void note_unwritable(struct daemon *daemon, const struct request *request)
{
	uid_t creator;
	mode_t mode;

	daemon->transfer_log.statistics.junk[junk_reason_of(-EROFS)]++;
	if (daemon->door.calls->unwritable(request, &creator, &mode))
		limited_log_write(
			&daemon->lines, LINE_UNWRITABLE, creator,
			"queue %d of uid %ju (mode %04o): cannot write, so the client "
			"gets no answer; see \"Classic clients\" in "
			"msgfetchd.conf(5)",
			request->queue, (uintmax_t)creator, (unsigned)mode);
}

/* Drops a message that is no valid request.  Answers a classic client that is identified. */
static void drop(struct daemon *daemon, const struct job *job, int error)
{
	if (error == -EROFS) {
		note_unwritable(daemon, &job->request);
		return;
	}
	if (job->client.dialect != DIALECT_CURRENT)
		refuse(daemon, &job->client, FAILURE_BAD_REQUEST, -error,
		       error == -ENODATA ? "the path is empty" : "the path is too long");
	note_junk(daemon, error);
}

void dispatch_message(struct daemon *daemon, struct message *message, size_t length)
{
	const struct transport_door *door = daemon->door.calls;
	struct job job = {0};
	int error = door->prove(&daemon->door, message, length, &job.client, &job.request);

	reaper_stir(&daemon->reaper);
	door->count(&daemon->door, length, error == 0);
	/* The seal of a dead client is gone, but the ticket has proved the queue. */
	if (error == -EKEYREJECTED)
		reaper_note(&daemon->reaper, &job.client);
	if (error == 0)
		act_on(daemon, &job);
	else if (error == -ENOBUFS)
		refuse_busy(daemon, &job);
	else if (!door->scanned(&daemon->door, &job.request))
		drop(daemon, &job, error);
}

/* Returns true if another request of uid would be refused as busy. */
static bool wait_queue_full_for(const struct daemon *daemon, uid_t uid)
{
	const struct limits *limits = &daemon->settings.limits;

	return daemon->waiting.length >= limits->waiting ||
	       wait_queue_waiting(&daemon->waiting, uid) >= limits_waiting_of(limits, uid);
}

/* Returns true if the request of a scan would not be refused as busy.  For a door_visitor. */
static bool wants_scanned(void *context, uid_t uid)
{
	struct daemon *daemon = context;

	return !wait_queue_full_for(daemon, account_of(daemon, uid));
}

static void take_scanned(void *context, const struct client *client,
			 const struct request *request, int error)
{
	struct job job = {.client = *client, .request = *request};
	struct daemon *daemon = context;

	if (error == 0)
		act_on(daemon, &job);
	else if (error == -ENOBUFS)
		refuse_busy(daemon, &job);
	else
		note_junk(daemon, error);
}

void dispatch_scan(struct daemon *daemon, struct message *message)
{
	const struct door_visitor visitor = {
		.context = daemon, .wants = wants_scanned, .take = take_scanned};

	daemon->door.calls->scan(&daemon->door, message, &visitor);
}

void dispatch_make_room(struct daemon *daemon, uint64_t now)
{
	const struct job *job = NULL;

	if (workers_full(&daemon->workers))
		job = wait_queue_next(&daemon->waiting, may_start, daemon);
	if (job != NULL)
		workers_yield(&daemon->workers, &job->client, now);
}

static const struct job *next_job(const struct daemon *daemon)
{
	if (workers_full(&daemon->workers))
		return NULL;
	return wait_queue_next(&daemon->waiting, may_start, daemon);
}

bool dispatch_ready(const struct daemon *daemon)
{
	return next_job(daemon) != NULL;
}

void dispatch_start_waiting(struct daemon *daemon)
{
	const struct job *job;

	for (unsigned i = 0; i < STARTS_AT_ONCE && (job = next_job(daemon)) != NULL; i++) {
		if (job->client.transport->present(&job->client))
			start(daemon, job);
		wait_queue_pop(&daemon->waiting, job);
	}
}

void dispatch_end_followers(struct daemon *daemon)
{
	static const struct failure stopping = {
		.reason = FAILURE_SHUTTING_DOWN,
		.error = ESHUTDOWN,
		.text = "shutting down, try again",
	};
	static const struct failure reloaded = {
		.reason = FAILURE_BUSY,
		.error = EAGAIN,
		.text = "the daemon was reloaded, try again",
	};

	workers_end_followers(&daemon->workers, daemon->stopping ? &stopping : &reloaded,
			      clock_ms());
}

void dispatch_refuse_waiting(struct daemon *daemon)
{
	const struct job *job;

	while ((job = wait_queue_next(&daemon->waiting, NULL, NULL)) != NULL) {
		if (job->client.transport->present(&job->client))
			refuse_stopping(daemon, &job->client);
		wait_queue_pop(&daemon->waiting, job);
	}
}
