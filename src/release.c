#include "release.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "mountinfo.h"
#include "save.h"
#include "sys.h"
#include "text.h"

/* How a path that is echoed is shown: quoted, escaped, shortened. */
#define QUOTED(path) text_quote((char[100]){0}, 100, (path))

/* An error that names a call, with errno as it is. */
static int fail(struct error *error, const char *call, const char *path)
{
	int number = errno;

	error_say(error, "--release: %s %s: %s (%s)", call, QUOTED(path), strerror(number),
		sys_errno_name(number));
	error->number = number;
	return -1;
}

/* What is left of an absolute path below another, "" if nothing; NULL if it does not lie there. */
static const char *rest_below(const char *path, const char *above)
{
	size_t length = strcmp(above, "/") != 0 ? strlen(above) : 0;

	if (strncmp(path, above, length) != 0)
		return NULL;
	return strcmp(path + length, "/") != 0 ? path + length : "";
}

/* Whether a mount shows just what its parent has at that place. */
static bool is_same_place(const struct mountinfo_line *mount, const struct mountinfo_line *parent)
{
	const char *point = rest_below(mount->point, parent->point),
		   *root = rest_below(mount->root, parent->root);

	return !strcmp(mount->device, parent->device) && point && root && !strcmp(point, root);
}

/* Whether the directory is mounted on itself, as --save does; a mount of anything else is not taken
 * away. */
static bool is_own_mount(int directory)
{
	struct mountinfo mounts, parents;
	struct mountinfo_line mount, parent;
	struct statx status;
	bool result;

	if (statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 ||
		!(status.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return false;
	mountinfo_open(&mounts);
	mountinfo_open(&parents);
	/* In a chroot the parent may not be to be seen. */
	result = mountinfo_find(&mounts, status.stx_mnt_id, &mount) &&
		 (!mountinfo_find(&parents, mount.parent, &parent) ||
			 is_same_place(&mount, &parent));
	mountinfo_close(&mounts);
	mountinfo_close(&parents);
	return result;
}

/* Whether a file of the directory keeps a namespace, or would have: whoever is killed in the middle leaves
 * one without a mount. */
static bool is_saved_file(int directory, const char *name)
{
	struct statfs system;
	struct stat status;
	int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool saved =
		fd >= 0 && save_kind_of(name) >= 0 && fstatfs(fd, &system) == 0 &&
		fstat(fd, &status) == 0 &&
		(system.f_type == NSFS_MAGIC || (S_ISREG(status.st_mode) && status.st_size == 0));

	if (fd >= 0)
		close(fd);
	return saved;
}

/* The set of the kinds that have a file; -1 if there is anything else, or on failure. */
static int check_files(const struct save_place *place, unsigned *kinds, struct error *error)
{
	int fd = openat(place->on, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	*kinds = 0;
	if (!directory)
		return fail(error, "open", place->path);
	while (result == 0 && (errno = 0, entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (is_saved_file(place->on, entry->d_name))
			*kinds |= KIND_BIT(save_kind_of(entry->d_name));
		else
			result = error_say(error, "--release: %s: --save did not make %s in it",
				QUOTED(place->path), QUOTED(entry->d_name));
	}
	if (result == 0 && errno)
		result = fail(error, "readdir", place->path);
	closedir(directory);
	return result;
}

/* The mount of the directory on itself goes, and all that is mounted in it goes along, at once. */
static int unmount(struct save_place *place, struct error *error)
{
	char path[64];

	do {
		snprintf(path, sizeof path, "/proc/self/fd/%d", place->on);
		if (umount2(path, MNT_DETACH) < 0)
			return fail(error, "umount", place->path);
		if (save_open(place) < 0)
			return fail(error, "open", place->path);
		/* Two lie there after a --save that was killed and one that was not. */
	} while (is_own_mount(place->on));
	return 0;
}

static int empty(struct save_place *place, unsigned kinds, struct error *error)
{
	for (int i = 0; i < KIND_COUNT; i++)
		if ((kinds & KIND_BIT(i)) && unlinkat(place->on, namespaces[i].name, 0) < 0 &&
			errno != ENOENT)
			return fail(error, "unlink", place->path);
	if (place->made && unlinkat(place->above, place->name, AT_REMOVEDIR) < 0)
		return fail(error, "rmdir", place->path);
	return 0;
}

static int release_place(struct save_place *place, struct error *error)
{
	bool mounted;
	unsigned kinds;

	if (save_lock(place, false, NULL) < 0 || save_open(place) < 0)
		return fail(error, "open", place->path);
	mounted = is_own_mount(place->on);
	/* Without a mount it may still be what a killed nsrun has left. */
	if (!mounted && !place->made)
		return error_say(error, "--release: %s: no namespaces are saved there",
			QUOTED(place->path));
	if (check_files(place, &kinds, error) < 0 || (mounted && unmount(place, error) < 0))
		return -1;
	return empty(place, kinds, error);
}

int release(const char *path, struct error *error)
{
	struct arena arena = {0};
	struct save_place *place = save_place_of(&arena, path);
	int result;

	if (place) {
		result = release_place(place, error);
		save_close(place);
	} else if (errno == EINVAL) {
		result = error_say(error, "--release: %s: the last part of the path is no name",
			QUOTED(path));
	} else {
		result = error_say(error, "out of memory");
	}
	arena_free(&arena);
	return result;
}
