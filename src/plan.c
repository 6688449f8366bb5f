#include "plan.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "builder.h"
#include "command.h"
#include "join.h"
#include "mount.h"
#include "net.h"
#include "ns.h"
#include "plan_clocks.h"
#include "plan_files.h"
#include "plan_ids.h"
#include "plan_join.h"
#include "plan_maps.h"
#include "plan_save.h"
#include "process.h"

static void choose_kinds(struct builder *b)
{
	const struct spec *spec = b->spec;

	b->kinds = spec->kinds;
	if (spec->all)
		b->kinds |= facts_has_capability(b->facts, CAP_SYS_ADMIN)
				    ? KIND_ALL & ~KIND_BIT(KIND_USER)
				    : KIND_ALL;
	b->kinds &= ~(spec->left_out | b->kept);
	b->new_proc = (builder_makes(b, KIND_PID) || spec->proc) && !spec->no_proc &&
		      !(spec->left_out & KIND_BIT(KIND_MNT));
	if (b->new_proc)
		b->kinds |= KIND_BIT(KIND_MNT);
	b->plan->new_kinds = b->kinds;
}

/* Whoever makes a PID namespace has to be in the one above it, and joining one moves only children. */
static int check_pid(struct builder *b)
{
	if (!builder_makes(b, KIND_PID) || !(b->joined & KIND_BIT(KIND_PID)))
		return 0;
	return error_say(b->error,
		"--%s contradicts %s: a new pid namespace cannot be made below one that is joined "
		"at the same time",
		builder_asker(b, KIND_PID), b->join_why);
}

/* A time namespace wants another clone before the exec (kernel-traps 1, 3), and its user namespace has to
 * be there before it. */
static void choose_actors(struct builder *b)
{
	bool time = builder_makes(b, KIND_TIME);

	b->between = time || b->join_why;
	if (b->between)
		b->by_between = b->kinds & (KIND_BIT(KIND_TIME) | KIND_BIT(KIND_USER));
	b->first = b->spec->no_fork ? OUTSIDE : b->between ? BETWEEN : INSIDE;
	/* Its root is the cgroup of that moment (kernel-traps 48). */
	if (b->spec->join_cgroup)
		b->by_inside = b->kinds & KIND_BIT(KIND_CGROUP);
}

/* What wants a second process beside the one that becomes the command. */
static int check_no_fork(struct builder *b)
{
	enum kind kind = builder_makes(b, KIND_PID) ? KIND_PID : KIND_TIME;

	if (!b->spec->no_fork)
		return 0;
	if (builder_makes(b, kind))
		return error_say(b->error,
			"--no-fork contradicts --%s: a new %s namespace needs a second process%s",
			builder_asker(b, kind), namespaces[kind].name,
			b->spec->all ? "; add --share pid,time" : "");
	if (b->user_writer != WRITER_INSIDE || b->group_writer != WRITER_INSIDE)
		return error_say(b->error,
			"--no-fork contradicts --%s: a second process has to write the maps",
			plan_maps_outside(b));
	return 0;
}

/* The kernel lets nobody write a map but who is in that user namespace or in the one above it
 * (proc_uid_map_write in its kernel/user_namespace.c). */
static int check_maps(struct builder *b)
{
	if (!(b->joined & KIND_BIT(KIND_USER)) ||
		(b->user_writer == WRITER_INSIDE && b->group_writer == WRITER_INSIDE))
		return 0;
	return error_say(b->error,
		"--%s contradicts %s: nsrun would have to write the id maps, and is not in the user "
		"namespace that is joined",
		builder_asker(b, KIND_USER), b->join_why);
}

static void add_unshare(struct builder *b, enum actor actor, const struct step_kind *kind,
	unsigned set)
{
	unsigned *flags = builder_take(b, sizeof *flags);

	if (!flags || !set)
		return;
	*flags = namespaces_flags(set);
	builder_add(b, actor, kind, flags, builder_why_all(b, set));
}

static void add_maps(struct builder *b)
{
	plan_join_show(b, b->first);
	plan_maps_add(b);
	plan_join_hide(b, b->first);
}

static void add_clocks(struct builder *b)
{
	plan_join_show(b, BETWEEN);
	plan_clocks_add(b);
	plan_join_hide(b, BETWEEN);
}

static void add_between(struct builder *b)
{
	const struct spec *spec = b->spec;
	struct process_clone_call *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct process_clone_call){.flags = SIGCHLD, .newborn = BETWEEN};
	builder_add(b, OUTSIDE, &process_clone_between, call,
		b->join_why ? b->join_why : builder_why_all(b, b->by_between));
	builder_add(b, BETWEEN, &process_pdeathsig, NULL, "always");
	plan_join_add(b);
	add_unshare(b, BETWEEN,
		builder_makes(b, KIND_TIME) ? &process_unshare_time : &process_unshare_user,
		b->by_between);
	if (b->first == BETWEEN && builder_makes(b, KIND_USER))
		add_maps(b);
	if (spec->clocks[CLOCK_OF_MONOTONIC].text || spec->clocks[CLOCK_OF_BOOTTIME].text)
		add_clocks(b);
}

static void add_launch(struct builder *b)
{
	if (b->spec->no_fork) {
		add_unshare(b, OUTSIDE, &process_unshare, b->kinds);
	} else {
		if (b->between)
			add_between(b);
		/* The flags are known when all steps are: finish(). */
		b->clone = builder_take(b, sizeof *b->clone);
		b->clone_step = b->plan->count;
		builder_add(b, b->between ? BETWEEN : OUTSIDE, &process_clone, b->clone,
			builder_why_all(b, b->kinds & ~(b->by_between | b->by_inside)));
		builder_add(b, INSIDE, &process_pdeathsig, NULL, "always");
	}
	plan_join_cgroup(b);
	if (b->first != BETWEEN && builder_makes(b, KIND_USER))
		add_maps(b);
	add_unshare(b, INSIDE, &process_unshare, b->by_inside);
}

static void add_names(struct builder *b)
{
	const struct spec *spec = b->spec;

	if (spec->hostname && builder_makes(b, KIND_UTS))
		builder_add_inside(b, &uts_hostname, spec->hostname, "--hostname");
	else if (builder_makes(b, KIND_UTS) && !spec->no_hostname)
		builder_add_inside(b, &uts_hostname, NS_HOSTNAME, builder_why(b, NULL, KIND_UTS));
	if (spec->domainname && builder_makes(b, KIND_UTS))
		builder_add_inside(b, &uts_domainname, spec->domainname, "--domainname");
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
	struct mount_propagation *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct mount_propagation){target, rows[propagation].flag, rows[propagation].name};
	builder_add_inside(b, rows[propagation].kind, call, reason);
}

/* pivot_root(2) takes no root on a shared mount, and what is mounted meanwhile shall reach nobody
 * (kernel-traps 31, 34). */
static void add_new_root(struct builder *b)
{
	int propagation = b->spec->propagation;
	bool shared = propagation == PROPAGATION_SHARED;

	add_propagation(b, "/", shared ? PROPAGATION_PRIVATE : propagation,
		builder_why(b, propagation == PROPAGATION_SLAVE ? "propagation" : NULL, KIND_MNT));
	plan_files_add(b);
	if (shared)
		add_propagation(b, "/", propagation, "--propagation");
	if (!b->spec->directory)
		builder_add_inside(b, &join_directory, b->facts->working_directory,
			arena_print(&b->arena, "--%s", spec_has_root(b->spec)));
}

static void add_mounts(struct builder *b)
{
	int propagation = b->spec->propagation;
	struct mount_proc_call *call;

	if (!builder_makes(b, KIND_MNT))
		return;
	if (spec_has_root(b->spec)) {
		add_new_root(b);
		return;
	}
	if (propagation != PROPAGATION_UNCHANGED)
		add_propagation(b, "/", propagation,
			builder_why(b, propagation == PROPAGATION_PRIVATE ? NULL : "propagation",
				KIND_MNT));
	if (!b->new_proc)
		return;
	/* Elsewhere the new proc would arrive in the host's tree too (kernel-traps 31). */
	if (propagation == PROPAGATION_SHARED || propagation == PROPAGATION_UNCHANGED)
		add_propagation(b, "/proc", PROPAGATION_PRIVATE, builder_why(b, NULL, KIND_MNT));
	call = builder_take(b, sizeof *call);
	if (!call)
		return;
	*call = (struct mount_proc_call){builder_makes(b, KIND_USER), builder_makes(b, KIND_PID)};
	builder_add_inside(b, &mount_proc, call,
		builder_why(b, b->spec->proc ? "mount-proc" : NULL,
			b->spec->proc ? KIND_MNT : KIND_PID));
}

static void add_loopback(struct builder *b)
{
	struct net_call *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	call->in_user_namespace = builder_makes(b, KIND_USER);
	builder_add_inside(b, &net_loopback, call, builder_why(b, NULL, KIND_NET));
}

/* In another PID namespace a shell cannot see whose the foreground is (kernel-traps 51). */
static void add_foreground(struct builder *b)
{
	if (builder_makes(b, KIND_PID))
		builder_add_inside(b, &process_foreground, NULL, builder_why(b, NULL, KIND_PID));
	else if (b->joined & KIND_BIT(KIND_PID))
		builder_add_inside(b, &process_foreground, NULL, b->join_why);
}

/* The default shell; in another tree, one that exists there. */
static char **shells(struct builder *b)
{
	const char *shell = b->facts->shell;
	const char *const all[] = {shell, "/bin/bash", "/bin/sh"};
	bool elsewhere =
		(b->joined & KIND_BIT(KIND_MNT)) || b->spec->join_root || spec_has_root(b->spec);
	char **list = builder_take(b, (sizeof all / sizeof *all + 1) * sizeof *list);

	for (size_t i = 0; list && i < (elsewhere ? sizeof all / sizeof *all : 1); i++)
		list[i] = (char *)all[i];
	return list;
}

static void add_stop(struct builder *b)
{
	b->plan->exec = b->plan->count;
	builder_add_inside(b, &process_stop, NULL, "--check");
}

static int add_command(struct builder *b)
{
	const struct facts *facts = b->facts;
	char **argv = b->spec->command;
	struct command_call *call = builder_take(b, sizeof *call);
	size_t count = 0;

	if (!argv) {
		argv = builder_take(b, 2 * sizeof *argv);
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
		.candidates = b->spec->command
				      ? command_candidates(&b->arena, argv[0],
						facts->path ? facts->path : facts->default_path)
				      : shells(b),
		.shells = !b->spec->command,
		.environment = facts->environment,
		.argv = argv,
		.shell_argv = builder_take(b, (count + 2) * sizeof *argv),
	};
	if (!call->candidates || !call->shell_argv) {
		b->failed = true;
		return 0;
	}
	call->shell_argv[0] = (char *)"/bin/sh";
	memcpy(call->shell_argv + 2, argv + 1, (count - 1) * sizeof *argv);
	b->plan->exec = b->plan->count;
	builder_add_inside(b, &command_exec, call,
		b->spec->command ? "COMMAND" : "no COMMAND: a shell");
	return 0;
}

/* Memory may be shared if nothing between the clone and the exec is another's, waits for
 * somebody or changes ids (kernel-traps 61-67). */
static void choose_sharing(struct builder *b)
{
	struct plan *plan = b->plan;

	plan->shares_memory = !b->spec->copy && !plan->traces && !plan->asks && !b->between;
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
	plan->asks = b->spec->step;
	if (b->spec->no_fork)
		return;
	choose_sharing(b);
	*b->clone = (struct process_clone_call){
		.flags = namespaces_flags(b->kinds & ~(b->by_between | b->by_inside)) | SIGCHLD |
			 (plan->shares_memory ? CLONE_VM | CLONE_VFORK : 0),
		.newborn = INSIDE,
		.joined_pid = (b->joined & KIND_BIT(KIND_PID)) ? b->join_why : NULL,
	};
	plan->clone_flags = b->clone->flags;
	plan_save_unlock(b);
	builder_add(b, OUTSIDE, &process_supervise, NULL, "always");
	plan_save_end(b);
}

static int build(struct builder *b)
{
	const struct spec *spec = b->spec;

	if (plan_join_choose(b) < 0)
		return -1;
	choose_kinds(b);
	choose_actors(b);
	if (check_pid(b) < 0 || plan_maps_choose(b) < 0 || check_maps(b) < 0 ||
		check_no_fork(b) < 0 || plan_ids_check(b) < 0 || plan_clocks_check(b) < 0 ||
		plan_save_choose(b) < 0 || (spec_has_root(spec) && plan_files_check(b) < 0))
		return -1;
	plan_save_prepare(b);
	add_launch(b);
	if (builder_makes(b, KIND_USER))
		plan_ids_enter(b);
	add_names(b);
	add_mounts(b);
	if (builder_makes(b, KIND_NET) && !spec->no_loopback)
		add_loopback(b);
	if (spec->disable_userns)
		plan_ids_seal(b);
	if (!spec->command && !spec->question && b->facts->foreground)
		add_foreground(b);
	plan_join_directory(b);
	if (spec->directory)
		builder_add_inside(b, &command_chdir, spec->directory, "--chdir");
	plan_ids_add(b);
	plan_save_add(b);
	if (!spec->no_fork)
		builder_add_inside(b, &process_signals, NULL, "always");
	if (spec->question == ASK_CHECK)
		add_stop(b);
	else if (add_command(b) < 0)
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
