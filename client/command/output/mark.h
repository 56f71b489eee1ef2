/* SPDX-License-Identifier: ISC */
/*
 * mark: which file of a daemon's a partial file is a part of.
 *
 * Owns how that is kept: as an extended attribute of the partial file, or, where its file
 * system has none, in a small file beside it.  Must not know its bytes.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_MARK_H
#define MSGFETCH_COMMAND_OUTPUT_MARK_H

#include "client/lib/msgfetch.h"

#include <stdbool.h>

#define MARK_ATTRIBUTE "user.msgfetch.stamp"

/* The longest text of a mark, with its NUL. */
enum { MARK_TEXT_SIZE = 128 };

/* The text of a mark: a line.  Returns its length without the NUL. */
size_t mark_format(char text[MARK_TEXT_SIZE], const struct msgfetch_stamp *stamp);

/* The stamp that a text of length bytes says.  False: it is none, or not whole. */
bool mark_parse(const char *text, size_t length, struct msgfetch_stamp *stamp);

/* The mark of the file open as descriptor; beside: the name of the file beside it.  False:
 * there is none. */
bool mark_read(int descriptor, const char *beside, struct msgfetch_stamp *stamp);

/* Marks it.  Returns 0 or a negative errno of the file beside it. */
int mark_write(int descriptor, const char *beside, const struct msgfetch_stamp *stamp);

/* Takes the mark away. */
void mark_remove(int descriptor, const char *beside);

#endif
