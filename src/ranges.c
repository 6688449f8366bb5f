#include "ranges.h"

#include <stdio.h>

bool ranges_fit(const struct id_range *range)
{
	return range->count <= UINT32_MAX - range->inside &&
	       range->count <= UINT32_MAX - range->outside;
}

/* Whether `count` ids from `first` on, and those from `other` on, have one in common: the first. */
static bool have_common(uint32_t first, uint32_t count, uint32_t other, uint32_t others,
	uint32_t *common)
{
	*common = first > other ? first : other;
	return *common - first < count && *common - other < others;
}

bool ranges_overlap(const struct id_map *map, const struct id_range *range, char *why, size_t size)
{
	for (int i = 0; i < map->count; i++) {
		const struct id_range *r = &map->ranges[i];
		const char *side = NULL;
		uint32_t id;

		if (have_common(r->inside, r->count, range->inside, range->count, &id))
			side = "inside";
		else if (have_common(r->outside, r->count, range->outside, range->count, &id))
			side = "outside";
		if (!side)
			continue;
		snprintf(why, size, "overlaps %u:%u:%u, as both have %u %s", r->inside, r->outside,
			r->count, id, side);
		return true;
	}
	return false;
}

bool ranges_have_inside(const struct id_map *map, int64_t id)
{
	for (int i = 0; i < map->count; i++)
		if (id >= map->ranges[i].inside &&
			id - map->ranges[i].inside < map->ranges[i].count)
			return true;
	return false;
}

bool ranges_have_outside(const struct id_map *map, int64_t id)
{
	for (int i = 0; i < map->count; i++)
		if (id >= map->ranges[i].outside &&
			id - map->ranges[i].outside < map->ranges[i].count)
			return true;
	return false;
}

bool ranges_are_single(const struct id_map *map)
{
	return map->count == 1 && map->ranges[0].count == 1;
}

const struct id_range *ranges_find_ungranted(const struct id_map *map, const struct id_map *granted,
	uint32_t own)
{
	for (int i = 0; i < map->count; i++) {
		const struct id_range *r = &map->ranges[i];
		uint64_t id = r->outside, end = id + r->count;

		if (r->count == 1 && r->outside == own)
			continue;
		for (int j = 0; j < granted->count; j++) {
			const struct id_range *g = &granted->ranges[j];

			if (id < end && id >= g->outside && id - g->outside < g->count) {
				id = (uint64_t)g->outside + g->count;
				j = -1;
			}
		}
		if (id < end)
			return r;
	}
	return NULL;
}
