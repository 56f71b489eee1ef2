/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/process/notify.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int socket_address(const char *path, struct sockaddr_un *address, socklen_t *length)
{
	size_t bytes = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || bytes >= sizeof(address->sun_path))
		return -EINVAL;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, bytes);
	if (path[0] == '@') /* an abstract name, not terminated by a NUL (unix(7)) */
		address->sun_path[0] = '\0';
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
	return 0;
}

int notify_open(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t length;
	int fd, error;

	*notify = (struct notify){.socket = -1};
	if (path == NULL)
		return 0;
	error = socket_address(path, &address, &length);
	if (error != 0)
		return error;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, length) != 0) {
		error = -errno;
		close(fd);
		return error;
	}
	notify->socket = fd;
	return 0;
}

void notify_close(struct notify *notify)
{
	if (notify->socket >= 0)
		close(notify->socket);
	notify->socket = -1;
}

int notify_send(const struct notify *notify, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int bytes;

	if (notify->socket < 0)
		return 0;
	va_start(arguments, format);
	bytes = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (bytes < 0 || (size_t)bytes >= sizeof(text))
		return -EMSGSIZE;
	/* Does not wait: a manager that does not read must not stop the daemon. */
	return send(notify->socket, text, (size_t)bytes, MSG_DONTWAIT | MSG_NOSIGNAL) < 0
		       ? -errno
		       : 0;
}

unsigned notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	const char *wrong = NULL;
	long long limit;

	if (usec == NULL)
		return 0;
	if (pid != NULL && (strtonum(pid, 1, INT_MAX, &wrong) != getpid() || wrong != NULL))
		return 0;
	limit = strtonum(usec, 1, LLONG_MAX, &wrong);
	if (wrong != NULL)
		return 0;
	limit /= 2000;
	if (limit > INT_MAX)
		limit = INT_MAX;
	return limit > 0 ? (unsigned)limit : 1;
}
