/*
 * The part of a plan that shifts the clocks of a new time namespace.
 */
#ifndef PLAN_CLOCKS_H
#define PLAN_CLOCKS_H

#include "builder.h"

/* -1 where a clock would read what the kernel does not take (ERANGE, kernel-traps 58). */
int plan_clocks_check(struct builder *);

/* The step that writes the offsets, if there are any. */
void plan_clocks_add(struct builder *);

#endif
