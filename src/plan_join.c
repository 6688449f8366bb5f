#include "plan_join.h"

#include <errno.h>
#include <string.h>

#include "cgroup.h"
#include "join.h"
#include "process.h"
#include "sys.h"
#include "text.h"

#define QUOTED(value) text_quote((char[72]){0}, 72, (value))

/* What is entered by one setns(2). */
struct unit {
	const struct join *join;
	const struct target_facts *target;
	unsigned kinds;   /* a set */
	const char *path; /* NULL: by a pidfd */
	int slot;
};

static int say(struct builder *b, const struct join *join, const char *why)
{
	return error_say(b->error, "--join: %s: %s", QUOTED(join->text), why);
}

/* A call that was refused, with what that means. */
static int say_errno(struct builder *b, const struct join *join, int number, const char *what)
{
	return error_say(b->error, "--join: %s: %s%s (%s)", QUOTED(join->text), what,
		strerror(number), sys_errno_name(number));
}

/* ptrace(2), "Ptrace access mode checking", PTRACE_MODE_READ. */
static int say_refused(struct builder *b, const struct join *join,
	const struct target_facts *target)
{
	const char *name = sys_errno_name(target->number);
	unsigned uid = (unsigned)b->facts->uid;

	if (target->uid != b->facts->uid)
		return error_say(b->error,
			"--join: %s: %s (%s): it runs as uid %u, and uid %u lacks CAP_SYS_PTRACE; that "
			"user can, or sudo",
			QUOTED(join->text), strerror(target->number), name, (unsigned)target->uid,
			uid);
	return error_say(b->error,
		"--join: %s: %s (%s): it has more capabilities or is not dumpable, and uid %u lacks "
		"CAP_SYS_PTRACE; try sudo",
		QUOTED(join->text), strerror(target->number), name, uid);
}

static int check_target(struct builder *b, const struct join *join,
	const struct target_facts *target)
{
	switch (target->problem) {
	case TARGET_FINE:
	case TARGET_ABSENT:
		return 0;
	case TARGET_GONE:
		return say_errno(b, join, ESRCH, "");
	case TARGET_ENDED:
		return say(b, join, "that process has ended, and is in no namespaces any more");
	case TARGET_THREAD:
		return error_say(b->error, "--join: %s: a thread of process %d; name that",
			QUOTED(join->text), target->number);
	case TARGET_REFUSED:
		return say_refused(b, join, target);
	case TARGET_HIDDEN:
		return error_say(b->error,
			"--join: %s: /proc shows nothing of that process to uid %u (hidepid, proc(5)); try "
			"sudo",
			QUOTED(join->text), (unsigned)b->facts->uid);
	case TARGET_OTHER_PROC:
		return say(b, join,
			"/proc is missing or belongs to another PID namespace than nsrun's");
	case TARGET_FAILED:
		return say_errno(b, join, target->number, "");
	case TARGET_NO_NAMESPACE:
		return say(b, join, "not a namespace file");
	case TARGET_NO_NAMESPACES:
		return say(b, join, "no namespace files are in that directory");
	}
	return -1;
}

static int check_kinds(struct builder *b, const struct join *join,
	const struct target_facts *target, unsigned kinds)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (kinds & ~target->kinds & KIND_BIT(kind))
			return error_say(b->error, "--join: %s: this kernel has no %s namespaces",
				QUOTED(join->text), namespaces[kind].name);
	if (kinds & target->own & KIND_BIT(KIND_USER))
		return say(b, join,
			"that is the caller's own user namespace, which cannot be joined");
	if (kinds & target->unreachable)
		return say(b, join,
			"its PID namespace is not below the caller's, and only such can be joined");
	return 0;
}

/* The same namespace twice is joined once. */
static int check_twice(struct builder *b, int i, unsigned *kinds)
{
	for (int j = 0; j < i; j++) {
		const struct target_facts *one = &b->facts->targets[j],
					  *two = &b->facts->targets[i];
		unsigned common = facts_joined(b->spec, b->facts, j) & *kinds;

		for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
			if (!(common & KIND_BIT(kind)))
				continue;
			if (one->id[kind] != two->id[kind])
				return error_say(b->error,
					"--join %s contradicts --join %s: two %s namespaces",
					QUOTED(b->spec->joins[j].text),
					QUOTED(b->spec->joins[i].text), namespaces[kind].name);
			*kinds &= ~KIND_BIT(kind);
		}
	}
	return 0;
}

/* In the joined user namespace the caller has other ids, and all capabilities. */
static void choose_facts(struct builder *b, const struct target_facts *target)
{
	struct facts *facts = builder_take(b, sizeof *facts);

	if (!facts)
		return;
	*facts = *b->facts;
	if (target->joined_uid >= 0)
		facts->uid = (uid_t)target->joined_uid;
	if (target->joined_gid >= 0)
		facts->gid = (gid_t)target->joined_gid;
	facts->effective = UINT64_MAX;
	facts->known |= FACT_CAPABILITIES;
	b->facts = facts;
}

static int check_extras(struct builder *b)
{
	const struct facts *facts = b->facts;

	if (facts->environment_error)
		return error_say(b->error, "--join-env: %s (%s)",
			strerror(facts->environment_error),
			sys_errno_name(facts->environment_error));
	if (b->spec->join_cgroup && facts->cgroup_error)
		return error_say(b->error, "--join-cgroup: %s (%s)", strerror(facts->cgroup_error),
			sys_errno_name(facts->cgroup_error));
	if (b->spec->join_cgroup && !facts->cgroup)
		return error_say(b->error,
			"--join-cgroup: no cgroup2 file system is mounted here that shows its cgroup");
	return 0;
}

int plan_join_choose(struct builder *b)
{
	const struct spec *spec = b->spec;
	const struct target_facts *user = NULL;
	const char *why = "";

	for (int i = 0; i < spec->join_count; i++) {
		const struct join *join = &spec->joins[i];
		const struct target_facts *target = &b->facts->targets[i];
		unsigned kinds = facts_joined(spec, b->facts, i);

		if (check_target(b, join, target) < 0 || check_kinds(b, join, target, kinds) < 0 ||
			check_twice(b, i, &kinds) < 0)
			return -1;
		if (kinds & KIND_BIT(KIND_USER))
			user = target;
		if (target->problem == TARGET_ABSENT)
			continue;
		b->joined |= kinds;
		b->joins[i] = kinds;
		/* Those that the caller is in are there, too; a PID namespace is made new each time. */
		if (facts_is_kept(spec, i))
			b->kept |= kinds | (target->own & ~KIND_BIT(KIND_PID));
		b->join_why = arena_print(&b->arena, "%s%s--join %s", why, *why ? " " : "",
			QUOTED(join->text));
		if (!b->join_why)
			return error_say(b->error, "out of memory");
		why = b->join_why;
	}
	if (check_extras(b) < 0)
		return -1;
	if (user)
		choose_facts(b, user);
	b->plan->joined_kinds = b->joined;
	b->plan->last_join = -1;
	return 0;
}

static void add_unit(struct builder *b, struct unit *units, int *count, const struct unit *unit)
{
	const struct step_kind *kind = unit->path ? &join_open_file : &join_open_process;
	struct join_opening *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct join_opening){*count, unit->path, unit->join->pid, unit->target->alive};
	units[*count] = *unit;
	units[*count].slot = *count;
	++*count;
	builder_add(b, BETWEEN, kind, call,
		arena_print(&b->arena, "--join %s", QUOTED(unit->join->text)));
}

/* A directory is as many units as it has kinds. */
static void add_units(struct builder *b, struct unit *units, int *count, int i)
{
	const struct join *join = &b->spec->joins[i];
	const struct target_facts *target = &b->facts->targets[i];
	struct unit unit = {join, target, b->joins[i], target->directory ? NULL : join->text, 0};

	if (join->pid)
		unit.path = NULL;
	if (!target->directory && unit.kinds)
		add_unit(b, units, count, &unit);
	for (enum kind kind = 0; kind < KIND_COUNT && target->directory; kind++) {
		if (!(b->joins[i] & KIND_BIT(kind)))
			continue;
		unit.kinds = KIND_BIT(kind);
		unit.path = arena_print(&b->arena, "%s/%s", join->text, namespaces[kind].name);
		b->failed |= !unit.path;
		if (unit.path)
			add_unit(b, units, count, &unit);
	}
}

/* Whether another user namespace has to be joined, too, if the caller has no capabilities in its own. */
static bool is_foreign(const struct unit *unit)
{
	if (unit->join->pid)
		return !(unit->target->own & KIND_BIT(KIND_USER));
	return unit->kinds & unit->target->owned_below;
}

static void add_enter(struct builder *b, const struct unit *unit, bool after_user)
{
	struct join_entering *call = builder_take(b, sizeof *call);
	unsigned user = KIND_BIT(KIND_USER);

	if (!call)
		return;
	*call = (struct join_entering){
		.slot = unit->slot,
		.kinds = unit->kinds,
		.pid = unit->join->pid,
		.foreign_user = !(b->joined & user) && is_foreign(unit),
		.after_user = after_user,
		.owner = unit->target->user_owner,
	};
	builder_add(b, BETWEEN, &join_enter, call,
		arena_print(&b->arena, "--join %s", QUOTED(unit->join->text)));
}

/* Whether a joined user namespace owns one of a unit's: it gives the right to join it. */
static bool is_owned(const struct unit *unit, uint64_t user)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if ((unit->kinds & KIND_BIT(kind)) && unit->target->owner[kind] == user)
			return true;
	return false;
}

/* What another user namespace owns, then the joined one, then what that owns. */
static void enter_all(struct builder *b, const struct unit *units, int count)
{
	const struct unit *user = NULL;
	uint64_t id = 0;

	for (int i = 0; i < count; i++)
		if (units[i].kinds & KIND_BIT(KIND_USER))
			user = &units[i];
	if (user)
		id = user->target->id[KIND_USER];
	for (int i = 0; i < count; i++)
		if (&units[i] != user && !(user && is_owned(&units[i], id)))
			add_enter(b, &units[i], false);
	if (user)
		add_enter(b, user, false);
	for (int i = 0; i < count; i++)
		if (&units[i] != user && user && is_owned(&units[i], id))
			add_enter(b, &units[i], true);
}

/* The slot of a directory of the joined process. */
static int open_place(struct builder *b, const char *name, int slot)
{
	struct join_opening *call = builder_take(b, sizeof *call);
	int pid = 0;

	for (int i = 0; i < b->spec->join_count; i++)
		if (b->spec->joins[i].pid)
			pid = b->spec->joins[i].pid;
	if (!call)
		return slot;
	*call = (struct join_opening){.slot = slot,
		.path = arena_print(&b->arena, "/proc/%d/%s", pid, name)};
	b->failed |= !call->path;
	builder_add(b, BETWEEN, &join_open_directory, call, "--join-root");
	return slot;
}

void plan_join_add(struct builder *b)
{
	struct unit units[KIND_COUNT];
	struct join_place *place = b->spec->join_root ? builder_take(b, sizeof *place) : NULL;
	int count = 0;

	if (!b->join_why)
		return;
	plan_join_hide(b, BETWEEN);
	for (int i = 0; i < b->spec->join_count; i++)
		add_units(b, units, &count, i);
	if (place)
		*place = (struct join_place){open_place(b, "root", count),
			open_place(b, "cwd", count + 1)};
	if (builder_makes(b, KIND_USER) || builder_makes(b, KIND_TIME))
		builder_add(b, BETWEEN, &join_open_self, NULL, b->join_why);
	enter_all(b, units, count);
	if (b->joined & KIND_BIT(KIND_USER)) {
		builder_add(b, BETWEEN, &join_ids, NULL, b->join_why);
		/* A change of ids clears it (kernel-traps 40). */
		builder_add(b, BETWEEN, &process_pdeathsig, NULL, "always");
	}
	if (place)
		builder_add(b, BETWEEN, &join_root, place, "--join-root");
	b->plan->last_join = b->plan->count - 1;
}

void plan_join_show(struct builder *b, enum actor actor)
{
	if (b->join_why)
		builder_add(b, actor, &join_show, NULL, b->join_why);
}

void plan_join_hide(struct builder *b, enum actor actor)
{
	if (b->join_why)
		builder_add(b, actor, &join_hide, NULL, b->join_why);
}

void plan_join_cgroup(struct builder *b)
{
	const char *path;

	if (!b->spec->join_cgroup)
		return;
	path = arena_print(&b->arena, "%s/cgroup.procs", b->facts->cgroup);
	b->failed |= !path;
	builder_add(b, OUTSIDE, &cgroup_enter, path, "--join-cgroup");
}

void plan_join_directory(struct builder *b)
{
	if ((b->joined & KIND_BIT(KIND_MNT)) && !b->spec->join_root && !b->spec->directory &&
		!spec_has_root(b->spec))
		builder_add(b, INSIDE, &join_directory, b->facts->working_directory, b->join_why);
}
