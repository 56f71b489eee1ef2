/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/listing.h"

#include "client/command/base/text.h"
#include "common/mtime.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Room for "drwxr-xr-x", the blank that strmode(3) adds, and NUL. */
enum { MODE_SIZE = 12 };

/* Formats mode as "drwxr-xr-x"; 0, an unknown mode, as question marks. */
static void format_mode(char buffer[MODE_SIZE], uint32_t mode)
{
	size_t length;

	if (mode == 0) {
		(void)strlcpy(buffer, "??????????", MODE_SIZE);
		return;
	}
	strmode((mode_t)mode, buffer);
	length = strlen(buffer);
	if (length > 0 &&
	    buffer[length - 1] == ' ') /* strmode() leaves a place for an ACL mark */
		buffer[length - 1] = '\0';
}

void listing_time(char buffer[LISTING_TIME_SIZE], int64_t mtime_ns, enum listing_clock clock)
{
	static const char *const days[] = {"%F %R", "%F %T", "%FT%T"};
	char day[24], zone[8] = "Z";
	struct timespec time = mtime_split(mtime_ns);
	struct tm broken;
	const struct tm *known;

	known = clock == LISTING_UTC ? gmtime_r(&time.tv_sec, &broken)
				     : localtime_r(&time.tv_sec, &broken);
	if (known == NULL || strftime(day, sizeof(day), days[clock], known) == 0 ||
	    (clock == LISTING_PRECISE && strftime(zone, sizeof(zone), " %z", known) == 0))
		(void)strlcpy(buffer, "?", LISTING_TIME_SIZE);
	else if (clock == LISTING_SHORT)
		(void)strlcpy(buffer, day, LISTING_TIME_SIZE);
	else
		(void)snprintf(buffer, LISTING_TIME_SIZE, "%s.%09ld%s", day, time.tv_nsec,
			       zone);
}

static void name_or_number(char buffer[LISTING_OWNER_SIZE], const char *name, uint32_t number)
{
	if (name != NULL)
		(void)strlcpy(buffer, name, LISTING_OWNER_SIZE);
	else
		(void)snprintf(buffer, LISTING_OWNER_SIZE, "%" PRIu32, number);
}

void listing_user(char buffer[LISTING_OWNER_SIZE], uint32_t uid)
{
	name_or_number(buffer, user_from_uid((uid_t)uid, 1), uid);
}

void listing_group(char buffer[LISTING_OWNER_SIZE], uint32_t gid)
{
	name_or_number(buffer, group_from_gid((gid_t)gid, 1), gid);
}

const char *listing_kind(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFCHR:
	case S_IFBLK:
		return "device";
	default:
		return "special file";
	}
}

struct listing_manner listing_manner_of_stdout(bool null)
{
	return (struct listing_manner){
		.escape = !null && isatty(STDOUT_FILENO),
		.end = null ? '\0' : '\n',
	};
}

static void widen(int *width, int length)
{
	if (length > *width)
		*width = length;
}

static void format_size(char buffer[TEXT_NUMBER_SIZE], const struct listing_widths *widths,
			uint64_t size)
{
	if (widths->human)
		text_bytes(buffer, size);
	else
		(void)snprintf(buffer, TEXT_NUMBER_SIZE, "%" PRIu64, size);
}

void listing_measure(struct listing_widths *widths, const struct msgfetch_file *file)
{
	char owner[LISTING_OWNER_SIZE], group[LISTING_OWNER_SIZE];
	char size[TEXT_NUMBER_SIZE];

	listing_user(owner, file->uid);
	listing_group(group, file->gid);
	widen(&widths->owner, (int)strlen(owner));
	widen(&widths->group, (int)strlen(group));
	format_size(size, widths, file->size);
	widen(&widths->size, (int)strlen(size));
}

static void write_name(FILE *stream, const struct listing_manner *manner, const char *name)
{
	char *quoted = manner->escape ? text_quote(name) : NULL;

	(void)fputs(quoted != NULL ? quoted : name, stream);
	free(quoted);
}

void listing_name(FILE *stream, const struct listing_manner *manner, const char *name)
{
	write_name(stream, manner, name);
	(void)fputc(manner->end, stream);
}

void listing_long(FILE *stream, const struct listing_manner *manner,
		  const struct listing_widths *widths, const struct msgfetch_file *file,
		  const char *name)
{
	char mode[MODE_SIZE], time[LISTING_TIME_SIZE];
	char owner[LISTING_OWNER_SIZE], group[LISTING_OWNER_SIZE];
	char size[TEXT_NUMBER_SIZE];

	format_mode(mode, file->mode);
	listing_time(time, file->mtime_ns, LISTING_SHORT);
	listing_user(owner, file->uid);
	listing_group(group, file->gid);
	format_size(size, widths, file->size);
	(void)fprintf(stream, "%s %-*s %-*s %*s %s ", mode, widths->owner, owner, widths->group,
		      group, widths->size, size, time);
	write_name(stream, manner, name);
	if (S_ISLNK(file->mode) && file->link[0] != '\0') {
		(void)fputs(" -> ", stream);
		write_name(stream, manner, file->link);
	}
	(void)fputc(manner->end, stream);
}

void listing_stat(FILE *stream, const struct listing_manner *manner,
		  const struct msgfetch_file *file, const char *path)
{
	char mode[MODE_SIZE], time[LISTING_TIME_SIZE];
	char owner[LISTING_OWNER_SIZE], group[LISTING_OWNER_SIZE];

	format_mode(mode, file->mode);
	listing_time(time, file->mtime_ns, LISTING_PRECISE);
	listing_user(owner, file->uid);
	listing_group(group, file->gid);
	(void)fputs("    Path: ", stream);
	write_name(stream, manner, path);
	(void)fprintf(stream,
		      "\n"
		      "    Kind: %s\n"
		      "    Size: %" PRIu64 "\n"
		      "    Mode: %04o (%s)\n"
		      "   Owner: %s (%" PRIu32 ")\n"
		      "   Group: %s (%" PRIu32 ")\n"
		      "Modified: %s\n"
		      "   Inode: %" PRIu64 "\n",
		      listing_kind(file->mode), file->size, file->mode & 07777, mode, owner,
		      file->uid, group, file->gid, time, file->stamp.inode);
}
