/* SPDX-License-Identifier: ISC */
/*
 * replaced: hands owner, group, permissions and ACL of an existing file on to the file that
 * replaces it.
 *
 * Owns the rule that nobody gains access by the replacement.  Must not know contents, times
 * and names.
 */
#ifndef MSGFETCH_COMMAND_OUTPUT_REPLACED_H
#define MSGFETCH_COMMAND_OUTPUT_REPLACED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Starts as all zeros: no file is replaced. */
struct replaced {
	bool found;
	uid_t owner;
	gid_t group;
	mode_t mode;       /* permissions only; with an ACL, the group's bits are its mask */
	mode_t group_mode; /* permissions of the group itself, as the bits S_IRWXG */
	void *acl;         /* owned: the ACL as an extended attribute; NULL: none */
	size_t acl_length; /* bytes */
};

/*
 * Reads the attributes of the regular file name, relative to directory or to AT_FDCWD, with
 * the given status.  Returns 0 or -ENOMEM.  The caller calls replaced_free() in any case.
 */
int replaced_read(struct replaced *replaced, int directory, const char *name,
		  const struct stat *status);

/* Parts that a new file has taken over. */
struct replaced_parts {
	bool group;
	bool acl;
};

/*
 * Returns the permissions for the new file: those of the old one, reduced as far as the parts
 * that were not taken over would give them to other users.
 */
mode_t replaced_mode(const struct replaced *replaced, struct replaced_parts taken);

/*
 * Gives the new file, open as descriptor, owner, group and ACL of the old one as far as the
 * caller may.  Returns the permissions that the caller has to set.
 */
mode_t replaced_pass_on(const struct replaced *replaced, int descriptor);

void replaced_free(struct replaced *replaced);

/* The extended attribute with a file's ACL (acl(5)), and the one with a directory's default. */
#define REPLACED_ACL "system.posix_acl_access"
#define REPLACED_DEFAULT_ACL "system.posix_acl_default"

/* Permissions that an ACL grants; -1: the ACL has no such entry. */
struct replaced_acl {
	int owner, group, mask, other;
};

/*
 * Reads the entries that the permission bits show out of length bytes of an extended
 * attribute.  Returns false for an unknown format.
 */
bool replaced_parse_acl(const void *bytes, size_t length, struct replaced_acl *acl);

#endif
