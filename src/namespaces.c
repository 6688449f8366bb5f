#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

const struct namespace_kind namespaces[KIND_COUNT] = {
	[KIND_MNT] = {"mnt", CLONE_NEWNS, "CLONE_NEWNS", "max_mnt_namespaces",
		"mount_namespaces(7)", "A list of mounts of its own."},
	[KIND_UTS] = {"uts", CLONE_NEWUTS, "CLONE_NEWUTS", "max_uts_namespaces",
		"uts_namespaces(7)", "A hostname and a domain name of its own."},
	[KIND_IPC] = {"ipc", CLONE_NEWIPC, "CLONE_NEWIPC", "max_ipc_namespaces",
		"ipc_namespaces(7)", "System V IPC objects and POSIX message queues of its own."},
	[KIND_NET] = {"net", CLONE_NEWNET, "CLONE_NEWNET", "max_net_namespaces",
		"network_namespaces(7)",
		"Network devices, addresses, routes and ports of its own."},
	[KIND_PID] = {"pid", CLONE_NEWPID, "CLONE_NEWPID", "max_pid_namespaces",
		"pid_namespaces(7)", "Process numbers of its own, beginning with 1."},
	[KIND_USER] = {"user", CLONE_NEWUSER, "CLONE_NEWUSER", "max_user_namespaces",
		"user_namespaces(7)", "User and group ids and capabilities of its own."},
	[KIND_CGROUP] = {"cgroup", CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "max_cgroup_namespaces",
		"cgroup_namespaces(7)", "Its present cgroup as the root of the cgroup tree."},
	[KIND_TIME] = {"time", CLONE_NEWTIME, "CLONE_NEWTIME", "max_time_namespaces",
		"time_namespaces(7)",
		"Offsets of its own for the monotonic and the boot-time clock."},
};

int namespaces_find(const char *name, size_t length)
{
	if (length == strlen("mount") && !strncmp(name, "mount", length))
		return KIND_MNT;
	for (int i = 0; i < KIND_COUNT; i++)
		if (strlen(namespaces[i].name) == length &&
			!strncmp(name, namespaces[i].name, length))
			return i;
	return -1;
}

/* A number with `rest` behind it, and not 0; false if it is none. */
static bool read_id(const char *text, const char *rest, uint64_t *id)
{
	size_t digits = strspn(text, "0123456789");

	errno = 0;
	*id = strtoull(text, NULL, 10);
	return digits && *id && !errno && !strcmp(text + digits, rest);
}

bool namespaces_read_link(const char *text, int *kind, uint64_t *id)
{
	size_t length = strcspn(text, ":");

	*kind = namespaces_find(text, length);
	return *kind >= 0 && text[length] == ':' && text[length + 1] == '[' &&
	       read_id(text + length + 2, "]", id);
}

bool namespaces_read_word(const char *word, int *kind, uint64_t *id)
{
	if (namespaces_read_link(word, kind, id))
		return true;
	*id = 0;
	*kind = namespaces_find(word, strlen(word));
	return *kind >= 0 || read_id(word, "", id);
}

unsigned namespaces_here(void)
{
	unsigned set = 0;
	char path[64];

	for (int i = 0; i < KIND_COUNT; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		/* Without a proc nothing is known to be missing. */
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
			access("/proc/self", F_OK) < 0)
			set |= KIND_BIT(i);
	}
	return set;
}

uint64_t namespaces_id(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

uint64_t namespaces_follow(int fd, unsigned long request)
{
	int other = ioctl(fd, request);
	uint64_t id = namespaces_id(other);

	if (other >= 0)
		close(other);
	return id;
}

unsigned namespaces_flags(unsigned set)
{
	unsigned flags = 0;

	for (int i = 0; i < KIND_COUNT; i++)
		if (set & KIND_BIT(i))
			flags |= namespaces[i].flag;
	return flags;
}

unsigned namespaces_of(unsigned flags)
{
	unsigned set = 0;

	for (int i = 0; i < KIND_COUNT; i++)
		if (flags & namespaces[i].flag)
			set |= KIND_BIT(i);
	return set;
}

void namespaces_list(FILE *out, unsigned set, const char *gap)
{
	bool begun = false;

	for (int i = 0; i < KIND_COUNT; i++) {
		if (!(set & KIND_BIT(i)))
			continue;
		fprintf(out, "%s%s", begun ? gap : "", namespaces[i].name);
		begun = true;
	}
}

void namespaces_flag_names(FILE *out, unsigned flags)
{
	bool begun = false;

	for (int i = 0; i < KIND_COUNT; i++) {
		if (!(flags & namespaces[i].flag))
			continue;
		fprintf(out, "%s%s", begun ? "|" : "", namespaces[i].flag_name);
		begun = true;
	}
}
