/* What plans say of ids that cannot be had, and the words of the helpers. */
#include "made_up.h"

#include <sched.h>

#include "command.h"
#include "credentials.h"
#include "idhelper.h"
#include "idmap.h"
#include "nested.h"
#include "plan.h"

static struct spec spec; /* as long as the plan */

/* Builds the plan of a line, or fails with the sentence in `error`. */
static int build(const char *line, const struct facts *facts, struct plan *plan,
	struct error *error)
{
	static char words[200];
	static char *argv[20];

	options_free(&spec);
	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	if (made_up_parse(argv, &spec, error) < 0)
		fail_msg("%s", error->object);
	return plan_build(&spec, facts, plan, error);
}

static int free_spec(void **state)
{
	(void)state;
	options_free(&spec);
	return 0;
}

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

static struct id_range own_twice[] = {{0, 1000, 2}}, whole[] = {{0, 0, UINT32_MAX}};
static struct facts root, user, bare, twice, many;

static const struct {
	const char *line;
	const struct facts *facts;
	const char *sentence;
} refused[] = {
	{"--no-fork --map-groups=0:0:2 id", &root,
		"--no-fork contradicts --map-groups: a second process has to write the maps"},
	{"--no-fork --map-auto id", &user,
		"--no-fork contradicts --map-auto: a second process has to write the maps"},
	{"--setgroups=allow --map-groups=7:1000:1 id", &user,
		"--setgroups allow: the kernel wants CAP_SETGID for it, and uid 1000 lacks it"},
	{"--map-users=0:5:2 id", &bare,
		"--map-users: uid 1000 lacks CAP_SETUID, so newuidmap(1) must write the map, and "
		"PATH has none"},
	{"--map-auto id", &bare,
		"--map-auto: uid 1000 lacks CAP_SETUID, so newuidmap(1) must write the map, and "
		"PATH has none"},
	{"--map-auto id", &root,
		"--map-auto: /etc/subuid has no ids for root; it wants a line root:165536:65536"},
	{"--map-auto id", &twice,
		"--map-auto: /etc/subuid: maya:1000:2 overlaps 0:1000:1, as both have 1000 "
		"outside"},
	{"--map-auto id", &many, "--map-auto: /etc/subuid has too many ids for maya"},
	{"-U -S 5 id", &root, "--setuid: 5 is not mapped in the new user namespace"},
	{"--map-users=5:0:2 -S 7 id", &root, "--setuid: 7 is not mapped in the new user namespace"},
	{"--map-self -G 5 id", &user, "--setgid: 5 is not mapped in the new user namespace"},
	{"--map-auto --groups 1,65538 id", &user,
		"--groups: 65538 is not mapped in the new user namespace"},
	{"-U --groups 0 id", &user,
		"--groups sets or drops supplementary groups, and setgroups(2) is denied: the "
		"kernel wants that where the map of groups is the caller's own; use --map-groups "
		"or --map-auto"},
	{"--map-users=0:5:2 -G 0 id", &user,
		"--setgid sets or drops supplementary groups, and setgroups(2) is denied: the "
		"kernel wants that where the map of groups is the caller's own; use --map-groups "
		"or --map-auto"},
	{"--no-fork -U -S 0 id", &root,
		"--setuid sets or drops supplementary groups, and setgroups(2) is denied: the "
		"kernel wants that where the map of groups is the caller's own; use --map-groups "
		"or --map-auto"},
	{"--map-auto -S 1 --setgroups deny id", &user,
		"--setuid sets or drops supplementary groups, and setgroups(2) is denied: "
		"--setgroups deny"},
	{"--disable-userns --map-users=7:5:2 id", &user,
		"--disable-userns: neither the caller's id 1000 nor 0 inside is in --map-users, and "
		"the kernel wants one mapped for a second user namespace"},
	{"--disable-userns --map-groups=7:5:2 id", &root,
		"--disable-userns: neither the caller's id 0 nor 0 inside is in --map-groups, and "
		"the kernel wants one mapped for a second user namespace"},
};

static void test_refused(void **state)
{
	(void)state;
	root = made_up_root();
	user = bare = twice = many = made_up_user();
	bare.newuidmap = (struct helper_facts){0};
	twice.sub_uids = (struct id_map){own_twice, 1};
	many.sub_uids = (struct id_map){whole, 1};
	for (size_t i = 0; i < MADE_UP_COUNT(refused); i++) {
		struct error error = {.step = ERROR_NONE};
		struct plan plan = {.count = 77};

		assert_int_equal(build(refused[i].line, refused[i].facts, &plan, &error), -1);
		assert_string_equal(error.object, refused[i].sentence);
		assert_int_equal(error.step, ERROR_SAID);
		assert_null(plan.steps);
		assert_int_equal(plan.count, 0);
	}
}

static void assert_words(char *const *argv, const char *wanted)
{
	char got[200] = "";

	for (; *argv; argv++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s ", *argv);
	assert_string_equal(got, wanted);
}

/* The words of the helpers: those granted follow from 1. */
static void test_helpers(void **state)
{
	struct facts facts = made_up_user();
	const struct idhelper_call *call;
	const struct nested_call *nested;
	struct error error;
	struct plan plan;

	(void)state;
	assert_int_equal(build("--map-auto --disable-userns id", &facts, &plan, &error), 0);
	call = plan.steps[find(&plan, &user_newuidmap, 0)].argument;
	assert_string_equal(call->path, "/usr/bin/newuidmap");
	assert_words(call->argv, "newuidmap  0 1000 1 1 100000 65536 65537 5000 1 ");
	assert_ptr_equal(call->argv[1], call->pid);
	assert_int_equal(call->first, INSIDE);
	call = plan.steps[find(&plan, &user_newgidmap, 0)].argument;
	assert_words(call->argv, "newgidmap  0 1000 1 1 100000 65536 ");
	nested = plan.steps[find(&plan, &user_nested, 0)].argument;
	assert_string_equal(nested->users, "0 0 1\n1 1 65536\n65537 65537 1");
	assert_string_equal(nested->groups, "0 0 1\n1 1 65536");
	assert_false(nested->not_dumpable);
	plan_free(&plan);
	assert_int_equal(build("--map-users 0:5:2 --disable-userns -T id", &facts, &plan, &error),
		0);
	call = plan.steps[find(&plan, &user_newuidmap, 0)].argument;
	assert_int_equal(call->first, BETWEEN);
	nested = plan.steps[find(&plan, &user_nested, 0)].argument;
	assert_true(nested->not_dumpable);
	plan_free(&plan);
	/* each map for itself */
	facts.effective = UINT64_C(1) << CAP_SETUID;
	assert_int_equal(build("--map-auto id", &facts, &plan, &error), 0);
	assert_true(has(&plan, &user_uid_map) && has(&plan, &user_newgidmap));
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_helpers),
	};

	return cmocka_run_group_tests(tests, NULL, free_spec);
}
