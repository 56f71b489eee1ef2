/* SPDX-License-Identifier: ISC */
/*
 * actors: the daemon, the client and a client of our own making, as processes.
 *
 * Owns how they are started, awaited and ended.  Every wait here has a limit, and a
 * wait that ends there fails the test.  Programs come from $MSGFETCHD and $MSGFETCH.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_ACTORS_H
#define MSGFETCH_TESTS_SUPPORT_ACTORS_H

#include "common/lease.h"
#include "common/protocol.h"
#include "common/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#define TEST_KEY ((key_t)0x6d736754)
#define TEST_KEY_TEXT "0x6d736754"

/* How to start a program. */
struct spawn {
	const char *program;
	const char *const *arguments;   /* after argv[0], NULL-ended */
	const char *const *environment; /* "NAME=VALUE" to add, NULL-ended; or NULL */
	int in, out, err;               /* 0: /dev/null */
	void (*prepare)(void *context); /* in the child, last of all; or NULL */
	void *context;
};

pid_t actors_spawn(const struct spawn *spawn);

/* Waits for a child's end, at most limit_ms; its wait status. */
int actors_wait(pid_t child, unsigned limit_ms);

/* A daemon.  Set up prepare, context and environment before starting; the rest is ours. */
struct msgfetchd {
	void (*prepare)(void *context);
	void *context;
	const char *const *environment;
	pid_t pid;
	int notify;        /* the socket that $NOTIFY_SOCKET names */
	char states[8192]; /* all that came over it, a newline after each datagram */
	char log[32];      /* the file that stderr goes to */
};

/*
 * Starts msgfetchd -k TEST_KEY_TEXT with more arguments, NULL-ended, and waits until it
 * says READY=1.  It is stopped at the end of the test unless the test does so.
 */
void msgfetchd_start(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* The same without -k and without waiting. */
void msgfetchd_launch(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* One entry of pub, the directory that serve() exports. */
struct served {
	const char
		*name; /* below pub; a directory ends with '/', and stands before its content */
	size_t size;   /* of a file that harness_make_file() writes */
	unsigned seed;
	const char *text; /* or the file's content */
	const char *link; /* or the target of a symbolic link */
};

/* What to serve, and how.  Zero is the usual way. */
struct serving {
	struct msgfetchd *daemon;
	const struct served
		*files;         /* ends with a NULL name; NULL: "file" and a "large" of 3 MiB */
	const char *settings;   /* lines of the configuration, ahead of the export */
	const char *rules;      /* lines in the export pub */
	const char *also;       /* another name to export pub by, without rules */
	const char *options[4]; /* more arguments, NULL-ended */
};

/*
 * Starts a daemon that exports pub: serve(&server, .settings = "max-workers = 1").  Makes
 * pub with its files, unless the test has made pub.  The daemon gets a configuration, "conf",
 * if anything is to be configured, else an --export.
 */
#define serve(daemon_, ...) actors_serve(&(struct serving){.daemon = (daemon_), __VA_ARGS__})
void actors_serve(const struct serving *serving);

/* Waits until the daemon has sent this line over its notify socket since the last clear. */
void msgfetchd_await(struct msgfetchd *daemon, const char *state);
bool msgfetchd_has_said(struct msgfetchd *daemon, const char *state);
void msgfetchd_clear_states(struct msgfetchd *daemon);

/* The setting; a sanitizer's runtime cannot be confined. */
#define TIGHTEST_SANDBOX \
	(strcmp(SANDBOX_DEFAULT, "off") == 0 ? "sandbox = off" : "sandbox = strict")

/* Waits until the log has this text. */
void msgfetchd_await_log(const struct msgfetchd *daemon, const char *text);
bool msgfetchd_logged(const struct msgfetchd *daemon, const char *text);
int msgfetchd_count_log(const struct msgfetchd *daemon, const char *text);

/* SIGTERM; asserts exit status 0. */
void msgfetchd_stop(struct msgfetchd *daemon);

/* SIGKILL: its queue and lease are left. */
void msgfetchd_kill(struct msgfetchd *daemon);

/* Waits for it to end by itself; its exit status, or -1 after a signal. */
int msgfetchd_exit_status(struct msgfetchd *daemon);

/* Runs msgfetchd with arguments as they are, to its end; its exit status. */
int msgfetchd_run(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* Removes the request queue and lease under key, if any is left by a killed daemon. */
void actors_remove_stale(key_t key);

/* One run of msgfetch. */
struct client {
	void (*prepare)(void *context);
	void *context;
	const char *const *environment;
	pid_t pid;
	int out, err; /* what the test reads; 0 in .out where the test gave its own */
	int give_out; /* stdout of the client where not 0: the test keeps it */
	int code;     /* exit status, or -1 */
	int signal;   /* what ended it, or 0 */
	char *output; /* NUL-terminated */
	size_t output_length;
	char *errors; /* NUL-terminated */
};

/* Runs msgfetch with these arguments, NULL-ended, to its end, under TEST_KEY. */
void fetch(struct client *client, ...) __attribute__((sentinel));

/* Runs any program in place of msgfetch, to its end; .out and .err of *spawn are set here. */
void actors_run(struct client *client, struct spawn *spawn);

/* Starts it only; its stdout is a pipe that nobody reads yet. */
void client_start(struct client *client, ...) __attribute__((sentinel));

/* Reads all that it writes, and waits for its end. */
void client_finish(struct client *client);

/*
 * Waits until the transfer of a large file stands still, since nobody reads what the
 * client writes: bytes stand in its pipe, and its queue, or its ring, is full.
 */
void client_await_standstill(const struct client *client);

/* Waits until it has said something on stderr. */
void client_await_errors(const struct client *client);

/* Asserts exit status and, where text is not NULL, that stderr holds it. */
void expect_code(const struct client *client, int code, const char *text);

/* Asserts success and that stdout is the content of file. */
void expect_file(const struct client *client, const char *file);

/* A client of our own, on common/ alone. */
struct peer {
	int queue;
	struct request request;
	bool begun; /* a reply came: the ticket is out of the queue */
};

/* Makes a private queue with a ticket in it, and gives it to the owner of the request queue. */
void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* Asks for one path.  flags: enum request_flags. */
void peer_ask(struct peer *peer, const char *path, uint32_t flags);
void peer_ask_rest(struct peer *peer, const char *path, const struct stamp *stamp,
		   uint64_t offset);
void peer_ping(struct peer *peer);

/* Sends what the peer's request is now. */
void peer_send(struct peer *peer);

/* Sends raw bytes to the request queue. */
void peer_send_raw(long type, const void *text, size_t length);

/* The next reply, within WAIT_LIMIT_MS; it is valid until the next call. */
struct reply peer_receive(struct peer *peer);

/* The next reply, which must be a FAILURE of this reason and errno. */
void peer_expect_failure(struct peer *peer, enum failure_reason reason, int error);

/* All up to END: asserts that DATA, from where asked for on, is the file's. */
void peer_expect_file(struct peer *peer, const char *file);

/*
 * True when the peer's own ticket is still in its queue.  Takes it out to look, and puts
 * it back: only for when the daemon has no reason to look, too.
 */
bool peer_has_ticket(const struct peer *peer);

/* Messages in its queue: after a request none means that the daemon took the ticket. */
size_t peer_count_messages(const struct peer *peer);

/* A daemon of our own, in this process, that says what the test wants said. */
struct fake {
	struct lease lease;
	int queue;
	struct request request; /* the last one; .paths points into .text */
	uint8_t text[PROTOCOL_MESSAGE_MAX];
};

/* Takes TEST_KEY as a daemon would. */
void fake_open(struct fake *fake);

/* Gives it back: the queue and the lease are gone.  fake_open() makes a new one. */
void fake_close(struct fake *fake);

/* Waits for a request; asserts that it is sound and that its ticket is where it says. */
void fake_await(struct fake *fake);

/* To whoever sent the last request: replies on entry 0. */
#define FAKE_STAMP(bytes) \
	((struct stamp){.device = 1, .inode = 2, .mtime_ns = 3, .size = (bytes)})

/* Lists are what msgfetch asks for; fake_end() says, too, that this was all. */
void fake_entry(struct fake *fake, struct stamp stamp);
void fake_data(struct fake *fake, uint64_t offset, const void *bytes, size_t length);
void fake_end(struct fake *fake, struct stamp stamp, uint64_t offset);
void fake_fail(struct fake *fake, enum failure_reason reason, int error, uint32_t retry_ms);

/* The same for an entry of any number and name; fake_over() ends a list of so many. */
void fake_announce(struct fake *fake, uint32_t entry, const struct entry_wire *body,
		   const char *name, const char *link);
void fake_bytes(struct fake *fake, uint32_t entry, uint64_t offset, const void *bytes,
		size_t length);
void fake_finish(struct fake *fake, uint32_t entry, struct stamp stamp, uint64_t offset);
void fake_refuse(struct fake *fake, uint32_t entry, enum failure_reason reason, int error,
		 uint32_t retry_ms);
void fake_over(struct fake *fake, uint64_t entries);

/* A whole file at once: ENTRY, DATA and END. */
void fake_serve(struct fake *fake, const char *text);

/* Whatever the test likes. */
void fake_send(struct fake *fake, long type, const void *text, size_t length);

#endif
