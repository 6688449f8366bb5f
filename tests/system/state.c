/* state [FILE]: what this process was started with, one line each, as text on standard output or in
 * the file. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void print_blocked(FILE *out)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	fputs("blocked:", out);
	for (int number = 1; number <= 64; number++)
		if (sigismember(&set, number) == 1)
			fprintf(out, " %d", number);
	fputs("\nignored:", out);
	for (int number = 1; number <= 64; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			fprintf(out, " %d", number);
	}
	putc('\n', out);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static int is_number(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Before anything is opened here. */
static void list_descriptors(char *list, size_t size)
{
	struct dirent **entries;
	int count = scandir("/proc/self/fd", &entries, is_number, by_number);
	size_t length = 0;

	list[0] = '\0';
	for (int i = 0; i < count; i++)
		/* scandir's own is closed by now. */
		if (fcntl(atoi(entries[i]->d_name), F_GETFD) >= 0)
			length += (size_t)snprintf(list + length, size - length, " %s",
				entries[i]->d_name);
}

int main(int argc, char **argv)
{
	char descriptors[4096];
	FILE *out = stdout;
	int parent_death = 0;

	list_descriptors(descriptors, sizeof descriptors);
	if (argc > 1 && !(out = fopen(argv[1], "we")))
		return 1;
	print_blocked(out);
	prctl(PR_GET_PDEATHSIG, &parent_death);
	fprintf(out, "descriptors:%s\n", descriptors);
	fprintf(out, "argv0: %s\nargc: %d\n", argc ? argv[0] : "(none)", argc);
	fprintf(out, "pdeathsig: %d\n", parent_death);
	fprintf(out, "pid: %d\nppid: %d\npgrp: %d\nsid: %d\n", getpid(), getppid(), getpgrp(),
		getsid(0));
	return fclose(out) != 0;
}
