/* SPDX-License-Identifier: ISC */
/* settings: a whole configuration file, libconfuse included, which is not instrumented. */
#include "config.h"

#include "server/settings.h"
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(const struct settings *settings)
{
	CHECK(settings->exports.count > 0);
	CHECK(settings->limits.workers >= 1 &&
	      settings->limits.workers <= SETTINGS_WORKERS_MAX);
	CHECK(settings->limits.waiting <= SETTINGS_WAITING_MAX);
	for (size_t i = 0; i < settings->exports.count; i++) {
		CHECK(export_name_valid(settings->exports.list[i].name));
		CHECK(settings->exports.list[i].path[0] == '/');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct log silent = {.target = LOG_TO_STDERR, .level = -1, .name = "fuzz"};
	struct options options = {0};
	struct settings settings;
	char path[32];
	int file = memfd_create("configuration", MFD_CLOEXEC);

	CHECK(file >= 0 && write(file, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	options.config = path;
	if (settings_load(&options, &silent, &settings) == 0) {
		check(&settings);
		settings_free(&settings);
	}
	close(file);
	return 0;
}
