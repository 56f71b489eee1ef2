/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/clean.h"

#include "common/sysv/lease.h"
#include "common/sysv/listener.h"
#include "common/sysv/queue.h"
#include "common/sysv/ring.h"
#include "server/workers/orphan.h"
#include "server/workers/reaper.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ipc.h>
#include <sysexits.h>
#include <unistd.h>

struct cleaning {
	const struct settings *settings;
	struct orphan_policy policy;
	bool dry;
	bool force; /* remove a request queue without a lease */
	FILE *out;
	const struct log *log;
	unsigned found;
	int status; /* exit status */
};

static int report_living(const struct cleaning *cleaning)
{
	log_write(cleaning->log, LOG_ERR,
		  "key 0x%08x: held by a living msgfetchd, nothing removed: stop the daemon "
		  "first",
		  (unsigned)cleaning->settings->key);
	return EX_UNAVAILABLE;
}

static int report_foreign(const struct cleaning *cleaning, const char *what, uid_t owner)
{
	log_write(cleaning->log, LOG_ERR,
		  "key 0x%08x: the %s belongs to uid %jd, not to uid %ju, nothing removed: run "
		  "--clean as that user, or as root with --user",
		  (unsigned)cleaning->settings->key, what,
		  owner == (uid_t)-1 ? -1 : (intmax_t)owner, (uintmax_t)geteuid());
	return EX_NOPERM;
}

/* Refuses a queue of another program.  Returns an exit status. */
static int refuse_foreign_queue(const struct cleaning *cleaning)
{
	struct door_holder holder;

	if (cleaning->force || !listener_is_foreign(cleaning->settings->key, &holder))
		return EX_OK;
	log_write(
		cleaning->log, LOG_ERR,
		"key 0x%08x: queue %d of uid %ju has no lease, so another program uses it "
		"(last receiver: pid %d), nothing removed: stop that program; --force removes "
		"the queue",
		(unsigned)cleaning->settings->key, holder.queue, (uintmax_t)holder.owner,
		(int)holder.receiver);
	return EX_UNAVAILABLE;
}

static int report_failed(const struct cleaning *cleaning, const char *what, int error)
{
	log_write(cleaning->log, LOG_ERR, "key 0x%08x: cannot %s: %s",
		  (unsigned)cleaning->settings->key, what, strerror(-error));
	return EX_OSERR;
}

/* Checks like take_lease(), without taking the lease.  lease->id: -1 if there is none. */
static int look_at_lease(const struct cleaning *cleaning, struct lease *lease)
{
	uid_t owner = (uid_t)-1;
	int error;

	lease->id = lease_find(cleaning->settings->key);
	if (lease->id == -ENOENT)
		return EX_OK;
	error = lease->id < 0 ? lease->id : lease_owner(lease->id, &owner);
	if (error == -EIDRM) {
		lease->id = -1;
		return EX_OK;
	}
	if (error == -EACCES || (error == 0 && owner != geteuid()))
		return report_foreign(cleaning, "lease", owner);
	if (error == 0)
		error = lease_held(lease->id);
	if (error == 1)
		return report_living(cleaning);
	return error == 0 ? EX_OK : report_failed(cleaning, "inspect the lease", error);
}

/* Holding the lease keeps a daemon from starting under the key. */
static int take_lease(const struct cleaning *cleaning, struct lease *lease)
{
	uid_t owner = (uid_t)-1;
	int error = lease_take(cleaning->settings->key, lease, &owner);

	if (error == -EBUSY)
		return report_living(cleaning);
	if (error == -EPERM)
		return report_foreign(cleaning, "lease", owner);
	if (error == -E2BIG) {
		log_write(
			cleaning->log, LOG_ERR,
			"key 0x%08x: the kernel allows no further semaphore, nothing removed: "
			"raise kernel.sem",
			(unsigned)cleaning->settings->key);
		return EX_OSERR;
	}
	return error == 0 ? EX_OK : report_failed(cleaning, "take the lease", error);
}

static void print(struct cleaning *cleaning, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints one object that was removed, or that a dry run would remove. */
static void print(struct cleaning *cleaning, const char *format, ...)
{
	va_list arguments;

	cleaning->found++;
	fputs(cleaning->dry ? "would remove " : "removed ", cleaning->out);
	va_start(arguments, format);
	vfprintf(cleaning->out, format, arguments);
	va_end(arguments);
	fputc('\n', cleaning->out);
}

/* error: result of the removal.  Returns false if it failed or somebody else removed it. */
static bool removed(struct cleaning *cleaning, const char *what, int id, int error)
{
	if (error == 0)
		return true;
	if (error != -EIDRM) {
		log_write(cleaning->log, LOG_ERR, "%s %d: cannot remove: %s", what, id,
			  strerror(-error));
		cleaning->status = EX_OSERR;
	}
	return false;
}

static int clean_request_queue(struct cleaning *cleaning)
{
	struct queue_info info;
	int queue = queue_find(cleaning->settings->key);
	int error = queue < 0 ? queue : queue_inspect_any(queue, &info);

	if (error == -ENOENT || error == -EIDRM)
		return EX_OK;
	if (error < 0)
		return report_failed(cleaning, "inspect the request queue", error);
	if (info.cuid != geteuid() && info.uid != geteuid())
		return report_foreign(cleaning, "request queue", info.uid);
	if (cleaning->dry || removed(cleaning, "queue", queue, queue_remove(queue)))
		print(cleaning, "request queue %d of key 0x%08x, unread requests: %zu", queue,
		      (unsigned)cleaning->settings->key, info.messages);
	return EX_OK;
}

/*
 * Returns true if another daemon of this user lives under another key.  Queues that nobody
 * reads may then belong to slow clients of that daemon.
 */
static bool other_daemon_lives(const struct cleaning *cleaning)
{
	struct queue_info info;
	int last = queue_last_slot();

	for (int slot = 0; slot <= last; slot++) {
		if (queue_at(slot, &info) < 0 || info.cuid != geteuid() ||
		    info.key == IPC_PRIVATE || info.key == cleaning->settings->key)
			continue;
		if (lease_held(lease_find(info.key)) == 1)
			return true;
	}
	return false;
}

static void print_left(const struct cleaning *cleaning, const char *what,
		       const struct reaper_find *find)
{
	if (find->orphan == ORPHAN_LIVE)
		fprintf(cleaning->out, "kept %s %d of uid %ju: process %d is alive\n", what,
			find->id, (uintmax_t)find->creator, (int)find->user);
	else if (find->orphan == ORPHAN_YOUNG)
		fprintf(cleaning->out, "kept %s %d of uid %ju: used recently, client unknown\n",
			what, find->id, (uintmax_t)find->creator);
}

static void clean_queues(struct cleaning *cleaning)
{
	struct reaper_find find;
	int last = queue_last_slot();

	for (int slot = 0; slot <= last; slot++) {
		if (!reaper_find_queue(NULL, slot, &cleaning->policy, &find))
			continue;
		print_left(cleaning, "queue", &find);
		if (orphan_is_due(find.orphan) &&
		    (cleaning->dry ||
		     removed(cleaning, "queue", find.id, queue_remove(find.id))))
			print(cleaning, "queue %d of uid %ju, left by a dead client", find.id,
			      (uintmax_t)find.creator);
	}
}

static void clean_segments(struct cleaning *cleaning)
{
	struct reaper_find find;
	int last = ring_last_slot();

	for (int slot = 0; slot <= last; slot++) {
		if (!reaper_find_segment(slot, &cleaning->policy, &find))
			continue;
		print_left(cleaning, "segment", &find);
		if (orphan_is_due(find.orphan) &&
		    (cleaning->dry ||
		     removed(cleaning, "segment", find.id, ring_remove(find.id))))
			print(cleaning, "segment %d of uid %ju, left by a dead client", find.id,
			      (uintmax_t)find.creator);
	}
}

static void clean_all(struct cleaning *cleaning, bool lease_was_there)
{
	cleaning->status = clean_request_queue(cleaning);
	if (cleaning->status != EX_OK)
		return;
	if (other_daemon_lives(cleaning))
		cleaning->policy.patience = cleaning->settings->limits.stall;
	clean_queues(cleaning);
	clean_segments(cleaning);
	if (lease_was_there)
		print(cleaning, "lease of key 0x%08x", (unsigned)cleaning->settings->key);
	if (cleaning->found == 0)
		fprintf(cleaning->out, "key 0x%08x: nothing to remove\n",
			(unsigned)cleaning->settings->key);
}

int clean(const struct settings *settings, const struct options *options, FILE *out,
	  const struct log *log)
{
	struct cleaning cleaning = {
		.settings = settings,
		.policy = {.self = geteuid(), .age_limit = settings->orphan_age},
		.dry = options->dry_run,
		.force = options->force,
		.out = out,
		.log = log,
	};
	struct lease lease = {.id = -1};
	bool lease_was_there;
	int status = look_at_lease(&cleaning, &lease);

	lease_was_there = lease.id >= 0;
	if (status == EX_OK)
		status = refuse_foreign_queue(&cleaning);
	if (status == EX_OK && !cleaning.dry)
		status = take_lease(&cleaning, &lease);
	if (status != EX_OK)
		return status;
	clean_all(&cleaning, lease_was_there);
	if (!cleaning.dry)
		lease_release(&lease);
	if (fflush(out) != 0 && cleaning.status == EX_OK)
		cleaning.status = EX_OSERR;
	return cleaning.status;
}
