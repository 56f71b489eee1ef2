# SPDX-License-Identifier: ISC
# server/local.mk: msgfetchd.

sbin_PROGRAMS = msgfetchd
noinst_LTLIBRARIES += libserver.la

msgfetchd_SOURCES = server/main.c
msgfetchd_LDADD = $(server_libs)
msgfetchd_LDFLAGS = $(AM_LDFLAGS) $(LEAN_LDFLAGS)

libserver_la_SOURCES = \
	common/door.h \
	common/sysv/addressee.c common/sysv/addressee.h \
	common/sysv/classic.c common/sysv/classic.h \
	common/sysv/listener.c common/sysv/listener.h \
	common/sysv/queue_scan.c common/sysv/queue_scan.h \
	common/sysv/ticket.c common/sysv/ticket.h \
	common/sysv/door.c \
	common/sysv/worker.c \
	server/access/access.c server/access/access.h \
	server/stats/accesslog.c server/stats/accesslog.h \
	server/stats/audit.c server/stats/audit.h \
	server/stats/transfer_log.c server/stats/transfer_log.h \
	server/request/answer.c server/request/answer.h \
	server/process/background.c server/process/background.h \
	server/transfer/beneath.c server/transfer/beneath.h \
	server/clean.c server/clean.h \
	server/daemon.h \
	server/dispatch.c server/dispatch.h \
	server/access/authorize.c server/access/authorize.h \
	server/config/dump.c server/config/dump.h \
	server/access/exports.c server/access/exports.h \
	server/access/export_path.c server/access/export_path.h \
	server/sandbox/seccomp.c server/sandbox/seccomp.h \
	server/access/groups.c server/access/groups.h \
	server/access/overlap.c server/access/overlap.h \
	server/process/identity.c server/process/identity.h \
	server/workers/reaper.c server/workers/reaper.h \
	server/request/job.h \
	server/request/junk.c server/request/junk.h \
	server/sandbox/landlock.c server/sandbox/landlock.h \
	server/process/fork_cost.c server/process/fork_cost.h \
	server/workers/orphan.c server/workers/orphan.h \
	server/request/limited_log.c server/request/limited_log.h \
	server/request/limits.c server/request/limits.h \
	server/request/line_limit.c server/request/line_limit.h \
	server/request/wait_queue.c server/request/wait_queue.h \
	server/transfer/file_data.c server/transfer/file_data.h \
	server/transfer/file_watch.c server/transfer/file_watch.h \
	server/transfer/follow.c server/transfer/follow.h \
	server/transfer/last_lines.c server/transfer/last_lines.h \
	server/transfer/rotation.c server/transfer/rotation.h \
	server/transfer/list.c server/transfer/list.h \
	server/preflight.c server/preflight.h \
	server/reopen.c server/reopen.h \
	server/loop.c server/loop.h \
	server/config/load.c server/config/load.h \
	server/process/notify.c server/process/notify.h \
	server/config/options.c server/config/options.h \
	server/config/setting_sources.c server/config/setting_sources.h \
	server/transfer/outbox.c server/transfer/outbox.h \
	server/transfer/packer.c server/transfer/packer.h \
	server/config/parser.c server/config/parser.h \
	server/process/priority.c server/process/priority.h \
	server/process/pidfile.c server/process/pidfile.h \
	server/process/privilege.c server/process/privilege.h \
	server/process/reserved.c server/process/reserved.h \
	server/access/group_cache.c server/access/group_cache.h \
	server/config/rules.c server/config/rules.h \
	server/sandbox/sandbox.c server/sandbox/sandbox.h \
	server/transfer/request_path.c server/transfer/request_path.h \
	server/transfer/serve.c server/transfer/serve.h \
	server/transfer/serve_classic.c server/transfer/serve_classic.h \
	server/config/settings.c server/config/settings.h \
	server/config/value.c server/config/value.h \
	server/process/signals.c server/process/signals.h \
	server/stats/scoreboard.c server/stats/scoreboard.h \
	server/stats/statistics.c server/stats/statistics.h \
	server/stats/status.c server/stats/status.h \
	server/transfer/stream.c server/transfer/stream.h \
	server/status_collect.c server/status_collect.h \
	server/transfer/walk.c server/transfer/walk.h \
	server/workers/ring_budget.c server/workers/ring_budget.h \
	server/workers/workers.c server/workers/workers.h
