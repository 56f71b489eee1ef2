/* SPDX-License-Identifier: ISC */
/*
 * names: the numbers of users and groups.
 *
 * Owns how they are spelled: digits are a number, all else is a name.  May ask
 * the user database and so may be slow: only for when a configuration is read.
 */
#ifndef MSGFETCH_SERVER_CONFIG_NAMES_H
#define MSGFETCH_SERVER_CONFIG_NAMES_H

#include <sys/types.h>

/* Return 0 and *id; -ENOENT: no such name; -ERANGE: no such number; or why it cannot be had. */
int names_user(const char *text, id_t *id);
int names_group(const char *text, id_t *id);

#endif
