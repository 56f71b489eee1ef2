/* SPDX-License-Identifier: ISC */
/*
 * diagnose: gathers the facts for diagnosis.c, and queries the daemon.
 */
#include "config.h"

#include "client/lib/diagnosis.h"
#include "client/lib/logind.h"
#include "client/lib/proc_scan.h"
#include "client/lib/session.h"
#include "common/log.h"
#include "common/sysv/lease.h"
#include "common/sysv/queue.h"
#include "common/sysv/ring.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ASK_MS 5000u

#define LIST_RETRIES 2u

/* Buffer for a user or group record; a longer record is shown by its number. */
#define RECORD_SIZE 16384u

static void name_user(uid_t uid, struct diagnosis_user *user)
{
	char strings[RECORD_SIZE];
	struct passwd record, *found = NULL;

	user->uid = uid;
	user->unmapped = trust_unmapped(uid);
	if (getpwuid_r(uid, &record, strings, sizeof(strings), &found) == 0 && found != NULL)
		(void)snprintf(user->name, sizeof(user->name), "%.32s (uid %lu)",
			       found->pw_name, (unsigned long)uid);
	else
		(void)snprintf(user->name, sizeof(user->name), "uid %lu", (unsigned long)uid);
}

static void name_group(gid_t gid, char name[DIAGNOSIS_NAME_SIZE])
{
	char strings[RECORD_SIZE];
	struct group record, *found = NULL;

	if (getgrgid_r(gid, &record, strings, sizeof(strings), &found) == 0 && found != NULL)
		(void)snprintf(name, DIAGNOSIS_NAME_SIZE, "%.32s (gid %lu)", found->gr_name,
			       (unsigned long)gid);
	else
		(void)snprintf(name, DIAGNOSIS_NAME_SIZE, "gid %lu", (unsigned long)gid);
}

/* Returns 0 if an object was found or does not exist, or the error. */
static int refusal(int found)
{
	return found >= 0 || found == -ENOENT ? 0 : found;
}

static void look_at_kernel(struct diagnosis_kernel *kernel, key_t key)
{
	struct queue_limits queues;
	struct ring_limits rings;

	kernel->queues = refusal(queue_find(key));
	if (kernel->queues == 0)
		kernel->queues = queue_limits(&queues);
	kernel->semaphores = refusal(lease_find(key));
	kernel->segments = ring_limits(&rings);
}

static void look_at_queue(struct diagnosis_key *key, struct trust *trust)
{
	uid_t holder;
	int error;

	key->queue = queue_find(key->key);
	if (key->queue < 0)
		return;
	error = queue_inspect_any(key->queue, &key->info);
	if (error != 0) {
		key->queue = error == -EIDRM ? -ENOENT : error;
		return;
	}
	/* The creator has full access too, so both must be trusted, as in attempt.c. */
	holder = trust_holder(trust, key->info.uid) ? key->info.cuid : key->info.uid;
	key->queue_trusted = trust_holder(trust, holder) && !trust_unmapped(holder);
	name_user(key->queue_trusted ? key->info.uid : holder, &key->queue_holder);
	name_group(key->info.gid, key->group);
	error = queue_find_for_sending(key->key);
	key->sending = error < 0 ? error : 0;
}

static void look_at_lease(struct diagnosis_key *key, struct trust *trust)
{
	uid_t holder;

	key->lease = lease_find(key->key);
	if (key->lease < 0)
		return;
	key->lease_unread = lease_owner(key->lease, &holder);
	if (key->lease_unread == -EIDRM)
		key->lease = -ENOENT;
	if (key->lease_unread != 0)
		return;
	key->lease_trusted = trust_holder(trust, holder);
	name_user(holder, &key->lease_holder);
	key->held = lease_held(key->lease) == 1;
}

/* Finds the user who created most queues, or most segments if rings is true. */
static void look_at_most(bool rings, struct diagnosis_most *most)
{
	int last = rings ? ring_last_slot() : queue_last_slot();
	uid_t *creators;
	size_t count = 0;
	uid_t uid;

	creators = last >= 0 ? calloc((size_t)last + 1, sizeof(*creators)) : NULL;
	if (creators == NULL)
		return;
	for (int slot = 0; slot <= last; slot++) {
		struct queue_info queue = {0};
		struct ring_info ring = {0};
		int id = rings ? ring_at_any(slot, &ring) : queue_at_any(slot, &queue);

		if (id >= 0)
			creators[count++] = rings ? ring.cuid : queue.cuid;
	}
	uid = diagnosis_most_frequent(creators, count, &most->count);
	name_user(uid, &most->user);
	free(creators);
}

static void look_at_limits(struct diagnosis_limits *limits,
			   const struct msgfetch_options *options)
{
	long page = sysconf(_SC_PAGESIZE);

	queue_limits(&limits->queues);
	ring_limits(&limits->rings);
	look_at_most(false, &limits->most_queues);
	look_at_most(true, &limits->most_rings);
	limits->page = page > 0 ? (uint64_t)page : 4096;
	if (options->transport != MSGFETCH_INLINE)
		limits->ring = (uint64_t)options->ring_slots * options->ring_slot_bytes;
	limits->ring_needed = options->transport == MSGFETCH_RING;
}

static void look_at_left(struct diagnosis_left *left, uid_t self)
{
	int last = queue_last_slot();
	time_t now = time(NULL);

	for (int slot = 0; slot <= last; slot++) {
		struct queue_info info;
		int id = queue_at_any(slot, &info);

		if (id < 0 ||
		    !diagnosis_orphaned(&info, self, now, proc_scan_process(info.last_sender),
					proc_scan_process(info.last_receiver)))
			continue;
		if (left->count < DIAGNOSIS_LEFT_MAX)
			left->ids[left->count] = id;
		left->count++;
	}
}

static void gather(struct msgfetch *session, struct diagnosis_facts *facts)
{
	*facts = (struct diagnosis_facts){.key.key = session->options.key};
	name_user(geteuid(), &facts->self);
	look_at_kernel(&facts->kernel, facts->key.key);
	if (!diagnosis_kernel_complete(&facts->kernel))
		return;
	look_at_queue(&facts->key, &session->trust);
	look_at_lease(&facts->key, &session->trust);
	proc_scan(&facts->namespaces);
	look_at_limits(&facts->limits, &session->options);
	logind_look(&facts->logind);
	look_at_left(&facts->left, facts->self.uid);
}

static unsigned at_most(unsigned limit, unsigned most)
{
	return limit == 0 || limit > most ? most : limit;
}

static int take_export(void *context, const struct msgfetch_file *file)
{
	struct diagnosis_answer *answer = context;
	char quoted[DIAGNOSIS_EXPORTS_SIZE];

	if (file->name[0] == '\0') {
		answer->exports = answer->broken_count = 0;
		answer->names[0] = '\0';
	}
	/* Without a mode, take_broken() gets the export. */
	if (file->name[0] == '\0' || file->mode == 0)
		return 0;
	strlcat(answer->names, answer->exports > 0 ? ", " : "", sizeof(answer->names));
	strlcat(answer->names, log_quote(quoted, sizeof(quoted), file->name),
		sizeof(answer->names));
	answer->exports++;
	return 0;
}

static int take_broken(void *context, const struct msgfetch_file *file,
		       enum msgfetch_outcome outcome, int error, const char *text)
{
	struct diagnosis_answer *answer = context;
	struct diagnosis_broken *broken = &answer->broken[answer->broken_count];

	(void)error;
	if (file->name[0] == '\0' || answer->broken_count == DIAGNOSIS_BROKEN_MAX)
		return 0;
	log_quote(broken->name, sizeof(broken->name), file->name);
	log_quote(broken->text, sizeof(broken->text), text);
	broken->outcome = outcome;
	answer->broken_count++;
	return 0;
}

/* Lists all exports.  Returns false if the daemon, perhaps an older one, gives no list. */
static bool list_exports(struct msgfetch *session, struct diagnosis_answer *answer)
{
	static const char *const all[] = {""};
	const struct msgfetch_sink sink = {.size = sizeof(sink),
					   .context = answer,
					   .begin = take_export,
					   .failed = take_broken};
	struct msgfetch_request request;

	msgfetch_request_init(&request);
	request.paths = all;
	request.count = 1;
	request.flags = MSGFETCH_NAMES | MSGFETCH_CHILDREN;
	/* The daemon may be opening an export again. */
	session->options.retries = LIST_RETRIES;
	return msgfetch_fetch(session, &request, &sink) == 0 || answer->broken_count > 0;
}

/* Queries the daemon without retries and with short limits. */
static void ask(struct msgfetch *session, struct diagnosis *diagnosis)
{
	struct msgfetch_options usual = session->options;
	struct diagnosis_answer answer = {.outcome = MSGFETCH_OK};
	char version[64], quoted[4 * sizeof(version)];

	session->options.timeout_ms = at_most(usual.timeout_ms, ASK_MS);
	session->options.stall_timeout_ms = at_most(usual.stall_timeout_ms, ASK_MS);
	session->options.retries = 0;
	if (msgfetch_ping(session, version, sizeof(version), &answer.round_trip_ns) != 0) {
		answer.outcome = msgfetch_outcome(session);
		answer.text = msgfetch_error(session);
	} else {
		answer.text = log_quote(quoted, sizeof(quoted), version);
		answer.listed = list_exports(session, &answer);
	}
	session->options = usual;
	diagnosis_of_answer(diagnosis, &answer);
}

int msgfetch_diagnose(struct msgfetch *session,
		      void (*finding)(void *context, const struct msgfetch_finding *finding),
		      void *context)
{
	struct diagnosis diagnosis = {.finding = finding, .context = context};
	struct diagnosis_facts facts;

	if (session->owner != getpid())
		return -ECHILD;
	gather(session, &facts);
	diagnosis_before_asking(&diagnosis, &facts);
	if (diagnosis.outcome == MSGFETCH_OK)
		ask(session, &diagnosis);
	diagnosis_of_risks(&diagnosis, &facts);
	session_end(session, ATTEMPT_DONE, diagnosis.outcome, 0, "%s", diagnosis.problem);
	return 0;
}
