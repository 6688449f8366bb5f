#include "supervise.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pid1.h"
#include "sys.h"
#include "terminal.h"
#include "text.h"

struct supervision {
	struct launch *launch;
	pid_t pid;     /* the command */
	bool is_pid1;  /* of a new PID namespace: the kernel drops what it does not catch */
	int stopping;  /* the terminal stop in place of which it was sent STOP, or 0 */
	uint64_t sent; /* set of the signals that it got, bit number - 1 */
	bool ended;
};

/* si_code of a signal from the terminal is SI_KERNEL.  It went to the whole foreground group, so
 * the command has it already while it is in nsrun's (kernel-traps 73). */
static bool has_it_from_terminal(const struct supervision *s, const siginfo_t *info)
{
	if (info->si_code != SI_KERNEL)
		return false;
	switch (info->si_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
	case SIGCONT:
		return getpgid(s->pid) == getpgrp();
	default:
		return false;
	}
}

static void note(const char *what, int number)
{
	char line[160], name[16];

	snprintf(line, sizeof line, "nsrun: note: %s SIG%s: %s\n", what,
		sys_signal_name(number, name, sizeof name), strerror(errno));
	text_write_all(STDERR_FILENO, line, strlen(line));
}

static void send_on(struct supervision *s, const siginfo_t *info)
{
	int result = info->si_code == SI_QUEUE ? sigqueue(s->pid, info->si_signo, info->si_value)
					       : kill(s->pid, info->si_signo);

	/* The command took other ids: it gets what the terminal sends, and nothing from here. */
	if (result < 0 && errno != ESRCH)
		note("the command could not be sent", info->si_signo);
}

/* What the signal would have done to an ordinary process is done to a PID 1 that is deaf to it. */
static void insist(struct supervision *s, int number)
{
	enum default_action action = pid1_default_action(number);

	if (action == ACTION_NOTHING || !pid1_is_deaf(s->pid, number))
		return;
	if (action == ACTION_ENDS) {
		kill(s->pid, SIGKILL);
		s->launch->ended.number = number;
	} else if (kill(s->pid, SIGSTOP) == 0) {
		s->stopping = number;
	}
}

/* Whether the command is in a process group of its own. */
static bool is_apart(const struct supervision *s)
{
	pid_t group = getpgid(s->pid);

	return group > 0 && group != getpgrp();
}

static void forward(struct supervision *s, const siginfo_t *info, bool early)
{
	int number = info->si_signo;

	/* What `fg` gave to nsrun's group is the command's. */
	if (number == SIGCONT && is_apart(s))
		terminal_hand_over(getpgid(s->pid));
	s->sent |= UINT64_C(1) << (number - 1);
	if (early || !has_it_from_terminal(s, info))
		send_on(s, info);
	if (s->is_pid1)
		insist(s, number);
}

/* The signal by which nsrun stops after the command was stopped by `number`; 0: not at all.  A STOP
 * sent to the command alone is its own; but a shell that suspends itself stops its whole group, after
 * it has given the terminal back to nsrun's. */
static int stop_to_mirror(struct supervision *s, int number)
{
	int in_place_of = s->stopping;

	s->stopping = 0;
	if (number != SIGSTOP)
		return number;
	if (in_place_of)
		return in_place_of;
	return is_apart(s) && terminal_is_ours() ? SIGSTOP : 0;
}

/* By the same signal: whoever watches nsrun, another nsrun too, sees what it would see of the
 * command, and in an orphaned process group the kernel drops it (kernel-traps 76). */
static void mirror_stop(struct supervision *s, int number)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t one, pending;

	number = stop_to_mirror(s, number);
	/* Continued already: that is about to be sent on, and a stop would discard it. */
	if (!number || (sigpending(&pending) == 0 && sigismember(&pending, SIGCONT)))
		return;
	sigaction(number, &usual, NULL);
	sigemptyset(&one);
	sigaddset(&one, number);
	kill(getpid(), number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
	/* Not stopped and continued: then the command goes on as well. */
	if (sigpending(&pending) == 0 && !sigismember(&pending, SIGCONT))
		kill(s->pid, SIGCONT);
}

/* What a PID 1 that was killed in place of `killed_by`, or a shell that cannot kill itself as PID 1
 * (kernel-traps 74), would have ended with as an ordinary process. */
static void see_through(struct supervision *s, int killed_by)
{
	struct ending *ended = &s->launch->ended;
	int number = ended->number - 128;

	if (ended->by_signal && ended->number == SIGKILL && killed_by)
		ended->number = killed_by;
	if (!ended->by_signal && number > 0 && number <= 64 && s->sent >> (number - 1) & 1)
		*ended = (struct ending){true, number};
}

static int look(struct supervision *s, struct error *error)
{
	struct ending *ended = &s->launch->ended;
	siginfo_t info = {0};
	int killed_by = ended->number;

	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WSTOPPED | WNOHANG) < 0)
		return error_call(error);
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_STOPPED) {
		mirror_stop(s, info.si_status);
		return 0;
	}
	s->ended = true;
	ended->by_signal = info.si_code != CLD_EXITED;
	ended->number = info.si_status;
	if (s->is_pid1)
		see_through(s, killed_by);
	return 0;
}

int supervise(struct launch *launch, struct error *error)
{
	struct supervision s = {
		.launch = launch,
		.pid = launch->page->pid[INSIDE],
		.is_pid1 = launch->plan->clone_flags & CLONE_NEWPID,
	};
	sigset_t all, early;

	sigfillset(&all);
	/* What came before the exec may have been swallowed (the stops) or dropped (by PID 1), or
	 * have come before the clone: it is sent on even if it is the terminal's. */
	sigpending(&early);
	while (!s.ended) {
		siginfo_t info;
		int number = sigwaitinfo(&all, &info);

		if (number == SIGCHLD) {
			if (look(&s, error) < 0)
				return -1;
		} else if (number < 0 && errno != EINTR) {
			return error_call(error);
		} else if (number > 0) {
			forward(&s, &info, sigismember(&early, number));
			sigdelset(&early, number);
		}
	}
	terminal_take_back();
	return 0;
}
