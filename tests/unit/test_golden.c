/*
 * Plans and their explanations, and the texts of the option table, compared with the files in
 * tests/golden.  NSRUN_UPDATE=1 writes those anew.
 */
#include "golden.h"
#include "made_up.h"

#include "explain.h"
#include "hint.h"
#include "plan.h"

static const struct {
	const char *name;
	struct facts (*facts)(void);
} machines[] = {
	{"root", made_up_root},
	{"user", made_up_user},
	{"without-user", made_up_without_user},
	{"without-time", made_up_without_time},
};

static const char *const lines[] = {
	"id",
	"-u id",
	"--uts --pid -- id",
	"--uts --net --ipc",
	"-m id",
	"-C id",
	"-p",
	"-p --no-proc id",
	"-n --no-loopback id",
	"-U id",
	"-U -u --hostname box --domainname lab id",
	"--hostname '' id",
	"-u --no-hostname id",
	"-c -w /tmp id",
	"--map-user 1 --map-group 2 id",
	"-U --setgroups deny id",
	"--setgroups allow id",
	"--map-users 0:100000:1000 --map-groups 0:100000:1000 id",
	"--map-users 5:1000:1 id",
	"--map-users 0:0:10 --map-users 10:5000:1 --setgroups deny id",
	"--map-groups 0:1000:1 --map-groups 1:100000:2 --setgroups allow -u id",
	"--map-auto id",
	"--map-auto -r -S 1 -G 2 --groups 3,4 --keep-caps -p id",
	"-S 5 id",
	"-S 0 -U id",
	"--groups 4294967294 -G 0 -n id",
	"--keep-caps -c id",
	"--disable-userns id",
	"--map-auto --disable-userns -S1 -p id",
	"--map-users 7:100000:10 --disable-userns -w / id",
	"-a id",
	"-a --share net,user id",
	"-a --share mnt id",
	"--all -U id",
	"-p --propagation slave id",
	"-p --propagation unchanged id",
	"-Up --propagation shared id",
	"-r --mount-proc -p -f id",
	"--no-fork id",
	"--no-fork -uin id",
	"--no-fork -U -m id",
	"--no-fork -a --share pid,time id",
	"-T id",
	"-p --monotonic 1d --boottime -0.5s id",
	"-UT --boottime =1h id",
	"--setgroups allow -T id",
	"-uin --copy id",
	"-u --trace id",
	"--join 4711 id",
	"--join 4711",
	"-j 4711:net -u id",
	"-j 4711 --join-env --join-root --join-cgroup -C id",
	"-j 4711:user,uts -j /run/netns/blue -T --boottime 1d id",
	"-j /saved -p id",
	"-j 4711 -U --map-self -w /tmp id",
	"--save /run/box -uinp id",
	"--save /run/box -aU id",
	"--save /run/box id",
	"--check --save /run/box -u",
	"--save /absent --join /absent -up --hostname box id",
	"--save /saved --join /saved -up --hostname box id",
	"-u id one two three four five six seven eight nine",
};

/* Those that are kept as JSON too. */
static const char *const json_lines[] = {
	"id",
	"--uts --pid -- id",
	"-a id",
	"--setgroups allow id",
	"-j 4711 -u id",
	"--save /run/box -up --no-proc id",
	"--map-auto --disable-userns -S1 --keep-caps id",
	"--no-fork -U -u --hostname b\"o\\x id",
};

/* Those that are kept as C too. */
static const char *const c_lines[] = {
	"--uts --pid -- id",
	"--setgroups allow -T id",
	"-j 4711 --join-env --join-root --join-cgroup -C id",
	"--save /run/box -unp",
	"--no-fork -U -u --hostname b\"o\\x?\303\266*/ id /*",
};

typedef void writer(FILE *, const struct spec *, const struct plan *, const struct facts *);

static const char *const actors[] = {"outside", "between", "inside"};

static void write_plan(FILE *out, const struct spec *spec, const struct plan *plan,
	const struct facts *facts)
{
	(void)spec;
	(void)facts;
	fprintf(out, "%s, new: ", plan->shares_memory ? "shares" : "copies");
	namespaces_list(out, plan->new_kinds, " ");
	putc('\n', out);
	for (int i = 0; i < plan->count; i++)
		fprintf(out, "%2d %-8s%-15s %s\n", i + 1, actors[plan->steps[i].actor],
			plan->steps[i].kind->name, plan->steps[i].why);
}

/* With the obstacle, which goes to standard error. */
static void write_text(FILE *out, const struct spec *spec, const struct plan *plan,
	const struct facts *facts)
{
	char *obstacle = hint_obstacle(plan, facts);

	explain_text(out, spec, plan, facts);
	if (obstacle)
		fprintf(out, "\nhint: %s\n", obstacle);
	free(obstacle);
}

static void write_json(FILE *out, const struct spec *spec, const struct plan *plan,
	const struct facts *facts)
{
	(void)spec;
	explain_json(out, plan, facts);
}

static void write_c(FILE *out, const struct spec *spec, const struct plan *plan,
	const struct facts *facts)
{
	(void)spec;
	explain_c(out, plan, facts);
}

/* One command line on one machine. */
static void write_line(FILE *out, const char *line, struct facts facts, writer *write_it)
{
	char words[200], *argv[20];
	struct error error = {.step = ERROR_NONE};
	struct spec spec;
	struct plan plan;

	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	fprintf(out, "$ nsrun %s\n", line);
	if (made_up_parse(argv, &spec, &error) < 0)
		fail_msg("%s: %s", line, error.object);
	made_up_targets(&spec, &facts);
	if (spec.command && !spec.join_count)
		made_up_command(&facts);
	if (plan_build(&spec, &facts, &plan, &error) < 0) {
		fprintf(out, "nsrun: %s\n\n", error.object);
	} else {
		write_it(out, &spec, &plan, &facts);
		putc('\n', out);
		plan_free(&plan);
	}
	options_free(&spec);
}

/* At most 80 columns, but for a single long word behind the indentation. */
static void assert_width(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n"), indent = strspn(line, " ");
		size_t word = strcspn(line + indent, " |\n");

		if (length > 80 && *line != '$' && strncmp(line, "hint: ", 6) != 0 &&
			strncmp(line, "nsrun: ", 7) != 0 && indent + word < length)
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static void test_plans(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(machines); i++) {
		char *text = NULL, name[64];
		size_t size;
		FILE *out = open_memstream(&text, &size);

		for (size_t j = 0; j < MADE_UP_COUNT(lines); j++)
			write_line(out, lines[j], machines[i].facts(), write_plan);
		fclose(out);
		snprintf(name, sizeof name, "plan-%s.txt", machines[i].name);
		golden_compare(name, text);
		free(text);
	}
}

static void test_explain_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(machines); i++) {
		char *text = NULL, name[64];
		size_t size;
		FILE *out = open_memstream(&text, &size);

		for (size_t j = 0; j < MADE_UP_COUNT(lines); j++)
			write_line(out, lines[j], machines[i].facts(), write_text);
		fclose(out);
		snprintf(name, sizeof name, "explain-%s.txt", machines[i].name);
		golden_compare(name, text);
		assert_width(text);
		free(text);
	}
}

static void test_explain_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = NULL, name[64];
		size_t size;
		FILE *out = open_memstream(&text, &size);

		for (size_t j = 0; j < MADE_UP_COUNT(json_lines); j++)
			write_line(out, json_lines[j], machines[i].facts(), write_json);
		fclose(out);
		snprintf(name, sizeof name, "explain-json-%s.txt", machines[i].name);
		golden_compare(name, text);
		free(text);
	}
}

static void test_explain_c(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (size_t j = 0; j < MADE_UP_COUNT(c_lines); j++)
		write_line(out, c_lines[j], made_up_root(), write_c);
	fclose(out);
	golden_compare("explain-c-root.txt", text);
	free(text);
}

static void test_table(void **state)
{
	static const char *const topics[] = {NULL, "all"};
	static const char *const names[] = {"help.txt", "help-all.txt"};
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(topics); i++) {
		out = open_memstream(&text, &size);
		options_help(out, topics[i]);
		fclose(out);
		golden_compare(names[i], text);
		free(text);
	}
	out = open_memstream(&text, &size);
	options_dump(out);
	fclose(out);
	golden_compare("dump-options.txt", text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_explain_text),
		cmocka_unit_test(test_explain_json),
		cmocka_unit_test(test_explain_c),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
