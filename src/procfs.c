#include "procfs.h"

#include <errno.h>
#include <string.h>

/* In a user namespace the kernel mounts a new proc only where a whole one is visible already
 * (mount_too_revealing in its fs/namespace.c; kernel-traps 28). */
void procfs_hint_new(const struct error *error, const struct facts *facts, bool in_user_namespace,
	bool in_pid_namespace, FILE *out)
{
	if (!(facts->known & FACT_REFUSALS))
		return;
	if (error->number == ENOENT)
		fputs("there is no directory /proc here; use --no-proc", out);
	else if (error->number == ENOSPC && facts->mount_max > 0)
		fprintf(out, "this mount namespace has %ld mounts, and fs.mount-max is %ld",
			facts->mounts, facts->mount_max);
	if ((error->number != EPERM && error->number != 0) ||
		(!in_user_namespace && !facts->nested_user))
		return;
	if (in_user_namespace && !in_pid_namespace)
		fputs("in a new user namespace the kernel mounts a proc only with a new PID "
		      "namespace; add --pid",
			out);
	else if (facts->covered[0])
		fprintf(out,
			"%s %s covered by another mount, so the kernel refuses a new proc here; use "
			"--no-proc",
			facts->covered, strstr(facts->covered, ", ") ? "are" : "is");
	else if (!facts->proc_mounted)
		fputs("no proc is mounted at /proc, so the kernel refuses a new one in a user "
		      "namespace; use --no-proc",
			out);
	else if (facts->proc_read_only)
		fputs("/proc is mounted read-only, so the kernel refuses a new proc here; use "
		      "--no-proc",
			out);
}

bool procfs_hint_open(const struct error *error, const struct facts *facts, const char *what,
	FILE *out)
{
	if (!(facts->known & FACT_REFUSALS) || facts->proc_mounted ||
		(error->number != ENOENT && error->number != 0))
		return false;
	fprintf(out, "no proc is mounted at /proc, and %s there", what);
	return true;
}

bool procfs_hint_write(const struct error *error, const struct facts *facts, const char *what,
	FILE *out)
{
	char written[64];

	snprintf(written, sizeof written, "%s is written", what);
	if (procfs_hint_open(error, facts, written, out))
		return true;
	if (!(facts->known & FACT_REFUSALS) || !facts->proc_read_only ||
		(error->number != EROFS && error->number != 0))
		return false;
	fprintf(out, "/proc is mounted read-only, and %s there", written);
	return true;
}
