/* The lines of an error, and the exit status that belongs to it. */
#include "made_up.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "command.h"
#include "mount.h"
#include "process.h"
#include "report.h"

static const struct process_clone_call clone_call = {CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, INSIDE,
	NULL};
static const struct mount_proc_call proc_call = {.in_user_namespace = true,
	.in_pid_namespace = true};
static char *const words[] = {"id", "a\033b", NULL};
static const struct command_call exec_call = {.typed = "id", .argv = words};

static struct step steps[] = {
	{&process_clone, OUTSIDE, &clone_call, "--pid"},
	{&process_pdeathsig, INSIDE, NULL, "always"},
	{&mount_proc, INSIDE, &proc_call, "with --pid"},
	{&command_exec, INSIDE, &exec_call, "COMMAND"},
	{&process_supervise, OUTSIDE, NULL, "always"},
};
static const struct plan plan = {.steps = steps, .count = 5, .exec = 3};

static void assert_report(const struct error *error, const struct plan *of,
	const struct facts *facts, const char *lines)
{
	int saved;
	FILE *file = made_up_catch(STDERR_FILENO, &saved);
	char *text;

	report_error(error, of, facts);
	text = made_up_caught(file, STDERR_FILENO, saved);
	assert_string_equal(text, lines);
	free(text);
}

static void test_step(void **state)
{
	const struct error error = {.step = 2, .number = EPERM};
	struct facts facts = made_up_user();

	(void)state;
	assert_report(&error, &plan, &facts,
		"nsrun: step 3 of 5, mount.proc: mount(\"proc\", \"/proc\", \"proc\", "
		"MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL): Operation not permitted (EPERM)\n");
	snprintf(facts.covered, sizeof facts.covered, "/proc/sys");
	assert_report(&error, &plan, &facts,
		"nsrun: step 3 of 5, mount.proc: mount(\"proc\", \"/proc\", \"proc\", "
		"MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL): Operation not permitted (EPERM)\n"
		"nsrun: hint: /proc/sys is covered by another mount, so the kernel refuses a new proc "
		"here; use --no-proc\n");
}

static void test_command(void **state)
{
	const struct error error = {.step = 3, .number = ENOENT};
	struct facts facts = made_up_root();

	(void)state;
	facts.known |= FACT_COMMAND;
	assert_report(&error, &plan, &facts,
		"nsrun: step 4 of 5, exec: execve(\"id\", [\"id\", \"a\\033b\"], environ): "
		"No such file or directory (ENOENT)\n"
		"nsrun: hint: looked for in PATH, \"/usr/local/bin:/usr/bin:/bin\"\n");
}

static void test_death(void **state)
{
	const struct error error = {.step = 1, .object = "its process was killed by SIGKILL"};
	struct facts facts = made_up_root();

	(void)state;
	assert_report(&error, &plan, &facts,
		"nsrun: step 2 of 5, pdeathsig: prctl(PR_SET_PDEATHSIG, SIGKILL): "
		"its process was killed by SIGKILL\n");
}

static void test_others(void **state)
{
	const struct error usage = {.step = ERROR_SAID,
		.object = "--map-user: \"x\": not a number"};
	const struct error preparing = {.step = ERROR_PREPARING,
		.number = ENOMEM,
		.object = "mmap"};
	const struct error odd = {.step = 1, .number = 3999};
	struct facts facts = made_up_root();

	(void)state;
	assert_report(&usage, NULL, NULL, "nsrun: --map-user: \"x\": not a number\n");
	assert_report(&preparing, &plan, &facts,
		"nsrun: before step 1: mmap: Cannot allocate memory (ENOMEM)\n");
	assert_report(&odd, &plan, &facts,
		"nsrun: step 2 of 5, pdeathsig: prctl(PR_SET_PDEATHSIG, SIGKILL): "
		"Unknown error 3999 (?)\n");
}

static void test_too_many_files(void **state)
{
	const struct error error = {.step = ERROR_PREPARING,
		.number = EMFILE,
		.object = "socketpair"};
	const struct facts facts = made_up_root();
	struct rlimit files;
	char lines[200];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	snprintf(lines, sizeof lines,
		"nsrun: before step 1: socketpair: Too many open files (EMFILE)\n"
		"nsrun: hint: at most %llu files may be open here (ulimit -n)\n",
		(unsigned long long)files.rlim_cur);
	assert_report(&error, &plan, &facts, lines);
}

static void test_status(void **state)
{
	static const struct {
		int step, number, detail, status;
	} cases[] = {
		{ERROR_SAID, 0, 0, 125},
		{ERROR_PREPARING, EMFILE, 0, 125},
		{0, EPERM, 0, 125},
		{2, ENOENT, 0, 125},
		{2, EACCES, 1, 125},
		{4, ECHILD, 0, 125},
		/* the exec alone has statuses of its own: found or not found */
		{3, ENOENT, 0, 127},
		{3, ENOENT, 1, 126},
		{3, EACCES, 1, 126},
		{3, EACCES, 0, 126},
		{3, ENOEXEC, 1, 126},
		{3, E2BIG, 1, 126},
		/* its process died before the call was made */
		{3, 0, 0, 125},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		const struct error error = {.step = cases[i].step,
			.number = cases[i].number,
			.detail = cases[i].detail};

		assert_int_equal(report_status(&error, &plan), cases[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_too_many_files),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
