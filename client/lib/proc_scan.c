/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/lib/proc_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The inode of the initial IPC namespace since Linux 3.8 (linux/proc_ns.h). */
#define FIRST_IPC_NAMESPACE 0xefffffffu

#define DAEMON_NAME "msgfetchd"

#define PROC_NAME_SIZE (sizeof("/proc/-2147483648/ns/ipc"))

/* Returns the inode of a process's IPC namespace; 0: not visible. */
static ino_t namespace_of(pid_t process)
{
	char name[PROC_NAME_SIZE];
	struct stat status;

	(void)snprintf(name, sizeof(name), "/proc/%d/ns/ipc", (int)process);
	return stat(name, &status) == 0 ? status.st_ino : 0;
}

static bool is_daemon(pid_t process)
{
	char name[PROC_NAME_SIZE], text[sizeof(DAEMON_NAME)];
	ssize_t length;
	int file;

	(void)snprintf(name, sizeof(name), "/proc/%d/comm", (int)process);
	file = open(name, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	length = read(file, text, sizeof(text));
	close(file);
	return length == (ssize_t)sizeof(text) &&
	       memcmp(text, DAEMON_NAME "\n", sizeof(text)) == 0;
}

static uid_t owner_of(pid_t process)
{
	char name[PROC_NAME_SIZE];
	struct stat status;

	(void)snprintf(name, sizeof(name), "/proc/%d", (int)process);
	return stat(name, &status) == 0 ? status.st_uid : (uid_t)-1;
}

static struct diagnosis_sighting *sighting_for(struct diagnosis_namespaces *namespaces,
					       ino_t here, ino_t there)
{
	if (here == 0 || there == 0)
		return &namespaces->hidden;
	return there == here ? &namespaces->here : &namespaces->elsewhere;
}

void proc_scan(struct diagnosis_namespaces *namespaces)
{
	DIR *processes = opendir("/proc");
	ino_t here = namespace_of(getpid());
	struct dirent *entry;

	*namespaces = (struct diagnosis_namespaces){.first = here == FIRST_IPC_NAMESPACE};
	if (processes == NULL)
		return;
	while ((entry = readdir(processes)) != NULL) {
		pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
		struct diagnosis_sighting *sighting;

		if (process <= 0 || !is_daemon(process))
			continue;
		/* /proc lists pids in order, so the daemon comes before its workers. */
		sighting = sighting_for(namespaces, here, namespace_of(process));
		if (sighting->process == 0)
			*sighting = (struct diagnosis_sighting){process, owner_of(process)};
	}
	closedir(processes);
}

enum diagnosis_process proc_scan_process(pid_t process)
{
	if (process <= 0)
		return PROCESS_NONE;
	if (kill(process, 0) != 0 && errno == ESRCH)
		return PROCESS_DEAD;
	return is_daemon(process) ? PROCESS_DAEMON : PROCESS_ALIVE;
}
