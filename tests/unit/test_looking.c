/* What --inspect, --limits and --check print of processes and machines that need not exist. */
#include "golden.h"

#include <errno.h>
#include <sched.h>

#include "capabilities.h"
#include "check.h"
#include "cure.h"
#include "inspect.h"
#include "plan.h"
#include "process.h"
#include "usage.h"
#include "usage_text.h"

#define FULL ((UINT64_C(1) << CAPABILITIES_COUNT) - 1)

/* An ordinary user looks at a process of its own in a user and a UTS namespace of their own. */
static struct subject container(void)
{
	struct subject s = {
		.own_uid = 1000,
		.own_gid = 100,
		.own_name = "alice",
		.own_group = "users",
		.initial_user = true,
		.full = FULL,
		.kinds = KIND_ALL,
		.pid = 4711,
		.command = "a \"b\"\n",
		.uid = 1000,
		.user = "alice",
		.pid_for_children = 504,
		.time_for_children = 507,
		.uid_map = {.ranges = {{0, 1000, 1, "alice"}, {1, 100000, 65536, ""}}, .count = 2},
		.gid_map = {.ranges = {{7, 100, 1, "users"}}, .count = 1},
		.setgroups = "deny",
		.clocks_known = true,
		.clocks = {INT64_C(90500000000), INT64_C(-1)},
		.cgroup = "1:cpu:/\n0::/a\\b\n",
		.capabilities = {FULL, FULL & ~UINT64_C(1), 0, 0x21, UINT64_C(1) << 21},
		.seccomp = 2,
		.filters = 3,
		.no_new_privs = 1,
		.hostname = "box",
		.differ = KIND_BIT(KIND_UTS) | KIND_BIT(KIND_USER),
		.joined = KIND_BIT(KIND_UTS) | KIND_BIT(KIND_USER),
	};

	for (int i = 0; i < KIND_COUNT; i++)
		s.namespaces[i] = (struct subject_namespace){.id = 500 + (uint64_t)i,
			.same = true,
			.owner = 505,
			.owner_uid = -1};
	s.namespaces[KIND_UTS] =
		(struct subject_namespace){.id = 601, .owner = 605, .owner_uid = -1};
	s.namespaces[KIND_USER] = (struct subject_namespace){.id = 605,
		.parent = 505,
		.owner = 505,
		.owner_uid = 1000};
	return s;
}

/* Of somebody else: the links are not to be read, of a kernel without time namespaces. */
static struct subject stranger(void)
{
	struct subject s = container();

	for (int i = 0; i < KIND_COUNT; i++)
		s.namespaces[i] = (struct subject_namespace){.number = EACCES, .owner_uid = -1};
	s.kinds &= ~KIND_BIT(KIND_TIME);
	s.uid = 0;
	s.user[0] = '\0';
	s.initial_user = false;
	s.uid_map.ranges[0] = (struct subject_range){0, UINT32_MAX, 5, ""};
	s.gid_map.count = -1;
	s.setgroups[0] = '\0';
	s.clocks_known = false;
	s.cgroup[0] = '\0';
	s.hostname_number = EACCES;
	s.differ = s.joined = 0;
	s.join_number = EACCES;
	s.pid_for_children = s.time_for_children = 0;
	s.seccomp = s.filters = s.no_new_privs = -1;
	return s;
}

/* In the caller's own user namespace, which is not the initial one; its children go elsewhere. */
static struct subject neighbour(void)
{
	struct subject s = container();

	s.initial_user = false;
	s.namespaces[KIND_USER].same = true;
	s.uid_map.ranges[1].outside = 1;
	s.gid_map.count = 0;
	s.pid_for_children = 999;
	s.time_for_children = 998;
	s.differ = KIND_BIT(KIND_UTS) | KIND_BIT(KIND_NET);
	s.joined = KIND_BIT(KIND_NET);
	s.join_number = EPERM;
	s.hostname_number = EPERM;
	return s;
}

static struct subject in_range(void)
{
	struct subject s = container();

	s.own_uid = 100007;
	s.joined = 0;
	s.join_number = EINVAL;
	return s;
}

static struct subject self(void)
{
	struct subject s = container();

	s.self = true;
	s.namespaces[KIND_UTS].same = s.namespaces[KIND_USER].same = true;
	s.uid_map.count = s.gid_map.count = 1;
	s.uid_map.ranges[0] = s.gid_map.ranges[0] = (struct subject_range){0, 0, UINT32_MAX, ""};
	s.setgroups[0] = '\0';
	s.differ = s.joined = 0;
	return s;
}

static struct subject zombie(void)
{
	struct subject s = stranger();

	s.ended = true;
	return s;
}

static struct subject foreign(void)
{
	struct subject s = container();

	s.foreign_proc = true;
	s.hostname[0] = '\0';
	s.joined = 0;
	return s;
}

static const struct {
	const char *name;
	struct subject (*make)(void);
} subjects[] = {
	{"a container", container},
	{"a stranger's", stranger},
	{"a neighbour in a container", neighbour},
	{"a caller in a range", in_range},
	{"the caller itself", self},
	{"a zombie", zombie},
	{"by a /proc of another PID namespace", foreign},
};

static void test_inspect(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(subjects); i++) {
		struct subject subject = subjects[i].make();

		fprintf(out, "-- %s\n", subjects[i].name);
		inspect_text(out, &subject);
		inspect_json(out, &subject);
	}
	fclose(out);
	golden_compare("inspect.txt", text);
	free(text);
}

static struct usage nested(void)
{
	struct usage usage = {
		.kinds = KIND_ALL,
		.levels = {{.id = 700, .uid = 0}, {.id = 600, .uid = -1}, {.id = 500, .uid = 1000}},
		.count = 3,
		.hidden = true,
		.unread = 12,
	};

	for (int i = 0; i < KIND_COUNT; i++) {
		usage.levels[0].limit[i] = USAGE_UNLIMITED;
		usage.levels[1].limit[i] = 10LL * (i + 1);
		usage.levels[2].limit[i] = 50;
		usage.levels[1].used[i] = i;
		usage.levels[2].used[i] = 2 * i;
		usage.levels[0].maybe[i] = 1;
	}
	usage.levels[1].used[KIND_UTS] = 30;
	return usage;
}

static void test_limits(void **state)
{
	struct usage usage = nested();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	usage_text(out, &usage);
	usage_json(out, &usage);
	fputs("-- one that cannot be entered, without time namespaces\n", out);
	usage.levels[1].number = EPERM;
	usage.kinds &= ~KIND_BIT(KIND_TIME);
	usage.hidden = false;
	usage_text(out, &usage);
	usage_json(out, &usage);
	fputs("-- one alone\n", out);
	usage.count = 1;
	usage_text(out, &usage);
	usage_json(out, &usage);
	fclose(out);
	golden_compare("limits.txt", text);
	free(text);
}

/* By what is left, not by the limit; one that is not set or not to be read is never the first. */
static void test_first(void **state)
{
	struct usage usage = nested();

	(void)state;
	assert_int_equal(usage_first(&usage, KIND_MNT), 1);
	assert_int_equal(usage_first(&usage, KIND_UTS), 1);
	assert_int_equal(usage_first(&usage, KIND_CGROUP), 2);
	usage.levels[1].number = EPERM;
	assert_int_equal(usage_first(&usage, KIND_MNT), 2);
	usage.levels[2].limit[KIND_MNT] = -1;
	assert_int_equal(usage_first(&usage, KIND_MNT), -1);
	usage.count = 1;
	assert_int_equal(usage_first(&usage, KIND_UTS), -1);
}

static void test_check(void **state)
{
	struct check_trial trials[KIND_COUNT] = {{0}};
	struct facts root = made_up_root(), user = made_up_user();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (int i = 0; i < KIND_COUNT; i++)
		trials[i].allowed = true;
	check_print(out, &root, trials);
	for (int i = 0; i < KIND_COUNT; i++)
		trials[i].with_user = i != KIND_USER;
	snprintf(trials[KIND_IPC].why, sizeof trials[0].why,
		"a long reason that does not fit into one line of a terminal, so that it is wrapped");
	snprintf(trials[KIND_TIME].why, sizeof trials[0].why, "%s", trials[KIND_IPC].why);
	snprintf(trials[KIND_NET].why, sizeof trials[0].why, "another");
	snprintf(trials[KIND_IPC].cure, sizeof trials[0].cure, "one\n");
	snprintf(trials[KIND_TIME].cure, sizeof trials[0].cure, "one\n");
	snprintf(trials[KIND_NET].cure, sizeof trials[0].cure, "two\n");
	trials[KIND_IPC].allowed = trials[KIND_TIME].allowed = trials[KIND_NET].allowed = false;
	fputs("--\n", out);
	check_print(out, &user, trials);
	fclose(out);
	golden_compare("check.txt", text);
	free(text);
}

static void test_passed(void **state)
{
	struct plan plan = {.exec = 4};

	(void)state;
	assert_true(check_passed(&plan, &(struct error){.step = 4, .number = ECANCELED}));
	assert_false(check_passed(&plan, &(struct error){.step = 4, .number = ENOENT}));
	assert_false(check_passed(&plan, &(struct error){.step = 3, .number = ECANCELED}));
	/* its process died in that step */
	assert_false(check_passed(&plan, &(struct error){.step = 4, .number = 0}));
	assert_false(check_passed(&plan, &(struct error){.step = ERROR_NONE}));
}

/* What cure_print writes, or "". */
static void assert_cure(unsigned kinds, int number, const struct facts *facts, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cure_print(out, kinds, number, facts, "/opt/ns run");
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_cures(void **state)
{
	const unsigned user = KIND_BIT(KIND_USER), uts = KIND_BIT(KIND_UTS);
	struct facts facts = made_up_user();

	(void)state;
	/* one of the two was at its limit */
	facts.probed = KIND_ALL;
	facts.probe[KIND_UTS] = ENOSPC;
	facts.limit[KIND_UTS] = 0;
	assert_cure(user | uts, ENOSPC, &facts, "sudo sysctl user.max_uts_namespaces=15000\n");
	facts.limit[KIND_UTS] = 20000;
	assert_cure(user | uts, ENOSPC, &facts, "sudo sysctl user.max_uts_namespaces=40000\n");
	facts.nested_user = true;
	facts.limit[KIND_UTS] = 3;
	assert_cure(user | uts, ENOSPC, &facts,
		"echo 15000 >/proc/sys/user/max_uts_namespaces    # as root of this user namespace\n");
	facts.limit[KIND_UTS] = INT32_MAX;
	assert_cure(user | uts, ENOSPC, &facts, "");
	assert_cure(KIND_BIT(KIND_NET), ENOSPC, &facts, "");
	/* no privilege cures a missing kind */
	assert_cure(user, EINVAL, &facts, "");

	facts = made_up_user();
	assert_cure(user, EPERM, &facts, "");
	facts.userns_clone = 0;
	assert_cure(user, EPERM, &facts, "sudo sysctl kernel.unprivileged_userns_clone=1\n");
	assert_cure(uts, EPERM, &facts, "");
	facts.effective = MADE_UP_CAPABILITIES;
	assert_cure(user, EPERM, &facts, "");

	facts = made_up_user();
	facts.apparmor_restrict = 1;
	assert_cure(user | uts, EPERM, &facts,
		"sudo tee /etc/apparmor.d/nsrun <<'END'\n"
		"abi <abi/4.0>,\n"
		"include <tunables/global>\n"
		"profile nsrun \"/opt/ns run\" flags=(unconfined) {\n"
		"  userns,\n"
		"}\n"
		"END\n"
		"sudo apparmor_parser -r /etc/apparmor.d/nsrun\n");
	facts.uid_unmapped = true;
	assert_cure(user | uts, EPERM, &facts, "");
	facts.uid_unmapped = false;
	facts.chroot = YES;
	assert_cure(user | uts, EPERM, &facts, "");
	facts.chroot = NO;
	snprintf(facts.apparmor, sizeof facts.apparmor, "box (enforce)");
	assert_cure(user, EACCES, &facts,
		"# in the profile box, which confines this process:\n"
		"  userns,\n"
		"  capability,\n"
		"  mount,\n");
}

static void assert_list(uint64_t set, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	capabilities_list(out, set, FULL);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_capabilities(void **state)
{
	(void)state;
	assert_list(0, "none");
	assert_list(FULL, "all");
	assert_list(1, "CAP_CHOWN");
	assert_list(UINT64_C(1) << 21 | UINT64_C(1) << 40, "CAP_SYS_ADMIN CAP_CHECKPOINT_RESTORE");
	assert_list(FULL & ~(UINT64_C(1) << 25), "all but CAP_SYS_TIME");
	/* of a kernel that is newer than the table */
	assert_list(UINT64_C(1) << 50, "50");
	for (int i = 0; i < CAPABILITIES_COUNT; i++)
		assert_memory_equal(capabilities[i], "CAP_", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inspect),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_cures),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
