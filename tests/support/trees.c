/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/trees.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CODE_ERROR = 1,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct msgfetchd server;
struct fake fake;

const struct served tree_files[] = {{.name = "tree/"}, {.name = NULL}};

void make_directory(const char *name)
{
	ck_assert_msg(mkdir(name, 0755) == 0, "%s: %s", name, strerror(errno));
}

void make_link(const char *to, const char *name)
{
	ck_assert_msg(symlink(to, name) == 0, "%s: %s", name, strerror(errno));
}

struct stat status_of(const char *name)
{
	struct stat status;

	ck_assert_msg(lstat(name, &status) == 0, "%s: %s", name, strerror(errno));
	return status;
}

bool exists(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0;
}

void assert_same_link(const char *one, const char *other)
{
	char first[4096] = "", second[4096] = "";

	ck_assert_int_gt(readlink(one, first, sizeof(first) - 1), 0);
	ck_assert_int_gt(readlink(other, second, sizeof(second) - 1), 0);
	ck_assert_str_eq(first, second);
}

static const char *compared, *compared_with; /* by assert_same_tree() */

static int assert_same_entry(const char *one, const struct stat *first, int type,
			     struct FTW *level)
{
	const char *other = harness_format("%s%s", compared_with, one + strlen(compared));
	struct stat second = status_of(other);

	(void)type;
	(void)level;
	ck_assert_msg((first->st_mode & S_IFMT) == (second.st_mode & S_IFMT), "%s and %s", one,
		      other);
	if (S_ISREG(first->st_mode))
		harness_assert_same(one, other);
	else if (S_ISLNK(first->st_mode))
		assert_same_link(one, other);
	else if (S_ISDIR(first->st_mode))
		ck_assert_int_eq(harness_count_entries(one), harness_count_entries(other));
	return 0;
}

void assert_same_tree(const char *one, const char *other)
{
	compared = one;
	compared_with = other;
	ck_assert_int_eq(nftw(one, assert_same_entry, 16, FTW_PHYS), 0);
}

void expect_tree(const char *source, const char *copy)
{
	expect_code(&client, 0, NULL);
	assert_same_tree(source, copy);
}

/* Creates files of many sizes, also around those of slots and messages. */
static void make_sizes(const char *directory)
{
	const size_t sizes[] = {0,     1,     7,     8,     1000,   4096,   8000,   8052,
				8168,  8192,  15999, 16000, 16001,  16336,  16360,  16384,
				16385, 32768, 65536, 70000, 262100, 262144, 262145, 800000};

	for (size_t i = 0; i < COUNT(sizes); i++)
		harness_make_file(harness_format("%s/%zu", directory, sizes[i]), sizes[i],
				  (unsigned)i);
}

static void make_odd_names(const char *directory)
{
	const char *const names[] = {"with space",
				     "new\nline",
				     "-rf",
				     "--help",
				     "...",
				     "..a",
				     ".hidden",
				     "\xc3\xa4\xe2\x82\xac",
				     "\xff\xfe not UTF-8",
				     "\033[2J",
				     "back\\slash",
				     "*",
				     "'quote\"",
				     " "};
	char longest[256];

	for (size_t i = 0; i < COUNT(names); i++)
		harness_write(harness_format("%s/%s", directory, names[i]), names[i]);
	memset(longest, 'l', 255);
	longest[255] = '\0';
	harness_write(harness_format("%s/%s", directory, longest), "longest");
}

const char *make_chain(const char *directory, int levels)
{
	const char *name = directory;

	for (int i = 0; i < levels; i++) {
		name = harness_format("%s/d", name);
		make_directory(name);
	}
	return name;
}

void make_everything(const char *directory)
{
	make_sizes(directory);
	make_directory(harness_format("%s/names", directory));
	make_odd_names(harness_format("%s/names", directory));
	make_directory(harness_format("%s/empty", directory));
	make_directory(harness_format("%s/empty/too", directory));
	harness_write(harness_format("%s/file", make_chain(directory, 100)), "deep");
	make_link("names/with space", harness_format("%s/link", directory));
	make_link("nowhere", harness_format("%s/dangling", directory));
	make_link(".", harness_format("%s/loop", directory));
	make_link("../8000", harness_format("%s/names/up", directory));
	make_link("..", harness_format("%s/names/parent", directory));
}

void ask_for_tree(void)
{
	make_directory("in");
	make_directory("outside");
	fake_open(&fake);
	client_start(&client, "-r", "--retry", "0", "-o", "in/copy", "pub/tree", NULL);
	fake_await(&fake);
	ck_assert_uint_ne(fake.request.flags & REQUEST_RECURSE, 0);
}

void send_entry(uint32_t entry, uint32_t mode, const char *name, const char *link)
{
	struct entry_wire body = {.stamp = FAKE_STAMP(4), .mode = mode};

	fake_announce(&fake, entry, &body, name, link);
}

void send_directory(uint32_t entry, const char *name)
{
	send_entry(entry, S_IFDIR | 0755, name, "");
}

void send_file(uint32_t entry, const char *name)
{
	send_entry(entry, S_IFREG | 0644, name, "");
	fake_bytes(&fake, entry, 0, "text", 4);
	fake_finish(&fake, entry, FAKE_STAMP(4), 4);
}

void expect_nothing_outside(void)
{
	ck_assert_int_eq(harness_count_entries("outside"), 0);
	ck_assert_int_eq(harness_count_entries("."), 2);
	ck_assert_int_eq(harness_count_entries("in"), exists("in/copy") ? 1 : 0);
}

void expect_violation(void)
{
	client_finish(&client);
	expect_code(&client, CODE_ERROR, "protocol");
	ck_assert(!exists("in/copy"));
	expect_nothing_outside();
	fake_close(&fake);
	ck_assert_int_eq(rmdir("in"), 0);
	ck_assert_int_eq(rmdir("outside"), 0);
}
