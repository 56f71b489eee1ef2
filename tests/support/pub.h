/* SPDX-License-Identifier: ISC */
/*
 * pub: daemons that export the directory "pub", for tests of the daemon itself.
 *
 * Owns the two daemons and the two clients of such a test.  pub has two files: "file", and
 * "large", which has PUB_LARGE bytes.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_PUB_H
#define MSGFETCH_TESTS_SUPPORT_PUB_H

#include "tests/support/actors.h"

#define PUB_LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers hold */

extern struct msgfetchd first_daemon, second_daemon;
extern struct client client, other_client;

/* Creates the directory pub and its files. */
void make_pub(void);

/* Creates pub and starts the first daemon, which exports pub. */
void serve_pub(void);

/* Writes the file "conf": settings, and an export of pub.  Returns its absolute path. */
const char *configure(const char *settings);

/* Creates pub and starts the first daemon with the file that configure() writes. */
void serve_configured(const char *settings);

/* Fetches pub/file with client, and asserts that the file arrives. */
void expect_served(void);

/* Starts a transfer of pub/large that stands still until client_finish(). */
void start_large(struct client *slow);

#endif
