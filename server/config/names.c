/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/config/names.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int parse_number(const char *digits, id_t *id)
{
	const char *wrong;
	/* -1 is nobody's number: chown(2) and others take it for "leave as it is". */
	long long number = strtonum(digits, 0, (long long)UINT32_MAX - 1, &wrong);

	if (wrong != NULL)
		return -ERANGE;
	*id = (id_t)number;
	return 0;
}

/* What errno says of a name that was not found: some modules set ENOENT and the like. */
static int not_found(void)
{
	return errno == EINTR || errno == EIO || errno == EMFILE || errno == ENFILE ||
			       errno == ENOMEM
		       ? -errno
		       : -ENOENT;
}

int names_user(const char *text, id_t *id)
{
	const struct passwd *entry;

	if (is_number(text))
		return parse_number(text, id);
	errno = 0;
	entry = getpwnam(text);
	if (entry == NULL)
		return not_found();
	*id = entry->pw_uid;
	return 0;
}

int names_group(const char *text, id_t *id)
{
	const struct group *entry;

	if (is_number(text))
		return parse_number(text, id);
	errno = 0;
	entry = getgrnam(text);
	if (entry == NULL)
		return not_found();
	*id = entry->gr_gid;
	return 0;
}
