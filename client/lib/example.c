/* SPDX-License-Identifier: ISC */
/* example: fetches a file and writes it to standard output.  Shown in msgfetch(3). */
#include <msgfetch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct msgfetch *session;

static void on_signal(int number)
{
	msgfetch_cleanup(session); /* nothing is left in the kernel */
	_exit(128 + number);
}

int main(int argc, char *argv[])
{
	struct msgfetch_options options;
	struct sigaction action;
	int code, error = 0;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s EXPORT/PATH [KEY]\n", argv[0]);
		return 2;
	}
	msgfetch_options_init(&options);
	if (argc == 3)
		error = msgfetch_key(argv[2], &options.key);
	if (error == 0)
		error = msgfetch_open(&session, &options);
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-error));
		return 1;
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	if (msgfetch_to_fd(session, argv[1], STDOUT_FILENO) != 0)
		fprintf(stderr, "%s: %s\n", argv[1], msgfetch_error(session));
	code = (int)msgfetch_outcome(session);

	action.sa_handler = SIG_DFL;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	msgfetch_close(session);
	return code;
}
