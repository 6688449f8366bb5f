/*
 * What another process does with signals, as /proc tells: the kernel drops signals that PID 1 has
 * no handler for (pid_namespaces(7)).
 */
#ifndef PID1_H
#define PID1_H

#include <sys/types.h>

/* What signal(7) says that a signal does by default. */
enum default_action { ACTION_ENDS, ACTION_STOPS, ACTION_NOTHING };

enum default_action pid1_default_action(int number);

/*
 * What became of a signal that was sent to a PID 1: it is taken (caught, ignored, or waited for in
 * sigtimedwait(2)), it was dropped, or that can't be told yet: it is pending, or the process has not
 * run since, or not completed its exec.  Or it is blocked, and not pending: it was read (signalfd(2)), or dropped in a moment
 * without the mask, as a shell has them while it forks.  Ask again a little later in both cases.
 *
 * Taken, too, where it can't be read: nobody is killed on a guess.  That is so where /proc shows
 * another PID namespace than the caller's, and on kernels without /proc/PID/syscall.
 */
enum verdict { VERDICT_TAKEN, VERDICT_DROPPED, VERDICT_OPEN, VERDICT_BLOCKED };

enum verdict pid1_judge(pid_t pid, int number);

#endif
