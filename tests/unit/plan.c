/* SPDX-License-Identifier: ISC */
/* unit_plan: which files are to be fetched, given what stands here. */
#include "config.h"

#include "client/command/select/plan.h"

#include "tests/support/harness.h"

#include <sys/stat.h>

static struct patterns patterns;
static struct plan_rules rules;
static struct plan_local local;
static struct msgfetch_file file;

/* A file of 100 bytes, of the year 1970, and nothing here. */
static void begin(void)
{
	patterns = (struct patterns){0};
	rules = (struct plan_rules){.patterns = &patterns, .max_size = UINT64_MAX};
	local = (struct plan_local){.exists = false};
	file = (struct msgfetch_file){.name = "name",
				      .link = "",
				      .mode = S_IFREG | 0644,
				      .size = 100,
				      .mtime_ns = 50};
}

static void expect(enum plan_decision decision)
{
	ck_assert_int_eq(plan_decide(&rules, &file, &local), decision);
}

TEST(without_rules_everything_is_fetched)
{
	begin();
	local = (struct plan_local){.exists = true, .mtime_ns = 1000};
	expect(PLAN_FETCH);
}

TEST(what_is_there_can_be_passed_over)
{
	begin();
	rules.skip_existing = true;
	expect(PLAN_FETCH);
	local.exists = true;
	expect(PLAN_EXISTS);
}

TEST(what_is_complete_is_not_gone_on_with)
{
	begin();
	rules.continued = true;
	expect(PLAN_FETCH);
	local = (struct plan_local){.exists = true, .size = 100, .mtime_ns = 50};
	expect(PLAN_COMPLETE);
	local.size = 99;
	expect(PLAN_FETCH);
	local = (struct plan_local){.exists = true, .size = 100, .mtime_ns = 51};
	expect(PLAN_FETCH);
	rules.continued = false;
	local.mtime_ns = 50;
	expect(PLAN_FETCH);
}

TEST(only_what_is_newer_can_be_asked_for)
{
	begin();
	rules.update = true;
	expect(PLAN_FETCH);
	local = (struct plan_local){.exists = true, .mtime_ns = 49};
	expect(PLAN_FETCH);
	local.mtime_ns = 50;
	expect(PLAN_NOT_NEWER);
	local.mtime_ns = 51;
	expect(PLAN_NOT_NEWER);
}

TEST(a_size_is_too_large_from_one_byte_more_on)
{
	begin();
	rules.max_size = 100;
	expect(PLAN_FETCH);
	rules.max_size = 99;
	expect(PLAN_TOO_LARGE);
}

TEST(the_size_of_a_link_does_not_count)
{
	begin();
	rules.max_size = 99;
	file.mode = S_IFLNK | 0777;
	expect(PLAN_FETCH);
}

TEST(a_directory_that_is_there_is_filled)
{
	begin();
	rules.skip_existing = true;
	rules.update = true;
	rules.max_size = 0;
	local = (struct plan_local){.exists = true, .mtime_ns = 1000};
	file.mode = S_IFDIR | 0755;
	expect(PLAN_FETCH);
}

TEST(patterns_are_for_what_is_beneath_a_path)
{
	begin();
	ck_assert_int_eq(patterns_add(&patterns, "*", false), 0);
	expect(PLAN_EXCLUDED);
	file.name = "";
	expect(PLAN_FETCH);
	patterns_free(&patterns);
}

TEST(each_reason_has_words)
{
	ck_assert_ptr_null(plan_reason(PLAN_FETCH));
	for (int decision = PLAN_EXCLUDED; decision <= PLAN_NOT_NEWER; decision++)
		ck_assert_ptr_nonnull(plan_reason((enum plan_decision)decision));
}

int main(void)
{
	return harness_main("unit/plan", HARNESS_PURE);
}
