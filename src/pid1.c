#include "pid1.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

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

static ssize_t read_of_thread(pid_t pid, const char *thread, const char *file, char *out,
	size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%.16s/%s", pid, thread, file);
	return text_read_file(path, out, size);
}

/* Nanoseconds that the thread has run. */
static unsigned long long run_time(pid_t pid, const char *thread)
{
	char text[64];

	return read_of_thread(pid, thread, "schedstat", text, sizeof text) > 0
		       ? strtoull(text, NULL, 10)
		       : 0;
}

/* SigBlk leaves out what sigtimedwait(2) waits for (kernel-traps 75); the call shows it, but not
 * while the thread is "running": one that a signal has just woken is still in there until it has
 * run.  Where the call can't be read: true. */
static bool is_waiting(pid_t pid, const char *thread)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	unsigned long long before = run_time(pid, thread);
	char text[128];

	for (int i = 0; i < 1000; i++) {
		if (read_of_thread(pid, thread, "syscall", text, sizeof text) <= 0)
			return true;
		if (strncmp(text, "running", strlen("running")) != 0)
			return strtol(text, NULL, 10) == SYS_rt_sigtimedwait;
		if (run_time(pid, thread) != before)
			return false;
		nanosleep(&moment, NULL);
	}
	return false;
}

static bool thread_is_deaf(pid_t pid, const char *thread, int number)
{
	char status[4096];

	/* On both sides of the status, as it may begin to wait in between. */
	return !is_waiting(pid, thread) &&
	       read_of_thread(pid, thread, "status", status, sizeof status) > 0 &&
	       !has(status, "\nSigCgt:\t", number) && !has(status, "\nSigIgn:\t", number) &&
	       !has(status, "\nSigBlk:\t", number) && !is_waiting(pid, thread);
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
