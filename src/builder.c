#include "builder.h"

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
