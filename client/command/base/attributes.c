/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/attributes.h"

#include <errno.h>
#include <sys/stat.h>

#define NS_PER_S INT64_C(1000000000)

void attributes_times(struct timespec times[2], int64_t mtime_ns)
{
	int64_t seconds = mtime_ns / NS_PER_S, rest = mtime_ns % NS_PER_S;

	times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
	times[1] = (struct timespec){
		.tv_sec = rest < 0 ? seconds - 1 : seconds,
		.tv_nsec = rest < 0 ? rest + NS_PER_S : rest,
	};
}

int attributes_apply(int descriptor, const struct attributes *attributes)
{
	struct timespec times[2];

	if (attributes->with_mode && fchmod(descriptor, attributes->mode) != 0 &&
	    errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	if (!attributes->with_time)
		return 0;
	attributes_times(times, attributes->mtime_ns);
	return futimens(descriptor, times) == 0 ? 0 : -errno;
}
