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

/* Returns whether the first length bytes of name are directory, or a path beneath it. */
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

/* Sets the attributes of the last level, which is complete. */
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

/* Makes the first length bytes of name the current directory, open as descriptor. */
static void set_current(struct tree *tree, int descriptor, const char *name, size_t length)
{
	if (tree->directory != tree->root)
		close(tree->directory);
	tree->directory = descriptor;
	memcpy(tree->current, name, length);
	tree->current[length] = '\0';
	tree->current_length = length;
}

/* Makes the parent of name the current directory.  Sets *base to the last component. */
static int enter(struct tree *tree, const char *name, const char **base)
{
	const char *slash = strrchr(name, '/');
	size_t length = slash != NULL ? (size_t)(slash - name) : 0;
	size_t failed = strlen(tree->failed);
	char parent[PATH_MAX];
	int directory = tree->root;

	*base = slash != NULL ? slash + 1 : name;
	if (length == tree->current_length && memcmp(name, tree->current, length) == 0)
		return 0;
	if (failed > 0 && is_within(name, length, tree->failed, failed))
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

/* Returns the mode to create an entry with; the kernel subtracts the umask. */
static mode_t made_mode(const struct tree *tree, const struct msgfetch_file *file)
{
	/* The owner's bits are not in the process's umask while a tree is written. */
	return file->mode & NEWFILE_PERMISSIONS & ~(tree->mask & S_IRWXU);
}

/* Returns the final attributes of a directory.  made: this run created the directory. */
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
	tree->failed[0] = '\0';
	tree->trail[0] = '\0';
	tree->level_count = 0;
	tree->late_error = 0;
}

/* Defers attributes that writing entries would change (time) or hinder (a narrow mode). */
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
		(void)strlcpy(tree->failed, file->name, sizeof(tree->failed));
	return error;
}

/* Creates the symbolic link base, which must not exist. */
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
 * Checks an entry that base may replace.  An existing file of the caller keeps its mode, as
 * with a single file; a write-protected one is not replaced.
 */
static int check_target(struct tree *tree, const char *base)
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
	error = check_target(tree, base);
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
