/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/reopen.h"

#include "server/access/export_path.h"
#include "server/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bounds the log lines, and the time spent on paths, when an owner exchanges directories. */
#define LOOK_MS 1000u

/* Puts the directory open at fd in place of the old one.  Closes fd on failure. */
static int exchange(struct daemon *daemon, struct export *export, int fd)
{
	const struct export old = *export;
	int error = export_hold(export, fd);

	if (error == 0)
		error = sandbox_follow(&daemon->sandbox, &daemon->settings.exports);
	if (error != 0) {
		*export = old;
		close(fd);
		return error;
	}
	close(old.directory);
	export->refused = false;
	return 0;
}

static int open_new(struct daemon *daemon, struct export *export)
{
	int fd = export_path_open(export);
	int error = fd >= 0 ? exchange(daemon, export, fd) : fd;

	if (error != 0 && error != -ENOENT)
		export_path_refuse(export);
	return error;
}

static void log_state(const struct log *log, const struct export *export,
		      enum export_state state)
{
	bool open = state == EXPORT_OPEN;

	log_write(log, open ? LOG_NOTICE : LOG_WARNING, "export \"%s\": %s: %s", export->name,
		  export->path,
		  open ? "the directory is back"
		       : "the directory is gone; requests fail until it is back");
}

/* error: the result of open_new(). */
static void log_new(const struct log *log, const struct export *export, int error)
{
	char text[128];

	if (error == 0)
		strlcpy(text, "the directory was replaced; opened the new one", sizeof(text));
	else if (error == -ELOOP)
		strlcpy(text,
			"a symbolic link leads to another directory now; a reload opens it",
			sizeof(text));
	else if (error == -EPERM)
		strlcpy(text,
			"another directory is there, which other users could have put there; a "
			"reload opens it",
			sizeof(text));
	else
		snprintf(text, sizeof(text),
			 "the directory was replaced; cannot open the new one: %s",
			 strerror(-error));
	log_write(log, error == 0 ? LOG_NOTICE : LOG_WARNING, "export \"%s\": %s: %s",
		  export->name, export->path, text);
}

/* Looks at the path, opens a new directory, and logs what changed. */
static void look(struct daemon *daemon, struct export *export)
{
	enum export_state state = export_path_compare(export);
	int error = 0;

	if (state == EXPORT_REPLACED)
		error = open_new(daemon, export);
	if (state == EXPORT_REPLACED && (error == 0 || export->noticed != state))
		log_new(&daemon->log, export, error);
	else if (state != EXPORT_REPLACED && state != export->noticed)
		log_state(&daemon->log, export, state);
	export->noticed = state == EXPORT_REPLACED && error == 0 ? EXPORT_OPEN : state;
}

void reopen_reported(struct daemon *daemon, uint64_t now)
{
	unsigned reported = daemon->transfer_log.changed;
	struct export *export;

	if (reported == 0 || reported > daemon->settings.exports.count) {
		daemon->transfer_log.changed = 0;
		return;
	}
	export = &daemon->settings.exports.list[reported - 1];
	if (export->looked_at != 0 && now - export->looked_at < LOOK_MS)
		return;
	daemon->transfer_log.changed = 0;
	export->looked_at = now;
	look(daemon, export);
}

void reopen_compare(const struct exports *old, const struct exports *fresh,
		    const struct log *log)
{
	for (size_t i = 0; i < fresh->count; i++) {
		const struct export *export = &fresh->list[i];
		const struct export *before = exports_find(old, export->name);

		if (before != NULL && strcmp(before->path, export->path) == 0 &&
		    (before->device != export->device || before->inode != export->inode))
			log_write(log, LOG_NOTICE,
				  "export \"%s\": %s: opened the directory that is there now",
				  export->name, export->path);
	}
}
