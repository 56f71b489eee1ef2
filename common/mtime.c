/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/mtime.h"

#define NS_PER_S INT64_C(1000000000)

int64_t mtime_join(struct timespec time)
{
	int64_t whole, joined;

	/* Subtract from the next second: the product for INT64_MIN would overflow. */
	if (time.tv_sec < 0) {
		time.tv_sec++;
		time.tv_nsec -= (long)NS_PER_S;
	}
	if (__builtin_mul_overflow((int64_t)time.tv_sec, NS_PER_S, &whole) ||
	    __builtin_add_overflow(whole, (int64_t)time.tv_nsec, &joined))
		return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return joined;
}

struct timespec mtime_split(int64_t mtime_ns)
{
	int64_t seconds = mtime_ns / NS_PER_S, rest = mtime_ns % NS_PER_S;

	return (struct timespec){
		.tv_sec = rest < 0 ? seconds - 1 : seconds,
		.tv_nsec = rest < 0 ? rest + NS_PER_S : rest,
	};
}

/* Returns the largest multiple of step up to time. */
static int64_t cut(int64_t time, int64_t step)
{
	int64_t rest = time % step;

	if (rest < 0)
		rest += step;
	return time < INT64_MIN + rest ? INT64_MIN : time - rest;
}

bool mtime_is_same(int64_t remote, int64_t local, int64_t window)
{
	/* NTFS; some network file systems; exFAT; ext3, and ext4 with small inodes. */
	static const int64_t precisions[] = {100, 1000, 10000000, 1000000000};
	uint64_t apart = remote > local ? (uint64_t)remote - (uint64_t)local
					: (uint64_t)local - (uint64_t)remote;

	for (size_t i = 0; i < sizeof(precisions) / sizeof(precisions[0]); i++) {
		if (cut(remote, precisions[i]) == local)
			return true;
	}
	return apart <= (uint64_t)window;
}
