/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/base/mtime.h"

#define NS_PER_S INT64_C(1000000000)

struct timespec mtime_split(int64_t mtime_ns)
{
	int64_t seconds = mtime_ns / NS_PER_S, rest = mtime_ns % NS_PER_S;

	return (struct timespec){
		.tv_sec = rest < 0 ? seconds - 1 : seconds,
		.tv_nsec = rest < 0 ? rest + NS_PER_S : rest,
	};
}
