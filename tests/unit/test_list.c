/* --list: a made-up survey, its order and choice, and the four forms, kept as golden files. */
#include "golden.h"

#include "idtable.h"
#include "list_forms.h"
#include "survey.h"

enum { HOST = 100, BOX = 900, INNER = 950, LOST = 990 };

static void add(struct survey *survey, enum kind kind, uint64_t id, uint64_t owner, int processes,
	pid_t pid, const char *command)
{
	struct survey_namespace *namespace =
		survey_add(survey, kind, id, processes ? SOURCE_PROCESS : SOURCE_OWNER);

	assert_non_null(namespace);
	namespace->owner = owner;
	namespace->processes = processes;
	namespace->pid = pid;
	namespace->command = command;
	namespace->uid = !processes ? -1 : pid < 500 ? 0 : 1000;
	namespace->user = !processes ? NULL : pid < 500 ? "root" : "anna";
	namespace->mine = owner == HOST && pid == 1;
	if (kind == KIND_USER) {
		namespace->parent = owner;
		namespace->owner_uid = owner ? 1000 : 0;
	}
}

static void hold(struct survey *survey, enum kind kind, uint64_t id, enum survey_source source)
{
	struct survey_namespace *namespace = survey_add(survey, kind, id, source);

	namespace->owner = HOST;
	namespace->holder = source == SOURCE_MOUNT || source > SOURCE_SOCKET ? 0 : 41;
	namespace->holds = source;
	namespace->descriptor = source == SOURCE_DESCRIPTOR || source == SOURCE_SOCKET ? 7 : -1;
}

/* A host, a container of an ordinary user in it, one within that, and namespaces that have no process;
 * added in no order. */
static struct survey made_up_survey(void)
{
	struct survey survey = {.processes = 130, .refused = 3, .sockets = 9, .sockets_read = 7};

	add(&survey, KIND_PID, 205, BOX, 3, 702, "sh -c \"echo \\\n\xff\"");
	add(&survey, KIND_USER, BOX, HOST, 2, 701, "bwrap --unshare-all sh");
	add(&survey, KIND_NET, 204, BOX, 3, 702, "caf\xc3\xa9 \xe6\xbc\xa2 \033[31m");
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (kind != KIND_USER)
			add(&survey, (enum kind)kind, UINT64_C(101) + (unsigned)kind, HOST, 120, 1,
				"/sbin/init");
	add(&survey, KIND_USER, HOST, 0, 120, 1, "/sbin/init");
	add(&survey, KIND_PID, 305, INNER, 1, 801, NULL);
	add(&survey, KIND_USER, INNER, BOX, 0, 0, NULL);
	add(&survey, KIND_UTS, 402, LOST, 1, 901, "[kworker/0:1]");
	add(&survey, KIND_PID, 115, HOST, 4, 60, "a process in a PID namespace of the host's");
	hold(&survey, KIND_PID, 116, SOURCE_PARENT);
	hold(&survey, KIND_NET, 511, SOURCE_MOUNT);
	hold(&survey, KIND_NET, 512, SOURCE_MOUNT);
	hold(&survey, KIND_NET, 513, SOURCE_SOCKET);
	hold(&survey, KIND_IPC, 514, SOURCE_DESCRIPTOR);
	hold(&survey, KIND_TIME, 515, SOURCE_CHILDREN);
	survey_find(&survey, HOST)->mine = true;
	survey_find(&survey, 205)->parent = 105;
	survey_find(&survey, 305)->parent = 205;
	survey_find(&survey, 115)->parent = 116;
	survey_find(&survey, 116)->parent = 105;
	survey_find(&survey, 511)->path = "/run/netns/blue green";
	survey_find(&survey, 512)->path = "/kept/net";
	survey_find(&survey, 512)->path_of = 42;
	survey_finish(&survey);
	return survey;
}

typedef void form(FILE *, const struct survey *, const struct list_look *);

static void tree(FILE *out, const struct survey *survey, const struct list_look *look)
{
	list_tree(out, survey, look);
}

static void table_form(FILE *out, const struct survey *survey, const struct list_look *look)
{
	(void)look;
	list_table(out, survey);
}

static void json(FILE *out, const struct survey *survey, const struct list_look *look)
{
	(void)look;
	list_json(out, survey);
}

static void dot(FILE *out, const struct survey *survey, const struct list_look *look)
{
	(void)look;
	list_dot(out, survey);
}

/* What is printed of the survey when it is narrowed by the words, one in front of a NULL. */
static char *shown(form *print, struct list_look look, char **words)
{
	struct error error = {.step = ERROR_NONE};
	struct survey survey = made_up_survey();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(survey_choose(&survey, words, &error), 0);
	print(out, &survey, &look);
	fclose(out);
	survey_free(&survey);
	return text;
}

static void check(const char *golden, form *print, struct list_look look)
{
	char *text = shown(print, look, NULL);

	golden_compare(golden, text);
	free(text);
}

static void test_tree(void **state)
{
	(void)state;
	check("list-tree.txt", tree, (struct list_look){.utf8 = true});
	check("list-tree-ascii.txt", tree, (struct list_look){0});
	check("list-tree-cut.txt", tree, (struct list_look){.utf8 = true, .width = 60});
	check("list-tree-colour.txt", tree,
		(struct list_look){.utf8 = true, .colour = true, .width = 9});
}

static void test_ascii(void **state)
{
	char *text = shown(tree, (struct list_look){0}, NULL);

	(void)state;
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	free(text);
}

static void test_table(void **state)
{
	(void)state;
	check("list-table.txt", table_form, (struct list_look){0});
}

static void test_json(void **state)
{
	(void)state;
	check("list.json", json, (struct list_look){0});
}

static void test_dot(void **state)
{
	(void)state;
	check("list.dot", dot, (struct list_look){0});
}

static void test_narrowed(void **state)
{
	char *text = shown(tree, (struct list_look){0}, (char *[]){(char *)"305", NULL});
	int lines = 0;

	(void)state;
	/* With the way that leads there, and nothing else. */
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 5);
	assert_non_null(strstr(text, "\nuser   100"));
	assert_non_null(strstr(text, "\n`-user   900"));
	assert_non_null(strstr(text, "\n  `-user   950"));
	assert_non_null(strstr(text, "\n    `-pid    305"));
	free(text);
	text = shown(table_form, (struct list_look){0},
		(char *[]){(char *)"305", (char *)"mount", (char *)"uts:[402]", NULL});
	lines = 0;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 4);
	assert_non_null(strstr(text, "\n101        mnt    yes"));
	assert_non_null(strstr(text, "\n402        uts    no"));
	assert_non_null(strstr(text, "\n305        pid    no"));
	free(text);
}

static void test_none(void **state)
{
	struct error error = {.step = ERROR_NONE};
	struct survey survey = made_up_survey(), nothing = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(survey_choose(&survey, (char *[]){(char *)"net:[105]", NULL}, &error), -1);
	assert_string_equal(error.object,
		"--list: \"net:[105]\": there is no such namespace to be seen here");
	assert_int_equal(survey_choose(&survey, (char *[]){(char *)"7", NULL}, &error), -1);
	assert_string_equal(error.object,
		"--list: \"7\": there is no such namespace to be seen here");
	survey_finish(&nothing);
	/* A kernel may not have a kind. */
	assert_int_equal(survey_choose(&nothing, (char *[]){(char *)"time", NULL}, &error), 0);
	list_json(out, &nothing);
	fclose(out);
	assert_string_equal(text,
		"{\n  \"namespaces\": [],\n  \"unread_processes\": 0,\n  \"unread_sockets\": 0\n}\n");
	free(text);
	survey_free(&nothing);
	survey_free(&survey);
}

static void test_many(void **state)
{
	struct idtable table = {0};
	struct survey survey = {0};
	struct error error = {.step = ERROR_NONE};

	(void)state;
	for (uint64_t i = 1; i <= 20000; i++) {
		int *value = idtable_take(&table, i << 20);

		assert_non_null(value);
		assert_int_equal(*value, 0);
		*value = (int)i;
	}
	for (uint64_t i = 1; i <= 20000; i++)
		assert_int_equal(*idtable_find(&table, i << 20), i);
	assert_null(idtable_find(&table, 1));
	assert_null(idtable_find(&table, 0));
	idtable_free(&table);
	assert_null(idtable_find(&table, 1));
	/* A chain of user namespaces, each below the one before. */
	for (uint64_t i = 1; i <= 5000; i++)
		add(&survey, KIND_USER, i, i - 1, 1, 600, "x");
	survey_finish(&survey);
	assert_int_equal(survey_choose(&survey, (char *[]){(char *)"5000", NULL}, &error), 0);
	for (int i = 0; i < survey.count; i++)
		assert_true(survey.namespaces[i].shown && survey.namespaces[i].above == i - 1);
	survey_free(&survey);
}

static void test_words(void **state)
{
	static const struct {
		const char *word;
		int kind; /* -2: it is none */
		uint64_t id;
	} words[] = {
		{"net", KIND_NET, 0},
		{"mount", KIND_MNT, 0},
		{"4026531840", -1, 4026531840},
		{"net:[4026531840]", KIND_NET, 4026531840},
		{"net:[]", -2, 0},
		{"net:[12]x", -2, 0},
		{"net:[12", -2, 0},
		{"net:12", -2, 0},
		{"ne:[12]", -2, 0},
		{"0", -2, 0},
		{"-1", -2, 0},
		{"+1", -2, 0},
		{" 1", -2, 0},
		{"1 ", -2, 0},
		{"99999999999999999999", -2, 0},
		{"nets", -2, 0},
		{"", -2, 0},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(words); i++) {
		int kind = -3;
		uint64_t id = 0;
		bool is_one = namespaces_read_word(words[i].word, &kind, &id);

		if (is_one != (words[i].kind != -2) ||
			(is_one && (kind != words[i].kind || id != words[i].id)))
			fail_msg("%s: kind %d, id %llu", words[i].word, kind,
				(unsigned long long)id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_dot),
		cmocka_unit_test(test_narrowed),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
