/* SPDX-License-Identifier: ISC */
/* unit/overlap: the rules of an export hold on every path into its directory. */
#include "config.h"

#include "server/access/overlap.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALICE = 1000, STRANGER = 1001 };

static struct exports exports;
static struct client client = {.uid = STRANGER};
static struct overlap overlap;
static struct failure failure;

static void add(const char *name, const char *directory)
{
	ck_assert_int_eq(exports_add(&exports, name,
				     harness_format("%s/%s", harness_directory(), directory)),
			 0);
}

static struct export *export_called(const char *name)
{
	return exports_find(&exports, name);
}

/* A tree "srv" that is exported as "/", with the export "private" inside. */
static void make_tree(void)
{
	const struct export *failed;

	ck_assert_int_eq(mkdir("srv", 0755), 0);
	ck_assert_int_eq(mkdir("srv/pub", 0755), 0);
	ck_assert_int_eq(mkdir("srv/private", 0755), 0);
	ck_assert_int_eq(mkdir("srv/private/sub", 0755), 0);
	harness_write("srv/pub/file", "text");
	harness_write("srv/private/secret", "secret");
	harness_write("srv/private/sub/secret", "secret");
	harness_write("srv/private/sub/key", "secret");
	ck_assert_int_eq(symlink("../private", "srv/pub/way"), 0);
	ck_assert_int_eq(symlink("way/../private/sub/../secret", "srv/pub/link"), 0);
	ck_assert_int_eq(symlink("loop", "srv/pub/loop"), 0);
	ck_assert_int_eq(symlink("/etc", "srv/pub/etc"), 0);
	add("/", "srv");
	add("private", "srv/private");
	ck_assert_int_eq(exports_open(&exports, &failed), 0);
}

static void close_private(void)
{
	struct access *access = &export_called("private")->access;

	access->closed = true;
	ck_assert_int_eq(id_list_add(&access->allow_users, ALICE), 0);
}

static int follow(const char *relative)
{
	overlap = (struct overlap){
		.exports = &exports, .export = export_called("/"), .client = &client};
	return overlap_follow(&overlap, relative, true, &failure);
}

static void expect_error(const char *relative, int error)
{
	ck_assert_msg(follow(relative) == error, "%s", relative);
	ck_assert_msg(failure.text == NULL, "%s", relative);
}

static void expect_refused(const char *relative)
{
	ck_assert_msg(follow(relative) == -EACCES, "%s", relative);
	ck_assert_ptr_nonnull(failure.text);
}

static void expect_file(const char *relative, const char *real)
{
	struct stat found, wanted;

	ck_assert_msg(follow(relative) == 0, "%s", relative);
	ck_assert_int_eq(fstatat(overlap.directory, overlap.name, &found, AT_SYMLINK_NOFOLLOW),
			 0);
	ck_assert_int_eq(stat(real, &wanted), 0);
	ck_assert_msg(found.st_ino == wanted.st_ino, "%s", relative);
	overlap_close(&overlap);
}

/* Spellings of paths into "srv/private". */
static const char *const ways[] = {
	"private/secret",
	"./private/secret",
	"pub/../private/secret",
	"pub/.././/private//./secret",
	"pub/way/secret",
	"pub/way/sub/secret",
	"pub/link",
	"private",
	"private/",
	"pub/way",
	"private/sub/..",
	"private/gone",
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

TEST(no_spelling_evades_the_rules_of_an_inner_export)
{
	make_tree();
	close_private();
	for (size_t i = 0; i < WAYS; i++)
		expect_refused(ways[i]);
	expect_file("pub/file", "srv/pub/file");
	exports_free(&exports);
}

TEST(a_path_through_an_inner_export_is_refused_even_when_it_leads_out_again)
{
	make_tree();
	close_private();
	expect_refused("private/../pub/file");
	exports_free(&exports);
}

TEST(a_client_that_every_rule_grants_reaches_the_inner_export)
{
	make_tree();
	close_private();
	client.uid = ALICE;
	expect_file("pub/../private/secret", "srv/private/secret");
	expect_file("pub/way/sub/secret", "srv/private/sub/secret");
	expect_file("pub/link", "srv/private/secret");
	expect_file("private/sub/..", "srv/private");
	expect_file(".", "srv");
	expect_file("pub/", "srv/pub");
	exports_free(&exports);
}

/* The client is told of a hidden name what it is told of a name that does not exist. */
static void expect_hidden(const char *relative)
{
	ck_assert_int_eq(follow(relative), -ENOENT);
	ck_assert_int_eq(failure.error, ENOENT);
	ck_assert_str_eq(failure.text, strerror(ENOENT));
	ck_assert(failure.rule);
}

TEST(names_hidden_in_the_inner_export_stay_hidden)
{
	make_tree();
	ck_assert_int_eq(export_hide(export_called("private"), "key"), 0);
	expect_hidden("pub/way/sub/key");
	expect_hidden("private/sub/key");
	expect_file("private/sub/secret", "srv/private/sub/secret");
	exports_free(&exports);
}

TEST(an_inner_export_that_follows_no_links_is_not_left_by_one)
{
	make_tree();
	ck_assert_int_eq(symlink("secret", "srv/private/link"), 0);
	export_called("private")->no_links = true;
	expect_error("private/link", -ELOOP);
	expect_file("pub/way/secret", "srv/private/secret");
	exports_free(&exports);
}

TEST(two_exports_of_one_directory_have_the_rules_of_both)
{
	const struct export *failed;

	ck_assert_int_eq(mkdir("srv", 0755), 0);
	harness_write("srv/file", "text");
	add("/", "srv");
	add("private", "srv");
	ck_assert_int_eq(exports_open(&exports, &failed), 0);
	close_private();
	expect_refused("file");
	exports_free(&exports);
}

TEST(paths_resolve_as_in_the_kernel)
{
	make_tree();
	close_private();
	client.uid = ALICE;
	expect_error("..", -EXDEV);
	expect_error("pub/../..", -EXDEV);
	expect_error("pub/etc/passwd", -EXDEV);
	expect_error("pub/loop", -ELOOP);
	expect_error("pub/gone", -ENOENT);
	expect_error("pub/file/more", -ENOTDIR);
	expect_error("pub/file/", -ENOTDIR);
	expect_error("pub/file/..", -ENOTDIR);
	ck_assert_int_eq(symlink("file", "srv/pub/short"), 0);
	expect_file("pub/short", "srv/pub/file");
	expect_error("pub/short/", -ENOTDIR);
	expect_file("pub/../pub/./../pub//./file", "srv/pub/file");
	exports_free(&exports);
}

TEST(a_link_at_the_end_is_followed_only_on_demand)
{
	make_tree();
	close_private();
	overlap = (struct overlap){
		.exports = &exports, .export = export_called("/"), .client = &client};
	ck_assert_int_eq(overlap_follow(&overlap, "pub/way", false, &failure), 0);
	ck_assert_str_eq(overlap.name, "way");
	overlap_close(&overlap);
	exports_free(&exports);
}

TEST(only_the_rules_of_other_exports_cause_the_check)
{
	make_tree();
	ck_assert(!overlap_possible(&exports, export_called("/")));
	close_private();
	ck_assert(overlap_possible(&exports, export_called("/")));
	ck_assert(!overlap_possible(&exports, export_called("private")));
	exports_free(&exports);
}

int main(void)
{
	return harness_main("unit/overlap", HARNESS_IPC);
}
