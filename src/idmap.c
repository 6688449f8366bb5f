#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "launch.h"
#include "sys.h"
#include "text.h"

/* The kernel takes less than a page. */
enum { PAGE = 4096 };

/* The file of a child, for outside; not where its number means another process (ESRCH). */
static int open_from_outside(const struct launch *launch, const struct idmap_file *map)
{
	char path[64];
	pid_t seen = sys_proc_pid();

	/* Without a proc, open(2) says so. */
	if (seen >= 0 && seen != getpid()) {
		errno = ESRCH;
		return -1;
	}
	snprintf(path, sizeof path, "/proc/%d/%s", launch->page->pid[map->first], map->name);
	return open(path, O_WRONLY | O_CLOEXEC);
}

/* A child leaves its descriptor to its end or its exec, which closes it. */
static int write_map(struct launch *launch, const struct step *step, struct error *error)
{
	const struct idmap_file *map = step->argument;
	size_t length = strlen(map->text);
	int fd = map->from_outside ? open_from_outside(launch, map)
				   : openat(launch->own_proc, map->own_path, O_WRONLY | O_CLOEXEC);

	/* All of it or none: the kernel takes no second write. */
	if (fd < 0 || write(fd, map->text, length) < 0)
		return error_call(error);
	if (map->from_outside && close(fd) < 0)
		return error_call(error);
	return 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	const struct idmap_file *map = step->argument;
	const char *owner = !map->from_outside ? "self" : form == TEXT_CALLS ? "_" : "PID";

	if (form == TEXT_CALLS && !map->from_outside && map->own_path[0] != '/')
		fprintf(out, "openat(_, \"%s\", O_WRONLY|O_CLOEXEC)\nwrite(_, ", map->own_path);
	else if (form == TEXT_CALLS)
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

	if (!(facts->known & FACT_REFUSALS))
		return;
	if ((error->number == ENOENT || error->number == 0) && !facts->proc_mounted)
		fprintf(out, "no proc is mounted at /proc, and %s is written there", map->name);
	else if ((error->number == EROFS || error->number == 0) && facts->proc_read_only)
		fprintf(out, "/proc is mounted read-only, and %s is written there", map->name);
	else if (error->number == ESRCH)
		fputs("/proc belongs to another PID namespace than nsrun's, and shows its child under "
		      "another number or not at all",
			out);
	else if (error->number == EINVAL && strlen(map->text) >= PAGE)
		fputs("the kernel takes no map of 4096 bytes or more, user_namespaces(7)", out);
	else if (error->number == EPERM && facts->uid == 0 &&
		 !facts_has_capability(facts, CAP_SETFCAP))
		fputs("mapping root wants CAP_SETFCAP since Linux 5.12, and the caller lacks it",
			out);
}

const struct step_kind user_setgroups = {
	.name = "user.setgroups",
	.flags = STEP_PRIVILEGED,
	.about = "No process inside may change its supplementary groups.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};

const struct step_kind user_gid_map = {
	.name = "user.gid_map",
	.flags = STEP_PRIVILEGED,
	.about = "Group ids: inside, outside, how many; all others read 65534.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};

const struct step_kind user_uid_map = {
	.name = "user.uid_map",
	.flags = STEP_PRIVILEGED,
	.about = "User ids: inside, outside, how many; all others read 65534.",
	.manual = "user_namespaces(7)",
	.run = write_map,
	.text = show,
	.hint = hint,
};
