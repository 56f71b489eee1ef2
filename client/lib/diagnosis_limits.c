/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/diagnosis_limits.h"

#include "common/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A note is due if fewer objects than this, or an eighth of the limit, are left. */
#define FEW 16u

static const char topic_queues[] = "queues";
static const char topic_messages[] = "messages";
static const char topic_memory[] = "memory";

/* Formats "; most of them, 12, were made by alice", or "". */
static void format_most(char *buffer, size_t size, const struct diagnosis_most *most)
{
	buffer[0] = '\0';
	if (most->count > 0)
		(void)snprintf(buffer, size, "; most of them, %zu, were made by %s",
			       most->count, most->user.name);
}

static bool running_out(uint64_t used, uint64_t allowed)
{
	return used + FEW > allowed || used > allowed - allowed / 8;
}

static void check_queues(struct diagnosis *diagnosis, const struct diagnosis_limits *limits)
{
	unsigned allowed = (unsigned)limits->queues.queues;
	unsigned used = (unsigned)limits->queues.queues_used;
	bool exhausted = used >= allowed;
	char most[160];

	format_most(most, sizeof(most), &limits->most_queues);
	if (!running_out(used, allowed)) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_queues, MSGFETCH_OK,
			    "%u of the %u message queues that kernel.msgmni allows are in use",
			    used, allowed);
		return;
	}
	finding_advise(diagnosis,
		       "ipcs -q lists them, ipcrm -q ID removes one; root raises the limit "
		       "with sysctl "
		       "kernel.msgmni=%u",
		       allowed < 16000 ? 32000 : 2 * allowed);
	finding_add(diagnosis, exhausted ? MSGFETCH_PROBLEM : MSGFETCH_NOTE, topic_queues,
		    exhausted ? MSGFETCH_ERROR : MSGFETCH_OK,
		    "%s of the %u message queues that kernel.msgmni allows are in use (%u)%s",
		    exhausted ? "all" : "most", allowed, used, most);
}

static void check_messages(struct diagnosis *diagnosis, const struct queue_limits *limits)
{
	if (limits->message < (int)PROTOCOL_MESSAGE_MAX) {
		finding_advise(diagnosis, "root changes it with sysctl kernel.msgmax=%u",
			       PROTOCOL_MESSAGE_MAX);
		finding_add(
			diagnosis, MSGFETCH_NOTE, topic_messages, MSGFETCH_OK,
			"kernel.msgmax is %d: longer requests fail, and transfers are slower",
			limits->message);
	} else if (limits->queue_bytes < (int)PROTOCOL_MESSAGE_MAX) {
		finding_advise(diagnosis, "root changes it with sysctl kernel.msgmnb=16384");
		finding_add(diagnosis, MSGFETCH_NOTE, topic_messages, MSGFETCH_OK,
			    "kernel.msgmnb is %d: a new queue has no room for a message of %u "
			    "bytes",
			    limits->queue_bytes, PROTOCOL_MESSAGE_MAX);
	} else {
		finding_add(diagnosis, MSGFETCH_FINE, topic_messages, MSGFETCH_OK,
			    "a message may have %d bytes, and a queue %d", limits->message,
			    limits->queue_bytes);
	}
}

static uint64_t pages_for(const struct diagnosis_limits *limits)
{
	return (limits->ring + limits->page - 1) / limits->page;
}

/* Returns why no ring can be created, and sets the advice; NULL: a ring is possible. */
static const char *ring_obstacle(struct diagnosis *diagnosis,
				 const struct diagnosis_limits *limits)
{
	const struct ring_limits *rings = &limits->rings;

	if (rings->bytes < limits->ring) {
		finding_advise(diagnosis, "root changes it with sysctl kernel.shmmax=%" PRIu64,
			       limits->ring);
		return "kernel.shmmax is too small";
	}
	if (rings->pages_used > rings->pages ||
	    rings->pages - rings->pages_used < pages_for(limits)) {
		finding_advise(diagnosis,
			       "ipcs -m lists the segments; root raises the limit with "
			       "sysctl kernel.shmall");
		return "all pages that kernel.shmall allows are in use";
	}
	return NULL;
}

/* Every request needs a segment for its seal, also without a ring. */
static void report_no_segment(struct diagnosis *diagnosis,
			      const struct diagnosis_limits *limits)
{
	char most[160];

	format_most(most, sizeof(most), &limits->most_rings);
	finding_advise(diagnosis, "ipcs -m lists them; root raises the limit with sysctl "
				  "kernel.shmmni=4096");
	finding_add(diagnosis, MSGFETCH_PROBLEM, topic_memory, MSGFETCH_ERROR,
		    "all of the %" PRIu64
		    " shared memory segments that kernel.shmmni allows are in use%s",
		    limits->rings.segments, most);
}

static void check_memory(struct diagnosis *diagnosis, const struct diagnosis_limits *limits)
{
	const char *obstacle;
	char most[160];

	if (limits->rings.segments_used >= limits->rings.segments) {
		report_no_segment(diagnosis, limits);
		return;
	}
	obstacle = ring_obstacle(diagnosis, limits);
	if (obstacle == NULL) {
		finding_add(diagnosis, MSGFETCH_FINE, topic_memory, MSGFETCH_OK,
			    "%" PRIu64 " of the %" PRIu64
			    " shared memory segments that kernel.shmmni allows are in use",
			    limits->rings.segments_used, limits->rings.segments);
		return;
	}
	format_most(most, sizeof(most), &limits->most_rings);
	finding_add(diagnosis, limits->ring_needed ? MSGFETCH_PROBLEM : MSGFETCH_NOTE,
		    topic_memory, limits->ring_needed ? MSGFETCH_ERROR : MSGFETCH_OK,
		    "cannot create %" PRIu64 " bytes of shared memory: %s%s%s", limits->ring,
		    obstacle, most,
		    limits->ring_needed ? ""
					: "; transfers use messages only, which is slower");
}

void diagnosis_check_limits(struct diagnosis *diagnosis, const struct diagnosis_limits *limits)
{
	check_queues(diagnosis, limits);
	check_messages(diagnosis, &limits->queues);
	check_memory(diagnosis, limits);
}
