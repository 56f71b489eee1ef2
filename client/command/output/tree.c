/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/output/tree.h"

#include "client/command/base/cleanup.h"
#include "client/command/output/inplace.h"
#include "client/command/output/resolve.h"
#include "client/command/output/staging.h"
#include "common/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The bits that chmod(2) sets. */
enum { ALL_MODES = 07777 };

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

/*
 * Lends the directory with this status the permissions of an owner who fills it, if the caller
 * is its owner and needs them.  Returns a descriptor to give to take_back(), or -1.
 */
static int lend(int directory, const struct stat *status)
{
	mode_t mode = status->st_mode & ALL_MODES;
	int kept;

	if ((mode & S_IRWXU) == S_IRWXU || status->st_uid != geteuid() ||
	    faccessat(directory, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0)
		return -1;
	kept = fcntl(directory, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	/* Remember the mode before the change: a signal may come in between. */
	if (kept >= 0 && cleanup_push_mode(kept, mode) == 0) {
		(void)fchmod(kept, mode | S_IRWXU);
		return kept;
	}
	if (kept >= 0)
		close(kept);
	return -1;
}

/* Takes back the permissions lent last, if any.  Leaves the descriptor open. */
static void take_back(int lent)
{
	if (lent >= 0)
		cleanup_pop_mode();
}

/* Sets the attributes of the last level, which is complete. */
static void finish_level(struct tree *tree)
{
	const struct tree_level *level = &tree->levels[--tree->level_count];
	int directory = tree->directory;

	tree->trail[level->length] = '\0';
	take_back(level->lent);
	if (level->lent >= 0)
		directory = level->lent;
	else if (strcmp(tree->trail, tree->current) != 0)
		directory = open_beneath(tree->root, tree->trail);
	note_late(tree, directory < 0 ? directory
				      : newfile_set_attributes(directory, &level->attributes));
	if (directory != tree->directory && directory >= 0)
		close(directory);
}

/* Takes back what was lent to levels that are not complete. */
static void abandon_levels(struct tree *tree)
{
	while (tree->level_count > 0) {
		int lent = tree->levels[--tree->level_count].lent;

		take_back(lent);
		if (lent >= 0)
			close(lent);
	}
	take_back(tree->root_lent);
	if (tree->root_lent >= 0)
		close(tree->root_lent);
	tree->root_lent = -1;
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
	return file->mode & NEWFILE_PERMISSIONS & ~(tree->manner.mask & S_IRWXU);
}

/*
 * Returns the mode that the kernel would have given a new directory, with this status, for
 * file's mode: the directory was created with another one.
 */
static mode_t narrowed_mode(const struct tree *tree, const struct msgfetch_file *file,
			    const struct stat *status)
{
	return status->st_mode & ALL_MODES & ~(mode_t)(S_IRWXU & ~made_mode(tree, file));
}

/* Returns the final mode of a directory whose set-group-ID and sticky bits are kept. */
static mode_t preserved_mode(const struct msgfetch_file *file, const struct stat *status)
{
	return (file->mode & NEWFILE_PERMISSIONS) | (status->st_mode & (S_ISGID | S_ISVTX));
}

/* Returns the final attributes of a directory.  made: this run created the directory. */
static struct attributes directory_attributes(const struct tree *tree,
					      const struct msgfetch_file *file,
					      const struct stat *status, bool made)
{
	bool preserve = tree->manner.preserve;

	return (struct attributes){
		.with_mode = made || preserve,
		.mode = preserve ? preserved_mode(file, status)
				 : narrowed_mode(tree, file, status),
		.with_time = preserve,
		.mtime_ns = file->mtime_ns,
	};
}

/* Returns the bits of mode that the default ACL of a new directory leaves. */
static mode_t inherited_mode(int directory, mode_t mode, mode_t mask)
{
	char bytes[XATTR_SIZE_MAX];
	ssize_t length = fgetxattr(directory, REPLACED_DEFAULT_ACL, bytes, sizeof(bytes));
	struct replaced_acl acl;

	if (length <= 0 || !replaced_parse_acl(bytes, (size_t)length, &acl))
		return mode & ~mask;
	if (acl.mask < 0)
		acl.mask = acl.group;
	return mode & (mode_t)((acl.owner & S_IRWXO) << 6 | (acl.mask & S_IRWXO) << 3 |
			       (acl.other & S_IRWXO));
}

/* Decides on the root's attributes, and lends permissions to an existing root. */
static void prepare_root(struct tree *tree, const struct msgfetch_file *file)
{
	const struct tree_manner *manner = &tree->manner;
	struct stat status;

	tree->root_attributes = (struct attributes){0};
	tree->root_lent = -1;
	if (fstat(tree->root, &status) != 0)
		return;
	/* A new root was made with mode 0700: find the permissions that it would have. */
	if (manner->fresh)
		status.st_mode = (status.st_mode & ~(mode_t)NEWFILE_PERMISSIONS) |
				 inherited_mode(tree->root, file->mode & NEWFILE_PERMISSIONS,
						manner->mask);
	else
		tree->root_lent = lend(tree->root, &status);
	tree->root_attributes = directory_attributes(tree, file, &status, manner->fresh);
}

void tree_open(struct tree *tree, int root, const struct msgfetch_file *file,
	       const struct tree_manner *manner)
{
	tree->root = root;
	tree->manner = *manner;
	tree->file = (struct newfile){.descriptor = -1};
	tree->replaced = (struct replaced){0};
	tree->written = (struct written){0};
	tree->remark = NULL;
	tree->directory = root;
	tree->current_length = 0;
	tree->current[0] = '\0';
	tree->failed[0] = '\0';
	tree->trail[0] = '\0';
	tree->level_count = 0;
	tree->late_error = 0;
	prepare_root(tree, file);
}

/*
 * Defers attributes that writing entries would change (time) or hinder (a narrow mode), and
 * lends permissions.
 */
static void add_level(struct tree *tree, const struct msgfetch_file *file,
		      const struct stat *status, bool made)
{
	bool narrow = made && (made_mode(tree, file) & S_IRWXU) != S_IRWXU;
	int lent = lend(tree->directory, status);

	if (!tree->manner.preserve && !narrow && lent < 0)
		return;
	(void)strlcpy(tree->trail, file->name, sizeof(tree->trail));
	tree->levels[tree->level_count++] = (struct tree_level){
		.length = strlen(file->name),
		.lent = lent,
		.attributes = directory_attributes(tree, file, status, made),
	};
}

/* Opens the directory base in the current one.  Returns a descriptor or a negative errno. */
static int open_directory(const struct tree *tree, const char *base, struct stat *status)
{
	int directory = open_beneath(tree->directory, base);

	if (directory >= 0 && fstat(directory, status) != 0) {
		int error = -errno;

		close(directory);
		return error;
	}
	return directory;
}

int tree_make_directory(struct tree *tree, const struct msgfetch_file *file)
{
	const char *base;
	int error = enter(tree, file->name, &base);
	bool made = false;
	struct stat status;
	int directory;

	if (error == 0) {
		made = mkdirat(tree->directory, base, made_mode(tree, file) | S_IRWXU) == 0;
		if (!made && errno != EEXIST)
			error = -errno;
	}
	if (error == 0) {
		directory = open_directory(tree, base, &status);
		if (directory >= 0) {
			set_current(tree, directory, file->name, strlen(file->name));
			add_level(tree, file, &status, made);
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
	if (!tree->manner.preserve)
		return 0;
	newfile_fill_times(times, file->mtime_ns);
	if (utimensat(tree->directory, base, times, AT_SYMLINK_NOFOLLOW) != 0)
		error = -errno;
	if (error != 0)
		unlinkat(tree->directory, base, 0);
	return error;
}

/* Returns whether an earlier file of the tree has the name base. */
static bool is_written(const struct tree *tree, const char *base)
{
	struct stat status;

	return tree->written.count > 0 &&
	       fstatat(tree->directory, base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       written_has(&tree->written, &status);
}

static int replace_link(const struct tree *tree, const struct msgfetch_file *file,
			const char *base)
{
	char *name;
	int error =
		is_written(tree, base) ? -EEXIST : staging_name(tree->directory, base, &name);

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
	struct stat status;
	int error = enter(tree, file->name, &base);

	if (error == 0)
		error = make_link(tree, file, base);
	if (tree->manner.fresh)
		return error;
	if (error == -EEXIST)
		error = replace_link(tree, file, base);
	if (error == 0 && fstatat(tree->directory, base, &status, AT_SYMLINK_NOFOLLOW) == 0)
		written_add(&tree->written, &status);
	return error;
}

/*
 * Checks the entry that base would replace.  Sets *status to its status; st_mode 0: there is
 * none.  A file that another user protected from writing is not replaced.
 */
static int check_target(const struct tree *tree, const char *base, struct stat *status)
{
	if (fstatat(tree->directory, base, status, AT_SYMLINK_NOFOLLOW) != 0) {
		status->st_mode = 0;
		return errno == ENOENT ? 0 : -errno;
	}
	if (written_has(&tree->written, status))
		return -EEXIST;
	if (S_ISDIR(status->st_mode))
		return -EISDIR;
	if (S_ISREG(status->st_mode) && status->st_uid != geteuid() &&
	    faccessat(tree->directory, base, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	return 0;
}

static bool is_planted(const struct tree *tree, const struct stat *status)
{
	struct stat parent;

	return status->st_uid != geteuid() && fstat(tree->directory, &parent) == 0 &&
	       resolve_is_planted_file(status, &parent);
}

/* Creates the file that will replace base, with this status, or empties base. */
static int begin_replacement(struct tree *tree, const char *base, const struct stat *status,
			     mode_t mode)
{
	struct newfile *file = &tree->file;
	bool planted = is_planted(tree, status), closed = false;
	int error = replaced_read(&tree->replaced, tree->directory, base, status);

	if (error == 0 && planted && tree->manner.in_place)
		error = -EPERM;
	if (error != 0)
		return error;
	if (planted) {
		mode &= replaced_mode(&tree->replaced, (struct replaced_parts){false, false});
	} else {
		mode = S_IRUSR | S_IWUSR;
		tree->file_attributes.replaced = &tree->replaced;
	}
	if (!tree->manner.in_place) {
		error = newfile_create(file, tree->directory, base, mode);
		closed = inplace_applies(error);
	}
	if (tree->manner.in_place || closed) {
		error = newfile_open_existing(file, tree->directory, base, status);
		file->remark = closed ? NEWFILE_CLOSED_DIRECTORY : NULL;
	}
	if (error != 0)
		replaced_free(&tree->replaced);
	return error;
}

int tree_begin_file(struct tree *tree, const struct msgfetch_file *file)
{
	mode_t mode = made_mode(tree, file);
	struct stat status;
	const char *base;
	int error = enter(tree, file->name, &base);

	if (error != 0)
		return error;
	tree->file_attributes = (struct attributes){
		.with_mode = tree->manner.preserve,
		.mode = file->mode & NEWFILE_PERMISSIONS,
		.with_time = tree->manner.preserve,
		.mtime_ns = file->mtime_ns,
	};
	if (tree->manner.fresh)
		return newfile_create_in_place(&tree->file, tree->directory, base, mode);
	error = check_target(tree, base, &status);
	if (error != 0)
		return error;
	if (S_ISREG(status.st_mode))
		return begin_replacement(tree, base, &status, mode);
	if (tree->manner.preserve)
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

	if (error != 0)
		return error;
	tree->remark = tree->file.remark;
	if (!tree->manner.fresh)
		written_add(&tree->written, &tree->file.final);
	tree_drop_file(tree);
	return 0;
}

void tree_drop_file(struct tree *tree)
{
	newfile_discard(&tree->file);
	replaced_free(&tree->replaced);
}

int tree_finish(struct tree *tree)
{
	while (tree->level_count > 0)
		finish_level(tree);
	abandon_levels(tree);
	note_late(tree, newfile_set_attributes(tree->root, &tree->root_attributes));
	return tree->late_error;
}

void tree_close(struct tree *tree)
{
	tree_drop_file(tree);
	abandon_levels(tree);
	written_free(&tree->written);
	if (tree->directory != tree->root)
		close(tree->directory);
	close(tree->root);
	tree->root = tree->directory = -1;
}
