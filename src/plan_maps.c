#include "plan_maps.h"

#include <linux/capability.h>
#include <string.h>

#include "credentials.h"
#include "idhelper.h"
#include "idmap.h"
#include "ranges.h"

/* The map of one id, or of the ranges asked for. */
static int choose_map(struct builder *b, bool users, struct id_map *map)
{
	const struct spec *spec = b->spec;
	const struct facts *facts = b->facts;
	const struct id_map *asked = users ? &spec->map_users : &spec->map_groups;
	const struct id_map *granted = users ? &facts->sub_uids : &facts->sub_gids;
	uint32_t own = users ? facts->uid : facts->gid, next = 1;
	int64_t as = users ? spec->map_user : spec->map_group;
	const char *file = users ? "/etc/subuid" : "/etc/subgid";
	char why[100];

	if (asked->count) {
		*map = *asked;
		return 0;
	}
	map->ranges = builder_take(b, ((size_t)granted->count + 1) * sizeof *map->ranges);
	if (!map->ranges)
		return 0;
	map->ranges[map->count++] = (struct id_range){0, own, 1};
	if (spec->map_mode == MAP_SELF)
		map->ranges[0].inside = own;
	if (as != ID_NOT_GIVEN)
		map->ranges[0].inside = (uint32_t)as;
	if (!spec->map_auto)
		return 0;
	if (granted->count == 0)
		return error_say(b->error,
			"--map-auto: %s has no ids for %s; it wants a line %s:%u:65536", file,
			facts->user, facts->user,
			users ? facts->free_sub_uid : facts->free_sub_gid);
	for (int i = 0; i < granted->count; i++) {
		struct id_range range = {next, granted->ranges[i].outside,
			granted->ranges[i].count};

		if (!ranges_fit(&range) || map->count == ID_RANGES_MAX)
			return error_say(b->error, "--map-auto: %s has too many ids for %s", file,
				facts->user);
		if (ranges_overlap(map, &range, why, sizeof why))
			return error_say(b->error, "--map-auto: %s: %s:%u:%u %s", file, facts->user,
				range.outside, range.count, why);
		map->ranges[map->count++] = range;
		next += range.count;
	}
	return 0;
}

/* Whether the kernel lets anybody write it from inside: one's own id alone (kernel-traps 19). */
static bool is_own(const struct id_map *map, uint32_t own)
{
	return ranges_are_single(map) && map->ranges[0].outside == own;
}

const char *plan_maps_outside(const struct builder *b)
{
	if (!is_own(&b->plan->users, b->facts->uid))
		return builder_map_asker(b, true);
	return is_own(&b->plan->groups, b->facts->gid) ? "setgroups allow"
						       : builder_map_asker(b, false);
}

static int check_helper(struct builder *b, bool users)
{
	const struct helper_facts *helper = users ? &b->facts->newuidmap : &b->facts->newgidmap;

	if (helper->path[0])
		return 0;
	return error_say(b->error,
		"--%s: uid %u lacks %s, so %s(1) must write the map, and PATH has none",
		builder_map_asker(b, users), (unsigned)b->facts->uid,
		users ? "CAP_SETUID" : "CAP_SETGID", users ? "newuidmap" : "newgidmap");
}

/* setgroups(2) stays allowed only if the map of groups is written by a privileged process outside:
 * whoever writes its own must deny it first (kernel-traps 20). */
static int choose_group_writer(struct builder *b)
{
	const struct spec *spec = b->spec;
	bool privileged = facts_has_capability(b->facts, CAP_SETGID);
	bool drops =
		credentials_are_asked(spec) && !spec->no_fork && !(b->joined & KIND_BIT(KIND_USER));

	b->group_writer = WRITER_INSIDE;
	if (!is_own(&b->plan->groups, b->facts->gid))
		b->group_writer = privileged ? WRITER_OUTSIDE : WRITER_HELPER;
	else if (spec->setgroups == SETGROUPS_ALLOW && !privileged)
		return error_say(b->error,
			"--setgroups allow: the kernel wants CAP_SETGID for it, and uid %u lacks it",
			(unsigned)b->facts->uid);
	else if (spec->setgroups == SETGROUPS_ALLOW ||
		 (privileged && spec->setgroups != SETGROUPS_DENY &&
			 (b->user_writer != WRITER_INSIDE || drops)))
		b->group_writer = WRITER_OUTSIDE;
	b->denies_setgroups = b->group_writer == WRITER_INSIDE || spec->setgroups == SETGROUPS_DENY;
	return b->group_writer == WRITER_HELPER ? check_helper(b, false) : 0;
}

int plan_maps_choose(struct builder *b)
{
	if (!builder_makes(b, KIND_USER))
		return 0;
	if (choose_map(b, true, &b->plan->users) < 0 || choose_map(b, false, &b->plan->groups) < 0)
		return -1;
	if (b->failed)
		return 0;
	b->user_writer = WRITER_INSIDE;
	if (!is_own(&b->plan->users, b->facts->uid))
		b->user_writer =
			facts_has_capability(b->facts, CAP_SETUID) ? WRITER_OUTSIDE : WRITER_HELPER;
	if (b->user_writer == WRITER_HELPER && check_helper(b, true) < 0)
		return -1;
	if (choose_group_writer(b) < 0)
		return -1;
	if (b->group_writer == WRITER_OUTSIDE && b->user_writer == WRITER_INSIDE)
		b->user_writer = WRITER_OUTSIDE;
	return 0;
}

static void add_file(struct builder *b, const struct step_kind *kind, const char *name,
	const char *text, bool from_outside, const char *reason)
{
	struct idmap_file *map = builder_take(b, sizeof *map);

	if (!map || !text) {
		b->failed = true;
		return;
	}
	*map = (struct idmap_file){name, builder_own_proc(b, name), text, from_outside, b->first};
	b->failed |= !map->own_path;
	builder_add(b, from_outside ? OUTSIDE : b->first, kind, map, reason);
}

static void add_helper(struct builder *b, bool users, const char *reason)
{
	const struct id_map *map = users ? &b->plan->users : &b->plan->groups;
	struct idhelper_call *call = builder_take(b, sizeof *call);
	char **word;

	if (!call)
		return;
	*call = (struct idhelper_call){
		.path = users ? b->facts->newuidmap.path : b->facts->newgidmap.path,
		.argv = builder_take(b, ((size_t)map->count * 3 + 3) * sizeof *call->argv),
		.pid = builder_take(b, IDHELPER_PID_SIZE),
		.first = b->first,
		.map = *map,
		.grants = users ? "/etc/subuid" : "/etc/subgid",
	};
	if (!call->argv)
		return;
	word = call->argv;
	*word++ = (char *)(users ? "newuidmap" : "newgidmap");
	*word++ = call->pid;
	for (int i = 0; i < map->count; i++) {
		const uint32_t numbers[] = {map->ranges[i].inside, map->ranges[i].outside,
			map->ranges[i].count};

		for (int j = 0; j < 3; j++) {
			*word = arena_print(&b->arena, "%u", numbers[j]);
			b->failed |= !*word++;
		}
	}
	builder_add(b, OUTSIDE, users ? &user_newuidmap : &user_newgidmap, call, reason);
}

void plan_maps_add(struct builder *b)
{
	if (b->denies_setgroups)
		add_file(b, &user_setgroups, "setgroups", "deny", false,
			builder_why(b, b->spec->setgroups == SETGROUPS_DENY ? "setgroups" : NULL,
				KIND_USER));
	for (int users = 0; users < 2; users++) {
		enum writer writer = users ? b->user_writer : b->group_writer;
		const char *reason = builder_map_why(b, users);

		if (writer == WRITER_HELPER)
			add_helper(b, users, reason);
		else
			add_file(b, users ? &user_uid_map : &user_gid_map,
				users ? "uid_map" : "gid_map",
				builder_map_text(b, users ? &b->plan->users : &b->plan->groups,
					false),
				writer == WRITER_OUTSIDE, reason);
	}
}
