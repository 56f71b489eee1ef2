/* SPDX-License-Identifier: ISC */
/* unit/options: accepted and refused command lines. */
#include "config.h"

#include "client/command/cli/help.h"
#include "client/command/cli/option_rules.h"
#include "client/command/cli/options.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct options options;

/* Parses words separated by spaces.  Returns the usage error, or "". */
static const char *parse(const char *line)
{
	char *words = harness_keep(strdup(line));
	static char *argv[32];
	char *error = NULL;
	int argc = 0, result;

	argv[argc++] = words;
	while ((words = strchr(words, ' ')) != NULL) {
		*words++ = '\0';
		argv[argc++] = words;
	}
	argv[argc] = NULL;
	result = options_parse(&options, argc, argv, NULL, &error);
	if (result == 0)
		result = option_rules_check(&options, &error);
	ck_assert_int_eq(result, error != NULL ? -EINVAL : 0);
	return error != NULL ? harness_keep(error) : "";
}

static void accept(const char *line)
{
	ck_assert_str_eq(parse(line), "");
}

static void refuse(const char *line, const char *text)
{
	const char *error = parse(line);

	ck_assert_msg(strstr(error, text) != NULL, "%s: \"%s\"", line, error);
	options_free(&options);
}

/* Names. */

TEST(every_option_is_in_the_help)
{
	for (int option = 0; option < LONG_END; option++) {
		const char *name = options_name(option);

		if (name == NULL)
			continue;
		ck_assert_msg(strstr(help_text, harness_format("--%s", name)) != NULL, "%s",
			      name);
		if (option <= UCHAR_MAX)
			ck_assert_msg(strstr(help_text,
					     harness_format("-%c, --%s", option, name)) != NULL,
				      "%c", option);
	}
}

TEST(every_number_is_an_option)
{
	for (int option = UCHAR_MAX + 1; option < LONG_END; option++)
		ck_assert_msg(options_name(option) != NULL, "%d", option);
}

TEST(an_unknown_option_is_named)
{
	refuse("msgfetch --nothing x", "\"--nothing\" is not an option");
	refuse("msgfetch -Z x", "\"-Z\" is not an option");
	refuse("msgfetch --re x", "abbreviates several");
	refuse("msgfetch --quiet=yes x", "--quiet takes no value");
	refuse("msgfetch x -o", "--output needs a value");
	refuse("msgfetch x --output=", "--output: the value is empty");
}

TEST(a_mistyped_option_gets_a_suggestion)
{
	refuse("msgfetch --recursve x",
	       "\"--recursve\" is not an option; did you mean --recursive?");
	refuse("msgfetch --ouptut=f x", "did you mean --output?");
	refuse("msgfetch --skip-exisitng x", "did you mean --skip-existing?");
	ck_assert_ptr_null(strstr(parse("msgfetch --nothing x"), "did you mean"));
}

TEST(h_means_human_with_a_list_and_help_otherwise)
{
	accept("msgfetch -lh pub");
	ck_assert_int_eq(options.action, OPTIONS_LIST);
	ck_assert(options.human && options.list_long);
	accept("msgfetch -h -l pub");
	ck_assert_int_eq(options.action, OPTIONS_LIST);
	accept("msgfetch -h");
	ck_assert_int_eq(options.action, OPTIONS_HELP);
	accept("msgfetch -l --help");
	ck_assert_int_eq(options.action, OPTIONS_HELP);
	accept("msgfetch -h --nothing");
	ck_assert_int_eq(options.action, OPTIONS_HELP);
}

TEST(a_path_is_needed)
{
	refuse("msgfetch", "no PATH given");
	refuse("msgfetch -O", "no PATH given");
}

/* Combinations of options. */

TEST(options_that_exclude_each_other_are_refused)
{
	refuse("msgfetch -q -v x", "--quiet excludes --verbose");
	refuse("msgfetch -o f -O x", "--output excludes --remote-name");
	refuse("msgfetch -o f -D d x", "--output excludes --output-dir");
	refuse("msgfetch -r --range 1-2 -O x", "--recursive excludes --range");
	refuse("msgfetch -c -r -O x", "--continue excludes --recursive");
	refuse("msgfetch -c --range 1-2 -O x", "--continue excludes --range");
	refuse("msgfetch --range 1-2 --digest x", "--range excludes --digest");
	refuse("msgfetch --json --print-digest -O x", "--json excludes --print-digest");
	refuse("msgfetch -n --print-digest -O x", "--dry-run excludes --print-digest");
}

TEST(options_of_fetching_are_refused_with_ping)
{
	refuse("msgfetch --ping -o f", "--ping excludes --output");
	refuse("msgfetch --ping --range 1-2", "--ping excludes --range");
	refuse("msgfetch --ping x", "--ping takes no PATH");
	accept("msgfetch --ping -v -w 5");
}

TEST(options_for_files_need_a_target)
{
	refuse("msgfetch -r x", "--recursive needs --remote-name");
	refuse("msgfetch -p x", "--preserve needs");
	refuse("msgfetch -j 2 x", "--jobs needs");
	refuse("msgfetch -u x", "--update needs");
	refuse("msgfetch --skip-existing x", "--skip-existing needs");
	refuse("msgfetch --json x", "--json needs");
	refuse("msgfetch --print-digest -o - x", "--print-digest needs");
	accept("msgfetch -r -p -j 2 -u --json -D d x");
}

TEST(patterns_need_a_tree)
{
	refuse("msgfetch -O --exclude *.o x", "--exclude needs --recursive");
	accept("msgfetch -rO --exclude *.o --include * x");
	ck_assert_uint_eq(options.patterns.count, 2);
	ck_assert(!options.patterns.rules[0].include);
	ck_assert(options.patterns.rules[1].include);
	options_free(&options);
}

TEST(a_local_target_gets_a_hint)
{
	refuse("msgfetch pub/hello .", "\".\" looks like a local directory; -D writes files");
	refuse("msgfetch pub/hello ../in", "-D writes files there");
	refuse("msgfetch pub/hello ./", "-D writes files there");
	accept("msgfetch pub/hello .hidden");
	accept("msgfetch .");
	accept("msgfetch -l pub .");
}

TEST(one_output_is_for_one_path)
{
	refuse("msgfetch -o f x y", "--output names one file for 2 paths");
	refuse("msgfetch --range 0-1 x y", "--range is for one PATH");
	accept("msgfetch -o - x y");
}

TEST(remote_names_have_to_be_names_and_different)
{
	refuse("msgfetch -O x/..", "does not end in the name of a file");
	refuse("msgfetch -O x/y z/y", "\"x/y\" and \"z/y\" would be written to the same file");
	accept("msgfetch -O x/y z/yy");
}

/* Values. */

TEST(a_range_is_as_curl_has_it)
{
	accept("msgfetch --range 0-99 x");
	ck_assert(options.range.wanted && !options.range.tail);
	ck_assert_uint_eq(options.range.offset, 0);
	ck_assert_uint_eq(options.range.length, 100);
	accept("msgfetch --range 100- x");
	ck_assert(!options.range.tail);
	ck_assert_uint_eq(options.range.offset, 100);
	ck_assert_uint_eq(options.range.length, 0);
	accept("msgfetch --range=-100 x");
	ck_assert(options.range.tail);
	ck_assert_uint_eq(options.range.offset, 0);
	ck_assert_uint_eq(options.range.length, 100);
	accept("msgfetch --range 7-7 x");
	ck_assert_uint_eq(options.range.length, 1);
	accept("msgfetch --range 99999999999999999999- x");
	ck_assert_uint_eq(options.range.offset, INT64_MAX);
	accept("msgfetch --range 0-9223372036854775807 x");
	ck_assert_uint_eq(options.range.length, INT64_MAX);
}

TEST(an_invalid_range_is_refused)
{
	const char *const wrong[] = {"-",    "",     "5",   "a-b",  "1-2-3",
				     "1 -2", "+1-2", "--1", "1-2x", "0x1-2"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *error = NULL;
		char name[] = "msgfetch", path[] = "x";
		char *argv[] = {name, harness_format("--range=%s", wrong[i]), path, NULL};

		ck_assert_int_eq(options_parse(&options, 3, argv, NULL, &error), -EINVAL);
		ck_assert_msg(strstr(error, "is not a range") != NULL, "%s: %s", wrong[i],
			      error);
		free(error);
	}
	refuse("msgfetch --range 0-1,3-4 x", "is more than one range");
	refuse("msgfetch --range 5-4 x", "ends before it begins");
	refuse("msgfetch --range=-0 x", "is a range of no bytes");
}

static void expect_size(const char *text, uint64_t bytes)
{
	accept(harness_format("msgfetch --max-size %s x", text));
	ck_assert_uint_eq(options.max_size, bytes);
}

TEST(a_size_may_have_a_unit)
{
	expect_size("0", 0);
	expect_size("4096", 4096);
	expect_size("100K", 102400);
	expect_size("20m", 20971520);
	expect_size("3G", UINT64_C(3221225472));
	expect_size("1.5K", 1536);
	expect_size("1KB", 1024);
	expect_size("2MiB", 2097152);
	expect_size("2mib", 2097152);
	expect_size("7B", 7);
	expect_size("1T", UINT64_C(1) << 40);
	refuse("msgfetch --max-size 1.K x", "is not a size");
	refuse("msgfetch --max-size 1Ki x", "is not a size");
	refuse("msgfetch --max-size 1KBB x", "is not a size");
	refuse("msgfetch --max-size 99999999999999999999 x", "is too large");
	refuse("msgfetch --max-size K x", "is not a size");
	refuse("msgfetch --max-size -1 x", "is not a size");
	refuse("msgfetch --max-size 9223372036854775807K x", "is too large");
}

static void expect_timeout(const char *text, unsigned milliseconds)
{
	accept(harness_format("msgfetch -w %s x", text));
	ck_assert_uint_eq(options.session.timeout_ms, milliseconds);
}

TEST(a_duration_may_have_a_unit)
{
	expect_timeout("30", 30000);
	expect_timeout("0.5", 500);
	expect_timeout("500ms", 500);
	expect_timeout("1.5s", 1500);
	expect_timeout("2m", 120000);
	expect_timeout("1h", 3600000);
	expect_timeout("1d", 86400000);
	expect_timeout("0", 0);
	expect_timeout("0.0001", 1);
	refuse("msgfetch -w 1w x", "is not a duration");
	refuse("msgfetch -w m x", "is not a duration");
	refuse("msgfetch -w 1.2.3 x", "is not a duration");
	refuse("msgfetch -w 1. x", "is not a duration");
	refuse("msgfetch -w 1e3 x", "is not a duration");
	refuse("msgfetch -w 50d x", "is too long");
}

TEST(without_a_limit_every_size_is_wanted)
{
	accept("msgfetch x");
	ck_assert_uint_eq(options.max_size, UINT64_MAX);
}

TEST(the_digest_may_be_chosen)
{
	accept("msgfetch x");
	ck_assert_int_eq(options.digest, MSGFETCH_DIGEST_NONE);
	accept("msgfetch --digest x");
	ck_assert_int_eq(options.digest, MSGFETCH_DIGEST_XXH3);
	accept("msgfetch --digest=sha256 x");
	ck_assert_int_eq(options.digest, MSGFETCH_DIGEST_SHA256);
	accept("msgfetch --print-digest -O x");
	ck_assert_int_eq(options.digest, MSGFETCH_DIGEST_SHA256);
	accept("msgfetch --print-digest --digest -O x");
	ck_assert_int_eq(options.digest, MSGFETCH_DIGEST_XXH3);
	refuse("msgfetch --digest=md5 x", "is not xxh3 or sha256");
}

TEST(jobs_are_a_small_number)
{
	accept("msgfetch x");
	ck_assert_uint_eq(options.jobs, 1);
	accept("msgfetch -j 64 -O x");
	ck_assert_uint_eq(options.jobs, 64);
	refuse("msgfetch -j 0 -O x", "is not a whole number from 1 to 64");
	refuse("msgfetch -j 65 -O x", "is not a whole number from 1 to 64");
	refuse("msgfetch -j +1 -O x", "is not a whole number from 1 to 64");
}

TEST(a_ring_has_slots_of_a_size)
{
	accept("msgfetch --ring 3x48K x");
	ck_assert_uint_eq(options.session.ring_slots, 3);
	ck_assert_uint_eq(options.session.ring_slot_bytes, 49152);
	refuse("msgfetch --ring 65x16K x", "is not SLOTSxSIZE");
	refuse("msgfetch --ring 2x64M x", "is more than 64M in total");
	refuse("msgfetch --ring 2x1G x", "is more than 64M in total");
	refuse("msgfetch --ring 2x1000 x", "not a multiple of 16K");
}

/* Lists of paths. */

TEST(a_list_that_cannot_be_read_is_refused)
{
	refuse("msgfetch -T missing/list", "cannot be read: No such file or directory");
}

TEST(an_empty_list_is_no_error)
{
	accept("msgfetch -T /dev/null");
	ck_assert_uint_eq(options.path_count, 0);
	options_free(&options);
}

TEST(options_about_targets_and_failures_exclude_each_other)
{
	refuse("msgfetch --fail-early -j2 -D d a/1 a/2", "--jobs excludes --fail-early");
	refuse("msgfetch --inplace -c -O a/1", "--continue excludes --inplace");
	refuse("msgfetch --inplace a/1", "the bytes go into a local file");
	refuse("msgfetch --exclude-from /dev/null -O a/1", "--exclude-from needs --recursive");
}

int main(void)
{
	return harness_main("unit/options", HARNESS_PURE);
}
