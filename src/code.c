#include "code.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

/* All of it in one write(2), or none: of an id map the kernel takes no second.  The descriptor stays open
 * until the process ends or executes the command. */
int write_file(int directory, const char *path, const char *text)
{
	int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : fd;
}

int write_file_of(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = write_file(AT_FDCWD, path, text);
	return fd < 0 ? -1 : close(fd);
}

int enter_cgroup(const char *path, pid_t pid)
{
	char text[16];
	int fd;

	snprintf(text, sizeof text, "%d", pid);
	fd = write_file(AT_FDCWD, path, text);
	return fd < 0 ? -1 : close(fd);
}

/* Any socket will do to speak of a network device.  The exec closes it. */
int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);
}

/* A parent that is dead already sends no signal any more; its pidfd is readable then, while getppid(2) is 0
 * in a PID namespace before and after. */
int die_with(int parent)
{
	struct pollfd dead = {.fd = parent, .events = POLLIN};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (poll(&dead, 1, 0) == 0)
		return 0;
	errno = ESRCH;
	return -1;
}

static void swallow(int number)
{
	(void)number;
}

/* A pending Ctrl-Z would stop this process while its parent sleeps in clone(2) until the exec, for ever.
 * The exec turns a handler back to the default. */
int swallow_stops(void)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	struct sigaction empty = {.sa_handler = swallow}, before;

	for (int i = 0; i < 3; i++) {
		if (sigaction(stops[i], &empty, &before) < 0)
			return -1;
		if (before.sa_handler == SIG_IGN && sigaction(stops[i], &before, NULL) < 0)
			return -1;
	}
	return 0;
}

/* EINVAL: the user namespace does not have that id; the process keeps its own.  EPERM: setgroups(2) is denied
 * in it. */
int become_root(void)
{
	if (setgid(0) < 0) {
		if (errno != EINVAL)
			return -1;
	} else if (setgroups(0, NULL) < 0 && errno != EPERM) {
		return -1;
	}
	return setuid(0) < 0 && errno != EINVAL ? -1 : 0;
}

int go_to(const char *directory)
{
	if (chdir(directory) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP)
		return -1;
	return chdir("/");
}

pid_t proc_pid(void)
{
	char text[16];
	ssize_t length = readlink("/proc/self", text, sizeof text - 1);

	if (length <= 0)
		return -1;
	text[length] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

/* What the child is told that writes the maps: a byte, that there is a namespace; an end of file, that there
 * is none. */
struct scribe {
	const char *users, *groups;
	pid_t number; /* of its parent, in /proc */
	int go[2];
};

/* The child.  Its status is an errno, or 0. */
static int write_maps(void *argument)
{
	const struct scribe *scribe = argument;
	char byte;
	ssize_t n;

	close(scribe->go[1]);
	while ((n = read(scribe->go[0], &byte, 1)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return 0;
	return write_file_of(scribe->number, "gid_map", scribe->groups) < 0 ||
			       write_file_of(scribe->number, "uid_map", scribe->users) < 0
		       ? errno
		       : 0;
}

/* Waits for the child, also where SIGCHLD is ignored: it has no such signal. */
static int end_scribe(pid_t pid)
{
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | __WALL) < 0)
		if (errno != EINTR)
			return -1;
	errno = info.si_code == CLD_EXITED ? info.si_status : EINTR;
	return errno ? -1 : 0;
}

/* A process writes no range for itself: a child that stays behind in the outer user namespace, and keeps its
 * capabilities there, writes the maps. */
int nest(const char *users, const char *groups)
{
	char stack[8192] __attribute__((aligned(16)));
	struct scribe scribe = {.users = users, .groups = groups, .number = proc_pid()};
	pid_t pid;
	int result, number;

	if (pipe2(scribe.go, O_CLOEXEC) < 0)
		return -1;
	if (clone(write_maps, stack + sizeof stack, CLONE_PARENT_SETTID, &scribe, &pid) < 0)
		return -1;
	close(scribe.go[0]);
	result = unshare(CLONE_NEWUSER);
	if (result == 0)
		result = write(scribe.go[1], "", 1) == 1 ? 0 : -1;
	number = errno;
	close(scribe.go[1]);
	if (result == 0)
		return end_scribe(pid);
	end_scribe(pid);
	errno = number;
	return -1;
}

/* What is to be ambient must be inheritable; and setresuid(2) left nothing effective. */
int keep_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].inheritable = data[i].permitted;
	if (syscall(SYS_capset, &header, data) < 0)
		return -1;
	for (int i = 0; i < 32 * _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i / 32].permitted >> i % 32 & 1) &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -1;
	return 0;
}

/* The programs alone have what follows. */

/* Steps are named, as nsrun names them; 125 is the status of a launcher that has failed. */
void check(int result, const char *step)
{
	if (result >= 0)
		return;
	dprintf(STDERR_FILENO, "%s: %s\n", step, strerror(errno));
	_exit(125);
}

/* Behind an execve(2) that came back. */
int cannot_run(const char *step)
{
	int number = errno;

	dprintf(STDERR_FILENO, "%s: %s\n", step, strerror(number));
	return number == ENOENT ? 127 : 126;
}

void *new_memory(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	check(memory == MAP_FAILED ? -1 : 0, "mmap");
	return memory;
}

/* A stack grows downwards: clone(2) wants its high end. */
char *new_stack(void)
{
	enum { SIZE = 64 * 1024 };

	return (char *)new_memory(SIZE, MAP_PRIVATE | MAP_STACK) + SIZE;
}

/* All, until the command runs: Ctrl-C is for that alone.  SIGCHLD ignored would hide how it ended. */
void block_signals(sigset_t *before)
{
	sigset_t all;

	signal(SIGCHLD, SIG_DFL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, before);
}

char *decimal(int number)
{
	static char text[16];

	snprintf(text, sizeof text, "%d", number);
	return text;
}

static int execute(void *words)
{
	char *const *list = words;

	execve(list[0], list + 1, environ);
	return cannot_run(list[0]);
}

/* The caller sleeps until the child has executed, on its memory. */
int run_program(char *const words[])
{
	pid_t pid;
	int status, flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD;

	if (clone(execute, new_stack(), flags, (void *)words, &pid) < 0 ||
		waitpid(pid, &status, 0) < 0)
		return -1;
	errno = ECANCELED;
	return status == 0 ? 0 : -1;
}

/* Only who has the turn acts. */
void give_turn(int end)
{
	send(end, "", 1, MSG_NOSIGNAL);
}

/* Whether it came; else nobody is left to give it: they have failed, or the command runs. */
int await_turn(int end)
{
	char byte;

	return recv(end, &byte, 1, 0) == 1;
}

/* A directory that is there for nobody else meanwhile, made if it is missing. */
int lock_directory(const char *parent, const char *name, mode_t mode)
{
	int above = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), directory;

	if (above < 0 || (mkdirat(above, name, mode) < 0 && errno != EEXIST))
		return -1;
	directory = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return directory < 0 || flock(directory, LOCK_EX | LOCK_NB) < 0 ? -1 : directory;
}

/* The directory mounted on itself, private: the kernel keeps a mount namespace on no other. */
int mount_on_itself(int directory)
{
	char path[64];
	int tree = (int)syscall(SYS_open_tree, directory, "",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0 || syscall(SYS_move_mount, tree, "", directory, "",
				MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", tree);
	return mount(NULL, path, NULL, MS_PRIVATE, NULL) < 0 ? -1 : tree;
}

/* The file by its descriptor, so that nobody can swap it between the two calls. */
int keep_namespace(int directory, const char *name, pid_t pid)
{
	char source[64], target[64];
	int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);

	if (fd < 0)
		return -1;
	snprintf(source, sizeof source, "/proc/%d/ns/%s", pid, name);
	snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
	if (mount(source, target, NULL, MS_BIND, NULL) == 0)
		return close(fd);
	close(fd);
	return -1;
}

int release_namespace(int directory, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", directory, name);
	return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -1 : unlinkat(directory, name, 0);
}
