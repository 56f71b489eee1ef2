/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/digest.h"

#include <sha2.h>
#include <stdlib.h>
#include <xxhash.h>

#define ZEROS 65536u

_Static_assert(sizeof(XXH64_canonical_t) == DIGEST_XXH3_BYTES, "XXH3 is on the wire");
_Static_assert(SHA256_DIGEST_LENGTH == DIGEST_SHA256_BYTES, "SHA-256 is on the wire");

struct digester {
	XXH3_state_t *xxh3; /* NULL: SHA-256 */
	SHA2_CTX sha256;
};

struct digester *digester_open(uint32_t flags)
{
	struct digester *digester = calloc(1, sizeof(*digester));

	if (digester == NULL || (flags & REQUEST_XXH3) == 0)
		return digester;
	digester->xxh3 = XXH3_createState();
	if (digester->xxh3 != NULL)
		return digester;
	free(digester);
	return NULL;
}

void digester_close(struct digester *digester)
{
	if (digester == NULL)
		return;
	XXH3_freeState(digester->xxh3);
	free(digester);
}

void digester_begin(struct digester *digester)
{
	if (digester->xxh3 != NULL)
		XXH3_64bits_reset(digester->xxh3);
	else
		SHA256Init(&digester->sha256);
}

void digester_add(struct digester *digester, const void *bytes, size_t length)
{
	if (digester->xxh3 != NULL)
		XXH3_64bits_update(digester->xxh3, bytes, length);
	else
		SHA256Update(&digester->sha256, bytes, length);
}

void digester_add_zeros(struct digester *digester, uint64_t length)
{
	static const uint8_t zeros[ZEROS];

	for (; length > ZEROS; length -= ZEROS)
		digester_add(digester, zeros, ZEROS);
	digester_add(digester, zeros, (size_t)length);
}

struct digest digester_end(struct digester *digester)
{
	struct digest digest = {.length = DIGEST_SHA256_BYTES};
	XXH64_canonical_t canonical;

	if (digester->xxh3 == NULL) {
		SHA256Final(digest.bytes, &digester->sha256);
		return digest;
	}
	digest.length = DIGEST_XXH3_BYTES;
	XXH64_canonicalFromHash(&canonical, XXH3_64bits_digest(digester->xxh3));
	for (size_t i = 0; i < DIGEST_XXH3_BYTES; i++)
		digest.bytes[i] = canonical.digest[i];
	return digest;
}
