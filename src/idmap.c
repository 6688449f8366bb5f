#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "launch.h"
#include "text.h"

/* Inside leaves its descriptor to the exec, which closes it. */
static int write_map(struct launch *launch, const struct step *step, struct error *error)
{
	const struct idmap_file *map = step->argument;
	size_t length = strlen(map->text);
	char path[64];
	int fd;

	if (map->from_outside)
		snprintf(path, sizeof path, "/proc/%d/%s", launch->page->pid[INSIDE], map->name);
	else
		snprintf(path, sizeof path, "/proc/self/%s", map->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map->text, length) != (ssize_t)length)
		return error_call(error);
	if (map->from_outside && close(fd) < 0)
		return error_call(error);
	return 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	const struct idmap_file *map = step->argument;
	const char *owner = !map->from_outside ? "self" : form == TEXT_CALLS ? "_" : "PID";

	if (form == TEXT_CALLS)
		fprintf(out, "openat(AT_FDCWD, \"/proc/%s/%s\", O_WRONLY|O_CLOEXEC)\nwrite(_, ",
			owner, map->name);
	else
		fprintf(out, "write(\"/proc/%s/%s\", ", owner, map->name);
	text_c_string(out, map->text);
	fprintf(out, ", %zu)", strlen(map->text));
	if (form == TEXT_CALLS && map->from_outside)
		fputs("\nclose(_)", out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct idmap_file *map = step->argument;

	if ((facts->known & FACT_REFUSALS) && error->number == ENOENT && !facts->proc_mounted)
		fprintf(out, "no proc is mounted at /proc, and %s is written there", map->name);
}

const struct step_kind user_setgroups = {
	.name = "user.setgroups",
	.about = "No process inside may change its supplementary groups.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};

const struct step_kind user_gid_map = {
	.name = "user.gid_map",
	.about = "Group ids: inside, outside, how many; all others read 65534.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};

const struct step_kind user_uid_map = {
	.name = "user.uid_map",
	.about = "User ids: inside, outside, how many; all others read 65534.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};
