/*
 * Making the process that becomes the command, tying it to nsrun, and nsrun's wait for its end.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "step.h"

/* Argument of process_clone. */
struct process_clone_call {
	unsigned flags; /* clone(2): CLONE_NEW*, CLONE_VM|CLONE_VFORK or none, SIGCHLD */
	enum actor newborn;
	const char *joined_pid; /* the --join that brings its PID namespace; or NULL */
};

/* clone(2) on a mapped stack: of inside, and of between, which does what clone(2) cannot do and then
 * clones inside.  The newborn has the turn and walks on from the next step; a clone by another than
 * outside adds CLONE_PARENT, so that outside stays the parent of all. */
extern const struct step_kind process_clone, process_clone_between;

/* unshare(2): in place, for --no-fork; and by between, of a time namespace, for which clone(2) has no
 * flag (kernel-traps 1), perhaps with a user namespace, which then comes first.
 * Argument: a pointer to the unsigned CLONE_NEW* mask. */
extern const struct step_kind process_unshare, process_unshare_time, process_unshare_user;

/* PR_SET_PDEATHSIG, and a look whether nsrun is dead already: its pidfd, for getppid(2) is 0 in a
 * PID namespace before and after (kernel-traps 71).  No argument. */
extern const struct step_kind process_pdeathsig;

/* A process group of its own in the terminal's foreground; standard input is the terminal.
 * No argument. */
extern const struct step_kind process_foreground;

/* Signals as nsrun found them: the mask, SIGCHLD; and a stop that is pending from the terminal is
 * swallowed (kernel-traps 68): supervision sends it on.  No argument. */
extern const struct step_kind process_signals;

/* In place of the exec, where a launch is only tried (--check): fails with ECANCELED, as no step before it
 * does.  No argument. */
extern const struct step_kind process_stop;

/* Outside's last: waits for the end of the command.  No argument. */
extern const struct step_kind process_supervise;

/* Which kind of a set was refused with the errno `number`, or -1: with several flags nothing tells
 * (kernel-traps 9), so each was tried alone, or with a user namespace, which then comes first
 * (FACT_PROBES). */
int process_refused_kind(unsigned kinds, int number, const struct facts *);

#endif
