/* Whether a process is deaf to a signal: asked of real children. */
#include "made_up.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pid1.h"

static void handler(int number)
{
	(void)number;
}

static void block(int number, int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(how, &set, NULL);
}

static void be_deaf(void)
{
}

static void catch (void)
{
	signal(SIGTERM, handler);
}

static void ignore(void)
{
	signal(SIGTERM, SIG_IGN);
}

static void block_it(void)
{
	block(SIGTERM, SIG_BLOCK);
}

/* tini waits so: the kernel then shows the mask without it (kernel-traps 75). */
static void wait_for_it(void)
{
	sigset_t set;

	block(SIGTERM, SIG_BLOCK);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	for (;;)
		sigwaitinfo(&set, NULL);
}

static void *sleep_long(void *nothing)
{
	pause();
	return nothing;
}

/* All threads block it but the second. */
static void block_in_one_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_long, NULL);
	block(SIGTERM, SIG_BLOCK);
}

/* All threads block it but the first. */
static void block_in_other_thread(void)
{
	pthread_t thread;

	block(SIGTERM, SIG_BLOCK);
	pthread_create(&thread, NULL, sleep_long, NULL);
	block(SIGTERM, SIG_UNBLOCK);
}

static void block_in_all_threads(void)
{
	pthread_t thread;

	block(SIGTERM, SIG_BLOCK);
	pthread_create(&thread, NULL, sleep_long, NULL);
}

/* A child that has done `prepare` and sleeps in pause(2) or in a wait of its own; what the tests
 * were started with does not matter to it. */
static pid_t start(void (*prepare)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int number = 1; number <= 64; number++)
			signal(number, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prepare();
		for (;;)
			pause();
	}
	return pid;
}

static bool is_deaf(pid_t pid)
{
	return pid1_judge(pid, SIGTERM) == VERDICT_DROPPED;
}

/* The child takes a moment until it has prepared: asks until the answer is `answer`. */
static void assert_becomes(void (*prepare)(void), bool answer)
{
	pid_t pid = start(prepare);
	bool deaf = !answer;

	for (int i = 0; i < 500 && deaf != answer; i++) {
		usleep(2000);
		deaf = is_deaf(pid);
	}
	/* and stays so */
	usleep(5000);
	assert_int_equal(is_deaf(pid), answer);
	assert_int_equal(deaf, answer);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Without /proc/PID/syscall nobody knows whether one waits for it: nobody is killed on a guess. */
static void need_calls(void)
{
	if (access("/proc/self/syscall", F_OK) == 0)
		return;
	print_message("# this kernel has no /proc/PID/syscall\n");
	skip();
}

static void test_deaf(void **state)
{
	(void)state;
	need_calls();
	assert_becomes(be_deaf, true);
}

static void test_not_deaf(void **state)
{
	(void)state;
	assert_becomes(catch, false);
	assert_becomes(ignore, false);
	assert_becomes(block_it, false);
	assert_becomes(wait_for_it, false);
}

static void test_threads(void **state)
{
	(void)state;
	need_calls();
	assert_becomes(block_in_one_thread, true);
	assert_becomes(block_in_other_thread, true);
	assert_becomes(block_in_all_threads, false);
}

static void wait_for_another(void)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigwaitinfo(&one, NULL);
}

/* The set that sigtimedwait(2) was given is looked at. */
static void test_waits_for_another(void **state)
{
	(void)state;
	need_calls();
	assert_becomes(wait_for_another, true);
}

/* What is pending behind a mask may still be dropped, when the mask goes. */
static void test_open(void **state)
{
	pid_t pid = start(block_it);

	(void)state;
	for (int i = 0; i < 500 && is_deaf(pid); i++)
		usleep(2000);
	kill(pid, SIGTERM);
	assert_int_equal(pid1_judge(pid, SIGTERM), VERDICT_OPEN);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int catch_and_pause(void *nothing)
{
	(void)nothing;
	catch ();
	while (pause() < 0)
		;
	return 0;
}

/* While its exec is not complete, its handlers say nothing: a child that still shares memory. */
static void test_before_exec(void **state)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = clone(catch_and_pause, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);

	bool open = pid > 0;

	(void)state;
	for (int i = 0; i < 10 && open; i++) {
		usleep(2000);
		open = pid1_judge(pid, SIGTERM) == VERDICT_OPEN;
	}
	if (pid > 0)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(open);
}

/* One signal says nothing about its neighbours, nor about the highest. */
static void test_bits(void **state)
{
	pid_t pid = start(catch);

	(void)state;
	need_calls();
	for (int i = 0; i < 500 && is_deaf(pid); i++)
		usleep(2000);
	assert_false(is_deaf(pid));
	for (int number = 1; number <= 64; number++)
		if (number != SIGTERM && number != 32 && number != 33)
			assert_int_equal(pid1_judge(pid, number), VERDICT_DROPPED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Nothing is known of one that is gone. */
static void test_gone(void **state)
{
	pid_t pid = start(be_deaf);

	(void)state;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_false(is_deaf(pid));
}

static void test_default_actions(void **state)
{
	static const int nothing[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	enum default_action actions[65];

	(void)state;
	for (int number = 1; number <= 64; number++)
		actions[number] = ACTION_ENDS;
	for (size_t i = 0; i < 4; i++) {
		actions[nothing[i]] = ACTION_NOTHING;
		actions[stops[i]] = ACTION_STOPS;
	}
	for (int number = 1; number <= 64; number++)
		assert_int_equal(pid1_default_action(number), actions[number]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_not_deaf),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_waits_for_another),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_before_exec),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_default_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
