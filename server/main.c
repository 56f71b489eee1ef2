/* SPDX-License-Identifier: ISC */
/* msgfetchd: starts the daemon's parts, in the order that dropping privileges demands. */
#include "config.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/clean.h"
#include "server/config/dump.h"
#include "server/config/load.h"
#include "server/config/options.h"
#include "server/config/settings.h"
#include "server/loop.h"
#include "server/preflight.h"
#include "server/process/background.h"
#include "server/process/fork_cost.h"
#include "server/process/notify.h"
#include "server/process/pidfile.h"
#include "server/process/privilege.h"
#include "server/process/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define NAME "msgfetchd"

static int open_pid_file(const struct options *options, const struct log *log,
			 struct pidfile *pid_file)
{
	const char *path = options->pid_file, *why;
	pid_t other;
	int error = path == NULL ? 0 : pidfile_take(pid_file, path, &other, &why);

	switch (error) {
	case 0:
		return EX_OK;
	case -EEXIST:
		log_write(log, LOG_ERR, "%s: another " NAME " runs, with pid %d", path,
			  (int)other);
		return EX_UNAVAILABLE;
	case -EPERM:
		log_write(log, LOG_ERR,
			  "%s: the pid file %s: remove it, or choose another --pid-file", path,
			  why);
		return EX_NOPERM;
	default:
		log_write(log, LOG_ERR, "%s: cannot open the pid file: %s", path,
			  strerror(-error));
		return EX_OSERR;
	}
}

static int explain_user(const struct log *log, const char *user, int error)
{
	log_write(log, LOG_ERR, "user %s: %s%s", user,
		  error == -ENOENT ? "" : "cannot become this user: ",
		  error == -ENOENT ? "no such user" : strerror(-error));
	return error == -EPERM ? EX_NOPERM : error == -ENOENT ? EX_CONFIG : EX_OSERR;
}

static int keep_identity_only(const struct settings *settings, const struct log *log)
{
	int error = privilege_drop_to_identity(settings->user);

	if (error == 0)
		return EX_OK;
	if (error != -EPERM)
		return explain_user(log, settings->user, error);
	log_write(log, LOG_ERR,
		  "identity = requester needs CAP_SETUID and CAP_SETGID: start as root with "
		  "--user, or see msgfetchd.conf(5)");
	return EX_NOPERM;
}

static int drop_privileges(const struct settings *settings, const struct log *log)
{
	int error;

	if (settings->as_requester)
		return keep_identity_only(settings, log);
	if (settings->user == NULL)
		return EX_OK;
	error = privilege_drop(settings->user);
	return error == 0 ? EX_OK : explain_user(log, settings->user, error);
}

/* Prepares authorization, and workers that become their clients. */
static int prepare_identity(struct daemon *daemon)
{
	int error = 0;

	if (daemon->settings.as_requester) {
		error = identity_learn(&daemon->identity);
		daemon->settings.exports.identity = &daemon->identity;
	}
	if (error != 0)
		log_write(&daemon->log, LOG_ERR,
			  "/proc/sys/kernel/overflowuid, overflowgid: cannot read: %s",
			  strerror(-error));
	else
		error = loop_equip(daemon, &daemon->settings);
	return error == 0 ? EX_OK : EX_OSERR;
}

/* Opens the exports, and warns of those that clients could not use. */
static int open_exports(struct settings *settings, const struct log *log)
{
	const struct export *failed;

	if (!preflight_openat2(log))
		return EX_OSERR;
	if (exports_open(&settings->exports, &failed) != 0) {
		if (preflight_exports(settings, LOG_ERR, log) == 0)
			log_write(log, LOG_ERR, "export \"%s\": %s: cannot open", failed->name,
				  failed->path);
		return EX_CONFIG;
	}
	preflight_exports(settings, LOG_WARNING, log);
	return EX_OK;
}

static int explain_key(const struct log *log, key_t key, int error,
		       const struct door_holder *holder)
{
	const uid_t owner = holder->owner;

	switch (error) {
	case -EBUSY:
		log_write(log, LOG_ERR, "another " NAME " holds key 0x%08x", (unsigned)key);
		return EX_UNAVAILABLE;
	case -EEXIST:
		log_write(log, LOG_ERR,
			  "key 0x%08x: queue %d of uid %ju has no lease, so another program "
			  "uses it (last receiver: pid %d): stop that program, choose another "
			  "key with --key, or remove the queue with --clean --force",
			  (unsigned)key, holder->queue, (uintmax_t)owner,
			  (int)holder->receiver);
		return EX_UNAVAILABLE;
	case -EPERM:
		log_write(
			log, LOG_ERR,
			"key 0x%08x is held by uid %jd, not by uid %ju: choose another --key, "
			"or let that user run ipcrm -Q 0x%x -S 0x%x",
			(unsigned)key, owner == (uid_t)-1 ? -1 : (intmax_t)owner,
			(uintmax_t)geteuid(), (unsigned)key, (unsigned)key);
		return EX_NOPERM;
	case -ENOSPC:
		log_write(log, LOG_ERR,
			  "key 0x%08x: the kernel has no message queue left: see ipcs -q -u, "
			  "and raise kernel.msgmni",
			  (unsigned)key);
		return EX_OSERR;
	case -E2BIG:
		log_write(log, LOG_ERR,
			  "key 0x%08x: the kernel allows no further semaphore: see ipcs -s -u, "
			  "and raise kernel.sem, for example to \"32000 1024000000 500 32000\"",
			  (unsigned)key);
		return EX_OSERR;
	default:
		log_write(log, LOG_ERR, "key 0x%08x: cannot take the key: %s", (unsigned)key,
			  strerror(-error));
		return EX_OSERR;
	}
}

static int take_key(struct daemon *daemon)
{
	const struct settings *settings = &daemon->settings;
	gid_t group = (gid_t)-1;
	struct door_holder holder;
	int error;

	if (settings->group != NULL && privilege_group(settings->group, &group) != 0) {
		log_write(&daemon->log, LOG_ERR, "group %s: no such group", settings->group);
		return EX_CONFIG;
	}
	daemon->door.classic = settings->classic_clients;
	error = daemon->door.calls->open(&daemon->door, settings->key, group, &holder);
	return error == 0 ? EX_OK : explain_key(&daemon->log, settings->key, error, &holder);
}

static int prepare_sandbox(struct daemon *daemon)
{
	const struct seccomp_filter_needs needs = {
		.key = daemon->settings.key,
		.syslog = daemon->options->background,
		.pid_file = daemon->options->pid_file != NULL,
		.name_lookups = daemon->settings.as_requester ||
				exports_want_groups(&daemon->settings.exports),
		.other_users = daemon->settings.as_requester,
	};
	int error = sandbox_open(&daemon->sandbox, (enum sandbox_mode)daemon->settings.sandbox,
				 &daemon->settings.exports, daemon->options->pid_file, &needs,
				 &daemon->log);

	return error == 0 ? EX_OK : EX_OSERR;
}

/* All files are open by now: the sandbox forbids opening others. */
static int enter_sandbox(struct daemon *daemon)
{
	int error = notify_open(&daemon->notify);

	if (error != 0)
		log_write(&daemon->log, LOG_WARNING,
			  "$NOTIFY_SOCKET: cannot connect to the service manager: %s",
			  strerror(-error));
	error = sandbox_enter(&daemon->sandbox, &daemon->settings.exports);
	if (error == 0)
		return EX_OK;
	log_write(&daemon->log, LOG_ERR,
		  "sandbox: cannot confine the daemon: %s; --sandbox off starts without a "
		  "sandbox",
		  strerror(-error));
	return EX_OSERR;
}

static void open_transfer_log(struct daemon *daemon)
{
	struct transfer_log *transfer_log = &daemon->transfer_log;

	daemon->pid = getpid();
	transfer_log->statistics.began = clock_ms();
	transfer_log->statistics.began_at = (int64_t)time(NULL);
	transfer_log->lines = (enum audit_wanted)daemon->settings.access_log;
	statistics_follow(&transfer_log->statistics, &daemon->settings.exports);
	accesslog_open(&transfer_log->access, &daemon->log, NULL);
}

/* Announces that the daemon is ready, and serves. */
static int serve_until_stopped(struct daemon *daemon, struct background *background,
			       struct pidfile *pid_file)
{
	int error;

	error = pidfile_store(pid_file);
	if (error != 0)
		log_write(&daemon->log, LOG_WARNING, "%s: cannot write the pid file: %s",
			  daemon->options->pid_file, strerror(-error));
	log_write(&daemon->log, LOG_NOTICE, "ready: key 0x%08x, exports: %zu",
		  (unsigned)daemon->settings.key, daemon->settings.exports.count);
	error = background_ready(background);
	if (error != 0) {
		log_write(&daemon->log, LOG_ERR, "cannot detach from the terminal: %s",
			  strerror(-error));
		return EX_OSERR;
	}
	if (daemon->options->background)
		daemon->log = log_to_syslog(NAME, daemon->log.level, NULL);
	daemon->watchdog_ms = notify_watchdog_ms();
	open_transfer_log(daemon);
	if (enter_sandbox(daemon) != EX_OK)
		return EX_OSERR;
	error = loop_run(daemon);
	accesslog_close(&daemon->transfer_log.access);
	log_write(&daemon->log, LOG_NOTICE, "stopped");
	return error == 0 ? EX_OK : EXIT_FAILURE;
}

static int run_daemon(struct daemon *daemon, struct background *background,
		      struct pidfile *pid_file)
{
	int error, status = drop_privileges(&daemon->settings, &daemon->log);

	if (status == EX_OK && geteuid() == 0 && !daemon->settings.as_requester)
		log_write(
			&daemon->log, LOG_WARNING,
			"running as root: every user can fetch every file of an export; choose "
			"another user with --user");
	if (status == EX_OK)
		status = open_exports(&daemon->settings, &daemon->log);
	if (status == EX_OK)
		status = prepare_identity(daemon);
	if (status == EX_OK)
		status = prepare_sandbox(daemon);
	if (status != EX_OK)
		goto out;
	daemon->lines.log = &daemon->log;
	error = workers_open(&daemon->workers, &daemon->settings.limits, &daemon->transfer_log,
			     &daemon->sandbox, &daemon->lines);
	if (error == 0) {
		status = take_key(daemon);
		if (status != EX_OK)
			goto out;
		error = signals_catch(daemon->door.calls->waker(&daemon->door),
				      daemon->door.calls->wake);
	}
	if (error == 0) {
		status = serve_until_stopped(daemon, background, pid_file);
	} else {
		log_write(&daemon->log, LOG_ERR, "cannot start: %s", strerror(-error));
		status = EX_OSERR;
	}
	daemon->door.calls->close(&daemon->door);
out:
	groups_close(&daemon->groups);
	workers_close(&daemon->workers);
	notify_close(&daemon->notify);
	sandbox_close(&daemon->sandbox);
	wait_queue_free(&daemon->waiting);
	return status;
}

/* Runs the daemon, in the background if the options say so. */
static int start(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	struct background background = {.ready = -1};
	struct pidfile pid_file = {.fd = -1};
	int error, status = open_pid_file(options, &daemon->log, &pid_file);

	if (status != EX_OK)
		return status;
	error = options->background ? background_enter(&background, &pid_file) : 0;
	if (error == 0) {
		status = run_daemon(daemon, &background, &pid_file);
	} else {
		log_write(&daemon->log, LOG_ERR, "cannot start a background process: %s",
			  strerror(-error));
		status = EX_OSERR;
	}
	pidfile_drop(&pid_file);
	return status;
}

static int clean_key(const struct daemon *daemon)
{
	int status = drop_privileges(&daemon->settings, &daemon->log);

	return status != EX_OK
		       ? status
		       : clean(&daemon->settings, daemon->options, stdout, &daemon->log);
}

static int dump_config(const struct daemon *daemon)
{
	if (dump(&daemon->settings, stdout) == 0 && fflush(stdout) == 0)
		return EX_OK;
	log_write(&daemon->log, LOG_ERR, "cannot write the configuration: %s", strerror(errno));
	return EX_IOERR;
}

/* Acts on a configuration without errors. */
static int act(struct daemon *daemon)
{
	const struct options *options = daemon->options;

	daemon->log.level = daemon->settings.log_level;
	if (options->dump_config)
		return dump_config(daemon);
	if (options->clean)
		return clean_key(daemon);
	if (options->test_config)
		return preflight(&daemon->settings, &daemon->log) ? EX_OK : EX_CONFIG;
	return start(daemon);
}

int main(int argc, char *argv[], char *envp[])
{
	struct options options;
	struct daemon daemon = {
		.door = {.calls = &sysv_door},
		.sandbox = {.reading = -1, .governing = -1},
		.notify = {.socket = -1},
	};
	int status = EX_OK;

	if (background_fill_standard() != 0)
		return EX_OSERR;
	fork_cost_reduce();
	setproctitle_init(argc, argv, envp);
	switch (daemon_options_parse(argc, argv, &options)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_DONE:
		return EX_OK;
	case OPTIONS_WRONG:
		daemon_options_free(&options);
		return EX_USAGE;
	case OPTIONS_NO_OUTPUT:
		return EX_IOERR;
	default:
		return EX_OSERR;
	}
	daemon.options = &options;
	daemon.log = log_to_stderr(NAME, LOG_NOTICE);
	if (load_settings(&options, &daemon.log, &daemon.settings) != 0)
		status = EX_CONFIG;
	else
		status = act(&daemon);
	settings_free(&daemon.settings);
	daemon_options_free(&options);
	return status;
}
