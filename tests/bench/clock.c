/*
 * Times commands against each other:  clock ROUNDS < ROWS
 *
 * A row is words separated by tabs: a name, variables NAME=VALUE for its environment, the program's
 * path, its arguments.  Each round runs every row once, in a new random order, so that what the
 * machine does meanwhile falls on all alike; a round before the first warms up and is not counted.
 * Output, a line a row:  name TAB p10 TAB p50 TAB p90, in microseconds, from before the fork until
 * the process is reaped.  A row that fails in the warm-up is left out and said on standard error;
 * one that fails later ends the whole.
 *
 * It leads a session of its own: no row has a controlling terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 64, WORDS = 64 };

struct row {
	char *line; /* its words lie in here */
	const char *name;
	char **argv;
	char **envp;
	double *times; /* of each round, microseconds */
	bool left_out;
};

static void *must(void *pointer)
{
	if (!pointer) {
		perror("clock");
		exit(1);
	}
	return pointer;
}

/* The caller's environment with `count` variables in front: the first of a name is the one found. */
static char **environment(char **variables, size_t count)
{
	size_t others = 0;
	char **list;

	while (environ[others])
		others++;
	list = must(calloc(count + others + 1, sizeof *list));
	memcpy(list, variables, count * sizeof *list);
	memcpy(list + count, environ, others * sizeof *list);
	return list;
}

static bool read_row(struct row *row, int rounds)
{
	char **words, *rest;
	size_t size = 0, count = 0, variables = 0;
	ssize_t length = getline(&row->line, &size, stdin);

	if (length <= 0)
		return false;
	row->line[length - 1] = '\0';
	words = must(calloc(WORDS + 1, sizeof *words));
	rest = row->line;
	while (rest && count < WORDS)
		words[count++] = strsep(&rest, "\t");
	row->name = words[0];
	while (words[1 + variables] && strchr(words[1 + variables], '='))
		variables++;
	row->argv = words + 1 + variables;
	row->envp = environment(words + 1, variables);
	row->times = must(calloc((size_t)rounds, sizeof *row->times));
	return row->argv[0] != NULL;
}

/* Its duration in microseconds; negative: it failed, with that wait status below zero. */
static double run(const struct row *row)
{
	struct timespec start, end;
	pid_t pid;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	errno = posix_spawn(&pid, row->argv[0], NULL, NULL, row->argv, row->envp);
	if (errno) {
		perror(row->argv[0]);
		return -1;
	}
	while (wait4(pid, &status, 0, NULL) < 0)
		;
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (status != 0)
		return -status;
	return (double)(end.tv_sec - start.tv_sec) * 1e6 +
	       (double)(end.tv_nsec - start.tv_nsec) / 1e3;
}

static void shuffle(int *order, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int j = (int)(random() % (i + 1)), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void measure(struct row *rows, int count, int rounds)
{
	int order[ROWS];

	for (int i = 0; i < count; i++) {
		order[i] = i;
		rows[i].left_out = run(&rows[i]) < 0;
		if (rows[i].left_out)
			fprintf(stderr, "clock: left out, as it fails here: %s\n", rows[i].name);
	}
	for (int round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (int i = 0; i < count; i++) {
			struct row *row = &rows[order[i]];

			if (row->left_out)
				continue;
			row->times[round] = run(row);
			if (row->times[round] < 0) {
				fprintf(stderr, "clock: failed in round %d: %s\n", round,
					row->name);
				exit(1);
			}
		}
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(const double *sorted, int count, int percent)
{
	return sorted[(count - 1) * percent / 100];
}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0, count = 0;
	struct row rows[ROWS] = {{0}};
	unsigned seed = 1;

	if (rounds < 1) {
		fputs("usage: clock ROUNDS < ROWS\n", stderr);
		return 2;
	}
	while (count < ROWS && read_row(&rows[count], rounds))
		count++;
	setsid();
	if (getrandom(&seed, sizeof seed, 0) < 0)
		perror("getrandom");
	srandom(seed);
	measure(rows, count, rounds);
	for (int i = 0; i < count; i++) {
		if (rows[i].left_out)
			continue;
		qsort(rows[i].times, (size_t)rounds, sizeof *rows[i].times, compare);
		printf("%s\t%.1f\t%.1f\t%.1f\n", rows[i].name,
			percentile(rows[i].times, rounds, 10),
			percentile(rows[i].times, rounds, 50),
			percentile(rows[i].times, rounds, 90));
	}
	return 0;
}
