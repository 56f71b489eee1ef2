/* SPDX-License-Identifier: ISC */
/*
 * notify: what the service manager is told, over $NOTIFY_SOCKET (sd_notify(3)).
 *
 * Owns the socket and the datagram.  Must not know when one is due.  Nothing happens
 * where no service manager asked to be told.
 */
#ifndef MSGFETCH_SERVER_PROCESS_NOTIFY_H
#define MSGFETCH_SERVER_PROCESS_NOTIFY_H

struct notify {
	int socket; /* -1: nobody asked */
};

/* Connects, once: later the sandbox forbids it.  Returns 0 or a negative errno. */
int notify_open(struct notify *notify);

/*
 * Sends one notification: lines of NAME=VALUE, "READY=1" for one.  Returns 0, also
 * where nobody asked, or a negative errno.
 */
int notify_send(const struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void notify_close(struct notify *notify);

/*
 * How often WATCHDOG=1 is expected, in ms: half of what $WATCHDOG_USEC allows, if
 * $WATCHDOG_PID is this process or not set; 0: not at all.
 */
unsigned notify_watchdog_ms(void);

#endif
