/* SPDX-License-Identifier: ISC */
/* integration/access: access rules, hidden names, symbolic links, and squatters on the key. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CODE_UNTRUSTED = 4,
	CODE_MISSING = 5,
	CODE_DENIED = 6,
	CODE_BUSY = 10,
};

#define REFUSAL "you may not use this export"

/* Alice is in the test's user database, the stranger is not. */
enum {
	ALICE = OTHER_UID,
	STAFF_GID = 64100,
};

static struct msgfetchd server;
static struct client client, other;
static uid_t self, alice = ALICE, stranger = THIRD_UID;
static const struct served files[] = {{"file", .text = "text"}, {.name = NULL}};

/* Exports "pub" with these rules, and another directory as "open" without rules. */
static void serve_with_rules(const char *rules)
{
	const char *open =
		harness_format("export \"open\" { path = \"%s/open\" }\n", harness_directory());

	ck_assert_int_eq(mkdir("open", 0755), 0);
	harness_write("open/file", "text");
	serve(&server, .files = files, .rules = rules, .settings = open);
}

static void fetch_as(uid_t *uid, const char *path)
{
	self = geteuid();
	client.prepare = *uid == self ? NULL : harness_become;
	client.context = uid;
	fetch(&client, "--retry", "0", path, NULL);
}

static void expect_allowed(uid_t *uid)
{
	fetch_as(uid, "pub/file");
	expect_file(&client, "pub/file");
}

/* Asserts a refusal that does not depend on the existence of the file. */
static void expect_refused(uid_t *uid)
{
	const char *said;

	fetch_as(uid, "pub/file");
	expect_code(&client, CODE_DENIED, "pub/file: " REFUSAL);
	said = harness_format("%s", client.errors);
	fetch_as(uid, "pub/gone");
	expect_code(&client, CODE_DENIED, "pub/gone: " REFUSAL);
	ck_assert_uint_eq(strlen(client.errors), strlen(said));
}

#define NEEDS_USERS()                                                \
	do {                                                         \
		if (!harness_other_users())                          \
			SKIP("needs real root, to be another user"); \
	} while (0)

/* Users. */

TEST(an_allowed_user_fetches)
{
	self = geteuid();
	serve_with_rules(harness_format("allow-users = {\"%u\"}", (unsigned)self));
	expect_allowed(&self);
}

TEST(a_user_who_is_not_allowed_is_refused)
{
	self = geteuid();
	serve_with_rules("allow-users = {\"64077\"}");
	expect_refused(&self);
	fetch_as(&self, "open/file");
	expect_file(&client, "pub/file");
}

TEST(a_denied_user_is_refused)
{
	self = geteuid();
	serve_with_rules(harness_format("deny-users = {\"%u\"}", (unsigned)self));
	expect_refused(&self);
}

TEST(default_access_none_refuses_everybody)
{
	self = geteuid();
	serve_with_rules("default-access = none");
	expect_refused(&self);
}

TEST(users_are_told_apart)
{
	NEEDS_USERS();
	serve_with_rules(harness_format("allow-users = {\"%d\"}", ALICE));
	expect_allowed(&alice);
	expect_refused(&stranger);
}

TEST(each_path_of_a_request_is_decided_on_its_own)
{
	struct client both = {0};

	serve_with_rules("default-access = none");
	harness_write("open/other", "text");
	fetch(&both, "--retry", "0", "-D", ".", "open/other", "pub/file", NULL);
	expect_code(&both, CODE_DENIED, REFUSAL);
	ck_assert_str_eq(harness_read("other", NULL), "text");
}

TEST(a_reload_changes_the_rules)
{
	self = geteuid();
	serve_with_rules("default-access = none");
	expect_refused(&self);
	harness_write("conf", harness_format("export \"pub\" { path = \"%s/pub\" }\n",
					     harness_directory()));
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
	expect_allowed(&self);
}

/* Groups. */

static const char *groups_with(const char *staff)
{
	return harness_format("root:x:0:\nstaffers:x:%d:%s\n", STAFF_GID, staff);
}

static void write_groups(const char *staff)
{
	harness_write("group", groups_with(staff));
}

static bool have_database(void)
{
	return harness_user_database(
		harness_format("root:x:0:0::/:/bin/sh\nalice:x:%d:%d::/:/bin/sh\n", ALICE,
			       ALICE),
		groups_with("alice"));
}

#define NEEDS_DATABASE()                                               \
	do {                                                           \
		if (!have_database())                                  \
			SKIP("needs real root and a mount namespace"); \
	} while (0)

#define STAFF_ONLY "allow-groups = {\"staffers\"}"

TEST(a_member_may_fetch_even_if_her_process_lacks_the_group)
{
	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	expect_allowed(&alice);
	expect_allowed(&alice);
	expect_refused(&stranger);
}

TEST(users_are_known_by_name)
{
	NEEDS_DATABASE();
	serve_with_rules("allow-users = {\"alice\"}");
	expect_allowed(&alice);
	expect_refused(&stranger);
}

/* Becomes an unknown user in the group of the staff. */
static void become_member(void *context)
{
	gid_t gid = STAFF_GID;
	uid_t uid = *(const uid_t *)context;

	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		_exit(126);
}

TEST(the_group_that_a_process_runs_with_counts)
{
	NEEDS_USERS();
	serve_with_rules(harness_format("allow-groups = {\"%d\"}", STAFF_GID));
	client.prepare = become_member;
	client.context = &stranger;
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	expect_refused(&stranger);
}

static void reload(void)
{
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
}

TEST(groups_are_remembered_until_a_reload)
{
	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	expect_allowed(&alice);
	write_groups("");
	expect_allowed(&alice);
	reload();
	expect_refused(&alice);
	write_groups("alice");
	expect_refused(&alice);
	reload();
	expect_allowed(&alice);
}

TEST(a_reload_can_bring_the_first_group)
{
	NEEDS_DATABASE();
	serve(&server, .files = files, .settings = "unknown-users = allow");
	ck_assert_int_eq(harness_count_children(server.pid, 0), 0);
	harness_write("conf",
		      harness_format("unknown-users = allow\n"
				     "export \"pub\" { path = \"%s/pub\" " STAFF_ONLY "}\n",
				     harness_directory()));
	reload();
	expect_allowed(&alice);
	expect_refused(&stranger);
}

static bool has_ended(pid_t process)
{
	FILE *arguments = fopen(harness_format("/proc/%d/cmdline", (int)process), "re");
	bool ended = arguments == NULL || fgetc(arguments) == EOF;

	if (arguments != NULL)
		(void)fclose(arguments);
	return ended;
}

static int note_child(pid_t child, char state, void *context)
{
	(void)state;
	*(pid_t *)context = child;
	return 0;
}

/* Makes every look-up that starts now hang, until database_answers(). */
static void database_hangs(void)
{
	ck_assert_int_eq(mkfifo("hanging", 0644), 0);
	ck_assert_int_eq(mount("hanging", "/etc/passwd", NULL, MS_BIND, NULL), 0);
}

/* Look-ups that start now are answered; look-ups that hang go on hanging. */
static void database_answers(void)
{
	ck_assert_int_eq(umount2("/etc/passwd", MNT_DETACH), 0);
}

/* Returns true if process pid sleeps in openat(2), as on a pipe without a writer (proc(5)). */
static bool sleeps_in_open(pid_t pid)
{
	const char *path = harness_format("/proc/%d/syscall", (int)pid);
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtol(text, NULL, 10) == SYS_openat;
}

/* Returns a look-up that hangs: a child of the lookup process, the daemon's only child. */
static pid_t hanging_look_up(pid_t lookup_process)
{
	pid_t child = 0;

	WAIT_FOR(harness_each_child(lookup_process, note_child, &child) == 0 && child != 0 &&
		 sleeps_in_open(child));
	return child;
}

static void start_as(struct client *who, uid_t *uid)
{
	who->prepare = harness_become;
	who->context = uid;
	client_start(who, "--retry", "0", "pub/file", NULL);
}

TEST(a_slow_look_up_keeps_nobody_else_waiting)
{
	pid_t lookup_process, slow;
	uint64_t start;

	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	lookup_process = harness_lookup_process(server.pid);
	database_hangs();
	start_as(&other, &alice);
	slow = hanging_look_up(lookup_process);
	database_answers();
	start = harness_now_ms();
	fetch_as(&stranger, "open/file");
	expect_file(&client, "open/file");
	expect_refused(&stranger);
	ck_assert_uint_lt(harness_now_ms() - start, 2000);
	ck_assert(!has_ended(other.pid));
	ck_assert_int_eq(kill(slow, SIGKILL), 0);
	client_finish(&other);
	expect_file(&other, "pub/file");
}

TEST(a_look_up_that_hangs_does_not_delay_a_reload)
{
	pid_t lookup_process;
	uint64_t start;

	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	expect_allowed(&alice);
	write_groups("");
	lookup_process = harness_lookup_process(server.pid);
	database_hangs();
	start_as(&other, &stranger);
	(void)hanging_look_up(lookup_process);
	database_answers();
	start = harness_now_ms();
	reload();
	ck_assert_uint_lt(harness_now_ms() - start, 1000);
	expect_refused(&alice);
	client_finish(&other);
	expect_code(&other, CODE_DENIED, REFUSAL);
}

TEST(without_look_ups_clients_that_need_one_are_told_to_retry)
{
	NEEDS_DATABASE();
	serve_with_rules("allow-users = {\"0\"}\n" STAFF_ONLY);
	ck_assert_int_eq(kill(harness_lookup_process(server.pid), SIGKILL), 0);
	msgfetchd_await_log(&server, "the group lookup process has ended");
	fetch_as(&alice, "pub/file");
	expect_code(&client, CODE_BUSY, "groups cannot be looked up");
	self = 0;
	expect_allowed(&self);
}

/* Returns true for a zombie, too, which init may not reap soon. */
TEST(look_ups_end_with_a_daemon_that_is_killed)
{
	pid_t process, slow;

	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	process = harness_lookup_process(server.pid);
	database_hangs();
	start_as(&other, &alice);
	slow = hanging_look_up(process);
	database_answers();
	msgfetchd_kill(&server);
	WAIT_FOR(has_ended(process) && has_ended(slow));
	client_finish(&other);
	actors_remove_stale(TEST_KEY);
}

TEST(without_groups_and_with_unknown_users_allowed_nothing_is_looked_up)
{
	const char *children;

	serve(&server, .files = files, .rules = "allow-users = {\"1\"}",
	      .settings = "unknown-users = allow");
	children = harness_format("task/%d/children", (int)server.pid);
	ck_assert_str_eq(harness_read_proc(server.pid, children), "");
}

TEST(a_terminals_interrupt_leaves_look_ups_to_the_drain)
{
	pid_t process;

	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	process = harness_lookup_process(server.pid);
	ck_assert_int_eq(kill(process, SIGINT), 0);
	expect_allowed(&alice);
	ck_assert_int_eq(harness_lookup_process(server.pid), process);
}

/* Hidden names. */

#define HIDING "hide = {\".*\", \"*.key\"}"

static void serve_hiding(void)
{
	serve_with_rules(HIDING);
	ck_assert_int_eq(mkdir("pub/.git", 0755), 0);
	ck_assert_int_eq(mkdir("pub/sub", 0755), 0);
	harness_write("pub/.git/config", "secret");
	harness_write("pub/.hidden", "secret");
	harness_write("pub/sub/a.key", "secret");
	harness_write("pub/sub/a", "text");
}

static void expect_missing(const char *path)
{
	fetch(&client, "--retry", "0", path, NULL);
	expect_code(&client, CODE_MISSING, strerror(ENOENT));
}

TEST(hidden_names_do_not_exist)
{
	serve_hiding();
	expect_missing("pub/.hidden");
	expect_missing("pub/.git/config");
	expect_missing("pub/sub/../.git/config");
	expect_missing("pub//.git//config");
	expect_missing("pub/sub/a.key");
	fetch(&client, "pub/./sub/../sub/a", NULL);
	expect_file(&client, "pub/sub/a");
	ck_assert_int_eq(mkdir("open/.git", 0755), 0);
	harness_write("open/.git/config", "text");
	fetch(&client, "open/.git/config", NULL);
	expect_file(&client, "open/.git/config");
}

TEST(trees_leave_hidden_names_out)
{
	struct peer peer;
	struct reply reply;
	unsigned entries = 0;

	serve_hiding();
	peer_open(&peer);
	peer_ask(&peer, "pub", REQUEST_LIST | REQUEST_RECURSE);
	for (reply = peer_receive(&peer);
	     reply.type != MESSAGE_END || reply.entry != ENTRY_WHOLE;
	     reply = peer_receive(&peer)) {
		ck_assert_int_ne(reply.type, MESSAGE_FAILURE);
		if (reply.type != MESSAGE_ENTRY)
			continue;
		entries++;
		ck_assert_ptr_null(strchr(reply.body.entry.name, '.'));
	}
	ck_assert_uint_eq(entries, 4); /* the directory, file, sub, sub/a */
	peer_close(&peer);
}

/* Exports within exports. */

/* Exports pub as outer, too, and its directory "private" with these rules. */
static void serve_nested(const char *outer, const char *rules)
{
	const char *directory = harness_directory();
	const char *more =
		harness_format("export \"%s\" { path = \"%s/pub\" }\n"
			       "export \"private\" { path = \"%s/pub/private\" %s }\n",
			       outer, directory, directory, rules);
	static const struct served tree[] = {{"file", .text = "text"},
					     {.name = "private/"},
					     {.name = "private/sub/"},
					     {"private/secret", .text = "secret"},
					     {"private/sub/.key", .text = "secret"},
					     {"private/sub/other", .text = "text"},
					     {.name = NULL}};

	serve(&server, .files = tree, .settings = more);
	ck_assert_int_eq(symlink("private", "pub/way"), 0);
	ck_assert_int_eq(symlink("way/../private/sub/../secret", "pub/link"), 0);
}

#define NOT_US "allow-users = {\"64077\"}"

static void expect_refusal_of(const char *outer, const char *relative)
{
	const char *path = harness_format("%s/%s", outer, relative);

	fetch(&client, "--retry", "0", path, NULL);
	expect_code(&client, CODE_DENIED, REFUSAL);
	ck_assert_uint_eq(client.output_length, 0);
}

static void expect_inner_rules(const char *outer)
{
	static const char *const paths[] = {
		"./private/secret",
		"private/../private/secret",
		"way/secret",
		"way/sub/../secret",
		"link",
		"private/gone",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		expect_refusal_of(outer, paths[i]);
}

TEST(no_spelling_evades_the_rules_of_an_export_within_the_root_export)
{
	serve_nested("/", NOT_US);
	expect_inner_rules(".");
	expect_refusal_of("", "private/secret");
	fetch(&client, "file", NULL);
	expect_file(&client, "pub/file");
}

TEST(no_spelling_evades_the_rules_of_an_export_within_a_named_export)
{
	serve_nested("all", NOT_US);
	expect_inner_rules("all");
	fetch(&client, "all/file", NULL);
	expect_file(&client, "pub/file");
}

static void fetch_tree(const char *path)
{
	ck_assert_int_eq(unlink("pub/link"), 0);
	fetch(&client, "-r", "-o", "got", path, NULL);
	expect_code(&client, 0, NULL);
}

static void expect_list_without(const char *path, const char *missing)
{
	fetch(&client, "-lr", path, NULL);
	expect_code(&client, 0, NULL);
	ck_assert_ptr_null(strstr(client.output, missing));
}

TEST(trees_leave_out_an_export_that_the_client_may_not_use)
{
	serve_nested("all", NOT_US);
	fetch_tree("all");
	ck_assert_str_eq(harness_read("got/file", NULL), "text");
	ck_assert_int_ne(access("got/private", F_OK), 0);
	expect_list_without("all", "private/");
	expect_list_without("/", "secret");
	fetch(&client, "-l", "all", NULL);
	ck_assert_ptr_null(strstr(client.output, "private"));
	fetch(&client, "-l", "all/way", NULL);
	ck_assert_ptr_null(strstr(client.output, "secret"));
}

TEST(a_tree_of_the_root_export_leaves_out_a_refused_export)
{
	serve_nested("/", NOT_US);
	fetch_tree(".");
	ck_assert_str_eq(harness_read("got/file", NULL), "text");
	ck_assert_int_ne(access("got/private", F_OK), 0);
	expect_list_without(".", "secret");
}

TEST(names_hidden_by_an_inner_export_are_hidden_in_the_outer_export)
{
	serve_nested("all", "hide = {\".*\"}");
	expect_missing("all/private/sub/.key");
	expect_missing("all/way/sub/.key");
	fetch(&client, "all/way/sub/other", NULL);
	expect_file(&client, "pub/private/sub/other");
	expect_list_without("all", ".key");
}

TEST(two_exports_of_one_directory_have_the_rules_of_both)
{
	serve(&server, .files = files, .rules = NOT_US, .also = "open");
	expect_refusal_of("open", "file");
}

TEST(a_bind_mount_of_an_export_keeps_its_rules)
{
	if (!harness_mounts())
		SKIP("needs mounts");
	serve_nested("all", NOT_US);
	ck_assert_int_eq(mkdir("pub/other", 0755), 0);
	ck_assert_int_eq(mount("pub/private", "pub/other", NULL, MS_BIND, NULL), 0);
	expect_refusal_of("all", "other/secret");
	ck_assert_int_eq(umount("pub/other"), 0);
}

TEST(a_client_that_the_inner_export_grants_reaches_it_by_every_path)
{
	serve_nested("all", harness_format("allow-users = {\"%u\"}", (unsigned)geteuid()));
	fetch(&client, "all/way/sub/../secret", NULL);
	expect_file(&client, "pub/private/secret");
	fetch_tree("all");
	ck_assert_str_eq(harness_read("got/private/secret", NULL), "secret");
}

TEST(a_list_of_the_root_never_silently_lacks_an_undecided_export)
{
	NEEDS_DATABASE();
	serve_with_rules(STAFF_ONLY);
	ck_assert_int_eq(kill(harness_lookup_process(server.pid), SIGKILL), 0);
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
	client.prepare = harness_become;
	client.context = &alice;
	fetch(&client, "--retry", "0", "-l", "/", NULL);
	expect_code(&client, CODE_BUSY, "groups cannot be looked up");
}

/* Symbolic links. */

static void make_links(void)
{
	ck_assert_int_eq(mkdir("pub/sub", 0755), 0);
	harness_write("pub/sub/a", "text");
	ck_assert_int_eq(symlink("file", "pub/link"), 0);
	ck_assert_int_eq(symlink("sub", "pub/way"), 0);
}

TEST(symbolic_links_are_followed_beneath_the_export)
{
	serve_with_rules("follow-symlinks = beneath");
	make_links();
	fetch(&client, "pub/link", NULL);
	expect_file(&client, "pub/file");
	fetch(&client, "pub/way/a", NULL);
	expect_file(&client, "pub/sub/a");
}

TEST(no_symbolic_link_is_followed_if_the_export_forbids_links)
{
	serve_with_rules("follow-symlinks = no");
	make_links();
	fetch(&client, "--retry", "0", "pub/link", NULL);
	expect_code(&client, 1, "does not follow");
	fetch(&client, "--retry", "0", "pub/way/a", NULL);
	expect_code(&client, 1, "does not follow");
	fetch(&client, "pub/sub/a", NULL);
	expect_file(&client, "pub/sub/a");
}

/* Squatters. */

static void squat(bool queue, bool lease)
{
	pid_t squatter = fork();

	if (squatter == 0) {
		struct lease held;
		uid_t owner;

		harness_become(&stranger);
		_exit((queue && queue_create(TEST_KEY, 0622) < 0) ||
		      (lease && lease_take(TEST_KEY, &held, &owner) != 0));
	}
	ck_assert_int_eq(actors_wait(squatter, WAIT_LIMIT_MS), 0);
}

/* Asserts that the client and a new daemon name the holder of the key. */
static void expect_named(void)
{
	const char *holder = harness_format("uid %d", THIRD_UID);

	ck_assert_int_eq(mkdir("pub", 0755), 0);
	fetch_as(&alice, "pub/file");
	expect_code(&client, CODE_UNTRUSTED, holder);
	ck_assert_int_eq(msgfetchd_run(&server, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL),
			 77);
	ck_assert(msgfetchd_logged(&server, holder));
	actors_remove_stale(TEST_KEY);
}

TEST(a_squatter_on_the_queue_is_named)
{
	NEEDS_USERS();
	squat(true, false);
	expect_named();
}

TEST(a_squatter_on_the_lease_is_named)
{
	NEEDS_USERS();
	squat(false, true);
	expect_named();
}

TEST(a_squatter_on_queue_and_lease_is_named)
{
	NEEDS_USERS();
	squat(true, true);
	expect_named();
}

int main(void)
{
	return harness_main("integration/access", HARNESS_IPC);
}
