# SPDX-License-Identifier: ISC
# common/local.mk: the code that the daemon and the library share.

noinst_LTLIBRARIES += libcommon.la

libcommon_la_CFLAGS = $(AM_CFLAGS) $(LIBRARY_CFLAGS)
libcommon_la_SOURCES = \
	common/clock.h \
	common/confined.c common/confined.h \
	common/digest.c common/digest.h \
	common/key.c common/key.h \
	common/log.c common/log.h \
	common/mtime.c common/mtime.h \
	common/message.h \
	common/protocol.c common/protocol.h \
	common/ring.c common/ring.h \
	common/suggest.c common/suggest.h \
	common/transport.h \
	common/writer.c common/writer.h \
	common/sysv/lease.c common/sysv/lease.h \
	common/sysv/queue.c common/sysv/queue.h \
	common/sysv/ring.c common/sysv/ring.h \
	common/sysv/seal.c common/sysv/seal.h
