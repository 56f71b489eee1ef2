/* SPDX-License-Identifier: ISC */
/*
 * integration/doctor: common problems, and how msgfetch --doctor reports them: the finding,
 * the advice, and the exit code of a fetch.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CODE_OK = 0,
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_NO_DAEMON = 3,
	CODE_UNTRUSTED = 4,
	CODE_NOT_FOUND = 5,
	CODE_DENIED = 6,
	CODE_TIMED_OUT = 8,
};

static uid_t other_uid = OTHER_UID, third_uid = THIRD_UID;
static struct msgfetchd server;
static struct client client;

#define NEEDS_USERS()                                                \
	do {                                                         \
		if (!harness_other_users())                          \
			SKIP("needs real root, to be another user"); \
	} while (0)

/* Sets a limit of this namespace.  Returns false if that is not allowed. */
static bool set_limit(const char *name, const char *value)
{
	int file = open(harness_format("/proc/sys/kernel/%s", name), O_WRONLY | O_CLOEXEC);
	bool written = file >= 0 && write(file, value, strlen(value)) == (ssize_t)strlen(value);

	if (file >= 0)
		close(file);
	return written;
}

/* Restores limits that an earlier test may have changed. */
static void reset_limits(void)
{
	set_limit("msgmni", "32000");
	set_limit("msgmax", "8192");
	set_limit("shmmni", "4096");
	set_limit("shmmax", "18446744073692774399");
}

static const struct served files[] = {{"file", .size = 100, .seed = 1}, {.name = NULL}};

static void serve_within_usual_limits(void)
{
	reset_limits();
	serve(&server, .files = files);
}

static void be(uid_t *uid)
{
	client.prepare = harness_become;
	client.context = uid;
}

/* Asserts a finding with this text, and with this advice in the next line. */
static void expect_finding(const char *severity, const char *topic, const char *text,
			   const char *advice)
{
	const char *all = harness_format("\n%s", client.output), *line, *end, *below;

	line = strstr(all, harness_format("\n%-8s %-12s ", severity, topic));
	ck_assert_msg(line != NULL, "no %s of %s in:\n%s", severity, topic, all);
	end = strchr(line + 1, '\n');
	ck_assert_ptr_nonnull(end);
	ck_assert_msg(memmem(line, (size_t)(end - line), text, strlen(text)) != NULL,
		      "no \"%s\" in:\n%s", text, all);
	if (advice == NULL)
		return;
	below = strchr(end + 1, '\n');
	ck_assert_ptr_nonnull(below);
	ck_assert_msg(memmem(end, (size_t)(below - end), advice, strlen(advice)) != NULL,
		      "no \"%s\" in:\n%s", advice, all);
}

/* Asserts the exit code of both --doctor and a fetch. */
static void examine(int code)
{
	fetch(&client, "--retry=0", "--timeout=2", "pub/file", NULL);
	expect_code(&client, code, NULL);
	fetch(&client, "--doctor", "--timeout=2", NULL);
	expect_code(&client, code, NULL);
}

#define LIMIT(name, value)                           \
	do {                                         \
		if (!set_limit(name, value)) {       \
			SKIP("kernel.%s: %m", name); \
		}                                    \
	} while (0)

TEST(a_request_longer_than_msgmax_fails_with_its_reason)
{
	char path[301] = "pub/";

	for (size_t i = 4; i < sizeof(path) - 1; i++)
		path[i] = i % 2 == 0 ? 'x' : '/';
	serve_within_usual_limits();
	LIMIT("msgmax", "256");
	fetch(&client, "--retry", "0", path, NULL);
	reset_limits();
	expect_code(&client, CODE_ERROR, "longer than kernel.msgmax allows (256 bytes)");
}

/* Runs function in a child, as uid. */
static void as_user(uid_t uid, void (*function)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		harness_become(&uid);
		function();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void remove_all_queues(void)
{
	struct queue_info info;
	int last = queue_last_slot();

	for (int slot = 0; slot <= last; slot++) {
		int id = queue_at_any(slot, &info);

		if (id >= 0)
			ck_assert_int_eq(queue_remove(id), 0);
	}
}

TEST(a_healthy_daemon_has_no_problems)
{
	serve_within_usual_limits();
	examine(CODE_OK);
	expect_finding("ok", "answer", "msgfetchd " PACKAGE_VERSION " answers within", NULL);
	expect_finding("ok", "exports", "exports that this user may use: 1 (pub)", NULL);
	ck_assert_ptr_null(strstr(client.output, "problem"));
	ck_assert_str_eq(client.errors, "");
}

TEST(a_user_without_exports_is_told)
{
	NEEDS_USERS();
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("conf", harness_format("export \"pub\" { path = \"%s/pub\"\n"
					     "default-access = none }\n",
					     harness_directory()));
	msgfetchd_start(&server, "-c", "conf", NULL);
	be(&other_uid);
	fetch(&client, "--doctor", NULL);
	expect_code(&client, CODE_OK, NULL);
	expect_finding("note", "exports", "there is no export that this user may use",
		       "allow-users");
}

TEST(quiet_hides_findings_without_problems)
{
	serve_within_usual_limits();
	fetch(&client, "--doctor", "--quiet", NULL);
	expect_code(&client, CODE_OK, NULL);
	ck_assert_ptr_null(strstr(client.output, "ok "));
}

TEST(for_programs_each_finding_is_an_object)
{
	fetch(&client, "--doctor", "--json", "--quiet", NULL);
	expect_code(&client, CODE_NO_DAEMON, NULL);
	ck_assert_ptr_nonnull(strstr(client.output, "{\"severity\":\"problem\",\"topic\":"
						    "\"daemon\",\"text\":\"no daemon"));
	ck_assert_ptr_nonnull(strstr(client.output, "\"outcome\":\"no-daemon\",\"code\":3}\n"));
}

TEST(the_doctor_takes_no_path)
{
	fetch(&client, "--doctor", "pub/file", NULL);
	expect_code(&client, CODE_USAGE, "--doctor takes no PATH");
}

TEST(an_absent_daemon_is_named)
{
	examine(CODE_NO_DAEMON);
	expect_finding("problem", "daemon", "no daemon serves key " TEST_KEY_TEXT, NULL);
}

static void leave_namespace(void *context)
{
	(void)context;
	if (unshare(CLONE_NEWIPC) != 0)
		_exit(126);
}

TEST(a_daemon_in_another_namespace_is_told_from_none)
{
	serve_within_usual_limits();
	client.prepare = leave_namespace;
	examine(CODE_NO_DAEMON);
	expect_finding("problem", "namespace", "is in another IPC namespace",
		       "nsenter --ipc --target");
}

TEST(a_daemon_of_another_key_is_told_from_none)
{
	serve_within_usual_limits();
	fetch(&client, "--doctor", "--key=0x6d736755", NULL);
	expect_code(&client, CODE_NO_DAEMON, NULL);
	expect_finding("problem", "daemon", "though a process called msgfetchd runs",
		       "--key or MSGFETCH_KEY");
}

TEST(a_dead_daemon_is_told_from_none)
{
	serve_within_usual_limits();
	msgfetchd_kill(&server);
	examine(CODE_NO_DAEMON);
	expect_finding("problem", "daemon", "is dead", "--clean -k " TEST_KEY_TEXT);
	actors_remove_stale(TEST_KEY);
}

TEST(the_advice_for_a_dead_daemon_helps)
{
	serve_within_usual_limits();
	msgfetchd_kill(&server);
	ck_assert_int_eq(msgfetchd_run(&server, "--clean", "-k", TEST_KEY_TEXT, NULL), 0);
	ck_assert_int_eq(harness_ipc_count().queues, 0);
}

TEST(a_stopped_daemon_does_not_answer)
{
	serve_within_usual_limits();
	harness_stop(server.pid);
	fetch(&client, "--doctor", "--timeout=0.3", NULL);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	expect_code(&client, CODE_TIMED_OUT, NULL);
	expect_finding("problem", "answer", "does not answer", "systemctl status msgfetchd");
}

static void squat_queue(void)
{
	ck_assert_int_ge(msgget(TEST_KEY, IPC_CREAT | 0666), 0);
}

static void squat_lease(void)
{
	ck_assert_int_ge(semget(TEST_KEY, 1, IPC_CREAT | 0666), 0);
}

TEST(a_stranger_who_took_the_key_is_named)
{
	NEEDS_USERS();
	as_user(OTHER_UID, squat_queue);
	be(&third_uid);
	examine(CODE_UNTRUSTED);
	expect_finding("problem", "trust", harness_format("held by uid %u", OTHER_UID),
		       harness_format("--server-user %u", OTHER_UID));
	actors_remove_stale(TEST_KEY);
}

TEST(a_stranger_who_took_the_lease_is_named)
{
	NEEDS_USERS();
	as_user(OTHER_UID, squat_lease);
	be(&third_uid);
	examine(CODE_UNTRUSTED);
	expect_finding("problem", "trust", harness_format("held by uid %u", OTHER_UID),
		       "ipcrm -Q " TEST_KEY_TEXT " -S " TEST_KEY_TEXT);
	actors_remove_stale(TEST_KEY);
}

static void enter_user_namespace(void *context)
{
	(void)context;
	if (unshare(CLONE_NEWUSER) != 0)
		_exit(77);
}

TEST(an_unmapped_client_is_told_why)
{
	serve_within_usual_limits();
	client.prepare = enter_user_namespace;
	fetch(&client, "pub/file", NULL);
	if (client.code == 77)
		SKIP("the kernel grants no user namespaces");
	expect_code(&client, CODE_UNTRUSTED, "without a mapping in this user namespace");
	fetch(&client, "--doctor", NULL);
	expect_code(&client, CODE_UNTRUSTED, NULL);
	expect_finding("problem", "trust", "without a mapping", "map the daemon's user");
	client.prepare = NULL;
}

TEST(a_user_who_may_not_send_is_told_the_mode)
{
	NEEDS_USERS();
	serve_within_usual_limits();
	ck_assert_int_eq(queue_restrict(queue_find(TEST_KEY), 0, 0600), 0);
	be(&other_uid);
	examine(CODE_DENIED);
	expect_finding("problem", "permission", "its queue has mode 0600", "msgfetchd.conf(5)");
}

TEST(a_user_outside_the_group_is_told_the_group)
{
	NEEDS_USERS();
	serve_within_usual_limits();
	ck_assert_int_eq(queue_restrict(queue_find(TEST_KEY), THIRD_UID, 0620), 0);
	be(&other_uid);
	examine(CODE_DENIED);
	expect_finding("problem", "permission", "takes no requests from uid 64001",
		       "join the group gid 64002");
}

TEST(queues_that_ran_out_are_a_problem)
{
	serve_within_usual_limits();
	LIMIT("msgmni", "1");
	examine(CODE_ERROR);
	expect_finding("problem", "queues",
		       "all of the 1 message queues that kernel.msgmni allows are in use",
		       "sysctl kernel.msgmni=32000");
}

static void hoard(void)
{
	while (queue_create_private() >= 0)
		continue;
}

TEST(the_user_of_most_queues_is_named)
{
	NEEDS_USERS();
	serve_within_usual_limits();
	LIMIT("msgmni", "8");
	as_user(OTHER_UID, hoard);
	be(&third_uid);
	examine(CODE_ERROR);
	expect_finding("problem", "queues", "most of them, 7, were made by uid 64001",
		       "ipcs -q lists them");
	msgfetchd_stop(&server);
	remove_all_queues();
}

TEST(a_low_limit_of_messages_is_noted)
{
	serve_within_usual_limits();
	LIMIT("msgmax", "4096");
	examine(CODE_OK);
	expect_finding("note", "messages", "kernel.msgmax is 4096",
		       "sysctl kernel.msgmax=8192");
}

TEST(exhausted_segments_are_a_problem)
{
	serve_within_usual_limits();
	LIMIT("shmmni", "0");
	examine(CODE_ERROR);
	expect_finding("problem", "memory", "kernel.shmmni", "sysctl kernel.shmmni=4096");
}

/* The longest text of a FAILURE needs 280 bytes. */
TEST(failures_arrive_with_a_low_limit_of_messages)
{
	serve_within_usual_limits();
	LIMIT("msgmax", "272");
	fetch(&client, "--retry=0", "pub/missing", NULL);
	expect_code(&client, CODE_NOT_FOUND, "No such file");
	fetch(&client, "--status", NULL);
	expect_code(&client, CODE_OK, NULL);
}

TEST(too_little_shared_memory_is_noted)
{
	serve_within_usual_limits();
	LIMIT("shmmax", "65536");
	examine(CODE_OK);
	expect_finding("note", "memory", "kernel.shmmax", "sysctl kernel.shmmax=2097152");
}

TEST(too_little_shared_memory_is_a_problem_for_transport_ring)
{
	serve_within_usual_limits();
	LIMIT("shmmax", "65536");
	fetch(&client, "--doctor", "--transport=ring", NULL);
	expect_code(&client, CODE_ERROR, NULL);
	expect_finding("problem", "memory", "kernel.shmmax", NULL);
}

/* Creates a queue whose only user is dead.  Returns its id. */
static int leave_queue(void)
{
	int id = queue_create_private(), status;
	pid_t child;

	ck_assert_int_ge(id, 0);
	child = fork();
	if (child == 0) {
		struct message message = {.type = 1};

		_exit(queue_send(id, &message, 1, false) != 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	return id;
}

static bool doctor_notes_orphans(void)
{
	fetch(&client, "--doctor", "--quiet", NULL);
	return strstr(client.output, "note     orphans") != NULL;
}

TEST(an_orphaned_queue_is_found_and_removed_by_the_advice)
{
	const char *id = harness_format("%d", leave_queue());
	const char *const arguments[] = {"ipcrm", "-q", id, NULL};
	struct spawn spawn = {.program = "/usr/bin/env", .arguments = arguments};

	serve_within_usual_limits();
	/* Only an idle queue counts as left behind. */
	WAIT_FOR(doctor_notes_orphans());
	expect_finding("note", "orphans", "dead processes left: 1",
		       harness_format("ipcrm -q %s removes them", id));
	actors_run(&client, &spawn);
	expect_code(&client, CODE_OK, NULL);
	ck_assert(!doctor_notes_orphans());
}

static void fail_with_enosys(void *context)
{
	/* Some machines have only ipc(2) instead of these calls. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msgget, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msgctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	(void)context;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(126);
}

TEST(a_kernel_without_message_queues_is_named)
{
	client.prepare = fail_with_enosys;
	examine(CODE_ERROR);
	expect_finding("problem", "kernel", "no System V message queues", "CONFIG_SYSVIPC");
}

/* Simulates a running logind with this configuration fragment. */
static bool with_logind(const char *configuration)
{
	if (!harness_mounts() || mount("none", "/run", "tmpfs", 0, NULL) != 0)
		return false;
	ck_assert_int_eq(mkdir("/run/systemd", 0755), 0);
	ck_assert_int_eq(mkdir("/run/systemd/seats", 0755), 0);
	ck_assert_int_eq(mkdir("/run/systemd/logind.conf.d", 0755), 0);
	harness_write("/run/systemd/logind.conf.d/zz-last.conf", configuration);
	return true;
}

static void without_logind(void)
{
	ck_assert_int_eq(umount2("/run", MNT_DETACH), 0);
}

static void examine_under_logind(void)
{
	server.prepare = harness_become;
	server.context = &other_uid;
	serve_within_usual_limits();
	be(&other_uid);
	fetch(&client, "--doctor", NULL);
	expect_code(&client, CODE_OK, NULL);
}

TEST(a_daemon_whose_queue_logind_would_remove_is_noted)
{
	NEEDS_USERS();
	if (!with_logind("[Login]\nRemoveIPC=yes\n"))
		SKIP("no mounts to be had");
	examine_under_logind();
	expect_finding("note", "removeipc", "uid 64001", "loginctl enable-linger 64001");
	without_logind();
}

TEST(a_logind_that_removes_nothing_is_well)
{
	NEEDS_USERS();
	if (!with_logind("[Login]\nRemoveIPC=no\n"))
		SKIP("no mounts to be had");
	examine_under_logind();
	expect_finding("ok", "removeipc", "RemoveIPC=no", NULL);
	without_logind();
}

int main(void)
{
	return harness_main("integration/doctor", HARNESS_IPC);
}
