/*
 * --explain: the plan, shown instead of executed.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdio.h>

#include "facts.h"
#include "spec.h"
#include "step.h"

/* Writes the plan for people (80 columns) or as one JSON object.  Facts as for
 * facts_for_explain. */
void explain_text(FILE *, const struct spec *, const struct plan *, const struct facts *);
void explain_json(FILE *, const struct plan *, const struct facts *);

#endif
