#include "nested.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "procfs.h"
#include "text.h"

#define LIMIT_FILE "/proc/sys/user/max_user_namespaces"

static int limit(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	return write_file(AT_FDCWD, LIMIT_FILE, "1") < 0 ? error_call(error) : 0;
}

static void show_limit(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CODE)
		fputs("write_file(AT_FDCWD, \"" LIMIT_FILE "\", \"1\")", out);
	else
		fputs(form == TEXT_CALLS ? "openat(AT_FDCWD, \"" LIMIT_FILE
					   "\", O_WRONLY|O_CLOEXEC)\nwrite(_, \"1\", 1)"
					 : "write(\"" LIMIT_FILE "\", \"1\", 1)",
			out);
}

/* The maps of a process that is not dumpable belong to root (kernel-traps 18, 81). */
static int run_nested(struct launch *launch, const struct step *step, struct error *error)
{
	const struct nested_call *call = step->argument;

	(void)launch;
	if (call->not_dumpable && prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_call(error);
	if (nest(call->users, call->groups) < 0)
		return error_call(error);
	if (call->not_dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_call(error);
	return 0;
}

static void code_nested(const struct nested_call *call, FILE *out)
{
	fputs(call->not_dumpable ? "prctl(PR_SET_DUMPABLE, 1)\nnest(" : "nest(", out);
	step_string(out, TEXT_CODE, call->users);
	fputs(", ", out);
	step_string(out, TEXT_CODE, call->groups);
	fputs(call->not_dumpable ? ")\nprctl(PR_SET_DUMPABLE, 0)" : ")", out);
}

static void show_nested(const struct step *step, enum text_form form, FILE *out)
{
	const struct nested_call *call = step->argument;

	if (form == TEXT_CODE) {
		code_nested(call, out);
		return;
	}
	if (form == TEXT_CALL) {
		fputs("unshare(CLONE_NEWUSER)", out);
		return;
	}
	if (call->not_dumpable)
		fputs("prctl(PR_SET_DUMPABLE, SUID_DUMP_USER)\n", out);
	fputs("pipe2(_, O_CLOEXEC)\nclone(child_stack=_, flags=CLONE_PARENT_SETTID, parent_tid=_)\n"
	      "unshare(CLONE_NEWUSER)\nwrite(_, \"\\0\", 1)\n"
	      "openat(AT_FDCWD, \"/proc/_/gid_map\", O_WRONLY|O_CLOEXEC)\nwrite(_, ",
		out);
	text_c_string(out, call->groups);
	fprintf(out, ", %zu)\nopenat(AT_FDCWD, \"/proc/_/uid_map\", O_WRONLY|O_CLOEXEC)\nwrite(_, ",
		strlen(call->groups));
	text_c_string(out, call->users);
	fprintf(out, ", %zu)", strlen(call->users));
	if (call->not_dumpable)
		fputs("\nprctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)", out);
}

static int check_sealed(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	if (unshare(CLONE_NEWUSER) < 0)
		return 0;
	error->number = 0;
	snprintf(error->object, sizeof error->object, "it made a further user namespace");
	return -1;
}

static void show_sealed(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	fputs("unshare(CLONE_NEWUSER)", out);
	fputs(form == TEXT_CODE ? " < 0 ? 0 : -1" : "", out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	(void)step;
	if (!procfs_hint_write(error, facts, "the limit", out) && (facts->known & FACT_REFUSALS) &&
		error->number == EROFS && facts->covered[0])
		fprintf(out, "other mounts cover parts of /proc: %s", facts->covered);
}

static void hint_nested(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	(void)step;
	(void)facts;
	if (error->number == ENOSPC)
		fputs("user namespaces nest 32 deep at most, and each outer one may limit their number",
			out);
}

const struct step_kind user_limit = {
	.name = "user.limit",
	.about = "One user namespace may be made in this one, and no more.",
	.manual = "namespaces(7)",
	.flags = STEP_PRIVILEGED,
	.run = limit,
	.text = show_limit,
	.hint = hint,
};

const struct step_kind user_nested = {
	.name = "user.nested",
	.about = "That one, with the same ids: the limit is out of the command's reach.",
	.manual = "user_namespaces(7)",
	/* Its credentials are new, and memory shared with outside must not be theirs. */
	.flags = STEP_CHANGES_IDS | STEP_PRIVILEGED,
	.run = run_nested,
	.text = show_nested,
	.hint = hint_nested,
};

const struct step_kind user_sealed = {
	.name = "user.sealed",
	.about = "It must fail: no further user namespace can be made.",
	.manual = "user_namespaces(7)",
	.run = check_sealed,
	.text = show_sealed,
};
