/* ending FILE COMMAND [ARG...]: runs the command and writes how it ended to FILE ("exit 3",
 * "signal 15", "signal 6 core").  Its own status is what a shell makes of that. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	FILE *file;
	int status;
	pid_t pid;

	if (argc < 3 || !(file = fopen(argv[1], "we")))
		return 255;
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(255);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 255;
	if (WIFEXITED(status)) {
		fprintf(file, "exit %d\n", WEXITSTATUS(status));
		return WEXITSTATUS(status);
	}
	fprintf(file, "signal %d%s\n", WTERMSIG(status), WCOREDUMP(status) ? " core" : "");
	return 128 + WTERMSIG(status);
}
