/* The order of every plan, and what must hold of it, whatever was asked for on whatever machine. */
#include "made_up.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "command.h"
#include "credentials.h"
#include "idhelper.h"
#include "idmap.h"
#include "mount.h"
#include "net.h"
#include "nested.h"
#include "ns.h"
#include "plan.h"
#include "process.h"

enum { RANDOM_PLANS = 4000, SEED = 20240607 };

/* What the random command lines are made of. */
static const char *const fragments[] = {"-u", "-i", "-n", "-p", "-m", "-U", "-C", "-a",
	"--share=net", "--share=mnt", "--share=pid,user", "--share=uts", "--no-fork", "--map-self",
	"--map-user=5", "--map-group=6", "--setgroups=allow", "--setgroups=deny", "--hostname=h",
	"--no-hostname", "--domainname=d", "--no-proc", "--mount-proc", "--propagation=slave",
	"--propagation=shared", "--propagation=unchanged", "--propagation=private", "-w/tmp",
	"--no-loopback", "--copy", "--trace", "--step", "-r", "--map-users=0:100000:9",
	"--map-groups=0:100000:9", "--map-auto", "-S0", "-G3", "--groups=0", "--keep-caps",
	"--disable-userns", "--map-users=20:1000:1"};

static struct facts (*const machines[])(void) = {made_up_root, made_up_user, made_up_without_user,
	made_up_without_time};

/* Index of the first step of that kind from `from` on, or -1. */
static int find(const struct plan *plan, const struct step_kind *kind, int from)
{
	for (int i = from; i < plan->count; i++)
		if (plan->steps[i].kind == kind)
			return i;
	return -1;
}

static bool has(const struct plan *plan, const struct step_kind *kind)
{
	return find(plan, kind, 0) >= 0;
}

static bool is_map(const struct step_kind *kind)
{
	return kind == &user_setgroups || kind == &user_gid_map || kind == &user_uid_map ||
	       kind == &user_newgidmap || kind == &user_newuidmap;
}

static bool is_propagation(const struct step_kind *kind)
{
	return kind == &mount_private || kind == &mount_slave || kind == &mount_shared;
}

/* What may stand before the maps: no call that a new user namespace has to allow first. */
static bool needs_no_privilege(const struct step_kind *kind)
{
	return kind == &process_clone || kind == &process_clone_between ||
	       kind == &process_unshare || kind == &process_unshare_time ||
	       kind == &process_pdeathsig;
}

static void check_ends(const struct plan *plan, const struct spec *spec)
{
	bool between = plan->new_kinds & KIND_BIT(KIND_TIME);
	int last = plan->count - 1, clone = find(plan, &process_clone, 0);

	assert_ptr_equal(plan->steps[plan->exec].kind, &command_exec);
	assert_int_equal(find(plan, &command_exec, plan->exec + 1), -1);
	if (spec->no_fork) {
		assert_int_equal(plan->exec, last);
		assert_int_equal(plan->clone_flags, 0);
		assert_false(has(plan, &process_clone) || has(plan, &process_signals) ||
			     has(plan, &process_supervise) || has(plan, &process_pdeathsig));
		assert_int_equal(find(plan, &process_unshare, 0), plan->new_kinds ? 0 : -1);
		return;
	}
	assert_ptr_equal(plan->steps[0].kind, between ? &process_clone_between : &process_clone);
	assert_int_equal(plan->steps[clone].actor, between ? BETWEEN : OUTSIDE);
	for (int i = 0; i <= clone; i += clone ? clone : 1)
		assert_ptr_equal(plan->steps[i + 1].kind, &process_pdeathsig);
	assert_int_equal(plan->steps[1].actor, between ? BETWEEN : INSIDE);
	assert_int_equal(plan->steps[clone + 1].actor, INSIDE);
	assert_ptr_equal(plan->steps[plan->exec - 1].kind, &process_signals);
	assert_int_equal(plan->exec, last - 1);
	assert_ptr_equal(plan->steps[last].kind, &process_supervise);
	assert_int_equal(plan->steps[last].actor, OUTSIDE);
	assert_int_equal(find(plan, &process_clone, clone + 1), -1);
	assert_int_equal(has(plan, &process_unshare_time), between);
	assert_false(has(plan, &process_unshare));
}

/* The step that makes a map, by whatever writes it. */
static int find_map(const struct plan *plan, const struct step_kind *file,
	const struct step_kind *helper)
{
	int i = find(plan, file, 0);

	return i >= 0 ? i : find(plan, helper, 0);
}

/* Whether the step is outside's doing for another process. */
static bool is_from_outside(const struct step *step)
{
	const struct idmap_file *file = step->argument;

	return step->kind == &user_newuidmap || step->kind == &user_newgidmap || file->from_outside;
}

static void check_maps(const struct plan *plan, const struct spec *spec)
{
	int setgroups = find(plan, &user_setgroups, 0),
	    gid = find_map(plan, &user_gid_map, &user_newgidmap),
	    uid = find_map(plan, &user_uid_map, &user_newuidmap);

	if (!(plan->new_kinds & KIND_BIT(KIND_USER))) {
		assert_int_equal(setgroups + gid + uid, -3);
		assert_int_equal(plan->users.count + plan->groups.count, 0);
		return;
	}
	assert_true(plan->users.count && plan->groups.count);
	assert_true(gid > 0 && uid > gid);
	assert_int_equal(setgroups >= 0,
		spec->setgroups == SETGROUPS_DENY || !is_from_outside(&plan->steps[gid]));
	if (setgroups >= 0)
		assert_true(setgroups < gid);
	for (int i = 0; i < uid; i++)
		assert_true(is_map(plan->steps[i].kind) || needs_no_privilege(plan->steps[i].kind));
	for (int i = uid + 1; i < plan->count; i++)
		assert_false(is_map(plan->steps[i].kind));
}

static bool changes_ids(const struct step_kind *kind)
{
	return kind == &ids_groups || kind == &ids_gid || kind == &ids_uid;
}

/* Groups before the gid before the uid, which takes the capabilities away; and what the kernel forgets
 * then is said again. */
static void check_ids(const struct plan *plan, const struct spec *spec)
{
	int last = -1, sealed = find(plan, &user_sealed, 0);
	bool asked =
		spec->setuid != ID_NOT_GIVEN || spec->setgid != ID_NOT_GIVEN || spec->groups.count;

	for (int i = 0; i < plan->count; i++) {
		const struct step_kind *next = i + 1 < plan->count ? plan->steps[i + 1].kind : NULL;

		if (!changes_ids(plan->steps[i].kind))
			continue;
		last = i;
		assert_false(plan->shares_memory);
		if (plan->steps[i].kind == &ids_gid)
			assert_ptr_not_equal(next, &ids_groups);
		if (plan->steps[i].kind == &ids_uid)
			assert_false(changes_ids(next));
		if (!changes_ids(next) && !spec->no_fork)
			assert_ptr_equal(next, &process_pdeathsig);
	}
	assert_int_equal(sealed >= 0, spec->disable_userns);
	if (sealed >= 0) {
		assert_int_equal(find(plan, &user_limit, 0), sealed - 2);
		assert_int_equal(find(plan, &user_nested, 0), sealed - 1);
		assert_true(sealed > find_map(plan, &user_uid_map, &user_newuidmap));
		assert_true(sealed > find(plan, &mount_proc, 0));
		assert_true(!asked || last > sealed);
	}
	assert_int_equal(has(plan, &caps_ambient), spec->keep_caps);
	assert_int_equal(has(plan, &caps_keep), spec->keep_caps && spec->setuid != ID_NOT_GIVEN);
	if (spec->keep_caps)
		assert_true(find(plan, &caps_ambient, 0) > last);
	if (asked)
		assert_true(last > find(plan, &command_chdir, 0));
}

static void check_mounts(const struct plan *plan)
{
	int proc = find(plan, &mount_proc, 0);
	bool own = false;

	for (int i = 0; i < plan->count; i++) {
		const struct mount_propagation *call = plan->steps[i].argument;

		if (!is_propagation(plan->steps[i].kind))
			continue;
		assert_true(plan->new_kinds & KIND_BIT(KIND_MNT));
		/* the proc lies behind, and below a mount that gives nothing away */
		assert_true(proc < 0 || i < proc);
		own = call->flag != MS_SHARED;
	}
	if (proc >= 0) {
		assert_true(plan->new_kinds & KIND_BIT(KIND_MNT));
		assert_true(own);
	}
}

/* Of the kinds that are made, those that the clone of inside does not make. */
static unsigned of_between(const struct plan *plan)
{
	unsigned time = KIND_BIT(KIND_TIME);

	return (plan->new_kinds & time) ? time | KIND_BIT(KIND_USER) : 0;
}

/* The rule of sharing memory, said once more in other words. */
static void check_sharing(const struct plan *plan, const struct spec *spec)
{
	bool shares = !spec->no_fork && !spec->copy && !spec->trace && !spec->step;
	unsigned both = CLONE_VM | CLONE_VFORK;

	for (int i = 1; i <= plan->exec; i++)
		if (plan->steps[i].actor != INSIDE ||
			plan->steps[i].kind->flags & (STEP_WAITS | STEP_CHANGES_IDS | STEP_CLONES))
			shares = false;
	assert_int_equal(plan->shares_memory, shares);
	assert_int_equal(plan->clone_flags & both, shares ? both : 0);
	if (!spec->no_fork)
		assert_int_equal(plan->clone_flags & ~both,
			namespaces_flags(plan->new_kinds & ~of_between(plan)) | SIGCHLD);
	assert_int_equal(plan->traces, spec->trace);
	assert_int_equal(plan->asks, spec->step);
}

static void check_steps(const struct plan *plan, const struct spec *spec)
{
	unsigned kinds = plan->new_kinds;

	for (int i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		const char *why = step->why;

		assert_true(!strcmp(why, "always") || !strncmp(why, "--", 2) ||
			    !strncmp(why, "with --", 7) || !strcmp(why, "COMMAND") ||
			    !strcmp(why, "no COMMAND: a shell"));
		assert_true(step->actor != BETWEEN || kinds & KIND_BIT(KIND_TIME));
		if (spec->no_fork)
			assert_int_equal(step->actor, OUTSIDE);
		if (step->kind->undo)
			assert_int_equal(step->actor, OUTSIDE);
	}
	assert_int_equal(has(plan, &uts_hostname),
		spec->hostname || (kinds & KIND_BIT(KIND_UTS) && !spec->no_hostname));
	assert_int_equal(has(plan, &uts_domainname), spec->domainname != NULL);
	assert_int_equal(has(plan, &net_loopback),
		kinds & KIND_BIT(KIND_NET) && !spec->no_loopback);
	assert_int_equal(has(plan, &command_chdir), spec->directory != NULL);
	assert_int_equal(has(plan, &mount_proc), (kinds & KIND_BIT(KIND_PID) || spec->proc) &&
							 !spec->no_proc &&
							 !(spec->left_out & KIND_BIT(KIND_MNT)));
	/* the working directory is looked for in the new tree */
	if (has(plan, &command_chdir))
		assert_true(find(plan, &command_chdir, 0) > find(plan, &mount_proc, 0));
}

static void check_kinds(const struct plan *plan, const struct spec *spec, const struct facts *facts)
{
	unsigned kinds = plan->new_kinds;

	assert_int_equal(kinds & spec->kinds, spec->kinds);
	assert_int_equal(kinds & spec->left_out, 0);
	if (!spec->all) {
		unsigned more = kinds & ~spec->kinds;

		/* nothing but the mount namespace for /proc is added, and never privilege */
		assert_true(more == 0 || (more == KIND_BIT(KIND_MNT) && has(plan, &mount_proc)));
		return;
	}
	assert_int_equal(kinds | spec->left_out | KIND_BIT(KIND_USER), KIND_ALL);
	if (!((spec->kinds | spec->left_out) & KIND_BIT(KIND_USER)))
		assert_int_equal(!(kinds & KIND_BIT(KIND_USER)),
			facts_has_capability(facts, CAP_SYS_ADMIN));
}

static void check_plan(const struct plan *plan, const struct spec *spec, const struct facts *facts)
{
	check_ends(plan, spec);
	check_maps(plan, spec);
	check_mounts(plan);
	check_sharing(plan, spec);
	check_steps(plan, spec);
	check_kinds(plan, spec, facts);
	check_ids(plan, spec);
}

static void test_random(void **state)
{
	int built = 0;

	(void)state;
	srand(SEED);
	for (int i = 0; i < RANDOM_PLANS; i++) {
		char *argv[12] = {(char *)"nsrun"};
		struct facts facts = machines[rand() % 4]();
		int count = rand() % 6;
		struct spec spec;
		struct plan plan;
		struct error error;

		for (int j = 1; j <= count; j++)
			argv[j] = (char *)fragments[(size_t)rand() % MADE_UP_COUNT(fragments)];
		if (rand() % 8)
			argv[count + 1] = (char *)"id";
		facts.foreground = rand() % 2;
		if (made_up_parse(argv, &spec, &error) == 0 &&
			plan_build(&spec, &facts, &plan, &error) == 0) {
			check_plan(&plan, &spec, &facts);
			plan_free(&plan);
			built++;
		}
		options_free(&spec);
	}
	/* most of them are no contradictions */
	assert_in_range(built, RANDOM_PLANS / 4, RANDOM_PLANS);
}

/* Builds the plan of a line, or fails with the sentence in `error`. */
static int build(const char *line, const struct facts *facts, struct plan *plan,
	struct error *error)
{
	static char words[200];
	static char *argv[20];
	static struct spec spec; /* as long as the plan */

	options_free(&spec);
	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	if (made_up_parse(argv, &spec, error) < 0)
		fail_msg("%s", error->object);
	return plan_build(&spec, facts, plan, error);
}

static void test_refused(void **state)
{
	struct facts root = made_up_root(), user = made_up_user(), pipe = made_up_root();
	const struct {
		const char *line;
		const struct facts *facts;
		const char *sentence;
	} cases[] = {
		{"--setgroups=allow id", &user,
			"--setgroups allow: the kernel wants CAP_SETGID for it, and uid 1000 lacks it"},
		{"--setgroups=allow --no-fork id", &root,
			"--no-fork contradicts --setgroups allow: a second process has to write the maps"},
		{"--no-fork --pid id", &root,
			"--no-fork contradicts --pid: a new pid namespace needs a second process"},
		{"--unshare-pid --no-fork id", &user,
			"--no-fork contradicts --pid: a new pid namespace needs a second process"},
		{"--no-fork --all id", &user,
			"--no-fork contradicts --all: a new pid namespace needs a second process; add "
			"--share pid,time"},
		{"--no-fork --all --share pid id", &user,
			"--no-fork contradicts --all: a new time namespace needs a second process; add "
			"--share pid,time"},
		{"--no-fork -T id", &root,
			"--no-fork contradicts --time: a new time namespace needs a second process"},
		{"--monotonic -1001.5 id", &root,
			"--monotonic: \"-1001.5\": the clock would read less than 0; it reads 1000 s now"},
		{"--boottime =-1ms id", &root,
			"--boottime: \"=-1ms\": the clock would read less than 0; it reads 2000 s now"},
		{"--boottime 4611684019 id", &root,
			"--boottime: \"4611684019\": the clock would read more than the 4611686018 s that "
			"the kernel takes"},
		{"--monotonic 9223372036.854775807 id", &root,
			"--monotonic: \"9223372036.854775807\": the clock would read more than the "
			"4611686018 s that the kernel takes"},
		{"-u", &pipe, "no command is given, and standard input is no terminal for a shell"},
	};

	(void)state;
	pipe.terminal = pipe.foreground = false;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct error error = {.step = ERROR_NONE};
		struct plan plan = {.count = 77};

		assert_int_equal(build(cases[i].line, cases[i].facts, &plan, &error), -1);
		assert_string_equal(error.object, cases[i].sentence);
		assert_int_equal(error.step, ERROR_SAID);
		assert_null(plan.steps);
		assert_int_equal(plan.count, 0);
	}
}

/* The shell that is meant by no command, and its group of its own in a new PID namespace. */
static void test_shell(void **state)
{
	struct facts facts = made_up_root();
	struct error error;
	struct plan plan;
	const struct command_call *call;

	(void)state;
	assert_int_equal(build("-p", &facts, &plan, &error), 0);
	call = plan.steps[plan.exec].argument;
	assert_string_equal(call->typed, "/bin/bash");
	assert_string_equal(call->argv[0], "/bin/bash");
	assert_null(call->argv[1]);
	assert_true(has(&plan, &process_foreground));
	plan_free(&plan);
	assert_int_equal(build("-u", &facts, &plan, &error), 0);
	assert_false(has(&plan, &process_foreground));
	plan_free(&plan);
	facts.foreground = false;
	assert_int_equal(build("-p", &facts, &plan, &error), 0);
	assert_false(has(&plan, &process_foreground));
	plan_free(&plan);
	facts.foreground = true;
	assert_int_equal(build("-p bash", &facts, &plan, &error), 0);
	assert_false(has(&plan, &process_foreground));
	plan_free(&plan);
}

static void test_command(void **state)
{
	struct facts facts = made_up_root();
	struct error error;
	struct plan plan;
	const struct command_call *call;

	(void)state;
	facts.path = NULL;
	assert_int_equal(build("-u id -u ''", &facts, &plan, &error), 0);
	call = plan.steps[plan.exec].argument;
	/* without PATH, libc's */
	assert_string_equal(call->candidates[0], "/bin/id");
	assert_string_equal(call->candidates[1], "/usr/bin/id");
	assert_null(call->candidates[2]);
	assert_string_equal(call->argv[2], "");
	/* for a file without #! the shell gets the file in place of argv[0] */
	assert_string_equal(call->shell_argv[0], "/bin/sh");
	assert_string_equal(call->shell_argv[2], "-u");
	assert_string_equal(call->shell_argv[3], "");
	assert_null(call->shell_argv[4]);
	plan_free(&plan);
	plan_free(&plan);
}

/* The maps' very words. */
static void test_maps(void **state)
{
	static const struct {
		const char *line, *gid, *uid;
	} cases[] = {
		{"-U id", "0 1000 1", "0 1000 1"},
		{"--map-self id", "1000 1000 1", "1000 1000 1"},
		{"--map-user=7 id", "0 1000 1", "7 1000 1"},
		{"--map-group=8 id", "8 1000 1", "0 1000 1"},
		{"--map-user=4294967294 --map-group=0 id", "0 1000 1", "4294967294 1000 1"},
	};
	struct facts facts = made_up_user();

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		const struct idmap_file *file;
		struct error error;
		struct plan plan;

		assert_int_equal(build(cases[i].line, &facts, &plan, &error), 0);
		file = plan.steps[find(&plan, &user_gid_map, 0)].argument;
		assert_string_equal(file->name, "gid_map");
		assert_string_equal(file->text, cases[i].gid);
		assert_false(file->from_outside);
		file = plan.steps[find(&plan, &user_uid_map, 0)].argument;
		assert_string_equal(file->name, "uid_map");
		assert_string_equal(file->text, cases[i].uid);
		plan_free(&plan);
	}
}

/* setgroups(2) can stay allowed only by maps from outside, and those copy. */
static void test_maps_from_outside(void **state)
{
	struct facts facts = made_up_root();
	struct error error;
	struct plan plan;

	(void)state;
	assert_int_equal(build("--setgroups=allow id", &facts, &plan, &error), 0);
	assert_int_equal(plan.steps[find(&plan, &user_gid_map, 0)].actor, OUTSIDE);
	assert_int_equal(plan.steps[find(&plan, &user_uid_map, 0)].actor, OUTSIDE);
	assert_false(plan.shares_memory);
	plan_free(&plan);
	/* the capability that it takes is CAP_SETGID alone */
	facts.effective = UINT64_C(1) << CAP_SETGID;
	assert_int_equal(build("--setgroups=allow id", &facts, &plan, &error), 0);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_maps_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
