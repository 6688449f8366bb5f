#include "nested.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "facts.h"
#include "launch.h"
#include "sys.h"
#include "text.h"

#define LIMIT_FILE "/proc/sys/user/max_user_namespaces"

/* Of the child that writes the maps: two paths. */
enum { SCRIBE_STACK = 8192 };

/* What the child is told. */
struct scribe {
	const struct nested_call *call;
	pid_t number; /* of its parent, in /proc */
	int go[2];    /* a byte: there is a namespace; an end of file: there is none */
};

/* Exec closes the descriptor, as it does those of the maps. */
static int limit(struct launch *launch, const struct step *step, struct error *error)
{
	int fd = open(LIMIT_FILE, O_WRONLY | O_CLOEXEC);

	(void)launch;
	(void)step;
	return fd < 0 || write(fd, "1", 1) < 0 ? error_call(error) : 0;
}

static void show_limit(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	fputs(form == TEXT_CALLS ? "openat(AT_FDCWD, \"" LIMIT_FILE
				   "\", O_WRONLY|O_CLOEXEC)\nwrite(_, \"1\", 1)"
				 : "write(\"" LIMIT_FILE "\", \"1\", 1)",
		out);
}

static int write_map(pid_t number, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", number, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
}

/* The child.  Its status is an errno, or 0. */
static int write_maps(void *argument)
{
	const struct scribe *scribe = argument;
	char byte;
	ssize_t n;
	int result;

	close(scribe->go[1]);
	while ((n = read(scribe->go[0], &byte, 1)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return 0;
	result = write_map(scribe->number, "gid_map", scribe->call->groups);
	return result ? result : write_map(scribe->number, "uid_map", scribe->call->users);
}

/* Waits for the child, also where SIGCHLD is ignored: it has no such signal. */
static int end_scribe(pid_t pid)
{
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | __WALL) < 0)
		if (errno != EINTR)
			return -1;
	errno = info.si_code == CLD_EXITED ? info.si_status : EINTR;
	return errno ? -1 : 0;
}

static int nest(const struct nested_call *call)
{
	char stack[SCRIBE_STACK] __attribute__((aligned(16)));
	struct scribe scribe = {.call = call, .number = sys_proc_pid()};
	pid_t pid = 0;
	int result, number;

	if (pipe2(scribe.go, O_CLOEXEC) < 0)
		return -1;
	if (sys_clone(write_maps, stack + sizeof stack, 0, &scribe, &pid) < 0)
		return -1;
	close(scribe.go[0]);
	result = unshare(CLONE_NEWUSER);
	if (result == 0)
		result = write(scribe.go[1], "", 1) == 1 ? 0 : -1;
	number = errno;
	close(scribe.go[1]);
	if (result == 0)
		return end_scribe(pid);
	end_scribe(pid);
	errno = number;
	return -1;
}

/* The maps of a process that is not dumpable belong to root (kernel-traps 18, 81). */
static int run_nested(struct launch *launch, const struct step *step, struct error *error)
{
	const struct nested_call *call = step->argument;

	(void)launch;
	if (call->not_dumpable && prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_call(error);
	if (nest(call) < 0)
		return error_call(error);
	if (call->not_dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_call(error);
	return 0;
}

static void show_nested(const struct step *step, enum text_form form, FILE *out)
{
	const struct nested_call *call = step->argument;

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
	(void)form;
	fputs("unshare(CLONE_NEWUSER)", out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	(void)step;
	if (!(facts->known & FACT_REFUSALS))
		return;
	if ((error->number == ENOENT || error->number == 0) && !facts->proc_mounted)
		fputs("no proc is mounted at /proc, and the limit is written there", out);
	else if ((error->number == EROFS || error->number == 0) && facts->proc_read_only)
		fputs("/proc is mounted read-only, and the limit is written there", out);
	else if (error->number == EROFS && facts->covered[0])
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
