/*
 * The one place that decides the order of steps.
 */
#ifndef PLAN_H
#define PLAN_H

#include "error.h"
#include "facts.h"
#include "spec.h"
#include "step.h"

/*
 * The steps that a spec comes to on a machine of such facts: a pure function.  The plan points
 * into the spec and the facts, which must outlive it.  0, or -1 with a usage error where the
 * facts show that the spec can't be meant (no command and no terminal), or without memory.
 */
int plan_build(const struct spec *, const struct facts *, struct plan *, struct error *);

/* Frees what plan_build took; a plan that could not be built holds nothing. */
void plan_free(struct plan *);

#endif
