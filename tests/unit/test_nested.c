/* The second user namespace: what fails in the child that writes its maps is the step's errno. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "nested.h"

enum { NO_NAMESPACE = 77 };

static int write_own(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n < 0 ? -1 : 0;
}

/* In a child that is root of a new user namespace: the errno of the step, or 0. */
static int run_step(const struct step_kind *kind, const void *argument, void (*first)(void))
{
	const struct step step = {kind, INSIDE, argument, "--disable-userns"};
	struct error error = {.step = ERROR_NONE};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char users[40], groups[40];

		snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
		snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
		if (unshare(CLONE_NEWUSER) < 0 || write_own("/proc/self/setgroups", "deny") < 0 ||
			write_own("/proc/self/gid_map", groups) < 0 ||
			write_own("/proc/self/uid_map", users) < 0)
			_exit(NO_NAMESPACE);
		if (first)
			first();
		status = kind->run(NULL, &step, &error) < 0;
		/* no child is left */
		if (waitpid(-1, NULL, __WALL) >= 0 || errno != ECHILD)
			_exit(99);
		_exit(status ? error.number : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

/* A limit of none: unshare(2) fails, and the child must hear of it. */
static void allow_none(void)
{
	write_own("/proc/sys/user/max_user_namespaces", "0");
}

static void test_nested(void **state)
{
	const struct nested_call bad_users = {"0 0 0", "0 0 1", false},
				 good = {"0 0 1", "0 0 1", false},
				 bad_groups = {"0 0 1", "nonsense", false};
	int result = run_step(&user_nested, &bad_groups, NULL);

	(void)state;
	if (result == NO_NAMESPACE)
		skip();
	assert_int_equal(result, EINVAL);
	assert_int_equal(run_step(&user_nested, &bad_groups, ignore_children), EINVAL);
	assert_int_equal(run_step(&user_nested, &bad_users, NULL), EINVAL);
	assert_int_equal(run_step(&user_nested, &good, allow_none), ENOSPC);
	assert_int_equal(run_step(&user_nested, &good, NULL), 0);
	assert_int_equal(run_step(&user_nested, &good, ignore_children), 0);
}

static void test_limit(void **state)
{
	(void)state;
	if (run_step(&user_limit, NULL, NULL) == NO_NAMESPACE)
		skip();
	assert_int_equal(run_step(&user_limit, NULL, NULL), 0);
}

static int run_sealed(bool limited)
{
	return run_step(&user_sealed, NULL, limited ? allow_none : NULL);
}

/* Without a limit it succeeds, and so the step fails, with no errno but a sentence. */
static void test_sealed(void **state)
{
	const struct step step = {&user_sealed, INSIDE, NULL, "--disable-userns"};
	struct error error = {.step = ERROR_NONE, .number = 5, .object = ""};
	int status;
	pid_t pid;

	(void)state;
	if (run_sealed(true) == NO_NAMESPACE)
		skip();
	assert_int_equal(run_sealed(true), 0);
	pid = fork();
	if (pid == 0)
		_exit(user_sealed.run(NULL, &step, &error) == -1 && error.number == 0 &&
					!strcmp(error.object, "it made a further user namespace")
				? 0
				: 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
