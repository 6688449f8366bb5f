#include "plan.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "arena.h"
#include "command.h"
#include "idmap.h"
#include "mount.h"
#include "net.h"
#include "ns.h"
#include "options.h"
#include "process.h"

struct builder {
	const struct spec *spec;
	const struct facts *facts;
	struct plan *plan;
	struct error *error;
	struct arena arena;
	unsigned kinds; /* the set that is made */
	bool new_proc;  /* a proc is mounted over /proc */
	bool maps_from_outside;
	struct process_clone_call *clone; /* NULL with --no-fork */
	int clone_step;
	bool failed; /* out of memory */
};

static bool makes(const struct builder *b, enum kind kind)
{
	return b->kinds & KIND_BIT(kind);
}

static void *take(struct builder *b, size_t size)
{
	void *memory = arena_take(&b->arena, size);

	b->failed |= !memory;
	return memory;
}

static void add(struct builder *b, enum actor actor, const struct step_kind *kind,
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

/* A step of the process that becomes the command: nsrun itself with --no-fork. */
static void add_inside(struct builder *b, const struct step_kind *kind, const void *argument,
	const char *why)
{
	add(b, b->spec->no_fork ? OUTSIDE : INSIDE, kind, argument, why);
}

/* The name of the option that asked for a kind. */
static const char *asker(const struct builder *b, enum kind kind)
{
	if (b->spec->asked_by[kind])
		return b->spec->asked_by[kind];
	if (b->spec->all)
		return "all";
	return asker(b, KIND_PID); /* the mount namespace for its /proc */
}

/* Why a step is there: given itself ("--hostname"), or along with a kind ("with --uts"). */
static const char *why(struct builder *b, const char *option, enum kind kind)
{
	return option ? arena_print(&b->arena, "--%s", option)
		      : arena_print(&b->arena, "with --%s", asker(b, kind));
}

/* The options behind all the new kinds, each once: "--uts --pid". */
static const char *why_new(struct builder *b)
{
	const char *names[KIND_COUNT] = {NULL}, *list = "";
	int count = 0;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const char *name = makes(b, kind) ? asker(b, kind) : NULL;

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

static void choose_kinds(struct builder *b)
{
	const struct spec *spec = b->spec;

	b->kinds = spec->kinds;
	if (spec->all)
		b->kinds |= facts_has_capability(b->facts, CAP_SYS_ADMIN)
				    ? OPTIONS_ALL & ~KIND_BIT(KIND_USER)
				    : OPTIONS_ALL;
	b->kinds &= ~spec->left_out;
	b->new_proc = (makes(b, KIND_PID) || spec->proc) && !spec->no_proc &&
		      !(spec->left_out & KIND_BIT(KIND_MNT));
	if (b->new_proc)
		b->kinds |= KIND_BIT(KIND_MNT);
	b->plan->new_kinds = b->kinds;
}

/* What wants a second process beside the one that becomes the command. */
static int check_no_fork(struct builder *b)
{
	if (!b->spec->no_fork)
		return 0;
	if (makes(b, KIND_PID))
		return error_say(b->error,
			"--no-fork contradicts --%s: a new pid namespace needs a second process%s",
			asker(b, KIND_PID), b->spec->all ? "; add --share pid" : "");
	if (b->maps_from_outside)
		return error_say(b->error,
			"--no-fork contradicts --setgroups allow: a second process has to write the "
			"map of groups");
	return 0;
}

/* setgroups(2) stays allowed only if the map of groups is written by a privileged process outside:
 * whoever writes its own must deny it first (kernel-traps 20). */
static int choose_mapper(struct builder *b)
{
	b->maps_from_outside = makes(b, KIND_USER) && b->spec->setgroups == SETGROUPS_ALLOW;
	if (b->maps_from_outside && !facts_has_capability(b->facts, CAP_SETGID))
		return error_say(b->error,
			"--setgroups allow: the kernel wants CAP_SETGID for it, and uid %u lacks it",
			(unsigned)b->facts->uid);
	return 0;
}

static void add_launch(struct builder *b)
{
	if (b->spec->no_fork) {
		unsigned *flags = take(b, sizeof *flags);

		if (flags && b->kinds) {
			*flags = namespaces_flags(b->kinds);
			add(b, OUTSIDE, &process_unshare, flags, why_new(b));
		}
		return;
	}
	/* The flags are known when all steps are: finish(). */
	b->clone = take(b, sizeof *b->clone);
	b->clone_step = b->plan->count;
	add(b, OUTSIDE, &process_clone, b->clone, why_new(b));
	add(b, INSIDE, &process_pdeathsig, NULL, "always");
}

static void add_map(struct builder *b, const struct step_kind *kind, const char *name,
	const char *text, const char *reason)
{
	struct idmap_file *map = take(b, sizeof *map);

	if (!map || !text) {
		b->failed = true;
		return;
	}
	*map = (struct idmap_file){name, arena_print(&b->arena, "/proc/self/%s", name), text,
		b->maps_from_outside};
	b->failed |= !map->own_path;
	if (b->maps_from_outside)
		add(b, OUTSIDE, kind, map, reason);
	else
		add_inside(b, kind, map, reason);
}

static void add_maps(struct builder *b)
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
		add_map(b, &user_setgroups, "setgroups", "deny", why(b, deny, KIND_USER));
	add_map(b, &user_gid_map, "gid_map",
		arena_print(&b->arena, "%lld %u 1", gid, (unsigned)b->facts->gid),
		why(b, group, KIND_USER));
	add_map(b, &user_uid_map, "uid_map",
		arena_print(&b->arena, "%lld %u 1", uid, (unsigned)b->facts->uid),
		why(b, user, KIND_USER));
}

static void add_names(struct builder *b)
{
	const struct spec *spec = b->spec;

	if (spec->hostname)
		add_inside(b, &uts_hostname, spec->hostname, "--hostname");
	else if (makes(b, KIND_UTS) && !spec->no_hostname)
		add_inside(b, &uts_hostname, NS_HOSTNAME, why(b, NULL, KIND_UTS));
	if (spec->domainname)
		add_inside(b, &uts_domainname, spec->domainname, "--domainname");
}

static void add_propagation(struct builder *b, const char *target, int propagation,
	const char *reason)
{
	static const struct {
		const struct step_kind *kind;
		unsigned long flag;
		const char *name;
	} rows[] = {
		[PROPAGATION_PRIVATE] = {&mount_private, MS_PRIVATE, "MS_PRIVATE"},
		[PROPAGATION_SLAVE] = {&mount_slave, MS_SLAVE, "MS_SLAVE"},
		[PROPAGATION_SHARED] = {&mount_shared, MS_SHARED, "MS_SHARED"},
	};
	struct mount_propagation *call = take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct mount_propagation){target, rows[propagation].flag, rows[propagation].name};
	add_inside(b, rows[propagation].kind, call, reason);
}

static void add_mounts(struct builder *b)
{
	int propagation = b->spec->propagation;
	struct mount_proc_call *call;

	if (!makes(b, KIND_MNT))
		return;
	if (propagation != PROPAGATION_UNCHANGED)
		add_propagation(b, "/", propagation,
			why(b, propagation == PROPAGATION_PRIVATE ? NULL : "propagation",
				KIND_MNT));
	if (!b->new_proc)
		return;
	/* Elsewhere the new proc would arrive in the host's tree too (kernel-traps 31). */
	if (propagation == PROPAGATION_SHARED || propagation == PROPAGATION_UNCHANGED)
		add_propagation(b, "/proc", PROPAGATION_PRIVATE, why(b, NULL, KIND_MNT));
	call = take(b, sizeof *call);
	if (!call)
		return;
	*call = (struct mount_proc_call){makes(b, KIND_USER), makes(b, KIND_PID)};
	add_inside(b, &mount_proc, call,
		why(b, b->spec->proc ? "mount-proc" : NULL, b->spec->proc ? KIND_MNT : KIND_PID));
}

static void add_loopback(struct builder *b)
{
	struct net_call *call = take(b, sizeof *call);

	if (!call)
		return;
	call->in_user_namespace = makes(b, KIND_USER);
	add_inside(b, &net_loopback, call, why(b, NULL, KIND_NET));
}

static int add_command(struct builder *b)
{
	const struct facts *facts = b->facts;
	char **argv = b->spec->command;
	struct command_call *call = take(b, sizeof *call);
	size_t count = 0;

	if (!argv) {
		argv = take(b, 2 * sizeof *argv);
		if (!facts->terminal)
			return error_say(b->error,
				"no command is given, and standard input is no terminal for a shell");
		if (argv)
			argv[0] = (char *)facts->shell;
	}
	while (argv && argv[count])
		count++;
	if (!call || !count) {
		b->failed = true;
		return 0;
	}
	*call = (struct command_call){
		.typed = argv[0],
		.found = facts->known & FACT_COMMAND && facts->command.path[0] ? facts->command.path
									       : NULL,
		.candidates = command_candidates(&b->arena, argv[0],
			facts->path ? facts->path : facts->default_path),
		.argv = argv,
		.shell_argv = take(b, (count + 2) * sizeof *argv),
	};
	if (!call->candidates || !call->shell_argv) {
		b->failed = true;
		return 0;
	}
	call->shell_argv[0] = (char *)"/bin/sh";
	memcpy(call->shell_argv + 2, argv + 1, (count - 1) * sizeof *argv);
	b->plan->exec = b->plan->count;
	add_inside(b, &command_exec, call, b->spec->command ? "COMMAND" : "no COMMAND: a shell");
	return 0;
}

/* Memory may be shared if nothing between the clone and the exec is another's, waits for
 * somebody or changes ids (kernel-traps 61-67). */
static void choose_sharing(struct builder *b)
{
	struct plan *plan = b->plan;

	plan->shares_memory = !b->spec->copy && !plan->traces;
	for (int i = b->clone_step + 1; i <= plan->exec; i++) {
		const struct step *step = &plan->steps[i];

		if (step->actor != INSIDE || (step->kind->flags & (STEP_WAITS | STEP_CHANGES_IDS)))
			plan->shares_memory = false;
	}
}

static void finish(struct builder *b)
{
	struct plan *plan = b->plan;

	plan->traces = b->spec->trace;
	if (b->spec->no_fork)
		return;
	choose_sharing(b);
	*b->clone = (struct process_clone_call){
		.flags = namespaces_flags(b->kinds) | SIGCHLD |
			 (plan->shares_memory ? CLONE_VM | CLONE_VFORK : 0),
		.newborn = INSIDE,
	};
	plan->clone_flags = b->clone->flags;
	add(b, OUTSIDE, &process_supervise, NULL, "always");
}

static int build(struct builder *b)
{
	const struct spec *spec = b->spec;

	choose_kinds(b);
	if (choose_mapper(b) < 0 || check_no_fork(b) < 0)
		return -1;
	add_launch(b);
	if (makes(b, KIND_USER))
		add_maps(b);
	add_names(b);
	add_mounts(b);
	if (makes(b, KIND_NET) && !spec->no_loopback)
		add_loopback(b);
	if (!spec->command && makes(b, KIND_PID) && b->facts->foreground)
		add_inside(b, &process_foreground, NULL, why(b, NULL, KIND_PID));
	if (spec->directory)
		add_inside(b, &command_chdir, spec->directory, "--chdir");
	if (!spec->no_fork)
		add_inside(b, &process_signals, NULL, "always");
	if (add_command(b) < 0)
		return -1;
	if (!b->failed)
		finish(b);
	return b->failed ? error_say(b->error, "out of memory") : 0;
}

int plan_build(const struct spec *spec, const struct facts *facts, struct plan *plan,
	struct error *error)
{
	struct builder b = {.spec = spec, .facts = facts, .plan = plan, .error = error};
	int result;

	*plan = (struct plan){0};
	result = build(&b);
	plan->memory = b.arena;
	if (result < 0)
		plan_free(plan);
	return result;
}

void plan_free(struct plan *plan)
{
	arena_free(&plan->memory);
	free(plan->steps);
	*plan = (struct plan){0};
}
