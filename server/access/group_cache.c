/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/group_cache.h"

#include <errno.h>

static uint32_t get(const _Atomic uint32_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(_Atomic uint32_t *word, uint32_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

/* Reads one place.  Returns -ENOENT for another uid, an expired entry, or during a write. */
static int read_user(const struct group_cache *cache, size_t index, uid_t uid, uint32_t now,
		     gid_t list[], size_t *count)
{
	const struct group_cache_user *user = &cache->users[index];
	uint32_t turn = atomic_load_explicit(&user->turn, memory_order_acquire);
	uint32_t error = get(&user->error), groups = get(&user->count);

	if (turn % 2 != 0 || get(&user->uid) != uid || now >= get(&user->until) ||
	    groups > GROUP_CACHE_GROUPS)
		return -ENOENT;
	for (size_t i = 0; list != NULL && i < groups; i++)
		list[i] = get(&cache->groups[index][i]);
	atomic_thread_fence(memory_order_acquire);
	if (get(&user->turn) != turn)
		return -ENOENT;
	*count = groups;
	return -(int)error;
}

int group_cache_find(const struct group_cache *cache, uid_t uid, uint32_t now, gid_t *list,
		     size_t *count)
{
	for (size_t i = 0; i < GROUP_CACHE_USERS; i++)
		if (get(&cache->users[i].uid) == uid && get(&cache->users[i].until) != 0)
			return read_user(cache, i, uid, now, list, count);
	return -ENOENT;
}

/* Returns the second in which an entry expires; entries of unknown users count as expired. */
static uint32_t worth(const struct group_cache_user *user)
{
	uint32_t until = get(&user->until);

	return get(&user->count) > 0 || until == 0 ? until : 1;
}

/*
 * Returns the place of uid, or else the place of least worth.  An attacker with many
 * subordinate uids thus replaces the entries of unknown users only.
 */
static size_t place_for(const struct group_cache *cache, uid_t uid)
{
	size_t oldest = 0;

	for (size_t i = 0; i < GROUP_CACHE_USERS; i++) {
		if (get(&cache->users[i].until) != 0 && get(&cache->users[i].uid) == uid)
			return i;
		if (worth(&cache->users[i]) < worth(&cache->users[oldest]))
			oldest = i;
	}
	return oldest;
}

void group_cache_put(struct group_cache *cache, uid_t uid, uint32_t until, int error,
		     const gid_t list[], size_t count)
{
	size_t index = place_for(cache, uid);
	struct group_cache_user *user = &cache->users[index];
	/* The word may be odd already: the previous writer died during a write. */
	uint32_t turn = get(&user->turn) | 1u;

	if (count > GROUP_CACHE_GROUPS)
		error = -E2BIG;
	if (error != 0)
		count = 0;
	set(&user->turn, turn);
	atomic_thread_fence(memory_order_release);
	set(&user->uid, uid);
	set(&user->until, until);
	set(&user->error, (uint32_t)-error);
	set(&user->count, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		set(&cache->groups[index][i], list[i]);
	atomic_store_explicit(&user->turn, turn + 1, memory_order_release);
}

void group_cache_clear(struct group_cache *cache)
{
	for (size_t i = 0; i < GROUP_CACHE_USERS; i++)
		set(&cache->users[i].until, 0);
	atomic_fetch_add(&cache->clearings, 1);
}
