# SPDX-License-Identifier: ISC
# tests/local.mk: the test programs and scripts, and the targets that run them.

unit_tests = \
	tests/unit/access \
	tests/unit/accesslog \
	tests/unit/audit \
	tests/unit/bar \
	tests/unit/classic \
	tests/unit/parser \
	tests/unit/diagnosis \
	tests/unit/digest \
	tests/unit/dump \
	tests/unit/fetch_state \
	tests/unit/exports \
	tests/unit/patterns \
	tests/unit/groups \
	tests/unit/reaper \
	tests/unit/jobs \
	tests/unit/line_limit \
	tests/unit/key \
	tests/unit/last_lines \
	tests/unit/lease \
	tests/unit/orphan \
	tests/unit/outbox \
	tests/unit/overlap \
	tests/unit/limits \
	tests/unit/wait_queue \
	tests/unit/wildmatch \
	tests/unit/lines \
	tests/unit/log \
	tests/unit/logind \
	tests/unit/partial \
	tests/unit/mtime \
	tests/unit/name \
	tests/unit/newfile \
	tests/unit/options \
	tests/unit/outcome \
	tests/unit/packer \
	tests/unit/pathlist \
	tests/unit/protocol \
	tests/unit/queue \
	tests/unit/retry \
	tests/unit/ring \
	tests/unit/ring_budget \
	tests/unit/rmtree \
	tests/unit/rotation \
	tests/unit/group_cache \
	tests/unit/selection \
	tests/unit/seccomp \
	tests/unit/sequence \
	tests/unit/settings \
	tests/unit/scoreboard \
	tests/unit/byte_range \
	tests/unit/statistics \
	tests/unit/staging \
	tests/unit/status \
	tests/unit/status_text \
	tests/unit/queue_scan \
	tests/unit/ticket \
	tests/unit/topview \
	tests/unit/transfer_log \
	tests/unit/transport \
	tests/unit/tree \
	tests/unit/writer

integration_tests = \
	tests/integration/access \
	tests/integration/access_log \
	tests/integration/addressee \
	tests/integration/background \
	tests/integration/browse \
	tests/integration/calls \
	tests/integration/choose \
	tests/integration/clean \
	tests/integration/client \
	tests/integration/configuration \
	tests/integration/continue \
	tests/integration/daemon \
	tests/integration/daemon_user \
	tests/integration/digest \
	tests/integration/doctor \
	tests/integration/faults \
	tests/integration/fetch \
	tests/integration/flood \
	tests/integration/fuzz \
	tests/integration/follow \
	tests/integration/growth \
	tests/integration/hostile_tree \
	tests/integration/identity \
	tests/integration/reaper \
	tests/integration/jobs \
	tests/integration/classic \
	tests/integration/library \
	tests/integration/limits \
	tests/integration/lines \
	tests/integration/log_limit \
	tests/integration/list \
	tests/integration/many_paths \
	tests/integration/modes \
	tests/integration/netfs \
	tests/integration/output \
	tests/integration/pidns \
	tests/integration/protocol \
	tests/integration/range \
	tests/integration/race \
	tests/integration/reopen \
	tests/integration/replace \
	tests/integration/ring \
	tests/integration/ring_memory \
	tests/integration/robust \
	tests/integration/sandbox \
	tests/integration/sparse \
	tests/integration/status \
	tests/integration/top \
	tests/integration/tree \
	tests/integration/tree_end \
	tests/integration/user \
	tests/integration/worker

# Programs in other languages that the tests run, and shared parts of the test scripts.
test_data = \
	tests/scripts/abi/libmsgfetch-0.abi \
	tests/scripts/booted.sh \
	tests/scripts/chaos.py \
	tests/scripts/completions.py \
	tests/scripts/examples.py \
	tests/scripts/protocol_client.py \
	tests/scripts/top.py \
	tests/scripts/python_client.py \
	tests/scripts/range_curl.py \
	tests/scripts/script.sh \
	tests/scripts/tutorial.py

test_scripts = \
	tests/scripts/abi.sh \
	tests/scripts/chaos.sh \
	tests/scripts/completions.sh \
	tests/scripts/containers.sh \
	tests/scripts/debian.sh \
	tests/scripts/examples.sh \
	tests/scripts/fuzz.sh \
	tests/scripts/install.sh \
	tests/scripts/library.sh \
	tests/scripts/python.sh \
	tests/scripts/range_curl.sh \
	tests/scripts/readme.sh \
	tests/scripts/systemd.sh \
	tests/scripts/tutorial.sh

# Targets of libFuzzer.  tests/fuzz/run compiles them.
fuzz_data = \
	tests/fuzz/classic.c \
	tests/fuzz/comments.c \
	tests/fuzz/corpus \
	tests/fuzz/pack.c \
	tests/fuzz/reply.c \
	tests/fuzz/request.c \
	tests/fuzz/run \
	tests/fuzz/settings.c \
	tests/fuzz/target.h

if ENABLE_TESTS
check_LTLIBRARIES = libharness.la
libharness_la_SOURCES = \
	tests/support/actors.c tests/support/actors.h \
	tests/support/harness.c tests/support/harness.h \
	tests/support/pub.c tests/support/pub.h \
	tests/support/seen.c tests/support/seen.h \
	tests/support/trees.c tests/support/trees.h

# Every test links all libraries; the linker takes the objects that a test needs.
LDADD = libharness.la libserver.la libcommand.la libclient.la libcommon.la $(digest_libs) \
	$(CONFUSE_LIBS) $(SECCOMP_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS) $(LIBBSD_LIBS) $(PTHREAD_CFLAGS)

tests_integration_calls_SOURCES = tests/integration/calls.c tests/support/recorder.c tests/support/recorder.h
tests_integration_library_SOURCES = tests/integration/library.c tests/support/recorder.c tests/support/recorder.h
tests_integration_follow_SOURCES = tests/integration/follow.c tests/support/recorder.c tests/support/recorder.h
tests_integration_faults_SOURCES = tests/integration/faults.c tests/support/faults.c tests/support/faults.h
tests_integration_netfs_SOURCES = tests/integration/netfs.c tests/support/slowfs.c tests/support/slowfs.h

check_PROGRAMS = $(unit_tests) $(integration_tests)
TESTS = $(unit_tests) $(integration_tests) $(test_scripts)
endif

TEST_EXTENSIONS = .sh

# Directory of the programs that the tests run.
programs = $(abs_top_builddir)

AM_TESTS_ENVIRONMENT = \
	MSGFETCHD='$(programs)/msgfetchd'; export MSGFETCHD; \
	MSGFETCH='$(programs)/msgfetch'; export MSGFETCH; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	$(fuzz_environment)

# A test that writes to /dev/null as root must not replace the device.
check-local: check-TESTS
	@test -c /dev/null || { echo 'a test has replaced /dev/null'; exit 1; }

# ---- longer runs, by hand

check-sanitize:
	@if test -f '$(srcdir)/config.status'; then \
		echo 'check-sanitize needs a build directory apart from the sources (HACKING.md)'; \
		exit 1; \
	fi
	$(MKDIR_P) sanitize
	test -f sanitize/Makefile || (cd sanitize && \
		'$(abs_top_srcdir)/configure' --enable-sanitizers CC='$(CC)' CFLAGS='-O1 -g')
	$(MAKE) $(AM_MAKEFLAGS) -C sanitize all
	$(MAKE) $(AM_MAKEFLAGS) -C sanitize check

# Some tests fail in this build, because a confined process cannot write its counts.  The directories
# are open to all users, whose processes write counts, too.  integration/faults is left out: after a
# read() that fails, gcov replaces earlier counts.
coverage:
	rm -rf coverage
	$(MKDIR_P) coverage
	cd coverage && '$(abs_top_srcdir)/configure' --enable-coverage --disable-hardening \
		CC='$(CC)' CFLAGS='-O0 -g'
	$(MAKE) $(AM_MAKEFLAGS) -C coverage all
	$(MAKE) $(AM_MAKEFLAGS) -C coverage check TESTS=
	find coverage -type d -exec chmod a+rwx {} +
	-umask 0; $(MAKE) $(AM_MAKEFLAGS) -k -C coverage check \
		TESTS="`printf '%s ' $(unit_tests) $(integration_tests) | sed 's,[^ ]*/faults ,,'`"
	'$(srcdir)/tests/support/coverage' coverage

# Unit tests run under memcheck themselves, integration tests run the two programs under it.
# Excluded are tests that would take hours (faults), measure times (flood) or need the sandbox.
# Only memcheck's findings count: tests may fail because of their time limits.
valgrind_not = tests/integration/faults|tests/integration/flood|tests/integration/sandbox
memcheck = '$(abs_top_srcdir)/tests/support/memcheck'

check-valgrind: all
	rm -rf valgrind
	MEMCHECK='$(abs_top_builddir)/valgrind' CK_TIMEOUT_MULTIPLIER=20 RACE_FETCHES=50; \
	export MEMCHECK CK_TIMEOUT_MULTIPLIER RACE_FETCHES; \
	CC='$(CC)' $(memcheck) --wrap '$(abs_top_builddir)/msgfetchd' \
		'$(abs_top_builddir)/msgfetch' || exit 1; \
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests)' LOG_COMPILER=$(memcheck); \
	$(MAKE) $(AM_MAKEFLAGS) check programs="$$MEMCHECK" FUZZ_MESSAGES=500 \
		TESTS="`printf '%s ' $(integration_tests) | sed -E 's,($(valgrind_not)) ,,g'`"; \
	$(memcheck) --report

fuzz_environment = \
	FUZZ_CPPFLAGS='$(LIBBSD_CFLAGS) $(CONFUSE_CFLAGS) $(SECCOMP_CFLAGS) $(XXHASH_CFLAGS) $(LIBMD_CFLAGS)'; export FUZZ_CPPFLAGS; \
	FUZZ_LIBS='$(digest_libs) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(LIBBSD_LIBS)'; export FUZZ_LIBS;

# Runs each target for FUZZ_SECONDS, then sends FUZZ_MESSAGES to a daemon with sanitizers.
FUZZ_SECONDS = 600
FUZZ_MESSAGES = 100000
fuzz: all
	$(fuzz_environment) top_builddir='$(abs_top_builddir)' \
		'$(srcdir)/tests/fuzz/run' '$(FUZZ_SECONDS)'
	$(MAKE) $(AM_MAKEFLAGS) check-sanitize TESTS=tests/integration/fuzz \
		FUZZ_MESSAGES='$(FUZZ_MESSAGES)' CK_TIMEOUT_MULTIPLIER=60
	cat sanitize/tests/integration/fuzz.log

# "make check" runs a shorter chaos.
CHAOS_REQUESTS = 20000
chaos: all
	MSGFETCHD='$(abs_top_builddir)/msgfetchd' MSGFETCH='$(abs_top_builddir)/msgfetch' \
	CHAOS_REQUESTS='$(CHAOS_REQUESTS)' '$(srcdir)/tests/scripts/chaos.sh'

EXTRA_DIST += \
	tests/CLAIMS \
	tests/support/coverage \
	tests/support/coverage.h \
	tests/support/memcheck \
	tests/support/openat2.c \
	$(test_data) \
	$(fuzz_data) \
	$(test_scripts)

.PHONY: chaos coverage check-sanitize check-valgrind fuzz
