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

/* Milliseconds between two looks at a PID 1; the pause grows after the first looks. */
enum { SIGNALS = 64, PAUSE_MIN = 5, PAUSE_MAX = 640, LOOKS = 200 };

/* A set of signals is a uint64_t. */
#define BIT(number) (UINT64_C(1) << ((number)-1))

struct supervision {
	struct launch *launch;
	pid_t pid;      /* the command */
	bool is_pid1;   /* of a new PID namespace: the kernel drops what it does not catch */
	sigset_t early; /* that are sent on even if they are the terminal's */
	uint64_t sent;  /* set of the signals that it got */
	uint64_t open;  /* of these, of which PID 1 may still let drop some */
	long pause;     /* milliseconds until it is asked again */
	int looks;      /* how often it was asked since the last signal */
	int stopping;   /* the terminal stop in place of which it was sent STOP, or 0 */
	int killed_by;  /* the signal in place of which it was sent KILL, or 0 */
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

/* The command took other ids: it gets what the terminal sends, and nothing from here. */
static void note_unsent(int number, int error)
{
	char line[160], name[16];

	snprintf(line, sizeof line, "nsrun: note: the command could not be sent SIG%s: %s\n",
		sys_signal_name(number, name, sizeof name), strerror(error));
	text_say(line);
}

static void send_on(struct supervision *s, const siginfo_t *info)
{
	int result = info->si_code == SI_QUEUE ? sigqueue(s->pid, info->si_signo, info->si_value)
					       : kill(s->pid, info->si_signo);

	if (result < 0 && errno != ESRCH)
		note_unsent(info->si_signo, errno);
}

/* What a signal that PID 1 let drop would have done to an ordinary process is done to it. */
static void insist(struct supervision *s, int number)
{
	if (pid1_default_action(number) == ACTION_ENDS) {
		if (kill(s->pid, SIGKILL) == 0)
			s->killed_by = number;
	} else if (kill(s->pid, SIGSTOP) == 0) {
		s->stopping = number;
	}
}

/* Looks at the signals that were sent to PID 1 and of which it is not known what became. */
static void judge(struct supervision *s)
{
	for (int number = 1; number <= SIGNALS; number++) {
		enum verdict verdict;

		if (!(s->open & BIT(number)))
			continue;
		verdict = pid1_judge(s->pid, number);
		/* Found blocked at each look, it was read; a shell that forks is not, at some. */
		if (verdict == VERDICT_BLOCKED && s->looks >= LOOKS)
			verdict = VERDICT_TAKEN;
		if (verdict == VERDICT_TAKEN || verdict == VERDICT_DROPPED)
			s->open &= ~BIT(number);
		if (verdict == VERDICT_DROPPED)
			insist(s, number);
	}
}

/* Whether the command is in a process group of its own. */
static bool is_apart(const struct supervision *s)
{
	pid_t group = getpgid(s->pid);

	return group > 0 && group != getpgrp();
}

/* A terminal stop that is pending while CONT is sent on came first to the command, and CONT undid it:
 * it is sent on after that. */
static void keep_stops(struct supervision *s)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (sigismember(&pending, stops[i]))
			sigaddset(&s->early, stops[i]);
}

/* It is to be seen what becomes of a signal that PID 1 may let drop. */
static void watch(struct supervision *s, int number)
{
	if (!s->is_pid1 || pid1_default_action(number) == ACTION_NOTHING)
		return;
	s->open |= BIT(number);
	s->pause = PAUSE_MIN;
	s->looks = 0;
}

static void forward(struct supervision *s, const siginfo_t *info)
{
	int number = info->si_signo;
	bool early = sigismember(&s->early, number);

	/* What `fg` gave to nsrun's group is the command's. */
	if (number == SIGCONT && is_apart(s))
		terminal_hand_over(getpgid(s->pid));
	sigdelset(&s->early, number);
	s->sent |= BIT(number);
	if (!early && has_it_from_terminal(s, info)) {
		watch(s, number);
		return;
	}
	/* What is caught, ignored or waited for now is taken, even by a handler that is for once. */
	if (!s->is_pid1 || pid1_judge(s->pid, number) != VERDICT_TAKEN)
		watch(s, number);
	send_on(s, info);
	if (number == SIGCONT)
		keep_stops(s);
}

/* The signal by which nsrun stops after the command was stopped by `number`; 0: not at all.  A STOP
 * sent to the command alone is its own; but one that leads another group, as a shell that suspends
 * itself, would leave the terminal to a stopped group. */
static int stop_to_mirror(struct supervision *s, int number)
{
	int in_place_of = s->stopping;
	pid_t foreground;

	s->stopping = 0;
	if (number != SIGSTOP)
		return number;
	if (in_place_of || !is_apart(s))
		return in_place_of;
	foreground = terminal_foreground();
	return foreground > 0 && (foreground == getpgrp() || foreground == getpgid(s->pid))
		       ? SIGSTOP
		       : 0;
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
	/* Not stopped and continued, nor about to be stopped anew: then the command goes on too. */
	if (sigpending(&pending) == 0 && !sigismember(&pending, SIGCONT) &&
		!sigismember(&pending, number))
		kill(s->pid, SIGCONT);
}

/* What a PID 1 that was killed in place of another signal, or a shell that cannot kill itself as PID 1
 * (kernel-traps 74), would have ended with as an ordinary process. */
static void see_through(const struct supervision *s, struct ending *ended)
{
	int number = ended->number - 128;

	if (ended->by_signal && ended->number == SIGKILL && s->killed_by)
		ended->number = s->killed_by;
	else if (!ended->by_signal && number > 0 && number <= SIGNALS && (s->sent & BIT(number)) &&
		 pid1_default_action(number) == ACTION_ENDS)
		*ended = (struct ending){true, number};
}

/* After a SIGCHLD. */
static int ask_child(struct supervision *s, struct error *error)
{
	struct ending *ended = &s->launch->ended;
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WSTOPPED | WNOHANG) < 0)
		return error_call(error);
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_STOPPED) {
		mirror_stop(s, info.si_status);
		return 0;
	}
	s->ended = true;
	*ended = (struct ending){info.si_code != CLD_EXITED, info.si_status};
	if (s->is_pid1)
		see_through(s, ended);
	return 0;
}

/* The next signal; 0 where it is time to judge again what is open. */
static int next_signal(struct supervision *s, const sigset_t *all, siginfo_t *info)
{
	const struct timespec moment = {.tv_nsec = s->pause * 1000000L};
	int number = s->open ? sigtimedwait(all, info, &moment) : sigwaitinfo(all, info);

	/* One that keeps a signal pending for good is asked less and less often. */
	if (number < 0 && errno == EAGAIN && ++s->looks > LOOKS && s->pause < PAUSE_MAX)
		s->pause *= 2;
	return number < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : number;
}

/* Between has ended, or does: it has nothing left to do. */
static void reap_between(struct launch *launch)
{
	pid_t pid = launch->page->pid[BETWEEN];

	while (pid > 0 && waitid(P_PID, (id_t)pid, NULL, WEXITED) < 0 && errno == EINTR)
		;
	launch->page->pid[BETWEEN] = 0;
}

int supervise(struct launch *launch, struct error *error)
{
	struct supervision s = {
		.launch = launch,
		.pid = launch->page->pid[INSIDE],
		.is_pid1 = launch->plan->clone_flags & CLONE_NEWPID,
	};
	sigset_t all;

	reap_between(launch);
	sigfillset(&all);
	/* What came before the exec may have been swallowed (the stops) or dropped (by PID 1), or
	 * have come before the clone: it is sent on even if it is the terminal's. */
	sigpending(&s.early);
	while (!s.ended) {
		siginfo_t info;
		int number = next_signal(&s, &all, &info);

		if (number < 0)
			return error_call(error);
		if (number == SIGCHLD && ask_child(&s, error) < 0)
			return -1;
		if (number > 0 && number != SIGCHLD)
			forward(&s, &info);
		if (!s.ended)
			judge(&s);
	}
	/* Its number may be another's by now: nothing that fails later may kill it. */
	launch->page->pid[INSIDE] = 0;
	terminal_take_back();
	return 0;
}
