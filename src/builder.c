#include "builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool builder_makes(const struct builder *b, enum kind kind)
{
	return b->kinds & KIND_BIT(kind);
}

void *builder_take(struct builder *b, size_t size)
{
	void *memory = arena_take(&b->arena, size);

	b->failed |= !memory;
	return memory;
}

void builder_add(struct builder *b, enum actor actor, const struct step_kind *kind,
	const void *argument, const char *why)
{
	struct plan *plan = b->plan;
	struct step *steps = reallocarray(plan->steps, (size_t)plan->count + 1, sizeof *steps);

	if (!steps || !why) {
		b->failed = true;
		return;
	}
	plan->steps = steps;
	steps[plan->count++] = (struct step){kind, actor, argument, why};
}

void builder_add_inside(struct builder *b, const struct step_kind *kind, const void *argument,
	const char *why)
{
	builder_add(b, b->spec->no_fork ? OUTSIDE : INSIDE, kind, argument, why);
}

const char *builder_asker(const struct builder *b, enum kind kind)
{
	if (b->spec->asked_by[kind])
		return b->spec->asked_by[kind];
	if (b->spec->all)
		return "all";
	return builder_asker(b, KIND_PID); /* the mount namespace for its /proc */
}

const char *builder_why(struct builder *b, const char *option, enum kind kind)
{
	return option ? arena_print(&b->arena, "--%s", option)
		      : arena_print(&b->arena, "with --%s", builder_asker(b, kind));
}

const char *builder_own_proc(struct builder *b, const char *name)
{
	return b->join_why ? name : arena_print(&b->arena, "/proc/self/%s", name);
}

const char *builder_why_all(struct builder *b, unsigned set)
{
	const char *names[KIND_COUNT] = {NULL}, *list = "";
	int count = 0;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const char *name = (set & KIND_BIT(kind)) ? builder_asker(b, kind) : NULL;

		for (int i = 0; name && i < count; i++)
			if (!strcmp(names[i], name))
				name = NULL;
		if (!name)
			continue;
		names[count++] = name;
		list = arena_print(&b->arena, "%s%s--%s", list, *list ? " " : "", name);
		if (!list)
			return NULL;
	}
	return count ? list : "always";
}

const char *builder_map_asker(const struct builder *b, bool users)
{
	const struct spec *spec = b->spec;
	int64_t as = users ? spec->map_user : spec->map_group;

	if (spec->map_auto)
		return "map-auto";
	if ((users ? spec->map_users : spec->map_groups).count)
		return users ? "map-users" : "map-groups";
	if (as != ID_NOT_GIVEN)
		return users ? "map-user" : "map-group";
	return spec->map_mode == MAP_SELF ? "map-self" : NULL;
}

const char *builder_map_why(struct builder *b, bool users)
{
	return builder_why(b, builder_map_asker(b, users), KIND_USER);
}

char *builder_map_text(struct builder *b, const struct id_map *map, bool itself)
{
	size_t size = (size_t)map->count * sizeof "4294967294 4294967294 4294967295\n", length = 0;
	char *text = builder_take(b, size);

	for (int i = 0; text && i < map->count; i++) {
		const struct id_range *r = &map->ranges[i];

		length += (size_t)snprintf(text + length, size - length, "%s%u %u %u",
			i ? "\n" : "", r->inside, itself ? r->inside : r->outside, r->count);
	}
	return text;
}
