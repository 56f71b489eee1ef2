/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/access/authorize.h"

#include "server/access/groups.h"

#include <errno.h>
#include <string.h>

/* Retry hint while groups cannot be looked up, in ms: the user database may be back by then. */
#define UNDECIDED_RETRY_MS 2000u

const struct failure authorize_no_such_export = {
	.reason = FAILURE_FILE, .error = ENOENT, .text = "no such export", .rule = true};

static struct failure rule_failure(int error, const char *text)
{
	return (struct failure){
		.reason = FAILURE_FILE, .error = error, .text = text, .rule = true};
}

struct failure authorize_hidden(void)
{
	return rule_failure(ENOENT, strerror(ENOENT));
}

/* Looks up the client's groups.  Returns 0, -EACCES, or -EAGAIN when the look-up failed. */
static int decide_by_groups(const struct access *access, const struct client *client,
			    const struct groups *groups)
{
	gid_t list[GROUP_CACHE_GROUPS];
	struct access_groups known = {.list = list};
	int error = groups_find(groups, client->uid, list, &known.count);

	if (error != 0)
		return -EAGAIN;
	return access_decide(access, client->uid, client->gid, &known) == ACCESS_GRANTED
		       ? 0
		       : -EACCES;
}

static int decide(const struct exports *exports, const struct export *export,
		  const struct client *client)
{
	switch (access_decide(&export->access, client->uid, client->gid, NULL)) {
	case ACCESS_GRANTED:
		return 0;
	case ACCESS_WANTS_GROUPS:
		return decide_by_groups(&export->access, client, exports->groups);
	default:
		return -EACCES;
	}
}

bool authorize_path(const struct exports *exports, const struct export *export,
		    const struct client *client, const char *relative, struct failure *failure)
{
	int error = decide(exports, export, client);

	if (error == 0 && !export_hides(export, relative))
		return true;
	if (error == 0)
		*failure = authorize_hidden();
	else if (error == -EACCES)
		*failure = rule_failure(EACCES, "you may not use this export");
	else
		*failure = (struct failure){
			.reason = FAILURE_BUSY,
			.error = EAGAIN,
			.retry_ms = UNDECIDED_RETRY_MS,
			.text = "your groups cannot be looked up now, try again",
		};
	return false;
}
