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
	const char *name = sys_errno_name(number);

	fprintf(out, "%s (%s)", strerror(number), name ? name : "unknown error number");
}

static void print_step(FILE *out, const struct error *error, const struct plan *plan,
	const struct facts *facts)
{
	const struct step *step = &plan->steps[error->step];
	char *hint = hint_find(step, error, facts);

	fprintf(out, "nsrun: step %d of %d, %s: ", error->step + 1, plan->count, step->kind->name);
	step->kind->text(step, TEXT_CALL, out);
	fputs(": ", out);
	if (error->number)
		print_errno(out, error->number);
	else
		fputs(error->object, out);
	putc('\n', out);
	if (hint)
		fprintf(out, "nsrun: hint: %s\n", hint);
	free(hint);
}

void report_error(const struct error *error, const struct plan *plan, const struct facts *facts)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct rlimit files;

	if (!out)
		return;
	if (error->step >= 0) {
		print_step(out, error, plan, facts);
	} else if (error->step == ERROR_PREPARING) {
		fprintf(out, "nsrun: before step 1: %s: ", error->object);
		print_errno(out, error->number);
		putc('\n', out);
		if (error->number == EMFILE && getrlimit(RLIMIT_NOFILE, &files) == 0)
			fprintf(out,
				"nsrun: hint: at most %llu files may be open here (ulimit -n)\n",
				(unsigned long long)files.rlim_cur);
	} else {
		fprintf(out, "nsrun: %s\n", error->object);
	}
	fclose(out);
	text_write_all(STDERR_FILENO, text, length);
	free(text);
}

int report_status(const struct error *error, const struct plan *plan)
{
	if (error->step >= 0 && plan->steps[error->step].kind == &command_exec && error->number)
		return command_status(error);
	return STATUS_FAILED;
}
