/* SPDX-License-Identifier: ISC */
/* integration/access_log: one line in the log for each transfer, or one entry in the journal.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include "server/stats/accesslog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct msgfetchd server;
static struct client client;
static const struct served files[] = {{"file", .size = 12345, .seed = 1}, {.name = NULL}};

TEST(a_transfer_is_logged_with_client_path_and_bytes)
{
	serve(&server, .files = files);
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	msgfetchd_await_log(&server, harness_format("access uid=%u pid=%d bytes=12345 usec=",
						    (unsigned)geteuid(), (int)client.pid));
	msgfetchd_await_log(&server, "outcome=sent paths=1 export=\"pub\" path=\"pub/file\"");
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 1);
}

TEST(a_failure_is_logged_with_its_reason)
{
	serve(&server, .files = files);
	fetch(&client, "pub/missing", NULL);
	fetch(&client, "nowhere/file", NULL);
	msgfetchd_await_log(&server,
			    "op=fetch outcome=failed failures=1 error=\"ENOENT\" "
			    "cause=file-system paths=1 export=\"pub\" path=\"pub/missing\"");
	msgfetchd_await_log(&server, "op=fetch outcome=failed failures=1 error=\"ENOENT\" "
				     "cause=rule paths=1 export=\"\" path=\"nowhere/file\"");
	ck_assert_int_eq(msgfetchd_count_log(&server, "op=fetch outcome=failed"), 2);
}

/* Asks for paths, each with its NUL, and waits for the line of the request. */
static void ask_for(enum operation operation, uint32_t flags, const char *paths, size_t bytes)
{
	struct peer peer;

	peer_open(&peer);
	peer.request.operation = operation;
	peer.request.flags = flags;
	peer.request.paths = paths;
	peer.request.path_bytes = (uint32_t)bytes;
	peer.request.path_count = 0;
	for (size_t i = 0; i < bytes; i++)
		peer.request.path_count += paths[i] == '\0';
	peer_send(&peer);
	msgfetchd_await_log(&server, harness_format(" paths=%u ", peer.request.path_count));
	peer_close(&peer);
}

#define ASK_FOR(operation, flags, paths) ask_for(operation, flags, paths, sizeof(paths))

TEST(each_failed_path_has_a_line)
{
	serve(&server, .files = files);
	ASK_FOR(OPERATION_FETCH, 0, "pub/one\0pub/file\0nowhere/two\0pub");
	msgfetchd_await_log(&server, "bytes=0 op=fetch outcome=failed error=\"ENOENT\" "
				     "cause=file-system export=\"pub\" path=\"pub/one\"");
	msgfetchd_await_log(&server, "bytes=0 op=fetch outcome=failed error=\"ENOENT\" "
				     "cause=rule export=\"\" path=\"nowhere/two\"");
	msgfetchd_await_log(&server, "bytes=0 op=fetch outcome=failed error=\"EISDIR\" "
				     "cause=file-system export=\"pub\" path=\"pub\"");
	msgfetchd_await_log(&server, "outcome=partial failures=3 paths=4 ");
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 4);
}

static void serve_as_other_user(const char *settings, const char *rules)
{
	static uid_t uid = OTHER_UID;

	server.prepare = harness_become;
	server.context = &uid;
	serve(&server, .files = files, .settings = settings, .rules = rules);
}

TEST(each_failed_entry_of_a_tree_has_a_line)
{
	if (!harness_other_users())
		SKIP("root may read every file: needs real root, to be another user");
	serve_as_other_user(NULL, NULL);
	ck_assert_int_eq(mkdir("pub/tree", 0755), 0);
	harness_write("pub/tree/seen", "text");
	harness_write("pub/tree/secret", "secret");
	ck_assert_int_eq(chmod("pub/tree/secret", 0600), 0);
	fetch(&client, "-q", "-r", "-o", "copy", "--server-user",
	      harness_format("%d", OTHER_UID), "pub/tree", NULL);
	msgfetchd_await_log(&server, "op=fetch outcome=failed error=\"EACCES\" cause=mode "
				     "export=\"pub\" path=\"pub/tree/secret\"");
	msgfetchd_await_log(&server, "outcome=partial failures=1 paths=1 export=\"pub\" "
				     "path=\"pub/tree\"");
}

TEST(rules_and_permissions_are_told_apart)
{
	if (!harness_other_users())
		SKIP("root may read every file: needs real root, to be another user");
	ck_assert_int_eq(mkdir("shut", 0755), 0);
	serve_as_other_user(harness_format("export \"closed\" { path = \"%s/shut\"\n"
					   "default-access = none }",
					   harness_directory()),
			    "hide = { \"hidden\" }");
	harness_write("pub/secret", "secret");
	harness_write("pub/hidden", "hidden");
	ck_assert_int_eq(chmod("pub/secret", 0600), 0);
	ASK_FOR(OPERATION_FETCH, 0, "pub/secret\0closed/file\0pub/hidden");
	msgfetchd_await_log(&server, "outcome=failed error=\"EACCES\" cause=mode "
				     "export=\"pub\" path=\"pub/secret\"");
	msgfetchd_await_log(&server, "outcome=failed error=\"EACCES\" cause=rule "
				     "export=\"closed\" path=\"closed/file\"");
	msgfetchd_await_log(&server, "outcome=failed error=\"ENOENT\" cause=rule "
				     "export=\"pub\" path=\"pub/hidden\"");
}

TEST(lists_and_queries_have_an_operation_of_their_own)
{
	serve(&server, .files = files);
	ASK_FOR(OPERATION_LIST, REQUEST_LIST | REQUEST_CHILDREN, "pub\0pub/one");
	msgfetchd_await_log(&server, "op=list outcome=failed error=\"ENOENT\" ");
	ASK_FOR(OPERATION_LIST, REQUEST_LIST, "pub\0pub/file\0pub/two");
	msgfetchd_await_log(&server, "op=stat outcome=failed error=\"ENOENT\" "
				     "cause=file-system export=\"pub\" path=\"pub/two\"");
}

TEST(all_paths_have_lines_where_the_daemon_is_told_so)
{
	serve(&server, .files = files, .settings = "access-log = all");
	harness_write("pub/small", "1234567");
	ASK_FOR(OPERATION_FETCH, 0, "pub/file\0pub/small\0pub/missing");
	msgfetchd_await_log(
		&server, "bytes=12345 op=fetch outcome=sent export=\"pub\" path=\"pub/file\"");
	msgfetchd_await_log(&server,
			    "bytes=7 op=fetch outcome=sent export=\"pub\" path=\"pub/small\"");
	msgfetchd_await_log(&server, "bytes=0 op=fetch outcome=failed error=\"ENOENT\" ");
	msgfetchd_await_log(&server, "outcome=partial failures=1 paths=3 ");
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 4);
}

TEST(all_gives_a_request_of_one_path_one_line)
{
	serve(&server, .files = files, .settings = "access-log = all");
	fetch(&client, "pub/file", NULL);
	msgfetchd_stop(&server);
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="),
			 msgfetchd_count_log(&server, " paths=1 "));
}

TEST(a_client_that_leaves_early_is_logged)
{
	struct peer peer;

	serve(&server, .files = files);
	harness_make_file("pub/large", 3 << 20, 1);
	peer_occupy_worker(&peer);
	peer_close(&peer);
	msgfetchd_await_log(&server, "outcome=client-gone");
}

TEST(a_killed_worker_is_logged_with_its_path)
{
	struct peer peer;

	serve(&server, .files = files);
	harness_make_file("pub/large", 3 << 20, 1);
	peer_occupy_worker(&peer);
	ck_assert_int_eq(kill(harness_only_child(server.pid), SIGKILL), 0);
	msgfetchd_await_log(&server, harness_format("access uid=%u pid=%d bytes=",
						    (unsigned)geteuid(), (int)getpid()));
	msgfetchd_await_log(&server,
			    "outcome=killed paths=1 export=\"pub\" path=\"pub/large\"");
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 1);
	peer_close(&peer);
}

TEST(a_busy_answer_is_logged)
{
	struct peer peer;

	serve(&server, .files = files, .settings = "max-workers = 1\nmax-waiting = 0");
	harness_make_file("pub/large", 3 << 20, 1);
	peer_occupy_worker(&peer);
	fetch(&client, "--retry", "0", "pub/file", NULL);
	ck_assert_int_ne(client.code, 0);
	msgfetchd_await_log(&server,
			    harness_format("access uid=%u pid=%d bytes=0 usec=0 "
					   "op=fetch outcome=busy paths=1 export=\"pub\" "
					   "path=\"pub/file\"",
					   (unsigned)geteuid(), (int)client.pid));
	peer_close(&peer);
}

TEST(a_path_cannot_forge_a_line)
{
	serve(&server, .files = files);
	fetch(&client, "pub/x\" outcome=sent\nmsgfetchd: access uid=77", NULL);
	msgfetchd_await_log(&server, "path=\"pub/x\\042 outcome=sent\\nmsgfetchd: access");
	ck_assert(!msgfetchd_logged(&server, "\nmsgfetchd: access uid=77"));
}

static void reload(const char *settings)
{
	harness_write("conf", harness_format("%s\nexport \"pub\" { path = \"%s/pub\" }\n",
					     settings, harness_directory()));
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "RELOADING=1");
	msgfetchd_await(&server, "READY=1");
}

static void fetch_file(void)
{
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	WAIT_FOR(harness_count_children(server.pid, 0) == 0);
}

TEST(a_reload_switches_the_access_log)
{
	serve(&server, .files = files, .settings = "access-log = false");
	fetch_file();
	reload("access-log = true");
	fetch_file();
	msgfetchd_await_log(&server, "access uid=");
	reload("access-log = false");
	fetch_file();
	msgfetchd_stop(&server);
	ck_assert_int_eq(msgfetchd_count_log(&server, "access uid="), 1);
}

TEST(the_time_is_in_microseconds)
{
	uint64_t start, took;
	const char *line;

	serve(&server, .files = files, .settings = "rate-limit = 50000\nlimit-root = true");
	start = harness_now_ms();
	fetch(&client, "pub/file", NULL);
	msgfetchd_await_log(&server, " usec=");
	line = strstr(harness_read(server.log, NULL), " usec=");
	took = strtoull(line + strlen(" usec="), NULL, 10);
	/* 12345 bytes at this rate take 247 ms. */
	ck_assert_uint_ge(took, 200000);
	ck_assert_uint_le(took, (harness_now_ms() - start + 1) * 1000);
}

TEST(the_access_log_can_be_switched_off)
{
	serve(&server, .files = files, .settings = "access-log = false");
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
	msgfetchd_stop(&server);
	ck_assert(!msgfetchd_logged(&server, "access"));
}

/* A socket of the test takes the place of the journal. */

static struct accesslog journal_access;
static struct log journal_log = {
	.target = LOG_TO_JOURNAL, .level = LOG_NOTICE, .name = "msgfetchd"};

static int listen_as_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "journal"};
	int journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(journal, 0);
	ck_assert_int_eq(bind(journal, (struct sockaddr *)&address, sizeof(address)), 0);
	return journal;
}

static const struct accesslog_record record = {.uid = 1000,
					       .export = "pub",
					       .path = "pub/a\nb",
					       .paths = 1,
					       .bytes = 7,
					       .outcome = "sent"};

TEST(the_journal_gets_fields)
{
	int journal = listen_as_journal();
	char datagram[ACCESSLOG_FIELDS_MAX + 1] = "";

	accesslog_open(&journal_access, &journal_log, "journal");
	accesslog_write(&journal_access, &record);
	ck_assert_int_gt(recv(journal, datagram, ACCESSLOG_FIELDS_MAX, 0), 0);
	ck_assert_ptr_nonnull(strstr(datagram, "MESSAGE=access uid=1000 "));
	ck_assert_ptr_nonnull(strstr(datagram, "\nMSGFETCH_BYTES=7\n"));
	ck_assert_ptr_nonnull(strstr(datagram, "path=\"pub/a\\nb\"\n"));
	ck_assert_int_lt(recv(journal, datagram, ACCESSLOG_FIELDS_MAX, 0), 0);
	accesslog_close(&journal_access);
	close(journal);
}

static const char *said_without_journal(void)
{
	int file = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	close(file);
	accesslog_write(&journal_access, &record);
	accesslog_close(&journal_access);
	return harness_read("said", NULL);
}

TEST(without_the_journals_socket_there_is_a_line)
{
	accesslog_open(&journal_access, &journal_log, "journal");
	ck_assert_ptr_nonnull(strstr(said_without_journal(), "<6>access uid=1000 "));
}

TEST(when_the_journal_goes_away_there_is_a_line)
{
	int journal = listen_as_journal();

	accesslog_open(&journal_access, &journal_log, "journal");
	close(journal);
	ck_assert_ptr_nonnull(strstr(said_without_journal(), "<6>access uid=1000 "));
}

int main(void)
{
	return harness_main("integration/access_log", HARNESS_IPC);
}
