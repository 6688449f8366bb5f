#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <paths.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "credentials.h"
#include "mountinfo.h"
#include "subids.h"
#include "targets.h"
#include "text.h"

bool facts_has_capability(const struct facts *facts, int capability)
{
	return facts->effective >> capability & 1;
}

int facts_release_length(const struct facts *facts)
{
	size_t length = strcspn(facts->release, ".");

	if (facts->release[length] == '.')
		length += 1 + strspn(facts->release + length + 1, "0123456789");
	return (int)length;
}

static void read_capabilities(struct facts *facts)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) == 0)
		facts->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	facts->known |= FACT_CAPABILITIES;
}

static void read_machine(struct facts *facts)
{
	struct utsname name;

	uname(&name);
	snprintf(facts->release, sizeof facts->release, "%s", name.release);
	facts->kinds = namespaces_here();
	facts->known |= FACT_MACHINE;
}

static void read_terminal(struct facts *facts)
{
	const char *shell = getenv("SHELL");

	facts->shell = shell && *shell ? shell : _PATH_BSHELL;
	facts->terminal = isatty(STDIN_FILENO);
	facts->foreground = facts->terminal && tcgetpgrp(STDIN_FILENO) == getpgrp();
	facts->known |= FACT_TERMINAL;
}

/* A number in a file below /proc/sys, or -1 if it is not there. */
static long long read_sysctl(const char *name)
{
	char path[96], text[32];

	snprintf(path, sizeof path, "/proc/sys/%s", name);
	return text_read_file(path, text, sizeof text) > 0 ? strtoll(text, NULL, 10) : -1;
}

/* What tells whether a new proc may be mounted, and where /proc is written. */
static void note_mount(struct facts *facts, const struct mountinfo_line *line)
{
	size_t length;

	facts->mounts++;
	if (!strcmp(line->point, "/proc")) {
		facts->proc_mounted = !strcmp(line->type, "proc");
		facts->proc_read_only = !strncmp(line->options, "ro", 2);
		facts->covered[0] = '\0';
	}
	/* On these the kernel knows that nothing is hidden: empty directories for mounts. */
	if (strncmp(line->point, "/proc/", strlen("/proc/")) != 0 ||
		!strcmp(line->point, "/proc/sys/fs/binfmt_misc") ||
		!strcmp(line->point, "/proc/fs/nfsd"))
		return;
	length = strlen(facts->covered);
	if (length + strlen(line->point) + 3 < sizeof facts->covered)
		snprintf(facts->covered + length, sizeof facts->covered - length, "%s%s",
			length ? ", " : "", line->point);
}

static void read_mounts(struct facts *facts)
{
	struct mountinfo mounts;
	struct mountinfo_line line;

	facts->proc_mounted = false;
	facts->covered[0] = '\0';
	facts->mounts = 0;
	mountinfo_open(&mounts);
	while (mountinfo_next(&mounts, &line))
		note_mount(facts, &line);
	mountinfo_close(&mounts);
	facts->mount_max = (long)read_sysctl("fs/mount-max");
}

/* Whether `id` is mapped in the present user namespace, by the lines of uid_map or gid_map:
 * inside, outside, count. */
static bool is_unmapped(const char *path, unsigned id, bool *nested)
{
	char text[16384], *rest = text;
	bool mapped = false;

	/* Nothing is mapped by an empty one. */
	if (text_read_file(path, text, sizeof text) < 0)
		return false;
	*nested |= !*text;
	while (*rest) {
		unsigned long inside = strtoul(rest, &rest, 10);
		unsigned long count;

		strtoul(rest, &rest, 10);
		count = strtoul(rest, &rest, 10);
		mapped |= id >= inside && id - inside < count;
		*nested |= count != UINT32_MAX;
		rest += strcspn(rest, "\n");
		rest += *rest == '\n';
	}
	return !mapped;
}

static bool is_same_namespace(const char *one, const char *other)
{
	char a[64], b[64];
	ssize_t m = readlink(one, a, sizeof a), n = readlink(other, b, sizeof b);

	return m > 0 && m == n && memcmp(a, b, (size_t)m) == 0;
}

/* By ioctl_ns(2): EPERM says that the owner lies further out than the caller may see. */
static void read_owner(struct facts *facts)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	struct stat one, other;

	facts->owns_mounts = fd >= 0 && owner < 0 && errno == EPERM ? NO : UNKNOWN;
	if (owner >= 0 && fstat(owner, &one) == 0 && stat("/proc/self/ns/user", &other) == 0)
		facts->owns_mounts = one.st_ino == other.st_ino ? YES : NO;
	if (owner >= 0)
		close(owner);
	if (fd >= 0)
		close(fd);
	facts->known |= FACT_OWNER;
}

/* Against the root of PID 1, where that is in the same mount namespace and can be read. */
static enum answer read_chroot(const struct facts *facts)
{
	struct stat here, there;

	if (!facts->root_is_mount)
		return YES;
	if (!is_same_namespace("/proc/1/ns/mnt", "/proc/self/ns/mnt") || stat("/", &here) < 0 ||
		stat("/proc/1/root/", &there) < 0)
		return UNKNOWN;
	return here.st_dev == there.st_dev && here.st_ino == there.st_ino ? NO : YES;
}

static void read_apparmor(struct facts *facts)
{
	char *end;

	facts->apparmor_restrict = (int)read_sysctl("kernel/apparmor_restrict_unprivileged_userns");
	if (text_read_file("/proc/self/attr/apparmor/current", facts->apparmor,
		    sizeof facts->apparmor) <= 0)
		facts->apparmor[0] = '\0';
	/* "unconfined", or "NAME (mode)" */
	end = strpbrk(facts->apparmor, "\n");
	if (end)
		*end = '\0';
	if (!strncmp(facts->apparmor, "unconfined", strlen("unconfined")))
		facts->apparmor[0] = '\0';
}

static int read_seccomp(void)
{
	char status[4096];
	const char *line = NULL;

	if (text_read_file("/proc/self/status", status, sizeof status) > 0)
		line = strstr(status, "\nSeccomp:\t");
	/* Without a proc; in the strict mode this would be the end. */
	return line ? (int)strtol(line + strlen("\nSeccomp:\t"), NULL, 10) : prctl(PR_GET_SECCOMP);
}

static void read_refusals(struct facts *facts)
{
	struct rlimit processes;
	struct statx root;
	char name[64];

	facts->seccomp = read_seccomp();
	facts->root_is_mount = statx(AT_FDCWD, "/", 0, 0, &root) < 0 ||
			       !(root.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
			       (root.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	read_mounts(facts);
	facts->nested_user = false;
	facts->uid_unmapped = is_unmapped("/proc/self/uid_map", facts->uid, &facts->nested_user);
	facts->gid_unmapped = is_unmapped("/proc/self/gid_map", facts->gid, &facts->nested_user);
	facts->chroot = read_chroot(facts);
	facts->userns_clone = (int)read_sysctl("kernel/unprivileged_userns_clone");
	read_apparmor(facts);
	for (int i = 0; i < KIND_COUNT; i++) {
		snprintf(name, sizeof name, "user/%s", namespaces[i].sysctl);
		facts->limit[i] = read_sysctl(name);
	}
	facts->process_limit = -1;
	/* Whom the limit does not bind: fork(2), EAGAIN. */
	if (getrlimit(RLIMIT_NPROC, &processes) == 0 && processes.rlim_cur != RLIM_INFINITY &&
		facts->uid != 0 && !facts_has_capability(facts, CAP_SYS_ADMIN) &&
		!facts_has_capability(facts, CAP_SYS_RESOURCE))
		facts->process_limit = (long long)processes.rlim_cur;
	/* Before the first fork into a new one, its link is not there (kernel-traps 45). */
	facts->children_elsewhere =
		access("/proc/self/ns/pid", F_OK) == 0 &&
		!is_same_namespace("/proc/self/ns/pid", "/proc/self/ns/pid_for_children");
	facts->known |= FACT_REFUSALS;
}

static int probe_child(void *argument)
{
	(void)argument;
	return 0;
}

/* The errno of making just these namespaces, for a child that ends at once.  For a time namespace clone(2)
 * has no flag (kernel-traps 1); a seccomp filter may know clone(2) alone. */
static int try_clone(unsigned flags)
{
	static char stack[16384] __attribute__((aligned(16)));
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
	pid_t pid = (flags & CLONE_NEWTIME)
			    ? (pid_t)syscall(SYS_clone3, &args, sizeof args)
			    : clone(probe_child, stack + sizeof stack, (int)flags | SIGCHLD, NULL);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static void read_probes(struct facts *facts)
{
	/* Where the caller is not privileged, a kind is only to be had with a user namespace. */
	unsigned user = facts_has_capability(facts, CAP_SYS_ADMIN) ? 0 : CLONE_NEWUSER;

	facts->probed = 0;
	for (int i = 0; i < KIND_COUNT; i++) {
		facts->probe[i] = try_clone(namespaces[i].flag | user);
		facts->probed |= KIND_BIT(i);
	}
	facts->known |= FACT_PROBES;
}

static int64_t nanoseconds(int64_t seconds, int64_t rest)
{
	return seconds * CLOCK_SECOND + rest;
}

/* Offsets in the initial time namespace are 0, and so they are where none are shown. */
static void read_clocks(struct facts *facts)
{
	static const clockid_t ids[CLOCK_COUNT] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME};
	char text[256] = "";

	text_read_file("/proc/self/timens_offsets", text, sizeof text);
	for (int i = 0; i < CLOCK_COUNT; i++) {
		const char *line = strstr(text, clock_names[i]);
		char *rest = NULL;
		struct timespec now;

		clock_gettime(ids[i], &now);
		facts->clocks[i].now = nanoseconds(now.tv_sec, now.tv_nsec);
		facts->clocks[i].offset = 0;
		if (line) {
			int64_t seconds = strtoll(line + strlen(clock_names[i]), &rest, 10);

			facts->clocks[i].offset = nanoseconds(seconds, strtoll(rest, NULL, 10));
		}
	}
	facts->known |= FACT_CLOCKS;
}

unsigned facts_joined(const struct spec *spec, const struct facts *facts, int i)
{
	const struct join *join = &spec->joins[i];
	const struct target_facts *target = &facts->targets[i];
	unsigned taken = (spec->kinds | (spec->all ? KIND_ALL : 0)) & ~spec->left_out;

	if (join->kinds)
		return join->kinds;
	if (!join->pid && !target->directory)
		return target->kinds;
	return target->kinds & ~(target->own | (taken & KIND_BIT(KIND_PID)));
}

bool facts_is_kept(const struct spec *spec, int i)
{
	return spec->save && !spec->joins[i].pid && !strcmp(spec->joins[i].text, spec->save);
}

/* The command will see another tree than the caller. */
static bool is_elsewhere(const struct spec *spec, const struct facts *facts)
{
	unsigned joined = 0;

	for (int i = 0; i < spec->join_count; i++)
		joined |= facts_joined(spec, facts, i);
	return spec->join_root || spec_has_root(spec) || (joined & KIND_BIT(KIND_MNT));
}

/* A relative candidate counts from the working directory that the command will have. */
static void read_command(const struct spec *spec, struct facts *facts)
{
	const char *name = spec->command ? spec->command[0] : facts->shell;
	struct arena arena = {0};
	char **list;

	facts->command = (struct command_facts){0};
	facts->directory_error = 0;
	if (is_elsewhere(spec, facts))
		return;
	list = command_candidates(&arena, name, facts->path ? facts->path : facts->default_path);

	for (size_t i = 0; list && list[i] && spec->directory; i++)
		if (list[i][0] != '/')
			list[i] = arena_print(&arena, "%s/%s", spec->directory, list[i]);
	if (spec->directory && faccessat(AT_FDCWD, spec->directory, X_OK, AT_EACCESS) < 0)
		facts->directory_error = errno;
	command_look_up(list, &facts->command);
	arena_free(&arena);
	facts->known |= FACT_COMMAND;
}

static void read_subids(struct facts *facts)
{
	if (facts->known & FACT_SUBIDS)
		return;
	subids_name("/etc/passwd", facts->uid, facts->user, sizeof facts->user);
	subids_read("/etc/subuid", facts->user, facts->uid, &facts->sub_uids, &facts->free_sub_uid);
	/* The owner is a user there, too: subgid(5). */
	subids_read("/etc/subgid", facts->user, facts->uid, &facts->sub_gids, &facts->free_sub_gid);
	facts->known |= FACT_SUBIDS;
}

static void find_helper(const struct facts *facts, const char *name, struct helper_facts *helper)
{
	struct arena arena = {0};
	char **list =
		command_candidates(&arena, name, facts->path ? facts->path : facts->default_path);

	*helper = (struct helper_facts){0};
	while (list && *list && faccessat(AT_FDCWD, *list, X_OK, AT_EACCESS) < 0)
		list++;
	if (list && *list)
		snprintf(helper->path, sizeof helper->path, "%s", *list);
	arena_free(&arena);
}

static void look_at_helper(struct helper_facts *helper)
{
	struct statvfs mount;
	struct stat status;

	helper->privileged = (stat(helper->path, &status) == 0 && (status.st_mode & S_ISUID) &&
				     status.st_uid == 0) ||
			     getxattr(helper->path, "security.capability", NULL, 0) > 0;
	helper->nosuid = statvfs(helper->path, &mount) == 0 && (mount.f_flag & ST_NOSUID);
}

static void read_helpers(struct facts *facts)
{
	look_at_helper(&facts->newuidmap);
	look_at_helper(&facts->newgidmap);
	facts->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	facts->known |= FACT_HELPERS;
}

static bool maps_ranges(const struct spec *spec)
{
	return spec->map_auto || spec->map_users.count || spec->map_groups.count;
}

const char *const facts_usr[USR_COUNT] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

/* For --host-usr and --dev. */
static void read_usr(struct facts *facts)
{
	char text[256];
	bool nested = false;

	for (int i = 0; i < USR_COUNT; i++) {
		ssize_t length = readlink(facts_usr[i], text, sizeof text);

		facts->usr[i] = NULL;
		if (length >= 0)
			facts->usr[i] = arena_print(&facts->memory, "%.*s", (int)length, text);
		else if (errno == EINVAL)
			facts->usr[i] = "";
	}
	facts->terminal_group = !is_unmapped("/proc/self/gid_map", TERMINAL_GROUP, &nested);
}

static void read_working_directory(struct facts *facts)
{
	char path[4096];
	const char *at = getcwd(path, sizeof path);

	/* "(unreachable)..." lies outside the root, getcwd(3). */
	facts->working_directory = at && at[0] == '/' ? arena_print(&facts->memory, "%s", at) : "/";
}

void facts_for_plan(const struct spec *spec, struct facts *facts)
{
	*facts = (struct facts){
		.uid = (uid_t)getauxval(AT_EUID),
		.gid = (gid_t)getauxval(AT_EGID),
		.path = getenv("PATH"),
		.default_path = "/bin:/usr/bin",
	};
	if (spec->all || spec->setgroups == SETGROUPS_ALLOW || maps_ranges(spec) ||
		credentials_are_asked(spec))
		read_capabilities(facts);
	if (spec->map_auto)
		read_subids(facts);
	if (maps_ranges(spec) && !facts_has_capability(facts, CAP_SETUID))
		find_helper(facts, "newuidmap", &facts->newuidmap);
	if (maps_ranges(spec) && !facts_has_capability(facts, CAP_SETGID))
		find_helper(facts, "newgidmap", &facts->newgidmap);
	if (!spec->command && spec->question == ASK_NOTHING)
		read_terminal(facts);
	if (spec->clocks[CLOCK_OF_MONOTONIC].text || spec->clocks[CLOCK_OF_BOOTTIME].text)
		read_clocks(facts);
	if (spec->join_count)
		targets_read(spec, facts);
	if (spec->join_count || spec_has_root(spec))
		read_working_directory(facts);
	for (int i = 0; i < spec->operation_count; i++)
		if (spec->operations[i].kind == OPERATION_DEV ||
			spec->operations[i].kind == OPERATION_HOST_USR)
			read_usr(facts);
}

void facts_for_explain(const struct spec *spec, struct facts *facts)
{
	facts_for_plan(spec, facts);
	read_capabilities(facts);
	read_machine(facts);
	read_refusals(facts);
	if (spec->save)
		read_owner(facts);
	read_subids(facts);
	if (maps_ranges(spec))
		read_helpers(facts);
	if (spec->command || facts->terminal)
		read_command(spec, facts);
}

void facts_for_hint(const struct spec *spec, unsigned wanted, struct facts *facts)
{
	read_capabilities(facts);
	read_machine(facts);
	read_refusals(facts);
	if (wanted & FACT_PROBES)
		read_probes(facts);
	if (wanted & FACT_COMMAND) {
		read_command(spec, facts);
		facts->known |= FACT_COMMAND;
	}
	if (wanted & FACT_OWNER)
		read_owner(facts);
	if (wanted & FACT_SUBIDS)
		read_subids(facts);
	if (wanted & FACT_HELPERS)
		read_helpers(facts);
}

void facts_free(struct facts *facts)
{
	targets_close(facts);
	arena_free(&facts->memory);
	free(facts->sub_uids.ranges);
	free(facts->sub_gids.ranges);
	facts->sub_uids = facts->sub_gids = (struct id_map){0};
}
