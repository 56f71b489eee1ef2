# SPDX-License-Identifier: ISC
# client/local.mk: libmsgfetch, the msgfetch command and the Python module.

bin_PROGRAMS = msgfetch
noinst_LTLIBRARIES += libclient.la libcommand.la
lib_LTLIBRARIES = libmsgfetch.la
include_HEADERS = client/lib/msgfetch.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = client/lib/msgfetch.pc

# ---- the library

# The objects of libmsgfetch, which the command, the tests and the benchmark link, too: see "What a
# request costs" in docs/performance.md.
libclient_la_CFLAGS = $(AM_CFLAGS) $(LIBRARY_CFLAGS) $(PTHREAD_CFLAGS)
libclient_la_SOURCES = \
	client/lib/attempt.c client/lib/attempt.h \
	client/lib/call.c client/lib/call.h \
	client/lib/clock.c client/lib/clock.h \
	client/lib/diagnose.c \
	client/lib/diagnosis.c client/lib/diagnosis.h \
	client/lib/diagnosis_limits.c client/lib/diagnosis_limits.h \
	client/lib/fetch_state.c client/lib/fetch_state.h \
	client/lib/fetch.c client/lib/fetch.h \
	client/lib/finding.c client/lib/finding.h \
	client/lib/logind.c client/lib/logind.h \
	client/lib/query.c \
	client/lib/name.c client/lib/name.h \
	client/lib/outcome.c client/lib/outcome.h \
	client/lib/daemon_state.c client/lib/daemon_state.h \
	client/lib/proc_scan.c client/lib/proc_scan.h \
	client/lib/receive.c client/lib/receive.h \
	client/lib/sequence.c client/lib/sequence.h \
	client/lib/session.c client/lib/session.h \
	client/lib/simple.c \
	client/lib/trust.c client/lib/trust.h \
	client/lib/verify.c client/lib/verify.h \
	common/sysv/client.c \
	common/sysv/watch.c common/sysv/watch.h

# CURRENT:REVISION:AGE of the interface, changed just before a release, by libtool's rules:
#   no change of the interface, only of the code:  REVISION + 1
#   functions, fields or values were added:        CURRENT + 1, REVISION 0, AGE + 1
#   anything was removed or changed:               CURRENT + 1, REVISION 0, AGE 0
# The last one gives programs another library (soname) to look for.  tests/scripts/abi.sh tells which
# of them it is, and libmsgfetch.map has a block for each CURRENT that added something.
libmsgfetch_version = 0:0:0

libmsgfetch_la_SOURCES = client/lib/msgfetch.h
libmsgfetch_la_LIBADD = libclient.la libcommon.la $(SHARED_LIBS) $(PTHREAD_CFLAGS)
libmsgfetch_la_LDFLAGS = $(AM_LDFLAGS) $(LIBRARY_LDFLAGS) -no-undefined \
	-version-info $(libmsgfetch_version) \
	-Wl,--version-script=$(srcdir)/client/lib/libmsgfetch.map
libmsgfetch_la_DEPENDENCIES = libclient.la libcommon.la client/lib/libmsgfetch.map

# ---- the command

msgfetch_SOURCES = client/command/main.c
msgfetch_LDADD = $(client_libs)

libcommand_la_SOURCES = \
	client/command/show/reporter.c client/command/show/reporter.h \
	client/command/show/bar.c client/command/show/bar.h \
	client/command/show/browse.c client/command/show/browse.h \
	client/command/select/catalog.c client/command/select/catalog.h \
	client/command/base/cleanup.c client/command/base/cleanup.h \
	client/command/command.c client/command/command.h \
	client/command/output/delivery.c client/command/output/delivery.h \
	client/command/show/doctor.c client/command/show/doctor.h \
	client/command/show/dryrun.c client/command/show/dryrun.h \
	client/command/cli/patterns.c client/command/cli/patterns.h \
	client/command/cli/help.c client/command/cli/help.h \
	client/command/select/expand.c client/command/select/expand.h \
	client/command/select/jobs.c client/command/select/jobs.h \
	client/command/show/json.c client/command/show/json.h \
	client/command/show/listing.c client/command/show/listing.h \
	client/command/output/inplace.c client/command/output/inplace.h \
	client/command/output/followed.c client/command/output/followed.h \
	client/command/output/newfile.c client/command/output/newfile.h \
	client/command/cli/options.c client/command/cli/options.h \
	client/command/cli/optionset.h \
	client/command/cli/optionvalues.c client/command/cli/optionvalues.h \
	client/command/show/outcomes.c client/command/show/outcomes.h \
	client/command/output/output.c client/command/output/output.h \
	client/command/output/outtree.c client/command/output/outtree.h \
	client/command/output/replaced.c client/command/output/replaced.h \
	client/command/output/resolve.c client/command/output/resolve.h \
	client/command/output/partial.c client/command/output/partial.h \
	client/command/cli/pathlist.c client/command/cli/pathlist.h \
	client/command/show/progress.c client/command/show/progress.h \
	client/command/show/prometheus.c client/command/show/prometheus.h \
	client/command/base/report.c client/command/base/report.h \
	client/command/cli/option_rules.c client/command/cli/option_rules.h \
	client/command/base/nearest.c client/command/base/nearest.h \
	client/command/base/rmtree.c client/command/base/rmtree.h \
	client/command/show/screen.c client/command/show/screen.h \
	client/command/select/suggest.c client/command/select/suggest.h \
	client/command/select/selection.c client/command/select/selection.h \
	client/command/output/staging.c client/command/output/staging.h \
	client/command/show/status.c client/command/show/status.h \
	client/command/show/status_text.c client/command/show/status_text.h \
	client/command/base/target.c client/command/base/target.h \
	client/command/base/wildmatch.c client/command/base/wildmatch.h \
	client/command/base/text.c client/command/base/text.h \
	client/command/show/top.c client/command/show/top.h \
	client/command/show/topview.c client/command/show/topview.h \
	client/command/output/tree.c client/command/output/tree.h \
	client/command/output/written.c client/command/output/written.h

# ---- the Python module

dist_msgfetchpython_PYTHON = \
	client/python/msgfetch/__init__.py \
	client/python/msgfetch/_errors.py \
	client/python/msgfetch/_library.py \
	client/python/msgfetch/_sinks.py \
	client/python/msgfetch/_types.py
dist_msgfetchpython_DATA = client/python/msgfetch/py.typed
# Names the version for importlib.metadata, and the installer, so that pip leaves the module alone.
msgfetchdistinfo_DATA = client/python/METADATA client/python/INSTALLER
CLEANFILES += $(msgfetchdistinfo_DATA)

client/python/METADATA: client/python/METADATA.in Makefile
	$(AM_V_at)$(MKDIR_P) client/python
	$(AM_V_GEN)$(SED) 's|@PACKAGE_VERSION[@]|$(PACKAGE_VERSION)|' '$(srcdir)/$@.in' >$@.tmp
	$(AM_V_at)mv $@.tmp $@

client/python/INSTALLER: Makefile
	$(AM_V_at)$(MKDIR_P) client/python
	$(AM_V_GEN)echo make >$@

EXTRA_DIST += \
	client/lib/example.c \
	client/lib/libmsgfetch.map \
	client/python/METADATA.in \
	client/python/pyproject.toml
