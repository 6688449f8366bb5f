/*
 * Outside's last step: signals go to the command, and its end is awaited.
 */
#ifndef SUPERVISE_H
#define SUPERVISE_H

#include "launch.h"

/* Waits until the command (page->pid[INSIDE]) has ended and fills launch->ended; meanwhile sends
 * it the signals that nsrun gets, and stops and continues with it.  All signals are blocked.
 * 0, or -1 with the error filled. */
int supervise(struct launch *, struct error *);

#endif
