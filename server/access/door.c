/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/door.h"

#include "server/access/groups.h"

#include <errno.h>
#include <string.h>

/* What who cannot be decided on is asked to wait: a user database may be back by then. */
#define UNDECIDED_RETRY_MS 2000u

const struct failure door_nowhere = {
	.reason = FAILURE_FILE, .error = ENOENT, .text = "no such export"};

static struct failure file_failure(int error, const char *text)
{
	return (struct failure){.reason = FAILURE_FILE, .error = error, .text = text};
}

/* Asks for the client's groups.  Returns 0 where it may, or a negative errno. */
static int decide_by_groups(const struct access *access, const struct peer *peer,
			    const struct groups *groups)
{
	gid_t list[ROSTER_GROUPS];
	struct access_groups known = {.list = list};
	int error = groups_find(groups, peer->uid, list, &known.count);

	if (error != 0)
		return -EAGAIN;
	return access_decide(access, peer->uid, peer->gid, &known) == ACCESS_GRANTED ? 0
										     : -EACCES;
}

static int decide(const struct exports *exports, const struct export *export,
		  const struct peer *peer)
{
	switch (access_decide(&export->access, peer->uid, peer->gid, NULL)) {
	case ACCESS_GRANTED:
		return 0;
	case ACCESS_WANTS_GROUPS:
		return decide_by_groups(&export->access, peer, exports->groups);
	default:
		return -EACCES;
	}
}

bool door_pass(const struct exports *exports, const struct export *export,
	       const struct peer *peer, const char *relative, struct failure *failure)
{
	int error = decide(exports, export, peer);

	if (error == 0 && !export_hides(export, relative))
		return true;
	if (error == 0)
		*failure = file_failure(ENOENT, strerror(ENOENT));
	else if (error == -EACCES)
		*failure = file_failure(EACCES, "you may not use this export");
	else
		*failure = (struct failure){
			.reason = FAILURE_BUSY,
			.error = EAGAIN,
			.retry_ms = UNDECIDED_RETRY_MS,
			.text = "your groups cannot be looked up now, try again",
		};
	return false;
}
