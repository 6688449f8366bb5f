/* --explain: its head, its remarks, its lines; and JSON that every reader takes. */
#include "made_up.h"

#include <ctype.h>

#include "explain.h"
#include "plan.h"

/* The explanation of a line, in memory that the caller frees. */
static char *explained(const char *line, const struct facts *facts, bool json)
{
	char words[400], *argv[20], *text = NULL;
	struct error error;
	struct spec spec;
	struct plan plan;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	if (made_up_parse(argv, &spec, &error) < 0 || plan_build(&spec, facts, &plan, &error) < 0)
		fail_msg("%s: %s", line, error.object);
	if (json)
		explain_json(out, &plan, facts);
	else
		explain_text(out, &spec, &plan, facts);
	plan_free(&plan);
	fclose(out);
	return text;
}

static void assert_says(const char *line, const struct facts *facts, const char *what, bool says)
{
	char *text = explained(line, facts, false);

	if ((strstr(text, what) != NULL) != says)
		fail_msg("nsrun %s: \"%s\" %s", line, what, says ? "is missing" : "is said");
	free(text);
}

static void test_head(void **state)
{
	struct facts root = made_up_root(), user = made_up_user();

	(void)state;
	assert_says("-u id", &root,
		"As root on Linux 6.18: 2 processes, 6 steps, memory shared until the exec.\n"
		"New: uts.  Still the host's: mnt ipc net pid user cgroup time.\n",
		true);
	assert_says("-u --copy id", &user,
		"As uid 1000 on Linux 6.18: 2 processes, 6 steps, memory copied.\n", true);
	assert_says("--no-fork id", &root,
		"As root on Linux 6.18: 1 process, 1 step.\n"
		"New: nothing.  Still the host's: mnt uts ipc net pid user cgroup time.\n",
		true);
	snprintf(root.release, sizeof root.release, "7.0-rc1");
	assert_says("id", &root, "As root on Linux 7.0: ", true);
	snprintf(root.release, sizeof root.release, "7");
	assert_says("id", &root, "As root on Linux 7: ", true);
}

/* What an option takes besides is said; what it takes by its name is not. */
static void test_remarks(void **state)
{
	struct facts root = made_up_root(), user = made_up_user();

	(void)state;
	assert_says("--hostname h id", &root, "\n--hostname takes a new uts namespace.\n", true);
	assert_says("-u --hostname h id", &root, "takes a new", false);
	assert_says("--unshare-uts id", &root, "takes a new", false);
	assert_says("-c id", &root, "\n--map-self takes a new user namespace.\n", true);
	assert_says("-p id", &root, "\n--pid takes a new mnt namespace for its own /proc.\n", true);
	assert_says("-p -m id", &root, "takes a new mnt", false);
	assert_says("-p --no-proc id", &root, "takes a new mnt", false);
	assert_says("-a --share mnt id", &root,
		"\n--share mnt leaves /proc as it is, which shows the host's processes.\n", true);
	assert_says("-a --share mnt,pid id", &root, "leaves /proc", false);
	assert_says("-a id", &root,
		"\n--all takes no user namespace: the caller has CAP_SYS_ADMIN.\n", true);
	assert_says("-a id", &user, "--all takes no user", false);
	assert_says("-a -U id", &root, "--all takes no user", false);
	assert_says("-a --share user id", &root, "--all takes no user", false);
}

static void test_pid1(void **state)
{
	struct facts root = made_up_root();

	(void)state;
	assert_says("-p id", &root, "It is PID 1", true);
	assert_says("-u id", &root, "PID 1", false);
}

/* Names are bytes: what is no text is shown escaped, and a long word sticks out alone. */
static void test_odd_names(void **state)
{
	struct facts root = made_up_root();

	(void)state;
	assert_says("--hostname \033\377\n id", &root, "sethostname(\"\\033\\377\\n\", 3)\n", true);
	assert_says("-w /0123456789012345678901234567890123456789012345678901234567890123456789 id",
		&root,
		"chdir           chdir(\"/"
		"0123456789012345678901234567890123456789012345678901234567890123456789\")\n",
		true);
}

/* Reads one JSON value at `s`: behind it, or NULL if there is none (RFC 8259). */
static const char *read_value(const char *s);

static const char *past_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

static const char *read_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < 0x20)
			return NULL;
		if (*s != '\\')
			continue;
		s++;
		if (*s == 'u') {
			for (int i = 0; i < 4; i++)
				if (!isxdigit((unsigned char)*++s))
					return NULL;
		} else if (!*s || !strchr("\"\\/bfnrt", *s)) {
			return NULL;
		}
	}
	return s + 1;
}

static const char *read_list(const char *s, char end, bool named)
{
	s = past_blanks(s + 1);
	if (*s == end)
		return s + 1;
	for (;;) {
		if (named) {
			s = read_string(past_blanks(s));
			if (!s || *(s = past_blanks(s)) != ':')
				return NULL;
			s++;
		}
		s = read_value(s);
		if (!s)
			return NULL;
		s = past_blanks(s);
		if (*s == end)
			return s + 1;
		if (*s++ != ',')
			return NULL;
	}
}

static const char *read_value(const char *s)
{
	static const char *const words[] = {"true", "false", "null"};

	s = past_blanks(s);
	if (*s == '{')
		return read_list(s, '}', true);
	if (*s == '[')
		return read_list(s, ']', false);
	if (*s == '"')
		return read_string(s);
	for (int i = 0; i < 3; i++)
		if (!strncmp(s, words[i], strlen(words[i])))
			return s + strlen(words[i]);
	return isdigit((unsigned char)*s) ? s + strspn(s, "0123456789") : NULL;
}

static void test_json(void **state)
{
	static const char *const lines[] = {"id", "-a id", "-Up --propagation shared -w /x id a b",
		"--no-fork id", "--setgroups allow id",
		"--hostname \"\\\n\001\377\302\205 id '' \"", "-p"};
	struct facts facts = made_up_root();

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(lines); i++) {
		char *text = explained(lines[i], &facts, true);
		const char *end = read_value(text);

		assert_int_equal(text[0], '{');
		assert_non_null(end);
		assert_string_equal(end, "\n");
		free(text);
	}
	/* the reader itself refuses what is no JSON */
	assert_null(read_value("{\"a\": \"\\x\"}"));
	assert_null(read_value("{\"a\": [1, ]}"));
	assert_null(read_value("{\"a\" 1}"));
	assert_null(read_value("\"\n\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_pid1),
		cmocka_unit_test(test_odd_names),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
