/* SPDX-License-Identifier: ISC */
/*
 * namespaces: in which IPC namespace this process is, and where processes called msgfetchd are.
 *
 * Owns the looks into /proc.  Must not know keys or queues.
 */
#ifndef MSGFETCH_LIB_PROC_SCAN_H
#define MSGFETCH_LIB_PROC_SCAN_H

#include <sys/types.h>

#include "client/lib/diagnosis.h"

/* What can be seen; where /proc does not show a thing, it is as if it were not there. */
void proc_scan(struct diagnosis_namespaces *namespaces);

/* What process is, 0 standing for none. */
enum diagnosis_process proc_scan_process(pid_t process);

#endif
