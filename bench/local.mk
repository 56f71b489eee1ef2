# SPDX-License-Identifier: ISC
# bench/local.mk: the benchmark, built by "make bench" only.

bench_programs = bench/bareloop bench/load bench/pairs
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)

# Link only the C library: each mapped library slows a process's forks.
bare_cppflags = -I$(top_srcdir) $(HARDENING_CPPFLAGS)

bench_bareloop_CPPFLAGS = $(bare_cppflags)
bench_bareloop_SOURCES = \
	bench/bareloop.c \
	bench/crowd.c bench/crowd.h \
	bench/latency.c bench/latency.h \
	bench/number.c bench/number.h
bench_bareloop_LDADD = libcommon.la

bench_load_SOURCES = \
	bench/crowd.c bench/crowd.h \
	bench/latency.c bench/latency.h \
	bench/load.c \
	bench/number.c bench/number.h
bench_load_LDADD = libclient.la libcommon.la $(digest_libs) $(LIBBSD_LIBS) $(PTHREAD_CFLAGS)

bench_pairs_CPPFLAGS = $(bare_cppflags)
bench_pairs_SOURCES = \
	bench/number.c bench/number.h \
	bench/pairs.c
bench_pairs_LDADD =

bench: all $(bench_programs)
	'$(srcdir)/bench/run' --build '$(abs_top_builddir)'

EXTRA_DIST += \
	bench/figures.svg \
	bench/inputs.py \
	bench/lab.py \
	bench/peers.py \
	bench/report.py \
	bench/rows.py \
	bench/run

.PHONY: bench
