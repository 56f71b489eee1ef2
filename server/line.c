/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct waiting *next;
	struct job job;
	char paths[];
};

int line_push(struct line *line, const struct job *job, size_t limit)
{
	struct waiting *waiting;

	if (line->length >= limit)
		return -ENOSPC;
	waiting = malloc(sizeof(*waiting) + job->request.path_bytes);
	if (waiting == NULL)
		return -ENOMEM;
	waiting->next = NULL;
	waiting->job = *job;
	memcpy(waiting->paths, job->request.paths, job->request.path_bytes);
	waiting->job.request.paths = waiting->paths;
	if (line->last != NULL)
		line->last->next = waiting;
	else
		line->first = waiting;
	line->last = waiting;
	line->length++;
	return 0;
}

const struct job *line_first(const struct line *line)
{
	return line->first != NULL ? &line->first->job : NULL;
}

void line_pop(struct line *line)
{
	struct waiting *gone = line->first;

	line->first = gone->next;
	if (line->first == NULL)
		line->last = NULL;
	line->length--;
	free(gone);
}

bool line_holds(const struct line *line, int queue)
{
	for (const struct waiting *waiting = line->first; waiting != NULL;
	     waiting = waiting->next)
		if (waiting->job.peer.queue == queue)
			return true;
	return false;
}

void line_free(struct line *line)
{
	while (line->first != NULL)
		line_pop(line);
}
