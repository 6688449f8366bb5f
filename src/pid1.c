#include "pid1.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "text.h"

enum default_action pid1_default_action(int number)
{
	switch (number) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return ACTION_NOTHING;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return ACTION_STOPS;
	default:
		return ACTION_ENDS;
	}
}

/* Whether the set of signals in the line NAME of a /proc status has the signal. */
static bool has(const char *status, const char *name, int number)
{
	const char *line = strstr(status, name);
	uint64_t set = line ? strtoull(line + strlen(name), NULL, 16) : UINT64_MAX;

	return set >> (number - 1) & 1;
}

/* SigBlk leaves out what sigtimedwait(2) waits for (kernel-traps 75); the call shows it. */
static bool thread_waits(pid_t pid, const char *thread)
{
	char path[64], text[128];

	snprintf(path, sizeof path, "/proc/%d/task/%.16s/syscall", pid, thread);
	if (text_read_file(path, text, sizeof text) <= 0)
		return true;
	return strtol(text, NULL, 10) == SYS_rt_sigtimedwait;
}

static bool thread_is_deaf(pid_t pid, const char *thread, int number)
{
	char path[64], status[4096];

	/* Asked on both sides of the status: the signal itself may end the wait. */
	if (thread_waits(pid, thread))
		return false;
	snprintf(path, sizeof path, "/proc/%d/task/%.16s/status", pid, thread);
	if (text_read_file(path, status, sizeof status) <= 0)
		return false;
	return !has(status, "\nSigCgt:\t", number) && !has(status, "\nSigIgn:\t", number) &&
	       !has(status, "\nSigBlk:\t", number) && !thread_waits(pid, thread);
}

/* A signal to the process goes to any thread that takes it: one deaf thread would end them all. */
bool pid1_is_deaf(pid_t pid, int number)
{
	char path[64];
	struct dirent *thread;
	bool deaf = false;
	DIR *threads;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && !deaf && (thread = readdir(threads)))
		deaf = thread->d_name[0] != '.' && thread_is_deaf(pid, thread->d_name, number);
	if (threads)
		closedir(threads);
	return deaf;
}
