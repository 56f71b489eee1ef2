/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/stats/audit.h"

#include <errno.h>
#include <string.h>

/* The fixed part of a record; the export's name and the path follow, without NULs. */
struct head {
	int32_t error;
	uint32_t cause;
	uint64_t bytes, failures;
	uint32_t exported;
	uint16_t export_bytes, path_bytes;
};

static enum failure_cause cause_of(const struct failure *failure)
{
	if (failure->rule)
		return CAUSE_RULE;
	switch (failure->reason) {
	case FAILURE_BUSY:
	case FAILURE_SHUTTING_DOWN:
	case FAILURE_WORKER_LOST:
		return CAUSE_DAEMON;
	case FAILURE_BAD_REQUEST:
	case FAILURE_RANGE:
		return CAUSE_REQUEST;
	default:
		return failure->error == EACCES || failure->error == EPERM ? CAUSE_MODE
									   : CAUSE_FILE_SYSTEM;
	}
}

/* Appends length bytes of text, as far as they fit below PATH_MAX.  Returns the new end. */
static size_t append(char *path, size_t end, const char *text)
{
	size_t length = strnlen(text, PATH_MAX - 1 - end);

	memcpy(path + end, text, length);
	return end + length;
}

/* Joins path and name.  Returns the length; there is no NUL. */
static size_t join(char path[PATH_MAX], const struct audit_path *at)
{
	size_t end = append(path, 0, at->path);

	if (at->name[0] == '\0')
		return end;
	if (end > 0 && path[end - 1] != '/')
		end = append(path, end, "/");
	return append(path, end, at->name);
}

static void add(struct score *score, const struct audit_path *at, struct head *head)
{
	char path[PATH_MAX];
	uint32_t used = atomic_load_explicit(&score->audit_used, memory_order_relaxed);
	uint8_t *to = score->audit + used;
	size_t length;

	head->exported = at->export != NULL ? 1 : 0;
	head->export_bytes =
		(uint16_t)(at->export != NULL ? strnlen(at->export, SCORE_EXPORT_MAX - 1) : 0);
	head->path_bytes = (uint16_t)join(path, at);
	length = sizeof(*head) + head->export_bytes + head->path_bytes;
	if (used > SCORE_AUDIT_BYTES || length > SCORE_AUDIT_BYTES - used)
		return;
	memcpy(to, head, sizeof(*head));
	if (at->export != NULL)
		memcpy(to + sizeof(*head), at->export, head->export_bytes);
	memcpy(to + sizeof(*head) + head->export_bytes, path, head->path_bytes);
	score->audit_failures += head->error != 0 ? 1 : 0;
	/* Last: the daemon reads the whole records of a worker that was killed. */
	atomic_store_explicit(&score->audit_used, used + (uint32_t)length,
			      memory_order_release);
}

void audit_fail(struct score *score, const struct audit_path *at, const struct failure *failure)
{
	struct head head = {.error = failure->error, .cause = cause_of(failure)};

	counters_fail(&score->counters, failure->error, cause_of(failure));
	if (score->audit_wanted == AUDIT_ALL ||
	    (score->audit_wanted == AUDIT_FAILED && score->audit_failures < AUDIT_FAILURES))
		add(score, at, &head);
}

void audit_sent(struct score *score, const struct audit_path *at, uint64_t bytes,
		uint64_t failures)
{
	struct head head = {.bytes = bytes, .failures = failures};

	if (score->audit_wanted == AUDIT_ALL)
		add(score, at, &head);
}

static void copy(char *to, const uint8_t *from, size_t length)
{
	memcpy(to, from, length);
	to[length] = '\0';
}

bool audit_next(const struct score *score, uint32_t *position, struct audit_view *view)
{
	uint32_t used = atomic_load_explicit(&score->audit_used, memory_order_acquire);
	const uint8_t *from = score->audit + *position;
	struct head head;

	if (used > SCORE_AUDIT_BYTES || *position > used || used - *position < sizeof(head))
		return false;
	memcpy(&head, from, sizeof(head));
	if (head.export_bytes >= SCORE_EXPORT_MAX || head.path_bytes >= PATH_MAX ||
	    used - *position - sizeof(head) < (size_t)head.export_bytes + head.path_bytes)
		return false;
	view->error = head.error > 0 ? head.error : 0;
	view->cause = head.cause < CAUSES ? (enum failure_cause)head.cause : CAUSE_FILE_SYSTEM;
	view->bytes = head.bytes;
	view->failures = head.failures;
	view->exported = head.exported != 0;
	copy(view->export, from + sizeof(head), head.export_bytes);
	copy(view->path, from + sizeof(head) + head.export_bytes, head.path_bytes);
	*position += (uint32_t)sizeof(head) + head.export_bytes + head.path_bytes;
	return true;
}
