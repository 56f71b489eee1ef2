/* SPDX-License-Identifier: ISC */
/*
 * logind: tells whether systemd-logind runs and removes the System V objects of users who
 * log out.
 *
 * Owns the search path and the syntax of logind.conf(5), as far as RemoveIPC needs them.
 */
#ifndef MSGFETCH_LIB_LOGIND_H
#define MSGFETCH_LIB_LOGIND_H

#include "client/lib/diagnosis.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a configuration file of length bytes.  Sets *removes if its section [Login] has a
 * valid RemoveIPC.  Pure.
 */
void logind_read_text(const char *text, size_t length, bool *removes);

/* Fills *logind for this machine. */
void logind_look(struct diagnosis_logind *logind);

#endif
