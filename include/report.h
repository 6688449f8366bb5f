/*
 * Errors in the words that people read: one line for the error, at most one for the hint.
 */
#ifndef REPORT_H
#define REPORT_H

#include "error.h"
#include "facts.h"
#include "step.h"

/* Writes the lines to standard error, in one write(2).  Without facts there is no hint. */
void report_error(const struct error *, const struct plan *, const struct facts *);

/* Writes the line of a hint that stands alone. */
void report_hint(const char *hint);

/* The exit status of a failed launch. */
int report_status(const struct error *, const struct plan *);

#endif
