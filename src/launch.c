/*
 * Theory of operation.
 *
 * Outside is nsrun itself.  It clones inside, the process that becomes the command; a plan may
 * put between in front, a child that clones inside as outside's child (CLONE_PARENT).  Each
 * walks the same array of steps and runs its own.
 *
 * One process has the turn.  It runs its steps, gives the turn away at the first that is
 * another's, and waits for it before its next own.  A step that clones gives the turn to the
 * newborn, which walks on from the next step: if the cloner kept it and were killed right after
 * the clone, both sides would wait for ever (kernel-traps 69).  There is no other synchronisation.
 *
 * The turn is a byte over a close-on-exec SOCK_SEQPACKET pair: outside has one end, all others the
 * other.  Outside drops its copy of theirs after its first clone, a newborn drops outside's end, and
 * between drops its own by ending.  So an end of file says: nobody else is left, or exec happened.
 *
 * If nothing between the clone and the exec is outside's (plan->shares_memory), inside runs on outside's
 * memory while outside sleeps in clone(2) (CLONE_VM|CLONE_VFORK); then there is no pair and no turn.
 *
 * Progress and the error lie in a page that all see.  Exec reached and no error: the command runs.
 * An error: it says so.  Gone without either: it died in the step reached, and waitid(2) says how.
 * Only outside prints, and on failure it undoes outside's completed steps backwards.
 *
 * All signals are blocked from before the clone.  Inside restores the mask as its last step but one.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "stepping.h"
#include "supervise.h"
#include "sys.h"
#include "trace.h"

/* A step's largest frames are some paths; exec copies no arguments (kernel-traps 84). */
enum { STACK_SIZE = 64 * 1024 };

static void drop(int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
}

/* One byte to the other end, for step i. */
static int pass(struct launch *l, enum actor me, int i)
{
	l->page->at = i;
	return send(l->turn[me != OUTSIDE], "", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* The signals by which people and systems end a launch: set-up is given up, and nsrun dies of it. */
static bool ends_launch(int number)
{
	return number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGHUP;
}

/* Reads one signal; nsrun may have been started with it ignored, and so will the command be. */
static int read_signal(struct launch *l)
{
	struct signalfd_siginfo info;
	struct sigaction now;

	if (read(l->signals, &info, sizeof info) != sizeof info ||
		sigaction((int)info.ssi_signo, NULL, &now) < 0 || now.sa_handler == SIG_IGN)
		return 0;
	return (int)info.ssi_signo;
}

/* While outside waits it also watches for a signal that ends the set-up.  It is looked for first: an
 * end of file that is older (the exec, and a command that signals nsrun at once) is then seen too. */
static bool interrupted(struct launch *l, int fd)
{
	struct pollfd ready[] = {
		{.fd = l->signals, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};
	const struct pollfd *signals = &ready[0], *other = &ready[1];

	while (!l->interrupted && !other->revents) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return false;
		if (!other->revents && signals->revents)
			l->interrupted = read_signal(l);
	}
	return l->interrupted != 0;
}

/* Whether the turn came; else nobody is left to give it, or outside was interrupted. */
static bool await(struct launch *l, enum actor me)
{
	char byte;
	ssize_t n;

	if (l->turn[me != OUTSIDE] < 0 || (me == OUTSIDE && interrupted(l, l->turn[0])))
		return false;
	while ((n = recv(l->turn[me != OUTSIDE], &byte, 1, 0)) < 0 && errno == EINTR)
		;
	return n == 1;
}

/* The command runs, as far as outside can know: everybody is gone, or executed. */
static bool is_executed(const struct launch *l)
{
	return l->page->at == l->plan->exec && l->page->error.step == ERROR_NONE && !l->interrupted;
}

static int run(struct launch *l, int i)
{
	const struct step *step = &l->plan->steps[i];
	struct timespec start = {0};
	int result;

	/* What comes behind the exec leaves the terminal to the command. */
	bool asks = l->terminal >= 0 && !(step->kind->flags & STEP_ENDS);

	l->page->at = i;
	if (asks && stepping_ask(l, i, &l->page->error) < 0)
		return -1;
	if (l->texts)
		start = trace_begin(l, i);
	result = step->kind->run(l, step, &l->page->error);
	if (result < 0)
		l->page->error.step = i;
	if (l->texts)
		trace_end(l, i, &start, result < 0 ? l->page->error.number : 0);
	/* A newborn tells of its clone. */
	if (asks && (result < 0 || !(step->kind->flags & STEP_CLONES)))
		stepping_tell(l, i, result < 0 ? l->page->error.number : 0);
	return result;
}

static int walk(struct launch *l, enum actor me, int from, bool turn)
{
	for (int i = from; i < l->plan->count; i++) {
		const struct step *step = &l->plan->steps[i];

		if (step->actor != me) {
			if (turn && pass(l, me, i) < 0)
				return -1;
			turn = false;
			continue;
		}
		if (!turn && !await(l, me) && !((step->kind->flags & STEP_ENDS) && is_executed(l)))
			return -1;
		turn = true;
		if (run(l, i) < 0)
			return -1;
		if (step->kind->flags & STEP_CLONES) {
			turn = false;
			if (me != OUTSIDE)
				return 0;
			drop(&l->turn[1]);
		}
	}
	return 0;
}

/* A newborn begins here, with the turn, behind the step that made it.  It returns instead of
 * calling _exit(2): clone(2)'s wrapper ends the process (kernel-traps 63). */
static int enter(void *argument)
{
	struct launch *l = argument;
	enum actor me = l->newborn;

	drop(&l->turn[0]);
	if (l->terminal >= 0)
		stepping_tell(l, l->page->at - 1, 0);
	return walk(l, me, l->page->at, true) < 0;
}

static int fail(struct error *error, const char *what)
{
	error_call(error);
	error->step = ERROR_PREPARING;
	snprintf(error->object, sizeof error->object, "%s", what);
	return -1;
}

/* Closed descriptors 0 to 2 are filled for nsrun's time with a close-on-exec /dev/null, so that no
 * other lands there, and the command finds them closed as they were. */
static int fill_stdio(struct error *error)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return fail(error, "open /dev/null for a closed descriptor");
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

/* The pidfd of nsrun; that it is below 3 tells, without a call, that one of 0 to 2 is closed. */
static int open_alive(struct launch *l, struct error *error)
{
	int low = sys_pidfd_open(getpid());

	if (low < 0)
		return fail(error, "pidfd_open");
	l->alive = low;
	if (low > STDERR_FILENO)
		return 0;
	l->alive = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (l->alive < 0)
		return fail(error, "fcntl F_DUPFD_CLOEXEC");
	close(low);
	return fill_stdio(error);
}

/* What nsrun was started with, kept to be handed on, and out of the way. */
static int take_signals(struct launch *l, struct error *error)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, chld;
	/* All but glibc's own, by which nobody else signals. */
	const uint64_t all = ~(UINT64_C(3) << (32 - 1));

	if (sys_sigprocmask(SIG_SETMASK, &all, &l->inherited) < 0)
		return fail(error, "sigprocmask");
	/* Ignored, it would reap the command behind waitid's back (kernel-traps 5). */
	if (sigaction(SIGCHLD, &usual, &chld) < 0)
		return fail(error, "sigaction");
	l->ignores_chld = chld.sa_handler == SIG_IGN;
	return 0;
}

/* Guard page, stacks and page in one mapping; a page that several processes write is shared. */
static int map_memory(struct launch *l, struct error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* Between clones inside while it stands on its own. */
	size_t size = page + (size_t)2 * STACK_SIZE;
	char *low = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (low == MAP_FAILED)
		return fail(error, "mmap");
	if (mprotect(low, page, PROT_NONE) < 0)
		return fail(error, "mprotect");
	l->stack[INSIDE] = low + page + STACK_SIZE;
	l->stack[BETWEEN] = low + size;
	l->page = l->stack[BETWEEN];
	if (!l->plan->shares_memory &&
		mmap(l->page, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
			-1, 0) == MAP_FAILED)
		return fail(error, "mmap");
	l->page->error.step = ERROR_NONE;
	return 0;
}

/* The signals that end a set-up while outside waits. */
static int watch_signals(struct launch *l, struct error *error)
{
	sigset_t watched;

	sigemptyset(&watched);
	for (int number = 1; number < SIGRTMIN; number++)
		if (ends_launch(number) && !(l->inherited >> (number - 1) & 1))
			sigaddset(&watched, number);
	l->signals = signalfd(-1, &watched, SFD_CLOEXEC);
	return l->signals < 0 ? fail(error, "signalfd") : 0;
}

static int prepare(struct launch *l, struct error *error)
{
	if (take_signals(l, error) < 0)
		return -1;
	if (open_alive(l, error) < 0 || map_memory(l, error) < 0)
		return -1;
	if (l->plan->shares_memory)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, l->turn) < 0)
		return fail(error, "socketpair");
	if (watch_signals(l, error) < 0)
		return -1;
	return l->plan->asks ? stepping_open(l, error) : 0;
}

/* Ends and reaps whoever is left.  How the one ended that had the turn, as far as that is known. */
static struct ending reap(struct launch *l, int died)
{
	struct ending last = {.by_signal = false, .number = 0};

	drop(&l->turn[0]);
	for (int actor = BETWEEN; actor < ACTOR_COUNT; actor++) {
		pid_t pid = l->page->pid[actor];
		bool had_turn = actor == (int)l->plan->steps[died].actor;
		siginfo_t info = {0};

		if (pid <= 0)
			continue;
		/* Whoever has died already keeps its own end. */
		if (l->interrupted || l->page->error.step != ERROR_NONE || !had_turn)
			kill(pid, SIGKILL);
		while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
			;
		if (had_turn)
			last = (struct ending){info.si_code != CLD_EXITED, info.si_status};
	}
	return last;
}

/* Outside's completed steps, backwards. */
static void undo(struct launch *l)
{
	int reached = l->page->error.step >= 0 ? l->page->error.step : l->page->at;

	for (int i = reached - 1; i >= 0; i--) {
		const struct step *step = &l->plan->steps[i];

		if (step->actor == OUTSIDE && step->kind->undo)
			step->kind->undo(l, step);
	}
}

/* The step of the process that is gone without a word.  One that had said whose turn comes next, but
 * not given it, died before its own next step; one whose newborn was never born, in the clone. */
static int find_death(const struct launch *l)
{
	const struct plan *plan = l->plan;
	int died = l->page->at;

	while (died < plan->exec && plan->steps[died].actor == OUTSIDE)
		died++;
	return died > 0 && l->page->pid[plan->steps[died].actor] <= 0 ? died - 1 : died;
}

/* Nothing was started: nsrun is as it was, and may begin anew. */
static void give_signals_back(const struct launch *l)
{
	if (l->ignores_chld)
		signal(SIGCHLD, SIG_IGN);
	sys_sigprocmask(SIG_SETMASK, &l->inherited, NULL);
}

static enum outcome give_up(struct launch *l, struct error *error, struct ending *ending)
{
	int end = l->interrupted, died = find_death(l);
	struct ending last = reap(l, died);

	undo(l);
	if (l->page->pid[BETWEEN] <= 0 && l->page->pid[INSIDE] <= 0)
		give_signals_back(l);
	*error = l->page->error;
	if (!end && error->step != ERROR_NONE)
		return OUTCOME_FAILED;
	if (!end && last.by_signal && ends_launch(last.number))
		end = last.number;
	if (end) {
		*ending = (struct ending){true, end};
		return OUTCOME_INTERRUPTED;
	}
	error->step = died;
	error->number = 0;
	if (last.by_signal)
		snprintf(error->object, sizeof error->object, "its process was killed by SIG%s",
			sys_signal_name(last.number, (char[16]){0}, 16));
	else
		snprintf(error->object, sizeof error->object, "its process ended by itself");
	return OUTCOME_FAILED;
}

/* In place: no child, no signals, and the error is nsrun's own. */
static enum outcome run_in_place(struct launch *l, struct error *error)
{
	struct page page = {.error = {.step = ERROR_NONE}};
	struct pollfd stdio[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO},
		{.fd = STDERR_FILENO}};

	if (poll(stdio, 3, 0) > 0 &&
		((stdio[0].revents | stdio[1].revents | stdio[2].revents) & POLLNVAL) &&
		fill_stdio(error) < 0)
		return OUTCOME_FAILED;
	if (l->plan->asks && stepping_open(l, error) < 0)
		return OUTCOME_FAILED;
	l->page = &page;
	walk(l, OUTSIDE, 0, true);
	l->page = NULL;
	*error = page.error;
	return OUTCOME_FAILED;
}

/* A signal that came before the clone and ends the launch, or 0.  Sent on later, Ctrl-C would reach the
 * command alone, and not what it has started meanwhile. */
static int pending_end(const struct launch *l)
{
	sigset_t pending;
	struct sigaction now;

	sigpending(&pending);
	for (int number = 1; number < SIGRTMIN; number++)
		if (sigismember(&pending, number) && ends_launch(number) &&
			!(l->inherited >> (number - 1) & 1) && sigaction(number, NULL, &now) == 0 &&
			now.sa_handler != SIG_IGN)
			return number;
	return 0;
}

static enum outcome run_apart(struct launch *l, struct error *error, struct ending *ending)
{
	int end = pending_end(l);

	if (end) {
		*ending = (struct ending){true, end};
		return OUTCOME_INTERRUPTED;
	}
	if (walk(l, OUTSIDE, 0, true) < 0)
		return give_up(l, error, ending);
	*ending = l->ended;
	return OUTCOME_ENDED;
}

enum outcome launch_run(const struct plan *plan, struct error *error, struct ending *ending)
{
	struct launch l = {
		.plan = plan,
		.enter = enter,
		.turn = {-1, -1},
		.alive = -1,
		.own_proc = AT_FDCWD,
		.signals = -1,
		.terminal = -1,
		.wait_interrupted = interrupted,
		.supervise = supervise,
	};
	enum outcome outcome = OUTCOME_FAILED;
	char **texts = NULL, **shown = NULL;

	if (plan->asks) {
		shown = step_texts(plan, stepping_print);
		l.shown = shown;
	}
	if (plan->traces) {
		texts = step_texts(plan, trace_print);
		l.texts = texts;
	}
	if (!plan->clone_flags)
		outcome = run_in_place(&l, error);
	else if (prepare(&l, error) == 0)
		outcome = run_apart(&l, error, ending);
	step_texts_free(texts, plan);
	step_texts_free(shown, plan);
	return outcome;
}

void launch_end_like(const struct ending *ending)
{
	if (!ending->by_signal)
		_exit(ending->number);
	/* The command has dumped its core already. */
	prctl(PR_SET_DUMPABLE, 0);
	sys_reset_signal(ending->number);
	kill(getpid(), ending->number);
	_exit(128 + ending->number);
}
