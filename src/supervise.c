#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pid1.h"
#include "sys.h"
#include "text.h"

struct supervision {
	struct launch *launch;
	pid_t pid;     /* the command */
	bool is_pid1;  /* of a new PID namespace: the kernel drops what it does not catch */
	bool stopping; /* STOP was sent to it in place of a terminal stop */
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

/* Whether a terminal stop has an effect on nsrun's group: in an orphaned one the kernel drops it
 * (kernel-traps 76), and only the kernel knows which is. */
static bool group_stops(void)
{
	siginfo_t info = {0};
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t stop;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGTSTP, SIG_DFL);
		sigemptyset(&stop);
		sigaddset(&stop, SIGTSTP);
		kill(getpid(), SIGTSTP);
		sigprocmask(SIG_UNBLOCK, &stop, NULL);
		_exit(0);
	}
	if (pid < 0)
		return false;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED) < 0 && errno == EINTR)
		;
	if (info.si_code != CLD_STOPPED)
		return false;
	kill(pid, SIGKILL);
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	return true;
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
	} else if (group_stops()) {
		s->stopping = kill(s->pid, SIGSTOP) == 0;
	}
}

/* The command has a group of its own (the default shell): what `fg` gave to nsrun's is its. */
static void hand_foreground(const struct supervision *s)
{
	pid_t group = getpgid(s->pid);
	int terminal;

	if (group <= 0 || group == getpgrp())
		return;
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal < 0)
		return;
	if (tcgetpgrp(terminal) == getpgrp())
		tcsetpgrp(terminal, group);
	close(terminal);
}

static void forward(struct supervision *s, const siginfo_t *info, bool early)
{
	int number = info->si_signo;

	if (number == SIGCONT)
		hand_foreground(s);
	s->sent |= UINT64_C(1) << (number - 1);
	if (early || !has_it_from_terminal(s, info))
		send_on(s, info);
	if (s->is_pid1)
		insist(s, number);
}

static void mirror_stop(struct supervision *s, int number)
{
	sigset_t pending;

	if (!s->stopping && number != SIGTSTP && number != SIGTTIN && number != SIGTTOU)
		return;
	s->stopping = false;
	/* Continued already: it is about to be sent on. */
	if (sigpending(&pending) == 0 && sigismember(&pending, SIGCONT))
		return;
	kill(getpid(), SIGSTOP);
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

/* Whoever led the foreground group and is gone leaves the terminal to nobody; a living group keeps
 * it (kernel-traps 72). */
static void take_back_foreground(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	pid_t group;

	if (terminal < 0)
		return;
	group = tcgetpgrp(terminal);
	if (group > 0 && group != getpgrp() && kill(-group, 0) < 0 && errno == ESRCH)
		tcsetpgrp(terminal, getpgrp());
	close(terminal);
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
	take_back_foreground();
	return 0;
}
