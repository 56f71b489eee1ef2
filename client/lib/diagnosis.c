/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/diagnosis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>

/* The largest uid that logind spares (SYSTEM_UID_MAX of systemd). */
#define SYSTEM_UID_MAX 999u

/* Seconds without activity before a queue counts as an orphan. */
#define LEFT_AFTER_S 1

static const char topic_kernel[] = "kernel";
static const char topic_namespace[] = "namespace";
static const char topic_trust[] = "trust";
static const char topic_daemon[] = "daemon";
static const char topic_permission[] = "permission";
static const char topic_answer[] = "answer";
static const char topic_exports[] = "exports";
static const char topic_removeipc[] = "removeipc";
static const char topic_orphans[] = "orphans";

bool diagnosis_kernel_complete(const struct diagnosis_kernel *kernel)
{
	return kernel->queues == 0 && kernel->semaphores == 0 && kernel->segments == 0;
}

static void check_kernel(struct diagnosis *diagnosis, const struct diagnosis_kernel *kernel)
{
	int error = kernel->queues;
	const char *kind = "message queues";

	if (error == 0 && kernel->semaphores != 0) {
		error = kernel->semaphores;
		kind = "semaphores";
	} else if (error == 0) {
		error = kernel->segments;
		kind = "shared memory";
	}
	if (error == 0) {
		finding_fine(diagnosis, topic_kernel,
			     "System V message queues, semaphores and shared memory work");
		return;
	}
	if (error == -ENOSYS)
		finding_advise(
			diagnosis,
			"use a kernel with CONFIG_SYSVIPC, and a sandbox or container whose "
			"system call filter allows msgget, semget and shmget");
	else
		finding_advise(diagnosis,
			       "a sandbox or container forbids these calls: allow System V "
			       "IPC in its system "
			       "call filter or security module");
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_kernel, MSGFETCH_ERROR,
		    "no System V %s available: %s", kind, strerror(-error));
}

/* Explains a missing queue by the IPC namespace. */
static void check_namespace(struct diagnosis *diagnosis,
			    const struct diagnosis_namespaces *namespaces)
{
	const struct diagnosis_sighting *other = &namespaces->elsewhere;
	bool alone = namespaces->here.process == 0;

	if (other->process != 0) {
		finding_advise(
			diagnosis,
			"run msgfetch in the daemon's IPC namespace: containers share one with "
			"--ipc=container:NAME, or in one pod; root enters it with nsenter "
			"--ipc "
			"--target %ld",
			(long)other->process);
		finding_add(diagnosis, alone ? MSGFETCH_PROBLEM : MSGFETCH_NOTE,
			    topic_namespace, alone ? MSGFETCH_NO_DAEMON : MSGFETCH_OK,
			    "a process called msgfetchd (pid %ld, uid %lu) is in another IPC "
			    "namespace; its queue is not visible here",
			    (long)other->process, (unsigned long)other->uid);
	} else if (namespaces->first) {
		finding_fine(diagnosis, topic_namespace,
			     "this is the machine's first IPC namespace");
	} else if (!alone) {
		finding_fine(
			diagnosis, topic_namespace,
			"this is not the machine's first IPC namespace, but a msgfetchd runs "
			"here");
	} else {
		finding_advise(
			diagnosis,
			"if the daemon runs outside of this container or sandbox, share its "
			"IPC "
			"namespace: --ipc=host, --ipc=container:NAME, or one pod for both");
		finding_add(diagnosis, MSGFETCH_NOTE, topic_namespace, MSGFETCH_OK,
			    "this is not the machine's first IPC namespace: daemons outside "
			    "are not "
			    "visible");
	}
}

static void report_absent(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	const struct diagnosis_sighting *seen = &facts->namespaces.here;
	unsigned key = (unsigned)facts->key.key;
	const char *hint = "";

	if (seen->process == 0 && facts->namespaces.elsewhere.process == 0) {
		seen = &facts->namespaces.hidden;
		hint = "the daemon may be in another IPC namespace, as only root can tell; ";
	}
	if (seen->process != 0) {
		finding_advise(diagnosis,
			       "%sif the daemon has another key, set --key or MSGFETCH_KEY; "
			       "root lists "
			       "the keys "
			       "with ipcs -q",
			       hint);
		finding_add(diagnosis, MSGFETCH_PROBLEM, topic_daemon, MSGFETCH_NO_DAEMON,
			    "no daemon serves key 0x%x, though a process called msgfetchd runs "
			    "(pid "
			    "%ld, uid %lu)",
			    key, (long)seen->process, (unsigned long)seen->uid);
		return;
	}
	finding_advise(diagnosis,
		       "start the daemon: systemctl start msgfetchd; or, if the daemon has "
		       "another key, set "
		       "--key or MSGFETCH_KEY");
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_daemon, MSGFETCH_NO_DAEMON,
		    "no daemon serves key 0x%x", key);
}

static void report_dead(struct diagnosis *diagnosis, const struct diagnosis_key *key)
{
	finding_advise(
		diagnosis,
		"restart the daemon, which takes over the queue: systemctl restart msgfetchd; "
		"or "
		"remove "
		"the queue: msgfetchd --clean -k 0x%x",
		(unsigned)key->key);
	finding_add(
		diagnosis, MSGFETCH_PROBLEM, topic_daemon, MSGFETCH_NO_DAEMON,
		"the daemon of key 0x%x is dead: its queue exists, with %zu messages, but no "
		"process "
		"holds the lease",
		(unsigned)key->key, key->info.messages);
}

/* Reports a queue that another program created: removing the queue would end that program. */
static void report_foreign(struct diagnosis *diagnosis, const struct diagnosis_key *key)
{
	finding_advise(
		diagnosis,
		"process %ld received from the queue last: stop that program, or use another "
		"key "
		"for msgfetchd and msgfetch (--key)",
		(long)key->info.last_receiver);
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_daemon, MSGFETCH_NO_DAEMON,
		    "another program uses key 0x%x: its queue %d of %s has no lease",
		    (unsigned)key->key, key->queue, key->queue_holder.name);
}

static void report_untrusted(struct diagnosis *diagnosis, const struct diagnosis_key *key,
			     const struct diagnosis_user *holder)
{
	if (holder->unmapped) {
		finding_advise(diagnosis,
			       "map the daemon's user in this user namespace, or run "
			       "msgfetch outside of the namespace");
		finding_add(
			diagnosis, MSGFETCH_PROBLEM, topic_trust, MSGFETCH_UNTRUSTED,
			"key 0x%x is held by a user without a mapping in this user namespace",
			(unsigned)key->key);
		return;
	}
	finding_advise(
		diagnosis,
		"if the daemon should run as that user, use --server-user %lu; otherwise root "
		"removes the objects with ipcrm -Q 0x%x -S 0x%x",
		(unsigned long)holder->uid, (unsigned)key->key, (unsigned)key->key);
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_trust, MSGFETCH_UNTRUSTED,
		    "key 0x%x is held by %s, who is not trusted", (unsigned)key->key,
		    holder->name);
}

static void report_lease_unread(struct diagnosis *diagnosis, const struct diagnosis_key *key)
{
	finding_advise(
		diagnosis,
		"ipcs -s shows the owner; root removes the semaphore with ipcrm -S 0x%x, and "
		"msgfetchd creates a new one at the start",
		(unsigned)key->key);
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_trust, MSGFETCH_UNTRUSTED,
		    "the semaphore of key 0x%x cannot be read (%s), so it is not msgfetchd's",
		    (unsigned)key->key, strerror(-key->lease_unread));
}

/* Returns true if trusted users hold the objects of the key. */
static bool check_trust(struct diagnosis *diagnosis, const struct diagnosis_key *key)
{
	if (key->queue >= 0 && !key->queue_trusted) {
		report_untrusted(diagnosis, key, &key->queue_holder);
		return false;
	}
	if (key->lease >= 0 && key->lease_unread != 0) {
		report_lease_unread(diagnosis, key);
		return false;
	}
	if (key->lease >= 0 && !key->lease_trusted) {
		report_untrusted(diagnosis, key, &key->lease_holder);
		return false;
	}
	if (key->queue >= 0)
		finding_add(diagnosis, MSGFETCH_FINE, topic_trust, MSGFETCH_OK,
			    "key 0x%x is held by %s, who is trusted", (unsigned)key->key,
			    key->queue_holder.name);
	return true;
}

static void check_permission(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	const struct diagnosis_key *key = &facts->key;

	if (key->sending == 0) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_permission, MSGFETCH_OK,
			    "%s may send requests", facts->self.name);
		return;
	}
	if ((key->info.mode & 0020) != 0)
		finding_advise(diagnosis,
			       "join the group %s and log in again; or let the daemon accept "
			       "everyone: "
			       "group in msgfetchd.conf(5)",
			       key->group);
	else
		finding_advise(diagnosis,
			       "ask the daemon's administrator: group in msgfetchd.conf(5)");
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_permission, MSGFETCH_DENIED,
		    "key 0x%x takes no requests from %s: its queue has mode %04o and group %s",
		    (unsigned)key->key, facts->self.name, (unsigned)key->info.mode, key->group);
}

/* Returns true if a trusted daemon lives. */
static bool check_daemon(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	const struct diagnosis_key *key = &facts->key;

	if (key->queue == -ENOENT) {
		check_namespace(diagnosis, &facts->namespaces);
		if (check_trust(diagnosis, key))
			report_absent(diagnosis, facts);
		return false;
	}
	if (key->queue < 0) {
		finding_add(diagnosis, MSGFETCH_PROBLEM, topic_daemon, MSGFETCH_ERROR,
			    "cannot inspect the queue of key 0x%x: %s", (unsigned)key->key,
			    strerror(-key->queue));
		return false;
	}
	finding_fine(diagnosis, topic_namespace, "the daemon's queue is in this IPC namespace");
	if (!check_trust(diagnosis, key))
		return false;
	if (key->lease == -ENOENT) {
		report_foreign(diagnosis, key);
		return false;
	}
	if (key->lease < 0 || !key->held) {
		report_dead(diagnosis, key);
		return false;
	}
	finding_add(diagnosis, MSGFETCH_FINE, topic_daemon, MSGFETCH_OK,
		    "the daemon of key 0x%x runs; messages in its queue: %zu",
		    (unsigned)key->key, key->info.messages);
	return true;
}

void diagnosis_before_asking(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	bool alive;

	check_kernel(diagnosis, &facts->kernel);
	if (!diagnosis_kernel_complete(&facts->kernel))
		return;
	alive = check_daemon(diagnosis, facts);
	diagnosis_check_limits(diagnosis, &facts->limits);
	if (alive)
		check_permission(diagnosis, facts);
}

static const char *advice_for(enum msgfetch_outcome outcome)
{
	switch (outcome) {
	case MSGFETCH_TIMED_OUT:
		return "the daemon is stopped or overloaded: see systemctl status msgfetchd, "
		       "and the log";
	case MSGFETCH_BUSY:
		return "try again, or use a larger --retry; max-workers in msgfetchd.conf(5) "
		       "limits the requests served at a time";
	case MSGFETCH_DENIED:
		return "see the daemon's log";
	default:
		return "try again, and see the daemon's log";
	}
}

static void check_answer(struct diagnosis *diagnosis, const struct diagnosis_answer *answer)
{
	if (answer->outcome == MSGFETCH_OK) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_answer, MSGFETCH_OK,
			    "%s answers within %.3f ms", answer->text,
			    (double)answer->round_trip_ns / 1e6);
		return;
	}
	finding_advise(diagnosis, "%s", advice_for(answer->outcome));
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_answer, answer->outcome,
		    "the daemon does not answer: %s", answer->text);
}

static void report_broken(struct diagnosis *diagnosis, const struct diagnosis_broken *broken)
{
	finding_advise(diagnosis,
		       "the daemon's administrator: see the daemon's log, and the export's "
		       "path in msgfetchd.conf(5)");
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_exports, broken->outcome,
		    "the export \"%s\" cannot serve: %s", broken->name, broken->text);
}

static void check_exports(struct diagnosis *diagnosis, const struct diagnosis_answer *answer)
{
	for (unsigned i = 0; i < answer->broken_count; i++)
		report_broken(diagnosis, &answer->broken[i]);
	if (!answer->listed)
		return;
	if (answer->exports > 0) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_exports, MSGFETCH_OK,
			    "exports that this user may use: %zu (%s)", answer->exports,
			    answer->names);
		return;
	}
	if (answer->broken_count > 0)
		return;
	finding_advise(diagnosis,
		       "ask the daemon's administrator: allow-users and allow-groups in "
		       "msgfetchd.conf(5)");
	finding_add(diagnosis, MSGFETCH_NOTE, topic_exports, MSGFETCH_OK,
		    "there is no export that this user may use: every fetch will be denied");
}

void diagnosis_of_answer(struct diagnosis *diagnosis, const struct diagnosis_answer *answer)
{
	check_answer(diagnosis, answer);
	check_exports(diagnosis, answer);
}

static void check_logind(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	const struct diagnosis_user *user =
		facts->key.queue >= 0 ? &facts->key.queue_holder : &facts->self;

	if (!facts->logind.runs) {
		finding_fine(diagnosis, topic_removeipc,
			     "systemd-logind does not run, so a logout removes no queues");
	} else if (!facts->logind.removes) {
		finding_fine(diagnosis, topic_removeipc,
			     "logind does not remove queues (RemoveIPC=no)");
	} else if (user->uid <= SYSTEM_UID_MAX) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_removeipc, MSGFETCH_OK,
			    "logind removes the queues of users who log out (RemoveIPC=yes), "
			    "except "
			    "those of system users such as %s",
			    user->name);
	} else {
		finding_advise(diagnosis,
			       "run the daemon as a system user, as the unit does; or set "
			       "RemoveIPC=no "
			       "in logind.conf(5); or run loginctl enable-linger %lu",
			       (unsigned long)user->uid);
		finding_add(diagnosis, MSGFETCH_NOTE, topic_removeipc, MSGFETCH_OK,
			    "logind removes the queues of users who log out (RemoveIPC=yes): "
			    "when %s "
			    "logs out, a daemon of that user loses its queue, and background "
			    "fetches "
			    "fail",
			    user->name);
	}
}

static void check_left(struct diagnosis *diagnosis, const struct diagnosis_left *left)
{
	size_t shown = left->count < DIAGNOSIS_LEFT_MAX ? left->count : DIAGNOSIS_LEFT_MAX;
	char command[DIAGNOSIS_LEFT_MAX * sizeof(" -q -2147483648")] = "";
	size_t length = 0;

	if (left->count == 0) {
		finding_fine(diagnosis, topic_orphans,
			     "no dead process left a queue of this user");
		return;
	}
	for (size_t i = 0; i < shown; i++)
		length += (size_t)snprintf(command + length, sizeof(command) - length, " -q %d",
					   left->ids[i]);
	finding_advise(diagnosis, "ipcrm%s removes %s", command,
		       shown == left->count ? "them" : "the first of them");
	finding_add(diagnosis, MSGFETCH_NOTE, topic_orphans, MSGFETCH_OK,
		    "message queues of this user that dead processes left: %zu", left->count);
}

void diagnosis_of_risks(struct diagnosis *diagnosis, const struct diagnosis_facts *facts)
{
	if (!diagnosis_kernel_complete(&facts->kernel))
		return;
	check_logind(diagnosis, facts);
	check_left(diagnosis, &facts->left);
}

static int compare_uids(const void *one, const void *other)
{
	uid_t a = *(const uid_t *)one, b = *(const uid_t *)other;

	return (a > b) - (a < b);
}

uid_t diagnosis_most_frequent(uid_t *values, size_t count, size_t *times)
{
	uid_t most = 0;
	size_t run = 0;

	*times = 0;
	if (count > 0)
		qsort(values, count, sizeof(*values), compare_uids);
	for (size_t i = 0; i < count; i++) {
		run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
		if (run > *times) {
			*times = run;
			most = values[i];
		}
	}
	return most;
}

bool diagnosis_orphaned(const struct queue_info *info, uid_t self, time_t now,
			enum diagnosis_process sender, enum diagnosis_process receiver)
{
	/* A worker may die before its client has read the last reply. */
	bool at_rest = info->touched < now - LEFT_AFTER_S;

	/* If the client never read, the last receiver is the daemon, which took the ticket. */
	return info->key == IPC_PRIVATE && info->cuid == self && at_rest &&
	       sender == PROCESS_DEAD && receiver != PROCESS_ALIVE;
}
