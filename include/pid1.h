/*
 * What another process does with signals, as /proc tells: the kernel drops signals that PID 1 has
 * no handler for (pid_namespaces(7)).
 */
#ifndef PID1_H
#define PID1_H

#include <stdbool.h>
#include <sys/types.h>

/* What signal(7) says that a signal does by default. */
enum default_action { ACTION_ENDS, ACTION_STOPS, ACTION_NOTHING };

enum default_action pid1_default_action(int number);

/* Whether the process neither catches, ignores nor blocks the signal, nor waits for it in
 * sigtimedwait(2) in any thread.  Where that can't be read: false. */
bool pid1_is_deaf(pid_t pid, int number);

#endif
