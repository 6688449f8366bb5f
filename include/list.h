/*
 * The answer to --list.
 */
#ifndef LIST_H
#define LIST_H

#include <stdio.h>

#include "error.h"
#include "spec.h"

/* Reads this machine and prints the form that was asked for; what could not be read is told by a note on
 * standard error.  0, or -1 with nothing printed. */
int list(FILE *out, const struct spec *, struct error *);

#endif
