/* SPDX-License-Identifier: ISC */
/*
 * proc_scan: finds this process's IPC namespace, and the processes named msgfetchd.
 *
 * Owns the access to /proc.  Must not know keys or queues.
 */
#ifndef MSGFETCH_LIB_PROC_SCAN_H
#define MSGFETCH_LIB_PROC_SCAN_H

#include "client/lib/diagnosis.h"

#include <sys/types.h>

/* Fills *namespaces.  Processes that /proc hides count as absent. */
void proc_scan(struct diagnosis_namespaces *namespaces);

/* Classifies a process by its pid; 0: no process. */
enum diagnosis_process proc_scan_process(pid_t process);

#endif
