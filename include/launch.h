/*
 * A launch under way: the plain data that every process of it walks with, and its two verbs.
 * The theory of operation is at the head of launch.c.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "error.h"
#include "namespaces.h"
#include "step.h"

/* The links in /proc/PID/ns: of the kinds, and two for the children of the process. */
enum { LINK_COUNT = KIND_COUNT + 2 };

/* Progress and the error: one mapping that all processes of the launch see. */
struct page {
	int at;                 /* the step being run, or to be run next by whoever has the turn */
	pid_t pid[ACTOR_COUNT]; /* by CLONE_PARENT_SETTID, in outside's numbers */
	struct error error;
	struct timespec since; /* --trace: when the step began */
};

/* How a process ended: by exit with `code`, or by signal `number`. */
struct ending {
	bool by_signal;
	int number;
};

struct launch {
	const struct plan *plan;
	struct page *page;
	enum actor newborn;       /* whom the clone being made makes */
	int (*enter)(void *);     /* entry function of a newborn; its argument is this */
	void *stack[ACTOR_COUNT]; /* high ends of the newborns' stacks */
	int turn[2];              /* [0] outside's end, [1] everybody else's; -1: none */
	int alive;                /* pidfd of outside: readable when nsrun is dead */
	int signals;              /* signalfd of outside while it awaits the turn; -1: none */
	uint64_t inherited;       /* signal mask that nsrun was started with, bit number - 1 */
	bool ignores_chld;        /* nsrun was started with SIGCHLD ignored */
	/* Its /proc/self as between had it before it joined, where a path in it is relative (openat(2)). */
	int own_proc;
	/* Descriptors that between has opened to join, by slot: a namespace each, and two directories. */
	int joined[KIND_COUNT + 2];
	/* Outside waits until it can read `fd`; true if a signal that ends the set-up came instead. */
	bool (*wait_interrupted)(struct launch *, int fd);
	/* Outside's supervision, for the last step: fills `ended`. */
	int (*supervise)(struct launch *, struct error *);
	struct ending ended;             /* how the command ended */
	int interrupted;                 /* the signal that ended the set-up, or 0 */
	char *const *texts;              /* --trace: the call of each step */
	char *const *shown;              /* --step: what is shown before each */
	int terminal;                    /* --step: where; else -1 */
	unsigned long links[LINK_COUNT]; /* --step: ids of the namespaces before the step */
};

/* How a launch came out. */
enum outcome {
	OUTCOME_ENDED,      /* the command ran; launch_run's `ending` says how it ended */
	OUTCOME_FAILED,     /* the error is filled; everything is undone */
	OUTCOME_INTERRUPTED /* INT, QUIT, TERM or HUP came first; `ending` names it; undone */
};

/* Executes the plan.  With --no-fork it returns only on failure.  Leaves signals blocked, unless it failed before
 * the first clone. */
enum outcome launch_run(const struct plan *, struct error *, struct ending *);

/* Ends nsrun as the command ended: by exit, or by the same signal without a second core file.
 * As PID 1, whom no signal of its own kills, by exit with 128+N. */
void launch_end_like(const struct ending *) __attribute__((noreturn));

#endif
