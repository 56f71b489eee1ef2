/* SPDX-License-Identifier: ISC */
/* key: parses a System V key as people write it. */
#ifndef MSGFETCH_COMMON_KEY_H
#define MSGFETCH_COMMON_KEY_H

#include <sys/types.h>

/*
 * Parses a key: hexadecimal (0x1aaaaaa1), decimal, or ftok:PATH:ID, where PATH exists and ID
 * is one character or a number from 1 to 255 (ftok(3)).  Returns 0 and *key; -EINVAL: not a
 * key; -ERANGE: 0 (IPC_PRIVATE) or more than 32 bits; -ENOMEM; or the error of stat(2) for
 * PATH.
 */
int key_parse(const char *text, key_t *key);

#endif
