/* SPDX-License-Identifier: ISC */
/* unit/digest: digests of known texts, whole and in pieces. */
#include "config.h"

#include "common/digest.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <string.h>

#define XXH3_OF_NOTHING "2d06800538d394c2"
#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const uint32_t kinds[] = {REQUEST_XXH3, REQUEST_SHA256};

static struct digester *begin(uint32_t flags)
{
	struct digester *digester = digester_open(flags);

	ck_assert_ptr_nonnull(digester);
	digester_begin(digester);
	return digester;
}

static void expect(struct digester *digester, const char *hexadecimal)
{
	struct digest digest = digester_end(digester);
	char text[2 * DIGEST_BYTES_MAX + 1];

	for (size_t i = 0; i < digest.length; i++)
		snprintf(text + 2 * i, 3, "%02x", digest.bytes[i]);
	ck_assert_str_eq(text, hexadecimal);
}

TEST(nothing_has_the_known_digests)
{
	struct digester *digester = begin(REQUEST_XXH3);

	expect(digester, XXH3_OF_NOTHING);
	digester_close(digester);
	digester = begin(REQUEST_SHA256);
	expect(digester, SHA256_OF_NOTHING);
	digester_close(digester);
}

TEST(sha256_of_abc_is_that_of_fips_180)
{
	struct digester *digester = begin(REQUEST_SHA256);

	digester_add(digester, "abc", 3);
	expect(digester, SHA256_OF_ABC);
	digester_close(digester);
}

TEST(another_file_begins_anew)
{
	struct digester *digester = begin(REQUEST_SHA256);

	digester_add(digester, "something else", 14);
	digester_begin(digester);
	digester_add(digester, "abc", 3);
	expect(digester, SHA256_OF_ABC);
	digester_begin(digester);
	expect(digester, SHA256_OF_NOTHING);
	digester_close(digester);
}

TEST(pieces_have_the_digest_of_the_whole)
{
	static uint8_t bytes[100000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t kind = 0; kind < 2; kind++) {
		struct digester *digester = begin(kinds[kind]);
		struct digest whole, pieces;

		digester_add(digester, bytes, sizeof(bytes));
		whole = digester_end(digester);
		digester_begin(digester);
		for (size_t at = 0, piece = 1; at < sizeof(bytes); at += piece, piece += 97) {
			if (piece > sizeof(bytes) - at)
				piece = sizeof(bytes) - at;
			digester_add(digester, bytes + at, piece);
		}
		pieces = digester_end(digester);
		ck_assert_mem_eq(&whole, &pieces, sizeof(whole));
		digester_close(digester);
	}
}

TEST(zeros_are_zero_bytes_however_many)
{
	static const uint8_t zeros[200001];
	const size_t lengths[] = {0, 1, 65535, 65536, 65537, 131072, sizeof(zeros)};

	for (size_t kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			struct digester *digester = begin(kinds[kind]);
			struct digest bytes, counted;

			digester_add(digester, zeros, lengths[i]);
			bytes = digester_end(digester);
			digester_begin(digester);
			digester_add_zeros(digester, lengths[i]);
			counted = digester_end(digester);
			ck_assert_mem_eq(&bytes, &counted, sizeof(bytes));
			digester_close(digester);
		}
}

TEST(closing_null_does_nothing)
{
	digester_close(NULL);
}

int main(void)
{
	return harness_main("unit/digest", HARNESS_PURE);
}
