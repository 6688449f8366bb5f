/*
 * The steps that make a root of one's own.
 */
#ifndef PLAN_FILES_H
#define PLAN_FILES_H

#include "builder.h"

/* Of a spec with a root of its own, spec_has_root().  Refuses what cannot be meant: a mount that a later one
 * hides, --propagation unchanged.  0, or -1 with a usage error. */
int plan_files_check(struct builder *);

/* The new root, what is put into it in the order of the command line, and its end. */
void plan_files_add(struct builder *);

#endif
