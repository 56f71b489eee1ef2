/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/name.h"

#include "client/lib/msgfetch.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

static bool is_dot(const char *component, size_t length)
{
	return length == 1 && component[0] == '.';
}

static bool is_dot_dot(const char *component, size_t length)
{
	return length == 2 && component[0] == '.' && component[1] == '.';
}

bool name_is_beneath(const char *name)
{
	for (;;) {
		size_t length = strcspn(name, "/");

		if (length == 0 || length > NAME_MAX || is_dot(name, length) ||
		    is_dot_dot(name, length))
			return false;
		if (name[length] == '\0')
			return true;
		name += length + 1;
	}
}

bool name_link_is_beneath(const char *name, const char *link)
{
	size_t depth = 0;
	bool climbing = true;

	if (link[0] == '/' || link[0] == '\0')
		return false;
	for (; *name != '\0'; name++)
		depth += *name == '/';
	while (*link != '\0') {
		size_t length = strcspn(link, "/");

		if (is_dot_dot(link, length)) {
			if (!climbing || depth == 0)
				return false;
			depth--;
		} else if (length > 0 && !is_dot(link, length)) {
			climbing = false;
		}
		link += length + (link[length] == '/');
	}
	return true;
}

bool msgfetch_link_is_beneath(const char *name, const char *link)
{
	return name_is_beneath(name) && name_link_is_beneath(name, link);
}
