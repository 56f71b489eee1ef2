/* SPDX-License-Identifier: ISC */
/*
 * logind: does systemd-logind run here, and does it remove the System V objects of users who
 * log out?
 *
 * Owns the places and the spelling of logind.conf(5), as far as RemoveIPC goes.
 */
#ifndef MSGFETCH_LIB_LOGIND_H
#define MSGFETCH_LIB_LOGIND_H

#include <stdbool.h>
#include <stddef.h>

#include "client/lib/diagnosis.h"

/* Pure: takes over what one file, of length bytes, says of RemoveIPC in [Login], if anything.
 */
void logind_read_text(const char *text, size_t length, bool *removes);

/* Looks at the machine. */
void logind_look(struct diagnosis_logind *logind);

#endif
