/* SPDX-License-Identifier: ISC */
/* unit/name: names and links that stay beneath their directory. */
#include "config.h"

#include "client/lib/name.h"

#include "tests/support/harness.h"

#include <limits.h>
#include <string.h>

static void expect_names(const char *const names[], size_t count, bool beneath)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(name_is_beneath(names[i]) == beneath, "\"%s\"", names[i]);
}

#define EXPECT_NAMES(beneath, ...)                                                \
	do {                                                                      \
		const char *const names[] = {__VA_ARGS__};                        \
		expect_names(names, sizeof(names) / sizeof(names[0]), (beneath)); \
	} while (0)

static void expect_link(const char *name, const char *link, bool beneath)
{
	ck_assert_msg(name_link_is_beneath(name, link) == beneath, "\"%s\" -> \"%s\"", name,
		      link);
}

TEST(a_name_may_be_of_any_bytes)
{
	EXPECT_NAMES(true, "a", "a/b", "a/b/c", " ", "a b", "-rf", "a\nb", "\001", "\377\376",
		     "\xc3\xa4", "*", "~", "\\", "a\\..\\b");
}

TEST(dots_within_a_name_are_letters)
{
	EXPECT_NAMES(true, "...", "..a", "a..", ".a", "a.", ". ", ".. ", "a/...", ".../b",
		     "..a/b", ".hidden/..x");
}

TEST(no_name_leads_upwards)
{
	EXPECT_NAMES(false, "..", "../a", "a/..", "a/../b", "a/../../b", "a/b/..", "../..");
}

TEST(no_name_stands_still)
{
	EXPECT_NAMES(false, ".", "./a", "a/.", "a/./b");
}

TEST(no_name_is_absolute)
{
	EXPECT_NAMES(false, "/", "/a", "//a", "/..");
}

TEST(no_component_is_empty)
{
	EXPECT_NAMES(false, "", "a/", "a//b", "a/b/", "a//");
}

TEST(no_component_is_longer_than_the_kernel_takes)
{
	char name[NAME_MAX + 4];

	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	ck_assert(name_is_beneath(name));
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	ck_assert(!name_is_beneath(name));
	memcpy(name, "a/", 2);
	name[NAME_MAX + 1] = 'n';
	name[NAME_MAX + 2] = '\0';
	ck_assert(name_is_beneath(name));
	name[NAME_MAX + 2] = 'n';
	name[NAME_MAX + 3] = '\0';
	ck_assert(!name_is_beneath(name));
}

TEST(a_link_may_lead_downwards)
{
	expect_link("l", "a", true);
	expect_link("l", "a/b/c", true);
	expect_link("d/l", "a", true);
	expect_link("l", "./a", true);
	expect_link("l", "a/./b", true);
	expect_link("l", "a//b", true);
	expect_link("l", "a/", true);
	expect_link("l", ".", true);
	expect_link("l", "nowhere yet", true);
	expect_link("l", "...", true);
	expect_link("l", "..a", true);
}

TEST(a_link_may_climb_up_to_its_top_directory)
{
	expect_link("d/l", "..", true);
	expect_link("d/l", "../a", true);
	expect_link("d/l", "../", true);
	expect_link("d/l", "./../a", true);
	expect_link("d/e/l", "../..", true);
	expect_link("d/e/l", "../../a/b", true);
	expect_link("d/e/l", "..//../a", true);
	expect_link("d/e/l", "..", true);
}

TEST(a_link_may_not_climb_further)
{
	expect_link("l", "..", false);
	expect_link("l", "../", false);
	expect_link("l", "../a", false);
	expect_link("l", "./..", false);
	expect_link("d/l", "../..", false);
	expect_link("d/l", "../../a", false);
	expect_link("d/l", "..//..", false);
	expect_link("d/l", ".././..", false);
	expect_link("d/e/l", "../../..", false);
}

/* After another link ".." does not lead back. */
TEST(a_link_may_not_climb_after_descending)
{
	expect_link("l", "a/..", false);
	expect_link("l", "a/../b", false);
	expect_link("d/l", "a/..", false);
	expect_link("d/l", "../a/..", false);
	expect_link("d/e/l", "../a/../b", false);
	expect_link("d/l", "a/b/..", false);
}

TEST(a_link_may_not_be_absolute)
{
	expect_link("l", "/", false);
	expect_link("l", "/a", false);
	expect_link("l", "//a", false);
	expect_link("d/e/f/l", "/..", false);
}

TEST(an_empty_link_is_refused)
{
	expect_link("l", "", false);
}

int main(void)
{
	return harness_main("unit/name", HARNESS_PURE);
}
