/* SPDX-License-Identifier: ISC */
/*
 * message: a message in memory, in the layout of msgsnd(2) and msgrcv(2).
 *
 * Must not know the meaning of a message, nor how messages travel.
 */
#ifndef MSGFETCH_COMMON_MESSAGE_H
#define MSGFETCH_COMMON_MESSAGE_H

#include <stdint.h>

#define MESSAGE_TEXT_MAX 8192u

/*
 * text has room for one word more than the longest message of the protocol, so that the length
 * shows an oversized message.  An error would leave the message in the queue.
 */
struct message {
	long type;
	uint8_t text[MESSAGE_TEXT_MAX + 8];
};

#endif
