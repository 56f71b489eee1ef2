/* SPDX-License-Identifier: ISC */
/* unit/key: the syntax of keys. */
#include "config.h"

#include "common/key.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <sys/ipc.h>

static void assert_key(const char *text, key_t expected)
{
	key_t key = 0;

	ck_assert_msg(key_parse(text, &key) == 0, "refused: %s", text);
	ck_assert_int_eq(key, expected);
}

static void assert_refused(const char *text, int error)
{
	key_t key = 0;
	int got = key_parse(text, &key);

	ck_assert_msg(got == error, "\"%s\": %d, not %d", text, got, error);
}

TEST(reads_hexadecimal)
{
	assert_key("0x1aaaaaa1", 0x1aaaaaa1);
	assert_key("0X1AAAAAA1", 0x1aaaaaa1);
	assert_key("0x1", 1);
}

TEST(reads_decimal)
{
	assert_key("447392417", 0x1aaaaaa1);
	assert_key("1", 1);
}

TEST(reads_a_leading_zero_as_decimal)
{
	assert_key("010", 10);
}

TEST(reads_all_32_bits)
{
	assert_key("0xffffffff", -1);
	assert_key("0x80000000", (key_t)INT32_MIN);
	assert_key("4294967295", -1);
}

TEST(refuses_ipc_private)
{
	assert_refused("0", -ERANGE);
	assert_refused("0x0", -ERANGE);
}

TEST(refuses_more_than_32_bits)
{
	assert_refused("0x100000000", -ERANGE);
	assert_refused("4294967296", -ERANGE);
	assert_refused("99999999999999999999999999", -ERANGE);
}

TEST(refuses_text_that_is_not_a_number)
{
	assert_refused("", -EINVAL);
	assert_refused("key", -EINVAL);
	assert_refused("0x", -EINVAL);
	assert_refused("0xg", -EINVAL);
}

TEST(refuses_anything_around_a_number)
{
	assert_refused(" 1", -EINVAL);
	assert_refused("1 ", -EINVAL);
	assert_refused("12x", -EINVAL);
	assert_refused("+1", -EINVAL);
	assert_refused("-1", -EINVAL);
	assert_refused("0x-1", -EINVAL);
	assert_refused("0x 1", -EINVAL);
	assert_refused("1\n", -EINVAL);
}

TEST(reads_ftok_with_a_number)
{
	assert_key("ftok:/:7", ftok("/", 7));
	assert_key("ftok:/:255", ftok("/", 255));
	assert_key("ftok:/:0x10", ftok("/", 16));
}

TEST(reads_ftok_with_a_character)
{
	assert_key("ftok:/:x", ftok("/", 'x'));
}

TEST(reads_ftok_of_a_path_with_a_colon)
{
	harness_write("a:b", "");
	assert_key("ftok:a:b:c", ftok("a:b", 'c'));
}

TEST(refuses_ftok_of_a_missing_path)
{
	assert_refused("ftok:missing:1", -ENOENT);
}

TEST(refuses_ftok_without_a_path)
{
	assert_refused("ftok:", -EINVAL);
	assert_refused("ftok::1", -EINVAL);
	assert_refused("ftok:1", -EINVAL);
}

TEST(refuses_ftok_without_an_id)
{
	assert_refused("ftok:/:", -EINVAL);
	assert_refused("ftok:/:xy", -EINVAL);
}

TEST(refuses_ftok_with_an_id_of_more_than_8_bits)
{
	assert_refused("ftok:/:0", -ERANGE);
	assert_refused("ftok:/:256", -ERANGE);
}

int main(void)
{
	return harness_main("unit/key", HARNESS_IPC);
}
