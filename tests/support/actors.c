/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/actors.h"

#include "tests/support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64
#define DAEMONS_MAX 8
#define PROGRAM_LIMIT_MS 60000u

static struct msgfetchd *running[DAEMONS_MAX];

static const char *program(const char *variable)
{
	const char *path = getenv(variable);

	ck_assert_msg(path != NULL, "$%s does not name the program", variable);
	return path;
}

static void redirect(int file, int to)
{
	int source = file != 0 ? file : open("/dev/null", O_RDWR | O_CLOEXEC);

	if (dup2(source, to) != to)
		_exit(126);
}

/* Undoes the test runner's signal handlers and mask. */
static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static char *copied(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		_exit(126);
	return copy;
}

static void run_child(const struct spawn *spawn)
{
	const char *arguments[ARGUMENTS_MAX + 2] = {spawn->program};

	for (size_t i = 0; i < ARGUMENTS_MAX && spawn->arguments[i] != NULL; i++)
		arguments[i + 1] = spawn->arguments[i];
	for (size_t i = 0; spawn->environment != NULL && spawn->environment[i] != NULL; i++)
		if (putenv(copied(spawn->environment[i])) != 0)
			_exit(126);
	redirect(spawn->in, STDIN_FILENO);
	redirect(spawn->out, STDOUT_FILENO);
	redirect(spawn->err, STDERR_FILENO);
	reset_signals();
	if (spawn->prepare != NULL)
		spawn->prepare(spawn->context);
	execv(spawn->program, (char *const *)(uintptr_t)arguments);
	_exit(127);
}

pid_t actors_spawn(const struct spawn *spawn)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		run_child(spawn);
	return child;
}

int actors_wait(pid_t child, unsigned limit_ms)
{
	uint64_t start = harness_now_ms();
	int status;
	pid_t ended;

	while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
		ck_assert_msg(harness_now_ms() - start < limit_ms, "process does not end");
		harness_pause();
	}
	ck_assert_int_eq(ended, child);
	return status;
}

static void collect(const char **list, size_t from, va_list arguments)
{
	do {
		ck_assert_uint_lt(from, ARGUMENTS_MAX);
		list[from] = va_arg(arguments, const char *);
	} while (list[from++] != NULL);
}

/* Opens an abstract socket: any user may send to it, and no file is left. */
static int open_notify(char *name, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static unsigned count;
	int length, notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(notify, 0);
	length = snprintf(address.sun_path, sizeof(address.sun_path), "@msgfetch-test-%d-%u",
			  (int)getpid(), count++);
	snprintf(name, size, "NOTIFY_SOCKET=%s", address.sun_path);
	address.sun_path[0] = '\0';
	ck_assert_int_eq(
		bind(notify, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
		0);
	return notify;
}

static void stop_all(void)
{
	for (size_t i = 0; i < DAEMONS_MAX; i++)
		if (running[i] != NULL)
			msgfetchd_stop(running[i]);
}

static void remember(struct msgfetchd *daemon)
{
	harness_at_end(stop_all);
	for (size_t i = 0; i < DAEMONS_MAX; i++) {
		if (running[i] == NULL) {
			running[i] = daemon;
			return;
		}
	}
	ck_abort_msg("too many daemons");
}

static void forget(struct msgfetchd *daemon)
{
	for (size_t i = 0; i < DAEMONS_MAX; i++)
		if (running[i] == daemon)
			running[i] = NULL;
	if (daemon->notify > 0)
		close(daemon->notify);
	daemon->notify = 0;
	daemon->pid = 0;
}

static void launch(struct msgfetchd *daemon, const char *const *arguments)
{
	static unsigned count;
	const char *environment[ARGUMENTS_MAX + 2] = {NULL};
	char socket_name[128];
	struct spawn spawn = {
		.program = program("MSGFETCHD"),
		.arguments = arguments,
		.environment = environment,
		.prepare = daemon->prepare,
		.context = daemon->context,
	};

	for (size_t i = 0; daemon->environment != NULL && daemon->environment[i] != NULL; i++)
		environment[i + 1] = daemon->environment[i];
	daemon->notify = open_notify(socket_name, sizeof(socket_name));
	environment[0] = socket_name;
	daemon->states[0] = '\0';
	snprintf(daemon->log, sizeof(daemon->log), "daemon-%u.log", count++);
	spawn.err = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(spawn.err, 0);
	daemon->pid = actors_spawn(&spawn);
	close(spawn.err);
	remember(daemon);
}

void msgfetchd_launch(struct msgfetchd *daemon, ...)
{
	const char *list[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, daemon);
	collect(list, 0, arguments);
	va_end(arguments);
	launch(daemon, list);
}

void msgfetchd_start(struct msgfetchd *daemon, ...)
{
	const char *list[ARGUMENTS_MAX] = {"-k", TEST_KEY_TEXT};
	va_list arguments;

	va_start(arguments, daemon);
	collect(list, 2, arguments);
	va_end(arguments);
	launch(daemon, list);
	msgfetchd_await(daemon, "READY=1");
}

static void make_served(const struct served *served)
{
	const char *path = harness_format("pub/%s", served->name);

	if (path[strlen(path) - 1] == '/')
		ck_assert_int_eq(mkdir(path, 0755), 0);
	else if (served->link != NULL)
		ck_assert_int_eq(symlink(served->link, path), 0);
	else if (served->text != NULL)
		harness_write(path, served->text);
	else
		harness_make_file(path, served->size, served->seed);
}

static void make_pub(const struct served *files)
{
	static const struct served usual[] = {
		{"file", .text = "text"},
		{"large", .size = 3 << 20, .seed = 1},
		{.name = NULL},
	};

	if (access("pub", F_OK) == 0)
		return;
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	for (files = files != NULL ? files : usual; files->name != NULL; files++)
		make_served(files);
}

static const char *text_or_none(const char *text)
{
	return text != NULL ? text : "";
}

/* Writes the configuration and returns its absolute path. */
static const char *configure(const struct serving *serving)
{
	const char *directory = harness_directory(), *also = "";

	if (serving->also != NULL)
		also = harness_format("export \"%s\" { path = \"%s/pub\" }\n", serving->also,
				      directory);
	harness_write("conf", harness_format("%s\nexport \"pub\" { path = \"%s/pub\"\n%s }\n%s",
					     text_or_none(serving->settings), directory,
					     text_or_none(serving->rules), also));
	return harness_format("%s/conf", directory);
}

void actors_serve(const struct serving *serving)
{
	const char *list[ARGUMENTS_MAX] = {"-k", TEST_KEY_TEXT, "-e", "pub=pub"};

	make_pub(serving->files);
	if (serving->settings != NULL || serving->rules != NULL || serving->also != NULL) {
		list[2] = "-c";
		list[3] = configure(serving);
	}
	memcpy(&list[4], serving->options, sizeof(serving->options));
	launch(serving->daemon, list);
	msgfetchd_await(serving->daemon, "READY=1");
}

/* Receives all pending notifications, and waits a moment for more. */
static void listen_to(struct msgfetchd *daemon)
{
	struct pollfd ready = {.fd = daemon->notify, .events = POLLIN};

	while (poll(&ready, 1, 2) > 0) {
		size_t have = strlen(daemon->states);
		ssize_t got = recv(daemon->notify, daemon->states + have,
				   sizeof(daemon->states) - have - 2, MSG_DONTWAIT);

		if (got < 0)
			return;
		daemon->states[have + (size_t)got] = '\n';
		daemon->states[have + (size_t)got + 1] = '\0';
	}
}

bool msgfetchd_has_said(struct msgfetchd *daemon, const char *state)
{
	size_t length = strlen(state);

	listen_to(daemon);
	for (const char *at = daemon->states; (at = strstr(at, state)) != NULL; at++)
		if ((at == daemon->states || at[-1] == '\n') &&
		    (at[length] == '\n' || at[length - 1] == '='))
			return true;
	return false;
}

void msgfetchd_clear_states(struct msgfetchd *daemon)
{
	listen_to(daemon);
	daemon->states[0] = '\0';
}

void msgfetchd_await(struct msgfetchd *daemon, const char *state)
{
	uint64_t start = harness_now_ms();

	while (!msgfetchd_has_said(daemon, state)) {
		int status;

		if (waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
			forget(daemon);
			ck_abort_msg("the daemon ended (wait status 0x%x) before %s: %s",
				     status, state, harness_read(daemon->log, NULL));
		}
		ck_assert_msg(harness_now_ms() - start < WAIT_LIMIT_MS,
			      "the daemon never said %s, but \"%s\"; its log: %s", state,
			      daemon->states, harness_read(daemon->log, NULL));
	}
}

int msgfetchd_count_log(const struct msgfetchd *daemon, const char *text)
{
	const char *at = harness_read(daemon->log, NULL);
	int count = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		count++;
	}
	return count;
}

bool msgfetchd_logged(const struct msgfetchd *daemon, const char *text)
{
	return msgfetchd_count_log(daemon, text) > 0;
}

void msgfetchd_await_log(const struct msgfetchd *daemon, const char *text)
{
	uint64_t start = harness_now_ms();

	while (!msgfetchd_logged(daemon, text)) {
		ck_assert_msg(harness_now_ms() - start < WAIT_LIMIT_MS,
			      "\"%s\" never came into the log: %s", text,
			      harness_read(daemon->log, NULL));
		harness_pause();
	}
}

int msgfetchd_exit_status(struct msgfetchd *daemon)
{
	int status = actors_wait(daemon->pid, PROGRAM_LIMIT_MS);

	listen_to(daemon);
	forget(daemon);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void msgfetchd_stop(struct msgfetchd *daemon)
{
	int status;

	ck_assert_int_eq(kill(daemon->pid, SIGTERM), 0);
	status = msgfetchd_exit_status(daemon);
	ck_assert_msg(status == 0, "stopping gave exit status %d; the log: %s", status,
		      harness_read(daemon->log, NULL));
}

void msgfetchd_kill(struct msgfetchd *daemon)
{
	ck_assert_int_eq(kill(daemon->pid, SIGKILL), 0);
	ck_assert_int_eq(msgfetchd_exit_status(daemon), -1);
}

int msgfetchd_run(struct msgfetchd *daemon, ...)
{
	const char *list[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, daemon);
	collect(list, 0, arguments);
	va_end(arguments);
	launch(daemon, list);
	return msgfetchd_exit_status(daemon);
}

void actors_remove_stale(key_t key)
{
	int queue = queue_find(key), lease = lease_find(key);

	if (queue >= 0)
		queue_remove(queue);
	if (lease >= 0)
		semctl(lease, 0, IPC_RMID);
}

static void open_pipe(int *read_end, int *write_end)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*read_end = ends[0];
	*write_end = ends[1];
}

static void start_program(struct client *client, struct spawn *spawn)
{
	client->out = 0;
	spawn->out = client->give_out;
	if (client->give_out == 0)
		open_pipe(&client->out, &spawn->out);
	open_pipe(&client->err, &spawn->err);
	client->pid = actors_spawn(spawn);
	if (client->give_out == 0)
		close(spawn->out);
	close(spawn->err);
}

static void start_client(struct client *client, const char *const *arguments)
{
	const char *environment[ARGUMENTS_MAX + 2] = {"MSGFETCH_KEY=" TEST_KEY_TEXT};
	struct spawn spawn = {
		.program = program("MSGFETCH"),
		.arguments = arguments,
		.environment = environment,
		.prepare = client->prepare,
		.context = client->context,
	};

	for (size_t i = 0; client->environment != NULL && client->environment[i] != NULL; i++)
		environment[i + 1] = client->environment[i];
	start_program(client, &spawn);
}

void client_start(struct client *client, ...)
{
	const char *list[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, client);
	collect(list, 0, arguments);
	va_end(arguments);
	start_client(client, list);
}

struct collected {
	char *bytes;
	size_t length, size;
};

/* Reads available bytes.  Returns false at the end of the file. */
static bool read_more(int file, struct collected *into)
{
	ssize_t got;

	if (into->size - into->length < 65536 + 1) {
		into->size = into->size * 2 + 131072;
		into->bytes = realloc(into->bytes, into->size);
		ck_assert_ptr_nonnull(into->bytes);
	}
	got = read(file, into->bytes + into->length, 65536);
	if (got > 0)
		into->length += (size_t)got;
	into->bytes[into->length] = '\0';
	return got > 0 || (got < 0 && errno == EINTR);
}

static void read_all(int out, int err, struct collected *output, struct collected *errors)
{
	uint64_t start = harness_now_ms();
	struct pollfd ends[2] = {
		{.fd = out != 0 ? out : -1, .events = POLLIN},
		{.fd = err, .events = POLLIN},
	};

	while (ends[0].fd >= 0 || ends[1].fd >= 0) {
		poll(ends, 2, 100);
		ck_assert_msg(harness_now_ms() - start < PROGRAM_LIMIT_MS,
			      "the client does not end");
		if (ends[0].revents != 0 && !read_more(out, output))
			ends[0].fd = -1;
		if (ends[1].revents != 0 && !read_more(err, errors))
			ends[1].fd = -1;
		for (int i = 0; i < 2; i++)
			ends[i].revents = 0;
	}
}

static char *kept_text(struct collected *text)
{
	return harness_keep(text->bytes != NULL ? text->bytes : calloc(1, 1));
}

void client_finish(struct client *client)
{
	struct collected output = {0}, errors = {0};
	int status;

	read_all(client->out, client->err, &output, &errors);
	if (client->out != 0)
		close(client->out);
	close(client->err);
	status = actors_wait(client->pid, PROGRAM_LIMIT_MS);
	client->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	client->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	client->output = kept_text(&output);
	client->output_length = output.length;
	client->errors = kept_text(&errors);
}

void fetch(struct client *client, ...)
{
	const char *list[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, client);
	collect(list, 0, arguments);
	va_end(arguments);
	start_client(client, list);
	client_finish(client);
}

void actors_run(struct client *client, struct spawn *spawn)
{
	start_program(client, spawn);
	client_finish(client);
}

static int unread(int pipe)
{
	int bytes = 0;

	ck_assert_int_eq(ioctl(pipe, FIONREAD, &bytes), 0);
	return bytes;
}

void client_await_standstill(const struct client *client)
{
	/* The queue is full, or all slots of the usual ring but one are in use. */
	WAIT_FOR(unread(client->out) >= 4096 &&
		 harness_ipc_count().messages >= (harness_ipc_count().rings > 0 ? 1 : 2));
}

void client_await_errors(const struct client *client)
{
	WAIT_FOR(unread(client->err) > 0);
}

void expect_code(const struct client *client, int code, const char *text)
{
	ck_assert_msg(client->code == code, "exit status %d (signal %d), not %d: %s",
		      client->code, client->signal, code, client->errors);
	if (text != NULL)
		ck_assert_msg(strstr(client->errors, text) != NULL, "\"%s\" is not in: %s",
			      text, client->errors);
}

void expect_file(const struct client *client, const char *file)
{
	size_t length;
	const char *bytes = harness_read(file, &length);

	expect_code(client, 0, NULL);
	ck_assert_uint_eq(client->output_length, length);
	ck_assert_msg(memcmp(client->output, bytes, length) == 0, "not the bytes of %s", file);
}

static struct message message; /* the buffer of all peers */

static int request_queue(void)
{
	int id = queue_find(TEST_KEY);

	ck_assert_msg(id >= 0, "no request queue: %s", strerror(-id));
	return id;
}

/* Makes the peer's queue.  Keeps the peer's seal. */
static void open_queue(struct peer *peer, const struct seal *seal)
{
	static uint8_t next;
	struct queue_info info;

	*peer = (struct peer){.queue = queue_create_private(), .seal = *seal};
	ck_assert_int_ge(peer->queue, 0);
	peer->request.serial = 0x5e000000u + next;
	peer->request.queue = peer->queue;
	for (size_t i = 0; i < PROTOCOL_TICKET_BYTES; i++)
		peer->request.ticket[i] = next++;
	message.type = MESSAGE_TICKET;
	memcpy(message.text, peer->request.ticket, PROTOCOL_TICKET_BYTES);
	ck_assert_int_eq(queue_send(peer->queue, &message, PROTOCOL_TICKET_BYTES, false), 0);
	ck_assert_int_eq(queue_inspect_any(request_queue(), &info), 0);
	ck_assert_int_eq(queue_give_user(peer->queue, info.uid), 0);
	peer->request.seal = peer->seal.id;
	peer_seal(peer);
}

void peer_open(struct peer *peer)
{
	struct seal seal;

	ck_assert_int_eq(seal_create(&seal), 0);
	open_queue(peer, &seal);
}

void peer_renew(struct peer *peer)
{
	struct seal seal = peer->seal;

	queue_remove(peer->queue);
	open_queue(peer, &seal);
}

void peer_seal(struct peer *peer)
{
	int queue = queue_find(TEST_KEY);
	struct queue_info info;

	/* A test may send to a queue whose daemon is gone. */
	if (queue < 0 || queue_inspect_any(queue, &info) != 0)
		return;
	*peer->seal.content = (struct seal_wire){
		.magic = PROTOCOL_SEAL_MAGIC,
		.request_queue = queue,
		.changed = info.changed,
		.queue = peer->request.queue,
	};
}

void peer_close(struct peer *peer)
{
	queue_remove(peer->queue);
	peer->queue = -1;
	seal_detach(&peer->seal);
}

void peer_send_raw(long type, const void *text, size_t length)
{
	message.type = type;
	memcpy(message.text, text, length);
	WAIT_FOR(queue_send(request_queue(), &message, length, false) == 0);
}

void peer_send(struct peer *peer)
{
	uint8_t text[PROTOCOL_MESSAGE_MAX];
	int length = request_encode(&peer->request, text);

	ck_assert_int_gt(length, 0);
	peer->begun = false;
	peer_seal(peer);
	peer_send_raw(MESSAGE_REQUEST, text, (size_t)length);
}

static void set_path(struct peer *peer, const char *path)
{
	peer->request.operation = OPERATION_FETCH;
	peer->request.paths = path;
	peer->request.path_count = 1;
	peer->request.path_bytes = (uint32_t)strlen(path) + 1;
}

void peer_ask(struct peer *peer, const char *path, uint32_t flags)
{
	set_path(peer, path);
	peer->request.flags = flags;
	peer_send(peer);
}

void peer_ask_rest(struct peer *peer, const char *path, const struct stamp *stamp,
		   uint64_t offset)
{
	set_path(peer, path);
	peer->request.flags |= REQUEST_RESUME;
	peer->request.stamp = *stamp;
	peer->request.offset = offset;
	peer_send(peer);
}

void peer_ping(struct peer *peer)
{
	peer->request.operation = OPERATION_PING;
	peer_send(peer);
}

struct reply peer_receive(struct peer *peer)
{
	struct reply reply;
	ssize_t length = -ENOMSG;
	long type = peer->begun ? -MESSAGE_CREDIT : -MESSAGE_TICKET;

	WAIT_FOR((length = queue_receive(peer->queue, &message, type, false)) != -ENOMSG);
	ck_assert_msg(length >= 0, "receiving: %s", strerror((int)-length));
	ck_assert_int_eq(reply_decode(message.type, message.text, (size_t)length, &reply), 0);
	ck_assert_uint_eq(reply.serial, peer->request.serial);
	peer->begun = true;
	return reply;
}

void peer_expect_failure(struct peer *peer, enum failure_reason reason, int error)
{
	struct reply reply = peer_receive(peer);

	ck_assert_int_eq(reply.type, MESSAGE_FAILURE);
	ck_assert_int_eq(reply.body.failure.reason, reason);
	ck_assert_int_eq(reply.body.failure.error, error);
	ck_assert_uint_gt(strlen(reply.body.failure.text), 0);
}

void peer_expect_file(struct peer *peer, const char *file)
{
	size_t length;
	const char *bytes = harness_read(file, &length);
	struct reply reply = peer_receive(peer);
	uint64_t at = peer->request.offset;

	ck_assert_int_eq(reply.type, MESSAGE_ENTRY);
	ck_assert_uint_eq(reply.body.entry.wire.stamp.size, length);
	for (reply = peer_receive(peer); reply.type == MESSAGE_DATA;
	     reply = peer_receive(peer)) {
		ck_assert_uint_eq(reply.offset, at);
		ck_assert_uint_le(at + reply.body.data.length, length);
		ck_assert_mem_eq(reply.body.data.bytes, bytes + at, reply.body.data.length);
		at += reply.body.data.length;
	}
	ck_assert_int_eq(reply.type, MESSAGE_END);
	ck_assert_uint_eq(reply.body.end.wire.offset, length);
	ck_assert_uint_eq(at, length);
}

size_t peer_count_messages(const struct peer *peer)
{
	struct queue_info info;

	ck_assert_int_eq(queue_inspect(peer->queue, &info), 0);
	return info.messages;
}

void peer_occupy_worker(struct peer *peer)
{
	peer_open(peer);
	peer_ask(peer, "pub/large", 0);
	ck_assert_int_eq(peer_receive(peer).type, MESSAGE_ENTRY);
}

void peer_wait_for_worker(struct peer *peer)
{
	peer_open(peer);
	peer_ask(peer, "pub/file", 0);
	WAIT_FOR(peer_count_messages(peer) == 0);
}

bool peer_has_ticket(const struct peer *peer)
{
	ssize_t length = queue_receive(peer->queue, &message, MESSAGE_TICKET, false);
	bool own = length == PROTOCOL_TICKET_BYTES &&
		   memcmp(message.text, peer->request.ticket, PROTOCOL_TICKET_BYTES) == 0;

	if (length >= 0)
		queue_send(peer->queue, &message, (size_t)length, false);
	return own;
}

void fake_open(struct fake *fake)
{
	uid_t owner;

	*fake = (struct fake){.queue = -1};
	ck_assert_int_eq(lease_take(TEST_KEY, &fake->lease, &owner), 0);
	fake->queue = queue_create(TEST_KEY, 0622);
	ck_assert_int_ge(fake->queue, 0);
}

void fake_close(struct fake *fake)
{
	ck_assert_int_eq(queue_remove(fake->queue), 0);
	lease_release(&fake->lease);
}

void fake_await(struct fake *fake)
{
	ssize_t length = -ENOMSG;

	WAIT_FOR((length = queue_receive(fake->queue, &message, 0, false)) != -ENOMSG);
	ck_assert_int_gt(length, 0);
	ck_assert_uint_le((size_t)length, sizeof(fake->text));
	memcpy(fake->text, message.text, (size_t)length);
	ck_assert_int_eq(request_decode(fake->text, (size_t)length, &fake->request), 0);
	length = queue_receive(fake->request.queue, &message, MESSAGE_TICKET, false);
	ck_assert_int_gt(length, offsetof(struct request_wire, ticket));
	ck_assert_mem_eq(message.text + offsetof(struct request_wire, ticket),
			 fake->request.ticket, PROTOCOL_TICKET_BYTES);
}

static void send_reply(struct fake *fake, long type, size_t length)
{
	int error = -EAGAIN;

	message.type = type;
	WAIT_FOR((error = queue_send(fake->request.queue, &message, length, false)) != -EAGAIN);
	/* A client may have exited already; the tests check its exit status. */
	ck_assert_msg(error == 0 || error == -EIDRM, "sending to the client: %s",
		      strerror(-error));
}

void fake_send(struct fake *fake, long type, const void *text, size_t length)
{
	memcpy(message.text, text, length);
	send_reply(fake, type, length);
}

void fake_announce(struct fake *fake, uint32_t entry, const struct entry_wire *body,
		   const char *name, const char *link)
{
	send_reply(fake, MESSAGE_ENTRY,
		   reply_encode_entry(message.text, fake->request.serial, entry, body, name,
				      link));
}

void fake_bytes(struct fake *fake, uint32_t entry, uint64_t offset, const void *bytes,
		size_t length)
{
	size_t whole = reply_encode_head(message.text, MESSAGE_DATA, fake->request.serial,
					 entry, offset, (uint32_t)length, 0);

	memcpy(message.text + sizeof(struct reply_wire), bytes, length);
	send_reply(fake, MESSAGE_DATA, whole);
}

void fake_finish(struct fake *fake, uint32_t entry, struct stamp stamp, uint64_t offset)
{
	struct end_wire body = {.stamp = stamp, .offset = offset};

	send_reply(fake, MESSAGE_END,
		   reply_encode_end(message.text, fake->request.serial, entry, &body, NULL));
}

void fake_refuse(struct fake *fake, uint32_t entry, enum failure_reason reason, int error,
		 uint32_t retry_ms)
{
	struct failure_wire body = {.error = error, .reason = reason, .retry_ms = retry_ms};

	send_reply(fake, MESSAGE_FAILURE,
		   reply_encode_failure(message.text, fake->request.serial, entry, &body,
					"as the test wants it", PROTOCOL_MESSAGE_MAX));
}

void fake_entry(struct fake *fake, struct stamp stamp)
{
	struct entry_wire body = {.stamp = stamp, .mode = 0100644};

	fake_announce(fake, 0, &body, "", "");
}

void fake_data(struct fake *fake, uint64_t offset, const void *bytes, size_t length)
{
	fake_bytes(fake, 0, offset, bytes, length);
}

void fake_over(struct fake *fake, uint64_t entries)
{
	fake_finish(fake, ENTRY_WHOLE, (struct stamp){0}, entries);
}

void fake_end(struct fake *fake, struct stamp stamp, uint64_t offset)
{
	fake_finish(fake, 0, stamp, offset);
	fake_over(fake, 1);
}

void fake_fail(struct fake *fake, enum failure_reason reason, int error, uint32_t retry_ms)
{
	fake_refuse(fake, ENTRY_WHOLE, reason, error, retry_ms);
}

void fake_serve(struct fake *fake, const char *text)
{
	struct stamp stamp = FAKE_STAMP(strlen(text));

	fake_entry(fake, stamp);
	if (text[0] != '\0')
		fake_data(fake, 0, text, strlen(text));
	fake_end(fake, stamp, strlen(text));
}
