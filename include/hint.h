/*
 * Why a step was refused, in one sentence: only what the facts show to be true here.
 */
#ifndef HINT_H
#define HINT_H

#include "facts.h"
#include "step.h"

/* The sentence for a failed step (NULL: before the first one; or, with error->number 0, for one that is sure
 * to fail), without a newline, in malloc'd memory that the caller frees; NULL if nothing is known. */
char *hint_find(const struct step *, const struct error *, const struct facts *);

/* The same for step `i` of a plan, or -1.  What is true of the caller here tells nothing of a step that is
 * taken where it has joined others. */
char *hint_of_step(const struct plan *, int i, const struct error *, const struct facts *);

/* The first obstacle that a plan is sure to meet, in the same form; NULL: none is known. */
char *hint_obstacle(const struct plan *, const struct facts *);

#endif
