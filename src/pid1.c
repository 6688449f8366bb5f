#include "pid1.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "code.h"
#include "sys.h"
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

/* A file of /proc/PID/task/THREAD. */
struct thread {
	pid_t pid;
	const char *id;
};

static char *path_of(const struct thread *thread, const char *file, char out[64])
{
	snprintf(out, 64, "/proc/%d/task/%.16s/%s", thread->pid, thread->id, file);
	return out;
}

/* The sets of signals in a thread's status, proc(5). */
struct signals {
	uint64_t pending, blocked, ignored, caught;
};

static bool read_signals(const struct thread *thread, struct signals *signals)
{
	static const struct {
		const char *name;
		size_t field;
	} rows[] = {
		{"SigPnd:\t", offsetof(struct signals, pending)},
		{"ShdPnd:\t", offsetof(struct signals, pending)},
		{"SigBlk:\t", offsetof(struct signals, blocked)},
		{"SigIgn:\t", offsetof(struct signals, ignored)},
		{"SigCgt:\t", offsetof(struct signals, caught)},
	};
	char path[64], *line = NULL;
	size_t size = 0, found = 0, count = sizeof rows / sizeof *rows;
	FILE *file = fopen(path_of(thread, "status", path), "re");

	*signals = (struct signals){0};
	while (file && found < count && getline(&line, &size, file) > 0) {
		const char *name = rows[found].name;

		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		*(uint64_t *)((char *)signals + rows[found++].field) |=
			strtoull(line + strlen(name), NULL, 16);
	}
	free(line);
	if (file)
		fclose(file);
	return found == count;
}

/* Reads a word of the other process; waits for an exec of its under way. */
static bool read_word(pid_t pid, void *there, uint64_t *word)
{
	uint64_t read = 0;
	struct iovec to = {&read, sizeof read}, from = {there, sizeof read};
	bool all = process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)sizeof read;

	*word = read;
	return all;
}

/* Whether the process has this one's memory: two values that were just written here are seen there. */
static bool shares_memory(pid_t pid)
{
	volatile uint64_t here;
	uint64_t there;

	for (here = 4711; here <= 4712; here++)
		if (!read_word(pid, (void *)&here, &there) || there != here)
			return false;
	return true;
}

/* Whether the call is rt_sigtimedwait(2) for that signal: "NUMBER ADDRESS...", proc(5). */
static bool waits_for(pid_t pid, const char *call, int number)
{
	char *rest;
	uint64_t set;

	if (strtol(call, &rest, 10) != SYS_rt_sigtimedwait)
		return false;
	/* An address of the other process.  NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return !read_word(pid, (void *)strtoull(rest, NULL, 16), &set) || (set >> (number - 1) & 1);
}

/* Nanoseconds that the thread has run. */
static unsigned long long run_time(const struct thread *thread)
{
	char path[64], text[64];

	return text_read_file(path_of(thread, "schedstat", path), text, sizeof text) > 0
		       ? strtoull(text, NULL, 10)
		       : 0;
}

/* The call of a command that has other ids is not to be read, but where in the kernel it sleeps may be, by
 * the owner of its user namespace.  "0" where it does not sleep, or that is not told either: asked again,
 * as one that blocks. */
static enum verdict judge_place(const struct thread *thread)
{
	char path[64], place[64];

	if (text_read_file(path_of(thread, "wchan", path), place, sizeof place) <= 0)
		return VERDICT_TAKEN;
	if (!strcmp(place, "0"))
		return VERDICT_BLOCKED;
	return strstr(place, "sigtimedwait") ? VERDICT_TAKEN : VERDICT_DROPPED;
}

/* SigBlk leaves out what sigtimedwait(2) waits for (kernel-traps 75); the call shows it, but not
 * while the thread is "running": one that a signal has just woken is still in there until it has
 * run. */
static enum verdict judge_call(const struct thread *thread, int number)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	unsigned long long before = run_time(thread);
	char path[64], call[128];

	for (int i = 0; i < 10; i++) {
		/* Not every kernel has it; then nobody can tell. */
		if (text_read_file(path_of(thread, "syscall", path), call, sizeof call) <= 0)
			return errno == EACCES ? judge_place(thread) : VERDICT_TAKEN;
		if (strncmp(call, "running", strlen("running")) != 0)
			return waits_for(thread->pid, call, number) ? VERDICT_TAKEN
								    : VERDICT_DROPPED;
		if (run_time(thread) != before)
			return VERDICT_DROPPED;
		nanosleep(&moment, NULL);
	}
	return VERDICT_OPEN;
}

/* What the sets say: dropped, if no call waits for the signal. */
static enum verdict judge_sets(const struct thread *thread, int number)
{
	uint64_t bit = UINT64_C(1) << (number - 1);
	struct signals signals;

	if (!read_signals(thread, &signals))
		return VERDICT_TAKEN;
	/* Even one that is caught: an exec may take the handler away first. */
	if (signals.pending & bit)
		return VERDICT_OPEN;
	if ((signals.caught | signals.ignored) & bit)
		return VERDICT_TAKEN;
	return (signals.blocked & bit) ? VERDICT_BLOCKED : VERDICT_DROPPED;
}

/* The call is looked at on both sides of the sets: it may begin or end in between. */
static enum verdict judge_thread(const struct thread *thread, int number)
{
	enum verdict verdict;

	/* Until an exec is complete the handlers are those of before; outside is let go earlier, when
	 * the sharing launch's child gives its memory back. */
	if (shares_memory(thread->pid))
		return VERDICT_OPEN;
	verdict = judge_sets(thread, number);
	if (verdict == VERDICT_DROPPED || verdict == VERDICT_BLOCKED) {
		verdict = judge_call(thread, number);
		if (verdict != VERDICT_DROPPED)
			return verdict;
		verdict = judge_sets(thread, number);
	}
	if (verdict == VERDICT_DROPPED)
		verdict = judge_call(thread, number);
	return verdict;
}

/* Whether /proc numbers processes as getpid(2) does. */
static bool proc_is_ours(void)
{
	return proc_pid() == getpid();
}

/* A signal to the process goes to any thread that takes it: one that drops it would end them all, one
 * that waits for it or catches it has it. */
static enum verdict worse(enum verdict one, enum verdict other)
{
	static const int rank[] = {[VERDICT_TAKEN] = 0,
		[VERDICT_BLOCKED] = 1,
		[VERDICT_OPEN] = 2,
		[VERDICT_DROPPED] = 3};

	return rank[one] > rank[other] ? one : other;
}

enum verdict pid1_judge(pid_t pid, int number)
{
	enum verdict verdict = VERDICT_TAKEN;
	struct dirent *entry;
	char path[64];
	DIR *threads;

	if (!proc_is_ours())
		return VERDICT_TAKEN;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads))) {
		const struct thread thread = {pid, entry->d_name};

		if (entry->d_name[0] != '.')
			verdict = worse(verdict, judge_thread(&thread, number));
	}
	if (threads)
		closedir(threads);
	return verdict;
}
