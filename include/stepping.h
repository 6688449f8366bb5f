/*
 * --step: waits for Enter on the terminal before each step, and shows afterwards what it changed.  The
 * process that takes the step asks and tells itself: it is the one that has the turn.
 */
#ifndef STEPPING_H
#define STEPPING_H

#include <stdio.h>

#include "launch.h"

/* A step as it is shown; rendered before the launch (step_texts). */
void stepping_print(FILE *out, const struct plan *, int i);

/* Opens the caller's terminal for the launch.  0, or -1 with the error if there is none, or the caller is
 * in its background. */
int stepping_open(struct launch *, struct error *);

/* Before a step: shows it and waits.  0 to take it; -1 where that was refused, with the error, or where the
 * launch was interrupted. */
int stepping_ask(struct launch *, int step, struct error *);

/* Behind a step, with its errno or 0; behind a clone the newborn does it. */
void stepping_tell(struct launch *, int step, int number);

#endif
