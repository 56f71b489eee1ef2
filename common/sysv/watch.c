/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/sysv/watch.h"

#include "common/clock.h"
#include "common/protocol.h"
#include "common/sysv/lease.h"
#include "common/sysv/queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* The longest tick without a lease to wait on. */
#define BLIND_MS 200u

#define STACK_BYTES ((size_t)64 * 1024)

struct watch {
	pthread_mutex_t lock; /* guards all but the atomics */
	pthread_cond_t changed;
	unsigned references; /* of the session and of the thread */
	bool armed;
	int queue;
	int lease;
	unsigned tick_ms;
	bool blind; /* the lease fell or cannot be waited on: tick by the clock */
	unsigned long armings;
	atomic_bool fallen;
	atomic_bool waiting;
	atomic_bool outstanding; /* a WAKE is in the queue */
};

static void destroy(struct watch *watch)
{
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

/* Drops one reference and the lock. */
static void unlock_and_drop(struct watch *watch)
{
	unsigned left = --watch->references;

	pthread_mutex_unlock(&watch->lock);
	if (left == 0)
		destroy(watch);
}

/* Called with the lock held, so that this process cannot remove the queue meanwhile. */
static void send_wake(struct watch *watch)
{
	struct message wake;

	if (!atomic_load(&watch->waiting) || atomic_exchange(&watch->outstanding, true))
		return;
	wake.type = MESSAGE_WAKE;
	/* A full or removed queue wakes the session by itself. */
	if (queue_send(watch->queue, &wake, 0, false) != 0)
		atomic_store(&watch->outstanding, false);
}

/* Sleeps for one tick, or until the lease falls.  Releases the lock meanwhile. */
static void sleep_on_lease(struct watch *watch)
{
	unsigned long arming = watch->armings;
	int lease = watch->lease;
	unsigned tick_ms = watch->tick_ms;
	int result;

	pthread_mutex_unlock(&watch->lock);
	result = lease_wait_fall(lease, tick_ms);
	pthread_mutex_lock(&watch->lock);
	if (watch->armings != arming || result == -ETIMEDOUT || result == -EINTR)
		return;
	watch->blind = true;
	if (result == 0 || result == -EIDRM)
		atomic_store(&watch->fallen, true);
}

static void sleep_on_clock(struct watch *watch)
{
	unsigned tick_ms = watch->tick_ms < BLIND_MS ? watch->tick_ms : BLIND_MS;
	uint64_t at = clock_ns() + tick_ms * UINT64_C(1000000);
	struct timespec until = {.tv_sec = (time_t)(at / 1000000000u),
				 .tv_nsec = (long)(at % 1000000000u)};

	pthread_cond_timedwait(&watch->changed, &watch->lock, &until);
}

static void *run(void *argument)
{
	struct watch *watch = argument;

	pthread_mutex_lock(&watch->lock);
	while (watch->references > 1) {
		if (!watch->armed) {
			pthread_cond_wait(&watch->changed, &watch->lock);
			continue;
		}
		if (watch->blind)
			sleep_on_clock(watch);
		else
			sleep_on_lease(watch);
		if (watch->armed)
			send_wake(watch);
	}
	unlock_and_drop(watch);
	return NULL;
}

static size_t stack_size(void)
{
	long least = sysconf(_SC_THREAD_STACK_MIN);

	/* The minimum has no room for a stack frame yet. */
	return STACK_BYTES + (least > 0 ? (size_t)least : 0);
}

/* Returns 0 or a positive errno, as the pthread functions do. */
static int start_thread(struct watch *watch)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int error = pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (error == 0)
		error = pthread_attr_setstacksize(&attributes, stack_size());
	if (error != 0)
		goto out;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, run, watch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
out:
	pthread_attr_destroy(&attributes);
	return error;
}

/* Returns 0 or a positive errno, as the pthread functions do. */
static int init_locks(struct watch *watch)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return error;
	error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (error == 0)
		error = pthread_cond_init(&watch->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (error != 0)
		return error;
	error = pthread_mutex_init(&watch->lock, NULL);
	if (error != 0)
		pthread_cond_destroy(&watch->changed);
	return error;
}

int watch_start(struct watch **watch)
{
	struct watch *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return -ENOMEM;
	made->references = 2;
	error = init_locks(made);
	if (error != 0) {
		free(made);
		return -error;
	}
	error = start_thread(made);
	if (error != 0) {
		destroy(made);
		return -error;
	}
	*watch = made;
	return 0;
}

void watch_release(struct watch *watch)
{
	if (watch == NULL)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->armed = false;
	pthread_cond_signal(&watch->changed);
	unlock_and_drop(watch);
}

void watch_discard(struct watch *watch)
{
	/* The lock may have been held at the fork: do not destroy it. */
	free(watch);
}

void watch_arm(struct watch *watch, int queue, int lease, unsigned tick_ms)
{
	pthread_mutex_lock(&watch->lock);
	watch->armed = true;
	watch->queue = queue;
	watch->lease = lease;
	watch->tick_ms = tick_ms;
	watch->blind = false;
	watch->armings++;
	atomic_store(&watch->fallen, false);
	atomic_store(&watch->waiting, false);
	atomic_store(&watch->outstanding, false);
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
}

void watch_disarm(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->armed = false;
	pthread_mutex_unlock(&watch->lock);
}

void watch_enter_wait(struct watch *watch)
{
	atomic_store(&watch->waiting, true);
}

void watch_leave_wait(struct watch *watch)
{
	atomic_store(&watch->waiting, false);
}

void watch_acknowledge(struct watch *watch)
{
	atomic_store(&watch->outstanding, false);
}

bool watch_lease_fallen(struct watch *watch)
{
	return watch != NULL && atomic_load(&watch->fallen);
}
