/* SPDX-License-Identifier: ISC */
/* unit/exports: the export that a path belongs to, and the rest of the path. */
#include "config.h"

#include "server/access/exports.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

static struct exports exports;

static void have(const char *name)
{
	ck_assert_int_eq(exports_add(&exports, name, "/"), 0);
}

static void expect(const char *path, const char *name, const char *rest)
{
	const char *relative = NULL;
	const struct export *export = exports_match(&exports, path, &relative);

	ck_assert_msg(export != NULL, "%s matches nothing", path);
	ck_assert_str_eq(export->name, name);
	ck_assert_str_eq(relative, rest);
}

static void expect_none(const char *path)
{
	const char *relative;

	ck_assert_ptr_null(exports_match(&exports, path, &relative));
}

TEST(the_first_component_names_the_export)
{
	have("pub");
	have("other");
	expect("pub/a/b", "pub", "a/b");
	expect("other/a", "other", "a");
	exports_free(&exports);
}

TEST(an_unknown_name_matches_nothing)
{
	have("pub");
	expect_none("public/a");
	expect_none("pu/a");
	expect_none("a/pub");
	expect_none("PUB/a");
	exports_free(&exports);
}

TEST(leading_and_doubled_slashes_do_not_count)
{
	have("pub");
	expect("/pub/a", "pub", "a");
	expect("///pub///a", "pub", "a");
	exports_free(&exports);
}

TEST(the_export_itself_is_its_directory)
{
	have("pub");
	expect("pub", "pub", ".");
	expect("pub/", "pub", ".");
	expect("/pub//", "pub", ".");
	exports_free(&exports);
}

TEST(the_root_export_takes_the_rest_whole)
{
	have("pub");
	have(EXPORT_ROOT);
	expect("etc/a", EXPORT_ROOT, "etc/a");
	expect("/etc/a", EXPORT_ROOT, "etc/a");
	expect("pub/a", "pub", "a");
	expect("/", EXPORT_ROOT, ".");
	exports_free(&exports);
}

TEST(without_a_root_export_slashes_match_nothing)
{
	have("pub");
	expect_none("/");
	expect_none("//");
	exports_free(&exports);
}

TEST(dots_match_no_export)
{
	have("pub");
	expect_none("./pub/a");
	expect_none("../pub/a");
	exports_free(&exports);
}

TEST(no_exports_match_nothing)
{
	expect_none("pub/a");
}

TEST(a_name_has_1_to_255_bytes)
{
	char name[257];

	memset(name, 'n', 256);
	name[256] = '\0';
	ck_assert(!export_name_valid(name));
	name[255] = '\0';
	ck_assert(export_name_valid(name));
	ck_assert(export_name_valid("n"));
	ck_assert(!export_name_valid(""));
}

TEST(a_name_has_no_slash_and_is_not_dots)
{
	ck_assert(!export_name_valid("a/b"));
	ck_assert(!export_name_valid("/a"));
	ck_assert(!export_name_valid("a/"));
	ck_assert(!export_name_valid("//"));
	ck_assert(!export_name_valid("."));
	ck_assert(!export_name_valid(".."));
	ck_assert(export_name_valid("..."));
	ck_assert(export_name_valid(EXPORT_ROOT));
}

TEST(a_bad_name_is_not_added)
{
	ck_assert_int_eq(exports_add(&exports, "a/b", "/"), -EINVAL);
	ck_assert_uint_eq(exports.count, 0);
}

TEST(a_missing_directory_is_named)
{
	const struct export *failed = NULL;

	have("pub");
	ck_assert_int_eq(exports_add(&exports, "gone", "/no/such/directory"), 0);
	ck_assert_int_eq(exports_open(&exports, &failed), -ENOENT);
	ck_assert_ptr_nonnull(failed);
	ck_assert_str_eq(failed->name, "gone");
	exports_free(&exports);
}

TEST(a_device_is_not_opened)
{
	const struct export *failed = NULL;

	ck_assert_int_eq(exports_add(&exports, "null", "/dev/null"), 0);
	ck_assert_int_eq(exports_open(&exports, &failed), -ENOTDIR);
	exports_free(&exports);
}

/* Hidden names. */

static void hide(const char *pattern)
{
	ck_assert_int_eq(export_hide(&exports.list[0], pattern), 0);
}

static void expect_hidden(const char *path, bool hidden)
{
	ck_assert_msg(export_hides(&exports.list[0], path) == hidden, "%s", path);
}

TEST(without_a_pattern_no_name_is_hidden)
{
	have("pub");
	expect_hidden(".git/config", false);
	exports_free(&exports);
}

TEST(each_component_is_compared)
{
	have("pub");
	hide(".*");
	hide("*.key");
	expect_hidden(".git", true);
	expect_hidden(".git/config", true);
	expect_hidden("a/.git/config", true);
	expect_hidden("a//.git//config", true);
	expect_hidden("a/b.key", true);
	expect_hidden("a/b.key/c", true);
	expect_hidden("a/b.keys", false);
	expect_hidden("a/git/config", false);
	exports_free(&exports);
}

TEST(dots_are_never_hidden)
{
	have("pub");
	hide(".*");
	expect_hidden(".", false);
	expect_hidden("..", false);
	expect_hidden("a/./b/../c", false);
	expect_hidden("./..x", true);
	expect_hidden("a/../.x", true);
	exports_free(&exports);
}

TEST(a_star_hides_a_leading_dot_too)
{
	have("pub");
	hide("*~");
	expect_hidden(".a~", true);
	exports_free(&exports);
}

TEST(a_pattern_is_for_one_name)
{
	have("pub");
	ck_assert_int_eq(export_hide(&exports.list[0], "a/b"), -EINVAL);
	ck_assert_int_eq(export_hide(&exports.list[0], ""), -EINVAL);
	exports_free(&exports);
}

int main(void)
{
	return harness_main("unit/exports", HARNESS_PURE);
}
