/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/tree.h"

#include "client/command/base/cleanup.h"
#include "client/command/output/staging.h"
#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_beneath(int root, const char *name)
{
	return confined_open(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, false);
}

/* True where the first length bytes of name are directory, or something in it. */
static bool is_within(const char *name, size_t length, const char *directory,
		      size_t directory_length)
{
	return length >= directory_length && memcmp(name, directory, directory_length) == 0 &&
	       (length == directory_length || name[directory_length] == '/');
}

static void note_late(struct tree *tree, int error)
{
	if (tree->late_error == 0)
		tree->late_error = error;
}

/* Nothing more comes of the last level. */
static void finish_level(struct tree *tree)
{
	const struct tree_level *level = &tree->levels[--tree->level_count];
	int directory = tree->directory;
	bool other;

	tree->trail[level->length] = '\0';
	other = strcmp(tree->trail, tree->current) != 0;
	if (other)
		directory = open_beneath(tree->root, tree->trail);
	note_late(tree, directory < 0 ? directory
				      : newfile_set_attributes(directory, &level->attributes));
	if (other && directory >= 0)
		close(directory);
}

/* Goes to the directory whose name is the first length bytes of name; owns descriptor. */
static void set_current(struct tree *tree, int descriptor, const char *name, size_t length)
{
	if (tree->directory != tree->root)
		close(tree->directory);
	tree->directory = descriptor;
	memcpy(tree->current, name, length);
	tree->current[length] = '\0';
	tree->current_length = length;
}

/* Goes to the directory that name is in.  *base: the name in there. */
static int enter(struct tree *tree, const char *name, const char **base)
{
	const char *slash = strrchr(name, '/');
	size_t length = slash != NULL ? (size_t)(slash - name) : 0;
	size_t lost = strlen(tree->lost);
	char parent[PATH_MAX];
	int directory = tree->root;

	*base = slash != NULL ? slash + 1 : name;
	if (length == tree->current_length && memcmp(name, tree->current, length) == 0)
		return 0;
	if (lost > 0 && is_within(name, length, tree->lost, lost))
		return -ECANCELED;
	while (tree->level_count > 0 && !is_within(name, length, tree->trail,
						   tree->levels[tree->level_count - 1].length))
		finish_level(tree);
	if (length > 0) {
		memcpy(parent, name, length);
		parent[length] = '\0';
		directory = open_beneath(tree->root, parent);
	}
	if (directory < 0)
		return directory;
	set_current(tree, directory, name, length);
	return 0;
}

/* The permissions to make an entry with, of which the kernel takes the umask away. */
static mode_t made_mode(const struct tree *tree, const struct msgfetch_file *file)
{
	/* What concerns the owner is not in the umask while a tree is made. */
	return file->mode & NEWFILE_PERMISSIONS & ~(tree->mask & S_IRWXU);
}

/* What a directory has in the end. */
static struct attributes directory_attributes(const struct tree *tree,
					      const struct msgfetch_file *file, bool made)
{
	mode_t mode = file->mode & NEWFILE_PERMISSIONS;

	return (struct attributes){
		.with_mode = made || tree->preserve,
		.mode = tree->preserve ? mode : mode & ~tree->mask,
		.with_time = tree->preserve,
		.mtime_ns = file->mtime_ns,
	};
}

void tree_open(struct tree *tree, int root, const struct msgfetch_file *file, bool fresh,
	       bool preserve, mode_t mask)
{
	tree->root = root;
	tree->fresh = fresh;
	tree->preserve = preserve;
	tree->mask = mask;
	tree->root_attributes = directory_attributes(tree, file, fresh);
	tree->file = (struct newfile){.descriptor = -1};
	tree->directory = root;
	tree->current_length = 0;
	tree->current[0] = '\0';
	tree->lost[0] = '\0';
	tree->trail[0] = '\0';
	tree->level_count = 0;
	tree->late_error = 0;
}

/* Remembers what has to wait: its time, and a mode that it could not be filled with. */
static void add_level(struct tree *tree, const struct msgfetch_file *file, bool made)
{
	bool narrow = (made_mode(tree, file) & S_IRWXU) != S_IRWXU;

	if (!tree->preserve && !(made && narrow))
		return;
	(void)strlcpy(tree->trail, file->name, sizeof(tree->trail));
	tree->levels[tree->level_count++] = (struct tree_level){
		.length = strlen(file->name),
		.attributes = directory_attributes(tree, file, made),
	};
}

int tree_make_directory(struct tree *tree, const struct msgfetch_file *file)
{
	const char *base;
	int error = enter(tree, file->name, &base);
	bool made = false;
	int directory;

	if (error == 0) {
		made = mkdirat(tree->directory, base, made_mode(tree, file) | S_IRWXU) == 0;
		if (!made && errno != EEXIST)
			error = -errno;
	}
	if (error == 0) {
		directory = open_beneath(tree->directory, base);
		if (directory >= 0) {
			set_current(tree, directory, file->name, strlen(file->name));
			add_level(tree, file, made);
			return 0;
		}
		error = directory;
	}
	if (error != -ECANCELED)
		(void)strlcpy(tree->lost, file->name, sizeof(tree->lost));
	return error;
}

/* Makes the symbolic link as base, which must not exist. */
static int make_link(const struct tree *tree, const struct msgfetch_file *file,
		     const char *base)
{
	struct timespec times[2];
	int error = 0;

	if (symlinkat(file->link, tree->directory, base) != 0)
		return -errno;
	if (!tree->preserve)
		return 0;
	newfile_fill_times(times, file->mtime_ns);
	if (utimensat(tree->directory, base, times, AT_SYMLINK_NOFOLLOW) != 0)
		error = -errno;
	if (error != 0)
		unlinkat(tree->directory, base, 0);
	return error;
}

static int replace_link(const struct tree *tree, const struct msgfetch_file *file,
			const char *base)
{
	char *name;
	int error = staging_name(tree->directory, base, &name);

	if (error != 0)
		return error;
	error = -EEXIST;
	for (int tries = 0; error == -EEXIST && tries < STAGING_TRIES; tries++) {
		staging_renew_name(name);
		error = cleanup_remember_file(tree->directory, name);
		if (error == 0)
			error = make_link(tree, file, name);
	}
	if (error == 0 && renameat(tree->directory, name, tree->directory, base) != 0) {
		error = -errno;
		unlinkat(tree->directory, name, 0);
	}
	cleanup_forget_file();
	free(name);
	return error;
}

int tree_make_link(struct tree *tree, const struct msgfetch_file *file)
{
	const char *base;
	int error = enter(tree, file->name, &base);

	if (error == 0)
		error = make_link(tree, file, base);
	return error == -EEXIST && !tree->fresh ? replace_link(tree, file, base) : error;
}

/*
 * A file is to stand where something may stand already.  A file of one's own keeps its
 * mode, as it does where one file is fetched; one that may not be written to stays.
 */
static int look_at_target(struct tree *tree, const char *base)
{
	struct stat status;

	if (fstatat(tree->directory, base, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return 0;
	if (faccessat(tree->directory, base, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	if (!tree->preserve && status.st_uid == geteuid()) {
		tree->file_attributes.with_mode = true;
		tree->file_attributes.mode = status.st_mode & NEWFILE_PERMISSIONS;
	}
	return 0;
}

int tree_begin_file(struct tree *tree, const struct msgfetch_file *file)
{
	mode_t mode = made_mode(tree, file);
	const char *base;
	int error = enter(tree, file->name, &base);

	if (error != 0)
		return error;
	tree->file_attributes = (struct attributes){
		.with_mode = tree->preserve,
		.mode = file->mode & NEWFILE_PERMISSIONS,
		.with_time = tree->preserve,
		.mtime_ns = file->mtime_ns,
	};
	if (tree->fresh)
		return newfile_create_in_place(&tree->file, tree->directory, base, mode);
	error = look_at_target(tree, base);
	if (error != 0)
		return error;
	if (tree->file_attributes.with_mode)
		mode = S_IRUSR | S_IWUSR;
	return newfile_create(&tree->file, tree->directory, base, mode);
}

int tree_write(struct tree *tree, const void *bytes, size_t length, uint64_t offset)
{
	return newfile_write(&tree->file, bytes, length, offset);
}

int tree_end_file(struct tree *tree, uint64_t size)
{
	int error = newfile_commit(&tree->file, size, &tree->file_attributes);

	if (error == 0)
		newfile_discard(&tree->file);
	return error;
}

void tree_drop_file(struct tree *tree)
{
	newfile_discard(&tree->file);
}

int tree_finish(struct tree *tree)
{
	while (tree->level_count > 0)
		finish_level(tree);
	note_late(tree, newfile_set_attributes(tree->root, &tree->root_attributes));
	return tree->late_error;
}

void tree_close(struct tree *tree)
{
	newfile_discard(&tree->file);
	if (tree->directory != tree->root)
		close(tree->directory);
	close(tree->root);
	tree->root = tree->directory = -1;
}
