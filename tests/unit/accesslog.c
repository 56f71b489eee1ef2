/* SPDX-License-Identifier: ISC */
/* unit/accesslog: the line and the fields of a transfer, which no client can forge. */
#include "config.h"

#include "server/stats/accesslog.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <string.h>

static struct accesslog_record record = {
	.uid = 1000,
	.pid = 1234,
	.op = "fetch",
	.export = "pub",
	.path = "pub/hello",
	.paths = 1,
	.bytes = 1024,
	.microseconds = 56,
	.outcome = "sent",
};

static char line[ACCESSLOG_LINE_MAX];
static uint8_t bytes[ACCESSLOG_FIELDS_MAX];

/* A field of an entry, as journald parses the entry. */
struct field {
	char name[64];
	const uint8_t *value;
	size_t length;
};

static const uint8_t *read_field(const uint8_t *at, const uint8_t *end, struct field *field)
{
	const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
	const uint8_t *equals;
	size_t name;

	ck_assert_ptr_nonnull(newline);
	equals = memchr(at, '=', (size_t)(newline - at));
	name = (size_t)((equals != NULL ? equals : newline) - at);
	ck_assert_uint_lt(name, sizeof(field->name));
	memcpy(field->name, at, name);
	field->name[name] = '\0';
	field->value = equals != NULL ? equals + 1 : newline + 9;
	field->length = (size_t)(newline - field->value);
	if (equals == NULL) {
		field->length = 0;
		for (unsigned i = 8; i > 0; i--)
			field->length = field->length << 8 | newline[i];
	}
	ck_assert_int_eq(field->value[field->length], '\n');
	return field->value + field->length + 1;
}

/* Asserts that exactly one field has this name, with this value. */
static void expect_field(const char *name, const char *value)
{
	size_t length = accesslog_fields(&record, bytes, sizeof(bytes));
	unsigned found = 0;
	struct field field;

	for (const uint8_t *at = bytes; at < bytes + length;) {
		at = read_field(at, bytes + length, &field);
		if (strcmp(field.name, name) != 0)
			continue;
		found++;
		ck_assert_uint_eq(field.length, strlen(value));
		ck_assert_mem_eq(field.value, value, field.length);
	}
	ck_assert_uint_eq(found, 1);
}

static unsigned count_fields(void)
{
	size_t length = accesslog_fields(&record, bytes, sizeof(bytes));
	unsigned found = 0;
	struct field field;

	for (const uint8_t *at = bytes; at < bytes + length; found++)
		at = read_field(at, bytes + length, &field);
	return found;
}

TEST(a_line_has_every_value)
{
	accesslog_line(&record, line, sizeof(line));
	ck_assert_str_eq(line,
			 "access uid=1000 pid=1234 bytes=1024 usec=56 op=fetch outcome=sent "
			 "paths=1 export=\"pub\" path=\"pub/hello\"");
}

TEST(a_failure_is_named)
{
	record.failures = 2;
	record.error = ENOENT;
	record.cause = "file-system";
	record.outcome = "failed";
	record.export = NULL;
	accesslog_line(&record, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "outcome=failed failures=2 error=\""));
	ck_assert_ptr_nonnull(strstr(line, "\" cause=file-system paths="));
	ck_assert_ptr_nonnull(strstr(line, "export=\"\" "));
	expect_field("ERRNO", "2");
	expect_field("MSGFETCH_FAILURES", "2");
	expect_field("MSGFETCH_CAUSE", "file-system");
}

TEST(the_fields_have_the_same_values)
{
	expect_field("PRIORITY", "6");
	expect_field("SYSLOG_IDENTIFIER", "msgfetchd");
	expect_field("MSGFETCH_UID", "1000");
	expect_field("MSGFETCH_PID", "1234");
	expect_field("MSGFETCH_EXPORT", "pub");
	expect_field("MSGFETCH_PATH", "pub/hello");
	expect_field("MSGFETCH_BYTES", "1024");
	expect_field("MSGFETCH_USEC", "56");
	expect_field("MSGFETCH_OUTCOME", "sent");
	expect_field("MSGFETCH_OP", "fetch");
	expect_field("MSGFETCH_FAILURES", "0");
	accesslog_line(&record, line, sizeof(line));
	expect_field("MESSAGE", line);
}

TEST(no_newline_and_no_quote_of_a_path_reaches_the_line)
{
	record.path = "pub/a\" outcome=sent\nmsgfetchd: access uid=0\r\x1b[2J\t\\";
	accesslog_line(&record, line, sizeof(line));
	ck_assert_ptr_null(strpbrk(line, "\n\r\t\x1b"));
	/* Only the quotes around export and path are left. */
	unsigned quotes = 0;
	for (const char *at = line; *at != '\0'; at++)
		quotes += *at == '"';
	ck_assert_uint_eq(quotes, 4);
	ck_assert_ptr_nonnull(strstr(line, "pub/a\\042 outcome=sent\\nmsgfetchd"));
}

TEST(no_path_makes_a_field_of_its_own)
{
	unsigned usual = count_fields();

	record.path = "pub/a\nMSGFETCH_UID=0\nPRIORITY=0\nMESSAGE\n\1";
	ck_assert_uint_eq(count_fields(), usual);
	expect_field("MSGFETCH_UID", "1000");
	expect_field("PRIORITY", "6");
	expect_field("MSGFETCH_PATH", record.path);
}

TEST(every_byte_of_a_path_comes_through_to_the_field_and_none_to_the_line)
{
	char path[256];

	for (int i = 1; i < 256; i++)
		path[i - 1] = (char)i;
	path[255] = '\0';
	record.path = path;
	expect_field("MSGFETCH_PATH", path);
	accesslog_line(&record, line, sizeof(line));
	for (const char *at = line; *at != '\0'; at++)
		ck_assert(*at >= ' ' && *at <= '~');
}

TEST(the_longest_path_is_cut_in_the_line_and_whole_in_the_field)
{
	static char path[4096];

	memset(path, '"', sizeof(path) - 1);
	record.path = path;
	record.export = "an export";
	accesslog_line(&record, line, sizeof(line));
	ck_assert_uint_lt(strlen(line), sizeof(line) - 1);
	ck_assert_int_eq(line[strlen(line) - 1], '"');
	expect_field("MSGFETCH_PATH", path);
}

TEST(a_line_about_a_single_path_has_no_numbers_of_the_request)
{
	record.single = true;
	record.error = EACCES;
	record.cause = "rule";
	record.outcome = "failed";
	accesslog_line(&record, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, " bytes=1024 op=fetch outcome=failed error=\""));
	ck_assert_ptr_nonnull(strstr(line, "\" cause=rule export=\"pub\" path="));
	ck_assert_ptr_null(strstr(line, "paths="));
	expect_field("MSGFETCH_CAUSE", "rule");
}

TEST(a_count_of_suppressed_lines_is_named)
{
	record.suppressed = 311;
	record.outcome = "busy";
	accesslog_line(&record, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "access uid=1000 "));
	ck_assert_ptr_nonnull(strstr(line, " outcome=busy suppressed=311 paths="));
	expect_field("MSGFETCH_SUPPRESSED", "311");
}

TEST(suppressed_lines_of_several_users_have_no_uid)
{
	unsigned usual = count_fields();

	record.others = true;
	accesslog_line(&record, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "access uid=other "));
	ck_assert_uint_eq(count_fields(), usual - 1);
}

TEST(an_unknown_pid_is_no_field)
{
	unsigned usual = count_fields();

	record.pid = 0;
	ck_assert_uint_eq(count_fields(), usual - 1);
}

int main(void)
{
	return harness_main("unit/accesslog", HARNESS_PURE);
}
