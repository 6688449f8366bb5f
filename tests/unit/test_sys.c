/* Calls and names that glibc lacks or spells in another way. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

enum { STACK = 65536 };

static void test_errno_name(void **state)
{
	(void)state;
	assert_string_equal(sys_errno_name(EPERM), "EPERM");
	assert_string_equal(sys_errno_name(ENOSPC), "ENOSPC");
	assert_string_equal(sys_errno_name(EUSERS), "EUSERS");
	assert_string_equal(sys_errno_name(4095), "?");
	assert_string_equal(sys_errno_name(-1), "?");
}

static void test_signal_name(void **state)
{
	static const struct {
		int number;
		const char *name;
	} cases[] = {{1, "HUP"}, {2, "INT"}, {9, "KILL"}, {15, "TERM"}, {19, "STOP"}, {31, "SYS"},
		{32, "32"}, {33, "33"}, {34, "RTMIN+0"}, {36, "RTMIN+2"}, {64, "RTMIN+30"},
		{0, "0"}, {65, "65"}};
	char name[16];

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++)
		assert_string_equal(sys_signal_name(cases[i].number, name, sizeof name),
			cases[i].name);
}

/* Two bytes to say that the argument and the stored pid are there before it runs. */
struct newborn {
	pid_t pid;
	int status;
};

static int enter(void *argument)
{
	struct newborn *newborn = argument;

	return newborn->pid == getpid() ? newborn->status : 1;
}

static void test_clone(void **state)
{
	static const unsigned flags[] = {SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(flags); i++) {
		/* as the page of a launch: shared, so that a copying newborn sees its pid */
		struct newborn *newborn = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		int status;
		pid_t pid;

		newborn->status = 42;
		pid = sys_clone(enter, stack + STACK, flags[i], newborn, &newborn->pid);
		assert_true(pid > 0);
		assert_int_equal(newborn->pid, pid);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 42);
		munmap(stack, STACK);
		munmap(newborn, STACK);
	}
}

static void test_clone_refused(void **state)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pid_t pid = 0;

	(void)state;
	errno = 0;
	/* kernel-traps 4: no such pair */
	assert_int_equal(sys_clone(enter, stack + STACK, CLONE_NEWNS | CLONE_FS | SIGCHLD, NULL,
				 &pid),
		-1);
	assert_int_equal(errno, EINVAL);
	munmap(stack, STACK);
}

static void test_pidfd(void **state)
{
	pid_t pid = fork();
	struct pollfd ready = {.events = POLLIN};

	(void)state;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	ready.fd = sys_pidfd_open(pid);
	assert_true(ready.fd >= 0);
	assert_true(fcntl(ready.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(poll(&ready, 1, 0), 0);
	kill(pid, SIGKILL);
	assert_int_equal(poll(&ready, 1, 5000), 1);
	waitpid(pid, NULL, 0);
	close(ready.fd);
	errno = 0;
	assert_int_equal(sys_pidfd_open(-1), -1);
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errno_name),
		cmocka_unit_test(test_signal_name),
		cmocka_unit_test(test_clone),
		cmocka_unit_test(test_clone_refused),
		cmocka_unit_test(test_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
