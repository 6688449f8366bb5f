/*
 * --check: what may be made here is found by making it, in children that are thrown away.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "facts.h"
#include "step.h"

/* What trying one kind told. */
struct check_trial {
	bool with_user; /* it was tried together with a user namespace */
	bool allowed;
	char why[400];  /* what stands in the way; "" if nothing does */
	char cure[800]; /* lines that allow it; "" if there are none */
};

/* Whether a launch that was only tried (process_stop) got to its end. */
bool check_passed(const struct plan *, const struct error *);

/* Tries every kind, and writes a table. */
void check_all(FILE *out);

/* The table of what was tried. */
void check_print(FILE *out, const struct facts *, const struct check_trial trials[KIND_COUNT]);

#endif
