/* SPDX-License-Identifier: ISC */
/* integration/list: replies to OPERATION_LIST, and access rules in lists. */
#include "config.h"

#include "tests/support/actors.h"
#include "tests/support/harness.h"
#include "tests/support/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct msgfetchd server;
static struct seen seen;

/* Makes pub: a file, a directory with a file, a link to each, and a fifo. */
static void make_files(void)
{
	ck_assert_int_eq(mkdir("pub", 0755), 0);
	ck_assert_int_eq(mkdir("pub/dir", 0750), 0);
	harness_make_file("pub/file", 1234, 1);
	harness_write("pub/dir/inner", "inner");
	ck_assert_int_eq(symlink("file", "pub/link"), 0);
	ck_assert_int_eq(symlink("dir", "pub/way"), 0);
	ck_assert_int_eq(mkfifo("pub/fifo", 0600), 0);
}

static void serve_kinds(void)
{
	make_files();
	serve(&server);
}

/* Exports pub with rules, and the empty directory "open" without rules. */
static void serve_with_rules(const char *rules)
{
	make_files();
	ck_assert_int_eq(mkdir("open", 0755), 0);
	serve(&server,
	      .settings = harness_format("export \"open\" { path = \"%s/open\" }",
					 harness_directory()),
	      .rules = rules);
}

static void list(const char *path, uint32_t flags)
{
	struct peer peer;

	peer_open(&peer);
	seen_ask(&seen, &peer, OPERATION_LIST, path, flags, NULL);
	peer_close(&peer);
}

static void expect_error(const char *path, uint32_t flags, int error)
{
	list(path, flags);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen_find(&seen, "")->error, error);
}

/* Expects an entry that agrees with stat(2) of file. */
static void expect_like(const char *name, const char *file)
{
	const struct seen_entry *entry = seen_find(&seen, name);
	struct stat status;

	ck_assert_int_eq(lstat(file, &status), 0);
	ck_assert_uint_eq(entry->wire.mode, status.st_mode);
	ck_assert_uint_eq(entry->wire.uid, status.st_uid);
	ck_assert_uint_eq(entry->wire.gid, status.st_gid);
	ck_assert_uint_eq(entry->wire.stamp.size, (uint64_t)status.st_size);
	ck_assert_uint_eq(entry->wire.stamp.inode, status.st_ino);
	ck_assert_int_eq(entry->wire.stamp.mtime_ns,
			 status.st_mtim.tv_sec * 1000000000ll + status.st_mtim.tv_nsec);
	ck_assert_int_eq(entry->error, 0);
	ck_assert_uint_eq(entry->come, 0);
	ck_assert(!entry->ended);
}

/* Tests of one path. */

TEST(a_file_is_described_and_not_sent)
{
	serve_kinds();
	list("pub/file", 0);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/file");
}

TEST(a_directory_is_described_by_itself)
{
	serve_kinds();
	list("pub/dir", 0);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/dir");
	list("pub", 0);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub");
}

TEST(a_link_is_described_instead_of_its_target)
{
	serve_kinds();
	list("pub/link", 0);
	expect_like("", "pub/link");
	ck_assert_str_eq(seen_find(&seen, "")->link, "file");
}

TEST(a_fifo_is_described_and_not_opened)
{
	serve_kinds();
	list("pub/fifo", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/fifo");
}

TEST(a_file_of_another_user_has_its_owner)
{
	if (!harness_other_users())
		SKIP("needs real root, to give files away");
	serve_kinds();
	ck_assert_int_eq(chown("pub/file", OTHER_UID, THIRD_UID), 0);
	list("pub/file", 0);
	ck_assert_uint_eq(seen_find(&seen, "")->wire.uid, OTHER_UID);
	ck_assert_uint_eq(seen_find(&seen, "")->wire.gid, THIRD_UID);
}

TEST(a_missing_path_is_an_error_of_its_entry)
{
	serve_kinds();
	expect_error("pub/gone", 0, ENOENT);
	expect_error("pub/file/", 0, ENOTDIR);
	expect_error("gone/file", 0, ENOENT);
	expect_error("pub/../pub/../../etc", 0, EXDEV);
}

TEST(several_paths_are_listed_in_their_order)
{
	struct peer peer;

	serve_kinds();
	peer_open(&peer);
	peer.request.operation = OPERATION_LIST;
	peer.request.flags = REQUEST_LIST;
	peer.request.paths = "pub/gone\0\0pub/file";
	peer.request.path_bytes = 19;
	peer.request.path_count = 3;
	peer_send(&peer);
	ck_assert_uint_eq(peer_receive(&peer).body.entry.wire.path, 0);
	peer_expect_failure(&peer, FAILURE_FILE, ENOENT);
	ck_assert_uint_eq(peer_receive(&peer).body.entry.wire.mode, S_IFDIR | 0555);
	ck_assert_uint_eq(peer_receive(&peer).body.entry.wire.path, 2);
	ck_assert_uint_eq(peer_receive(&peer).body.end.wire.offset, 3);
	peer_close(&peer);
}

/* Tests of the content of directories. */

TEST(children_are_the_direct_entries_of_a_directory)
{
	serve_kinds();
	list("pub", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 6);
	expect_like("", "pub");
	expect_like("file", "pub/file");
	expect_like("dir", "pub/dir");
	expect_like("link", "pub/link");
	expect_like("way", "pub/way");
	expect_like("fifo", "pub/fifo");
	ck_assert_str_eq(seen_find(&seen, "way")->link, "dir");
}

TEST(children_of_a_file_are_none)
{
	serve_kinds();
	list("pub/file", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/file");
}

TEST(children_of_an_empty_directory_are_none)
{
	serve_kinds();
	ck_assert_int_eq(mkdir("pub/empty", 0755), 0);
	list("pub/empty", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/empty");
}

TEST(recursion_names_all_beneath)
{
	serve_kinds();
	list("pub", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 7);
	expect_like("dir/inner", "pub/dir/inner");
}

TEST(many_names_come_packed_and_through_the_ring)
{
	struct peer peer;
	struct ring ring;

	ck_assert_int_eq(mkdir("pub", 0755), 0);
	for (int i = 0; i < 200; i++)
		harness_write(harness_format("pub/%0200d", i), "");
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	list("pub", REQUEST_CHILDREN | REQUEST_PACK);
	ck_assert_uint_eq(seen.count, 201);
	ck_assert_int_eq(ring_create(2, RING_SLOT_BYTES_MIN, geteuid(), &ring), 0);
	peer_open(&peer);
	seen_ask(&seen, &peer, OPERATION_LIST, "pub",
		 REQUEST_CHILDREN | REQUEST_PACK | REQUEST_BULK, &ring);
	peer_close(&peer);
	ring_detach(&ring);
	ck_assert_uint_eq(seen.count, 201);
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(seen_count(&seen, harness_format("%0200d", i)), 1);
}

TEST(a_directory_that_cannot_be_read_is_described_and_fails)
{
	uid_t uid = OTHER_UID;

	if (!harness_other_users())
		SKIP("needs real root, to run the daemon as another user");
	server.prepare = harness_become;
	server.context = &uid;
	make_files();
	ck_assert_int_eq(chmod("pub/dir", 0700), 0);
	msgfetchd_start(&server, "-e", "pub=pub", NULL);
	list("pub", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 6);
	ck_assert_uint_eq(seen_find(&seen, "dir")->wire.mode, S_IFDIR | 0700);
	ck_assert_int_eq(seen_find(&seen, "dir")->error, EACCES);
	ck_assert_int_eq(seen_find(&seen, "")->error, 0);
	expect_error("pub/dir", REQUEST_CHILDREN, EACCES);
	ck_assert_uint_eq(seen_find(&seen, "")->wire.mode, S_IFDIR | 0700);
	list("pub/dir", 0);
	expect_like("", "pub/dir");
}

/* Tests of links. */

TEST(a_link_to_a_directory_is_gone_into_when_named)
{
	serve_kinds();
	list("pub/way", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen_find(&seen, "")->wire.mode, S_IFDIR | 0750);
	expect_like("inner", "pub/dir/inner");
}

TEST(a_link_that_leads_out_is_described_and_not_followed)
{
	serve_kinds();
	ck_assert_int_eq(symlink("/etc", "pub/out"), 0);
	list("pub/out", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/out");
	expect_error("pub/out/passwd", 0, EXDEV);
}

TEST(a_link_is_not_followed_in_an_export_without_links)
{
	serve_with_rules("follow-symlinks = no");
	list("pub/way", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 1);
	expect_like("", "pub/way");
	expect_error("pub/way/inner", 0, ELOOP);
}

/* Tests of hidden names. */

TEST(hidden_names_are_not_there)
{
	serve_with_rules("hide = {\"in*\", \"file\"}");
	list("pub", REQUEST_RECURSE);
	ck_assert_uint_eq(seen_count(&seen, "file"), 0);
	ck_assert_uint_eq(seen_count(&seen, "dir/inner"), 0);
	ck_assert_uint_eq(seen_count(&seen, "dir"), 1);
	list("pub/dir", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 1);
	expect_error("pub/file", 0, ENOENT);
	expect_error("pub/dir/inner", 0, ENOENT);
	list("", REQUEST_RECURSE);
	ck_assert_uint_eq(seen_count(&seen, "pub/dir"), 1);
	ck_assert_uint_eq(seen_count(&seen, "pub/dir/inner"), 0);
}

/* Tests of the root. */

static void expect_root(void)
{
	ck_assert_uint_eq(seen_find(&seen, "")->wire.mode, S_IFDIR | 0555);
	ck_assert_int_eq(seen_find(&seen, "")->error, 0);
}

TEST(the_root_by_itself_is_a_directory)
{
	serve_kinds();
	list("", 0);
	ck_assert_uint_eq(seen.count, 1);
	expect_root();
}

TEST(in_the_root_are_the_exports)
{
	serve_with_rules("");
	list("", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 3);
	expect_root();
	expect_like("pub", "pub");
	expect_like("open", "open");
	list("/", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 3);
}

TEST(beneath_the_root_is_all_that_can_be_fetched)
{
	serve_with_rules("");
	list("", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 3 + 6);
	expect_like("pub/dir/inner", "pub/dir/inner");
}

TEST(the_root_shows_no_hidden_names_of_an_export)
{
	serve_with_rules("hide = {\"inn*\", \"fifo\"}");
	list("", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 3 + 4);
	ck_assert_uint_eq(seen_count(&seen, "pub/dir/inner"), 0);
	ck_assert_uint_eq(seen_count(&seen, "pub/fifo"), 0);
}

TEST(the_root_shows_no_hidden_names_of_the_nameless_export)
{
	static const char format[] = "export \"/\" { path = \"%s/open\"\nhide = {\"*.key\"} }";

	make_files();
	ck_assert_int_eq(mkdir("open", 0755), 0);
	harness_write("open/file", "text");
	harness_write("open/a.key", "secret");
	serve(&server, .settings = harness_format(format, harness_directory()));
	list("", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen_count(&seen, "file"), 1);
	ck_assert_uint_eq(seen_count(&seen, "pub"), 1);
	ck_assert_uint_eq(seen_count(&seen, "a.key"), 0);
}

TEST(an_exports_name_within_a_directory_of_the_nameless_export_is_shown)
{
	static const char format[] = "export \"/\" { path = \"%s/open\" }";

	make_files();
	ck_assert_int_eq(mkdir("open", 0755), 0);
	ck_assert_int_eq(mkdir("open/dir", 0755), 0);
	harness_write("open/dir/pub", "text");
	harness_write("open/pub", "covered");
	serve(&server, .settings = harness_format(format, harness_directory()));
	list("", REQUEST_RECURSE);
	ck_assert_uint_eq(seen_count(&seen, "dir/pub"), 1);
	ck_assert_uint_eq(seen_count(&seen, "pub"), 1);
}

TEST(an_export_is_hidden_from_users_without_access)
{
	serve_with_rules("allow-users = {\"64077\"}");
	list("", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 2);
	expect_like("open", "open");
	list("", REQUEST_RECURSE);
	ck_assert_uint_eq(seen.count, 2);
	expect_error("pub", 0, EACCES);
	expect_error("pub/gone", REQUEST_CHILDREN, EACCES);
}

TEST(an_export_is_listed_for_users_with_access)
{
	serve_with_rules(harness_format("allow-users = {\"%u\"}", (unsigned)geteuid()));
	list("", REQUEST_CHILDREN);
	ck_assert_uint_eq(seen.count, 3);
	expect_like("pub", "pub");
}

TEST(the_root_lists_the_content_of_the_root_export)
{
	make_files();
	ck_assert_int_eq(mkdir("dir", 0700), 0);
	harness_write("dir/other", "");
	msgfetchd_start(&server, "-e", "/=pub", "-e", "dir=dir", NULL);
	list("", REQUEST_RECURSE);
	expect_root();
	expect_like("file", "pub/file");
	/* The export of a name has precedence over the file of that name. */
	expect_like("dir", "dir");
	expect_like("dir/other", "dir/other");
	ck_assert_uint_eq(seen_count(&seen, "dir/inner"), 0);
	ck_assert_uint_eq(seen.count, 7);
}

int main(void)
{
	return harness_main("integration/list", HARNESS_IPC);
}
