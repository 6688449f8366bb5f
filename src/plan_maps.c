#include "plan_maps.h"

#include <linux/capability.h>

#include "idmap.h"

/* setgroups(2) stays allowed only if the map of groups is written by a privileged process outside:
 * whoever writes its own must deny it first (kernel-traps 20). */
int plan_maps_choose(struct builder *b)
{
	b->maps_from_outside = builder_makes(b, KIND_USER) && b->spec->setgroups == SETGROUPS_ALLOW;
	if (b->maps_from_outside && !facts_has_capability(b->facts, CAP_SETGID))
		return error_say(b->error,
			"--setgroups allow: the kernel wants CAP_SETGID for it, and uid %u lacks it",
			(unsigned)b->facts->uid);
	return 0;
}

static void add_map(struct builder *b, const struct step_kind *kind, const char *name,
	const char *text, const char *reason)
{
	struct idmap_file *map = builder_take(b, sizeof *map);

	if (!map || !text) {
		b->failed = true;
		return;
	}
	*map = (struct idmap_file){name, builder_own_proc(b, name), text, b->maps_from_outside,
		b->first};
	b->failed |= !map->own_path;
	builder_add(b, b->maps_from_outside ? OUTSIDE : b->first, kind, map, reason);
}

void plan_maps_add(struct builder *b)
{
	const struct spec *spec = b->spec;
	bool self = spec->map_mode == MAP_SELF;
	long long uid = self ? b->facts->uid : 0, gid = self ? b->facts->gid : 0;
	const char *user = self ? "map-self" : NULL, *group = user, *deny = NULL;

	if (spec->map_user != ID_NOT_GIVEN) {
		uid = spec->map_user;
		user = "map-user";
	}
	if (spec->map_group != ID_NOT_GIVEN) {
		gid = spec->map_group;
		group = "map-group";
	}
	if (spec->setgroups == SETGROUPS_DENY)
		deny = "setgroups";
	if (!b->maps_from_outside)
		add_map(b, &user_setgroups, "setgroups", "deny", builder_why(b, deny, KIND_USER));
	add_map(b, &user_gid_map, "gid_map",
		arena_print(&b->arena, "%lld %u 1", gid, (unsigned)b->facts->gid),
		builder_why(b, group, KIND_USER));
	add_map(b, &user_uid_map, "uid_map",
		arena_print(&b->arena, "%lld %u 1", uid, (unsigned)b->facts->uid),
		builder_why(b, user, KIND_USER));
}
