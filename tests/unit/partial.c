/* SPDX-License-Identifier: ISC */
/* unit/partial: the mark of a partial file, as an extended attribute and as a file. */
#include "config.h"

#include "client/command/output/partial.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static const struct msgfetch_stamp stamp = {
	.device = 2049, .inode = UINT64_MAX, .mtime_ns = -17, .size = 1234567890123};

#define TEXT "1 2049 18446744073709551615 -17 1234567890123\n"

static bool parses(const char *text)
{
	struct msgfetch_stamp got;

	return partial_parse_mark(text, strlen(text), &got);
}

static void expect_stamp(const struct msgfetch_stamp *got)
{
	ck_assert_uint_eq(got->device, stamp.device);
	ck_assert_uint_eq(got->inode, stamp.inode);
	ck_assert_int_eq(got->mtime_ns, stamp.mtime_ns);
	ck_assert_uint_eq(got->size, stamp.size);
}

TEST(a_stamp_comes_back_from_its_text)
{
	char text[PARTIAL_MARK_SIZE];
	struct msgfetch_stamp got;

	ck_assert_uint_eq(partial_format_mark(text, &stamp), strlen(TEXT));
	ck_assert_str_eq(text, TEXT);
	ck_assert(partial_parse_mark(text, strlen(text), &got));
	expect_stamp(&got);
}

TEST(a_truncated_text_is_no_stamp)
{
	struct msgfetch_stamp got;

	for (size_t length = 0; length < strlen(TEXT); length++)
		ck_assert(!partial_parse_mark(TEXT, length, &got));
}

TEST(a_text_of_another_form_is_no_stamp)
{
	ck_assert(parses("1 1 2 3 4\n"));
	ck_assert(!parses("2 1 2 3 4\n"));
	ck_assert(!parses("1 1 2 3 4\n\n"));
	ck_assert(!parses("1 1 2 3 4 5\n"));
	ck_assert(!parses("1 +1 2 3 4\n"));
	ck_assert(!parses("1 -1 2 3 4\n"));
	ck_assert(!parses("1  1 2 3 4\n"));
	ck_assert(!parses("1 01 2 3 4\n"));
	ck_assert(!parses("1 18446744073709551616 2 3 4\n"));
	ck_assert(!parses(""));
}

static int open_file(void)
{
	int file = open("part", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	return file;
}

TEST(a_mark_is_an_extended_attribute)
{
	struct msgfetch_stamp got;
	int file = open_file();

	if (fsetxattr(file, "user.probe", "", 0, 0) != 0)
		SKIP("no user attributes in the temporary directory: %s", strerror(errno));
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	harness_write("part.stamp", "left over");
	ck_assert_int_eq(partial_write_mark(file, "part.stamp", &stamp), 0);
	ck_assert_int_ne(access("part.stamp", F_OK), 0);
	ck_assert(partial_read_mark(file, "part.stamp", &got));
	expect_stamp(&got);
	partial_remove_mark(file, "part.stamp");
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	close(file);
}

/* Opens a file on ramfs, which has no extended attributes. */
static int open_without_attributes(void)
{
	int file;

	ck_assert_int_eq(mkdir("plain", 0755), 0);
	ck_assert_int_eq(mount("none", "plain", "ramfs", 0, NULL), 0);
	ck_assert_int_eq(chdir("plain"), 0);
	file = open_file();
	ck_assert(fsetxattr(file, "user.probe", "", 0, 0) != 0 && errno == ENOTSUP);
	return file;
}

TEST(a_mark_is_a_file_without_extended_attributes)
{
	struct msgfetch_stamp got;
	int file;

	if (!harness_mounts())
		SKIP("needs to mount a file system");
	file = open_without_attributes();
	ck_assert_int_eq(partial_write_mark(file, "part.stamp", &stamp), 0);
	ck_assert_str_eq(harness_read("part.stamp", NULL), TEXT);
	ck_assert(partial_read_mark(file, "part.stamp", &got));
	expect_stamp(&got);
	partial_remove_mark(file, "part.stamp");
	ck_assert_int_ne(access("part.stamp", F_OK), 0);
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	close(file);
}

TEST(a_mark_is_not_written_through_a_link)
{
	int file;

	if (!harness_mounts())
		SKIP("needs to mount a file system");
	file = open_without_attributes();
	harness_write("other", "precious");
	ck_assert_int_eq(symlink("other", "part.stamp"), 0);
	ck_assert_int_eq(partial_write_mark(file, "part.stamp", &stamp), 0);
	ck_assert_str_eq(harness_read("other", NULL), "precious");
	ck_assert_str_eq(harness_read("part.stamp", NULL), TEXT);
	close(file);
}

TEST(a_mark_file_is_ignored_if_attributes_are_supported)
{
	struct msgfetch_stamp got;
	int file = open_file();

	if (fsetxattr(file, "user.probe", "", 0, 0) != 0)
		SKIP("no user attributes in the temporary directory: %s", strerror(errno));
	harness_write("part.stamp", TEXT);
	ck_assert_int_eq(chmod("part.stamp", 0600), 0);
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	close(file);
}

TEST(a_planted_mark_file_is_ignored)
{
	struct msgfetch_stamp got;
	int file;

	if (!harness_mounts() || !harness_other_users())
		SKIP("needs real root, to mount and to plant a file of another user");
	file = open_without_attributes();
	harness_write("part.stamp", TEXT);
	ck_assert_int_eq(chmod("part.stamp", 0600), 0);
	ck_assert(partial_read_mark(file, "part.stamp", &got));
	ck_assert_int_eq(chmod("part.stamp", 0620), 0);
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	ck_assert_int_eq(chmod("part.stamp", 0600), 0);
	ck_assert_int_eq(link("part.stamp", "second"), 0);
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	ck_assert_int_eq(unlink("second"), 0);
	ck_assert_int_eq(chown("part.stamp", OTHER_UID, OTHER_UID), 0);
	ck_assert(!partial_read_mark(file, "part.stamp", &got));
	close(file);
}

/* Opens target.part on a file system whose marks are files. */
static void open_partial(struct partial *partial)
{
	close(open_without_attributes());
	ck_assert_int_eq(partial_open(partial, "target", 0600), 0);
}

TEST(bytes_are_not_accepted_when_their_mark_cannot_be_made)
{
	struct partial partial;

	if (!harness_mounts())
		SKIP("needs to mount a file system");
	open_partial(&partial);
	ck_assert_int_eq(mkdir("target.part.stamp", 0700), 0);
	ck_assert_int_lt(partial_begin(&partial, &stamp, 0), 0);
	partial_close(&partial);
}

TEST(bytes_are_not_accepted_when_their_mark_is_cut)
{
	const struct rlimit few = {.rlim_cur = 4, .rlim_max = 4};
	struct partial partial;

	if (!harness_mounts())
		SKIP("needs to mount a file system");
	open_partial(&partial);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	ck_assert_int_eq(partial_begin(&partial, &stamp, 0), -ENOSPC);
	partial_close(&partial);
}

int main(void)
{
	return harness_main("unit/partial", HARNESS_IPC);
}
