/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/replaced.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The format of the extended attribute: linux/posix_acl_xattr.h, little-endian. */
enum {
	ACL_VERSION = 2,
	ACL_OWNER = 0x01,
	ACL_GROUP = 0x04,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

struct acl_entry {
	uint16_t tag;
	uint16_t permissions;
	uint32_t id;
};

bool replaced_parse_acl(const void *bytes, size_t length, struct replaced_acl *acl)
{
	const char *at = bytes, *end = at + length;
	uint32_t version;
	struct acl_entry entry;

	*acl = (struct replaced_acl){-1, -1, -1, -1};
	if (length < sizeof(version) || (length - sizeof(version)) % sizeof(entry) != 0)
		return false;
	memcpy(&version, at, sizeof(version));
	if (le32toh(version) != ACL_VERSION)
		return false;
	for (at += sizeof(version); at < end; at += sizeof(entry)) {
		int permissions;

		memcpy(&entry, at, sizeof(entry));
		permissions = le16toh(entry.permissions) & S_IRWXO;
		switch (le16toh(entry.tag)) {
		case ACL_OWNER:
			acl->owner = permissions;
			break;
		case ACL_GROUP:
			acl->group = permissions;
			break;
		case ACL_MASK:
			acl->mask = permissions;
			break;
		case ACL_OTHER:
			acl->other = permissions;
			break;
		default: /* named users and groups */
			break;
		}
	}
	return true;
}

/*
 * Reads the ACL of name into buffer.  Returns its length, 0 if there is none, or a negative
 * errno.
 */
static ssize_t read_acl(int directory, const char *name, char buffer[XATTR_SIZE_MAX])
{
	char path[PATH_MAX];
	ssize_t length;

	/* Before Linux 6.13, no call reads an attribute relative to a directory. */
	if (directory != AT_FDCWD) {
		if (snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory, name) >=
		    (int)sizeof(path))
			return -ENAMETOOLONG;
		name = path;
	}
	length = lgetxattr(name, REPLACED_ACL, buffer, XATTR_SIZE_MAX);
	if (length < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
	return length;
}

int replaced_read(struct replaced *replaced, int directory, const char *name,
		  const struct stat *status)
{
	char buffer[XATTR_SIZE_MAX];
	ssize_t length = read_acl(directory, name, buffer);
	struct replaced_acl acl;

	*replaced = (struct replaced){
		.found = true,
		.owner = status->st_uid,
		.group = status->st_gid,
		.mode = status->st_mode & (S_IRWXU | S_IRWXG | S_IRWXO),
		.group_mode = status->st_mode & S_IRWXG,
	};
	if (length == 0)
		return 0;
	/* Without a readable ACL, the group itself may have no permission at all. */
	if (length < 0 || !replaced_parse_acl(buffer, (size_t)length, &acl) || acl.group < 0) {
		replaced->group_mode = 0;
		return 0;
	}
	replaced->group_mode &= (mode_t)acl.group << 3;
	replaced->acl = malloc((size_t)length);
	if (replaced->acl == NULL)
		return -ENOMEM;
	memcpy(replaced->acl, buffer, (size_t)length);
	replaced->acl_length = (size_t)length;
	return 0;
}

mode_t replaced_mode(const struct replaced *replaced, struct replaced_parts taken)
{
	mode_t mode = replaced->mode;

	if (!taken.acl)
		mode = (mode & ~(mode_t)S_IRWXG) | replaced->group_mode;
	/* Members of another group had the permissions of all others. */
	if (!taken.group)
		mode &= ~(mode_t)S_IRWXG | (mode & S_IRWXO) << 3;
	return mode;
}

/* Sets owner and group as far as possible.  Returns whether the file has the old group. */
static bool take_group(const struct replaced *replaced, int descriptor)
{
	struct stat status;

	if (fstat(descriptor, &status) != 0)
		return false;
	if (status.st_uid == replaced->owner && status.st_gid == replaced->group)
		return true;
	return fchown(descriptor, replaced->owner, replaced->group) == 0 ||
	       status.st_gid == replaced->group ||
	       fchown(descriptor, (uid_t)-1, replaced->group) == 0;
}

mode_t replaced_pass_on(const struct replaced *replaced, int descriptor)
{
	struct replaced_parts taken = {.group = take_group(replaced, descriptor)};

	/* Without the group, the ACL would give the group's permissions to another one. */
	if (taken.group && replaced->acl != NULL)
		taken.acl = fsetxattr(descriptor, REPLACED_ACL, replaced->acl,
				      replaced->acl_length, 0) == 0;
	/* The directory's default ACL may have given the new file one that the old had not. */
	if (!taken.acl)
		(void)fremovexattr(descriptor, REPLACED_ACL);
	return replaced_mode(replaced, taken);
}

void replaced_free(struct replaced *replaced)
{
	free(replaced->acl);
	*replaced = (struct replaced){0};
}
