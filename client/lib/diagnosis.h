/* SPDX-License-Identifier: ISC */
/*
 * diagnosis: turns facts about the kernel, the key and the daemon into findings.
 *
 * Owns the text of each finding and the outcome that a fetch would have.  Pure: diagnose.c
 * gathers the facts.
 */
#ifndef MSGFETCH_LIB_DIAGNOSIS_H
#define MSGFETCH_LIB_DIAGNOSIS_H

#include "client/lib/diagnosis_limits.h"
#include "client/lib/finding.h"
#include "client/lib/msgfetch.h"
#include "common/sysv/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Each is 0, or the negative errno of such system calls. */
struct diagnosis_kernel {
	int queues, semaphores, segments;
};

/* The objects of the key. */
struct diagnosis_key {
	key_t key;
	int queue; /* its id, -ENOENT, or the error of inspecting it */
	struct queue_info info;
	struct diagnosis_user queue_holder;
	bool queue_trusted;
	int lease;
	int lease_unread; /* 0, or the error of inspecting the lease */
	struct diagnosis_user lease_holder;
	bool lease_trusted;
	bool held;                       /* a living process holds the lease */
	int sending;                     /* 0: this user may send to the queue; or an error */
	char group[DIAGNOSIS_NAME_SIZE]; /* of the queue, such as "staff (gid 50)" */
};

/* A process called msgfetchd; process 0: none. */
struct diagnosis_sighting {
	pid_t process;
	uid_t uid;
};

/* The IPC namespace of this process, and the processes called msgfetchd. */
struct diagnosis_namespaces {
	bool first; /* in the machine's first IPC namespace */
	struct diagnosis_sighting here;
	struct diagnosis_sighting elsewhere; /* in another IPC namespace */
	struct diagnosis_sighting hidden;    /* in an unknown IPC namespace */
};

/* systemd-logind, which removes the System V objects of users who log out. */
struct diagnosis_logind {
	bool runs;
	bool removes; /* RemoveIPC */
};

#define DIAGNOSIS_LEFT_MAX 8
struct diagnosis_left {
	size_t count;
	int ids[DIAGNOSIS_LEFT_MAX]; /* the first of them */
};

struct diagnosis_facts {
	struct diagnosis_user self;
	struct diagnosis_kernel kernel;
	struct diagnosis_key key;
	struct diagnosis_namespaces namespaces;
	struct diagnosis_limits limits;
	struct diagnosis_logind logind;
	struct diagnosis_left left;
};

#define DIAGNOSIS_EXPORTS_SIZE 256
#define DIAGNOSIS_BROKEN_SIZE 256u

#define DIAGNOSIS_BROKEN_MAX 8u

/* An export that the user may use, but that cannot serve. */
struct diagnosis_broken {
	char name[DIAGNOSIS_BROKEN_SIZE], text[DIAGNOSIS_BROKEN_SIZE]; /* quoted, perhaps cut */
	enum msgfetch_outcome outcome;
};

/* The daemon's answers to a PING and to a LIST of the exports. */
struct diagnosis_answer {
	enum msgfetch_outcome outcome;
	const char *text; /* the version or the error, quoted */
	uint64_t round_trip_ns;
	bool listed; /* the next two are set */
	size_t exports;
	char names[DIAGNOSIS_EXPORTS_SIZE]; /* of the first exports, separated by commas */
	unsigned broken_count;              /* not in exports and names */
	struct diagnosis_broken broken[DIAGNOSIS_BROKEN_MAX];
};

/*
 * Reports on everything that a fetch needs before it asks, in the order of a fetch.  If
 * facts->kernel has an error, the other facts may be unset.
 */
void diagnosis_before_asking(struct diagnosis *diagnosis, const struct diagnosis_facts *facts);

/* Reports on the daemon's answers. */
void diagnosis_of_answer(struct diagnosis *diagnosis, const struct diagnosis_answer *answer);

/* Reports on conditions that do not hinder a fetch now, but may later. */
void diagnosis_of_risks(struct diagnosis *diagnosis, const struct diagnosis_facts *facts);

/* Returns true if the kernel has all kinds of System V IPC. */
bool diagnosis_kernel_complete(const struct diagnosis_kernel *kernel);

/* Returns the most frequent of count values and sets *times.  Sorts values. */
uid_t diagnosis_most_frequent(uid_t *values, size_t count, size_t *times);

/* The state of a process at one end of a queue. */
enum diagnosis_process {
	PROCESS_NONE,   /* no process yet, or in another PID namespace */
	PROCESS_DEAD,   /* no such process */
	PROCESS_DAEMON, /* alive, and called msgfetchd */
	PROCESS_ALIVE,
};

/*
 * Returns true if this private queue is an orphan of a dead client of the user self.  now: wall
 * clock time, in seconds.
 */
bool diagnosis_orphaned(const struct queue_info *info, uid_t self, time_t now,
			enum diagnosis_process sender, enum diagnosis_process receiver);

#endif
