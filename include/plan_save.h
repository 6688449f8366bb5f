/*
 * The part of a plan that keeps the new namespaces: --save.
 */
#ifndef PLAN_SAVE_H
#define PLAN_SAVE_H

#include "builder.h"

/* Where they are kept, if at all: fills save.  -1 where nothing can be. */
int plan_save_choose(struct builder *);

/* Outside's steps before the first clone. */
void plan_save_prepare(struct builder *);

/* Outside's when inside is done but for the exec: one for each new kind. */
void plan_save_add(struct builder *);

/* Outside's right behind the exec, and those behind the end of the command. */
void plan_save_unlock(struct builder *);
void plan_save_end(struct builder *);

#endif
