/* --trace: one line for each step, with result and time. */
#include "made_up.h"

#include <errno.h>

#include "launch.h"
#include "ns.h"
#include "process.h"
#include "trace.h"

static void show_exec(const struct step *step, enum text_form form, FILE *out)
{
	(void)form;
	fputs(step->argument, out);
}

static const struct step_kind made_up_exec = {.name = "exec", .text = show_exec};

static struct step steps[] = {
	{&uts_hostname, INSIDE, "h", "with --uts"},
	{&made_up_exec, INSIDE, "execve()", "COMMAND"},
	{&process_supervise, OUTSIDE, NULL, "always"},
};
static const struct plan plan = {
	.steps = steps, .count = 3, .exec = 1, .clone_flags = 17, .traces = true};

static void test_texts(void **state)
{
	char **texts = step_texts(&plan, trace_print);

	(void)state;
	assert_string_equal(texts[0], "1/3 inside  uts.hostname: sethostname(\"h\", 1)");
	assert_string_equal(texts[1], "2/3 inside  exec: execve()");
	assert_int_equal(strncmp(texts[2], "3/3 outside supervise: waitid(", 30), 0);
	step_texts_free(texts, &plan);
	step_texts_free(NULL, &plan);
}

/* The line up to the time, which is a number of microseconds. */
static void assert_line(const char **text, const char *line)
{
	const char *rest = *text + strlen(line);

	if (strncmp(*text, line, strlen(line)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", *text, line);
	if (line[strlen(line) - 1] == '(') {
		assert_in_range(strspn(rest, "0123456789"), 1, 8);
		rest += strspn(rest, "0123456789");
		assert_int_equal(strncmp(rest, " us)\n", 5), 0);
		rest += 5;
	}
	*text = rest;
}

/* Runs the steps' begins and ends as a launch does; the lines, in memory that the caller frees. */
static char *traced(const struct plan *of, int exec_errno)
{
	struct page page = {.at = 0};
	struct launch launch = {.plan = of, .page = &page};
	struct timespec start;
	int saved;
	char **texts = step_texts(of, trace_print);
	FILE *file;

	launch.texts = texts;
	file = made_up_catch(STDERR_FILENO, &saved);
	start = trace_begin(&launch, 0);
	trace_end(&launch, 0, &start, 0);
	start = trace_begin(&launch, 1);
	if (exec_errno)
		trace_end(&launch, 1, &start, exec_errno);
	else if (of->count > 2)
		trace_begin(&launch, 2);
	step_texts_free(texts, of);
	return made_up_caught(file, STDERR_FILENO, saved);
}

/* The exec that succeeds is told by outside, which goes on to its last step. */
static void test_lines(void **state)
{
	char *text = traced(&plan, 0);
	const char *rest = text;

	(void)state;
	assert_line(&rest, "nsrun: trace: 1/3 inside  uts.hostname: sethostname(\"h\", 1) = 0 (");
	assert_line(&rest, "nsrun: trace: 2/3 inside  exec: execve() = 0 (");
	assert_string_equal(rest, "");
	free(text);
}

static void test_failed_exec(void **state)
{
	char *text = traced(&plan, ENOENT);
	const char *rest = text;

	(void)state;
	assert_line(&rest, "nsrun: trace: 1/3 inside  uts.hostname: sethostname(\"h\", 1) = 0 (");
	assert_line(&rest, "nsrun: trace: 2/3 inside  exec: execve() = -1 ENOENT (");
	assert_string_equal(rest, "");
	free(text);
}

/* In place nobody is left to tell that the exec succeeded: it is told before. */
static void test_in_place(void **state)
{
	const struct plan in_place = {.steps = steps, .count = 2, .exec = 1, .traces = true};
	char *text = traced(&in_place, 0);
	const char *rest = text;

	(void)state;
	assert_line(&rest, "nsrun: trace: 1/2 inside  uts.hostname: sethostname(\"h\", 1) = 0 (");
	assert_line(&rest, "nsrun: trace: 2/2 inside  exec: execve() ...\n");
	assert_string_equal(rest, "");
	free(text);
}

/* However long the call, it is one line of whole characters. */
static void test_long_call(void **state)
{
	char name[3001] = "";
	struct step long_steps[] = {steps[0], {&made_up_exec, INSIDE, name, "COMMAND"}};
	const struct plan long_plan = {.steps = long_steps, .count = 2, .exec = 1, .traces = true};

	(void)state;
	for (int shift = 0; shift < 3; shift++) {
		char *text, *end;

		memset(name, 'x', (size_t)shift);
		for (size_t i = (size_t)shift; i + 3 < sizeof name; i += 3)
			memcpy(name + i, "\342\202\254", 4);
		text = traced(&long_plan, 0);
		end = strchr(strchr(text, '\n') + 1, '\n');
		assert_non_null(end);
		assert_string_equal(end, "\n");
		/* what stands before " ..." is the last byte of a character */
		assert_int_equal(strncmp(end - 4, " ...", 4), 0);
		assert_int_equal((unsigned char)end[-5], 0xac);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_failed_exec),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_long_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
