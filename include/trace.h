/*
 * --trace: each step on standard error as it happens, one write(2) by the process that ran it.
 */
#ifndef TRACE_H
#define TRACE_H

#include <time.h>

#include "launch.h"

/* The calls of a plan as they are shown, rendered before the launch; NULL without memory. */
char **trace_texts(const struct plan *);
void trace_free(char **texts, const struct plan *);

/* Before a step: the time.  An exec that nobody survives to report is reported here. */
struct timespec trace_begin(struct launch *, int step);

/* After a step, with its errno or 0.  The exec, too, once outside has seen that it happened. */
void trace_end(struct launch *, int step, const struct timespec *start, int number);

#endif
