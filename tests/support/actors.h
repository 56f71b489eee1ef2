/* SPDX-License-Identifier: ISC */
/*
 * actors: runs the daemon and the client, and imitates both.
 *
 * Owns how processes are started, awaited and ended.  Every wait has a limit, and
 * reaching the limit fails the test.  $MSGFETCHD and $MSGFETCH name the programs.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_ACTORS_H
#define MSGFETCH_TESTS_SUPPORT_ACTORS_H

#include "common/protocol.h"
#include "common/sysv/lease.h"
#include "common/sysv/queue.h"
#include "common/sysv/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#define TEST_KEY ((key_t)0x6d736754)
#define TEST_KEY_TEXT "0x6d736754"

/* A program to start. */
struct spawn {
	const char *program;
	const char *const *arguments;   /* after argv[0], NULL-ended */
	const char *const *environment; /* "NAME=VALUE" to add, NULL-ended; or NULL */
	int in, out, err;               /* 0: /dev/null */
	void (*prepare)(void *context); /* called in the child before exec; or NULL */
	void *context;
};

pid_t actors_spawn(const struct spawn *spawn);

/* Waits for a child to end, at most limit_ms.  Returns the wait status. */
int actors_wait(pid_t child, unsigned limit_ms);

/* A daemon.  The test sets prepare, context and environment; actors.c owns the rest. */
struct msgfetchd {
	void (*prepare)(void *context);
	void *context;
	const char *const *environment;
	pid_t pid;
	int notify;        /* the socket that $NOTIFY_SOCKET names */
	char states[8192]; /* all datagrams received, each followed by a newline */
	char log[32];      /* the file that stderr goes to */
};

/*
 * Starts msgfetchd -k TEST_KEY_TEXT with more arguments, NULL-ended, and waits for READY=1.
 * The end of the test stops the daemon unless the test has stopped it.
 */
void msgfetchd_start(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* Starts msgfetchd without -k and without waiting. */
void msgfetchd_launch(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* One entry of pub, the directory that serve() exports. */
struct served {
	const char *name; /* below pub; of a directory: with a slash at the end */
	size_t size;      /* of a file that harness_make_file() writes */
	unsigned seed;
	const char *text; /* or the file's content */
	const char *link; /* or the target of a symbolic link */
};

/* The content and the configuration of serve().  A zero field means the default. */
struct serving {
	struct msgfetchd *daemon;
	const struct served *files; /* until a NULL name; NULL: "file" and "large" */
	const char *settings;       /* lines of the configuration, ahead of the export */
	const char *rules;          /* lines in the export pub */
	const char *also;           /* another name to export pub by, without rules */
	const char *options[4];     /* more arguments, NULL-ended */
};

/*
 * Starts a daemon that exports pub: serve(&server, .settings = "max-workers = 1").  Makes
 * pub with its files unless the test has made pub.  The daemon gets the configuration "conf"
 * if settings, rules or also are set, else an --export.
 */
#define serve(daemon_, ...) actors_serve(&(struct serving){.daemon = (daemon_), __VA_ARGS__})
void actors_serve(const struct serving *serving);

/* Waits until the daemon has sent this line over its notify socket since the last clear. */
void msgfetchd_await(struct msgfetchd *daemon, const char *state);
bool msgfetchd_has_said(struct msgfetchd *daemon, const char *state);
void msgfetchd_clear_states(struct msgfetchd *daemon);

/* Returns the strictest setting possible: a sanitizer's runtime cannot be confined. */
#define TIGHTEST_SANDBOX \
	(strcmp(SANDBOX_DEFAULT, "off") == 0 ? "sandbox = off" : "sandbox = strict")

/* Waits until the log has this text. */
void msgfetchd_await_log(const struct msgfetchd *daemon, const char *text);
bool msgfetchd_logged(const struct msgfetchd *daemon, const char *text);
int msgfetchd_count_log(const struct msgfetchd *daemon, const char *text);

/* Sends SIGTERM, and asserts exit status 0. */
void msgfetchd_stop(struct msgfetchd *daemon);

/* Sends SIGKILL, so the daemon's queue and lease are left. */
void msgfetchd_kill(struct msgfetchd *daemon);

/* Waits for the daemon to end.  Returns the exit status, or -1 after a signal. */
int msgfetchd_exit_status(struct msgfetchd *daemon);

/* Runs msgfetchd with exactly these arguments.  Returns the exit status. */
int msgfetchd_run(struct msgfetchd *daemon, ...) __attribute__((sentinel));

/* Removes the request queue and lease under key, if any is left by a killed daemon. */
void actors_remove_stale(key_t key);

/* One run of msgfetch. */
struct client {
	void (*prepare)(void *context);
	void *context;
	const char *const *environment;
	pid_t pid;
	int out, err; /* ends that the test reads; out is 0 if give_out is set */
	int give_out; /* the test's own descriptor for the client's stdout, or 0 */
	int code;     /* exit status, or -1 */
	int signal;   /* the signal that killed the client, or 0 */
	char *output; /* NUL-terminated */
	size_t output_length;
	char *errors; /* NUL-terminated */
};

/* Runs msgfetch with TEST_KEY and these arguments, NULL-ended, to its end. */
void fetch(struct client *client, ...) __attribute__((sentinel));

/* Runs any program in place of msgfetch to its end.  Sets out and err of *spawn. */
void actors_run(struct client *client, struct spawn *spawn);

/* Starts msgfetch.  Its stdout is a pipe, which only client_finish() reads. */
void client_start(struct client *client, ...) __attribute__((sentinel));

/* Reads all output of the client, and waits for the client's end. */
void client_finish(struct client *client);

/*
 * Waits until the transfer of a large file blocks because nobody reads the client's
 * output: the pipe holds bytes, and the client's queue or ring is full.
 */
void client_await_standstill(const struct client *client);

/* Waits until the client has written to stderr. */
void client_await_errors(const struct client *client);

/* Asserts the exit status and, if text is not NULL, that stderr contains text. */
void expect_code(const struct client *client, int code, const char *text);

/* Asserts success and that stdout is the content of file. */
void expect_file(const struct client *client, const char *file);

/* A client made of common/ alone. */
struct peer {
	int queue;
	struct seal seal;
	struct request request;
	bool begun; /* a reply was received, so the daemon has taken the ticket */
};

/*
 * Makes a private queue with a ticket, and donates the queue to the owner of the request
 * queue.
 */
void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* Closes and opens the peer, but keeps its seal. */
void peer_renew(struct peer *peer);

/* Asks for one path.  flags: enum request_flags. */
void peer_ask(struct peer *peer, const char *path, uint32_t flags);
void peer_ask_rest(struct peer *peer, const char *path, const struct stamp *stamp,
		   uint64_t offset);
void peer_ping(struct peer *peer);

/* Writes the peer's seal for the request queue and for request.queue as they are now. */
void peer_seal(struct peer *peer);

/* Seals and sends the peer's request. */
void peer_send(struct peer *peer);

/* Sends raw bytes to the request queue. */
void peer_send_raw(long type, const void *text, size_t length);

/* Receives the next reply, within WAIT_LIMIT_MS.  The reply is valid until the next call. */
struct reply peer_receive(struct peer *peer);

/* Receives the next reply, and asserts that it is a FAILURE of this reason and errno. */
void peer_expect_failure(struct peer *peer, enum failure_reason reason, int error);

/* Receives all replies to END.  Asserts that DATA, from the offset asked for, is the file's. */
void peer_expect_file(struct peer *peer, const char *file);

/*
 * Returns true if the ticket is still in the peer's queue.  Takes the ticket out and puts the
 * ticket back, so call this only while the daemon does not look for the ticket.
 */
bool peer_has_ticket(const struct peer *peer);

/* Counts the messages in the peer's queue: 0 after a request if the daemon took the ticket. */
size_t peer_count_messages(const struct peer *peer);

/* Opens a peer that asks for pub/large and reads one message, so that the worker blocks. */
void peer_occupy_worker(struct peer *peer);

/* Opens a peer that asks for pub/file and waits for a worker. */
void peer_wait_for_worker(struct peer *peer);

/* A daemon in the test's own process, which sends the replies that the test wants. */
struct fake {
	struct lease lease;
	int queue;
	struct request request; /* the last one; .paths points into .text */
	uint8_t text[PROTOCOL_MESSAGE_MAX];
};

/* Takes TEST_KEY as a daemon would. */
void fake_open(struct fake *fake);

/* Removes the queue and the lease.  fake_open() makes new ones. */
void fake_close(struct fake *fake);

/* Waits for a request, and asserts that the request and its ticket are valid. */
void fake_await(struct fake *fake);

/* The stamp of a fake's file of so many bytes. */
#define FAKE_STAMP(bytes) \
	((struct stamp){.device = 1, .inode = 2, .mtime_ns = 3, .size = (bytes)})

/*
 * Replies to the last request, for entry 0.  msgfetch asks for lists, so fake_end() ends
 * the list too.
 */
void fake_entry(struct fake *fake, struct stamp stamp);
void fake_data(struct fake *fake, uint64_t offset, const void *bytes, size_t length);
void fake_end(struct fake *fake, struct stamp stamp, uint64_t offset);
void fake_fail(struct fake *fake, enum failure_reason reason, int error, uint32_t retry_ms);

/* Replies for an entry of any number and name.  fake_over() ends a list of so many entries. */
void fake_announce(struct fake *fake, uint32_t entry, const struct entry_wire *body,
		   const char *name, const char *link);
void fake_bytes(struct fake *fake, uint32_t entry, uint64_t offset, const void *bytes,
		size_t length);
void fake_finish(struct fake *fake, uint32_t entry, struct stamp stamp, uint64_t offset);
void fake_refuse(struct fake *fake, uint32_t entry, enum failure_reason reason, int error,
		 uint32_t retry_ms);
void fake_over(struct fake *fake, uint64_t entries);

/* Sends a whole file: ENTRY, DATA and END. */
void fake_serve(struct fake *fake, const char *text);

/* Sends any message. */
void fake_send(struct fake *fake, long type, const void *text, size_t length);

#endif
