/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/verify.h"

#include <errno.h>
#include <string.h>

#define READ_BYTES 32768u
#define ZEROS_BYTES ((uint64_t)1 << 26) /* digested between two checks of stop */

int verify_open(struct verify *verify, uint32_t flag, const atomic_int *stop)
{
	*verify = (struct verify){.stop = stop};
	if (flag == 0)
		return 0;
	verify->digester = digester_open(flag);
	return verify->digester != NULL ? 0 : -ENOMEM;
}

void verify_close(struct verify *verify)
{
	digester_close(verify->digester);
	verify->digester = NULL;
}

void verify_begin(struct verify *verify)
{
	verify->digest.length = 0;
	verify->position = 0;
	if (verify->digester != NULL)
		digester_begin(verify->digester);
}

static bool stopped(const struct verify *verify)
{
	return atomic_load(verify->stop) != 0;
}

static void fill(struct verify *verify, uint64_t offset)
{
	while (verify->position < offset && !stopped(verify)) {
		uint64_t rest = offset - verify->position;
		uint64_t length = rest < ZEROS_BYTES ? rest : ZEROS_BYTES;

		digester_add_zeros(verify->digester, length);
		verify->position += length;
	}
}

int verify_read_existing(struct verify *verify, const struct msgfetch_sink *sink, uint64_t end)
{
	uint8_t bytes[READ_BYTES];
	int error = 0;

	if (verify->digester == NULL)
		return 0;
	while (error == 0 && verify->position < end && !stopped(verify)) {
		uint64_t rest = end - verify->position;
		size_t length = rest < sizeof(bytes) ? (size_t)rest : sizeof(bytes);

		error = sink->read_existing(sink->context, verify->position, bytes, length);
		if (error == 0)
			verify_add(verify, bytes, length, verify->position);
	}
	return error;
}

void verify_add(struct verify *verify, const void *bytes, size_t length, uint64_t offset)
{
	if (verify->digester == NULL)
		return;
	fill(verify, offset);
	digester_add(verify->digester, bytes, length);
	verify->position = offset + length;
}

bool verify_end(struct verify *verify, uint64_t size, const struct digest *theirs)
{
	if (verify->digester == NULL)
		return true;
	fill(verify, size);
	verify->digest = digester_end(verify->digester);
	return verify->digest.length == theirs->length &&
	       memcmp(verify->digest.bytes, theirs->bytes, theirs->length) == 0;
}
