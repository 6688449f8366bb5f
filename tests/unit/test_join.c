/* What made-up targets are refused for, and the kinds of step that open and enter them. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "hint.h"
#include "join.h"
#include "launch.h"
#include "plan.h"
#include "process.h"
#include "sys.h"

/* The plan's sentence for a line, with `change` to the facts; "" if there is a plan. */
static const char *sentence(const char *line, struct facts facts, void (*change)(struct facts *))
{
	static struct error error;
	char words[200], *argv[20];
	struct spec spec;
	struct plan plan;

	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	error = (struct error){.step = ERROR_NONE};
	assert_int_equal(made_up_parse(argv, &spec, &error), 0);
	made_up_targets(&spec, &facts);
	if (change)
		change(&facts);
	if (plan_build(&spec, &facts, &plan, &error) < 0)
		return error.object;
	plan_free(&plan);
	return "";
}

static void is_refused(struct facts *facts)
{
	facts->targets[0].problem = TARGET_REFUSED;
	facts->targets[0].number = EACCES;
}

static void is_of_same_user(struct facts *facts)
{
	is_refused(facts);
	facts->targets[0].uid = facts->uid;
}

static void is_hidden(struct facts *facts)
{
	facts->targets[0].problem = TARGET_HIDDEN;
}

static void is_of_other_proc(struct facts *facts)
{
	facts->targets[0].problem = TARGET_OTHER_PROC;
}

static void has_no_time(struct facts *facts)
{
	facts->targets[0].kinds &= ~KIND_BIT(KIND_TIME);
}

static void is_above(struct facts *facts)
{
	facts->targets[0].unreachable = KIND_BIT(KIND_PID);
}

static void is_own(struct facts *facts)
{
	facts->targets[0].own = KIND_ALL;
}

static void has_secrets(struct facts *facts)
{
	facts->environment_error = EACCES;
}

static void has_no_cgroup(struct facts *facts)
{
	facts->cgroup = NULL;
	facts->cgroup_error = ENOENT;
}

static void has_another_net(struct facts *facts)
{
	facts->targets[1].id[KIND_NET] = 300;
}

static void test_refused(void **state)
{
	const struct {
		const char *line;
		void (*change)(struct facts *);
		const char *sentence;
	} rows[] = {
		{"-j 7 id", is_refused,
			"--join: \"7\": Permission denied (EACCES): it runs as uid 0, and uid 1000 lacks "
			"CAP_SYS_PTRACE; that user can, or sudo"},
		{"-j 7 id", is_of_same_user,
			"--join: \"7\": Permission denied (EACCES): it has more capabilities or is not "
			"dumpable, and uid 1000 lacks CAP_SYS_PTRACE; try sudo"},
		{"-j 7 id", is_hidden,
			"--join: \"7\": /proc shows nothing of that process to uid 1000 (hidepid, "
			"proc(5)); try sudo"},
		{"-j 7 id", is_of_other_proc,
			"--join: \"7\": /proc is missing or belongs to another PID namespace than "
			"nsrun's"},
		{"-j 7:time id", has_no_time,
			"--join: \"7:time\": this kernel has no time namespaces"},
		{"-j 7 id", has_no_time, ""},
		{"-j 7 id", is_above,
			"--join: \"7\": its PID namespace is not below the caller's, and only such can be "
			"joined"},
		{"-j 7:net,user id", is_above, ""},
		{"-j 7 id", is_own, ""},
		{"-j 7:user id", is_own,
			"--join: \"7:user\": that is the caller's own user namespace, which cannot be "
			"joined"},
		{"-j 7 --join-env id", has_secrets, "--join-env: Permission denied (EACCES)"},
		{"-j 7 --join-cgroup id", has_no_cgroup,
			"--join-cgroup: No such file or directory (ENOENT)"},
		{"-j 7:net -j /saved id", NULL, ""},
		{"-j 7:net -j /saved id", has_another_net,
			"--join \"7:net\" contradicts --join \"/saved\": two net namespaces"},
		{"-j 7:pid -p id", NULL,
			"--pid contradicts --join \"7:pid\": a new pid namespace cannot be made below one "
			"that is joined at the same time"},
		{"-j 7 -p id", NULL, ""},
		{"-j 7 --setgroups allow id", NULL,
			"--setgroups contradicts --join \"7\": nsrun would have to write the id maps, and "
			"is not in the user namespace that is joined"},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(rows); i++)
		assert_string_equal(sentence(rows[i].line, made_up_user(), rows[i].change),
			rows[i].sentence);
}

static struct launch made_up_launch(void)
{
	struct launch launch = {.own_proc = AT_FDCWD, .alive = -1};

	return launch;
}

/* A number that has become another process's is not taken for the one that was looked at. */
static void test_open_process(void **state)
{
	struct launch launch = made_up_launch();
	struct error error = {.step = ERROR_NONE};
	pid_t child = fork();
	struct join_opening call = {.slot = 1, .pid = getpid(), .alive = -1};
	struct join_opening gone = {.alive = -1};
	struct step step = {&join_open_process, BETWEEN, &call, "--join"};
	char *hint, wanted[64];
	struct facts facts = made_up_root();

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	call.alive = sys_pidfd_open(child);
	assert_true(call.alive >= 0);
	assert_int_equal(join_open_process.run(&launch, &step, &error), 0);
	assert_true(launch.joined[1] > 0);
	assert_int_equal(fcntl(launch.joined[1], F_GETFD), FD_CLOEXEC);
	close(launch.joined[1]);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(join_open_process.run(&launch, &step, &error), -1);
	assert_int_equal(error.number, ESRCH);
	close(launch.joined[1]);
	close(call.alive);
	gone.pid = child;
	step.argument = &gone;
	assert_int_equal(join_open_process.run(&launch, &step, &error), -1);
	assert_int_equal(error.number, ESRCH);
	snprintf(wanted, sizeof wanted, "process %d has ended since nsrun looked at it", child);
	hint = hint_find(&step, &error, &facts);
	assert_string_equal(hint, wanted);
	free(hint);
}

static void test_open_paths(void **state)
{
	static const struct {
		const struct step_kind *kind;
		const char *path;
		int number;
	} rows[] = {
		{&join_open_file, "/proc/self/ns/uts", 0},
		{&join_open_file, "/proc/self/ns/no-such", ENOENT},
		{&join_open_directory, "/proc/self/root", 0},
		{&join_open_directory, "/proc/self/cwd", 0},
		{&join_open_directory, "/proc/self/comm", ENOTDIR},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(rows); i++) {
		struct launch launch = made_up_launch();
		struct error error = {.step = ERROR_NONE};
		struct join_opening call = {.slot = 9, .path = rows[i].path};
		struct step step = {rows[i].kind, BETWEEN, &call, "--join"};

		assert_int_equal(step.kind->run(&launch, &step, &error), rows[i].number ? -1 : 0);
		assert_int_equal(error.number, rows[i].number);
		if (!rows[i].number)
			assert_int_equal(fcntl(launch.joined[9], F_GETFD), FD_CLOEXEC);
		if (!rows[i].number)
			close(launch.joined[9]);
	}
}

static char *hint_of(const struct step_kind *kind, const void *argument, int number,
	struct facts facts)
{
	struct step step = {kind, BETWEEN, argument, "--join"};
	struct error error = {.number = number};

	return hint_find(&step, &error, &facts);
}

static void check_hint(char *hint, const char *wanted)
{
	if (wanted)
		assert_string_equal(hint, wanted);
	else
		assert_null(hint);
	free(hint);
}

static void test_hints(void **state)
{
	const struct join_entering net = {.kinds = KIND_BIT(KIND_NET), .pid = 7, .owner = -1},
				   foreign = {.kinds = KIND_BIT(KIND_NET) | KIND_BIT(KIND_UTS),
					   .foreign_user = true,
					   .pid = 7,
					   .owner = -1},
				   user = {.kinds = KIND_BIT(KIND_USER) | KIND_BIT(KIND_NET),
					   .pid = 7,
					   .owner = 4},
				   after = {.kinds = KIND_BIT(KIND_NET),
					   .after_user = true,
					   .pid = 7};
	const struct process_clone_call in_pid = {SIGCHLD, INSIDE, "--join \"/saved\""};

	(void)state;
	check_hint(hint_of(&join_enter, &net, EPERM, made_up_user()),
		"CAP_SYS_ADMIN is needed to join namespaces (net), and uid 1000 lacks it; sudo gives it");
	check_hint(hint_of(&join_enter, &net, 0, made_up_user()),
		"CAP_SYS_ADMIN is needed to join namespaces (net), and uid 1000 lacks it; sudo gives it");
	check_hint(hint_of(&join_enter, &after, 0, made_up_user()), NULL);
	check_hint(hint_of(&join_enter, &net, EPERM, made_up_root()), NULL);
	check_hint(hint_of(&join_enter, &foreign, EPERM, made_up_user()),
		"CAP_SYS_ADMIN is needed to join namespaces (uts net), and uid 1000 lacks it; --join its "
		"user namespace too, which gives it there");
	check_hint(hint_of(&join_enter, &user, EPERM, made_up_user()),
		"that user namespace was made by uid 4; who joins it needs to be that user, or to have "
		"CAP_SYS_ADMIN in it (sudo)");
	check_hint(hint_of(&join_enter, &user, 0, made_up_user()),
		"that user namespace was made by uid 4; who joins it needs to be that user, or to have "
		"CAP_SYS_ADMIN in it (sudo)");
	check_hint(hint_of(&join_enter, &user, 0, made_up_root()), NULL);
	check_hint(hint_of(&join_enter, &user, ESRCH, made_up_user()),
		"process 7 has ended since nsrun looked at it");
	check_hint(hint_of(&process_clone, &in_pid, ENOMEM, made_up_root()),
		"the PID namespace of --join \"/saved\" has lost its init, so nothing can be started in "
		"it");
	check_hint(hint_of(&cgroup_enter, "/sys/fs/cgroup/x/cgroup.procs", EACCES, made_up_user()),
		"uid 1000 may not write there: who moves a process needs that in both cgroups and in the "
		"one above them, cgroups(7)");
	check_hint(hint_of(&cgroup_enter, "/sys/fs/cgroup/x/cgroup.procs", EBUSY, made_up_root()),
		"that cgroup hands controllers down to others, so it takes no processes");
}

/* What is true of the caller tells nothing of what is tried where it has joined. */
static void test_elsewhere(void **state)
{
	struct facts facts = made_up_user();
	struct plan plan;
	struct spec spec;
	struct error error = {.step = ERROR_NONE};
	char *argv[] = {(char *)"nsrun", (char *)"-j7", (char *)"-u", (char *)"id", NULL};

	(void)state;
	assert_int_equal(made_up_parse(argv, &spec, &error), 0);
	made_up_targets(&spec, &facts);
	assert_int_equal(plan_build(&spec, &facts, &plan, &error), 0);
	error.number = EPERM;
	for (int i = 0; i < plan.count; i++)
		if (plan.steps[i].kind == &process_clone)
			check_hint(hint_of_step(&plan, i, &error, &facts), NULL);
	check_hint(hint_obstacle(&plan, &facts), NULL);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_open_process),
		cmocka_unit_test(test_open_paths),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
