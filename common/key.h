/* SPDX-License-Identifier: ISC */
/* key: how people write a System V key.  Owns the spelling, nothing else. */
#ifndef MSGFETCH_COMMON_KEY_H
#define MSGFETCH_COMMON_KEY_H

#include <sys/types.h>

/*
 * Reads a key: hexadecimal (0x1aaaaaa1), decimal, or ftok:PATH:ID, where PATH
 * exists and ID is one character or a number from 1 to 255 (ftok(3)).  Returns
 * 0 and *key, or -EINVAL: no key; -ERANGE: 0 (IPC_PRIVATE) or more than 32 bits;
 * or what stat(2) says of PATH.
 */
int key_parse(const char *text, key_t *key);

#endif
