/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/sandbox/sandbox.h"

#include "server/sandbox/landlock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Limits of descriptors: for everything else, and for each export, which a reload opens twice.
 */
#define FILES_AT_LEAST 1024u
#define FILES_AN_EXPORT 4u

/* Reports a missing part.  Returns 0, or in strict mode an errno. */
static int report_lack(const struct sandbox *sandbox, const char *part, const char *reason,
		       const struct log *log)
{
	bool strict = sandbox->mode == SANDBOX_STRICT;

	log_write(log, strict ? LOG_ERR : LOG_NOTICE, "sandbox: no %s: %s; %s", part, reason,
		  strict ? "\"strict\" requires it, \"best-effort\" does not"
			 : "msgfetchd runs without");
	return strict ? -EOPNOTSUPP : 0;
}

static int report_error(const char *part, int error, const struct log *log)
{
	log_write(log, LOG_ERR, "sandbox: cannot prepare %s: %s", part, strerror(-error));
	return error;
}

/* Makes rules for reading beneath exports, which are open.  Returns a descriptor or an errno.
 */
static int rules_for(const struct exports *exports)
{
	int error = 0, rules = landlock_readers();

	for (size_t i = 0; rules >= 0 && error == 0 && i < exports->count; i++)
		error = landlock_let_read(rules, exports->list[i].directory);
	if (error == 0)
		return rules;
	close(rules);
	return error;
}

static int open_landlock(struct sandbox *sandbox, const struct exports *exports,
			 const char *pid_file, const struct log *log)
{
	int error = landlock_version();

	if (error < 0)
		return report_lack(sandbox, "Landlock",
				   "not supported by the kernel, or turned off", log);
	sandbox->reading = rules_for(exports);
	if (sandbox->reading < 0)
		return report_error("Landlock for workers", sandbox->reading, log);
	sandbox->governing = landlock_no_writers();
	error = sandbox->governing;
	if (error >= 0 && pid_file != NULL)
		error = landlock_let_remove(sandbox->governing, pid_file);
	return error < 0 ? report_error("Landlock", error, log) : 0;
}

static int open_filters(struct sandbox *sandbox, const struct seccomp_filter_needs *needs,
			const struct log *log)
{
	int error;

	if (!seccomp_filter_built_in())
		return report_lack(sandbox, "seccomp filter",
				   "msgfetchd was built without libseccomp", log);
	if (seccomp_filter_supported() != 0)
		return report_lack(sandbox, "seccomp filter", "not supported by the kernel",
				   log);
	error = seccomp_filter_for_daemon(needs, &sandbox->filter);
	if (error == 0 && sandbox->mode == SANDBOX_STRICT)
		error = seccomp_filter_for_worker(needs, &sandbox->work_filter);
	return error != 0 ? report_error("the seccomp filter", error, log) : 0;
}

int sandbox_open(struct sandbox *sandbox, enum sandbox_mode mode, const struct exports *exports,
		 const char *pid_file, const struct seccomp_filter_needs *needs,
		 const struct log *log)
{
	int error = 0;

	*sandbox = (struct sandbox){.mode = mode, .reading = -1, .governing = -1};
	if (mode == SANDBOX_OFF)
		return 0;
	error = open_landlock(sandbox, exports, pid_file, log);
	if (error == 0)
		error = open_filters(sandbox, needs, log);
	return error;
}

static int limit_files(rlim_t most)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		return -errno;
	if (now.rlim_cur > most)
		now.rlim_cur = most;
	if (now.rlim_max > most)
		now.rlim_max = most;
	return setrlimit(RLIMIT_NOFILE, &now) == 0 ? 0 : -errno;
}

/* A core dump would hold the content of files, and so would a look into the process. */
static int give_up_resources(const struct exports *exports)
{
	static const struct rlimit none;
	rlim_t files = FILES_AN_EXPORT * exports->count;

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -errno;
	return limit_files(files > FILES_AT_LEAST ? files : FILES_AT_LEAST);
}

/* Frees the program after the kernel copied it: each worker would inherit the mapping. */
static int enter_filter(struct sandbox *sandbox)
{
	int error = reserved_open(&sandbox->reserved);

	if (error == 0)
		error = seccomp_filter_enter_with_secret(&sandbox->filter,
							 sandbox->reserved.secret);
	seccomp_filter_free(&sandbox->filter);
	return error;
}

int sandbox_enter(struct sandbox *sandbox, const struct exports *exports)
{
	int error;

	if (sandbox->mode == SANDBOX_OFF)
		return 0;
	error = give_up_resources(exports);
	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = -errno;
	if (error == 0 && sandbox->governing >= 0)
		error = landlock_enter(sandbox->governing);
	if (error == 0 && sandbox->filter.steps != NULL)
		error = enter_filter(sandbox);
	return error;
}

int sandbox_follow(struct sandbox *sandbox, const struct exports *exports)
{
	int rules;

	if (sandbox->reading < 0)
		return 0;
	rules = rules_for(exports);
	if (rules < 0)
		return rules;
	close(sandbox->reading);
	sandbox->reading = rules;
	return 0;
}

int sandbox_enter_worker(const struct sandbox *sandbox)
{
	static const struct rlimit none;
	int error = 0;

	if (sandbox == NULL || sandbox->mode == SANDBOX_OFF)
		return 0;
	if (sandbox->reading >= 0)
		error = landlock_enter(sandbox->reading);
	/* With a secret, the filter already forbids a fork. */
	if (error == 0 && sandbox->reserved.secret == NULL &&
	    setrlimit(RLIMIT_NPROC, &none) != 0)
		error = -errno;
	if (error == 0 && sandbox->mode == SANDBOX_STRICT)
		error = seccomp_filter_enter(&sandbox->work_filter);
	return error;
}

void sandbox_close(struct sandbox *sandbox)
{
	if (sandbox->reading >= 0)
		close(sandbox->reading);
	if (sandbox->governing >= 0)
		close(sandbox->governing);
	seccomp_filter_free(&sandbox->filter);
	seccomp_filter_free(&sandbox->work_filter);
	reserved_close(&sandbox->reserved);
	sandbox->reading = sandbox->governing = -1;
}
