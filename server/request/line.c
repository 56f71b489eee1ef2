/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct waiting *next;
	struct job job;
	char paths[];
};

struct line_user {
	struct line_user *next;
	uid_t uid;
	size_t length;
	struct waiting *first, *last;
};

static struct line_user *find(const struct line *line, uid_t uid)
{
	struct line_user *user = line->first;

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

/* The last in turn. */
static void add_user(struct line *line, struct line_user *user)
{
	user->next = NULL;
	if (line->last != NULL)
		line->last->next = user;
	else
		line->first = user;
	line->last = user;
}

static void remove_user(struct line *line, const struct line_user *user)
{
	struct line_user *before = NULL;

	if (line->first == user) {
		line->first = user->next;
	} else {
		for (before = line->first; before->next != user;)
			before = before->next;
		before->next = user->next;
	}
	if (line->last == user)
		line->last = before;
}

static struct line_user *find_or_add(struct line *line, uid_t uid)
{
	struct line_user *user = find(line, uid);

	if (user == NULL && (user = calloc(1, sizeof(*user))) != NULL) {
		user->uid = uid;
		add_user(line, user);
	}
	return user;
}

int line_push(struct line *line, const struct job *job, size_t limit, size_t user_limit)
{
	struct waiting *waiting;
	struct line_user *user;

	if (line->length >= limit || line_waiting(line, job->peer.uid) >= user_limit)
		return -ENOSPC;
	waiting = copy_job(job);
	if (waiting == NULL)
		return -ENOMEM;
	user = find_or_add(line, job->peer.uid);
	if (user == NULL) {
		free(waiting);
		return -ENOMEM;
	}
	if (user->last != NULL)
		user->last->next = waiting;
	else
		user->first = waiting;
	user->last = waiting;
	user->length++;
	line->length++;
	return 0;
}

size_t line_waiting(const struct line *line, uid_t uid)
{
	const struct line_user *user = find(line, uid);

	return user != NULL ? user->length : 0;
}

const struct job *line_next(const struct line *line, line_may *may, const void *context)
{
	const struct line_user *user = line->first;

	while (user != NULL && may != NULL && !may(context, user->uid))
		user = user->next;
	return user != NULL ? &user->first->job : NULL;
}

void line_pop(struct line *line, const struct job *job)
{
	struct line_user *user = find(line, job->peer.uid);
	struct waiting *gone = user->first;

	user->first = gone->next;
	if (user->first == NULL)
		user->last = NULL;
	user->length--;
	line->length--;
	free(gone);
	remove_user(line, user);
	if (user->length > 0)
		add_user(line, user);
	else
		free(user);
}

static bool user_holds(const struct line_user *user, int queue)
{
	for (const struct waiting *waiting = user->first; waiting != NULL;
	     waiting = waiting->next)
		if (waiting->job.peer.queue == queue)
			return true;
	return false;
}

bool line_holds(const struct line *line, int queue)
{
	for (const struct line_user *user = line->first; user != NULL; user = user->next)
		if (user_holds(user, queue))
			return true;
	return false;
}

void line_free(struct line *line)
{
	const struct job *job;

	while ((job = line_next(line, NULL, NULL)) != NULL)
		line_pop(line, job);
}
