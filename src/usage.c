#include "usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subject.h"
#include "text.h"
#include "visit.h"

/* The numbers of the namespaces that the machine began with lie below those that are given out later (the
 * kernel's PROC_*_INIT_INO); of mnt and net only since 6.17. */
#define FIRST_GIVEN_OUT UINT64_C(0xF0000000)

/* Namespaces that were looked at already, by their ids. */
struct seen {
	uint64_t *ids;
	size_t count, room;
};

static uint64_t id_of(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* The place of an id in the sorted array, or where it would be. */
static size_t find_place(const struct seen *seen, uint64_t id)
{
	size_t low = 0, high = seen->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (seen->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether it is the first time; without memory nothing is new. */
static bool is_new(struct seen *seen, uint64_t id)
{
	size_t place = find_place(seen, id);

	if (!id || (place < seen->count && seen->ids[place] == id))
		return false;
	if (seen->count == seen->room) {
		size_t room = seen->room ? 2 * seen->room : 64;
		uint64_t *ids = reallocarray(seen->ids, room, sizeof *ids);

		if (!ids)
			return false;
		seen->ids = ids;
		seen->room = room;
	}
	memmove(seen->ids + place + 1, seen->ids + place,
		(seen->count - place) * sizeof *seen->ids);
	seen->ids[place] = id;
	seen->count++;
	return true;
}

static struct usage_level *find_level(struct usage *usage, uint64_t id)
{
	for (int i = 0; i < usage->count; i++)
		if (usage->levels[i].id == id)
			return &usage->levels[i];
	return NULL;
}

/* A namespace of `kind`, which `user` owns or is, counts in the parent of `user` against its maker, and so
 * outwards.  `user` is closed. */
static void count_outwards(struct usage *usage, struct seen *seen, int kind, int user)
{
	while (user >= 0) {
		int parent = ioctl(user, NS_GET_PARENT);
		struct usage_level *level = find_level(usage, id_of(parent));
		uid_t maker;

		if (level && ioctl(user, NS_GET_OWNER_UID, &maker) == 0 && maker == level->uid)
			level->used[kind]++;
		/* One that no process is in any more is found as a parent. */
		if (parent >= 0 && is_new(seen, id_of(parent)))
			count_outwards(usage, seen, KIND_USER, fcntl(parent, F_DUPFD_CLOEXEC, 0));
		close(user);
		user = parent;
	}
}

static void count(struct usage *usage, struct seen *seen, int kind, int fd)
{
	struct usage_level *level;
	int owner;

	if (kind == KIND_USER) {
		count_outwards(usage, seen, kind, fcntl(fd, F_DUPFD_CLOEXEC, 0));
		return;
	}
	owner = ioctl(fd, NS_GET_USERNS);
	level = find_level(usage, id_of(owner));
	if (level && id_of(fd) >= FIRST_GIVEN_OUT)
		level->maybe[kind]++;
	if (owner >= 0 && is_new(seen, id_of(owner)))
		count_outwards(usage, seen, KIND_USER, fcntl(owner, F_DUPFD_CLOEXEC, 0));
	count_outwards(usage, seen, kind, owner);
}

static void count_process(struct usage *usage, struct seen *seen, const char *pid)
{
	/* What a process keeps for its children it keeps as well as what it is in. */
	static const char *const links[] = {"mnt", "uts", "ipc", "net", "pid", "user", "cgroup",
		"time", "pid_for_children", "time_for_children"};
	bool refused = false;

	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "/proc/%.10s/ns/%s", pid, links[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		refused |= fd < 0 && (errno == EACCES || errno == EPERM);
		if (fd < 0)
			continue;
		if (is_new(seen, id_of(fd)))
			count(usage, seen,
				i < KIND_COUNT ? (int)i
					       : namespaces_find(links[i], strcspn(links[i], "_")),
				fd);
		close(fd);
	}
	usage->unread += refused;
}

/* The namespaces of the kernel's own threads are those that the machine began with. */
static void leave_out_first(struct seen *seen)
{
	char status[512] = "";

	if (text_read_file("/proc/2/status", status, sizeof status) <= 0 ||
		!strstr(status, "Name:\tkthreadd\n"))
		return;
	for (int i = 0; i < KIND_COUNT; i++) {
		char path[32];
		int fd;

		snprintf(path, sizeof path, "/proc/2/ns/%s", namespaces[i].name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		is_new(seen, id_of(fd));
		close(fd);
	}
}

static void count_all(struct usage *usage)
{
	struct seen seen = {0};
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	leave_out_first(&seen);
	while (processes && (entry = readdir(processes)))
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name))
			count_process(usage, &seen, entry->d_name);
	if (processes)
		closedir(processes);
	free(seen.ids);
}

/* The limits can be read only by who is in there. */
static void read_limits(struct usage_level *level, int fd, uint64_t own)
{
	struct visit seen;

	if (level->id == own)
		visit_here(&seen);
	else
		visit_make(fd, CLONE_NEWUSER, &seen);
	level->number = seen.number;
	memcpy(level->limit, seen.limit, sizeof level->limit);
}

/* `user` is closed. */
static void read_levels(struct usage *usage, int user, int64_t uid)
{
	int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	uint64_t last = 0;

	while (user >= 0 && usage->count < USAGE_LEVELS) {
		struct usage_level *level = &usage->levels[usage->count++];
		int parent = ioctl(user, NS_GET_PARENT);
		uid_t maker;

		last = id_of(user);
		*level = (struct usage_level){.id = last, .uid = uid};
		read_limits(level, user, id_of(own));
		uid = ioctl(user, NS_GET_OWNER_UID, &maker) == 0 ? (int64_t)maker : -1;
		close(user);
		user = parent;
	}
	if (user >= 0)
		close(user);
	if (own >= 0)
		close(own);
	usage->hidden = last != SUBJECT_INITIAL_USER;
}

int usage_read(int pid, struct usage *usage, struct error *error)
{
	int directory = subject_open(pid, "limits", error), user;
	int64_t uid;

	*usage = (struct usage){.kinds = 0};
	if (directory < 0)
		return -1;
	uid = pid ? subject_uid(directory) : (int64_t)geteuid();
	user = openat(directory, "ns/user", O_RDONLY | O_CLOEXEC);
	close(directory);
	if (user < 0 && pid)
		return error_say(error, "--limits: %d: its user namespace is not readable: %s", pid,
			strerror(errno));
	if (user < 0)
		return error_say(error, "--limits: this kernel has no user namespaces");
	for (int i = 0; i < KIND_COUNT; i++) {
		char path[32];

		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			usage->kinds |= KIND_BIT(i);
	}
	read_levels(usage, user, uid);
	count_all(usage);
	return 0;
}

int usage_first(const struct usage *usage, int kind)
{
	long long least = USAGE_UNLIMITED;
	int first = -1;

	for (int i = 0; i < usage->count; i++) {
		const struct usage_level *level = &usage->levels[i];

		if (level->number || level->limit[kind] < 0 ||
			level->limit[kind] >= USAGE_UNLIMITED ||
			level->limit[kind] - level->used[kind] >= least)
			continue;
		least = level->limit[kind] - level->used[kind];
		first = i;
	}
	return first;
}
