/* record [-h] FILE: takes every signal that can be taken and appends a line for each to FILE: its
 * number, and "value N" if it came with one.  The first line is "ready".  It blocks all and waits for
 * them, with -h it has a handler for all.  Ends by exit(7) at the second signal 15. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int file;

static void say(const char *text)
{
	if (write(file, text, strlen(text)) < 0)
		_exit(1);
}

static void take(int number, siginfo_t *info, void *context)
{
	static int terms;
	int value = info->si_value.sival_int;
	char line[64];

	(void)context;
	snprintf(line, sizeof line, info->si_code == SI_QUEUE ? "%d value %d\n" : "%d\n", number,
		value);
	say(line);
	if (number == SIGTERM && ++terms == 2)
		_exit(7);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART};
	int handles = argc == 3 && !strcmp(argv[1], "-h");
	sigset_t all;

	file = argc > 1 ? open(argv[argc - 1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)
			: -1;
	if (file < 0)
		return 1;
	sigfillset(&all);
	action.sa_mask = all;
	for (int number = 1; handles && number <= 64; number++)
		sigaction(number, &action, NULL);
	if (!handles)
		sigprocmask(SIG_SETMASK, &all, NULL);
	say("ready\n");
	for (;;) {
		siginfo_t info;
		int number = handles ? pause() : sigwaitinfo(&all, &info);

		if (number > 0)
			take(number, &info, NULL);
	}
}
