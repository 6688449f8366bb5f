/*
 * Ranges of ids: what a map of them has, and what it lacks.
 */
#ifndef RANGES_H
#define RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

/* Whether the ids of a range, inside and outside, end at 4294967294 as the kernel's do. */
bool ranges_fit(const struct id_range *);

/* Whether a range has an id, inside or outside, in common with one of a map; `why` says which. */
bool ranges_overlap(const struct id_map *, const struct id_range *, char *why, size_t size);

/* Whether it maps one id alone. */
bool ranges_are_single(const struct id_map *);

/* The first range whose ids outside are not all granted, or NULL; one's own id needs no grant. */
const struct id_range *ranges_find_ungranted(const struct id_map *, const struct id_map *granted,
	uint32_t own);

/* Whether an id inside is mapped; the same of an id outside. */
bool ranges_have_inside(const struct id_map *, int64_t id);
bool ranges_have_outside(const struct id_map *, int64_t id);

#endif
