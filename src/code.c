#include "code.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
