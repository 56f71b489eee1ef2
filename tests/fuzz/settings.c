/* SPDX-License-Identifier: ISC */
/* settings: a whole configuration file.  libconfuse is not instrumented. */
#include "config.h"

#include "server/config/dump.h"
#include "server/config/load.h"
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct log silent = {.target = LOG_TO_STDERR, .level = -1, .name = "fuzz"};

static int load(int file, struct settings *settings)
{
	struct options options = {0};
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	options.config = path;
	return load_settings(&options, &silent, settings);
}

/* The dump of good settings is a good configuration. */
static void check_dump(const struct settings *settings)
{
	struct settings again;
	int file = memfd_create("dumped", MFD_CLOEXEC);
	FILE *out = fdopen(file, "w");

	CHECK(out != NULL && dump(settings, out) == 0 && fflush(out) == 0);
	CHECK(load(file, &again) == 0);
	CHECK(again.exports.count == settings->exports.count);
	settings_free(&again);
	fclose(out);
}

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
	struct settings settings;
	int file = memfd_create("configuration", MFD_CLOEXEC);

	CHECK(file >= 0 && write(file, bytes, size) == (ssize_t)size);
	if (load(file, &settings) == 0) {
		check(&settings);
		check_dump(&settings);
		settings_free(&settings);
	}
	close(file);
	return 0;
}
