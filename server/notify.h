/* SPDX-License-Identifier: ISC */
/*
 * notify: what the service manager is told, over $NOTIFY_SOCKET (sd_notify(3)).
 *
 * Owns the datagram.  Must not know when it is due.  Nothing happens where no
 * service manager asked to be told.
 */
#ifndef MSGFETCH_SERVER_NOTIFY_H
#define MSGFETCH_SERVER_NOTIFY_H

/*
 * Sends one notification: lines of NAME=VALUE, "READY=1" for one.  Returns 0, also
 * where nobody listens, or a negative errno.
 */
int notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * How often WATCHDOG=1 is expected, in ms: half of what $WATCHDOG_USEC allows, if
 * $WATCHDOG_PID is this process or not set; 0: not at all.
 */
unsigned notify_watchdog_ms(void);

#endif
