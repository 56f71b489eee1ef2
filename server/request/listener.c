/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/request/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everybody may write; only the daemon may read. */
#define MODE_EVERYBODY 0622
#define MODE_GROUP 0620

/* Attempts to create the queue while other processes keep creating and removing queues. */
#define CREATE_TRIES 100

/* Maximum number of inherited requests.  The clients of further requests ask again. */
#define INHERIT_MAX 4096

struct inherited {
	struct inherited *next;
	long type;
	size_t length;
	uint8_t text[];
};

static int inherit(struct listener *listener, const struct message *message, size_t length)
{
	struct inherited *item = malloc(sizeof(*item) + length);

	if (item == NULL)
		return -ENOMEM;
	item->next = NULL;
	item->type = message->type;
	item->length = length;
	memcpy(item->text, message->text, length);
	if (listener->last != NULL)
		listener->last->next = item;
	else
		listener->first = item;
	listener->last = item;
	return 0;
}

/* Reads the requests left by a dead daemon.  Drops the rest when memory runs out. */
static void read_stale(struct listener *listener, int queue)
{
	struct message message;
	ssize_t length;

	for (unsigned i = 0; i < INHERIT_MAX; i++) {
		length = queue_receive(queue, &message, 0, false);
		if (length < 0)
			return;
		if (length == 0 || (size_t)length > QUEUE_TEXT_MAX)
			continue;
		if (inherit(listener, &message, (size_t)length) != 0)
			return;
	}
}

/* Removes the stale queue under the key.  Returns 0 also if the queue is already gone. */
static int remove_stale(struct listener *listener, uid_t *owner)
{
	struct queue_info info;
	int queue = queue_find(listener->key);
	int error = queue < 0 ? queue : queue_inspect_any(queue, &info);

	if (error == -ENOENT || error == -EIDRM)
		return 0;
	if (error != 0)
		return error;
	if (info.cuid != geteuid() && info.uid != geteuid()) {
		*owner = info.uid;
		return -EPERM;
	}
	/* Another user created this queue and gave it away: its requests prove nothing. */
	if (info.cuid == geteuid())
		read_stale(listener, queue);
	error = queue_remove(queue);
	return error == -EIDRM ? 0 : error;
}

int listener_reopen(struct listener *listener, uid_t *owner)
{
	bool everybody = listener->group == (gid_t)-1;
	int error = -EEXIST;

	listener->queue = -1;
	for (int i = 0; i < CREATE_TRIES && error == -EEXIST; i++) {
		int queue = queue_create(listener->key, everybody ? MODE_EVERYBODY : 0600);

		if (queue >= 0)
			listener->queue = queue;
		error = queue >= 0 ? 0 : queue;
		if (error == -EEXIST && (error = remove_stale(listener, owner)) == 0)
			error = -EEXIST;
	}
	/* The queue starts with mode 0600, so nobody outside the group can send before this. */
	if (error == 0 && !everybody)
		error = queue_restrict(listener->queue, listener->group, MODE_GROUP);
	if (error != 0 && listener->queue >= 0) {
		queue_remove(listener->queue);
		listener->queue = -1;
	}
	return error;
}

int listener_open(struct listener *listener, key_t key, gid_t group, uid_t *owner)
{
	int error;

	*listener =
		(struct listener){.key = key, .group = group, .queue = -1, .lease = {.id = -1}};
	*owner = (uid_t)-1;
	error = lease_take(key, &listener->lease, owner);
	if (error != 0)
		return error;
	error = listener_reopen(listener, owner);
	if (error != 0)
		listener_close(listener);
	return error;
}

ssize_t listener_receive(struct listener *listener, struct message *message, bool wait)
{
	struct inherited *item = listener->first;
	ssize_t length;

	if (item == NULL)
		return queue_receive(listener->queue, message, 0, wait);
	listener->first = item->next;
	if (listener->first == NULL)
		listener->last = NULL;
	length = (ssize_t)item->length;
	message->type = item->type;
	memcpy(message->text, item->text, item->length);
	free(item);
	return length;
}

void listener_close(struct listener *listener)
{
	if (listener->queue >= 0 && listener->lease.holder == getpid())
		queue_remove(listener->queue);
	listener->queue = -1;
	lease_release(&listener->lease);
	while (listener->first != NULL) {
		struct inherited *item = listener->first;

		listener->first = item->next;
		free(item);
	}
	listener->last = NULL;
}
