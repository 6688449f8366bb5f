#include "mount.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "facts.h"
#include "procfs.h"

static int set_propagation(struct launch *launch, const struct step *step, struct error *error)
{
	const struct mount_propagation *call = step->argument;

	(void)launch;
	if (mount(NULL, call->target, NULL, MS_REC | call->flag, NULL) < 0)
		return error_call(error);
	return 0;
}

static void show_propagation(const struct step *step, enum text_form form, FILE *out)
{
	const struct mount_propagation *call = step->argument;

	fputs("mount(NULL, ", out);
	step_string(out, form, call->target);
	fprintf(out, ", NULL, MS_REC|%s, NULL)", call->flag_name);
}

/* kernel-traps 78 */
static void hint_propagation(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	const struct mount_propagation *call = step->argument;

	if (strcmp(call->target, "/") != 0 || !(facts->known & FACT_REFUSALS))
		return;
	if ((error->number == EINVAL || error->number == 0) && !facts->root_is_mount)
		fputs("the root directory is no mount point here (a chroot), so the kernel gives no "
		      "private tree; use `mount --bind DIR DIR` before the chroot, or pivot_root "
		      "instead of it",
			out);
}

static int new_proc(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_call(error);
	return 0;
}

static void show_proc(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	(void)form;
	fputs("mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)", out);
}

static void hint_proc(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct mount_proc_call *call = step->argument;

	procfs_hint_new(error, facts, call->in_user_namespace, call->in_pid_namespace, out);
}

const struct step_kind mount_private = {
	.name = "mount.private",
	.flags = STEP_PRIVILEGED,
	.about = "No mount made here reaches the host, and none of the host's arrives.",
	.manual = "mount_namespaces(7)",
	.run = set_propagation,
	.text = show_propagation,
	.hint = hint_propagation,
};

const struct step_kind mount_slave = {
	.name = "mount.slave",
	.flags = STEP_PRIVILEGED,
	.about = "No mount made here reaches the host; those of the host arrive.",
	.manual = "mount_namespaces(7)",
	.run = set_propagation,
	.text = show_propagation,
	.hint = hint_propagation,
};

const struct step_kind mount_shared = {
	.name = "mount.shared",
	.flags = STEP_PRIVILEGED,
	.about = "Mounts go both ways where the host's were shared already.",
	.manual = "mount_namespaces(7)",
	.run = set_propagation,
	.text = show_propagation,
	.hint = hint_propagation,
};

const struct step_kind mount_proc = {
	.name = "mount.proc",
	.flags = STEP_PRIVILEGED,
	.about = "ps and /proc show the new PID namespace.",
	.manual = "proc(5)",
	.run = new_proc,
	.text = show_proc,
	.hint = hint_proc,
};
