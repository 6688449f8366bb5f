#include "stepping.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "text.h"

enum { WIDTH = 80, INDENT = 4 };

/* The links in /proc/self/ns that are no kinds. */
static const char *const for_children[] = {"pid_for_children", "time_for_children"};
static const enum kind kind_of_children[] = {KIND_PID, KIND_TIME};

_Static_assert(LINK_COUNT == KIND_COUNT + sizeof for_children / sizeof *for_children,
	"one place for each link");

void stepping_print(FILE *out, const struct plan *plan, int i)
{
	const struct step *step = &plan->steps[i];
	char *call = NULL, *sentence = NULL;
	size_t size;
	FILE *calls = open_memstream(&call, &size);

	if (calls) {
		step->kind->text(step, TEXT_CALL, calls);
		fclose(calls);
	}
	fprintf(out, "step %d of %d, %s: %s\n%*s", i + 1, plan->count, step_actors[step->actor],
		step->kind->name, INDENT, "");
	text_wrap(out, call ? call : "?", INDENT, INDENT, WIDTH);
	if (asprintf(&sentence, "%s  (%s, %s)", step->kind->about, step->why, step->kind->manual) >=
		0) {
		fprintf(out, "\n%*s", INDENT, "");
		text_wrap(out, sentence, INDENT, INDENT, WIDTH);
		free(sentence);
	}
	fprintf(out, "\n%*sEnter takes it, q ends: ", INDENT, "");
	free(call);
}

int stepping_open(struct launch *l, struct error *error)
{
	int number;

	l->terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	number = errno;
	if (l->terminal < 0)
		return error_say(error, "--step: there is no terminal to ask at: /dev/tty: %s (%s)",
			strerror(number), sys_errno_name(number));
	if (tcgetpgrp(l->terminal) != getpgrp())
		return error_say(error, "--step: nsrun is in the background of its terminal");
	return 0;
}

static const char *link_name(int i)
{
	return i < KIND_COUNT ? namespaces[i].name : for_children[i - KIND_COUNT];
}

/* The ids of this process's namespaces; 0 where /proc does not show it. */
static void read_links(unsigned long links[LINK_COUNT])
{
	for (int i = 0; i < LINK_COUNT; i++) {
		char path[64], target[64];
		const char *number;
		ssize_t length;

		snprintf(path, sizeof path, "/proc/self/ns/%s", link_name(i));
		length = readlink(path, target, sizeof target - 1);
		target[length > 0 ? length : 0] = '\0';
		number = strchr(target, '[');
		links[i] = number ? strtoul(number + 1, NULL, 10) : 0;
	}
}

/* Whether there is something to read.  Outside watches its signals meanwhile; the others end with it, as the
 * step by which they die with it may be yet to come. */
static bool await_line(struct launch *l, bool outside)
{
	struct pollfd ready[] = {{.fd = l->terminal, .events = POLLIN},
		{.fd = l->alive, .events = POLLIN}};
	int count;

	if (outside)
		return !l->wait_interrupted(l, l->terminal);
	while ((count = poll(ready, 2, -1)) < 0 && errno == EINTR)
		;
	return count > 0 && !ready[1].revents;
}

/* Whether a line came that is no q; an end of file is none. */
static bool read_answer(struct launch *l, bool outside)
{
	char line[256], first = 'q';
	ssize_t n;

	if (!await_line(l, outside))
		return false;
	do {
		while ((n = read(l->terminal, line, sizeof line)) < 0 && errno == EINTR)
			;
		if (n > 0 && first == 'q')
			first = line[0];
	} while (n == (ssize_t)sizeof line && line[n - 1] != '\n');
	return n > 0 && first != 'q';
}

int stepping_ask(struct launch *l, int step, struct error *error)
{
	bool outside = l->plan->steps[step].actor == OUTSIDE, goes;
	const char *text = l->shown && l->shown[step] ? l->shown[step] : "?";
	pid_t front = tcgetpgrp(l->terminal);
	/* The foreground may be inside's by now, and from behind nobody reads. */
	bool lent = outside && front > 0 && front != getpgrp();

	text_write_all(l->terminal, text, strlen(text));
	if (lent)
		tcsetpgrp(l->terminal, getpgrp());
	goes = read_answer(l, outside);
	if (lent)
		tcsetpgrp(l->terminal, front);
	if (goes) {
		read_links(l->links);
		return 0;
	}
	if (l->interrupted)
		return -1;
	return error_say(error, "--step: ended at the terminal, before step %d of %d, %s", step + 1,
		l->plan->count, l->plan->steps[step].kind->name);
}

/* Those that are others now, a line each; what /proc does not show is left out.  Their number. */
static int print_changes(const struct launch *l, const unsigned long now[LINK_COUNT], char *out,
	size_t size)
{
	int count = 0;

	for (int i = 0; i < LINK_COUNT; i++) {
		size_t length = strlen(out);

		if (!now[i] || !l->links[i] || now[i] == l->links[i])
			continue;
		/* What its children get is what it has. */
		if (i >= KIND_COUNT && now[i] == now[kind_of_children[i - KIND_COUNT]])
			continue;
		snprintf(out + length, size - length, "%*s%s: %lu, was %lu\n", INDENT, "",
			link_name(i), now[i], l->links[i]);
		count++;
	}
	return count;
}

static void print_done(const struct launch *l, bool born, char *out, size_t size)
{
	unsigned long now[LINK_COUNT];

	read_links(now);
	snprintf(out, size, "%*sdone%s\n", INDENT, "", born ? "; this is the new process" : "");
	if (print_changes(l, now, out, size) > 0)
		return;
	snprintf(out + strlen(out), size - strlen(out), "%*s%s\n", INDENT, "",
		now[KIND_MNT] ? "its namespaces are as before"
			      : "/proc does not show its namespaces");
}

void stepping_tell(struct launch *l, int step, int number)
{
	char text[1024];

	if (number)
		snprintf(text, sizeof text, "%*sfailed: %s\n", INDENT, "", sys_errno_name(number));
	else
		print_done(l, l->plan->steps[step].kind->flags & STEP_CLONES, text, sizeof text);
	text_write_all(l->terminal, text, strlen(text));
	text_write_all(l->terminal, "\n", 1);
}
