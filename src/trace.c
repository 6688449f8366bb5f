#include "trace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "text.h"

void trace_print(FILE *out, const struct plan *plan, int i)
{
	const struct step *step = &plan->steps[i];

	fprintf(out, "%d/%d %-7s %s: ", i + 1, plan->count, step_actors[step->actor],
		step->kind->name);
	step->kind->text(step, TEXT_CALL, out);
}

static void print(const struct launch *l, int step, const char *result)
{
	const char *text = l->texts[step] ? l->texts[step] : "";
	char line[1024];
	int cut = 800;

	/* Not in the middle of a UTF-8 character. */
	if (strlen(text) > (size_t)cut)
		while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
	snprintf(line, sizeof line, "nsrun: trace: %.*s%s\n", cut, text, result);
	text_say(line);
}

static long microseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000000L + (now.tv_nsec - start->tv_nsec) / 1000L;
}

struct timespec trace_begin(struct launch *l, int step)
{
	const struct plan *plan = l->plan;
	struct timespec now;

	/* Outside gets beyond the exec only if that happened. */
	if (step == plan->exec + 1)
		trace_end(l, plan->exec, &l->page->since, 0);
	else if (step == plan->exec && !plan->clone_flags)
		print(l, step, " ...");
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (step == plan->exec)
		l->page->since = now;
	return now;
}

void trace_end(struct launch *l, int step, const struct timespec *start, int number)
{
	char result[80];

	snprintf(result, sizeof result, " = %s%s (%ld us)", number ? "-1 " : "",
		number ? sys_errno_name(number) : "0", microseconds_since(start));
	print(l, step, result);
}
