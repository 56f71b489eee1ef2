/* SPDX-License-Identifier: ISC */
/*
 * target: what each fuzz target here offers to libFuzzer.
 *
 * A target decodes what it gets, touches all that the decoder gave out, and ends the
 * process by CHECK() where the decoder broke its contract.
 */
#ifndef MSGFETCH_TESTS_FUZZ_TARGET_H
#define MSGFETCH_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#endif
