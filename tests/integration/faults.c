/* SPDX-License-Identifier: ISC */
/*
 * integration/faults: makes each system call of the hot paths fail in turn, with each
 * likely errno, in the client, a worker and the daemon, at the first or a later call, once
 * or from then on.
 *
 * After each fault the client must end in time, with all bytes, or with a fitting exit code
 * and message; no wrong file has a final name; no object is left; the daemon serves the
 * next request.  $FAULTS_DEPTH limits the calls of each kind that are tried (2); 0: no
 * limit.  $FAULTS_LIST names a file for a line about each case.
 */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/faults.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define USUAL_DEPTH 2u
#define CASE_LIMIT_MS 5000u
#define LARGE (3 << 20)

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Exit codes of msgfetch, as bits. */
enum {
	WELL = 1 << 0,
	ERROR = 1 << 1,
	NO_DAEMON = 1 << 3,
	UNTRUSTED = 1 << 4,
	DENIED = 1 << 6,
	TIMED_OUT = 1 << 8,
	OUTPUT = 1 << 9,
	BUSY = 1 << 10,
};

/* Newer architectures lack these calls. */
#ifndef SYS_open
#define SYS_open SYS_openat
#endif
#ifndef SYS_rename
#define SYS_rename SYS_renameat
#endif
#ifndef SYS_mkdir
#define SYS_mkdir SYS_mkdirat
#endif

enum call {
	MSGGET,
	MSGSND,
	MSGRCV,
	MSGCTL,
	SHMGET,
	SHMAT,
	SHMCTL,
	SEMGET,
	SEMOP,
	SEMCTL,
	FORK,
	OPEN,
	STAT,
	READ,
	READDIR,
	SEEK,
	WRITE,
	TRUNCATE,
	MKDIR,
	RENAME,
	CLOSE,
	FCHMOD,
	UTIMENS,
	FSETXATTR,
	MADVISE,
	CALLS
};

static const struct fault_call calls[CALLS] = {
	[MSGGET] = {"msgget", {SYS_msgget, -1}},
	[MSGSND] = {"msgsnd", {SYS_msgsnd, -1}},
	[MSGRCV] = {"msgrcv", {SYS_msgrcv, -1}},
	[MSGCTL] = {"msgctl", {SYS_msgctl, -1}},
	[SHMGET] = {"shmget", {SYS_shmget, -1}},
	[SHMAT] = {"shmat", {SYS_shmat, -1}},
	[SHMCTL] = {"shmctl", {SYS_shmctl, -1}},
	[SEMGET] = {"semget", {SYS_semget, -1}},
	[SEMOP] = {"semop", {SYS_semop, SYS_semtimedop, -1}},
	[SEMCTL] = {"semctl", {SYS_semctl, -1}},
	[FORK] = {"fork", {SYS_clone, SYS_clone3, -1}},
	[OPEN] = {"open", {SYS_open, SYS_openat, SYS_openat2, -1}},
	[STAT] = {"stat", {SYS_fstat, SYS_newfstatat, SYS_statx, -1}},
	[READ] = {"read", {SYS_read, SYS_pread64, -1}},
	[READDIR] = {"getdents64", {SYS_getdents64, -1}},
	[SEEK] = {"lseek", {SYS_lseek, -1}},
	[WRITE] = {"write", {SYS_write, SYS_pwrite64, -1}},
	[TRUNCATE] = {"ftruncate", {SYS_ftruncate, -1}},
	[MKDIR] = {"mkdir", {SYS_mkdir, SYS_mkdirat, -1}},
	[RENAME] = {"rename", {SYS_rename, SYS_renameat, SYS_renameat2, -1}},
	[CLOSE] = {"close", {SYS_close, -1}},
	[FCHMOD] = {"fchmod", {SYS_fchmod, SYS_fchmodat, -1}},
	[UTIMENS] = {"utimens", {SYS_utimensat, -1}},
	[FSETXATTR] = {"fsetxattr", {SYS_fsetxattr, -1}},
	[MADVISE] = {"madvise", {SYS_madvise, -1}},
};

static const int errors[] = {EINTR, EAGAIN, ENOMEM, ENOSPC, EIO, EACCES, EIDRM};

/* The allowed outcomes of faults.  The first rule that matches a fault counts. */
struct rule {
	unsigned calls;   /* bits: 1 << enum call */
	int error;        /* 0: any */
	unsigned codes;   /* allowed exit codes, as bits */
	const char *says; /* text in the message; NULL: strerror(3) of the errno */
};

/* Ends a test that cannot run here. */
#define NEEDS_FAULTS                                                                     \
	do {                                                                             \
		if (!faults_possible())                                                  \
			SKIP("nobody may watch system calls here (seccomp_unotify(2))"); \
	} while (0)

#define BIT(call) (1u << (call))

/* Faults of the client: survived, retried or fatal. */
static const struct rule client_rules[] = {
	{BIT(SHMGET) | BIT(SHMAT), 0, WELL | ERROR, "cannot create shared memory"},
	{BIT(SHMCTL) | BIT(SEMOP), 0, WELL, NULL},
	{BIT(MSGSND) | BIT(MSGRCV) | BIT(OPEN) | BIT(WRITE) | BIT(TRUNCATE), EINTR, WELL, NULL},
	{BIT(MSGGET), ENOSPC, WELL | ERROR, ""},
	{BIT(MSGSND), EAGAIN, WELL | ERROR | TIMED_OUT, ""},
	{BIT(MSGSND), EACCES, WELL | ERROR | DENIED, ""},
	{BIT(SEMCTL), EACCES, ERROR | UNTRUSTED, NULL},
	{BIT(MSGGET) | BIT(MSGSND) | BIT(MSGRCV) | BIT(MSGCTL) | BIT(SEMCTL), EIDRM,
	 WELL | ERROR | NO_DAEMON, ""},
	{BIT(MSGGET) | BIT(MSGSND) | BIT(MSGRCV) | BIT(MSGCTL) | BIT(SEMGET) | BIT(SEMCTL), 0,
	 WELL | ERROR, NULL},
	{BIT(FORK), 0, WELL | ERROR, "cannot start a thread"},
	/* Some of these calls only look for files of killed runs. */
	{BIT(OPEN) | BIT(STAT), 0, WELL | OUTPUT, NULL},
	/* A full pipe fails the same way. */
	{BIT(WRITE), EAGAIN, WELL | OUTPUT, NULL},
	{BIT(WRITE) | BIT(TRUNCATE) | BIT(MKDIR) | BIT(RENAME), 0, OUTPUT, NULL},
	{BIT(CLOSE) | BIT(FCHMOD) | BIT(UTIMENS), 0, WELL | OUTPUT, NULL},
	{~0u, 0, WELL, NULL},
};

/* Faults of a worker: survived, reported or fatal. */
static const struct rule worker_rules[] = {
	{BIT(SHMAT) | BIT(SHMCTL), EACCES, DENIED, "ring belongs to another user"},
	{BIT(SHMAT) | BIT(SHMCTL), EIDRM, ERROR, "ring does not exist"},
	{BIT(MADVISE), 0, WELL | ERROR, "no memory for the client's ring"},
	{BIT(OPEN) | BIT(READ), EINTR, WELL, NULL},
	{BIT(OPEN) | BIT(STAT) | BIT(READ) | BIT(READDIR), EAGAIN, WELL | ERROR, "try again"},
	/* If the export's path cannot be examined, the open directory is served. */
	{BIT(STAT), EACCES, WELL | DENIED, NULL},
	{BIT(STAT), 0, WELL | ERROR, NULL},
	{BIT(OPEN) | BIT(READ) | BIT(READDIR), EACCES, DENIED, NULL},
	{BIT(OPEN) | BIT(READ) | BIT(READDIR), 0, ERROR, NULL},
	{~0u, 0, WELL, NULL},
};

/* Faults of all workers, so that retries do not help. */
static const struct rule lasting_worker_rules[] = {
	{BIT(MSGSND) | BIT(MSGRCV) | BIT(MSGCTL), 0, WELL | ERROR, "died"},
	{BIT(SHMAT) | BIT(SHMCTL), EACCES, DENIED, "ring belongs to another user"},
	{BIT(SHMAT) | BIT(SHMCTL), EIDRM, ERROR, "ring does not exist"},
	{BIT(MADVISE), 0, WELL | ERROR, "no memory for the client's ring"},
	{BIT(OPEN) | BIT(STAT) | BIT(READ), EAGAIN, ERROR, "try again"},
	{BIT(OPEN) | BIT(STAT) | BIT(READ), EACCES, DENIED, NULL},
	{BIT(OPEN) | BIT(STAT) | BIT(READ), 0, ERROR, NULL},
	{~0u, 0, WELL, NULL},
};

/* Faults of the daemon, which drops a request with an unreadable ticket. */
static const struct rule daemon_rules[] = {
	{BIT(MSGRCV), EINTR, WELL, NULL},
	{BIT(SHMAT) | BIT(SHMCTL), ENOMEM, WELL | BUSY, "busy"},
	{BIT(MSGRCV) | BIT(MSGCTL) | BIT(SHMAT) | BIT(SHMCTL), 0, WELL | TIMED_OUT,
	 "no answer within"},
	{BIT(MADVISE), 0, WELL | BUSY, "busy"},
	/* The second try is due within the time limit, but comes too late on a busy machine. */
	{BIT(FORK), 0, WELL | BUSY, "busy"},
	{~0u, 0, WELL, NULL},
};

static const struct rule lasting_daemon_rules[] = {
	{~0u, 0, BUSY, "busy"},
};

/* A fetch to try. */
struct scene {
	const char *object;            /* the path to fetch */
	const char *target;            /* the local name; NULL: standard output */
	const char *const *arguments;  /* of msgfetch, without limits */
	const char *const (*files)[2]; /* target and original of each, ended by NULLs */
};

static const struct scene small = {
	"pub/small", "out/small", (const char *const[]){"-o", "out/small", "pub/small", NULL},
	(const char *const[][2]){{"out/small", "pub/small"}, {NULL, NULL}}};

static const struct scene large = {
	"pub/large", "out/large", (const char *const[]){"-o", "out/large", "pub/large", NULL},
	(const char *const[][2]){{"out/large", "pub/large"}, {NULL, NULL}}};

static const struct scene piped = {"pub/large", NULL, (const char *const[]){"pub/large", NULL},
				   (const char *const[][2]){{NULL, NULL}}};

static const struct scene continued = {
	"pub/large", "out/large",
	(const char *const[]){"-c", "-o", "out/large", "pub/large", NULL},
	(const char *const[][2]){{"out/large", "pub/large"}, {NULL, NULL}}};

static const struct scene tree = {
	"pub/tree", "out/tree",
	(const char *const[]){"-rp", "-o", "out/tree", "pub/tree", NULL},
	(const char *const[][2]){{"out/tree/file", "pub/tree/file"},
				 {"out/tree/large", "pub/tree/large"},
				 {"out/tree/sparse", "pub/tree/sparse"},
				 {"out/tree/sub/file", "pub/tree/sub/file"},
				 {NULL, NULL}}};

/* One row of cases: all calls and errnos in one process. */
struct row {
	const struct scene *scene;
	bool of_client;
	enum fault_whose whose;
	bool on;
	const struct rule *rules;
	const char *limit_s; /* for the answer */
	unsigned calls;      /* bits */
};

static struct msgfetchd server;
static struct faults *server_faults;
static unsigned cases;

/* A leak checker makes system calls at the end, and the faults apply to those, too. */
static const char *const no_leak_check[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};

static void make_files(void)
{
	const uint64_t offsets[] = {0, 200000};

	ck_assert_int_eq(mkdir("out", 0755), 0);
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(mkdir("pub/tree", 0755), 0);
	ck_assert_int_eq(mkdir("pub/tree/sub", 0755), 0);
	ck_assert_int_eq(symlink("sub/file", "pub/tree/link"), 0);
	harness_write("pub/small", "a small file");
	harness_make_file("pub/large", LARGE, 1);
	harness_make_file("pub/tree/file", 5000, 2);
	harness_make_file("pub/tree/large", LARGE, 3);
	harness_make_file("pub/tree/sub/file", 100, 4);
	harness_make_sparse("pub/tree/sparse", 400000, offsets, LENGTH(offsets));
}

static unsigned depth(void)
{
	const char *text = getenv("FAULTS_DEPTH");
	unsigned long wanted = text != NULL ? strtoul(text, NULL, 10) : USUAL_DEPTH;

	return wanted > 0 && wanted < UINT_MAX ? (unsigned)wanted : UINT_MAX;
}

static const struct rule *rule_for(const struct row *row, const struct fault *fault)
{
	const struct rule *rule = row->rules;

	while ((rule->calls & BIT(fault->call - calls)) == 0 ||
	       (rule->error != 0 && rule->error != fault->error))
		rule++;
	return rule;
}

static const char *label_of(const struct row *row, const struct fault *fault)
{
	static const char *const names[] = {[FAULT_ALL] = "client",
					    [FAULT_PROGRAM] = "daemon",
					    [FAULT_CHILDREN] = "worker"};

	return harness_format("%s of %s, %s no. %u%s: %s", names[row->whose],
			      row->scene->object, fault->call->name, fault->at,
			      fault->on ? " and on" : "", strerror(fault->error));
}

static void note_case(const char *label, const struct client *client, uint64_t ms)
{
	const char *path = getenv("FAULTS_LIST");
	FILE *list;

	cases++;
	if (path == NULL)
		return;
	list = fopen(path, "ae");
	ck_assert_ptr_nonnull(list);
	fprintf(list, "%s: %d in %ju ms\n%s", label, client->code, (uintmax_t)ms,
		client->errors);
	fclose(list);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *level)
{
	(void)status;
	(void)type;
	(void)level;
	return remove(path);
}

/* Asserts that a target equals its original, or is missing. whole: the target must exist. */
static void check_file(const char *label, const char *const names[2], bool whole)
{
	size_t length, original_length;
	const char *bytes, *original;

	ck_assert_msg(!whole || access(names[0], F_OK) == 0, "%s: no %s", label, names[0]);
	if (access(names[0], F_OK) != 0)
		return;
	bytes = harness_read(names[0], &length);
	original = harness_read(names[1], &original_length);
	ck_assert_msg(length == original_length && memcmp(bytes, original, length) == 0,
		      "%s: %s is not %s", label, names[0], names[1]);
}

static const char *hidden_name;

static int look_for_hidden(const char *path, const struct stat *status, int type,
			   struct FTW *level)
{
	(void)status;
	(void)type;
	if (path[level->base] == '.')
		hidden_name = harness_format("%s", path);
	return 0;
}

static void check_output(const char *label, const struct scene *scene,
			 const struct client *client)
{
	bool whole = client->code == 0;

	for (size_t i = 0; scene->files[i][0] != NULL; i++)
		check_file(label, scene->files[i], whole);
	if (scene->target == NULL) {
		size_t length;
		const char *original = harness_read(scene->object, &length);

		ck_assert_msg(whole ? client->output_length == length
				    : client->output_length <= length,
			      "%s: %zu bytes of %zu", label, client->output_length, length);
		ck_assert_msg(memcmp(client->output, original, client->output_length) == 0,
			      "%s: other bytes", label);
	}
	hidden_name = NULL;
	ck_assert_int_eq(nftw("out", look_for_hidden, 16, FTW_PHYS), 0);
	ck_assert_msg(hidden_name == NULL, "%s: left behind: %s", label, hidden_name);
	if (scene->target != NULL && access(scene->target, F_OK) == 0)
		ck_assert_int_eq(nftw(scene->target, remove_one, 16, FTW_PHYS | FTW_DEPTH), 0);
}

static bool names_object(const struct row *row, const struct client *client)
{
	return strstr(client->errors, row->scene->object) != NULL ||
	       strstr(client->errors, "cannot write standard output") != NULL;
}

static void check_verdict(const char *label, const struct row *row, const struct fault *fault,
			  const struct client *client)
{
	const struct rule *rule = rule_for(row, fault);
	const char *says = rule->says != NULL ? rule->says : strerror(fault->error);

	ck_assert_msg(client->code >= 0 && (rule->codes & (1u << client->code)) != 0,
		      "%s: exit status %d (signal %d): %s", label, client->code, client->signal,
		      client->errors);
	if (client->code == 0)
		return;
	ck_assert_msg(strncmp(client->errors, "msgfetch: ", 10) == 0 &&
			      names_object(row, client) && strstr(client->errors, says) != NULL,
		      "%s: the message does not say \"%s\": %s", label, says, client->errors);
}

/* Only the request queue and the lease are left, and the next request is served. */
static void check_daemon(const char *label)
{
	uint64_t start = harness_now_ms();
	struct client next = {0};
	struct ipc_count count;

	do {
		count = harness_ipc_count();
		if (count.queues == 1 && count.segments == 0 && count.semaphores == 1 &&
		    harness_count_children(server.pid, 0) == 0)
			break;
		harness_pause();
	} while (harness_now_ms() - start < WAIT_LIMIT_MS);
	ck_assert_msg(count.queues == 1 && count.segments == 0 && count.semaphores == 1,
		      "%s: left behind: %d queues, %d segments, %d semaphores", label,
		      count.queues - 1, count.segments, count.semaphores - 1);
	fetch(&next, "pub/small", NULL);
	ck_assert_msg(next.code == 0, "%s: the next one: %s; the daemon's log: %s", label,
		      next.errors, harness_read(server.log, NULL));
}

static void run_client(const struct row *row, struct client *client)
{
	const char *all[16] = {"--retry", "2", "-w", row->limit_s, "--stall-timeout", "2"};

	for (size_t i = 0; row->scene->arguments[i] != NULL; i++)
		all[6 + i] = row->scene->arguments[i];
	client->environment = no_leak_check;
	fetch(client, all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8],
	      all[9], NULL);
}

/* Tries one case.  Returns false if there are fewer calls. */
static bool try(const struct row *row, const struct fault *fault)
{
	struct client client = {0};
	struct faults *faults = server_faults;
	const char *label = label_of(row, fault);
	uint64_t start = harness_now_ms();
	unsigned failed;

	if (row->of_client) {
		const struct fault_call watched[] = {*fault->call, calls[MSGGET]};

		faults = faults_open(watched, LENGTH(watched));
		client.prepare = faults_prepare;
		client.context = faults;
	}
	faults_arm(faults, fault);
	run_client(row, &client);
	failed = faults_count(faults);
	faults_arm(faults, NULL);
	if (row->of_client)
		faults_close(faults);
	if (failed > 0) {
		note_case(label, &client, harness_now_ms() - start);
		check_verdict(label, row, fault, &client);
		ck_assert_msg(harness_now_ms() - start < CASE_LIMIT_MS, "%s: took too long",
			      label);
	}
	check_output(label, row->scene, &client);
	check_daemon(label);
	return failed > 0;
}

/* Tries all errnos for one call.  Returns false if there are fewer calls. */
static bool try_call(const struct row *row, const struct fault_call *call, unsigned at)
{
	struct fault fault = {.call = call,
			      .at = at,
			      .on = row->on,
			      .whose = row->whose,
			      .after = row->of_client ? SYS_msgget : -1};

	for (size_t i = 0; i < LENGTH(errors); i++) {
		fault.error = errors[i];
		/* A call that is always interrupted is retried forever. */
		if (row->on && fault.error == EINTR)
			continue;
		if (!try(row, &fault))
			return false;
	}
	return true;
}

/* Tries all cases of one call.  Watches only that call, because watching is slow. */
static void run_call(const struct row *row, const struct fault_call *call)
{
	unsigned deepest = row->on ? 1 : depth();
	bool more = true;

	server_faults = faults_open(call, 1);
	server = (struct msgfetchd){.prepare = faults_prepare,
				    .context = server_faults,
				    .environment = no_leak_check};
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	for (unsigned at = 1; more && at <= deepest; at++)
		more = try_call(row, call, at);
	msgfetchd_stop(&server);
	faults_close(server_faults);
}

static void run_row(const struct row *row)
{
	make_files();
	for (size_t i = 0; i < CALLS; i++)
		if ((row->calls & BIT(i)) != 0)
			run_call(row, &calls[i]);
	fprintf(stderr, "%u cases\n", cases);
}

TEST(a_fetch_of_a_small_file_survives_or_reports_the_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&small, true, FAULT_ALL, false, client_rules, "2", ~0u});
}

TEST(a_fetch_of_a_large_file_survives_or_reports_the_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&large, true, FAULT_ALL, false, client_rules, "2", ~0u});
}

TEST(a_fetch_to_a_pipe_survives_or_reports_the_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&piped, true, FAULT_ALL, false, client_rules, "2", ~0u});
}

TEST(a_fetch_of_a_tree_survives_or_reports_the_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&tree, true, FAULT_ALL, false, client_rules, "2", ~0u});
}

TEST(a_continued_fetch_survives_or_reports_the_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&continued, true, FAULT_ALL, false, client_rules, "2",
			      BIT(CLOSE) | BIT(FSETXATTR)});
}

TEST(a_file_whose_close_fails_is_not_delivered)
{
	const struct fault_call watched[] = {calls[CLOSE], calls[MSGGET]};
	const struct fault fault = {.call = &watched[0],
				    .error = EIO,
				    .at = 1,
				    .whose = FAULT_ALL,
				    .after = SYS_msgget};
	struct client client = {.prepare = faults_prepare};
	struct faults *faults;

	NEEDS_FAULTS;
	make_files();
	server = (struct msgfetchd){.environment = no_leak_check};
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	client.context = faults = faults_open(watched, LENGTH(watched));
	faults_arm(faults, &fault);
	fetch(&client, "-o", "out/small", "pub/small", NULL);
	faults_close(faults);
	expect_code(&client, 9, strerror(EIO));
	ck_assert_int_ne(access("out/small", F_OK), 0);
}

TEST(a_client_reports_a_fault_that_repeats)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&large, true, FAULT_ALL, true, client_rules, "0.5", ~0u});
}

TEST(a_worker_that_sends_a_small_file_survives_or_its_client_learns_why)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&small, false, FAULT_CHILDREN, false, worker_rules, "2", ~0u});
}

TEST(a_worker_that_sends_a_large_file_survives_or_its_client_learns_why)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&large, false, FAULT_CHILDREN, false, worker_rules, "2", ~0u});
}

TEST(a_worker_that_sends_a_tree_survives_or_its_client_learns_why)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&tree, false, FAULT_CHILDREN, false, worker_rules, "2", ~0u});
}

TEST(workers_that_meet_one_fault_again_and_again_are_told_of)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&large, false, FAULT_CHILDREN, true, lasting_worker_rules, "2",
			      ~0u});
}

TEST(the_daemon_outlives_each_fault)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&small, false, FAULT_PROGRAM, false, daemon_rules, "0.3", ~0u});
}

TEST(a_daemon_that_can_never_fork_answers_busy)
{
	NEEDS_FAULTS;
	run_row(&(struct row){&small, false, FAULT_PROGRAM, true, lasting_daemon_rules, "5",
			      BIT(FORK)});
}

/* A full request queue leaves the request in the client's own queue. */
TEST(a_scan_without_memory_for_the_seal_is_answered_as_busy)
{
	const struct fault fault = {.call = &calls[SHMAT],
				    .error = ENOMEM,
				    .at = 1,
				    .on = true,
				    .whose = FAULT_PROGRAM,
				    .after = -1};
	const struct message junk = {.type = MESSAGE_REQUEST};
	struct client client = {0};
	int full;

	NEEDS_FAULTS;
	make_files();
	server_faults = faults_open(&calls[SHMAT], 1);
	server = (struct msgfetchd){.prepare = faults_prepare,
				    .context = server_faults,
				    .environment = no_leak_check};
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	harness_stop(server.pid);
	while (queue_send(queue_find(TEST_KEY), &junk, 100, false) == 0)
		;
	full = harness_ipc_count().messages;
	client_start(&client, "--retry", "0", "--timeout", "20", "pub/small", NULL);
	WAIT_FOR(harness_ipc_count().queues == 2);
	WAIT_FOR(harness_ipc_count().messages > full);
	faults_arm(server_faults, &fault);
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
	client_finish(&client);
	ck_assert_int_eq(1 << client.code, BUSY);
	faults_arm(server_faults, NULL);
	msgfetchd_stop(&server);
	faults_close(server_faults);
}

/* Tests of the start and the end of the daemon. */

/* Messages other than the text of the errno. */
static const struct rule start_rules[] = {
	{BIT(SEMOP), EAGAIN, 0, "another msgfetchd holds key"},
	{BIT(SEMGET), ENOSPC, 0, "allows no further semaphore"},
	{~0u, ENOSPC, 0, "no message queue left"},
	{~0u, 0, 0, NULL},
};

static void launch(struct faults *faults)
{
	server = (struct msgfetchd){
		.prepare = faults_prepare, .context = faults, .environment = no_leak_check};
	msgfetchd_launch(&server, "-k", TEST_KEY_TEXT, "-e", "pub=pub", NULL);
}

static bool has_ended(void)
{
	siginfo_t info = {0};

	ck_assert_int_eq(waitid(P_PID, (id_t)server.pid, &info, WEXITED | WNOHANG | WNOWAIT),
			 0);
	return info.si_pid == server.pid;
}

static void expect_end(const char *label, const char *says)
{
	ck_assert_msg(msgfetchd_exit_status(&server) > 0, "%s: no exit status", label);
	ck_assert_msg(msgfetchd_logged(&server, says), "%s: it does not say \"%s\": %s", label,
		      says, harness_read(server.log, NULL));
}

/* Tries one start.  Returns false if there are fewer calls. */
static bool try_start(const struct row *row, const struct fault *fault)
{
	struct faults *faults = faults_open(calls, SEMCTL + 1);
	const char *says = rule_for(row, fault)->says;
	unsigned failed;

	faults_arm(faults, fault);
	launch(faults);
	WAIT_FOR(has_ended() || msgfetchd_has_said(&server, "READY=1"));
	failed = faults_count(faults);
	faults_arm(faults, NULL);
	if (has_ended())
		expect_end(label_of(row, fault), says != NULL ? says : strerror(fault->error));
	else
		msgfetchd_stop(&server);
	faults_close(faults);
	harness_assert_no_ipc();
	cases += failed > 0;
	return failed > 0;
}

TEST(a_daemon_that_cannot_start_reports_why_and_leaves_nothing)
{
	static const enum call taken[] = {SEMGET, SEMOP, SEMCTL, MSGGET, MSGCTL};
	const struct row row = {.scene = &small, .whose = FAULT_PROGRAM, .rules = start_rules};
	struct fault fault = {.whose = FAULT_PROGRAM, .after = SYS_semget};

	NEEDS_FAULTS;
	make_files();
	for (size_t i = 0; i < LENGTH(taken) * LENGTH(errors); i++) {
		bool more = true;

		fault.call = &calls[taken[i / LENGTH(errors)]];
		fault.error = errors[i % LENGTH(errors)];
		for (fault.at = 1; more && fault.at <= depth(); fault.at++)
			more = try_start(&row, &fault);
	}
	fprintf(stderr, "%u cases\n", cases);
}

TEST(a_daemon_that_can_never_receive_gives_up_and_leaves_nothing)
{
	const struct fault fault = {.call = &calls[MSGRCV],
				    .error = EIO,
				    .at = 1,
				    .on = true,
				    .whose = FAULT_PROGRAM,
				    .after = SYS_semget};
	struct faults *faults;

	NEEDS_FAULTS;
	make_files();
	faults = faults_open(calls, CALLS);
	faults_arm(faults, &fault);
	launch(faults);
	WAIT_FOR(has_ended());
	expect_end("msgrcv", "cannot receive requests of key " TEST_KEY_TEXT);
	faults_close(faults);
}

int main(void)
{
	return harness_main("integration/faults", HARNESS_IPC);
}
