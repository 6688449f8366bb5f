/* Completion scripts: every visible option, no hidden one, and the words of those that choose. */
#include "made_up.h"

#include <ctype.h>

static char *script(enum shell shell)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	options_completion(out, shell);
	fclose(out);
	return text;
}

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* Whether `word` stands in `text` right behind `before`, and neither is part of a longer word. */
static bool has_word(const char *text, const char *before, const char *word)
{
	char both[80];
	size_t length = (size_t)snprintf(both, sizeof both, "%s%s", before, word);

	for (size_t i = 0; text[i]; i++)
		if (!strncmp(text + i, both, length) && !is_part(text[i + length]) &&
			(i == 0 || !is_part(text[i - 1])))
			return true;
	return false;
}

static void test_options(void **state)
{
	static const char *const before[] =
		{[SHELL_BASH] = "--", [SHELL_ZSH] = "--", [SHELL_FISH] = "-l "};

	(void)state;
	for (enum shell shell = SHELL_BASH; shell <= SHELL_FISH; shell++) {
		char *text = script(shell);

		for (int i = 0; i < options_count; i++) {
			bool visible = !(options[i].flags & OPTION_HIDDEN);

			if (has_word(text, before[shell], options[i].name) != visible)
				fail_msg("--%s in script %d", options[i].name, (int)shell);
		}
		free(text);
	}
}

static void test_letters(void **state)
{
	char *zsh = script(SHELL_ZSH), *fish = script(SHELL_FISH);

	(void)state;
	for (int i = 0; i < options_count; i++) {
		char word[80];

		if (!options[i].letter)
			continue;
		snprintf(word, sizeof word, "{-%c,--%s}", options[i].letter, options[i].name);
		assert_int_equal(strstr(zsh, word) != NULL, !(options[i].flags & OPTION_HIDDEN));
		snprintf(word, sizeof word, "-l %s -s %c ", options[i].name, options[i].letter);
		assert_int_equal(strstr(fish, word) != NULL, !(options[i].flags & OPTION_HIDDEN));
	}
	free(zsh);
	free(fish);
}

static void test_choices(void **state)
{
	(void)state;
	for (enum shell shell = SHELL_BASH; shell <= SHELL_FISH; shell++) {
		char *text = script(shell);

		assert_non_null(strstr(text, "private slave shared unchanged"));
		assert_non_null(strstr(text, "allow deny"));
		assert_non_null(strstr(text, "bash zsh fish"));
		assert_non_null(strstr(text, "mnt uts ipc net pid user cgroup"));
		free(text);
	}
}

/* fish quotes by '...': every line has an even number of quotes that are not escaped. */
static void test_quotes(void **state)
{
	char *text = script(SHELL_FISH);
	int quotes = 0;

	(void)state;
	for (const char *c = text; *c; c++) {
		if (*c == '\\')
			c++;
		else if (*c == '\'')
			quotes++;
		else if (*c == '\n')
			assert_int_equal(quotes % 2, 0);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
