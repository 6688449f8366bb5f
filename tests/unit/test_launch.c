/* The ends of a launch that the walk does not see: in place, before the first step, and like the
 * command. */
#include "made_up.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "process.h"

static int status_of(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int end_like(struct ending ending)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t all;

		/* as a launch leaves it */
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		launch_end_like(&ending);
	}
	return status_of(pid);
}

static void test_end_like_status(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++) {
		int status = end_like((struct ending){false, code});

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), code);
	}
}

static bool ends(int number)
{
	return number != SIGCHLD && number != SIGCONT && number != SIGURG && number != SIGWINCH &&
	       number != SIGSTOP && number != SIGTSTP && number != SIGTTIN && number != SIGTTOU &&
	       number != 32 && number != 33;
}

/* Each signal that ends a process, and no second core file. */
static void test_end_like_signal(void **state)
{
	(void)state;
	for (int number = 1; number <= 64; number++) {
		int status;

		if (!ends(number))
			continue;
		status = end_like((struct ending){true, number});
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), number);
		assert_false(WCOREDUMP(status));
	}
}

/* What a launch in a child came to. */
struct result {
	enum outcome outcome;
	struct error error;
	int ran;
};
static struct result *result;

static int succeed(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	(void)error;
	result->ran++;
	return 0;
}

static int refuse(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	errno = ENOTTY;
	return error_call(error);
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	(void)form;
	fputs(step->kind->name, out);
}

static const struct step_kind succeeds = {.name = "succeeds", .run = succeed, .text = show},
			      refuses = {.name = "refuses", .run = refuse, .text = show};

/* Runs the plan in a child that may have so many descriptors (0: as many as here). */
static void run(const struct plan *plan, rlim_t files)
{
	const struct rlimit limit = {files, files};
	pid_t pid;

	memset(result, 0, sizeof *result);
	pid = fork();
	if (pid == 0) {
		struct ending ending;

		if (files && setrlimit(RLIMIT_NOFILE, &limit) < 0)
			_exit(1);
		result->outcome = launch_run(plan, &result->error, &ending);
		_exit(0);
	}
	assert_int_equal(status_of(pid), 0);
}

static void test_in_place(void **state)
{
	struct step steps[] = {
		{&succeeds, OUTSIDE, NULL, "always"},
		{&succeeds, OUTSIDE, NULL, "always"},
		{&refuses, OUTSIDE, NULL, "always"},
		{&succeeds, OUTSIDE, NULL, "always"},
	};
	const struct plan plan = {.steps = steps, .count = 4, .exec = 3};

	(void)state;
	run(&plan, 0);
	assert_int_equal(result->outcome, OUTCOME_FAILED);
	assert_int_equal(result->error.step, 2);
	assert_int_equal(result->error.number, ENOTTY);
	assert_int_equal(result->ran, 2);
}

/* Nothing is run if there is no descriptor left, or only one. */
static void test_before_the_first_step(void **state)
{
	struct step steps[] = {
		{&succeeds, OUTSIDE, NULL, "always"},
		{&process_supervise, OUTSIDE, NULL, "always"},
	};
	const struct plan plan = {.steps = steps, .count = 2, .exec = 0, .clone_flags = SIGCHLD};

	(void)state;
	for (rlim_t files = 1; files <= 4; files++) {
		run(&plan, files);
		assert_int_equal(result->outcome, OUTCOME_FAILED);
		assert_int_equal(result->error.step, ERROR_PREPARING);
		assert_int_equal(result->error.number, EMFILE);
		assert_string_equal(result->error.object, files < 4 ? "pidfd_open" : "socketpair");
		assert_int_equal(result->ran, 0);
	}
}

static int prepare(void **state)
{
	(void)state;
	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		0);
	/* 3 is the first free one in every child */
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	return result == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end_like_status),
		cmocka_unit_test(test_end_like_signal),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_before_the_first_step),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
