/*
 * The part of a plan that decides who the command is: its ids, groups and capabilities.
 */
#ifndef PLAN_IDS_H
#define PLAN_IDS_H

#include "builder.h"

/* Whether the ids asked for can be had in the new user namespace.  Behind plan_maps_choose. */
int plan_ids_check(struct builder *);

/* The caller becomes root of a new user namespace that does not know its own ids.  Before anything else is
 * made there: what belongs to nobody cannot be. */
void plan_ids_enter(struct builder *);

/* The two steps and the check that leave no further user namespace. */
void plan_ids_seal(struct builder *);

/* The credentials of the command. */
void plan_ids_add(struct builder *);

#endif
