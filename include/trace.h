/*
 * --trace: each step on standard error as it happens, one write(2) by the process that ran it.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdio.h>
#include <time.h>

#include "launch.h"

/* A step as it is reported, but for the result; rendered before the launch (step_texts). */
void trace_print(FILE *out, const struct plan *, int i);

/* Before a step: the time.  An exec that nobody survives to report is reported here. */
struct timespec trace_begin(struct launch *, int step);

/* After a step, with its errno or 0.  The exec, too, once outside has seen that it happened. */
void trace_end(struct launch *, int step, const struct timespec *start, int number);

#endif
