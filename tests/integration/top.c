/* SPDX-License-Identifier: ISC */
/* integration/top: --top on a terminal, which top.py drives, and the restored terminal. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { CODE_USAGE = 2 };

#define LARGE (3 << 20) /* more than a queue holds */

static struct msgfetchd server;
static struct client client;

static bool have_python(void)
{
	static const char *const arguments[] = {"python3", "-c", "import pty, termios", NULL};
	struct spawn spawn = {.program = "/usr/bin/env", .arguments = arguments};

	return actors_wait(actors_spawn(&spawn), 60000) == 0;
}

/* Runs one case of top.py during a halted transfer. */
static void run_case(const char *name)
{
	const char *source = getenv("srcdir");
	const char *const arguments[] = {
		"python3",
		harness_format("%s/tests/scripts/top.py",
			       harness_started_in(source != NULL ? source : ".")),
		name, NULL};
	const char *const environment[] = {"KEY=" TEST_KEY_TEXT, "TERM=xterm",
					   harness_format("DAEMON=%d", (int)server.pid), NULL};
	struct spawn spawn = {
		.program = "/usr/bin/env", .arguments = arguments, .environment = environment};
	struct peer busy;

	peer_occupy_worker(&busy);
	actors_run(&client, &spawn);
	ck_assert_msg(client.code == 0, "%s", client.errors);
	peer_close(&busy);
}

#define CASE(name)                                                                  \
	TEST(name)                                                                  \
	{                                                                           \
		if (!have_python())                                                 \
			SKIP("needs python3 with pty and termios, for a terminal"); \
		serve(&server);                                                     \
		run_case(#name);                                                    \
	}

CASE(shows_a_worker_and_ends_with_q)
CASE(draws_anew_each_second)
CASE(follows_a_new_size)
CASE(gives_the_terminal_back_on_sigterm)
CASE(gives_the_terminal_back_on_sighup)
CASE(gives_the_terminal_back_on_control_c)
CASE(stops_with_control_z_and_goes_on)

TEST(the_reason_why_the_daemon_does_not_answer_is_shown)
{
	if (!have_python())
		SKIP("needs python3 with pty and termios, for a terminal");
	serve(&server);
	run_case("the_reason_why_the_daemon_does_not_answer_is_shown");
	ck_assert_int_eq(msgfetchd_exit_status(&server), 0);
}

TEST(top_needs_a_terminal)
{
	serve(&server);
	fetch(&client, "--top", NULL);
	expect_code(&client, CODE_USAGE, "--top needs a terminal");
	ck_assert_str_eq(client.output, "");
}

int main(void)
{
	return harness_main("integration/top", HARNESS_IPC);
}
