/* SPDX-License-Identifier: ISC */
/* unit/outbox: the queue that a worker writes to is the queue that was proved. */
#include "config.h"

#include "server/transfer/outbox.h"

#include "common/sysv/queue.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <unistd.h>

static const struct limits limits;
static struct counters counters;
static struct outbox outbox;

static int open_as(int queue, uid_t uid)
{
	const struct client client = {.dialect = DIALECT_CURRENT,
				      .transport = &sysv_worker,
				      .queue = queue,
				      .uid = uid};

	return outbox_open(&outbox, &client, &limits, &counters);
}

TEST(a_queue_of_its_creator_is_opened)
{
	int queue = queue_create_private();

	ck_assert_int_eq(open_as(queue, geteuid()), 0);
	ck_assert_uint_gt(outbox.link.text_max, 0);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_queue_id_that_another_user_got_meanwhile_is_refused)
{
	int queue = queue_create_private();

	ck_assert_int_eq(open_as(queue, geteuid() + 1), -EIDRM);
	ck_assert_int_eq(queue_remove(queue), 0);
}

TEST(a_queue_that_is_gone_is_refused)
{
	int queue = queue_create_private();

	ck_assert_int_eq(queue_remove(queue), 0);
	ck_assert_int_eq(open_as(queue, geteuid()), -EIDRM);
}

int main(void)
{
	return harness_main("unit/outbox", HARNESS_IPC);
}
