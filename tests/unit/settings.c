/* SPDX-License-Identifier: ISC */
/* unit/settings: values, bounds and errors of the configuration, and precedence. */
#include "config.h"

#include "server/config/load.h"

#include "common/protocol.h"
#include "server/config/parser.h"
#include "server/stats/audit.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT "export \"pub\" { path = \"/srv/pub\" }\n"

static struct settings settings;
static struct options options;

static int load(const char *text)
{
	struct log log = {.target = LOG_TO_STDERR, .level = LOG_DEBUG, .name = "test"};
	int file = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	close(file);
	if (text != NULL) {
		harness_write("conf", text);
		options.config = "conf";
	}
	return load_settings(&options, &log, &settings);
}

static void expect_good(const char *text)
{
	ck_assert_int_eq(load(text), 0);
}

/* The text is refused, and the error names the place. */
static void expect_refused(const char *text, const char *where)
{
	const char *said;

	ck_assert_msg(load(text) == -EINVAL, "accepted: %s", text);
	said = harness_read("said", NULL);
	ck_assert_msg(strstr(said, where) != NULL, "%s: %s", text, said);
}

TEST(the_access_log_is_a_flag_or_all)
{
	expect_good("access-log = all\n" EXPORT);
	ck_assert_int_eq(settings.access_log, AUDIT_ALL);
	settings_free(&settings);
	expect_good("access-log = on\n" EXPORT);
	ck_assert_int_eq(settings.access_log, AUDIT_FAILED);
	settings_free(&settings);
	expect_refused("access-log = some\n" EXPORT, "must be false, true or all");
}

TEST(an_export_alone_gets_the_defaults)
{
	expect_good(EXPORT);
	ck_assert_int_eq(settings.key, PROTOCOL_DEFAULT_KEY);
	ck_assert_ptr_null(settings.user);
	ck_assert_ptr_null(settings.group);
	ck_assert_uint_eq(settings.limits.workers, 128);
	ck_assert_uint_eq(settings.limits.waiting, 512);
	ck_assert_uint_eq(settings.drain_limit, 10);
	ck_assert_uint_eq(settings.limits.stall, 60);
	ck_assert_uint_eq(settings.orphan_age, 3600);
	ck_assert(!settings.classic_clients);
	ck_assert_int_eq(settings.access_log, AUDIT_FAILED);
	ck_assert_uint_eq(settings.limits.user_workers, 64);
	ck_assert_uint_eq(settings.limits.user_waiting, 256);
	ck_assert_uint_eq(settings.limits.followers, 64);
	ck_assert_uint_eq(settings.limits.user_followers, 32);
	ck_assert(!settings.limits.root_too);
	ck_assert_uint_eq(settings.limits.transfer, 0);
	ck_assert_uint_eq(settings.limits.rate, 0);
	ck_assert_uint_eq(settings.limits.ring, 2097152);
	ck_assert_uint_eq(settings.limits.user_rings, 67108864);
	ck_assert_uint_eq(settings.exports.count, 1);
	ck_assert_str_eq(settings.exports.list[0].name, "pub");
	ck_assert_str_eq(settings.exports.list[0].path, "/srv/pub");
	settings_free(&settings);
}

TEST(every_setting_is_read)
{
	expect_good("key = \"0x12345678\"\nuser = \"nobody\"\ngroup = \"daemon\"\n"
		    "max-workers = 7\nmax-waiting = 0\ndrain-limit = 0\nstall-limit = 5\n"
		    "classic-clients = true\n" EXPORT "export \"/\" { path = \"/\" }\n");
	ck_assert_int_eq(settings.key, 0x12345678);
	ck_assert_str_eq(settings.user, "nobody");
	ck_assert_str_eq(settings.group, "daemon");
	ck_assert_uint_eq(settings.limits.workers, 7);
	ck_assert_uint_eq(settings.limits.waiting, 0);
	ck_assert_uint_eq(settings.drain_limit, 0);
	ck_assert_uint_eq(settings.limits.stall, 5);
	ck_assert(settings.classic_clients);
	ck_assert_uint_eq(settings.exports.count, 2);
	settings_free(&settings);
}

TEST(every_limit_of_a_user_is_read)
{
	expect_good("max-workers = 7\nmax-workers-per-user = 3\nmax-waiting-per-user = 4\n"
		    "max-followers = 9\nmax-followers-per-user = 2\n"
		    "limit-root = yes\ntransfer-limit = 60\nrate-limit = 5000000000\n"
		    "access-log = no\n" EXPORT);
	ck_assert_uint_eq(settings.limits.user_workers, 3);
	ck_assert_uint_eq(settings.limits.user_waiting, 4);
	ck_assert_uint_eq(settings.limits.followers, 9);
	ck_assert_uint_eq(settings.limits.user_followers, 2);
	ck_assert(settings.limits.root_too);
	ck_assert_uint_eq(settings.limits.transfer, 60);
	ck_assert_uint_eq(settings.limits.rate, 5000000000u);
	ck_assert_int_eq(settings.access_log, AUDIT_NOTHING);
	settings_free(&settings);
}

TEST(one_user_gets_half_by_default_but_never_nothing)
{
	expect_good("max-workers = 1\nmax-waiting = 5\n" EXPORT);
	ck_assert_uint_eq(settings.limits.user_workers, 1);
	ck_assert_uint_eq(settings.limits.user_waiting, 3);
	settings_free(&settings);
}

TEST(no_share_of_a_user_means_the_total)
{
	expect_good(
		"max-workers = 6\nmax-workers-per-user = 0\nmax-waiting-per-user = 0\n" EXPORT);
	ck_assert_uint_eq(settings.limits.user_workers, 6);
	ck_assert_uint_eq(settings.limits.user_waiting, 512);
	settings_free(&settings);
}

TEST(the_bounds_themselves_are_allowed)
{
	expect_good("max-workers = 32768\nmax-waiting = 65536\ndrain-limit = 3600\n"
		    "stall-limit = 86400\n" EXPORT);
	settings_free(&settings);
	expect_good("max-workers = 1\nstall-limit = 1\n" EXPORT);
	settings_free(&settings);
}

TEST(a_value_out_of_range_is_refused)
{
	expect_refused(EXPORT "max-workers = 0\n", "conf:2: ");
	expect_refused(EXPORT "max-workers = 32769\n", "conf:2: ");
	expect_refused(EXPORT "max-workers = -1\n", "conf:2: ");
	expect_refused(EXPORT "max-workers = 99999999999999999999\n", "conf:2: ");
	expect_refused(EXPORT "max-waiting = 65537\n", "conf:2: ");
	expect_refused(EXPORT "drain-limit = 3601\n", "conf:2: ");
	expect_refused(EXPORT "stall-limit = 0\n", "conf:2: ");
}

TEST(an_unknown_setting_is_refused)
{
	expect_refused(EXPORT "\n\nworkers = 3\n", "conf:4: ");
	expect_refused("export \"pub\" {\n path = \"/srv\"\n mode = 1\n}\n", "conf:3: ");
}

TEST(every_error_is_reported_once)
{
	static const char *const places[] = {"conf:1: max-workers = 0: ",
					     "conf:2: no-such: ",
					     "conf:3: status-users = no-such-user: ",
					     "conf:4: mode: ",
					     "conf:5: export \"a\": path ",
					     "conf.d/a.conf:1: stall-limit = x: "};
	const char *said, *at;

	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	harness_write("conf.d/a.conf", "stall-limit = x\n");
	ck_assert_int_eq(load("max-workers = 0\nno-such = 1\n"
			      "status-users = {\"no-such-user\"}\n"
			      "export \"pub\" { path = \"/srv\" mode = 1 }\n"
			      "export \"a\" { path = \"b\" }\n"),
			 -EINVAL);
	said = harness_read("said", NULL);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		at = strstr(said, places[i]);
		ck_assert_msg(at != NULL, "no \"%s\" in:\n%s", places[i], said);
		ck_assert_ptr_null(strstr(at + 1, places[i]));
	}
	ck_assert_str_eq(parser_first_error(), "conf:2");
}

TEST(a_misspelled_setting_gets_a_suggestion)
{
	expect_refused(EXPORT "max-worker = 1\n",
		       "conf:2: max-worker: no such setting; did you mean max-workers?");
	expect_refused("export \"a\" { pth = \"/\" }\n", "did you mean path?");
	expect_refused(EXPORT "allow-users = {1}\n", "allow-users: no such setting\n");
}

TEST(comments_do_not_shift_the_line)
{
	expect_refused("# one\n# two\n// three\n/* four\nfive */\n" EXPORT "workers = 3\n",
		       "conf:7: ");
}

TEST(a_hash_in_a_string_is_no_comment)
{
	expect_good("export \"pub\" { path = \"/srv/# no comment\" }\n");
	ck_assert_str_eq(settings.exports.list[0].path, "/srv/# no comment");
	settings_free(&settings);
	expect_good("export \"pub\" { path = '/srv/# // /* none' }\n");
	ck_assert_str_eq(settings.exports.list[0].path, "/srv/# // /* none");
	settings_free(&settings);
}

TEST(a_bad_key_is_refused)
{
	expect_refused(EXPORT "key = \"nonsense\"\n", "conf:2: ");
	expect_refused(EXPORT "key = \"0\"\n", "conf:2: ");
}

TEST(a_bad_export_is_refused)
{
	expect_refused("\nexport \"a/b\" { path = \"/\" }\n", "conf:2: ");
	expect_refused("\nexport \"a\" { path = \"relative\" }\n", "conf:2: ");
	expect_refused("\nexport \"a\" { path = \"\" }\n", "conf:2: ");
	expect_refused("\nexport \"a\" { }\n", "conf:2: ");
	expect_refused("\nexport \"\" { path = \"/\" }\n", "conf:2: ");
}

TEST(two_exports_of_one_name_are_refused)
{
	expect_refused(EXPORT EXPORT, "conf:2: ");
}

TEST(the_second_export_of_a_name_is_refused_with_the_place_of_the_first)
{
	expect_refused("\n" EXPORT "\n" EXPORT,
		       "conf:4: export \"pub\" is already defined at conf:2");
	expect_refused(EXPORT "export \"pub\" { }\n", "conf:2: ");
}

TEST(durations_and_sizes_have_suffixes)
{
	expect_good("stall-limit = 2m\ndrain-limit = 30s\norphan-age = 1.5h\n"
		    "transfer-limit = 7d\nrate-limit = 10M\n" EXPORT);
	ck_assert_uint_eq(settings.limits.stall, 120);
	ck_assert_uint_eq(settings.drain_limit, 30);
	ck_assert_uint_eq(settings.orphan_age, 5400);
	ck_assert_uint_eq(settings.limits.transfer, 604800);
	ck_assert_uint_eq(settings.limits.rate, 10485760);
	settings_free(&settings);
	expect_good("rate-limit = 1.5K\n" EXPORT);
	ck_assert_uint_eq(settings.limits.rate, 1536);
	settings_free(&settings);
	expect_good("rate-limit = 1KB\n" EXPORT);
	ck_assert_uint_eq(settings.limits.rate, 1024);
	settings_free(&settings);
	expect_good("rate-limit = 2GiB\n" EXPORT);
	ck_assert_uint_eq(settings.limits.rate, 2147483648);
	settings_free(&settings);
}

TEST(a_wrong_suffix_is_refused)
{
	static const char *const wrong[] = {
		"stall-limit = 2M",   "stall-limit = 1.5",    "stall-limit = 2d",
		"stall-limit = 1.m",  "stall-limit = m",      "stall-limit = 1..5m",
		"stall-limit = -1m",  "rate-limit = 1m1",     "rate-limit = 1Ki",
		"rate-limit = 1B",    "rate-limit = 2T",      "rate-limit = 99999999999999999T",
		"max-workers = 1K",   "rate-limit = 0.0001K", "rate-limit = K",
		"stall-limit = 1e1m", "stall-limit = inf",    "stall-limit = 0x1m",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_refused(harness_format(EXPORT "%s\n", wrong[i]), "conf:2: ");
}

TEST(half_of_a_total_can_be_written)
{
	expect_good("max-workers = 6\nmax-workers-per-user = half\n" EXPORT);
	ck_assert_uint_eq(settings.limits.user_workers, 3);
	settings_free(&settings);
	expect_refused(EXPORT "max-workers = half\n", "conf:2: ");
}

TEST(an_empty_list_replaces_an_earlier_one)
{
	expect_good("status-users = {1}\nstatus-users = {}\n" EXPORT);
	ck_assert_uint_eq(settings.status_users.count, 0);
	settings_free(&settings);
}

TEST(no_export_at_all_is_refused)
{
	expect_refused("max-workers = 3\n", "nothing to serve");
}

/* Each cut of a configuration whose last line is an allow list is refused, or open to none. */
TEST(a_configuration_cut_anywhere_never_opens_an_export)
{
	static const char whole[] = "max-workers = 3\n"
				    "export \"pub\" {\n"
				    "\tpath = \"/srv/pub\" # a comment\n"
				    "\t/* another\n one */\n"
				    "\tallow-users = {\"root\", 'daemon'}\n"
				    "}\n";

	for (size_t length = 0; length < sizeof(whole); length++) {
		char *text = harness_keep(strndup(whole, length));

		if (load(text) != 0)
			continue;
		ck_assert_msg(settings.exports.list[0].access.closed, "open: %s", text);
		settings_free(&settings);
	}
}

TEST(an_unterminated_section_string_or_comment_is_refused_at_its_begin)
{
	expect_refused("\nexport \"pub\" {\n path = \"/srv\"\n",
		       "conf:2: unterminated section");
	expect_refused("\nexport \"pub\" {\n path = \"/srv\"\n hide = {\"x\"\n",
		       "conf:2: unterminated section");
	expect_refused(EXPORT "user = \"x\n\n", "conf:2: unterminated string");
	expect_refused(EXPORT "user = 'x\n\n", "conf:2: unterminated string");
	expect_refused(EXPORT "/* comment\n", "conf:2: unterminated comment");
	expect_refused(EXPORT "user = ${HOME\n", "conf:2: unterminated variable");
	expect_refused(EXPORT "user = \"${HOME\"\n}\n", "conf:2: unterminated variable");
	expect_refused("export \"pub\" { path = /srv#}\n", "conf:1: unterminated section");
	expect_refused("export \"pub\" { path = /srv*/*}*/\n", "conf:1: unterminated section");
	expect_refused(EXPORT "}\n", "conf:2: ");
}

TEST(a_brace_in_a_string_a_variable_or_a_comment_is_not_counted)
{
	expect_good("user = \"}{\" # {\n" EXPORT);
	ck_assert_str_eq(settings.user, "}{");
	settings_free(&settings);
	ck_assert_int_eq(setenv("PLACE", "/srv", 1), 0);
	expect_good("export \"a\" { path = ${PLACE} hide = {\"}\"} }\n");
	ck_assert_str_eq(settings.exports.list[0].path, "/srv");
	settings_free(&settings);
}

TEST(a_nul_byte_is_refused)
{
	static const char text[] = EXPORT "\0 allow-users = {\"root\"}\n";
	int file = open("conf", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(file, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	close(file);
	options.config = "conf";
	ck_assert_int_eq(load(NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(harness_read("said", NULL), "conf:2: "));
}

TEST(an_option_wins_over_the_file)
{
	options.key = "0x99";
	options.user = "daemon";
	expect_good("key = \"0x12\"\nuser = \"nobody\"\n" EXPORT);
	ck_assert_int_eq(settings.key, 0x99);
	ck_assert_str_eq(settings.user, "daemon");
	settings_free(&settings);
}

static void give_export(const char *text)
{
	static const char *list[1];

	list[0] = text;
	options.exports = list;
	options.export_count = 1;
}

TEST(an_export_option_is_enough)
{
	give_export("pub=/srv/a=b");
	ck_assert_int_eq(load(NULL), 0);
	ck_assert_str_eq(settings.exports.list[0].path, "/srv/a=b");
	settings_free(&settings);
}

TEST(an_export_option_joins_the_files)
{
	give_export("more=/srv/more");
	expect_good(EXPORT);
	ck_assert_uint_eq(settings.exports.count, 2);
	settings_free(&settings);
}

TEST(a_bad_export_option_is_refused)
{
	static const char *const bad[] = {"pub", "pub=", "=/srv", "a/b=/srv", "..=/srv"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		give_export(bad[i]);
		ck_assert_int_eq(load(NULL), -EINVAL);
		ck_assert_ptr_nonnull(strstr(harness_read("said", NULL), bad[i]));
	}
}

TEST(a_bad_key_option_is_refused)
{
	options.key = "nonsense";
	expect_refused(EXPORT, "nonsense");
}

TEST(a_missing_file_is_refused)
{
	options.config = "/no/such/file";
	ck_assert_int_eq(load(NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(harness_read("said", NULL), "/no/such/file"));
}

/* Rules. */

static const struct export *rules(const char *text)
{
	expect_good(harness_format("export \"pub\" { path = \"/srv\"\n%s }\n", text));
	return &settings.exports.list[0];
}

static void expect_rule_refused(const char *text, const char *why)
{
	expect_refused(harness_format("export \"pub\" { path = \"/srv\"\n%s\n}\n", text),
		       "conf:2: ");
	ck_assert_msg(strstr(harness_read("said", NULL), why) != NULL, "%s: %s", text,
		      harness_read("said", NULL));
}

TEST(an_export_without_rules_is_open_to_all)
{
	const struct export *export = rules("");

	ck_assert(!export->access.closed);
	ck_assert_uint_eq(export->access.deny_users.count, 0);
	ck_assert_uint_eq(export->hide.count, 0);
	ck_assert(!export->no_links);
	ck_assert(!settings.as_requester);
	settings_free(&settings);
}

TEST(users_and_groups_are_given_by_name_or_number)
{
	const struct export *export =
		rules("allow-users = {\"root\", \"1000\"}\nallow-groups = {\"root\", 77}\n"
		      "deny-users = {\"4294967294\"}");

	ck_assert_uint_eq(export->access.allow_users.count, 2);
	ck_assert_uint_eq(export->access.allow_users.ids[0], 0);
	ck_assert_uint_eq(export->access.allow_users.ids[1], 1000);
	ck_assert_uint_eq(export->access.allow_groups.count, 2);
	ck_assert_uint_eq(export->access.allow_groups.ids[0], 0);
	ck_assert_uint_eq(export->access.allow_groups.ids[1], 77);
	ck_assert_uint_eq(export->access.deny_users.count, 1);
	ck_assert_uint_eq(export->access.deny_users.ids[0], 4294967294u);
	settings_free(&settings);
}

TEST(an_allow_list_closes_an_export_to_others)
{
	ck_assert(rules("allow-users = {\"root\"}")->access.closed);
	settings_free(&settings);
	ck_assert(rules("allow-groups = {\"root\"}")->access.closed);
	settings_free(&settings);
	ck_assert(!rules("deny-users = {\"root\"}")->access.closed);
	settings_free(&settings);
}

TEST(default_access_can_be_set)
{
	ck_assert(rules("default-access = none")->access.closed);
	settings_free(&settings);
	ck_assert(!rules("allow-users = {1}\ndefault-access = \"all\"")->access.closed);
	settings_free(&settings);
}

TEST(an_unknown_user_or_group_is_refused)
{
	expect_rule_refused("allow-users = {\"root\", \"no-such-one\"}", "no-such-one");
	expect_rule_refused("deny-users = {\"no-such-one\"}", "no such user");
	expect_rule_refused("allow-groups = {\"no-such-one\"}", "no such group");
	expect_rule_refused("allow-users = {\"\"}", "no such user");
	expect_rule_refused("allow-users = {\"4294967295\"}", "4294967295");
	expect_rule_refused("allow-groups = {\"99999999999999999999\"}", "99999");
}

TEST(names_to_hide_are_patterns)
{
	const struct export *export = rules("hide = {\".*\", '*.key'}");

	ck_assert_uint_eq(export->hide.count, 2);
	ck_assert_str_eq(export->hide.list[0], ".*");
	ck_assert_str_eq(export->hide.list[1], "*.key");
	settings_free(&settings);
	expect_rule_refused("hide = {\"a/b\"}", "without a slash");
	expect_rule_refused("hide = {\"\"}", "without a slash");
}

TEST(symbolic_links_can_be_ruled_out)
{
	ck_assert(rules("follow-symlinks = no")->no_links);
	settings_free(&settings);
	ck_assert(!rules("follow-symlinks = \"beneath\"")->no_links);
	settings_free(&settings);
	expect_rule_refused("follow-symlinks = yes", "beneath");
	expect_rule_refused("default-access = some", "none");
}

TEST(each_export_has_rules_of_its_own)
{
	expect_good("export \"a\" { path = \"/\" allow-users = {1} hide = {\"x\"} }\n" EXPORT);
	ck_assert(settings.exports.list[0].access.closed);
	ck_assert(!settings.exports.list[1].access.closed);
	ck_assert_uint_eq(settings.exports.list[1].hide.count, 0);
	settings_free(&settings);
}

TEST(identity_is_the_services_or_the_requesters)
{
	expect_good("identity = requester\n" EXPORT);
	ck_assert(settings.as_requester);
	settings_free(&settings);
	expect_good("identity = \"service\"\n" EXPORT);
	ck_assert(!settings.as_requester);
	settings_free(&settings);
	expect_refused(EXPORT "identity = root\n", "conf:2: ");
}

TEST(the_log_level_is_one_of_five)
{
	expect_good(EXPORT);
	ck_assert_int_eq(settings.log_level, LOG_NOTICE);
	settings_free(&settings);
	expect_good("log-level = debug\n" EXPORT);
	ck_assert_int_eq(settings.log_level, LOG_DEBUG);
	settings_free(&settings);
	expect_good("log-level = \"error\"\n" EXPORT);
	ck_assert_int_eq(settings.log_level, LOG_ERR);
	settings_free(&settings);
	expect_refused(EXPORT "log-level = loud\n", "conf:2: log-level = loud: must be error");
}

TEST(verbose_wins_over_the_files_log_level)
{
	options.verbose = true;
	expect_good("log-level = error\n" EXPORT);
	ck_assert_int_eq(settings.log_level, LOG_INFO);
	settings_free(&settings);
}

TEST(status_users_are_given_by_name_or_number)
{
	expect_good("status-users = {\"root\", 1000}\n" EXPORT);
	ck_assert_uint_eq(settings.status_users.count, 2);
	ck_assert(id_list_has(&settings.status_users, 0));
	ck_assert(id_list_has(&settings.status_users, 1000));
	settings_free(&settings);
	expect_refused(EXPORT "status-users = {\"no-such-one\"}\n", "conf:2: ");
}

/* Fragments. */

static void fragment(const char *name, const char *text)
{
	if (mkdir("conf.d", 0755) != 0)
		ck_assert_int_eq(errno, EEXIST);
	harness_write(harness_format("conf.d/%s", name), text);
}

TEST(fragments_are_read_after_the_file_in_the_order_of_their_names)
{
	fragment("20-b.conf", "max-workers = 20\n");
	fragment("10-a.conf", "max-workers = 10\nmax-waiting = 11\n");
	fragment("3-c.conf", "drain-limit = 3\n");
	expect_good("max-workers = 1\nmax-waiting = 2\nstall-limit = 4\n" EXPORT);
	ck_assert_uint_eq(settings.limits.workers, 20);
	ck_assert_uint_eq(settings.limits.waiting, 11);
	ck_assert_uint_eq(settings.drain_limit, 3);
	ck_assert_uint_eq(settings.limits.stall, 4);
	settings_free(&settings);
}

TEST(exports_of_fragments_add_up)
{
	fragment("a.conf", "export \"a\" { path = \"/a\" hide = {\"x\"} }\n");
	fragment("b.conf", "export \"b\" { path = \"/b\" }\n");
	expect_good(EXPORT);
	ck_assert_uint_eq(settings.exports.count, 3);
	ck_assert_str_eq(exports_find(&settings.exports, "a")->path, "/a");
	ck_assert_uint_eq(exports_find(&settings.exports, "a")->hide.count, 1);
	ck_assert_uint_eq(exports_find(&settings.exports, "b")->hide.count, 0);
	settings_free(&settings);
}

TEST(a_list_of_a_later_fragment_replaces_the_earlier_one)
{
	fragment("a.conf", "status-users = {1}\n");
	fragment("b.conf", "status-users = {2}\n");
	expect_good("status-users = {3}\n" EXPORT);
	ck_assert_uint_eq(settings.status_users.count, 1);
	ck_assert_uint_eq(settings.status_users.ids[0], 2);
	settings_free(&settings);
}

TEST(an_error_in_a_fragment_is_named_with_its_file_and_line)
{
	fragment("a.conf", "\nmax-workers = 0\n");
	expect_refused(EXPORT, "conf.d/a.conf:2: ");
	fragment("a.conf", "\n\n" EXPORT);
	expect_refused(EXPORT, "conf.d/a.conf:3: ");
	fragment("a.conf", "export \"x\" {");
	expect_refused(EXPORT, "conf.d/a.conf:");
}

TEST(files_that_are_no_fragments_are_ignored)
{
	fragment("a.conf.bak", "nonsense\n");
	fragment(".hidden.conf", "nonsense\n");
	fragment(".conf", "nonsense\n");
	fragment("README", "nonsense\n");
	ck_assert_int_eq(mkdir("conf.d/directory.conf", 0755), 0);
	expect_good(EXPORT);
	settings_free(&settings);
}

TEST(a_fragment_that_cannot_be_read_is_an_error)
{
	fragment("a.conf", "");
	ck_assert_int_eq(unlink("conf.d/a.conf"), 0);
	ck_assert_int_eq(symlink("nowhere", "conf.d/a.conf"), 0);
	expect_refused(EXPORT, "conf.d/a.conf");
}

TEST(a_fragment_that_is_a_link_to_dev_null_is_empty)
{
	fragment("a.conf", "");
	ck_assert_int_eq(unlink("conf.d/a.conf"), 0);
	ck_assert_int_eq(symlink("/dev/null", "conf.d/a.conf"), 0);
	expect_good(EXPORT);
	settings_free(&settings);
}

int main(void)
{
	return harness_main("unit/settings", HARNESS_IPC);
}
