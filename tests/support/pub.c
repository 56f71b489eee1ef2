/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/pub.h"

#include "tests/support/harness.h"

#include <sys/stat.h>

struct msgfetchd first_daemon, second_daemon;
struct client client, other_client;

void make_pub(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	harness_write("pub/file", "text");
	harness_make_file("pub/large", PUB_LARGE, 1);
}

void serve_pub(void)
{
	make_pub();
	msgfetchd_start(&first_daemon, "-e", "pub=pub", NULL);
}

void expect_served(void)
{
	fetch(&client, "pub/file", NULL);
	expect_file(&client, "pub/file");
}

const char *configure(const char *settings)
{
	harness_write("conf", harness_format("%s\nexport \"pub\" { path = \"%s/pub\" }\n",
					     settings, harness_directory()));
	return harness_format("%s/conf", harness_directory());
}

void serve_configured(const char *settings)
{
	make_pub();
	msgfetchd_start(&first_daemon, "-c", configure(settings), NULL);
}

void start_large(struct client *slow)
{
	client_start(slow, "--retry", "0", "pub/large", NULL);
	client_await_standstill(slow);
}
