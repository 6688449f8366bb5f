#include "idmap.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "procfs.h"
#include "sys.h"
#include "text.h"

/* The kernel takes less than a page. */
enum { PAGE = 4096 };

/* The file of a child, for outside; not where its number means another process (ESRCH). */
static int write_from_outside(const struct launch *launch, const struct idmap_file *map)
{
	pid_t seen = proc_pid();

	/* Without a proc, open(2) says so. */
	if (seen >= 0 && seen != getpid()) {
		errno = ESRCH;
		return -1;
	}
	return write_file_of(launch->page->pid[map->first], map->name, map->text);
}

static int write_map(struct launch *launch, const struct step *step, struct error *error)
{
	const struct idmap_file *map = step->argument;
	int result = map->from_outside ? write_from_outside(launch, map)
				       : write_file(launch->own_proc, map->own_path, map->text);

	return result < 0 ? error_call(error) : 0;
}

static void show_code(const struct idmap_file *map, FILE *out)
{
	if (map->from_outside)
		fprintf(out, "write_file_of(pid->%s, \"%s\", ", step_actors[map->first], map->name);
	else
		fprintf(out, "write_file(%s, \"%s\", ",
			map->own_path[0] == '/' ? "AT_FDCWD" : "own_proc", map->own_path);
	step_string(out, TEXT_CODE, map->text);
	putc(')', out);
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	const struct idmap_file *map = step->argument;
	const char *owner = !map->from_outside ? "self" : form == TEXT_CALLS ? "_" : "PID";

	if (form == TEXT_CODE) {
		show_code(map, out);
		return;
	}
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

	if (!(facts->known & FACT_REFUSALS) || procfs_hint_write(error, facts, map->name, out))
		return;
	if (error->number == ESRCH)
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
