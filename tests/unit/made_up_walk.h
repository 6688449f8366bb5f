/*
 * Plans of made-up steps, run as a launch in a child of the test, "nsrun" here, whose orphans come to
 * the test (PR_SET_CHILD_SUBREAPER).  All of them write on one board in shared memory; the test
 * alone judges.
 */
#ifndef MADE_UP_WALK_H
#define MADE_UP_WALK_H

#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch.h"
#include "process.h"

/* The status of the made-up commands; seconds until a launch counts as hung. */
enum { STEPS_MAX = 24, STATUS = 7, PATIENCE = 15 };

/* What happens to a plan, at one of its steps. */
enum event {
	NOTHING,
	FAIL,         /* the step fails with errno `number` */
	DIE,          /* its process dies of signal `number` */
	KILL,         /* while it hangs, actor `victim` is killed from outside */
	KILL_LATE,    /* the same, but the victim is stopped, and killed after the step */
	SIGNAL,       /* while it hangs, nsrun gets signal `number` */
	SIGNAL_LATE,  /* the same, but after the step, while the next actor is stopped */
	KILL_NEWBORN, /* it clones, and kills the newborn at once */
	EVENT_COUNT
};

struct happening {
	enum event event;
	int step, number;
	enum actor victim;
};

/* What a made-up step does: what happens to it, then the call of a real kind, if any. */
struct deed {
	int index;
	const struct step_kind *real;
	struct process_clone_call call;
	struct happening happening;
};

struct board {
	int hangs, released; /* a step hangs; it may go on */
	int count;
	struct {
		int step;
		char what; /* 'r' it ran, 'u' it was undone */
	} log[4 * STEPS_MAX];
	pid_t pids[ACTOR_COUNT];
	int done; /* what follows is filled */
	enum outcome outcome;
	struct error error;
	struct ending ending;
};
static struct board *board;

struct made_up_plan {
	struct plan plan;
	struct step steps[STEPS_MAX];
	struct deed deeds[STEPS_MAX];
	bool real_exec;
};

static int get(const int *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static void set(int *value)
{
	__atomic_store_n(value, 1, __ATOMIC_SEQ_CST);
}

static void note(int step, char what)
{
	int i = __atomic_fetch_add(&board->count, 1, __ATOMIC_SEQ_CST);

	board->log[i].step = step;
	board->log[i].what = what;
}

static void nap(long microseconds)
{
	nanosleep(&(struct timespec){0, microseconds * 1000}, NULL);
}

static void die(int number)
{
	sigset_t one;

	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	kill(getpid(), number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	for (;;)
		pause();
}

static int act(struct launch *launch, const struct step *step, struct error *error)
{
	const struct deed *deed = step->argument;
	const struct step real = {deed->real, step->actor, &deed->call, ""};

	switch (deed->happening.event) {
	case FAIL:
		errno = deed->happening.number;
		return error_call(error);
	case DIE:
		die(deed->happening.number);
		break;
	case KILL:
	case KILL_LATE:
	case SIGNAL:
	case SIGNAL_LATE:
		memcpy(board->pids, launch->page->pid, sizeof board->pids);
		set(&board->hangs);
		while (!get(&board->released))
			nap(100);
		break;
	case KILL_NEWBORN:
	case NOTHING:
	case EVENT_COUNT:
		break;
	}
	/* a newborn may be ahead of the one that made it */
	if (deed->real == &process_clone)
		note(deed->index, 'r');
	if (deed->real && deed->real->run(launch, &real, error) < 0)
		return -1;
	if (deed->happening.event == KILL_NEWBORN)
		kill(launch->page->pid[deed->call.newborn], SIGKILL);
	if (deed->real != &process_clone)
		note(deed->index, 'r');
	return 0;
}

static void take_back(struct launch *launch, const struct step *step)
{
	const struct deed *deed = step->argument;

	(void)launch;
	note(deed->index, 'u');
}

static int become_shell(struct launch *launch, const struct step *step, struct error *error)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exit 7", NULL};

	if (act(launch, step, error) < 0)
		return -1;
	execve("/bin/sh", argv, argv + 3);
	return error_call(error);
}

/* As good as an exec of something that ends at once.  Not by exit(3): memory may be shared. */
static int become_nothing(struct launch *launch, const struct step *step, struct error *error)
{
	if (act(launch, step, error) < 0)
		return -1;
	syscall(SYS_exit_group, STATUS);
	return error_call(error);
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	(void)form;
	fputs(step->kind->name, out);
}

static const struct step_kind
	clones = {.name = "clones", .flags = STEP_CLONES, .run = act, .text = show},
	acts = {.name = "acts", .run = act, .text = show},
	undoes = {.name = "undoes", .run = act, .undo = take_back, .text = show},
	executes = {.name = "executes", .run = become_shell, .text = show},
	exits = {.name = "exits", .run = become_nothing, .text = show};

static void add(struct made_up_plan *p, enum actor actor, const struct step_kind *kind,
	const struct step_kind *real)
{
	int i = p->plan.count++;

	p->deeds[i] = (struct deed){.index = i, .real = real};
	p->steps[i] = (struct step){kind, actor, &p->deeds[i], "always"};
}

static void add_clone(struct made_up_plan *p, enum actor actor, enum actor newborn)
{
	struct process_clone_call *call = &p->deeds[p->plan.count].call;
	unsigned flags = SIGCHLD | (p->plan.shares_memory ? CLONE_VM | CLONE_VFORK : 0);

	add(p, actor, &clones, &process_clone);
	*call = (struct process_clone_call){flags, newborn, NULL};
	add(p, newborn, &acts, &process_pdeathsig);
}

static void add_steps(struct made_up_plan *p, enum actor actor, int count)
{
	while (count-- > 0)
		add(p, actor, actor == OUTSIDE ? &undoes : &acts, NULL);
}

/*
 * A plan by numbers: outside's first steps; with a between, its steps, outside's visit and its steps
 * again; then inside's, outside's visit and inside's, twice.
 */
static void make_plan(struct made_up_plan *p, bool shares, const int n[9], bool real_exec)
{
	*p = (struct made_up_plan){.plan = {.shares_memory = shares, .clone_flags = SIGCHLD}};
	p->plan.steps = p->steps;
	p->real_exec = real_exec;
	add_steps(p, OUTSIDE, n[0]);
	if (!shares && n[1]) {
		add_clone(p, OUTSIDE, BETWEEN);
		add_steps(p, BETWEEN, n[1] - 1);
		add_steps(p, OUTSIDE, n[2]);
		add_steps(p, BETWEEN, n[3]);
		add_clone(p, BETWEEN, INSIDE);
	} else {
		add_clone(p, OUTSIDE, INSIDE);
	}
	add_steps(p, INSIDE, n[4]);
	add_steps(p, OUTSIDE, shares ? 0 : n[5]);
	add_steps(p, INSIDE, n[6]);
	add_steps(p, OUTSIDE, shares ? 0 : n[7]);
	add_steps(p, INSIDE, n[8]);
	add(p, INSIDE, &acts, &process_signals);
	p->plan.exec = p->plan.count;
	add(p, INSIDE, real_exec ? &executes : &exits, NULL);
	p->steps[p->plan.count++] = (struct step){&process_supervise, OUTSIDE, NULL, "always"};
}

static struct timespec deadline(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += PATIENCE;
	return now;
}

static bool is_over(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec > end->tv_nsec);
}

/* nsrun's part, in a child of its own. */
static void be_nsrun(const struct plan *plan)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (plan->traces)
		dup2(nowhere, STDERR_FILENO);
	board->error.step = ERROR_NONE;
	board->outcome = launch_run(plan, &board->error, &board->ending);
	set(&board->done);
	_exit(0);
}

static bool is_late(enum event event)
{
	return event == KILL_LATE || event == SIGNAL_LATE;
}

/* Whoever hangs is not always to go on: the end of nsrun takes it along once it has asked for that,
 * and so does an interrupted nsrun. */
static bool waits_for_release(const struct made_up_plan *p, const struct happening *h)
{
	if (h->event == SIGNAL)
		return p->steps[h->step].actor == OUTSIDE;
	return h->victim != OUTSIDE || p->deeds[h->step].real == &process_pdeathsig;
}

/* While the step hangs: what is to happen happens. */
static void interfere(const struct made_up_plan *p, const struct happening *h, pid_t nsrun)
{
	pid_t victim = h->victim == OUTSIDE ? nsrun : board->pids[h->victim];
	bool stops = h->event == KILL_LATE || (h->event == SIGNAL_LATE && victim != nsrun);

	if (stops)
		kill(victim, SIGSTOP);
	if (is_late(h->event)) {
		nap(1000);
		set(&board->released);
		nap(5000);
	}
	if (h->event == SIGNAL || h->event == SIGNAL_LATE)
		kill(nsrun, h->number);
	else
		kill(victim, SIGKILL);
	/* What goes on after it finds nsrun dead, not dying. */
	if (h->event == KILL && victim == nsrun)
		waitid(P_PID, (id_t)nsrun, &(siginfo_t){0}, WEXITED | WNOWAIT);
	if (waits_for_release(p, h))
		set(&board->released);
}

/* Runs the plan.  nsrun's wait status, or -1 if somebody was left or waited for ever. */
static int run(const struct made_up_plan *p, const struct happening *h)
{
	struct timespec end = deadline();
	int status = 0, other;
	pid_t nsrun, pid;

	memset(board, 0, sizeof *board);
	nsrun = fork();
	if (nsrun == 0)
		be_nsrun(&p->plan);
	if (h->event >= KILL && h->event <= SIGNAL_LATE) {
		while (!get(&board->hangs) && !get(&board->done) && !is_over(&end))
			nap(50);
		interfere(p, h, nsrun);
	}
	while ((pid = waitpid(-1, &other, WNOHANG)) >= 0 && !is_over(&end)) {
		if (pid == nsrun)
			status = other;
		if (pid == 0)
			nap(50);
	}
	if (pid < 0)
		return status;
	kill(nsrun, SIGKILL);
	for (int actor = BETWEEN; actor < ACTOR_COUNT; actor++)
		if (board->pids[actor] > 0)
			kill(board->pids[actor], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return -1;
}

static int prepare(void **state)
{
	struct rlimit none = {0, 0};

	(void)state;
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* those that the tests were started with are no part of this */
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		0);
	return board == MAP_FAILED ? -1 : 0;
}

#endif
