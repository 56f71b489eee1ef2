/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/loop.h"

#include "common/clock.h"
#include "common/protocol.h"
#include "server/config/load.h"
#include "server/config/parser.h"
#include "server/dispatch.h"
#include "server/preflight.h"
#include "server/process/fork_cost.h"
#include "server/process/signals.h"
#include "server/reopen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Period of work that no signal announces: unsent answers, unlogged counts, a drain. */
#define BUSY_TICK_MS 100u

/* Period of the check that the lease is still held: the only timer of an idle daemon. */
#define LEASE_TICK_MS 30000u

/* Least period of reports to the service manager while the counts change. */
#define STATUS_TICK_MS 1000u

/* Pause after each queue scan during a flood of junk. */
#define REST_NS 300000

/* Messages read before signals and waiting requests get their turn. */
#define MESSAGES_AT_ONCE 64u

/* Receiving can fail for lack of memory: try again, so many times and after this pause. */
#define FAILURES_MAX 10u
#define FAILURE_PAUSE_NS 100000000

/* Unread requests that are still answered at a stop: those of a full queue. */
#define LAST_REQUESTS 1024u

/* state: a line of sd_notify(3), or "" for the status alone. */
static void tell_manager(struct daemon *daemon, const char *state)
{
	int error = notify_send(
		&daemon->notify,
		"%s%sSTATUS=%s: exports %zu, workers %u, waiting %zu%s%.256s\n", state,
		state[0] != '\0' ? "\n" : "", daemon->stopping ? "Stopping" : "Serving",
		daemon->settings.exports.count, daemon->workers.running, daemon->waiting.length,
		daemon->refused != NULL ? "; configuration refused: " : "",
		daemon->refused != NULL ? daemon->refused : "");

	daemon->told_running = daemon->workers.running;
	daemon->told_waiting = daemon->waiting.length;
	daemon->told_at = clock_ms();
	if (error != 0)
		log_write(&daemon->log, LOG_WARNING, "cannot notify the service manager: %s",
			  strerror(-error));
}

int loop_equip(struct daemon *daemon, struct settings *settings)
{
	bool needed = settings->as_requester || exports_want_groups(&settings->exports) ||
		      settings->limits.unknown == LIMITS_UNKNOWN_REFUSE;
	bool wanted = needed || settings->limits.unknown == LIMITS_UNKNOWN_SHARE;
	int error = 0;

	settings->exports.groups = &daemon->groups;
	if (wanted && daemon->groups.supervisor == 0)
		error = groups_open(&daemon->groups, &daemon->sandbox.reserved);
	if (error == 0)
		return 0;
	log_write(&daemon->log, needed ? LOG_ERR : LOG_WARNING,
		  "cannot start the group lookups: %s%s", strerror(-error),
		  needed ? "" : "; unknown-users = allow is in force");
	return needed ? error : 0;
}

/* Notes FILE:LINE of the path of an export that cannot be opened. */
static void note_refused(struct daemon *daemon, const struct settings *fresh,
			 const struct export *export)
{
	const struct setting_source *source =
		setting_sources_find(&fresh->sources, export->name, "path");

	if (source != NULL && source->file != NULL)
		snprintf(daemon->refused_at, sizeof(daemon->refused_at), "%s:%d", source->file,
			 source->line);
}

static int load_anew(struct daemon *daemon, struct settings *fresh)
{
	const struct export *failed;
	int error = load_settings(daemon->options, &daemon->log, fresh);

	if (error != 0)
		return error;
	error = exports_open(&fresh->exports, &failed);
	if (error == 0)
		preflight_exports(fresh, LOG_WARNING, &daemon->log);
	if (error != 0 && preflight_exports(fresh, LOG_ERR, &daemon->log) == 0)
		log_write(&daemon->log, LOG_ERR, "export \"%s\": %s: cannot open: %s",
			  failed->name, failed->path, strerror(-error));
	if (error != 0) {
		note_refused(daemon, fresh, failed);
		goto out;
	}
	if ((error = workers_limit(&daemon->workers, &fresh->limits)) != 0)
		log_write(&daemon->log, LOG_ERR,
			  "max-workers = %u, max-followers = %u: out of memory",
			  fresh->limits.workers, fresh->limits.followers);
	else if ((error = sandbox_follow(&daemon->sandbox, &fresh->exports)) != 0)
		log_write(&daemon->log, LOG_ERR,
			  "sandbox: cannot confine workers to the new exports: %s",
			  strerror(-error));
	else
		error = loop_equip(daemon, fresh);
out:
	if (error != 0)
		settings_free(fresh);
	return error;
}

static void reload(struct daemon *daemon)
{
	struct settings fresh;

	tell_manager(daemon, "RELOADING=1");
	daemon->refused = NULL;
	daemon->refused_at[0] = '\0';
	if (load_anew(daemon, &fresh) == 0) {
		settings_keep_fixed(&daemon->settings, &fresh, &daemon->log);
		reopen_compare(&daemon->settings.exports, &fresh.exports, &daemon->log);
		fresh.exports.identity = daemon->settings.exports.identity;
		statistics_follow(&daemon->transfer_log.statistics, &fresh.exports);
		daemon->transfer_log.lines = (enum audit_wanted)fresh.access_log;
		daemon->log.level = fresh.log_level;
		settings_free(&daemon->settings);
		daemon->settings = fresh;
		daemon->door.classic = fresh.classic_clients;
		groups_forget(&daemon->groups);
		dispatch_end_followers(daemon);
		fork_cost_trim();
		log_write(&daemon->log, LOG_NOTICE, "configuration read again, exports: %zu",
			  fresh.exports.count);
	} else {
		daemon->refused = parser_first_error();
		if (daemon->refused == NULL)
			daemon->refused = daemon->refused_at[0] != '\0' ? daemon->refused_at
									: "see the log";
		log_write(&daemon->log, LOG_ERR,
			  "the new configuration has errors; the old one stays in force");
	}
	tell_manager(daemon, "READY=1");
}

static void begin_stop(struct daemon *daemon)
{
	daemon->stopping = true;
	daemon->stop_by = clock_ms() + daemon->settings.drain_limit * 1000ull;
	log_write(&daemon->log, LOG_NOTICE, "stopping: %u workers have %u s to finish",
		  daemon->workers.running, daemon->settings.drain_limit);
	tell_manager(daemon, "STOPPING=1");
	dispatch_refuse_waiting(daemon);
	dispatch_end_followers(daemon);
}

static struct reaper_scene scene_of(struct daemon *daemon)
{
	return (struct reaper_scene){
		.policy = {.self = geteuid(),
			   .patience = daemon->settings.limits.stall,
			   .age_limit = daemon->settings.orphan_age},
		.workers = &daemon->workers,
		.waiting = &daemon->waiting,
		.lines = &daemon->lines,
	};
}

/* Returns true if the key belongs to another daemon or program: this daemon has to end. */
static bool is_final(int error)
{
	return error == -EBUSY || error == -EEXIST || error == -EPERM;
}

/* Takes the lease again after a removal.  Returns 0, or an errno if the key is lost. */
static int check_lease(struct daemon *daemon)
{
	bool retaken;
	int error = daemon->door.calls->keep(&daemon->door, &retaken);

	if (retaken)
		limited_log_write(
			&daemon->lines, LINE_LEASE_GONE, LINE_LIMIT_UNKNOWN,
			"key 0x%08x: another process removed the lease: created a new lease",
			(unsigned)daemon->settings.key);
	else if (error != 0)
		log_write(&daemon->log, LOG_ERR,
			  "key 0x%08x: another process removed the lease: %s: ending",
			  (unsigned)daemon->settings.key,
			  error == -EBUSY ? "another msgfetchd holds the key now"
					  : strerror(-error));
	return error;
}

/* Removes the queues of clients that died while no daemon ran. */
static void clean_up(struct daemon *daemon)
{
	struct reaper_scene scene = scene_of(daemon);
	unsigned removed = reaper_round(&daemon->reaper, &scene);

	if (removed > 0)
		log_write(&daemon->log, LOG_NOTICE,
			  "removed %u queues and memory segments that dead clients had left",
			  removed);
}

/* Returns true if the status that the service manager shows has old counts. */
static bool status_is_old(const struct daemon *daemon)
{
	return daemon->notify.socket >= 0 && (daemon->told_running != daemon->workers.running ||
					      daemon->told_waiting != daemon->waiting.length);
}

static void tick(struct daemon *daemon)
{
	struct reaper_scene scene = scene_of(daemon);
	uint64_t now = clock_ms();

	reaper_step(&daemon->reaper, &scene, now);
	reopen_reported(daemon, now);
	workers_tell_owed(&daemon->workers, now);
	workers_look_after(&daemon->workers, daemon->settings.limits.transfer, now);
	dispatch_reassign(daemon);
	dispatch_make_room(daemon, now);
	dispatch_log_counts(daemon, now);
	if (status_is_old(daemon) && now - daemon->told_at >= STATUS_TICK_MS)
		tell_manager(daemon, "");
	/* Sent from the loop only: a loop that hangs sends no ping. */
	if (daemon->watchdog_ms > 0)
		notify_send(&daemon->notify, "WATCHDOG=1");
}

/* The supervisor restarts a crashed lookup process by itself, so the supervisor has died. */
static void check_lookups(struct daemon *daemon)
{
	if (daemon->workers.other != 0 && daemon->workers.other == daemon->groups.supervisor)
		log_write(&daemon->log, LOG_ERR,
			  "the group lookup process has ended: clients that need a group check "
			  "are refused until the daemon is restarted");
	daemon->workers.other = 0;
}

/* Returns 0, or an errno if the daemon cannot go on. */
static int act_on_signals(struct daemon *daemon)
{
	struct signals seen = signals_take();
	int error = 0;

	if (seen.child) {
		workers_reap(&daemon->workers, clock_ms());
		reopen_reported(daemon, clock_ms());
		reaper_stir(&daemon->reaper);
		check_lookups(daemon);
	}
	if (seen.reload && !daemon->stopping)
		reload(daemon);
	if (seen.tick)
		tick(daemon);
	if (seen.tick || seen.reload)
		error = check_lease(daemon);
	if (seen.stops > 0 && !daemon->stopping)
		begin_stop(daemon);
	if (seen.stops > 1)
		daemon->stop_by = 0;
	return error;
}

/* Sets the timer to the shortest period needed. */
static void set_tick(struct daemon *daemon)
{
	unsigned want = daemon->watchdog_ms;
	unsigned reaper_ms = reaper_period(&daemon->reaper);
	bool busy = daemon->stopping || workers_owing(&daemon->workers) ||
		    dispatch_holds_counts(daemon) || daemon->transfer_log.changed != 0 ||
		    (daemon->waiting.length > 0 && workers_full(&daemon->workers));

	if (want == 0 || want > LEASE_TICK_MS)
		want = LEASE_TICK_MS;
	if (reaper_ms > 0 && want > reaper_ms)
		want = reaper_ms;
	if (daemon->workers.running > 0 && want > WORKERS_LOOK_MS)
		want = WORKERS_LOOK_MS;
	if (status_is_old(daemon) && want > STATUS_TICK_MS)
		want = STATUS_TICK_MS;
	if (busy && want > BUSY_TICK_MS)
		want = BUSY_TICK_MS;
	if (want == daemon->tick_ms)
		return;
	signals_tick_every(want);
	daemon->tick_ms = want;
}

static bool finished(const struct daemon *daemon)
{
	return daemon->stopping && (daemon->workers.used == 0 || clock_ms() >= daemon->stop_by);
}

/* Makes a new request queue after a removal: the lease proves that the key is ours. */
static int recover_queue(struct daemon *daemon)
{
	struct door_holder holder;
	int error = check_lease(daemon);

	if (error != 0)
		return error;
	error = daemon->door.calls->reopen(&daemon->door, &holder);
	if (is_final(error))
		log_write(&daemon->log, LOG_ERR,
			  "key 0x%08x: another program replaced the request queue by queue %d "
			  "of uid %jd (last receiver: pid %d): ending",
			  (unsigned)daemon->settings.key, holder.queue, (intmax_t)holder.owner,
			  (int)holder.receiver);
	else
		limited_log_write(&daemon->lines, LINE_QUEUE_GONE, LINE_LIMIT_UNKNOWN,
				  "key 0x%08x: another process removed the request queue: %s%s",
				  (unsigned)daemon->settings.key,
				  error == 0 ? "created a new queue"
					     : "cannot create a new queue: ",
				  error == 0 ? "" : strerror(-error));
	return error != 0 ? error
			  : signals_catch(daemon->door.calls->waker(&daemon->door),
					  daemon->door.calls->wake);
}

/* Receives a message and acts on it.  Returns 0, -ENOMSG, -EINTR or another errno. */
static int take_message(struct daemon *daemon, struct message *message, bool wait)
{
	ssize_t length = daemon->door.calls->receive(&daemon->door, message, wait);

	/* Before a fork: a worker then need not write to this page. */
	signals_awake();
	if (length == -EIDRM)
		return recover_queue(daemon);
	if (length < 0)
		return (int)length;
	if (!(message->type == MESSAGE_WAKE && length == 0 && signals_woken()))
		dispatch_message(daemon, message, (size_t)length);
	return 0;
}

/* Sleeps until a message or a signal, unless there is work to do. */
static int sleep_for_message(struct daemon *daemon, struct message *message)
{
	int error = 0;

	if (!dispatch_ready(daemon) && signals_may_sleep())
		error = take_message(daemon, message, true);
	return error == -EINTR ? 0 : error;
}

/*
 * Pauses in a flood of junk.  A daemon that reads all the time uses up its share of the
 * processor, and then waits when a client needs it.
 */
static void rest(const struct daemon *daemon)
{
	const struct timespec pause = {.tv_nsec = REST_NS};

	if (!dispatch_ready(daemon))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* Acts on the messages in the queue, up to MESSAGES_AT_ONCE; waits if there is none. */
static int turn(struct daemon *daemon, struct message *message)
{
	unsigned taken = 0;
	bool idle;
	int error;

	do {
		error = take_message(daemon, message, false);
		if (daemon->door.calls->scan_due(&daemon->door, error == -ENOMSG, &idle)) {
			dispatch_scan(daemon, message);
			if (error == 0 && idle)
				rest(daemon);
			return error == -ENOMSG ? 0 : error;
		}
	} while (error == 0 && ++taken < MESSAGES_AT_ONCE);
	/* Start timers and workers for the messages just read before sleeping. */
	if (error == -ENOMSG)
		error = taken > 0 ? 0 : sleep_for_message(daemon, message);
	return error;
}

/* Handles an error of turn().  Returns 0 if the daemon can go on. */
static int endure(struct daemon *daemon, int error)
{
	const struct timespec pause = {.tv_nsec = FAILURE_PAUSE_NS};

	if (error == 0)
		daemon->failures = 0;
	if (error == 0 || error == -EINTR)
		return 0;
	if (is_final(error))
		return error;
	daemon->failures++;
	log_write(&daemon->log, daemon->failures < FAILURES_MAX ? LOG_WARNING : LOG_ERR,
		  "cannot receive requests of key 0x%08x: %s (failure %u of %u)",
		  (unsigned)daemon->settings.key, strerror(-error), daemon->failures,
		  FAILURES_MAX);
	if (daemon->failures >= FAILURES_MAX)
		return error;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return 0;
}

/* lost: another daemon or program has the key, so no further request can arrive. */
static void wind_up(struct daemon *daemon, struct message *message, bool lost)
{
	daemon->stopping = true;
	dispatch_refuse_waiting(daemon);
	workers_end(&daemon->workers);
	/* Answer the requests in the queue, but a flood must not prevent the stop. */
	for (unsigned i = 0;
	     !lost && i < LAST_REQUESTS && take_message(daemon, message, false) == 0; i++)
		;
	dispatch_log_counts(daemon, UINT64_MAX);
}

int loop_run(struct daemon *daemon)
{
	/* Here and not deeper, so that the loop touches few pages: a fork copies each. */
	struct message message;
	int error = 0;

	clean_up(daemon);
	set_tick(daemon);
	fork_cost_trim();
	tell_manager(daemon, "READY=1");
	while (error == 0 && !finished(daemon)) {
		error = endure(daemon, turn(daemon, &message));
		if (error == 0)
			error = act_on_signals(daemon);
		dispatch_start_waiting(daemon);
		set_tick(daemon);
	}
	signals_tick_every(0);
	wind_up(daemon, &message, is_final(error));
	return error;
}
