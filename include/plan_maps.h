/*
 * The part of a plan that makes the id maps of a new user namespace.
 */
#ifndef PLAN_MAPS_H
#define PLAN_MAPS_H

#include "builder.h"

/* Who writes the maps: fills maps_from_outside.  -1 where the caller may not have what was asked. */
int plan_maps_choose(struct builder *);

/* The steps that write them. */
void plan_maps_add(struct builder *);

#endif
