/*
 * crowd CONTAINERS PROCESSES: so many containers of six namespaces each, with so many processes in each,
 * that do nothing until standard input ends.  Says "ready" when all are there.  As root.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	KINDS = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWUSER |
		CLONE_NEWCGROUP
};

/* The first process of a PID namespace: all others in it end with it. */
static void contain(int processes, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 1; i < processes; i++)
		if (fork() == 0) {
			close(ready);
			for (;;)
				pause();
		}
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int containers = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0, pipes[2];
	char byte;

	if (containers < 1 || pipe(pipes) < 0)
		return 2;
	for (int i = 0; i < containers; i++) {
		long pid = syscall(SYS_clone, KINDS | SIGCHLD, NULL, NULL, NULL, NULL);

		if (pid == 0)
			contain((int)strtol(argv[2], NULL, 10), pipes[1]);
		/* One after the other: a thousand at once are slower. */
		if (pid < 0 || read(pipes[0], &byte, 1) != 1) {
			perror("crowd");
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
