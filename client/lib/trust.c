/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_FIRST 1024u
#define RECORD_MAX (1024u * 1024u)

/* The kernel shows this uid for unmapped users (user_namespaces(7)). */
#define OVERFLOW_UID 65534u

/* A page: the largest map that the kernel accepts. */
#define MAP_MAX 4096u

bool trust_decide(uid_t holder, uid_t self, const uid_t *service)
{
	return holder == 0 || holder == self || (service != NULL && holder == *service);
}

/* Looks up name with a record of size bytes.  Returns -ERANGE if the record is too small. */
static int lookup_name(const char *name, size_t size, uid_t *uid)
{
	struct passwd record, *found = NULL;
	char *strings = malloc(size);
	int error;

	if (strings == NULL)
		return -ENOMEM;
	error = getpwnam_r(name, &record, strings, size, &found);
	if (found != NULL)
		*uid = record.pw_uid;
	free(strings);
	if (error != 0)
		return -error;
	return found != NULL ? 0 : -ENOENT;
}

static int lookup_number(const char *digits, uid_t *uid)
{
	const char *wrong;
	/* (uid_t)-1 is not a uid: to chown(2) it means "unchanged". */
	long long number = strtonum(digits, 0, (long long)UINT32_MAX - 1, &wrong);

	if (wrong != NULL)
		return -ERANGE;
	*uid = (uid_t)number;
	return 0;
}

int trust_lookup(const char *user, uid_t *uid)
{
	int error = -ERANGE;

	if (user[0] != '\0' && user[strspn(user, "0123456789")] == '\0')
		return lookup_number(user, uid);
	for (size_t size = RECORD_FIRST; size <= RECORD_MAX; size *= 2) {
		error = lookup_name(user, size, uid);
		if (error != -ERANGE && error != -EINTR)
			break;
	}
	return error;
}

bool trust_map_has(const char *map, uid_t uid)
{
	/* Each line is "first-inside first-outside count" (user_namespaces(7)). */
	while (*map != '\0') {
		char *end;
		unsigned long first = strtoul(map, &end, 10), count;

		(void)strtoul(end, &end, 10);
		count = strtoul(end, &end, 10);
		if (uid >= first && uid - first < count)
			return true;
		map = end + strcspn(end, "\n");
		map += *map == '\n';
	}
	return false;
}

bool trust_unmapped(uid_t uid)
{
	char map[MAP_MAX] = "";
	ssize_t length;
	int file;

	if (uid != OVERFLOW_UID)
		return false;
	file = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	length = read(file, map, sizeof(map) - 1);
	close(file);
	return length >= 0 && !trust_map_has(map, uid);
}

bool trust_holder(struct trust *trust, uid_t holder)
{
	uid_t self = geteuid();

	if (trust_decide(holder, self, NULL))
		return true;
	if (!trust->looked_up && trust->user != NULL) {
		trust->known = trust_lookup(trust->user, &trust->uid) == 0;
		trust->looked_up = true;
	}
	return trust_decide(holder, self, trust->known ? &trust->uid : NULL);
}
