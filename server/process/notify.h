/* SPDX-License-Identifier: ISC */
/*
 * notify: notifications to the service manager over $NOTIFY_SOCKET (sd_notify(3)).
 *
 * Owns the socket and the datagrams.  Does nothing without $NOTIFY_SOCKET.  Must not know
 * when a notification is due.
 */
#ifndef MSGFETCH_SERVER_PROCESS_NOTIFY_H
#define MSGFETCH_SERVER_PROCESS_NOTIFY_H

struct notify {
	int socket; /* -1: no $NOTIFY_SOCKET */
};

/* Connects before the sandbox forbids it.  Returns 0 or a negative errno. */
int notify_open(struct notify *notify);

/*
 * Sends one notification: lines of NAME=VALUE, for example "READY=1".  Never waits.  Returns
 * 0, also without $NOTIFY_SOCKET, or a negative errno.
 */
int notify_send(const struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void notify_close(struct notify *notify);

/*
 * Returns the period of WATCHDOG=1 in ms: half of $WATCHDOG_USEC.  Returns 0 (no watchdog)
 * without $WATCHDOG_USEC, or if $WATCHDOG_PID is another process.
 */
unsigned notify_watchdog_ms(void);

#endif
