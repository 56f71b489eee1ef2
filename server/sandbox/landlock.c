/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Numbers and layouts of the kernel.  <linux/landlock.h> of the build machine may be older
 * than the kernel that runs.  landlock(7) has the history.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { GET_VERSION = 1, PATH_BENEATH = 1 };

enum {
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIRECTORY = 1 << 3,
	REMOVE_FILE = 1 << 5,
	READ = READ_FILE | READ_DIRECTORY,
	ALL_OF_1 = (1 << 13) - 1, /* execute, write, make and remove files of all kinds */
	REFER_OF_2 = 1 << 13,
	TRUNCATE_OF_3 = 1 << 14,
	DEVICES_OF_5 = 1 << 15, /* ioctl(2) on devices */
};

enum { NETWORK_OF_4 = 3 }; /* TCP: bind and connect */
enum { ABSTRACT_AND_SIGNALS_OF_6 = 3 };

struct rules_wire {
	uint64_t files;
	uint64_t network; /* since 4 */
	uint64_t scope;   /* since 6 */
};

struct beneath_wire {
	uint64_t allowed;
	int32_t directory;
} __attribute__((packed));

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);

	return version < 0 ? -errno : (int)version;
}

static uint64_t files_of(int version)
{
	uint64_t files = ALL_OF_1;

	if (version >= 2)
		files |= REFER_OF_2;
	if (version >= 3)
		files |= TRUNCATE_OF_3;
	if (version >= 5)
		files |= DEVICES_OF_5;
	return files;
}

/* The size of the layout that version knows: a kernel refuses a longer one. */
static size_t size_of(int version)
{
	if (version >= 6)
		return sizeof(struct rules_wire);
	return version >= 4 ? offsetof(struct rules_wire, scope)
			    : offsetof(struct rules_wire, network);
}

static int create(const struct rules_wire *wire, int version)
{
	long rules = syscall(SYS_landlock_create_ruleset, wire, size_of(version), 0);

	return rules < 0 ? -errno : (int)rules;
}

int landlock_readers(void)
{
	int version = landlock_version();
	struct rules_wire wire = {
		.files = files_of(version),
		.network = NETWORK_OF_4,
		.scope = ABSTRACT_AND_SIGNALS_OF_6,
	};

	return version < 0 ? version : create(&wire, version);
}

int landlock_no_writers(void)
{
	int version = landlock_version();
	struct rules_wire wire = {
		.files = files_of(version) & ~(uint64_t)READ,
		.network = NETWORK_OF_4,
	};

	return version < 0 ? version : create(&wire, version);
}

static int let(int rules, int directory, uint64_t allowed)
{
	struct beneath_wire wire = {.allowed = allowed, .directory = directory};

	return syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &wire, 0) == 0 ? 0 : -errno;
}

int landlock_let_read(int rules, int directory)
{
	return let(rules, directory, READ);
}

int landlock_let_remove(int rules, const char *path)
{
	char *copy = strdup(path);
	int directory, error;

	if (copy == NULL)
		return -ENOMEM;
	directory = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = directory < 0 ? -errno : let(rules, directory, REMOVE_FILE);
	if (directory >= 0)
		close(directory);
	free(copy);
	return error;
}

int landlock_enter(int rules)
{
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : -errno;
}
