/* --help and --dump-options hold all of the table, and fit the screen. */
#include "made_up.h"

static char *help(const char *topic)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	options_help(out, topic);
	fclose(out);
	return text;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void assert_width(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		if (length > 80)
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		if (length && line[length - 1] == ' ')
			fail_msg("blanks at the end: %.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

/* The line of an option, "      --name" or "  -n, --name", then a blank, = or [. */
static bool shows(const char *text, const struct option_row *row)
{
	char line[64];
	const char *at;

	if (row->letter)
		snprintf(line, sizeof line, "\n  -%c, --%s", row->letter, row->name);
	else
		snprintf(line, sizeof line, "\n      --%s", row->name);
	at = strstr(text, line);
	return at && strchr(" [\n", at[strlen(line)]);
}

/* The help line, blanks and line ends alike. */
static bool holds_words(const char *text, const char *words)
{
	for (; *text; text++) {
		const char *t = text, *w = words;

		while (*w && (*t == *w || (*w == ' ' && *t == '\n'))) {
			w++;
			t += *t == '\n' ? strspn(t, "\n ") : 1;
		}
		if (!*w)
			return true;
	}
	return false;
}

static void test_plain(void **state)
{
	char *text = help(NULL);

	(void)state;
	assert_in_range(count_lines(text), 10, 24);
	assert_width(text);
	assert_int_equal(strncmp(text, "Usage: nsrun [OPTION...] [--] [COMMAND [ARG...]]\n", 49),
		0);
	for (int i = 0; i < options_count; i++)
		if (options[i].flags & OPTION_COMMON)
			assert_true(shows(text, &options[i]));
	for (int i = 0; i < GROUP_COUNT; i++)
		assert_non_null(strstr(text, options_groups[i]));
	free(text);
}

static void test_all(void **state)
{
	char *text = help("all");

	(void)state;
	assert_width(text);
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = &options[i];
		bool hidden = row->flags & OPTION_HIDDEN;

		assert_int_equal(shows(text, row), !hidden);
		if (hidden)
			continue;
		assert_true(holds_words(text, row->help));
		if (row->argument)
			assert_non_null(strstr(text, row->argument));
	}
	free(text);
}

/* A group's page has its own options and no other's. */
static void test_groups(void **state)
{
	int shown = 0, visible = 0;

	(void)state;
	for (int group = 0; group < GROUP_COUNT; group++) {
		char *text = help(options_groups[group]);

		assert_width(text);
		for (int i = 0; i < options_count; i++) {
			bool own = !(options[i].flags & OPTION_HIDDEN) &&
				   (int)options[i].group == group;

			assert_int_equal(shows(text, &options[i]), own);
			shown += own;
		}
		free(text);
	}
	for (int i = 0; i < options_count; i++)
		visible += !(options[i].flags & OPTION_HIDDEN);
	assert_int_equal(shown, visible);
}

/* One line for each row, and as many fields as the first line names. */
static void test_dump(void **state)
{
	char *text = NULL, *line, *rest;
	size_t size, fields = 0;
	FILE *out = open_memstream(&text, &size);
	int row = -1;

	(void)state;
	options_dump(out);
	fclose(out);
	rest = text;
	for (; (line = strsep(&rest, "\n")) && *line; row++) {
		size_t tabs = 0;

		for (const char *c = line; *c; c++)
			tabs += *c == '\t';
		if (row < 0) {
			assert_int_equal(line[0], '#');
			fields = tabs;
			continue;
		}
		assert_int_equal(tabs, fields);
		assert_int_equal(strncmp(line, options[row].name, strlen(options[row].name)), 0);
		assert_int_equal(line[strlen(options[row].name)], '\t');
	}
	assert_int_equal(row, options_count);
	assert_null(rest && *rest ? rest : NULL);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
