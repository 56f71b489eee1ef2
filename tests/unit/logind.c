/* SPDX-License-Identifier: ISC */
/* unit/logind: RemoveIPC in logind.conf(5). */
#include "config.h"

#include "client/lib/logind.h"

#include "tests/support/harness.h"

#include <string.h>

/* Asserts the setting after reading text. */
static bool after(bool before, const char *text)
{
	bool removes = before;

	logind_read_text(text, strlen(text), &removes);
	return removes;
}

TEST(no_is_no)
{
	ck_assert(!after(true, "[Login]\nRemoveIPC=no\n"));
	ck_assert(!after(true, "[Login]\nRemoveIPC=false\n"));
	ck_assert(!after(true, "[Login]\nRemoveIPC=0\n"));
	ck_assert(!after(true, "[Login]\nRemoveIPC=OFF\n"));
}

TEST(yes_is_yes)
{
	ck_assert(after(false, "[Login]\nRemoveIPC=yes\n"));
	ck_assert(after(false, "[Login]\nRemoveIPC=true\n"));
}

TEST(the_last_line_wins)
{
	ck_assert(after(true, "[Login]\nRemoveIPC=no\nRemoveIPC=yes\n"));
}

TEST(blanks_do_not_matter)
{
	ck_assert(!after(true, "[Login]\n \tRemoveIPC = no \r\n"));
}

TEST(a_last_line_needs_no_newline)
{
	ck_assert(!after(true, "[Login]\nRemoveIPC=no"));
}

TEST(comments_change_nothing)
{
	ck_assert(after(true, "[Login]\n#RemoveIPC=no\n; RemoveIPC=no\n"));
}

TEST(other_sections_change_nothing)
{
	ck_assert(after(true, "[Other]\nRemoveIPC=no\n"));
	ck_assert(after(true, "RemoveIPC=no\n[Login]\n"));
}

TEST(other_names_and_values_change_nothing)
{
	ck_assert(after(true, "[Login]\nRemoveIPCs=no\nRemoveIP=no\nRemoveIPC=never\n=no\n"));
	ck_assert(!after(false, ""));
}

int main(void)
{
	return harness_main("unit/logind", HARNESS_PURE);
}
