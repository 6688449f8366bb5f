/*
 * --explain: the plan, shown instead of executed.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdio.h>

#include "facts.h"
#include "spec.h"
#include "step.h"

/* Writes the plan for people (80 columns), as one JSON object, or as a C program that makes the same
 * calls.  Facts as for facts_for_explain. */
void explain_text(FILE *, const struct spec *, const struct plan *, const struct facts *);
void explain_json(FILE *, const struct plan *, const struct facts *);
void explain_c(FILE *, const struct plan *, const struct facts *);

/* Parts of these: lines on who, where and which namespaces; what step `i` is for and why it is there; a step's
 * call.  The strings are the caller's to free; NULL without memory. */
void explain_head(FILE *, const struct plan *, const struct facts *);
char *explain_sentence(const struct plan *, int i);
char *explain_call(const struct step *, enum text_form);

#endif
