/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/listener.h"

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
		if (length == 0 || (size_t)length > MESSAGE_TEXT_MAX)
			continue;
		if (inherit(listener, &message, (size_t)length) != 0)
			return;
	}
}

static void note_name(struct listener *listener, int queue, const struct queue_info *info)
{
	listener->names[listener->named++ % LISTENER_NAMES] =
		(struct listener_name){.queue = queue, .changed = info->changed};
}

bool listener_was(const struct listener *listener, int queue, int64_t changed)
{
	for (size_t i = 0; i < LISTENER_NAMES; i++)
		if (listener->names[i].changed != 0 && listener->names[i].queue == queue &&
		    listener->names[i].changed == changed)
			return true;
	return false;
}

/* Fills *holder for the queue under key.  Returns 0 or a negative errno. */
static int find_holder(key_t key, struct door_holder *holder, struct queue_info *info)
{
	int queue = queue_find(key);
	int error = queue < 0 ? queue : queue_inspect_any(queue, info);

	if (error < 0)
		return error;
	*holder = (struct door_holder){
		.queue = queue, .owner = info->uid, .receiver = info->last_receiver};
	return 0;
}

bool listener_is_foreign(key_t key, struct door_holder *holder)
{
	struct queue_info info;

	/* A daemon creates its lease before its queue and removes them in the other order. */
	return find_holder(key, holder, &info) == 0 && lease_find(key) == -ENOENT &&
	       queue_find(key) == holder->queue;
}

/* Reads and removes the queue of a dead daemon.  Returns 0 also if the queue is gone. */
static int remove_stale(struct listener *listener, struct door_holder *holder)
{
	struct queue_info info;
	int error = find_holder(listener->key, holder, &info);

	if (error == -ENOENT || error == -EIDRM)
		return 0;
	if (error != 0)
		return error;
	if (info.cuid != geteuid() && info.uid != geteuid())
		return -EPERM;
	/* Another user created this queue and gave it away: its requests prove nothing. */
	if (info.cuid == geteuid()) {
		note_name(listener, holder->queue, &info);
		read_stale(listener, holder->queue);
	}
	error = queue_remove(holder->queue);
	return error == -EIDRM ? 0 : error;
}

/* Returns the error for a queue that is in the way; -EAGAIN: the queue is gone. */
static int explain_existing(key_t key, struct door_holder *holder)
{
	struct queue_info info;
	int error = find_holder(key, holder, &info);

	if (error == -ENOENT || error == -EIDRM)
		return -EAGAIN;
	if (error != 0)
		return error;
	return holder->owner == geteuid() ? -EEXIST : -EPERM;
}

static int create(struct listener *listener, struct door_holder *holder)
{
	bool everybody = listener->group == (gid_t)-1;
	struct queue_info info;
	int error = -EAGAIN;

	listener->queue = -1;
	for (int i = 0; i < CREATE_TRIES && error == -EAGAIN; i++) {
		int queue = queue_create(listener->key, everybody ? MODE_EVERYBODY : 0600);

		if (queue >= 0)
			listener->queue = queue;
		error = queue >= 0         ? 0
			: queue == -EEXIST ? explain_existing(listener->key, holder)
					   : queue;
	}
	/* The queue starts with mode 0600, so nobody outside the group can send before this. */
	if (error == 0 && !everybody)
		error = queue_restrict(listener->queue, listener->group, MODE_GROUP);
	if (error == 0)
		error = queue_inspect_any(listener->queue, &info);
	if (error == 0)
		note_name(listener, listener->queue, &info);
	if (error != 0 && listener->queue >= 0) {
		queue_remove(listener->queue);
		listener->queue = -1;
	}
	return error;
}

int listener_reopen(struct listener *listener, struct door_holder *holder)
{
	*holder = (struct door_holder){.queue = -1, .owner = (uid_t)-1};
	if (listener->queue >= 0 && queue_find(listener->key) == listener->queue)
		return 0; /* not removed after all */
	return create(listener, holder);
}

int listener_open(struct listener *listener, key_t key, gid_t group, struct door_holder *holder)
{
	int error;

	*listener =
		(struct listener){.key = key, .group = group, .queue = -1, .lease = {.id = -1}};
	*holder = (struct door_holder){.queue = -1, .owner = (uid_t)-1};
	if (listener_is_foreign(key, holder))
		return holder->owner == geteuid() ? -EEXIST : -EPERM;
	error = lease_take(key, &listener->lease, &holder->owner);
	if (error != 0)
		return error;
	/* A queue that appeared before the lease is not a dead daemon's: create() refuses. */
	if (!listener->lease.created)
		error = remove_stale(listener, holder);
	if (error == 0)
		error = create(listener, holder);
	if (error != 0)
		listener_close(listener);
	return error;
}

int listener_keep_lease(struct listener *listener, bool *retaken)
{
	uid_t owner;
	int held = lease_held(listener->lease.id);
	int error;

	*retaken = false;
	/* Another error tells nothing about the lease. */
	if (held == 1 || (held < 0 && held != -EIDRM))
		return 0;
	error = lease_take(listener->key, &listener->lease, &owner);
	*retaken = error == 0;
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
