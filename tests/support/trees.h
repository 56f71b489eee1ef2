/* SPDX-License-Identifier: ISC */
/*
 * trees: directory trees to fetch, their comparison, and a fake daemon that sends a tree.
 *
 * Owns the daemon and the fake daemon of such a test; the client is that of pub.
 */
#ifndef MSGFETCH_TESTS_SUPPORT_TREES_H
#define MSGFETCH_TESTS_SUPPORT_TREES_H

#include "tests/support/actors.h"
#include "tests/support/pub.h"

#include <stdbool.h>
#include <sys/stat.h>

extern struct msgfetchd server;
extern struct fake fake;

/* For serve(): an export pub with the empty directory "tree". */
extern const struct served tree_files[];

void make_directory(const char *name);
void make_link(const char *to, const char *name);

/* Creates a chain of directories.  Returns the name of the last. */
const char *make_chain(const char *directory, int levels);

/* Creates files of many sizes and odd names, deep directories and links. */
void make_everything(const char *directory);

/* Returns the status of name, without following a link. */
struct stat status_of(const char *name);
bool exists(const char *name);

/* Asserts that both symbolic links have the same target. */
void assert_same_link(const char *one, const char *other);

/* Asserts that both trees are equal. */
void assert_same_tree(const char *one, const char *other);

/* Asserts that the client succeeded, and that copy equals source. */
void expect_tree(const char *source, const char *copy);

/*
 * Starts the fake daemon, and the client with -r for pub/tree and the target "in/copy".
 * Returns when the request has come.  Creates the directories "in" and "outside".
 */
void ask_for_tree(void);

/* Sends the ENTRY of a file of 4 bytes, directory or link from the fake daemon. */
void send_entry(uint32_t entry, uint32_t mode, const char *name, const char *link);
void send_directory(uint32_t entry, const char *name);

/* Sends a whole file from the fake daemon. */
void send_file(uint32_t entry, const char *name);

/* Asserts that nothing was written outside the target. */
void expect_nothing_outside(void);

/* Asserts that the client ends with a violation of the protocol, and leaves nothing. */
void expect_violation(void);

#endif
