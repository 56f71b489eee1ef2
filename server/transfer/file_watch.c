/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/file_watch.h"

#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DIRECTORY_EVENTS (IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)
#define NAME_EVENTS (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define FILE_EVENTS (IN_MODIFY | NAME_EVENTS)

#define EVENTS_BYTES 4096u

/* File systems whose files other machines or processes change unseen by this kernel. */
static const unsigned remote[] = {
	NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, AFS_SUPER_MAGIC,
	CODA_SUPER_MAGIC, V9FS_MAGIC,      0xff534d42, /* CIFS */
	0xfe534d42,                                    /* SMB2 */
	0x65735546,                                    /* FUSE */
	0x00c36400,                                    /* Ceph */
	0x0bd00bd0,                                    /* Lustre */
	0x47504653,                                    /* GPFS */
	0x01161970,                                    /* GFS2 */
	0x7461636f,                                    /* OCFS2 */
	0x786f4256,                                    /* VirtualBox shared folder */
};

static bool is_remote(int fd)
{
	struct statfs system;

	if (fstatfs(fd, &system) != 0)
		return true;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((unsigned)system.f_type == remote[i])
			return true;
	return false;
}

void file_watch_open(struct file_watch *watch)
{
	*watch = (struct file_watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
				     .files = {-1, -1},
				     .files_covered = true};
}

/* inotify takes names only: this one leads to the open file itself.  Returns a watch or -1. */
static int add(const struct file_watch *watch, int fd, uint32_t events)
{
	char name[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return watch->fd >= 0 && !is_remote(fd) ? inotify_add_watch(watch->fd, name, events)
						: -1;
}

static bool is_used(const struct file_watch *watch, int id)
{
	for (unsigned i = 0; i < watch->count; i++)
		if (watch->names[i].watch == id)
			return true;
	return id == watch->files[0] || id == watch->files[1];
}

/* Removes a watch that has no use any more.  The file may be gone, and the watch with it. */
static void drop(const struct file_watch *watch, int id)
{
	if (id >= 0 && !is_used(watch, id))
		inotify_rm_watch(watch->fd, id);
}

/* Watches one directory of the path for the component that ends at path[end]. */
static bool watch_directory(struct file_watch *watch, int directory, const char *path,
			    size_t start, size_t end)
{
	char above[PATH_MAX] = ".";
	int fd, id;

	if (watch->count == FILE_WATCH_DIRECTORIES || start >= sizeof(above))
		return false;
	if (start > 0) {
		memcpy(above, path, start);
		above[start] = '\0';
	}
	fd = confined_open(directory, above, O_RDONLY | O_DIRECTORY, false);
	if (fd < 0)
		return fd ==
		       -ENOENT; /* the watch on the directory above tells when it appears */
	id = add(watch, fd, DIRECTORY_EVENTS);
	close(fd);
	if (id < 0)
		return false;
	watch->names[watch->count++] = (struct file_watch_name){
		.watch = id, .name = path + start, .length = end - start};
	return true;
}

/* A symbolic link leads to names that are not watched. */
static bool has_link(int directory, const char *path)
{
	int fd = confined_open(directory, path, O_PATH, false);

	if (fd >= 0)
		close(fd);
	return fd == -ELOOP;
}

static bool is_step_up(const char *name, size_t length)
{
	return length == 2 && name[0] == '.' && name[1] == '.';
}

static bool watch_directories(struct file_watch *watch, int directory, const char *path)
{
	size_t start = strspn(path, "/"), end;

	for (; path[start] != '\0'; start = end + strspn(path + end, "/")) {
		end = start + strcspn(path + start, "/");
		if (is_step_up(path + start, end - start) ||
		    !watch_directory(watch, directory, path, start, end))
			return false;
	}
	return !has_link(directory, path);
}

void file_watch_names(struct file_watch *watch, int directory, const char *path)
{
	struct file_watch before = *watch;

	watch->count = 0;
	watch->names_covered = watch_directories(watch, directory, path);
	for (unsigned i = 0; i < before.count; i++)
		drop(watch, before.names[i].watch);
}

void file_watch_files(struct file_watch *watch, int first, int second)
{
	int before[2] = {watch->files[0], watch->files[1]};

	watch->files[0] = first >= 0 ? add(watch, first, FILE_EVENTS) : -1;
	watch->files[1] = second >= 0 ? add(watch, second, FILE_EVENTS) : -1;
	watch->files_covered =
		(first < 0 || watch->files[0] >= 0) && (second < 0 || watch->files[1] >= 0);
	drop(watch, before[0]);
	drop(watch, before[1]);
}

int file_watch_timeout(const struct file_watch *watch)
{
	return watch->names_covered && watch->files_covered ? -1 : FILE_WATCH_POLL_MS;
}

/* Returns true for the event of a directory that can concern the path. */
static bool concerns(const struct file_watch_name *name, const struct inotify_event *event)
{
	if (name->watch != event->wd)
		return false;
	return event->len == 0 || (strncmp(event->name, name->name, name->length) == 0 &&
				   event->name[name->length] == '\0');
}

static bool is_rename(const struct file_watch *watch, const struct inotify_event *event)
{
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		return true;
	if (event->wd == watch->files[0])
		return (event->mask & (NAME_EVENTS | IN_UNMOUNT)) != 0;
	if (event->wd == watch->files[1])
		return true;
	for (unsigned i = 0; i < watch->count; i++)
		if (concerns(&watch->names[i], event))
			return true;
	return false;
}

bool file_watch_take(struct file_watch *watch)
{
	_Alignas(struct inotify_event) char events[EVENTS_BYTES];
	bool renamed = file_watch_timeout(watch) >= 0;
	ssize_t length;

	while (watch->fd >= 0 && (length = read(watch->fd, events, sizeof(events))) > 0) {
		const char *at = events;

		while (at < events + length) {
			const struct inotify_event *event = (const void *)at;

			renamed = is_rename(watch, event) || renamed;
			at += sizeof(*event) + event->len;
		}
	}
	return renamed;
}

void file_watch_close(struct file_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}
