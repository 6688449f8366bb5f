#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "facts.h"
#include "launch.h"
#include "text.h"

static int enter(struct launch *launch, const struct step *step, struct error *error)
{
	char text[16];
	int length = snprintf(text, sizeof text, "%d", launch->page->pid[INSIDE]);
	int fd = open(step->argument, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, (size_t)length) < 0 || close(fd) < 0)
		return error_call(error);
	return 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	fputs(form == TEXT_CALLS ? "openat(AT_FDCWD, " : "write(", out);
	text_c_string(out, step->argument);
	fputs(form == TEXT_CALLS ? ", O_WRONLY|O_CLOEXEC)\nwrite(_, _, _)\nclose(_)" : ", PID)",
		out);
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
