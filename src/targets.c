#include "targets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "code.h"
#include "mountinfo.h"
#include "save.h"
#include "sys.h"
#include "text.h"

/* The inode number behind a link of /proc/PID/ns, "net:[4026531840]"; 0 and errno. */
static uint64_t read_link(const char *path)
{
	char text[64];
	ssize_t length = readlink(path, text, sizeof text - 1);
	const char *number;

	/* Where it is refused, Linux 5.10 answers with nothing. */
	if (length == 0)
		errno = EACCES;
	if (length <= 0)
		return 0;
	text[length] = '\0';
	number = strchr(text, '[');
	return number ? strtoull(number + 1, NULL, 10) : 0;
}

static int open_link(int pid, enum kind kind)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, namespaces[kind].name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A PID namespace can be entered from above alone, setns(2). */
static bool is_below(int fd, uint64_t own)
{
	uint64_t id;
	int at = fd, parent;

	while ((id = namespaces_id(at)) != own && (parent = ioctl(at, NS_GET_PARENT)) >= 0) {
		if (at != fd)
			close(at);
		at = parent;
	}
	if (at != fd)
		close(at);
	return id == own;
}

/* What is to be known of a namespace besides its number.  Closes `fd`. */
static void read_relatives(struct target_facts *target, enum kind kind, int fd, const uint64_t *own)
{
	uid_t owner;

	target->owner[kind] = namespaces_follow(fd, NS_GET_USERNS);
	/* Of one further out the ioctl tells nothing. */
	if (target->owner[kind] && target->owner[kind] != own[KIND_USER])
		target->owned_below |= KIND_BIT(kind);
	if (kind == KIND_PID && !is_below(fd, own[KIND_PID]))
		target->unreachable |= KIND_BIT(KIND_PID);
	if (kind == KIND_USER && ioctl(fd, NS_GET_OWNER_UID, &owner) == 0)
		target->user_owner = owner;
	close(fd);
}

static void note_kind(struct target_facts *target, enum kind kind, uint64_t id, const uint64_t *own)
{
	target->kinds |= KIND_BIT(kind);
	target->id[kind] = id;
	if (id == own[kind])
		target->own |= KIND_BIT(kind);
}

/* A line "NAME:\tNUMBER..." of /proc/PID/status; the how-manieth number counts from 0. */
static long status_number(const char *status, const char *name, int which)
{
	const char *line = strstr(status, name);
	char *rest = line ? (char *)line + strlen(name) : NULL;
	long number = -1;

	for (int i = 0; rest && i <= which; i++)
		number = strtol(rest, &rest, 10);
	return number;
}

/* What `id` is called by the lines of a map as they are read from here; -1: it is not mapped.  0 if that
 * is mapped: join.ids takes it. */
static long long joined_id(int pid, const char *name, unsigned id)
{
	char path[64], text[16384] = "", *rest = text;
	long long found = -1;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	text_read_file(path, text, sizeof text);
	while (*rest) {
		unsigned long inside = strtoul(rest, &rest, 10);
		unsigned long outside = strtoul(rest, &rest, 10);
		unsigned long count = strtoul(rest, &rest, 10);

		if (inside == 0)
			return 0;
		if (id >= outside && id - outside < count)
			found = (long long)(inside + id - outside);
		rest += strcspn(rest, "\n");
		rest += *rest == '\n';
	}
	return found;
}

static void read_namespaces(const struct join *join, struct target_facts *target,
	const uint64_t *own)
{
	char path[64];

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		uint64_t id;

		snprintf(path, sizeof path, "/proc/%d/ns/%s", join->pid, namespaces[kind].name);
		id = read_link(path);
		if (id)
			note_kind(target, kind, id, own);
		else if (errno != ENOENT)
			target->problem = TARGET_REFUSED;
		else if (own[kind])
			target->problem = TARGET_ENDED;
		if (target->problem != TARGET_FINE) {
			target->number = errno;
			return;
		}
	}
}

static bool is_alive(int pidfd)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	return poll(&ended, 1, 0) == 0;
}

/* Why pidfd_open(2) or a link was refused, as far as /proc tells. */
static void explain_process(const struct join *join, struct target_facts *target, int number)
{
	char path[64], status[4096] = "";
	long leader;

	snprintf(path, sizeof path, "/proc/%d/status", join->pid);
	text_read_file(path, status, sizeof status);
	/* With hidepid even a living process looks as if it were gone. */
	if (!*status && (target->alive < 0 ? number != ESRCH : is_alive(target->alive))) {
		target->problem = TARGET_HIDDEN;
		return;
	}
	leader = status_number(status, "\nTgid:", 0);
	target->uid = (uid_t)status_number(status, "\nUid:", 1);
	if (target->problem != TARGET_FINE)
		return;
	target->problem = number == ESRCH ? TARGET_GONE : TARGET_REFUSED;
	target->number = number;
	if (leader > 0 && leader != join->pid) {
		target->problem = TARGET_THREAD;
		target->number = (int)leader;
	}
}

static void read_process(const struct spec *spec, const struct join *join,
	struct target_facts *target, const struct facts *facts, const uint64_t *own)
{
	if (proc_pid() != getpid()) {
		target->problem = TARGET_OTHER_PROC;
		return;
	}
	target->alive = sys_pidfd_open(join->pid);
	if (target->alive < 0) {
		explain_process(join, target, errno);
		return;
	}
	read_namespaces(join, target, own);
	/* What was read is this process's if it lives on. */
	if (!is_alive(target->alive) && target->problem == TARGET_FINE)
		target->problem = TARGET_ENDED;
	if (target->problem != TARGET_FINE)
		explain_process(join, target, target->number);
	for (enum kind kind = 0; kind < KIND_COUNT && target->problem == TARGET_FINE; kind++) {
		bool asked = spec->join_count > 1 || kind == KIND_USER || kind == KIND_PID;
		int fd = asked && !(target->own & KIND_BIT(kind)) ? open_link(join->pid, kind) : -1;

		if (fd >= 0)
			read_relatives(target, kind, fd, own);
	}
	if (spec->kinds & KIND_BIT(KIND_USER)) {
		target->joined_uid = joined_id(join->pid, "uid_map", facts->uid);
		target->joined_gid = joined_id(join->pid, "gid_map", facts->gid);
	}
}

/* The kind of an open namespace, or -1. */
static int kind_of(int fd)
{
	int flag = ioctl(fd, NS_GET_NSTYPE);

	for (int i = 0; flag > 0 && i < KIND_COUNT; i++)
		if ((int)namespaces[i].flag == flag)
			return i;
	return -1;
}

/* Looked at first without opening what it is: that may wait (a FIFO), or do something (a device). */
static void read_file(struct target_facts *target, const char *path, const uint64_t *own)
{
	struct statfs system;
	struct stat file;
	int fd, kind, place = open(path, O_PATH | O_CLOEXEC);

	if (place < 0 || fstatfs(place, &system) < 0 || fstat(place, &file) < 0) {
		target->problem = TARGET_FAILED;
		target->number = errno;
		if (place >= 0)
			close(place);
		return;
	}
	close(place);
	target->directory = S_ISDIR(file.st_mode);
	if (target->directory)
		return;
	fd = system.f_type == NSFS_MAGIC ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	kind = fd >= 0 ? kind_of(fd) : -1;
	if (kind < 0) {
		target->problem = TARGET_NO_NAMESPACE;
		if (fd >= 0)
			close(fd);
		return;
	}
	note_kind(target, (enum kind)kind, file.st_ino, own);
	read_relatives(target, (enum kind)kind, fd, own);
}

/* DIR/uts, DIR/net, ...: those that are there. */
static void read_directory(const struct join *join, struct target_facts *target,
	const uint64_t *own)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		struct target_facts one = {.user_owner = -1};
		char path[4096];

		snprintf(path, sizeof path, "%s/%s", join->text, namespaces[kind].name);
		read_file(&one, path, own);
		/* An empty file waits for a namespace. */
		if (one.problem != TARGET_FINE || one.kinds != KIND_BIT(kind))
			continue;
		target->kinds |= one.kinds;
		target->own |= one.own;
		target->unreachable |= one.unreachable;
		target->owned_below |= one.owned_below;
		target->id[kind] = one.id[kind];
		target->owner[kind] = one.owner[kind];
		if (kind == KIND_USER)
			target->user_owner = one.user_owner;
	}
	if (!target->kinds)
		target->problem = TARGET_NO_NAMESPACES;
}

static bool is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry = NULL;

	while (directory && (entry = readdir(directory)) &&
		(!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")))
		;
	if (directory)
		closedir(directory);
	return directory && !entry;
}

/* The directory of --save, whole: whoever is filling it has the lock. */
static void read_kept(const struct join *join, struct target_facts *target, const uint64_t *own,
	struct facts *facts)
{
	struct save_place *place = save_place_of(&facts->memory, join->text);

	if (!place || save_lock(place, false, NULL) < 0) {
		target->problem = errno == ENOENT ? TARGET_ABSENT : TARGET_FAILED;
		target->number = errno;
		return;
	}
	target->directory = true;
	read_directory(join, target, own);
	if (target->problem == TARGET_NO_NAMESPACES && is_empty(join->text))
		target->problem = TARGET_ABSENT;
	save_close(place);
}

/* A whole file of /proc, with a NUL behind it, in the facts' memory; NULL and errno. */
static char *read_all(struct facts *facts, const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	char *text = NULL;
	ssize_t n = 0;

	if (fd < 0)
		return NULL;
	*length = 0;
	do {
		if (size - *length < 4096) {
			char *more = arena_take(&facts->memory, size = 2 * size + 16384);

			if (!more) {
				n = -1;
				break;
			}
			if (text)
				memcpy(more, text, *length);
			text = more;
		}
		n = read(fd, text + *length, size - *length - 1);
		*length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	return n < 0 ? NULL : text;
}

static void read_environment(int pid, struct facts *facts)
{
	char path[64], *text;
	size_t length, count = 0;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	text = read_all(facts, path, &length);
	if (!text) {
		facts->environment_error = errno;
		return;
	}
	for (size_t i = 0; i < length; i++)
		count += text[i] == '\0';
	facts->environment = arena_take(&facts->memory, (count + 2) * sizeof *facts->environment);
	if (!facts->environment) {
		facts->environment_error = ENOMEM;
		return;
	}
	count = 0;
	/* A process may have written over it: what is no variable is left out. */
	for (size_t i = 0; i < length; i += strlen(text + i) + 1)
		if (strchr(text + i, '='))
			facts->environment[count++] = text + i;
	facts->path = NULL;
	for (size_t i = 0; i < count; i++)
		if (!facts->path && !strncmp(facts->environment[i], "PATH=", 5))
			facts->path = facts->environment[i] + 5;
}

/* Where that group lies in a cgroup2 file system that the caller sees; NULL: nowhere. */
static char *find_group(struct facts *facts, const char *group)
{
	struct mountinfo mounts;
	struct mountinfo_line line;
	char *path = NULL;

	/* Of a group outside of the own cgroup namespace the path begins so. */
	if (!strncmp(group, "/..", 3))
		return NULL;
	mountinfo_open(&mounts);
	while (!path && mountinfo_next(&mounts, &line)) {
		size_t shown = strcmp(line.root, "/") != 0 ? strlen(line.root) : 0;

		if (!strcmp(line.type, "cgroup2") && !strncmp(group, line.root, shown) &&
			(group[shown] == '/' || !group[shown]))
			path = arena_print(&facts->memory, "%s%s", line.point,
				strcmp(group + shown, "/") != 0 ? group + shown : "");
	}
	mountinfo_close(&mounts);
	return path;
}

static void read_cgroup(int pid, struct facts *facts)
{
	char path[64], *text, *group;
	size_t length;

	snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
	text = read_all(facts, path, &length);
	if (!text) {
		facts->cgroup_error = errno;
		return;
	}
	/* "0::PATH" is version 2's line, cgroups(7); it may be behind those of version 1. */
	group = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!group)
		return;
	group = strstr(group, "::") + 2;
	group[strcspn(group, "\n")] = '\0';
	facts->cgroup = find_group(facts, group);
}

void targets_read(const struct spec *spec, struct facts *facts)
{
	uint64_t own[KIND_COUNT];
	char path[64];

	for (int i = 0; i < KIND_COUNT; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		own[i] = read_link(path);
	}
	for (int i = 0; i < spec->join_count; i++) {
		const struct join *join = &spec->joins[i];
		struct target_facts *target = &facts->targets[i];

		*target = (struct target_facts){.user_owner = -1, .alive = -1};
		if (join->pid)
			read_process(spec, join, target, facts, own);
		else if (facts_is_kept(spec, i))
			read_kept(join, target, own, facts);
		else
			read_file(target, join->text, own);
		if (target->directory && !facts_is_kept(spec, i))
			read_directory(join, target, own);
		if (join->pid && spec->join_env)
			read_environment(join->pid, facts);
		if (join->pid && spec->join_cgroup)
			read_cgroup(join->pid, facts);
	}
	facts->known |= FACT_TARGETS;
}

void targets_close(struct facts *facts)
{
	for (int i = 0; i < JOIN_MAX; i++)
		if ((facts->known & FACT_TARGETS) && facts->targets[i].alive > 0)
			close(facts->targets[i].alive);
}
