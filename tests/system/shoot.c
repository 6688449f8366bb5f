/* shoot COUNT SIGNAL LEAST MOST COMMAND [ARG...]: COUNT times, starts the command, sends it the signal a
 * random number of microseconds later, from LEAST to MOST, and waits for its end.  Prints each ending
 * that was met, and how often: "100 signal 15", "2 exit 0", "1 hang" (no end within five seconds,
 * NSRUN_SLOW times that on a slow machine). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HANG = -1, KINDS = 512 };

/* A wait status, or HANG. */
static int shoot(int number, long microseconds, char **command)
{
	const char *slow = getenv("NSRUN_SLOW");
	struct timespec limit = {.tv_sec = 5 * (slow ? atol(slow) : 1)}, delay = {0};
	sigset_t chld;
	pid_t pid = fork();
	int status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &chld, NULL);
		execvp(command[0], command);
		_exit(99);
	}
	delay.tv_sec = microseconds / 1000000;
	delay.tv_nsec = microseconds % 1000000 * 1000;
	nanosleep(&delay, NULL);
	kill(pid, number);
	/* A SIGCHLD for a stop of the command is none for its end. */
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (sigtimedwait(&chld, NULL, &limit) < 0 && errno == EAGAIN) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return HANG;
		}
	}
	return status;
}

static void print(int status, int count)
{
	if (status == HANG)
		printf("%d hang\n", count);
	else if (WIFSIGNALED(status))
		printf("%d signal %d\n", count, WTERMSIG(status));
	else
		printf("%d exit %d\n", count, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	static int statuses[KINDS], counts[KINDS];
	sigset_t chld;
	long least, most;

	if (argc < 6)
		return 2;
	least = atol(argv[3]);
	most = atol(argv[4]);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	srandom((unsigned)(time(NULL) ^ getpid()));
	for (int i = 0; i < atoi(argv[1]); i++) {
		int status = shoot(atoi(argv[2]), least + random() % (most - least + 1), argv + 5);
		int kind = 0;

		while (counts[kind] && statuses[kind] != status)
			kind++;
		statuses[kind] = status;
		counts[kind]++;
	}
	for (int kind = 0; counts[kind]; kind++)
		print(statuses[kind], counts[kind]);
	return 0;
}
