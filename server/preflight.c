/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/preflight.h"

#include "server/process/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACE_BYTES 512

/* Writes "FILE:LINE: " for a setting, or "" if it is not from a file.  Returns place. */
static const char *place_of(const struct settings *settings, const char *section,
			    const char *setting, char *place)
{
	const struct setting_source *source =
		setting_sources_find(&settings->sources, section, setting);

	place[0] = '\0';
	if (source != NULL && source->file != NULL)
		snprintf(place, PLACE_BYTES, "%s:%d: ", source->file, source->line);
	return place;
}

/* Returns 0, or the errno that keeps this process from the directory or, if files, from its
 * files. */
static int reach(const char *path, bool files)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = !files || faccessat(fd, ".", X_OK, 0) == 0 ? 0 : errno;
	close(fd);
	return error;
}

/* Directories that the shipped unit hides, each with the setting of the unit that does so. */
static const struct {
	const char *directory, *advice;
} hidden[] = {
	{"/home/", "; the unit hides it: set ProtectHome=read-only in a drop-in"},
	{"/root/", "; the unit hides it: set ProtectHome=read-only in a drop-in"},
	{"/run/user/", "; the unit hides it: set ProtectHome=read-only in a drop-in"},
	{"/tmp/", "; the unit hides it: set PrivateTmp=no in a drop-in"},
	{"/var/tmp/", "; the unit hides it: set PrivateTmp=no in a drop-in"},
	{"/dev/", "; the unit hides it: set PrivateDevices=no in a drop-in"},
};

/* Returns the next step for an export that cannot be searched. */
static const char *advice(const char *path, int error)
{
	/* A unit of systemd has a root directory of its own. */
	bool unit = getenv("INVOCATION_ID") != NULL && (error == ENOENT || error == EACCES);

	for (size_t i = 0; unit && i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (strncmp(path, hidden[i].directory, strlen(hidden[i].directory)) == 0)
			return hidden[i].advice;
	if (error == EACCES)
		return "; change its mode, or choose another user";
	return unit ? "; if the directory exists, add its path to BindReadOnlyPaths= of the "
		      "unit"
		    : "";
}

unsigned preflight_exports(const struct settings *settings, int level, const struct log *log)
{
	/* A worker that becomes its client does not need the daemon's permissions. */
	bool files = !settings->as_requester;
	char place[PLACE_BYTES];
	unsigned failed = 0;

	for (size_t i = 0; i < settings->exports.count; i++) {
		const struct export *export = &settings->exports.list[i];
		int error = reach(export->path, files);

		if (error == 0)
			continue;
		failed++;
		log_write(log, level, "%sexport \"%s\": %s: cannot %s as uid %ju: %s%s",
			  place_of(settings, export->name, "path", place), export->name,
			  export->path, files ? "search" : "open", (uintmax_t)geteuid(),
			  strerror(error), advice(export->path, error));
	}
	return failed;
}

bool preflight_openat2(const struct log *log)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return true;
	log_write(log, LOG_ERR, "openat2(2) is refused, so that no file can be opened: %s; %s",
		  strerror(errno),
		  errno == ENOSYS
			  ? "Linux 5.6 or a newer container runtime is needed"
			  : "allow it in the system call filter of the container or unit");
	return false;
}

static unsigned check_names(const struct settings *settings, const struct log *log)
{
	char place[PLACE_BYTES];
	unsigned failed = 0;
	gid_t gid;

	if (settings->user != NULL && getpwnam(settings->user) == NULL) {
		log_write(log, LOG_ERR, "%suser %s: no such user",
			  place_of(settings, NULL, "user", place), settings->user);
		failed++;
	}
	if (settings->group != NULL && privilege_group(settings->group, &gid) != 0) {
		log_write(log, LOG_ERR, "%sgroup %s: no such group",
			  place_of(settings, NULL, "group", place), settings->group);
		failed++;
	}
	return failed;
}

/* Checks the exports in a child process that becomes the configured user. */
static unsigned check_as_user(const struct settings *settings, const struct log *log)
{
	pid_t child = fork();
	int status;

	if (child < 0) {
		log_write(log, LOG_ERR, "cannot check the exports as %s: %s", settings->user,
			  strerror(errno));
		return 1;
	}
	if (child == 0) {
		int error = privilege_drop(settings->user);

		if (error != 0)
			log_write(log, LOG_ERR, "user %s: cannot become this user: %s",
				  settings->user, strerror(-error));
		_exit(error != 0 || preflight_exports(settings, LOG_ERR, log) > 0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

bool preflight(const struct settings *settings, const struct log *log)
{
	unsigned failed = check_names(settings, log);

	failed += !preflight_openat2(log);
	if (failed == 0 && geteuid() == 0 && settings->user != NULL)
		failed += check_as_user(settings, log);
	else
		failed += preflight_exports(settings, LOG_ERR, log);
	return failed == 0;
}
