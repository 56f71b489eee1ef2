/* SPDX-License-Identifier: ISC */
/*
 * diagnosis: what the facts about kernel, key and daemon mean for whoever wants to fetch.
 *
 * Owns the words for each finding, and which outcome a fetch would have.  Pure: the
 * facts are gathered by diagnose.c.
 */
#ifndef MSGFETCH_LIB_DIAGNOSIS_H
#define MSGFETCH_LIB_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/lib/msgfetch.h"
#include "common/queue.h"
#include "common/ring.h"

/* A user as people know him: "alice (uid 1001)", or "uid 1001". */
#define DIAGNOSIS_NAME_SIZE 64
struct diagnosis_user {
	uid_t uid;
	char name[DIAGNOSIS_NAME_SIZE];
};

/* Each is 0, or why the kernel does not do such calls: a negative errno. */
struct diagnosis_kernel {
	int queues, semaphores, segments;
};

/* What is under the key. */
struct diagnosis_key {
	key_t key;
	int queue; /* its id; -ENOENT: there is none; or why it cannot be looked at */
	struct queue_info info;
	struct diagnosis_user queue_holder;
	bool queue_trusted;
	int lease;
	int lease_unread; /* why its owner cannot be told, or 0 */
	struct diagnosis_user lease_holder;
	bool lease_trusted;
	bool held;                       /* a living process holds the lease */
	int sending;                     /* 0: this user may send to the queue; or why not */
	char group[DIAGNOSIS_NAME_SIZE]; /* the queue's, as "staff (gid 50)" */
};

/* A process called msgfetchd.  process 0: none was seen. */
struct diagnosis_sighting {
	pid_t process;
	uid_t uid;
};

/* Where this process is, and where others are that are called msgfetchd. */
struct diagnosis_namespaces {
	bool first; /* in the machine's first IPC namespace */
	struct diagnosis_sighting here;
	struct diagnosis_sighting elsewhere; /* in another IPC namespace */
	struct diagnosis_sighting hidden;    /* in one that cannot be told */
};

/* Who made most of some objects. */
struct diagnosis_most {
	struct diagnosis_user user;
	size_t count; /* 0: not known */
};

struct diagnosis_limits {
	struct queue_limits queues;
	struct diagnosis_most most_queues;
	struct ring_limits rings;
	struct diagnosis_most most_rings;
	uint64_t page; /* bytes */
	uint64_t ring; /* bytes that a ring takes; 0: none is wanted */
	bool ring_needed;
};

/* systemd-logind, who removes the System V objects of users who log out. */
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

/* What the daemon said to a PING, and to the question which exports this user may use. */
struct diagnosis_answer {
	enum msgfetch_outcome outcome;
	const char *text; /* the version, or why there is none: fit to be printed */
	uint64_t round_trip_ns;
	bool listed; /* it said which exports: */
	size_t exports;
	char names[DIAGNOSIS_EXPORTS_SIZE]; /* of the first of them, with commas between */
};

/* Findings on their way out.  Starts with outcome MSGFETCH_OK. */
struct diagnosis {
	void (*finding)(void *context, const struct msgfetch_finding *finding);
	void *context;
	enum msgfetch_outcome outcome; /* of the first problem */
	char problem[640];             /* that one's text */
	char text[640];                /* of the finding at hand */
	char advice[320];
};

/*
 * All that a fetch needs before it is worth asking, in the order in which a fetch would
 * meet it.  facts beyond .kernel need not be filled in where that has an error.
 */
void diagnosis_before_asking(struct diagnosis *diagnosis, const struct diagnosis_facts *facts);

/* What asking came to. */
void diagnosis_of_answer(struct diagnosis *diagnosis, const struct diagnosis_answer *answer);

/* What does not hinder a fetch now, but may later. */
void diagnosis_beside(struct diagnosis *diagnosis, const struct diagnosis_facts *facts);

/* True if the kernel has all that msgfetch is made of. */
bool diagnosis_kernel_complete(const struct diagnosis_kernel *kernel);

/*
 * The value that is there most often among count of them, sorted here; *times says how
 * often: 0 if count is.
 */
uid_t diagnosis_most_frequent(uid_t *values, size_t count, size_t *times);

/* What is known of the processes at the two ends of a queue. */
enum diagnosis_process {
	PROCESS_NONE,   /* none yet, or not of this PID namespace */
	PROCESS_DEAD,   /* no such process */
	PROCESS_DAEMON, /* called msgfetchd */
	PROCESS_ALIVE,
};

/*
 * True if a private queue of one's own was left behind by a dead client.  now: by the clock
 * on the wall, as the kernel's times are.
 */
bool diagnosis_left_behind(const struct queue_info *info, uid_t self, time_t now,
			   enum diagnosis_process sender, enum diagnosis_process receiver);

#endif
