#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "hint.h"
#include "sys.h"
#include "text.h"

static void print_errno(FILE *out, int number)
{
	fprintf(out, "%s (%s)", strerror(number), sys_errno_name(number));
}

static void print_step(FILE *out, const struct error *error, const struct plan *plan)
{
	const struct step *step = &plan->steps[error->step];

	fprintf(out, "nsrun: step %d of %d, %s: ", error->step + 1, plan->count, step->kind->name);
	step->kind->text(step, TEXT_CALL, out);
	fputs(": ", out);
	if (error->number)
		print_errno(out, error->number);
	else
		fputs(error->object, out);
	putc('\n', out);
}

static void print_hint(FILE *out, const struct error *error, const struct plan *plan,
	const struct facts *facts)
{
	char *hint = hint_of_step(plan, error->step >= 0 ? error->step : -1, error, facts);
	struct rlimit files;

	if (hint)
		fprintf(out, "nsrun: hint: %s\n", hint);
	else if (error->number == EMFILE && getrlimit(RLIMIT_NOFILE, &files) == 0)
		fprintf(out, "nsrun: hint: at most %llu files may be open here (ulimit -n)\n",
			(unsigned long long)files.rlim_cur);
	free(hint);
}

void report_error(const struct error *error, const struct plan *plan, const struct facts *facts)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out) {
		text_say("nsrun: out of memory\n");
		return;
	}
	if (error->step == ERROR_SAID) {
		fprintf(out, "nsrun: %s\n", error->object);
	} else if (error->step == ERROR_PREPARING) {
		fprintf(out, "nsrun: before step 1: %s: ", error->object);
		print_errno(out, error->number);
		putc('\n', out);
	} else {
		print_step(out, error, plan);
	}
	if (facts)
		print_hint(out, error, plan, facts);
	fclose(out);
	text_say(text);
	free(text);
}

void report_hint(const char *hint)
{
	char *line = NULL;

	if (asprintf(&line, "nsrun: hint: %s\n", hint) >= 0)
		text_say(line);
	free(line);
}

int report_status(const struct error *error, const struct plan *plan)
{
	if (error->step >= 0 && error->step == plan->exec && error->number)
		return command_status(error);
	return STATUS_FAILED;
}
