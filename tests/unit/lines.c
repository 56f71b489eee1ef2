/* SPDX-License-Identifier: ISC */
/* unit/lines: the lines on standard output: JSON, digests and listings. */
#include "config.h"

#include "client/command/show/json.h"
#include "client/command/show/listing.h"
#include "client/command/show/outcomes.h"

#include "tests/support/harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *text;
static size_t length;

static FILE *begin(void)
{
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	return stream;
}

static void expect(FILE *stream, const char *expected)
{
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_str_eq(text, expected);
	free(text);
}

/* U+202E, which displays the text after it from right to left. */
static const char reversal[] = {(char)0xe2, (char)0x80, (char)0xae, '\0'};

/* JSON. */

static void expect_json(const char *value, const char *expected)
{
	FILE *stream = begin();
	struct json_line *line = json_begin();

	json_add_text(line, "path", value);
	ck_assert_int_eq(json_end(line, stream), 0);
	expect(stream, expected);
}

TEST(text_is_escaped)
{
	expect_json("plain", "{\"path\":\"plain\"}\n");
	expect_json("a\"b\\c\nd", "{\"path\":\"a\\\"b\\\\c\\nd\"}\n");
	expect_json("\033[2J", "{\"path\":\"\\u001B[2J\"}\n");
}

TEST(utf_8_stays)
{
	expect_json("\xc3\xa4\xe2\x82\xac", "{\"path\":\"\xc3\xa4\xe2\x82\xac\"}\n");
}

TEST(on_a_terminal_json_is_ascii)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int output = dup(STDOUT_FILENO);

	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(dup2(terminal, STDOUT_FILENO), STDOUT_FILENO);
	expect_json(harness_format("\xc2\x9b%s", reversal), "{\"path\":\"\\u009B\\u202E\"}\n");
	ck_assert_int_eq(dup2(output, STDOUT_FILENO), STDOUT_FILENO);
}

TEST(bytes_that_are_not_utf_8_are_kept_in_base64)
{
	expect_json("\xff", "{\"path\":\"\xef\xbf\xbd\",\"path_base64\":\"/w==\"}\n");
	expect_json("a\xff\xfe", "{\"path\":\"a\xef\xbf\xbd\xef\xbf\xbd\","
				 "\"path_base64\":\"Yf/+\"}\n");
	/* A truncated character and an overlong one. */
	expect_json("ab\xe2\x82", "{\"path\":\"ab\xef\xbf\xbd\xef\xbf\xbd\","
				  "\"path_base64\":\"YWLigg==\"}\n");
	expect_json("\xc0\xafx", "{\"path\":\"\xef\xbf\xbd\xef\xbf\xbdx\","
				 "\"path_base64\":\"wK94\"}\n");
}

TEST(members_keep_their_order)
{
	FILE *stream = begin();
	struct json_line *line = json_begin();

	json_add_text(line, "b", "x");
	json_add_number(line, "a", -5);
	json_add_real(line, "c", 0.25);
	ck_assert_int_eq(json_end(line, stream), 0);
	expect(stream, "{\"b\":\"x\",\"a\":-5,\"c\":0.25}\n");
}

/* Digests. */

static void expect_digest(enum msgfetch_digest kind, const char *name, const char *expected)
{
	static const uint8_t bytes[] = {0x00, 0x1f, 0xe2, 0xa3, 4, 5, 6, 0xff};
	struct outcome_digest digest = {.kind = kind, .bytes = bytes, .length = sizeof(bytes)};
	FILE *stream = begin();

	outcomes_write_digest(stream, &digest, name);
	expect(stream, expected);
}

TEST(a_digest_is_formatted_like_sha256sum)
{
	expect_digest(MSGFETCH_DIGEST_SHA256, "a name", "001fe2a3040506ff  a name\n");
	expect_digest(MSGFETCH_DIGEST_SHA256, "a\\b", "\\001fe2a3040506ff  a\\\\b\n");
	expect_digest(MSGFETCH_DIGEST_SHA256, "a\nb\rc", "\\001fe2a3040506ff  a\\nb\\rc\n");
}

TEST(a_digest_is_formatted_like_xxhsum)
{
	expect_digest(MSGFETCH_DIGEST_XXH3, "a\\b", "XXH3 (a\\b) = 001fe2a3040506ff\n");
}

TEST(a_name_cannot_forge_a_line_for_xxhsum)
{
	expect_digest(MSGFETCH_DIGEST_XXH3, "a\nb", "\\XXH3 (a\\nb) = 001fe2a3040506ff\n");
}

/* Listings. */

static const struct listing_manner manner = {.escape = false, .end = '\n'};
static const struct msgfetch_file file = {
	.name = "name",
	.link = "",
	.mode = S_IFREG | 04751,
	.size = 1234,
	.mtime_ns = INT64_C(1600000000123456789),
	.uid = 4000000001,
	.gid = 4000000002,
};

TEST(a_long_line_looks_like_ls)
{
	struct listing_widths widths = {.size = 6};
	FILE *stream = begin();

	setenv("TZ", "UTC0", 1);
	listing_measure(&widths, &file);
	listing_long(stream, &manner, &widths, &file, file.name);
	expect(stream, "-rwsr-x--x 4000000001 4000000002   1234 2020-09-13 12:26 name\n");
}

TEST(a_link_is_listed_with_its_target)
{
	struct listing_widths widths = {0};
	struct msgfetch_file link = file;
	FILE *stream = begin();

	setenv("TZ", "UTC0", 1);
	link.mode = S_IFLNK | 0777;
	link.link = "there";
	listing_long(stream, &manner, &widths, &link, link.name);
	expect(stream,
	       "lrwxrwxrwx 4000000001 4000000002 1234 2020-09-13 12:26 name -> there\n");
}

TEST(users_and_groups_have_names)
{
	char buffer[LISTING_OWNER_SIZE];

	listing_user(buffer, 0);
	ck_assert_str_eq(buffer, "root");
	listing_group(buffer, 0);
	ck_assert_str_eq(buffer, "root");
}

TEST(a_time_can_be_before_the_epoch)
{
	char buffer[LISTING_TIME_SIZE];

	listing_time(buffer, -1, LISTING_UTC);
	ck_assert_str_eq(buffer, "1969-12-31T23:59:59.999999999Z");
}

TEST(a_name_is_escaped_for_people)
{
	const struct listing_manner careful = {.escape = true, .end = '\n'};
	FILE *stream = begin();

	listing_name(stream, &careful, "a\033b");
	listing_name(stream, &manner, "a\033b");
	expect(stream, "a\\033b\na\033b\n");
}

TEST(characters_that_hide_or_reorder_text_are_escaped)
{
	const struct listing_manner careful = {.escape = true, .end = '\n'};
	FILE *stream = begin();

	ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
	listing_name(stream, &careful,
		     harness_format("\xc3\xa4%s\xe2\x80\x8b\xef\xbb\xbf", reversal));
	expect(stream, "\xc3\xa4\\342\\200\\256\\342\\200\\213\\357\\273\\277\n");
}

/* Outcomes. */

TEST(a_restart_discards_the_held_lines)
{
	struct outcomes outcomes = {.form = OUTCOMES_JSON};
	struct outcome outcome = {.path = "first", .seconds = -1};

	outcomes_add(&outcomes, &outcome);
	outcomes_restart(&outcomes);
	outcome.path = "second";
	outcomes_add(&outcomes, &outcome);
	ck_assert_int_eq(fflush(outcomes.lines), 0);
	ck_assert_str_eq(outcomes.text, "{\"path\":\"second\",\"outcome\":\"ok\",\"code\":0,"
					"\"bytes\":0}\n");
	outcomes_restart(&outcomes);
}

int main(void)
{
	return harness_main("unit/lines", HARNESS_PURE);
}
