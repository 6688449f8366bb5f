#include "sys.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t sys_clone(int (*enter)(void *), void *top, unsigned flags, void *argument, pid_t *pid)
{
	return clone(enter, top, (int)(flags | CLONE_PARENT_SETTID), argument, pid);
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pidfd_getfd(int pidfd, int descriptor)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
}

int sys_openat2(int directory, const char *path, int flags, unsigned resolve)
{
	struct open_how how = {.flags = (unsigned)flags, .resolve = resolve};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int sys_open_tree(int directory, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, directory, path, flags);
}

int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int sys_sigprocmask(int how, const uint64_t *set, uint64_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, sizeof *set);
}

void sys_reset_signal(int number)
{
	const uint64_t one = UINT64_C(1) << (number - 1);
	/* The kernel's struct sigaction, all zero: SIG_DFL. */
	const unsigned long action[4] = {0};

	syscall(SYS_rt_sigaction, number, action, NULL, sizeof one);
	sys_sigprocmask(SIG_UNBLOCK, &one, NULL);
}

const char *sys_errno_name(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "?";
}

char *sys_signal_name(int number, char *out, size_t size)
{
	const char *name = sigabbrev_np(number);

	if (name)
		snprintf(out, size, "%s", name);
	else if (number >= SIGRTMIN && number <= SIGRTMAX)
		snprintf(out, size, "RTMIN+%d", number - SIGRTMIN);
	else
		snprintf(out, size, "%d", number);
	return out;
}
