#include "cgroup.h"

#include <errno.h>
#include <stdio.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "text.h"

static int enter(struct launch *launch, const struct step *step, struct error *error)
{
	if (enter_cgroup(step->argument, launch->page->pid[INSIDE]) < 0)
		return error_call(error);
	return 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	static const char *const before[] = {"write(", "openat(AT_FDCWD, ", "enter_cgroup("};
	static const char *const behind[] = {", PID)",
		", O_WRONLY|O_CLOEXEC)\nwrite(_, _, _)\nclose(_)", ", pid->inside)"};

	fputs(before[form], out);
	step_string(out, form, step->argument);
	fputs(behind[form], out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	(void)step;
	if (error->number == EACCES && facts->uid != 0)
		fprintf(out,
			"uid %u may not write there: who moves a process needs that in both cgroups "
			"and in the one above them, cgroups(7)",
			(unsigned)facts->uid);
	else if (error->number == EBUSY)
		fputs("that cgroup hands controllers down to others, so it takes no processes",
			out);
}

const struct step_kind cgroup_enter = {
	.name = "cgroup.enter",
	.about = "The command is put into that cgroup, and so are its children.",
	.manual = "cgroups(7)",
	.run = enter,
	.text = show,
	.hint = hint,
};
