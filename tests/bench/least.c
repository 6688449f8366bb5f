/*
 * The least work that a scenario of tests/bench/run takes: its calls and nothing else.  No options,
 * no stdio, no heap; signals and the parent's death are left to chance.  One binary for each
 * scenario: KINDS, the CLONE_NEW* mask; IN_PLACE, by unshare(2) and without a child; UID_MAP and
 * GID_MAP, the text of the maps where a user namespace is made.
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef KINDS
#define KINDS 0
#endif
#ifndef IN_PLACE
#define IN_PLACE 0
#endif
#ifndef UID_MAP
#define UID_MAP "0 0 1"
#define GID_MAP "0 0 1"
#endif

enum { STACK_SIZE = 64 * 1024 };

/* A call that failed would be a cheap one. */
static void must(long result)
{
	if (result < 0)
		_exit(125);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(write(fd, text, strlen(text)));
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	must(ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFFLAGS, &request));
}

static int inside(void *argument)
{
	char **argv = argument;

	if (KINDS & CLONE_NEWUSER) {
		write_file("/proc/self/setgroups", "deny");
		write_file("/proc/self/gid_map", GID_MAP);
		write_file("/proc/self/uid_map", UID_MAP);
	}
	if (KINDS & CLONE_NEWUTS)
		must(sethostname("nsrun", 5));
	if (KINDS & CLONE_NEWNS)
		must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (KINDS & CLONE_NEWPID)
		must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	if (KINDS & CLONE_NEWNET)
		loopback_up();
	execve(argv[0], argv, environ);
	return 125;
}

int main(int argc, char **argv)
{
	pid_t pid = 0;
	siginfo_t info = {0};
	char *stack;

	(void)argc;
	if (IN_PLACE) {
		must(unshare(KINDS));
		return inside(argv + 1);
	}
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	must(clone(inside, stack + STACK_SIZE,
		CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | (KINDS) | SIGCHLD, argv + 1, &pid));
	must(waitid(P_PID, (id_t)pid, &info, WEXITED));
	return info.si_status;
}
