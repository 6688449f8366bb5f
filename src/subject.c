#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "clock.h"
#include "code.h"
#include "sys.h"
#include "text.h"
#include "visit.h"

int subject_open(int pid, const char *option, struct error *error)
{
	char path[32] = "/proc/self";
	struct statfs system;
	int fd;

	if (statfs("/proc", &system) < 0 || system.f_type != PROC_SUPER_MAGIC)
		return error_say(error, "--%s: no proc is mounted at /proc", option);
	if (pid)
		snprintf(path, sizeof path, "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_say(error, "--%s: open %s: %s (%s)", option, path, strerror(errno),
			sys_errno_name(errno));
	if (!pid)
		return error_say(error,
			"--%s: /proc belongs to another PID namespace than nsrun's, and does not show it",
			option);
	if (proc_pid() == getpid() && kill(pid, 0) < 0 && errno == EPERM)
		return error_say(error, "--%s: %d: /proc hides that process from uid %u", option,
			pid, (unsigned)geteuid());
	return error_say(error, "--%s: %d: no such process", option, pid);
}

static void read_namespace(int directory, int kind, struct subject_namespace *ns)
{
	char path[32];
	struct stat own;
	uid_t maker;
	int fd;

	snprintf(path, sizeof path, "ns/%s", namespaces[kind].name);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	*ns = (struct subject_namespace){.number = fd < 0 ? errno : 0, .owner_uid = -1};
	if (fd < 0)
		return;
	ns->id = namespaces_id(fd);
	ns->owner = namespaces_follow(fd, NS_GET_USERNS);
	if (kind == KIND_PID || kind == KIND_USER)
		ns->parent = namespaces_follow(fd, NS_GET_PARENT);
	if (kind == KIND_USER && ioctl(fd, NS_GET_OWNER_UID, &maker) == 0)
		ns->owner_uid = maker;
	snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[kind].name);
	ns->same = stat(path, &own) == 0 && own.st_ino == ns->id;
	close(fd);
}

static uint64_t read_link(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	uint64_t id = namespaces_id(fd);

	if (fd >= 0)
		close(fd);
	return id;
}

/* Not by getpwuid(3), which wants shared libraries at run time. */
static void find_user(uid_t uid, char out[SUBJECT_NAME])
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	out[0] = '\0';
	while (file && !out[0] && (entry = fgetpwent(file)))
		if (entry->pw_uid == uid)
			snprintf(out, SUBJECT_NAME, "%s", entry->pw_name);
	if (file)
		fclose(file);
}

static void find_group(gid_t gid, char out[SUBJECT_NAME])
{
	FILE *file = fopen("/etc/group", "re");
	struct group *entry;

	out[0] = '\0';
	while (file && !out[0] && (entry = fgetgrent(file)))
		if (entry->gr_gid == gid)
			snprintf(out, SUBJECT_NAME, "%s", entry->gr_name);
	if (file)
		fclose(file);
}

static void read_map(int directory, const char *path, bool is_uid, bool here,
	struct subject_map *map)
{
	char text[SUBJECT_RANGES * 34], *rest = text;

	map->count = -1;
	if (text_read_at(directory, path, text, sizeof text) < 0)
		return;
	for (map->count = 0; *rest && map->count < SUBJECT_RANGES; map->count++) {
		struct subject_range *range = &map->ranges[map->count];

		range->inside = (uint32_t)strtoul(rest, &rest, 10);
		range->outside = (uint32_t)strtoul(rest, &rest, 10);
		range->count = (uint32_t)strtoul(rest, &rest, 10);
		rest += strcspn(rest, "\n");
		rest += *rest == '\n';
		if (!here || range->count != 1)
			range->name[0] = '\0';
		else if (is_uid)
			find_user(range->outside, range->name);
		else
			find_group(range->outside, range->name);
	}
}

/* The field of /proc/PID/status behind its name and a tab; "" if there is none. */
static const char *field_of(const char *status, const char *name)
{
	char wanted[24];
	const char *line;

	snprintf(wanted, sizeof wanted, "\n%s:\t", name);
	line = strstr(status, wanted);
	return line ? line + strlen(wanted) : "";
}

static int number_of(const char *status, const char *name)
{
	const char *field = field_of(status, name);

	return *field ? (int)strtol(field, NULL, 10) : -1;
}

int64_t subject_uid(int directory)
{
	char status[8192], *rest;

	if (text_read_at(directory, "status", status, sizeof status) <= 0)
		return -1;
	strtol(field_of(status, "Uid"), &rest, 10);
	return strtoll(rest, NULL, 10);
}

static int read_status(int directory, struct subject *s)
{
	static const char *const sets[SUBJECT_SETS] = {"CapEff", "CapPrm", "CapInh", "CapBnd",
		"CapAmb"};
	char status[8192], *rest;
	ssize_t length;

	/* Its lines are looked for behind a newline. */
	status[0] = '\n';
	if (text_read_at(directory, "status", status + 1, sizeof status - 1) <= 0)
		return -1;
	s->ended = *field_of(status, "State") == 'Z' || *field_of(status, "State") == 'X';
	s->pid = number_of(status, "Pid");
	strtol(field_of(status, "Uid"), &rest, 10);
	s->uid = strtoll(rest, NULL, 10);
	find_user((uid_t)s->uid, s->user);
	for (int i = 0; i < SUBJECT_SETS; i++)
		s->capabilities[i] = strtoull(field_of(status, sets[i]), NULL, 16);
	s->seccomp = number_of(status, "Seccomp");
	s->filters = number_of(status, "Seccomp_filters");
	s->no_new_privs = number_of(status, "NoNewPrivs");
	length = text_read_at(directory, "comm", s->command, sizeof s->command);
	/* A name may have newlines of its own. */
	if (length > 0 && s->command[length - 1] == '\n')
		s->command[length - 1] = '\0';
	return 0;
}

static void read_clocks(int directory, struct subject *s)
{
	char text[256];

	s->clocks_known = text_read_at(directory, "timens_offsets", text, sizeof text) > 0;
	for (int i = 0; i < CLOCK_COUNT && s->clocks_known; i++) {
		const char *line = strstr(text, clock_names[i]);
		char *rest;

		if (!line)
			continue;
		s->clocks[i] = strtoll(line + strlen(clock_names[i]), &rest, 10) * CLOCK_SECOND;
		s->clocks[i] += strtoll(rest, NULL, 10);
	}
}

static void read_caller(struct subject *s)
{
	char text[4096] = "\n";

	s->own_uid = geteuid();
	s->own_gid = getegid();
	find_user(s->own_uid, s->own_name);
	find_group(s->own_gid, s->own_group);
	if (text_read_file("/proc/self/status", text + 1, sizeof text - 1) > 0)
		s->admin = strtoull(field_of(text, "CapEff"), NULL, 16) >> CAP_SYS_ADMIN & 1;
	s->full = ~UINT64_C(0);
	if (text_read_file("/proc/sys/kernel/cap_last_cap", text, sizeof text) > 0)
		s->full >>= 63 - (strtoul(text, NULL, 10) & 63);
	s->initial_user = read_link(AT_FDCWD, "/proc/self/ns/user") == SUBJECT_INITIAL_USER;
	s->kinds = namespaces_here();
}

/* Joining is tried as --join does it: all that differ at once; and if that is refused each alone, or along
 * with its user namespace. */
static void try_joining(struct subject *s, int pidfd)
{
	const unsigned user = KIND_BIT(KIND_USER);
	struct visit seen;

	visit_make(pidfd, namespaces_flags(s->differ), &seen);
	s->join_number = seen.number;
	if (seen.number == 0) {
		s->joined = s->differ;
		if (s->differ & KIND_BIT(KIND_UTS))
			snprintf(s->hostname, sizeof s->hostname, "%s", seen.hostname);
		return;
	}
	s->hostname_number = (s->differ & KIND_BIT(KIND_UTS)) ? seen.number : 0;
	for (int i = 0; i < KIND_COUNT; i++) {
		unsigned kind = KIND_BIT(i) & s->differ;

		if (!kind)
			continue;
		visit_make(pidfd, namespaces_flags(kind), &seen);
		if (seen.number && (s->differ & user) && kind != user) {
			kind |= user;
			visit_make(pidfd, namespaces_flags(kind), &seen);
		}
		if (seen.number)
			continue;
		s->joined |= kind;
		if (i != KIND_UTS)
			continue;
		s->hostname_number = 0;
		snprintf(s->hostname, sizeof s->hostname, "%s", seen.hostname);
	}
	visit_make(pidfd, namespaces_flags(s->joined), &seen);
	if (s->joined && seen.number)
		s->joined = 0;
}

static void read_joining(struct subject *s)
{
	const struct subject_namespace *uts = &s->namespaces[KIND_UTS];
	struct visit here;
	int pidfd;

	if (uts->same) {
		visit_here(&here);
		snprintf(s->hostname, sizeof s->hostname, "%s", here.hostname);
	} else {
		s->hostname_number = uts->number;
	}
	/* Of a process whose links may not be read nothing may be joined either. */
	for (int i = 0; i < KIND_COUNT; i++)
		if ((s->kinds & KIND_BIT(i)) && s->namespaces[i].number)
			s->join_number = s->namespaces[i].number;
	s->foreign_proc = proc_pid() != getpid();
	if (!s->differ || s->join_number || s->foreign_proc || s->self)
		return;
	pidfd = sys_pidfd_open(s->pid);
	if (pidfd < 0) {
		s->join_number = errno;
		s->hostname_number = uts->same ? 0 : errno;
		return;
	}
	try_joining(s, pidfd);
	close(pidfd);
}

static void read_namespaces(int directory, struct subject *s)
{
	for (int i = 0; i < KIND_COUNT; i++) {
		read_namespace(directory, i, &s->namespaces[i]);
		if (s->namespaces[i].number == 0 && !s->namespaces[i].same)
			s->differ |= KIND_BIT(i);
	}
	s->pid_for_children = read_link(directory, "ns/pid_for_children");
	s->time_for_children = read_link(directory, "ns/time_for_children");
}

int subject_read(int pid, struct subject *s, struct error *error)
{
	int directory = subject_open(pid, "inspect", error);
	bool here;

	*s = (struct subject){.self = pid == 0 || pid == proc_pid()};
	if (directory < 0)
		return -1;
	read_caller(s);
	read_namespaces(directory, s);
	/* Of a process in another user namespace the map counts in the caller's own. */
	here = !s->namespaces[KIND_USER].same && s->namespaces[KIND_USER].number == 0;
	read_map(directory, "uid_map", true, here, &s->uid_map);
	read_map(directory, "gid_map", false, here, &s->gid_map);
	if (text_read_at(directory, "setgroups", s->setgroups, sizeof s->setgroups) > 0)
		s->setgroups[strcspn(s->setgroups, "\n")] = '\0';
	read_clocks(directory, s);
	if (text_read_at(directory, "cgroup", s->cgroup, sizeof s->cgroup) < 0)
		s->cgroup[0] = '\0';
	/* Last: that it is there still means that all of this was its own. */
	if (read_status(directory, s) < 0) {
		close(directory);
		return error_say(error, "--inspect: %d: the process ended while it was read", pid);
	}
	read_joining(s);
	close(directory);
	return 0;
}
