/* Command lines that are taken, and what they come to. */
#include "made_up.h"

static struct spec parse(char **argv)
{
	struct error error = {.step = ERROR_NONE, .object = ""};
	struct spec spec;

	if (made_up_parse(argv, &spec, &error) < 0)
		fail_msg("refused: %s", error.object);
	assert_int_equal(error.step, ERROR_NONE);
	return spec;
}

/* The words behind nsrun. */
#define PARSE(...) parse((char *[]){(char *)"nsrun", __VA_ARGS__, NULL})

static void test_nothing(void **state)
{
	struct spec spec = parse((char *[]){(char *)"nsrun", NULL});

	(void)state;
	assert_int_equal(spec.kinds, 0);
	assert_int_equal(spec.all, 0);
	assert_null(spec.command);
	assert_null(spec.hostname);
	assert_int_equal(spec.map_user, ID_NOT_GIVEN);
	assert_int_equal(spec.map_group, ID_NOT_GIVEN);
	assert_int_equal(spec.map_mode, MAP_ROOT);
	assert_int_equal(spec.setgroups, SETGROUPS_DEFAULT);
	assert_int_equal(spec.propagation, PROPAGATION_PRIVATE);
	assert_int_equal(spec.explain, EXPLAIN_NOT);
	assert_int_equal(spec.question, ASK_NOTHING);
}

static void test_bundle(void **state)
{
	struct spec spec = PARSE("-uin", "x");

	(void)state;
	assert_int_equal(spec.kinds, KIND_BIT(KIND_UTS) | KIND_BIT(KIND_IPC) | KIND_BIT(KIND_NET));
	assert_string_equal(spec.command[0], "x");
	spec = PARSE("-uw/tmp", "x");
	assert_int_equal(spec.kinds, KIND_BIT(KIND_UTS));
	assert_string_equal(spec.directory, "/tmp");
	/* the letters behind w are its value */
	spec = PARSE("-wuin", "x");
	assert_int_equal(spec.kinds, 0);
	assert_string_equal(spec.directory, "uin");
	spec = PARSE("-muinpUCT", "x");
	assert_int_equal(spec.kinds, KIND_ALL);
}

static void test_values(void **state)
{
	struct spec spec = PARSE("--hostname=a=b", "--domainname", "--", "-w", "-w", "x");

	(void)state;
	assert_string_equal(spec.hostname, "a=b");
	assert_string_equal(spec.domainname, "--");
	assert_string_equal(spec.directory, "-w");
	assert_string_equal(spec.command[0], "x");
	spec = PARSE("--hostname=", "--domainname", "", "x");
	assert_string_equal(spec.hostname, "");
	assert_string_equal(spec.domainname, "");
	spec = PARSE("--hostname", "\377\303(", "x");
	assert_string_equal(spec.hostname, "\377\303(");
	/* the longest that the kernel takes */
	spec = PARSE("--hostname",
		"1234567890123456789012345678901234567890123456789012345678901234");
	assert_int_equal(strlen(spec.hostname), 64);
}

static void test_clocks(void **state)
{
	static const struct {
		char *text;
		bool absolute;
		int64_t nanoseconds;
	} cases[] = {
		{"0", false, 0},
		{"5", false, 5000000000},
		{"+250ms", false, 250000000},
		{"-2.5h", false, -9000000000000},
		{"1.5m", false, 90000000000},
		{"0.000000001", false, 1},
		{"0.000000001ms", false, 0},
		{"0.000000001d", false, 86400},
		{"=1d", true, 86400000000000},
		{"=0", true, 0},
		{"=-1", true, -1000000000},
		{"0000000000000000000000000000009s", false, 9000000000},
		{"9223372036.854775807", false, INT64_MAX},
		{"-106751d", false, -106751 * INT64_C(86400000000000)},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct spec spec = PARSE("--boottime", cases[i].text, "x");
		const struct clock_wish *wish = &spec.clocks[CLOCK_OF_BOOTTIME];

		assert_string_equal(wish->text, cases[i].text);
		assert_int_equal(wish->absolute, cases[i].absolute);
		assert_int_equal(wish->nanoseconds, cases[i].nanoseconds);
		assert_int_equal(spec.kinds, KIND_BIT(KIND_TIME));
		assert_null(spec.clocks[CLOCK_OF_MONOTONIC].text);
	}
}

static void test_ids(void **state)
{
	struct spec spec = PARSE("--map-user", "0", "--map-group=4294967294", "x");

	(void)state;
	assert_int_equal(spec.map_user, 0);
	assert_int_equal(spec.map_group, 4294967294);
	spec = PARSE("--map-user", "0000000000000000000000000007", "x");
	assert_int_equal(spec.map_user, 7);
}

static void test_ranges(void **state)
{
	struct spec spec = PARSE("--map-users", "0:0:4294967295", "x");

	(void)state;
	assert_int_equal(spec.map_users.count, 1);
	assert_int_equal(spec.map_users.ranges[0].count, UINT32_MAX);
	assert_int_equal(spec.kinds, KIND_BIT(KIND_USER));
	options_free(&spec);
	spec = PARSE("--map-groups=7:4294967294:1", "--map-users=0:01000:1", "--map-users", "1:5:6",
		"x");
	assert_int_equal(spec.map_users.count, 2);
	assert_int_equal(spec.map_users.ranges[0].outside, 1000);
	assert_int_equal(spec.map_users.ranges[1].inside, 1);
	assert_int_equal(spec.map_users.ranges[1].outside, 5);
	assert_int_equal(spec.map_users.ranges[1].count, 6);
	assert_int_equal(spec.map_groups.count, 1);
	assert_int_equal(spec.map_groups.ranges[0].outside, 4294967294);
	options_free(&spec);
	assert_null(spec.map_users.ranges);
	/* as many as the kernel takes, and one more */
	{
		char values[ID_RANGES_MAX + 1][40], *argv[ID_RANGES_MAX + 3] = {(char *)"nsrun"};
		struct error error = {.step = ERROR_NONE, .object = ""};

		for (int i = 0; i <= ID_RANGES_MAX; i++) {
			snprintf(values[i], sizeof values[i], "--map-users=%d:%d:1", i, i);
			argv[i + 1] = values[i];
		}
		assert_int_equal(made_up_parse(argv, &spec, &error), -1);
		assert_string_equal(error.object,
			"--map-users: \"340:340:1\": the kernel takes no more than 340 ranges");
		options_free(&spec);
		argv[ID_RANGES_MAX + 1] = NULL;
		assert_int_equal(made_up_parse(argv, &spec, &error), 0);
		assert_int_equal(spec.map_users.count, ID_RANGES_MAX);
		options_free(&spec);
	}
}

static void test_credentials(void **state)
{
	struct spec spec = PARSE("-S0", "-G", "5", "--groups", "6,7,4294967294", "x");

	(void)state;
	assert_int_equal(spec.setuid, 0);
	assert_int_equal(spec.setgid, 5);
	assert_int_equal(spec.groups.count, 3);
	assert_int_equal(spec.groups.ids[0], 6);
	assert_int_equal(spec.groups.ids[2], 4294967294);
	/* nobody's privilege is implied */
	assert_int_equal(spec.kinds, 0);
	options_free(&spec);
	spec = PARSE("--groups", "6,7", "--groups", "8", "--keep-caps", "--disable-userns", "x");
	assert_int_equal(spec.groups.count, 1);
	assert_int_equal(spec.groups.ids[0], 8);
	assert_int_equal(spec.setuid, ID_NOT_GIVEN);
	assert_int_equal(spec.setgid, ID_NOT_GIVEN);
	assert_int_equal(spec.keep_caps + spec.disable_userns, 2);
	assert_int_equal(spec.kinds, KIND_BIT(KIND_USER));
	assert_string_equal(spec.asked_by[KIND_USER], "disable-userns");
	options_free(&spec);
	/* unshare(1) means the same by the two */
	spec = PARSE("--map-auto", "-r", "x");
	assert_int_equal(spec.map_auto, 1);
}

/* Behind the first word that is no option nothing is read. */
static void test_end(void **state)
{
	struct spec spec = PARSE("-u", "id", "-n", "--pid", "--", "--nonsense");

	(void)state;
	assert_int_equal(spec.kinds, KIND_BIT(KIND_UTS));
	assert_string_equal(spec.command[0], "id");
	assert_string_equal(spec.command[4], "--nonsense");
	assert_null(spec.command[5]);
	spec = PARSE("-u", "--", "-n", "--");
	assert_string_equal(spec.command[0], "-n");
	assert_string_equal(spec.command[1], "--");
	spec = PARSE("--", "--", "x");
	assert_string_equal(spec.command[0], "--");
	/* a dash alone, and an empty word, are no options */
	spec = PARSE("-u", "-", "-n");
	assert_string_equal(spec.command[0], "-");
	spec = PARSE("", "-n");
	assert_string_equal(spec.command[0], "");
	assert_int_equal(spec.kinds, 0);
}

static void test_last_counts(void **state)
{
	struct spec spec = PARSE("--hostname", "one", "--hostname", "two", "x");

	(void)state;
	assert_string_equal(spec.hostname, "two");
	spec = PARSE("--map-user=1", "--map-user=2", "-w/a", "--chdir=/b", "--propagation=slave",
		"--propagation", "shared", "x");
	assert_int_equal(spec.map_user, 2);
	assert_string_equal(spec.directory, "/b");
	assert_int_equal(spec.propagation, PROPAGATION_SHARED);
	spec = PARSE("--explain=json", "--explain", "x");
	assert_int_equal(spec.explain, EXPLAIN_TEXT);
	spec = PARSE("--help=all", "--help=files");
	assert_string_equal(spec.help_topic, "files");
	spec = PARSE("--help=all", "--help");
	assert_null(spec.help_topic);
	spec = PARSE("--setgroups", "allow", "--setgroups", "deny", "x");
	assert_int_equal(spec.setgroups, SETGROUPS_DENY);
	spec = PARSE("-u", "--uts", "-uuu", "x");
	assert_int_equal(spec.kinds, KIND_BIT(KIND_UTS));
}

static void test_choices(void **state)
{
	static char *const propagations[] = {"private", "slave", "shared", "unchanged"};
	static char *const shells[] = {"bash", "zsh", "fish"};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(PARSE("--propagation", propagations[i], "x").propagation, i);
	for (int i = 0; i < 3; i++)
		assert_int_equal(PARSE("--completion", shells[i]).completion, i);
	assert_int_equal(PARSE("--setgroups=allow", "x").setgroups, SETGROUPS_ALLOW);
	assert_int_equal(PARSE("--setgroups=deny", "x").setgroups, SETGROUPS_DENY);
	assert_int_equal(PARSE("--explain", "x").explain, EXPLAIN_TEXT);
	assert_int_equal(PARSE("--explain=text", "x").explain, EXPLAIN_TEXT);
	assert_int_equal(PARSE("--explain=json", "x").explain, EXPLAIN_JSON);
	assert_int_equal(PARSE("--explain=c", "x").explain, EXPLAIN_C);
}

/* An optional value is only what stands behind =. */
static void test_optional(void **state)
{
	struct spec spec = PARSE("--explain", "json");

	(void)state;
	assert_int_equal(spec.explain, EXPLAIN_TEXT);
	assert_string_equal(spec.command[0], "json");
}

static void test_questions(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help").question, ASK_HELP);
	assert_int_equal(PARSE("-h").question, ASK_HELP);
	assert_null(PARSE("-h").help_topic);
	assert_string_equal(PARSE("--help=all").help_topic, "all");
	assert_int_equal(PARSE("--version").question, ASK_VERSION);
	assert_int_equal(PARSE("-V").question, ASK_VERSION);
	assert_int_equal(PARSE("--dump-options").question, ASK_DUMP_OPTIONS);
	assert_int_equal(PARSE("--completion=zsh").question, ASK_COMPLETION);
	assert_int_equal(PARSE("-h", "-h").question, ASK_HELP);
}

static void test_subjects(void **state)
{
	struct spec spec = PARSE("--inspect", "4194304", "--json");

	(void)state;
	assert_int_equal(spec.question, ASK_INSPECT);
	assert_int_equal(spec.subject, 4194304);
	assert_int_equal(spec.json, 1);
	spec = PARSE("--inspect=self");
	assert_int_equal(spec.subject, 0);
	assert_int_equal(spec.json, 0);
	assert_int_equal(PARSE("--inspect", "3", "--inspect", "007").subject, 7);
	spec = PARSE("--json", "--limits");
	assert_int_equal(spec.question, ASK_LIMITS);
	assert_int_equal(spec.subject, 0);
	assert_int_equal(PARSE("--limits=2147483647").subject, 2147483647);
	assert_int_equal(PARSE("--limits=self").subject, 0);
}

/* --check is alone where nothing says what to try; the launch under test says nothing of that. */
static void test_alone(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--check").question, ASK_CHECK);
	assert_true(PARSE("--check").alone);
	assert_true(PARSE("--copy", "--check").alone);
	assert_true(PARSE("--check", "-f").alone);
	assert_false(PARSE("--check", "-a").alone);
	assert_false(PARSE("-u", "--check").alone);
	assert_false(PARSE("--check", "-r").alone);
	assert_false(PARSE("--check", "--mount-proc").alone);
	assert_false(PARSE("--check", "-w", "/").alone);
	assert_int_equal(PARSE("--check", "-up").kinds, KIND_BIT(KIND_UTS) | KIND_BIT(KIND_PID));
}

/* What implies a kind is known as the one that asked; the first counts, as do the real names. */
static void test_implied(void **state)
{
	static const struct {
		const char *option, *value;
		enum kind kind;
	} cases[] = {
		{"--hostname", "x", KIND_UTS},
		{"--domainname", "x", KIND_UTS},
		{"--map-user", "1", KIND_USER},
		{"--map-group", "1", KIND_USER},
		{"--setgroups", "deny", KIND_USER},
		{"--propagation", "slave", KIND_MNT},
	};
	struct spec spec;

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		spec = PARSE((char *)cases[i].option, (char *)cases[i].value, "x");
		assert_int_equal(spec.kinds, KIND_BIT(cases[i].kind));
		assert_string_equal(spec.asked_by[cases[i].kind], cases[i].option + 2);
	}
	spec = PARSE("--map-self", "x");
	assert_string_equal(spec.asked_by[KIND_USER], "map-self");
	spec = PARSE("--hostname", "a", "-u", "x");
	assert_string_equal(spec.asked_by[KIND_UTS], "hostname");
	spec = PARSE("-u", "--hostname", "a", "x");
	assert_string_equal(spec.asked_by[KIND_UTS], "uts");
	spec = PARSE("--unshare-uts", "x");
	assert_string_equal(spec.asked_by[KIND_UTS], "uts");
}

static void test_share(void **state)
{
	struct spec spec = PARSE("--share", "net,mount", "--all", "x");

	(void)state;
	assert_int_equal(spec.left_out, KIND_BIT(KIND_NET) | KIND_BIT(KIND_MNT));
	assert_int_equal(PARSE("-a", "--share=user", "x").left_out, KIND_BIT(KIND_USER));
	assert_int_equal(PARSE("-a", "--share=uts,uts", "x").left_out, KIND_BIT(KIND_UTS));
	assert_int_equal(PARSE("-a", "--no-fork", "--share=pid", "x").no_fork, 1);
}

/* The words of unshare(1), nsenter(1) and bwrap(1). */
static void test_aliases(void **state)
{
	struct spec spec = PARSE("-c", "x");

	(void)state;
	assert_int_equal(spec.map_mode, MAP_SELF);
	assert_int_equal(spec.kinds, KIND_BIT(KIND_USER));
	spec = PARSE("--map-current-user", "x");
	assert_int_equal(spec.map_mode, MAP_SELF);
	assert_int_equal(PARSE("--uid", "3", "x").map_user, 3);
	assert_int_equal(PARSE("--gid", "3", "x").map_group, 3);
	spec = PARSE("-r", "x");
	assert_int_equal(spec.map_mode, MAP_ROOT);
	assert_int_equal(spec.kinds, KIND_BIT(KIND_USER));
	spec = PARSE("-fp", "--mount-proc", "x");
	assert_int_equal(spec.fork, 1);
	assert_int_equal(spec.proc, 1);
	assert_int_equal(spec.kinds, KIND_BIT(KIND_PID) | KIND_BIT(KIND_MNT));
	assert_string_equal(PARSE("--wd", "/x", "x").directory, "/x");
	assert_string_equal(PARSE("--wd=/x", "x").directory, "/x");
	assert_int_equal(PARSE("--unshare-all", "--share", "net", "x").all, 1);
	spec = PARSE("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net",
		"--unshare-uts", "--unshare-cgroup", "x");
	assert_int_equal(spec.kinds, KIND_ALL & ~KIND_BIT(KIND_MNT) & ~KIND_BIT(KIND_TIME));
}

/* Modifiers are in use where --all takes the kind. */
static void test_modifiers(void **state)
{
	struct spec spec = PARSE("--no-hostname", "--no-loopback", "--no-proc", "-a", "x");

	(void)state;
	assert_int_equal(spec.no_hostname + spec.no_loopback + spec.no_proc, 3);
	spec = PARSE("--no-loopback", "-n", "x");
	assert_int_equal(spec.no_loopback, 1);
	spec = PARSE("--no-hostname", "--domainname", "x", "x");
	assert_int_equal(spec.no_hostname, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_last_counts),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_implied),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_modifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
