/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/wait_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct waiting *next;
	struct job job;
	char paths[];
};

struct wait_queue_user {
	struct wait_queue_user *next;
	uid_t uid;
	size_t length;
	struct waiting *first, *last;
};

static struct wait_queue_user *find(const struct wait_queue *jobs, uid_t uid)
{
	struct wait_queue_user *user = jobs->first;

	while (user != NULL && user->uid != uid)
		user = user->next;
	return user;
}

static struct waiting *copy_job(const struct job *job)
{
	struct waiting *waiting = malloc(sizeof(*waiting) + job->request.path_bytes);

	if (waiting == NULL)
		return NULL;
	waiting->next = NULL;
	waiting->job = *job;
	memcpy(waiting->paths, job->request.paths, job->request.path_bytes);
	waiting->job.request.paths = waiting->paths;
	return waiting;
}

/* Adds user as the last in turn. */
static void add_user(struct wait_queue *jobs, struct wait_queue_user *user)
{
	user->next = NULL;
	if (jobs->last != NULL)
		jobs->last->next = user;
	else
		jobs->first = user;
	jobs->last = user;
}

static void remove_user(struct wait_queue *jobs, const struct wait_queue_user *user)
{
	struct wait_queue_user **link = &jobs->first, *before = NULL;

	while (*link != NULL && *link != user) {
		before = *link;
		link = &before->next;
	}
	if (*link == NULL)
		return;
	*link = user->next;
	if (jobs->last == user)
		jobs->last = before;
}

static struct wait_queue_user *find_or_add(struct wait_queue *jobs, uid_t uid)
{
	struct wait_queue_user *user = find(jobs, uid);

	if (user == NULL && (user = calloc(1, sizeof(*user))) != NULL) {
		user->uid = uid;
		add_user(jobs, user);
	}
	return user;
}

static void append(struct wait_queue_user *user, struct waiting *waiting)
{
	if (user->last != NULL)
		user->last->next = waiting;
	else
		user->first = waiting;
	user->last = waiting;
	user->length++;
}

int wait_queue_push(struct wait_queue *jobs, const struct job *job, size_t limit,
		    size_t user_limit)
{
	struct waiting *waiting;
	struct wait_queue_user *user;

	if (jobs->length >= limit ||
	    wait_queue_waiting(jobs, job->client.account) >= user_limit)
		return -ENOSPC;
	waiting = copy_job(job);
	if (waiting == NULL)
		return -ENOMEM;
	user = find_or_add(jobs, job->client.account);
	if (user == NULL) {
		free(waiting);
		return -ENOMEM;
	}
	append(user, waiting);
	jobs->length++;
	return 0;
}

size_t wait_queue_waiting(const struct wait_queue *jobs, uid_t uid)
{
	const struct wait_queue_user *user = find(jobs, uid);

	return user != NULL ? user->length : 0;
}

const struct job *wait_queue_next(const struct wait_queue *jobs, wait_queue_may *may,
				  const void *context)
{
	const struct wait_queue_user *user = jobs->first;

	while (user != NULL && may != NULL && !may(context, user->uid))
		user = user->next;
	return user != NULL ? &user->first->job : NULL;
}

void wait_queue_pop(struct wait_queue *jobs, const struct job *job)
{
	struct wait_queue_user *user = find(jobs, job->client.account);
	struct waiting *gone = user->first;

	user->first = gone->next;
	if (user->first == NULL)
		user->last = NULL;
	user->length--;
	jobs->length--;
	free(gone);
	remove_user(jobs, user);
	if (user->length > 0)
		add_user(jobs, user);
	else
		free(user);
}

static bool user_holds(const struct wait_queue_user *user, int queue)
{
	for (const struct waiting *waiting = user->first; waiting != NULL;
	     waiting = waiting->next)
		if (waiting->job.client.queue == queue)
			return true;
	return false;
}

bool wait_queue_holds(const struct wait_queue *jobs, int queue)
{
	for (const struct wait_queue_user *user = jobs->first; user != NULL; user = user->next)
		if (user_holds(user, queue))
			return true;
	return false;
}

void wait_queue_free(struct wait_queue *jobs)
{
	const struct job *job;

	while ((job = wait_queue_next(jobs, NULL, NULL)) != NULL)
		wait_queue_pop(jobs, job);
}

/* Unlinks the job after before, or the first job, and appends it to the user's jobs. */
static void move_job(struct wait_queue_user *from, struct waiting *before,
		     struct wait_queue_user *to)
{
	struct waiting *job = before != NULL ? before->next : from->first;

	if (before != NULL)
		before->next = job->next;
	else
		from->first = job->next;
	if (from->last == job)
		from->last = before;
	from->length--;
	job->next = NULL;
	job->job.client.account = to->uid;
	append(to, job);
}

void wait_queue_reassign(struct wait_queue *jobs, uid_t from, wait_queue_account *account,
			 const void *context)
{
	struct wait_queue_user *user = find(jobs, from), *owner;
	struct waiting *before = NULL, *job = user != NULL ? user->first : NULL;

	while (job != NULL) {
		struct waiting *next = job->next;
		uid_t uid = account(context, job->job.client.uid);

		owner = uid != from ? find_or_add(jobs, uid) : NULL;
		if (owner != NULL)
			move_job(user, before, owner);
		else
			before = job;
		job = next;
	}
	if (user != NULL && user->length == 0) {
		remove_user(jobs, user);
		free(user);
	}
}
