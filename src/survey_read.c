/*
 * Every process is visited once, in the order of /proc, which is that of the pids: so the first that is
 * seen in a namespace is the lowest.  A namespace is opened once, at first sight, and asked for its parent
 * and its owner, which may be new and are asked in turn.  So the calls grow with the processes, the
 * descriptors and the namespaces, and with nothing multiplied.
 */
#include "survey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "code.h"
#include "mountinfo.h"
#include "sys.h"
#include "text.h"

/* So much of a command line is shown. */
enum { COMMAND_MAX = 4096 };

struct user {
	struct user *next;
	uid_t uid;
	char name[];
};

struct reader {
	struct survey *survey;
	struct user *users; /* those of /etc/passwd */
	bool users_read;
	bool foreign; /* /proc numbers processes otherwise than system calls do */
};

struct process {
	pid_t pid;
	int directory;       /* /proc/PID */
	int pidfd;           /* -1: not opened yet */
	bool refused;        /* something of it may not be read */
	bool known;          /* what follows has been read */
	const char *command; /* NULL: it has ended */
	const char *user;
	int64_t uid;
};

/* Whether a failed call tells that a thing could not be read, and not that it is gone or that this kernel has
 * none: a dead process has no mounts (EINVAL), a descriptor may be closed meanwhile (EBADF). */
static bool is_refusal(int number)
{
	return number && number != ENOENT && number != ESRCH && number != EINVAL &&
	       number != EBADF && number != ENOTTY && number != ENOSYS;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int number_of(const char *name)
{
	return (int)strtol(name, NULL, 10);
}

/* --- what is asked of an open namespace ------------------------------------------------------- */

static void ask(struct reader *, uint64_t id, int fd);

/* The namespace that an ioctl of another yields; 0 if there is none to be seen: EPERM above the caller's
 * own (kernel-traps 56), ENOTTY on a kernel without the ioctl. */
static uint64_t ask_for(struct reader *r, int fd, unsigned long request, enum kind kind,
	enum survey_source source)
{
	int other = ioctl(fd, request);
	struct stat status;
	uint64_t id = 0;

	if (other < 0)
		return 0;
	if (fstat(other, &status) == 0 && survey_add(r->survey, kind, status.st_ino, source)) {
		id = status.st_ino;
		ask(r, id, other);
	}
	close(other);
	return id;
}

static void ask(struct reader *r, uint64_t id, int fd)
{
	struct survey_namespace *namespace = survey_find(r->survey, id);
	enum kind kind = namespace->kind;
	uint64_t parent = 0, owner = 0;
	int64_t owner_uid = -1;
	uid_t uid;

	if (namespace->asked)
		return;
	namespace->asked = true;
	if (kind == KIND_USER || kind == KIND_PID)
		parent = ask_for(r, fd, NS_GET_PARENT, kind, SOURCE_PARENT);
	if (kind == KIND_USER && ioctl(fd, NS_GET_OWNER_UID, &uid) == 0)
		owner_uid = uid;
	owner = kind == KIND_USER ? parent : ask_for(r, fd, NS_GET_USERNS, KIND_USER, SOURCE_OWNER);
	/* The answers may have moved it. */
	namespace = survey_find(r->survey, id);
	namespace->parent = parent;
	namespace->owner = owner;
	namespace->owner_uid = owner_uid;
}

/* Asks the file at that path if it is a namespace: it is looked at before it is opened, for by now it may be
 * something that an open(2) does something to. */
static void ask_file(struct reader *r, uint64_t id, int path)
{
	struct statfs system;
	struct stat status;

	if (path < 0)
		return;
	if (fstatfs(path, &system) == 0 && system.f_type == NSFS_MAGIC &&
		fstat(path, &status) == 0 && status.st_ino == id) {
		char name[64];
		int fd;

		snprintf(name, sizeof name, "/proc/self/fd/%d", path);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			ask(r, id, fd);
			close(fd);
		}
	}
	close(path);
}

/* --- a process -------------------------------------------------------------------------------- */

/* By the file itself: what else would know users is not in a static program. */
static void read_users(struct reader *r)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;
	struct user **last = &r->users, *user;

	r->users_read = true;
	while (file && (entry = fgetpwent(file))) {
		user = arena_take(&r->survey->arena, sizeof *user + strlen(entry->pw_name) + 1);
		if (!user)
			break;
		user->uid = entry->pw_uid;
		strcpy(user->name, entry->pw_name);
		*last = user;
		last = &user->next;
	}
	if (file)
		fclose(file);
}

static const char *user_name(struct reader *r, uid_t uid)
{
	if (!r->users_read)
		read_users(r);
	for (const struct user *user = r->users; user; user = user->next)
		if (user->uid == uid)
			return user->name;
	return arena_print(&r->survey->arena, "%u", (unsigned)uid);
}

/* The words of a command line with blanks between; a process without one, of the kernel or dead, has its name
 * in brackets, as ps(1) shows it. */
static void read_command(struct reader *r, struct process *p)
{
	char text[COMMAND_MAX + 1];
	ssize_t length = text_read_at(p->directory, "cmdline", text, sizeof text);

	while (length > 0 && !text[length - 1])
		length--;
	for (ssize_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	if (length > 0) {
		p->command = arena_print(&r->survey->arena, "%s", text);
	} else if (text_read_at(p->directory, "comm", text, sizeof text) > 0) {
		text[strcspn(text, "\n")] = '\0';
		p->command = arena_print(&r->survey->arena, "[%s]", text);
	}
}

/* Its effective user, as ps(1) shows it: the owner of /proc/PID is root where it is not dumpable. */
static void read_process(struct reader *r, struct process *p)
{
	char text[1024], *line;

	if (p->known)
		return;
	p->known = true;
	read_command(r, p);
	if (text_read_at(p->directory, "status", text, sizeof text) > 0 &&
		(line = strstr(text, "\nUid:"))) {
		/* The real one stands before it. */
		strtoul(line + strlen("\nUid:"), &line, 10);
		p->uid = (uid_t)strtoul(line, NULL, 10);
		p->user = user_name(r, (uid_t)p->uid);
	}
}

/* --- mounts ----------------------------------------------------------------------------------- */

/* A mounted namespace is opened only along what the kernel has in memory, as it has the path of every mount:
 * whoever made the mounts on the way (FUSE) is not asked, and can keep nobody waiting. */
static void ask_mounted(struct reader *r, const struct process *p, uint64_t id, const char *path)
{
	int root = openat(p->directory, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return;
	ask_file(r, id,
		sys_openat2(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC,
			RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED));
	close(root);
}

static void note_mount(struct reader *r, const struct process *p, const struct mountinfo_line *line,
	bool own)
{
	struct survey_namespace *namespace;
	uint64_t id;
	int kind;

	if (strcmp(line->type, "nsfs") != 0 || !namespaces_read_link(line->root, &kind, &id))
		return;
	namespace = survey_add(r->survey, (enum kind)kind, id, SOURCE_MOUNT);
	if (!namespace)
		return;
	if (!namespace->path || (own && namespace->path_of)) {
		namespace->path = arena_print(&r->survey->arena, "%s", line->point);
		namespace->path_of = own ? 0 : p->pid;
	}
	if (!namespace->asked)
		ask_mounted(r, p, id, line->point);
}

static void read_mounts(struct reader *r, struct process *p, bool own)
{
	struct mountinfo mounts;
	struct mountinfo_line line;

	if (mountinfo_open_of(&mounts, p->directory) < 0)
		p->refused |= is_refusal(errno);
	while (mountinfo_next(&mounts, &line))
		note_mount(r, p, &line, own);
	mountinfo_close(&mounts);
}

/* --- links in /proc/PID/ns -------------------------------------------------------------------- */

static void note_holder(struct survey_namespace *namespace, enum survey_source source, pid_t pid,
	int descriptor)
{
	if (namespace->holder && namespace->holds <= source)
		return;
	namespace->holder = pid;
	namespace->holds = source;
	namespace->descriptor = descriptor;
}

static void note_process(struct reader *r, struct survey_namespace *namespace, struct process *p)
{
	if (namespace->processes++)
		return;
	read_process(r, p);
	namespace->pid = p->pid;
	namespace->uid = p->uid;
	namespace->user = p->user;
	namespace->command = p->command;
}

/* False if the caller may read none of them. */
static bool read_link(struct reader *r, struct process *p, int links, const char *name,
	enum survey_source source)
{
	char text[64];
	ssize_t length = readlinkat(links, name, text, sizeof text - 1);
	struct survey_namespace *namespace;
	uint64_t id;
	int kind;

	if (length < 0)
		return !is_refusal(errno);
	text[length] = '\0';
	if (!namespaces_read_link(text, &kind, &id))
		return true;
	namespace = survey_add(r->survey, (enum kind)kind, id, source);
	if (!namespace)
		return false;
	if (source == SOURCE_PROCESS)
		note_process(r, namespace, p);
	else
		note_holder(namespace, source, p->pid, -1);
	if (kind == KIND_MNT && !namespace->mounts_read) {
		namespace->mounts_read = true;
		read_mounts(r, p, false);
		namespace = survey_find(r->survey, id);
	}
	if (!namespace->asked)
		ask_file(r, id, openat(links, name, O_PATH | O_CLOEXEC));
	return true;
}

static void read_links(struct reader *r, struct process *p)
{
	static const char *const children[] = {"pid_for_children", "time_for_children"};
	int links = openat(p->directory, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool more = links >= 0;

	if (links < 0)
		p->refused = is_refusal(errno);
	for (int i = 0; i < KIND_COUNT && more; i++)
		more = read_link(r, p, links, namespaces[i].name, SOURCE_PROCESS);
	for (int i = 0; i < 2 && more; i++)
		more = read_link(r, p, links, children[i], SOURCE_CHILDREN);
	if (!more && links >= 0)
		p->refused = true;
	if (links >= 0)
		close(links);
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* The network namespace of a socket is told to who holds it: it is taken over for that moment. */
static void read_socket(struct reader *r, struct process *p, const char *name, uint64_t inode,
	int *done)
{
	struct survey_namespace *namespace;
	int number = number_of(name), fd, net = -1;
	struct stat status;

	if (r->foreign)
		return;
	errno = 0;
	if (p->pidfd < 0)
		p->pidfd = sys_pidfd_open(p->pid);
	fd = sys_pidfd_getfd(p->pidfd, number);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
		status.st_ino == inode)
		net = ioctl(fd, SIOCGSKNS);
	*done = net >= 0 || !is_refusal(errno);
	r->survey->sockets_read += *done;
	if (net >= 0 && fstat(net, &status) == 0 &&
		(namespace = survey_add(r->survey, KIND_NET, status.st_ino, SOURCE_SOCKET))) {
		note_holder(namespace, SOURCE_SOCKET, p->pid, number);
		ask(r, status.st_ino, net);
	}
	if (net >= 0)
		close(net);
	if (fd >= 0)
		close(fd);
}

static void read_descriptor(struct reader *r, struct process *p, struct idtable *sockets,
	int directory, const char *name)
{
	char text[64];
	ssize_t length = readlinkat(directory, name, text, sizeof text - 1);
	struct survey_namespace *namespace;
	uint64_t id;
	int kind;

	if (length < 0)
		return;
	text[length] = '\0';
	if (!strncmp(text, "socket:[", 8)) {
		/* A socket that many share is asked once. */
		int *done;

		id = strtoull(text + 8, NULL, 10);
		done = idtable_take(sockets, id);
		if (done && !*done)
			read_socket(r, p, name, id, done);
		return;
	}
	if (!namespaces_read_link(text, &kind, &id))
		return;
	namespace = survey_add(r->survey, (enum kind)kind, id, SOURCE_DESCRIPTOR);
	if (!namespace)
		return;
	note_holder(namespace, SOURCE_DESCRIPTOR, p->pid, number_of(name));
	if (!namespace->asked)
		ask_file(r, id, openat(directory, name, O_PATH | O_CLOEXEC));
}

static void read_descriptors(struct reader *r, struct process *p, struct idtable *sockets)
{
	int fd = openat(p->directory, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd < 0)
		p->refused |= is_refusal(errno);
	while (directory && (entry = readdir(directory)))
		if (is_number(entry->d_name))
			read_descriptor(r, p, sockets, fd, entry->d_name);
	if (directory)
		closedir(directory);
	else if (fd >= 0)
		close(fd);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void visit(struct reader *r, int proc, const char *name, struct idtable *sockets)
{
	struct process p = {.pid = number_of(name), .pidfd = -1, .uid = -1};

	p.directory = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.directory < 0)
		p.refused = is_refusal(errno);
	else
		read_links(r, &p);
	if (p.directory >= 0 && !p.refused)
		read_descriptors(r, &p, sockets);
	r->survey->processes++;
	r->survey->refused += p.refused;
	if (p.pidfd >= 0)
		close(p.pidfd);
	if (p.directory >= 0)
		close(p.directory);
}

/* The caller's own mounts first: a path that holds for the caller is worth more. */
static void visit_own(struct reader *r, int proc, uint64_t mine[KIND_COUNT])
{
	struct process p = {.pidfd = -1, .uid = -1};
	int kind;

	for (int i = 0; i < KIND_COUNT; i++) {
		char name[32], text[64];
		ssize_t length;

		snprintf(name, sizeof name, "self/ns/%s", namespaces[i].name);
		length = readlinkat(proc, name, text, sizeof text - 1);
		text[length > 0 ? length : 0] = '\0';
		if (!namespaces_read_link(text, &kind, &mine[i]))
			mine[i] = 0;
	}
	p.directory = openat(proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.directory < 0)
		return;
	read_mounts(r, &p, true);
	close(p.directory);
}

/* 0, or the errno of a /proc that cannot be read to its end. */
static int read_all(struct reader *r, DIR *proc)
{
	struct idtable sockets = {0};
	int number;
	uint64_t mine[KIND_COUNT];
	struct dirent *entry;

	visit_own(r, dirfd(proc), mine);
	while ((errno = 0, entry = readdir(proc)))
		if (is_number(entry->d_name))
			visit(r, dirfd(proc), entry->d_name, &sockets);
	number = errno;
	for (int i = 0; i < KIND_COUNT; i++) {
		struct survey_namespace *namespace = survey_find(r->survey, mine[i]);

		if (!namespace)
			continue;
		namespace->mine = true;
	}
	r->survey->sockets = (int)sockets.count;
	idtable_free(&sockets);
	return number;
}

int survey_read(struct survey *survey, const char *option, struct error *error)
{
	struct reader r = {.survey = survey, .foreign = proc_pid() != getpid()};
	DIR *proc = opendir("/proc");
	struct statfs system;
	int number = 0, result = 0;

	if (!proc && errno != ENOENT)
		result = error_say(error, "--%s: open /proc: %s (%s)", option, strerror(errno),
			sys_errno_name(errno));
	else if (!proc || fstatfs(dirfd(proc), &system) < 0 || system.f_type != PROC_SUPER_MAGIC)
		result = error_say(error, "--%s: no proc is mounted at /proc", option);
	else
		number = read_all(&r, proc);
	if (number)
		result = error_say(error, "--%s: readdir /proc: %s (%s)", option, strerror(number),
			sys_errno_name(number));
	if (proc)
		closedir(proc);
	survey_finish(survey);
	return survey->failed ? error_say(error, "out of memory") : result;
}
