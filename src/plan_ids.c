#include "plan_ids.h"

#include <stdio.h>

#include "credentials.h"
#include "nested.h"
#include "process.h"
#include "ranges.h"

static int check_mapped(struct builder *b, const struct id_map *map, const char *option, int64_t id)
{
	if (id == ID_NOT_GIVEN || ranges_have_inside(map, id))
		return 0;
	return error_say(b->error, "--%s: %lld is not mapped in the new user namespace", option,
		(long long)id);
}

/* The kernel makes no user namespace for somebody without an id in the present one (kernel-traps 16). */
static int check_nested(struct builder *b, const struct id_map *map, const char *option,
	uint32_t own)
{
	if (ranges_have_outside(map, own) || ranges_have_inside(map, 0))
		return 0;
	return error_say(b->error,
		"--disable-userns: neither the caller's id %u nor 0 inside is in --%s, and the kernel wants "
		"one mapped for a second user namespace",
		own, option);
}

int plan_ids_check(struct builder *b)
{
	const struct spec *spec = b->spec;

	if (!builder_makes(b, KIND_USER))
		return 0;
	if (spec->disable_userns &&
		(check_nested(b, &b->plan->users, "map-users", b->facts->uid) < 0 ||
			check_nested(b, &b->plan->groups, "map-groups", b->facts->gid) < 0))
		return -1;
	if (!credentials_are_asked(spec))
		return 0;
	if (check_mapped(b, &b->plan->users, "setuid", spec->setuid) < 0 ||
		check_mapped(b, &b->plan->groups, "setgid", spec->setgid) < 0)
		return -1;
	for (int i = 0; i < spec->groups.count; i++)
		if (check_mapped(b, &b->plan->groups, "groups", spec->groups.ids[i]) < 0)
			return -1;
	if (!b->denies_setgroups)
		return 0;
	return error_say(b->error,
		"--%s sets or drops supplementary groups, and setgroups(2) is denied: %s",
		spec->groups.count             ? "groups"
		: spec->setuid != ID_NOT_GIVEN ? "setuid"
					       : "setgid",
		spec->setgroups == SETGROUPS_DENY
			? "--setgroups deny"
			: "the kernel wants that where the map of groups is the caller's own; use "
			  "--map-groups or --map-auto");
}

static void add(struct builder *b, const struct step_kind *kind, struct id_list groups, uint32_t id,
	const char *why)
{
	struct credentials_call *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct credentials_call){groups, id, (b->kinds | b->joined) & KIND_BIT(KIND_USER)};
	builder_add_inside(b, kind, call, why);
	b->changed_ids = true;
}

/* The kernel has forgotten it (kernel-traps 40). */
static void add_pdeathsig(struct builder *b)
{
	if (!b->spec->no_fork)
		builder_add_inside(b, &process_pdeathsig, NULL, "always");
}

void plan_ids_enter(struct builder *b)
{
	static const struct id_list none = {0};
	const struct facts *facts = b->facts;
	bool user = !ranges_have_outside(&b->plan->users, facts->uid) &&
		    ranges_have_inside(&b->plan->users, 0);
	bool group = !ranges_have_outside(&b->plan->groups, facts->gid) &&
		     ranges_have_inside(&b->plan->groups, 0);

	if (group && !b->denies_setgroups)
		add(b, &ids_groups, none, 0, builder_map_why(b, false));
	if (group)
		add(b, &ids_gid, none, 0, builder_map_why(b, false));
	if (user)
		add(b, &ids_uid, none, 0, builder_map_why(b, true));
	if (user || group)
		add_pdeathsig(b);
}

void plan_ids_seal(struct builder *b)
{
	struct nested_call *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct nested_call){
		.users = builder_map_text(b, &b->plan->users, true),
		.groups = builder_map_text(b, &b->plan->groups, true),
		.not_dumpable = b->changed_ids || b->spec->join_count,
	};
	builder_add_inside(b, &user_limit, NULL, "--disable-userns");
	builder_add_inside(b, &user_nested, call, "--disable-userns");
	builder_add_inside(b, &user_sealed, NULL, "--disable-userns");
}

void plan_ids_add(struct builder *b)
{
	static const struct id_list none = {0};
	const struct spec *spec = b->spec;
	const char *first = spec->groups.count             ? "--groups"
			    : spec->setuid != ID_NOT_GIVEN ? "--setuid"
							   : "--setgid";

	if (spec->keep_caps && spec->setuid != ID_NOT_GIVEN)
		builder_add_inside(b, &caps_keep, NULL, "--keep-caps");
	if (credentials_are_asked(spec))
		add(b, &ids_groups, spec->groups, 0, first);
	if (spec->setgid != ID_NOT_GIVEN)
		add(b, &ids_gid, none, (uint32_t)spec->setgid, "--setgid");
	if (spec->setuid != ID_NOT_GIVEN)
		add(b, &ids_uid, none, (uint32_t)spec->setuid, "--setuid");
	if (credentials_are_asked(spec))
		add_pdeathsig(b);
	if (spec->keep_caps)
		builder_add_inside(b, &caps_ambient, NULL, "--keep-caps");
}
