/* SPDX-License-Identifier: ISC */
/* unit/dump: a dump names the sources, and loading it gives the same settings. */
#include "config.h"

#include "server/config/dump.h"
#include "server/config/load.h"

#include "tests/support/harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct log test_log = {
	.target = LOG_TO_STDERR, .level = LOG_DEBUG, .name = "test"};
static struct options options;

/* Returns the dump of the settings of this file and the options. */
static char *dump_of(const char *file)
{
	struct settings settings;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	options.config = file;
	ck_assert_int_eq(load_settings(&options, &test_log, &settings), 0);
	ck_assert_int_eq(dump(&settings, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	settings_free(&settings);
	return harness_keep(text);
}

static void expect_line(const char *text, const char *line)
{
	const char *found = strstr(text, harness_format("\n%s\n", line));

	ck_assert_msg(found != NULL, "no line \"%s\" in:\n%s", line, text);
}

/* Returns the text without the comments after " # ". */
static char *without_sources(const char *text)
{
	char *copy = harness_keep(calloc(1, strlen(text) + 1)), *to = copy;

	while (*text != '\0') {
		if (strncmp(text, "  # ", 4) == 0)
			text += strcspn(text, "\n");
		*to++ = *text++;
	}
	return copy;
}

/* Loads a dump, which must give the same dump again. */
static void expect_same_again(const char *text)
{
	harness_write("again", text);
	options = (struct options){0};
	ck_assert_str_eq(without_sources(dump_of("again")), without_sources(text));
}

TEST(each_value_has_its_source)
{
	char *text;

	harness_write("conf",
		      "max-workers = 7\n\nlog-level = debug\n"
		      "export \"pub\" {\n path = \"/srv\"\n hide = {\"x\",\n\"y\"}\n}\n");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	harness_write("conf.d/1.conf", "# nothing\nmax-waiting = 8\nstall-limit = 9\n");
	harness_write("conf.d/2.conf", "stall-limit = 10\n");
	options.key = "0x77";
	text = dump_of("conf");
	expect_line(text, "key = \"0x00000077\"  # command line");
	expect_line(text, "max-workers = 7  # conf:1");
	expect_line(text, "log-level = \"debug\"  # conf:3");
	expect_line(text, "max-waiting = 8  # conf.d/1.conf:2");
	expect_line(text, "stall-limit = 10  # conf.d/2.conf:1");
	expect_line(text, "drain-limit = 10  # default");
	expect_line(text, "# user is not set  # default");
	expect_line(text, "\tpath = \"/srv\"  # conf:5");
	expect_line(text, "\thide = {\"x\", \"y\"}  # conf:7");
	expect_line(text, "\tdefault-access = \"all\"  # default");
}

TEST(an_export_of_the_command_line_replaces_the_files_with_its_rules)
{
	const char *list[] = {"pub=here"};
	char *text;

	harness_write("conf", "export \"pub\" { path = \"/srv\" hide = {\"x\"} }\n");
	options.exports = list;
	options.export_count = 1;
	text = dump_of("conf");
	expect_line(text, harness_format("\tpath = \"%s/here\"  # command line",
					 harness_directory()));
	expect_line(text, "\thide = {}  # default");
	expect_same_again(text);
}

TEST(every_setting_can_be_read_again)
{
	harness_write("conf",
		      "key = \"0x12345678\"\nuser = nobody\ngroup = daemon\nmax-workers = 7\n"
		      "max-waiting = 8\nmax-workers-per-user = 3\nmax-waiting-per-user = 0\n"
		      "limit-root = yes\ntransfer-limit = 5\nrate-limit = 5000000000\n"
		      "drain-limit = 1\nstall-limit = 2\norphan-age = 3\naccess-log = no\n"
		      "log-level = warning\nstatus-users = {root, 1000}\n"
		      "classic-clients = on\nidentity = requester\nsandbox = strict\n"
		      "export \"pub\" { path = \"/srv\" allow-users = {1, 2}\n"
		      "allow-groups = {3} deny-users = {4} default-access = all\n"
		      "hide = {\".*\"} follow-symlinks = no }\n"
		      "export \"/\" { path = \"/\" }\n");
	expect_same_again(dump_of("conf"));
}

TEST(strings_that_need_escapes_can_be_read_again)
{
	const char *list[] = {"a\"b\\c${HOME}#d\ne=/srv/\"\\${X}'\t//"};
	char *text;

	options.exports = list;
	options.export_count = 1;
	text = dump_of(NULL);
	expect_same_again(text);
}

int main(void)
{
	return harness_main("unit/dump", HARNESS_IPC);
}
