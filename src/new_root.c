/* The helpers of code.h that make a new root; --explain=c prints them as those of code.c. */
#include "code.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys.h"

/* A rename meanwhile may be what a link cannot be followed for safely: the kernel asks to try again. */
static int open_inside(const struct new_root *root, const char *path, unsigned flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	for (int i = 0; i < 10000; i++) {
		fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

static uint64_t mount_id(int fd)
{
	struct statx status;

	return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 ? 0 : status.stx_mnt_id;
}

static void note_own(struct new_root *root, int fd)
{
	if (root->count < root->size)
		root->own[root->count++] = mount_id(fd);
}

static bool is_own(const struct new_root *root, int fd)
{
	uint64_t id = mount_id(fd);

	for (int i = 0; i < root->count; i++)
		if (root->own[i] == id)
			return true;
	return false;
}

/* A component of a path that does not exist below `at`; closes it. */
static int make_component(int at, const char *name, bool directory, mode_t mode)
{
	int flags = directory ? O_RDONLY | O_DIRECTORY : O_WRONLY | O_CREAT | O_EXCL, fd = -1;

	/* Whatever the umask is. */
	if (!directory || mkdirat(at, name, 0700) == 0)
		fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && fchmod(fd, mode) < 0) {
		close(fd);
		fd = -1;
	}
	close(at);
	return fd;
}

/* The missing end of a path below `at`, which exists; closes that. */
static int make_rest(struct new_root *root, int at, char *rest, bool directory, mode_t mode)
{
	char *name, *next;
	bool climbs =
		strstr(rest, "/../") || (strlen(rest) > 2 && !strcmp(strrchr(rest, '/'), "/.."));

	for (name = strtok_r(rest, "/", &next); at >= 0 && name;) {
		char *after = strtok_r(NULL, "/", &next);
		struct stat there;

		/* It was not there, as links are followed: so it is one. */
		if (climbs || fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
			root->problem = ROOT_DANGLES;
			errno = ENOENT;
			close(at);
			return -1;
		}
		root->problem = ROOT_PLACE;
		at = make_component(at, name, directory || after, after ? 0755 : mode);
		name = after;
	}
	return at;
}

/* What is at that place; made where it is missing, if that is allowed. */
static int place_inside(struct new_root *root, const char *path, bool directory, bool anywhere,
	mode_t mode)
{
	char copy[PATH_MAX];
	int at = open_inside(root, path, O_PATH);
	size_t end = strlen(path);

	root->problem = ROOT_PLACE;
	if (at >= 0 || errno != ENOENT)
		return at;
	if (end >= sizeof copy) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(copy, path);
	while (at < 0 && errno == ENOENT && end > 1) {
		while (copy[--end] != '/')
			;
		copy[end] = '\0';
		at = open_inside(root, end ? copy : "/", O_PATH);
	}
	if (at >= 0 && !anywhere && !is_own(root, at)) {
		root->problem = ROOT_MISSING;
		errno = ENOENT;
		close(at);
		return -1;
	}
	return at < 0 ? at : make_rest(root, at, strcpy(copy, path) + end, directory, mode);
}

/* Puts a tree, which is in no mount namespace yet, in its place, and closes it.  Over the root it becomes the
 * root. */
static int put_inside(struct new_root *root, int tree, const char *place)
{
	struct stat status = {0};
	int at, result;

	if (!strcmp(place, "/")) {
		root->problem = ROOT_PLACE;
		if (syscall(SYS_move_mount, tree, "", root->fd, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
			return -1;
		if (root->fd != root->first)
			close(root->fd);
		root->fd = tree;
		return 0;
	}
	fstat(tree, &status);
	at = place_inside(root, place, S_ISDIR(status.st_mode), false, 0755);
	if (at < 0)
		return -1;
	result = (int)syscall(SYS_move_mount, tree, "", at, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	if (result < 0 && (errno == ENOTDIR || errno == EINVAL))
		root->problem = ROOT_TYPE;
	close(at);
	close(tree);
	return result;
}

static int copy_tree(const char *source)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, source,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int set_attributes(int tree, unsigned flags, uint64_t set, uint64_t clear)
{
	struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};

	return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attributes,
		sizeof attributes);
}

/* A new file system, which is in no mount namespace yet. */
static int new_filesystem(const char *type, unsigned attributes, const char *const parameters[])
{
	int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), tree;

	for (int i = 0; fs >= 0 && parameters[i]; i += 2)
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, parameters[i], parameters[i + 1],
			    0) < 0)
			return -1;
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	tree = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
	close(fs);
	return tree;
}

/* The old root and the new one come to lie side by side on a tmpfs, and the process is put back into the old one.
 * So whatever a path of the caller's passes, .. through / too, it meets nothing of the new root; nor does a copy
 * of / have any of it. */
static int put_beside(struct new_root *root, int tree)
{
	static const char *const parameters[] = {"mode", "0700", NULL};
	int stage = new_filesystem("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, parameters);

	root->stage = stage;
	root->first = root->fd = tree;
	if (stage < 0 ||
		syscall(SYS_move_mount, stage, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	if (mkdirat(stage, "host", 0700) < 0 || mkdirat(stage, "root", 0700) < 0)
		return -1;
	if (fchdir(stage) < 0 || syscall(SYS_pivot_root, ".", "host") < 0)
		return -1;
	if (syscall(SYS_move_mount, tree, "", stage, "root", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return chroot("host");
}

/* The first mount becomes read-only when the places in it are made; it stays so where that is locked. */
int begin_root(struct new_root *root, const char *source, bool own, bool read_only)
{
	int tree = copy_tree(source);

	root->problem = ROOT_SOURCE;
	if (tree < 0)
		return -1;
	root->problem = ROOT_OTHER;
	if (read_only &&
		(set_attributes(tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0) < 0 ||
			(set_attributes(tree, 0, 0, MOUNT_ATTR_RDONLY) < 0 && errno != EPERM)))
		return -1;
	if (own)
		note_own(root, tree);
	return put_beside(root, tree);
}

int begin_empty_root(struct new_root *root)
{
	static const char *const parameters[] = {"mode", "0755", NULL};
	int tree = new_filesystem("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, parameters);

	if (tree < 0)
		return -1;
	note_own(root, tree);
	return put_beside(root, tree);
}

int bind_inside(struct new_root *root, const char *source, const char *place, uint64_t attributes,
	bool tries)
{
	int tree = copy_tree(source);

	root->problem = ROOT_SOURCE;
	root->skipped = tree < 0 && tries && errno == ENOENT;
	if (tree < 0)
		return root->skipped ? 0 : -1;
	root->problem = ROOT_OTHER;
	if (set_attributes(tree, AT_RECURSIVE, attributes, 0) < 0)
		return -1;
	return put_inside(root, tree, place);
}

int mount_inside(struct new_root *root, const char *type, const char *place, unsigned attributes,
	const char *const parameters[])
{
	int tree = new_filesystem(type, attributes, parameters);

	root->problem = ROOT_OTHER;
	if (tree < 0)
		return -1;
	note_own(root, tree);
	return put_inside(root, tree, place);
}

int directory_inside(struct new_root *root, const char *place, mode_t mode)
{
	struct stat status;
	int at = place_inside(root, place, true, true, mode);

	if (at >= 0 && fstat(at, &status) == 0 && !S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		close(at);
		at = -1;
	}
	return at < 0 ? -1 : close(at);
}

/* A link that is there already may stay. */
int link_inside(struct new_root *root, const char *target, const char *place)
{
	char above[PATH_MAX], there[PATH_MAX];
	const char *name = strrchr(place, '/') + 1;
	ssize_t length;
	int at;

	root->problem = ROOT_PLACE;
	if ((size_t)(name - place) > sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(above, sizeof above, "%.*s", name - place > 1 ? (int)(name - place - 1) : 1,
		place);
	at = place_inside(root, above, true, false, 0755);
	if (at < 0)
		return -1;
	length = readlinkat(at, name, there, sizeof there);
	if (length == (ssize_t)strlen(target) && !memcmp(there, target, (size_t)length))
		return close(at);
	if (!is_own(root, at)) {
		root->problem = ROOT_MISSING;
		errno = ENOENT;
		return -1;
	}
	root->problem = ROOT_PLACE;
	return symlinkat(target, at, name) < 0 ? -1 : close(at);
}

int chmod_inside(struct new_root *root, const char *place, mode_t mode)
{
	char path[64];
	int at = open_inside(root, place, O_PATH);

	root->problem = ROOT_PLACE;
	if (at < 0)
		return -1;
	/* fchmod(2) takes no such descriptor, and others may do something to what they open. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", at);
	return chmod(path, mode) < 0 ? -1 : close(at);
}

int seal_inside(struct new_root *root, const char *place)
{
	int at = open_inside(root, place, O_PATH);

	root->problem = ROOT_PLACE;
	if (at < 0)
		return -1;
	return set_attributes(at, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0) < 0 ? -1 : close(at);
}

int seal_root(const struct new_root *root)
{
	return set_attributes(root->first, 0, MOUNT_ATTR_RDONLY, 0);
}

/* With one directory for both, what held the two roots comes to lie over the new one, from where it is taken
 * off. */
int enter_root(const struct new_root *root)
{
	if (fchdir(root->stage) < 0 || chroot(".") < 0)
		return -1;
	if (fchdir(root->fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return -1;
	if (umount2(".", MNT_DETACH) < 0)
		return -1;
	close(root->stage);
	if (root->first != root->fd)
		close(root->first);
	return close(root->fd);
}
