/* The option table makes sense in itself, and nearest() finds what was meant. */
#include "made_up.h"

#include <ctype.h>

static bool is_listed(const char *list, const char *word, const char *separators)
{
	size_t length = strlen(word);

	while (*list) {
		size_t next = strcspn(list, separators);

		if (next == length && !strncmp(list, word, length))
			return true;
		list += next + strspn(list + next, separators);
	}
	return false;
}

static void test_names(void **state)
{
	(void)state;
	assert_in_range(options_count, 20, 159);
	for (int i = 0; i < options_count; i++) {
		const char *name = options[i].name;

		assert_true(islower((unsigned char)name[0]));
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		/* the longest that the error's sentence and the edit distance have room for */
		assert_in_range(strlen(name), 2, 30);
		assert_ptr_equal(options_find(name, strlen(name)), &options[i]);
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(name, options[j].name);
			if (options[i].letter)
				assert_int_not_equal(options[i].letter, options[j].letter);
		}
		if (options[i].letter)
			assert_true(isalpha((unsigned char)options[i].letter));
	}
}

static void test_aliases(void **state)
{
	int aliases = 0;

	(void)state;
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = options_resolve(&options[i]);

		if (!options[i].alias) {
			assert_ptr_equal(row, &options[i]);
			continue;
		}
		aliases++;
		assert_non_null(row);
		assert_null(row->alias);
		assert_true(options[i].flags & OPTION_HIDDEN);
		assert_null(options[i].help);
	}
	assert_in_range(aliases, 5, options_count);
}

static void test_contradictions(void **state)
{
	int pairs = 0;

	(void)state;
	for (int i = 0; i < options_count; i++) {
		const char *rest = options[i].contradicts;

		while (rest && *rest) {
			size_t length = strcspn(rest, " ");
			const struct option_row *other = options_find(rest, length);

			assert_non_null(other);
			assert_ptr_not_equal(other, &options[i]);
			/* one row of a pair says it */
			if (other->contradicts)
				assert_false(is_listed(other->contradicts, options[i].name, " "));
			pairs++;
			rest += length + (rest[length] == ' ');
		}
	}
	assert_in_range(pairs, 5, 1000);
}

/* The options of which one must be given are there, and are themselves. */
static void test_company(void **state)
{
	int rows = 0;

	(void)state;
	for (int i = 0; i < options_count; i++) {
		const char *rest = options[i].with;

		rows += rest != NULL;
		while (rest && *rest) {
			size_t length = strcspn(rest, " ");
			const struct option_row *other = options_find(rest, length);

			assert_non_null(other);
			assert_ptr_not_equal(other, &options[i]);
			assert_null(other->alias);
			rest += length + (rest[length] == ' ');
		}
	}
	assert_in_range(rows, 1, 100);
}

static void test_helps(void **state)
{
	(void)state;
	for (int i = 0; i < options_count; i++) {
		const char *help = options[i].help;

		if (options[i].alias)
			continue;
		assert_non_null(help);
		assert_in_range(strlen(help), 5, 120);
		assert_null(strchr(help, '\n'));
		assert_null(strchr(help, '\t'));
		assert_int_not_equal(help[strlen(help) - 1], '.');
	}
}

static bool wants_value(enum option_type type)
{
	return type != TYPE_FLAG && type != TYPE_KIND && type != TYPE_QUESTION &&
	       type != TYPE_WORDLESS;
}

static void test_types(void **state)
{
	(void)state;
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = &options[i];

		if (row->alias)
			continue;
		assert_in_range(row->type, 0, TYPE_COUNT - 1);
		assert_in_range(row->group, 0, GROUP_COUNT - 1);
		assert_int_equal(row->argument != NULL, wants_value(row->type));
		assert_int_equal(row->choices != NULL,
			row->type == TYPE_CHOICE || row->type == TYPE_TOPIC);
		if (row->flags & OPTION_OPTIONAL)
			assert_true(row->type == TYPE_CHOICE || row->type == TYPE_TOPIC ||
				    row->type == TYPE_PROCESS);
		assert_true(row->field < sizeof(struct spec));
		assert_true(strlen(row->name) <= OPTIONS_NAME_MAX);
		if (row->type == TYPE_KIND)
			assert_in_range(row->number, 0, KIND_COUNT - 1);
		assert_int_equal(row->question != ASK_NOTHING, (row->flags & OPTION_QUESTION) != 0);
		assert_int_equal(row->implies & ~MADE_UP_KINDS, 0);
		assert_int_equal(row->modifies & ~MADE_UP_KINDS, 0);
	}
}

/* The options of the kinds have the kinds' own names, and --all takes each of them. */
static void test_kinds(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (int i = 0; i < options_count; i++) {
		if (options[i].alias || options[i].type != TYPE_KIND)
			continue;
		assert_int_equal(namespaces_find(options[i].name, strlen(options[i].name)),
			options[i].number);
		assert_int_equal(options[i].group, GROUP_NAMESPACES);
		seen |= KIND_BIT(options[i].number);
	}
	assert_int_equal(seen, KIND_ALL);
}

/* --help takes exactly the groups, and all. */
static void test_help_topics(void **state)
{
	const struct option_row *help = options_find("help", 4);
	size_t length = strlen("all");

	(void)state;
	assert_true(is_listed(help->choices, "all", "|"));
	for (int i = 0; i < GROUP_COUNT; i++) {
		assert_true(is_listed(help->choices, options_groups[i], "|"));
		length += 1 + strlen(options_groups[i]);
	}
	assert_int_equal(strlen(help->choices), length);
}

/* unshare(1) and nsenter(1): their letters mean the same here. */
static void test_letters(void **state)
{
	static const struct {
		char letter;
		const char *name;
	} known[] = {{'m', "mount"}, {'u', "uts"}, {'i', "ipc"}, {'n', "net"}, {'p', "pid"},
		{'U', "user"}, {'C', "cgroup"}, {'a', "all"}, {'f', "fork"}, {'r', "map-root-user"},
		{'c', "map-current-user"}, {'w', "chdir"}, {'h', "help"}, {'V', "version"}};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(known); i++)
		assert_int_equal(options_find(known[i].name, strlen(known[i].name))->letter,
			known[i].letter);
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(options_find("uts=3", 3)->name, "uts");
	assert_null(options_find("ut", 2));
	assert_null(options_find("utsx", 4));
	assert_null(options_find("", 0));
	assert_null(options_find("UTS", 3));
}

static void test_nearest(void **state)
{
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{"hostnam", "hostname"},
		{"hotsname", "hostname"},
		{"host-name", "hostname"},
		{"HOSTNAME", NULL},
		{"utz", "uts"},
		{"nett", "net"},
		{"propogation", "propagation"},
		{"no-prc", "no-proc"},
		{"explian", "explain"},
		{"dump", "dump-options"},
		{"version", "version"},
		{"zzzzzzzz", NULL},
		{"", NULL},
		/* the hidden ones are not shown */
		{"map-root-use", NULL},
		{"forc", NULL},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		const char *nearest = options_nearest(cases[i].word, strlen(cases[i].word));

		if (!cases[i].nearest && !nearest)
			continue;
		assert_string_equal(nearest ? nearest : cases[i].word,
			cases[i].nearest ? cases[i].nearest : "nothing is near");
	}
}

/* A word of any length is taken; only its `length` bytes count. */
static void test_nearest_bounds(void **state)
{
	char word[5000];

	(void)state;
	memset(word, 'e', sizeof word);
	for (size_t length = 0; length <= sizeof word; length += length < 70 ? 1 : 1000)
		options_nearest(word, length);
	assert_string_equal(options_nearest("uts=hostname", 3), "uts");
	assert_null(options_nearest(word, sizeof word));
}

/* Whatever is proposed is no alias and not hidden: a message names only what people can look up. */
static void test_nearest_is_shown(void **state)
{
	(void)state;
	for (int i = 0; i < options_count; i++) {
		const char *name = options[i].name;
		const char *nearest = options_nearest(name, strlen(name));

		if (nearest)
			assert_false(options_find(nearest, strlen(nearest))->flags & OPTION_HIDDEN);
		if (!(options[i].flags & OPTION_HIDDEN))
			assert_string_equal(nearest, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_company),
		cmocka_unit_test(test_helps),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_help_topics),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_bounds),
		cmocka_unit_test(test_nearest_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
