/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/capability.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HALVES _LINUX_CAPABILITY_U32S_3

int capability_set(uint64_t capabilities)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[HALVES] = {{0}};

	for (unsigned i = 0; i < HALVES; i++) {
		data[i].permitted = (uint32_t)(capabilities >> 32 * i);
		data[i].effective = data[i].permitted;
	}
	/* Ambient ones go with the inheritable (capabilities(7)). */
	return syscall(SYS_capset, &head, data) == 0 ? 0 : -errno;
}

int capability_get(uint64_t *permitted)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[HALVES] = {{0}};

	if (syscall(SYS_capget, &head, data) != 0)
		return -errno;
	*permitted = 0;
	for (unsigned i = 0; i < HALVES; i++)
		*permitted |= (uint64_t)data[i].permitted << 32 * i;
	return 0;
}
