/*
 * Who has the terminal: the foreground process group of the controlling terminal, termios(3).
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <sys/types.h>

/* Waits until nsrun's process group is in the foreground of the terminal on standard input, as an
 * interactive shell does: by stopping the group with SIGTTIN.  Returns at once where that has no
 * effect (an orphaned group, the signal ignored or blocked). */
void terminal_await_foreground(void);

/* The process group in the foreground of the controlling terminal, or -1. */
pid_t terminal_foreground(void);

/* Gives the foreground from nsrun's group, if it is there, to `group`. */
void terminal_hand_over(pid_t group);

/* Takes the foreground back if no process is left in the group that has it; never from a living one
 * (kernel-traps 72).  SIGTTOU must be blocked. */
void terminal_take_back(void);

#endif
