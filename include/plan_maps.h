/*
 * The part of a plan that makes the id maps of a new user namespace.
 */
#ifndef PLAN_MAPS_H
#define PLAN_MAPS_H

#include "builder.h"

/* The maps and who writes them, in the builder.  -1 where the caller may not have what was asked. */
int plan_maps_choose(struct builder *);

/* The steps that write them. */
void plan_maps_add(struct builder *);

/* The option because of which a map is not written from inside, in words. */
const char *plan_maps_outside(const struct builder *);

#endif
