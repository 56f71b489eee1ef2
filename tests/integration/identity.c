/* SPDX-License-Identifier: ISC */
/*
 * integration/identity: workers become their clients, so that the permissions of files decide.
 * Nearly every test needs real root, and skips without.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CODE_DENIED = 6,
	CODE_BUSY = 10,
	STATUS_NO_PERMISSION = 77,
};

enum {
	ALICE = OTHER_UID,
	BOB = THIRD_UID,
	DAEMON_UID = 64003,
	STAFF_GID = 64100,
};

#define LARGE (3 << 20) /* more than a ring, a pipe and the client's buffers */

#define TRUSTING "--server-user=64003" /* DAEMON_UID */

static struct msgfetchd server;
static struct client client;
static uid_t alice = ALICE, bob = BOB;

static bool have_database(void)
{
	return harness_user_database(
		harness_format("root:x:0:0::/:/bin/sh\nalice:x:%d:%d::/:/bin/sh\n"
			       "server:x:%d:%d::/:/bin/sh\n",
			       ALICE, ALICE, DAEMON_UID, DAEMON_UID),
		harness_format("root:x:0:\nstaffers:x:%d:alice\n", STAFF_GID));
}

#define NEEDS_DATABASE()                                               \
	do {                                                           \
		if (!have_database())                                  \
			SKIP("needs real root and a mount namespace"); \
	} while (0)

static void make_file(const char *name, size_t size, uid_t uid, gid_t gid, mode_t mode)
{
	harness_make_file(name, size, 1);
	ck_assert_int_eq(chown(name, uid, gid), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void make_files(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	make_file("pub/open", 100, 0, 0, 0644);
	make_file("pub/alices", 100, ALICE, ALICE, 0600);
	make_file("pub/staffs", 100, 0, STAFF_GID, 0640);
	make_file("pub/daemons", 100, DAEMON_UID, DAEMON_UID, 0600);
	make_file("pub/large", LARGE, ALICE, ALICE, 0600);
}

static void configure(const char *settings)
{
	harness_write("conf", harness_format("identity = \"requester\"\n%s\n"
					     "export \"pub\" { path = \"%s/pub\" }\n",
					     settings, harness_directory()));
}

static void serve_users(const char *settings)
{
	make_files();
	configure(settings);
	msgfetchd_start(&server, "-c", "conf", "-u", "server", NULL);
}

static void fetch_as(uid_t *uid, const char *path)
{
	client.prepare = uid != NULL ? harness_become : NULL;
	client.context = uid;
	fetch(&client, TRUSTING, "--retry", "0", path, NULL);
}

static void start_large(void)
{
	client.prepare = harness_become;
	client.context = &alice;
	client_start(&client, TRUSTING, "--retry", "0", "pub/large", NULL);
	client_await_standstill(&client);
}

static int note_worker(pid_t child, char state, void *context)
{
	const char *title = harness_read_proc(child, "cmdline");

	(void)state;
	if (strstr(title, "uid ") != NULL)
		*(pid_t *)context = child;
	return 0;
}

static pid_t worker(void)
{
	pid_t found = 0;

	WAIT_FOR(harness_each_child(server.pid, note_worker, &found) == 0 && found != 0);
	return found;
}

static void expect_status(pid_t process, const char *line)
{
	const char *status = harness_read_proc(process, "status");

	ck_assert_msg(strstr(status, line) != NULL, "%s not in\n%s", line, status);
}

/* Files. */

TEST(ones_own_files_can_be_fetched)
{
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&alice, "pub/alices");
	expect_file(&client, "pub/alices");
	fetch_as(&alice, "pub/open");
	expect_file(&client, "pub/open");
}

TEST(files_of_other_users_cannot_be_fetched)
{
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&bob, "pub/alices");
	expect_code(&client, CODE_DENIED, "pub/alices: ");
	fetch_as(&alice, "pub/daemons");
	expect_code(&client, CODE_DENIED, "pub/daemons: ");
}

TEST(all_groups_of_the_user_count)
{
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&alice, "pub/staffs");
	expect_file(&client, "pub/staffs");
	fetch_as(&bob, "pub/staffs");
	expect_code(&client, CODE_DENIED, NULL);
}

TEST(a_large_file_goes_through_the_ring)
{
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&alice, "pub/large");
	expect_file(&client, "pub/large");
}

TEST(root_brings_no_override_along)
{
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(NULL, "pub/alices");
	expect_code(&client, CODE_DENIED, NULL);
	fetch_as(NULL, "pub/open");
	expect_file(&client, "pub/open");
}

TEST(the_daemons_own_user_has_no_more_than_his_rights)
{
	static uid_t same = DAEMON_UID;

	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&same, "pub/daemons");
	expect_file(&client, "pub/daemons");
	fetch_as(&same, "pub/alices");
	expect_code(&client, CODE_DENIED, NULL);
}

TEST(rules_apply_in_addition_to_permissions)
{
	NEEDS_DATABASE();
	make_files();
	harness_write("conf", harness_format("identity = \"requester\"\n"
					     "export \"pub\" { path = \"%s/pub\" "
					     "allow-groups = {\"staffers\"} }\n",
					     harness_directory()));
	msgfetchd_start(&server, "-c", "conf", "-u", "server", NULL);
	fetch_as(&alice, "pub/open");
	expect_file(&client, "pub/open");
	fetch_as(&bob, "pub/open");
	expect_code(&client, CODE_DENIED, "you may not use this export");
}

/* Processes. */

TEST(the_daemon_keeps_two_capabilities)
{
	NEEDS_DATABASE();
	serve_users("");
	expect_status(server.pid, "\nUid:\t64003\t64003\t64003\t64003\n");
	expect_status(server.pid, "\nCapInh:\t0000000000000000\n");
	expect_status(server.pid, "\nCapPrm:\t00000000000000c0\n");
	expect_status(server.pid, "\nCapEff:\t00000000000000c0\n");
	/* The lookup process keeps none. */
	expect_status(harness_lookup_process(server.pid), "\nCapPrm:\t0000000000000000\n");
}

TEST(a_daemon_that_stays_root_keeps_no_more)
{
	NEEDS_DATABASE();
	make_files();
	configure("");
	msgfetchd_start(&server, "-c", "conf", NULL);
	expect_status(server.pid, "\nCapEff:\t00000000000000c0\n");
	ck_assert(!msgfetchd_logged(&server, "running as root"));
	fetch_as(&alice, "pub/alices");
	expect_file(&client, "pub/alices");
	fetch_as(&bob, "pub/alices");
	expect_code(&client, CODE_DENIED, NULL);
}

TEST(a_worker_is_its_client_for_good)
{
	pid_t process;

	NEEDS_DATABASE();
	serve_users("");
	start_large();
	process = worker();
	expect_status(process, "\nUid:\t64001\t64001\t64001\t64001\n");
	expect_status(process, "\nGid:\t64001\t64001\t64001\t64001\n");
	expect_status(process, "\nGroups:\t64001 64100 \n");
	expect_status(process, "\nCapPrm:\t0000000000000000\n");
	expect_status(process, "\nCapEff:\t0000000000000000\n");
	client_finish(&client);
	expect_file(&client, "pub/large");
}

/* Returns whether alice can trace the process.  Forks a child. */
static bool alice_can_look_into(pid_t process)
{
	const char *memory = harness_format("/proc/%d/mem", (int)process);
	pid_t child = fork();

	if (child == 0) {
		harness_become(&alice);
		_exit(open(memory, O_RDONLY | O_CLOEXEC) < 0);
	}
	return actors_wait(child, WAIT_LIMIT_MS) == 0;
}

TEST(a_client_cannot_trace_its_worker)
{
	NEEDS_DATABASE();
	serve_users("");
	start_large();
	ck_assert(!alice_can_look_into(worker()));
	client_finish(&client);
	expect_file(&client, "pub/large");
}

TEST(a_drain_ends_workers_that_are_others)
{
	NEEDS_DATABASE();
	serve_users("drain-limit = 0");
	start_large();
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&server), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(a_stopped_worker_is_ended_too)
{
	NEEDS_DATABASE();
	serve_users("drain-limit = 0");
	start_large();
	harness_stop(worker());
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&server), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(a_daemon_that_stays_root_ends_workers_that_are_others)
{
	NEEDS_DATABASE();
	make_files();
	configure("drain-limit = 0");
	msgfetchd_start(&server, "-c", "conf", NULL);
	start_large();
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&server), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(a_killed_clients_queue_is_removed)
{
	NEEDS_DATABASE();
	serve_users("");
	start_large();
	ck_assert_int_eq(kill(client.pid, SIGKILL), 0);
	client_finish(&client);
	WAIT_FOR(harness_ipc_count().queues == 1);
}

/* Refusals. */

TEST(a_client_without_a_uid_here_is_refused)
{
	static uid_t overflow;
	FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
	char digits[16];

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(digits, sizeof(digits), file));
	(void)fclose(file);
	overflow = (uid_t)strtoul(digits, NULL, 10);
	NEEDS_DATABASE();
	serve_users("");
	fetch_as(&overflow, "pub/open");
	expect_code(&client, CODE_DENIED, "not mapped in the daemon");
}

TEST(a_daemon_without_the_capabilities_does_not_start)
{
	uid_t uid = BOB;

	ck_assert_int_eq(mkdir("pub", 0755), 0);
	configure("");
	if (harness_other_users()) {
		server.prepare = harness_become;
		server.context = &uid;
	} else if (geteuid() == 0) {
		SKIP("needs real root, or to be an ordinary user");
	}
	ck_assert_int_eq(msgfetchd_run(&server, "-k", TEST_KEY_TEXT, "-c", "conf", NULL),
			 STATUS_NO_PERMISSION);
	ck_assert(msgfetchd_logged(&server, "CAP_SETUID"));
}

/* Becomes an ordinary user with two ambient capabilities, as a service manager does. */
static void become_server(void *context)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	uint32_t both = 1u << CAP_SETUID | 1u << CAP_SETGID;
	uid_t uid = *(const uid_t *)context;

	if (prctl(PR_SET_KEEPCAPS, 1) != 0)
		_exit(126);
	harness_become(&uid);
	data[0].permitted = data[0].effective = data[0].inheritable = both;
	if (syscall(SYS_capset, &head, data) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETGID, 0, 0) != 0)
		_exit(126);
}

TEST(a_service_manager_can_give_the_capabilities)
{
	static uid_t service = DAEMON_UID;

	NEEDS_DATABASE();
	make_files();
	configure("drain-limit = 0");
	server.prepare = become_server;
	server.context = &service;
	msgfetchd_start(&server, "-c", "conf", NULL);
	expect_status(server.pid, "\nUid:\t64003\t64003\t64003\t64003\n");
	expect_status(server.pid, "\nCapInh:\t0000000000000000\n");
	expect_status(server.pid, "\nCapAmb:\t0000000000000000\n");
	fetch_as(&bob, "pub/alices");
	expect_code(&client, CODE_DENIED, NULL);
	start_large();
	expect_status(worker(), "\nCapPrm:\t0000000000000000\n");
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	ck_assert_int_eq(msgfetchd_exit_status(&server), 0);
	client_finish(&client);
	expect_code(&client, CODE_BUSY, "shutting down");
}

TEST(identity_does_not_change_at_a_reload)
{
	NEEDS_DATABASE();
	serve_users("");
	harness_write("conf", harness_format("export \"pub\" { path = \"%s/pub\" }\n",
					     harness_directory()));
	msgfetchd_clear_states(&server);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	msgfetchd_await(&server, "READY=1");
	ck_assert(msgfetchd_logged(&server, "identity: a change needs a restart"));
	fetch_as(&bob, "pub/alices");
	expect_code(&client, CODE_DENIED, NULL);
	fetch_as(&alice, "pub/alices");
	expect_file(&client, "pub/alices");
}

int main(void)
{
	return harness_main("integration/identity", HARNESS_IPC);
}
