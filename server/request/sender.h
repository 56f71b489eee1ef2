/* SPDX-License-Identifier: ISC */
/* sender: whose process that is.  Owns nothing else; good for a log line. */
#ifndef MSGFETCH_SERVER_REQUEST_SENDER_H
#define MSGFETCH_SERVER_REQUEST_SENDER_H

#include <sys/ioctl.h>
#include <sys/types.h>

/* PIDFD_GET_INFO of Linux 6.13 (<linux/pidfd.h>), for its first layout. */
#define SENDER_PIDFD_GET_INFO _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64)

/* The effective uid of process pid, or (uid_t)-1: it is gone, or hidden from us. */
uid_t sender_uid(pid_t pid);

#endif
