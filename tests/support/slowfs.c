/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/support/slowfs.h"

#include "tests/support/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_MAX 131072u
#define BUFFER (READ_MAX + 4096u)
#define PARKED_MAX 64
#define LOOK_EVERY_MS 5

enum node { NODE_ROOT = FUSE_ROOT_ID, FILE_, LARGE, TREE, FIRST, SUB, LAST, INNER, NODES };

static const struct {
	enum node parent;
	const char *name;
	uint64_t size; /* 0: a directory */
} nodes[NODES] = {
	[NODE_ROOT] = {0, "", 0},
	[FILE_] = {NODE_ROOT, "file", SLOWFS_SMALL},
	[LARGE] = {NODE_ROOT, "large", SLOWFS_LARGE},
	[TREE] = {NODE_ROOT, "tree", 0},
	[FIRST] = {TREE, "first", SLOWFS_SMALL},
	[SUB] = {TREE, "sub", 0},
	[LAST] = {TREE, "last", SLOWFS_SMALL},
	[INNER] = {SUB, "inner", SLOWFS_SMALL},
};

/* A delayed request: a read or a look-up. */
struct parked {
	struct fuse_in_header header;
	struct fuse_read_in read;
	bool held;
	uint64_t due; /* ms */
};

static struct slowfs_faults *faults;
static pid_t server;
static const char *mounted;
static int device;
static struct parked parked[PARKED_MAX];
static unsigned parked_count;

/* Valid until the next call. */
static const uint8_t *content(uint64_t offset, size_t length)
{
	static uint8_t bytes[READ_MAX];

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(((offset + i) * 2654435761u) >> 24);
	return bytes;
}

static void reply(uint64_t unique, int error, const void *bytes, size_t length)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + length), .error = -error, .unique = unique};
	struct iovec parts[] = {{&header, sizeof(header)}, {(void *)(uintptr_t)bytes, length}};

	/* ENOENT: the kernel has given up on the request. */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		_exit(1);
}

static struct fuse_attr attributes(enum node node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = nodes[node].size,
		.blocks = (nodes[node].size + 511) / 512,
		.mtime = 1000000000,
		.mode = nodes[node].size > 0 ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
		.blksize = 4096,
	};
}

static void begin(const struct fuse_in_header *header, const struct fuse_init_in *asked)
{
	struct fuse_init_out answer = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = READ_MAX,
		.flags = asked->flags & FUSE_ASYNC_READ,
		.max_write = 4096,
	};

	reply(header->unique, 0, &answer, sizeof(answer));
}

static void look_up(const struct fuse_in_header *header, const char *name)
{
	struct fuse_entry_out answer = {0};

	for (enum node node = NODE_ROOT + 1; node < NODES; node++) {
		if (nodes[node].parent != header->nodeid || strcmp(nodes[node].name, name) != 0)
			continue;
		answer.nodeid = node;
		answer.attr = attributes(node);
		reply(header->unique, node == LARGE ? faults->look_up_error : 0, &answer,
		      node == LARGE && faults->look_up_error != 0 ? 0 : sizeof(answer));
		return;
	}
	reply(header->unique, ENOENT, NULL, 0);
}

static void tell_attributes(const struct fuse_in_header *header)
{
	struct fuse_attr_out answer = {.attr = attributes((enum node)header->nodeid)};

	reply(header->unique, 0, &answer, sizeof(answer));
}

static void open_it(const struct fuse_in_header *header)
{
	struct fuse_open_out answer = {.open_flags = faults->uncached ? FOPEN_DIRECT_IO : 0};

	reply(header->unique, 0, &answer, sizeof(answer));
}

static void list(const struct fuse_in_header *header, const struct fuse_read_in *asked)
{
	uint8_t answer[1024];
	size_t length = 0;

	if (header->nodeid == SUB && faults->list_error != 0) {
		reply(header->unique, faults->list_error, NULL, 0);
		return;
	}
	memset(answer, 0, sizeof(answer));
	for (enum node node = NODE_ROOT + 1; asked->offset == 0 && node < NODES; node++) {
		struct fuse_dirent entry = {.ino = node, .off = node};

		if (nodes[node].parent != header->nodeid)
			continue;
		entry.namelen = (uint32_t)strlen(nodes[node].name);
		entry.type = nodes[node].size > 0 ? DT_REG : DT_DIR;
		memcpy(answer + length, &entry, FUSE_NAME_OFFSET);
		memcpy(answer + length + FUSE_NAME_OFFSET, nodes[node].name, entry.namelen);
		length += FUSE_DIRENT_SIZE(&entry);
	}
	reply(header->unique, 0, answer, length);
}

static void read_it(const struct fuse_in_header *header, const struct fuse_read_in *asked)
{
	uint64_t size = nodes[header->nodeid].size;
	uint64_t length = asked->offset < size ? size - asked->offset : 0;

	if (header->nodeid == LARGE && faults->read_error != 0 &&
	    asked->offset >= faults->from) {
		reply(header->unique, faults->read_error, NULL, 0);
		return;
	}
	if (length > asked->size)
		length = asked->size;
	reply(header->unique, 0, content(asked->offset, (size_t)length), (size_t)length);
}

static void answer_parked(const struct parked *request)
{
	if (request->header.opcode == FUSE_LOOKUP)
		look_up(&request->header, nodes[LARGE].name);
	else
		read_it(&request->header, &request->read);
}

static void answer_due(void)
{
	unsigned kept = 0, held = 0;

	for (unsigned i = 0; i < parked_count; i++) {
		if (!(parked[i].held && faults->hold) && harness_now_ms() >= parked[i].due) {
			answer_parked(&parked[i]);
			continue;
		}
		held += parked[i].held;
		parked[kept++] = parked[i];
	}
	parked_count = kept;
	faults->held = held;
}

/* Returns true if the request is answered later. */
static bool park(const struct fuse_in_header *header, const void *body)
{
	struct parked request = {.header = *header, .due = harness_now_ms() + faults->delay_ms};

	if (header->opcode == FUSE_READ && header->nodeid == LARGE) {
		memcpy(&request.read, body, sizeof(request.read));
		request.held = faults->hold && request.read.offset >= faults->from;
	} else if (header->opcode == FUSE_LOOKUP) {
		request.held = faults->hold_look_ups && strcmp(body, nodes[LARGE].name) == 0;
	}
	if (!request.held && (header->opcode != FUSE_READ || faults->delay_ms == 0))
		return false;
	if (parked_count == PARKED_MAX)
		_exit(1);
	parked[parked_count++] = request;
	return true;
}

static void answer(const struct fuse_in_header *header, const void *body)
{
	if (park(header, body))
		return;
	switch (header->opcode) {
	case FUSE_INIT:
		begin(header, body);
		break;
	case FUSE_LOOKUP:
		look_up(header, body);
		break;
	case FUSE_GETATTR:
		tell_attributes(header);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		open_it(header);
		break;
	case FUSE_READ:
		read_it(header, body);
		break;
	case FUSE_READDIR:
		list(header, body);
		break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		reply(header->unique, 0, NULL, 0);
		break;
	/* A hanging server ignores signals, too. */
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		reply(header->unique, ENOSYS, NULL, 0);
	}
}

static void serve(void)
{
	static union {
		struct fuse_in_header header;
		uint8_t bytes[BUFFER];
	} request;
	struct pollfd poller = {.fd = device, .events = POLLIN};

	for (;;) {
		answer_due();
		if (poll(&poller, 1, LOOK_EVERY_MS) <= 0)
			continue;
		if (read(device, &request, sizeof(request)) >= (ssize_t)sizeof(request.header))
			answer(&request.header, request.bytes + sizeof(request.header));
		else if (errno == ENODEV) /* unmounted */
			_exit(0);
	}
}

bool slowfs_mount(const char *directory)
{
	const char *options;

	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0 || !harness_mounts())
		return false;
	options =
		harness_format("fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", device);
	if (mount("slowfs", directory, "fuse.slowfs", MS_NOSUID | MS_NODEV, options) != 0)
		return false;
	faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	ck_assert(faults != MAP_FAILED);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve();
	}
	close(device);
	mounted = harness_format("%s/%s", harness_directory(), directory);
	return true;
}

void slowfs_unmount(void)
{
	ck_assert_int_eq(umount2(mounted, MNT_DETACH), 0);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

struct slowfs_faults *slowfs_faults(void)
{
	return faults;
}

void slowfs_copy_large(const char *name)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	for (uint64_t offset = 0; offset < SLOWFS_LARGE; offset += READ_MAX)
		ck_assert_uint_eq(fwrite(content(offset, READ_MAX), 1, READ_MAX, file),
				  READ_MAX);
	ck_assert_int_eq(fclose(file), 0);
}
