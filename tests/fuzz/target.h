/* SPDX-License-Identifier: ISC */
/*
 * target: the function that each fuzz target offers to libFuzzer. A target decodes the input,
 * reads every byte of the result, and ends the process with CHECK() if the decoder broke the
 * contract.
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
