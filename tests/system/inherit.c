/* inherit [-c FD] [-i SIGNAL|all] [-d SIGNAL|all] [-b SIGNAL|all] [-0] COMMAND [ARG...]: executes the
 * command with a descriptor closed, a signal ignored, not ignored, or blocked (each repeatable), or
 * without any argument, not even its name. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ignore(int number)
{
	signal(number, SIG_IGN);
}

static void heed(int number)
{
	signal(number, SIG_DFL);
}

static void block(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void each(const char *which, void (*act)(int))
{
	if (strcmp(which, "all") != 0) {
		act(atoi(which));
		return;
	}
	for (int number = 1; number <= 64; number++)
		act(number);
}

int main(int argc, char **argv)
{
	char *none[] = {NULL};
	int option, nameless = 0;

	while ((option = getopt(argc, argv, "+c:i:d:b:0")) != -1) {
		switch (option) {
		case 'c':
			close(atoi(optarg));
			break;
		case 'i':
			each(optarg, ignore);
			break;
		case 'd':
			each(optarg, heed);
			break;
		case 'b':
			each(optarg, block);
			break;
		case '0':
			nameless = 1;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return 2;
	execvp(argv[optind], nameless ? none : argv + optind);
	perror(argv[optind]);
	return 2;
}
