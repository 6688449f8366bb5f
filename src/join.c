#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "sys.h"
#include "text.h"

static int set_dumpable(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	return prctl(PR_SET_DUMPABLE, step->kind == &join_show) < 0 ? error_call(error) : 0;
}

static void show_dumpable(const struct step *step, enum text_form form, FILE *out)
{
	int on = step->kind == &join_show;

	if (form == TEXT_CALLS)
		fprintf(out, "prctl(PR_SET_DUMPABLE, SUID_DUMP_%s)", on ? "USER" : "DISABLE");
	else
		fprintf(out, "prctl(PR_SET_DUMPABLE, %d)", on);
}

/* A number may have become another process's since it was looked at: not while that one lives. */
static int open_process(struct launch *launch, const struct step *step, struct error *error)
{
	const struct join_opening *call = step->argument;
	struct pollfd ended = {.fd = call->alive, .events = POLLIN};
	int fd = sys_pidfd_open(call->pid);

	if (fd < 0)
		return error_call(error);
	launch->joined[call->slot] = fd;
	if (poll(&ended, 1, 0) != 0) {
		errno = ESRCH;
		return error_call(error);
	}
	return 0;
}

static void show_open_process(const struct step *step, enum text_form form, FILE *out)
{
	const struct join_opening *call = step->argument;

	if (form == TEXT_CODE)
		fprintf(out, "joined[%d] = syscall(SYS_pidfd_open, %d, 0)", call->slot, call->pid);
	else
		fprintf(out, "pidfd_open(%d, 0)", call->pid);
}

static void hint_gone(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct join_opening *call = step->argument;

	(void)facts;
	if (error->number == ESRCH)
		fprintf(out, "process %d has ended since nsrun looked at it", call->pid);
}

static int open_flags(const struct step *step)
{
	return step->kind == &join_open_directory ? O_PATH | O_DIRECTORY | O_CLOEXEC
						  : O_RDONLY | O_CLOEXEC;
}

static int open_path(struct launch *launch, const struct step *step, struct error *error)
{
	const struct join_opening *call = step->argument;
	int fd = open(call->path, open_flags(step));

	if (fd < 0)
		return error_call(error);
	launch->joined[call->slot] = fd;
	return 0;
}

/* O_RDONLY is 0, and strace(1) names it with O_PATH too. */
static void show_flags(bool directory, enum text_form form, FILE *out)
{
	fputs(directory && form != TEXT_CALLS ? ", " : ", O_RDONLY|", out);
	fputs(directory ? "O_PATH|O_DIRECTORY|O_CLOEXEC)" : "O_CLOEXEC)", out);
}

static void show_open_path(const struct step *step, enum text_form form, FILE *out)
{
	const struct join_opening *call = step->argument;
	bool directory = step->kind == &join_open_directory;

	if (form == TEXT_CODE)
		fprintf(out, "joined[%d] = ", call->slot);
	fputs(form == TEXT_CALLS ? "openat(AT_FDCWD, " : "open(", out);
	step_string(out, form, call->path);
	show_flags(directory, form, out);
}

static int open_self(struct launch *launch, const struct step *step, struct error *error)
{
	(void)step;
	launch->own_proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return launch->own_proc < 0 ? error_call(error) : 0;
}

static void show_open_self(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	fputs(form == TEXT_CODE ? "own_proc = " : "", out);
	fputs(form == TEXT_CALLS ? "openat(AT_FDCWD, " : "open(", out);
	fputs("\"/proc/self\"", out);
	show_flags(true, form, out);
}

static int enter(struct launch *launch, const struct step *step, struct error *error)
{
	const struct join_entering *call = step->argument;
	unsigned flags = namespaces_flags(call->kinds);

	return setns(launch->joined[call->slot], (int)flags) < 0 ? error_call(error) : 0;
}

static void show_enter(const struct step *step, enum text_form form, FILE *out)
{
	const struct join_entering *call = step->argument;

	if (form == TEXT_CALLS)
		fputs("setns(_, ", out);
	else if (form == TEXT_CODE)
		fprintf(out, "setns(joined[%d], ", call->slot);
	else
		fprintf(out, "setns(%s, ", call->pid ? "pidfd" : "file");
	namespaces_flag_names(out, namespaces_flags(call->kinds));
	putc(')', out);
}

/* Who may join: ns_capable(CAP_SYS_ADMIN) in the user namespace that owns what is joined. */
static void hint_refused(const struct join_entering *call, const struct facts *facts, FILE *out)
{
	unsigned uid = (unsigned)facts->uid;

	if (call->kinds & KIND_BIT(KIND_USER)) {
		if (call->owner >= 0 && call->owner != (long long)uid)
			fprintf(out,
				"that user namespace was made by uid %lld; who joins it needs to be "
				"that user, or to have CAP_SYS_ADMIN in it (sudo)",
				call->owner);
		return;
	}
	if (facts_has_capability(facts, CAP_SYS_ADMIN))
		return;
	fprintf(out, "CAP_SYS_ADMIN is needed to join namespaces (");
	namespaces_list(out, call->kinds, " ");
	fprintf(out, "), and uid %u lacks it", uid);
	if (call->foreign_user)
		fprintf(out, "; --join its user namespace too, which gives it there");
	else
		fputs("; sudo gives it", out);
}

static void hint_enter(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	const struct join_entering *call = step->argument;
	/* What is owned by a user namespace that was joined before, the caller may join. */
	bool foreseen = error->number == 0 && !call->after_user &&
			!facts_has_capability(facts, CAP_SYS_ADMIN);

	if (!(facts->known & FACT_CAPABILITIES))
		return;
	if (error->number == EPERM || foreseen)
		hint_refused(call, facts, out);
	else if (error->number == ESRCH)
		fprintf(out, "process %d has ended since nsrun looked at it", call->pid);
}

/* Groups that belong to the caller elsewhere are dropped where that is allowed (kernel-traps 20). */
static int take_ids(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	return become_root() < 0 ? error_call(error) : 0;
}

static void show_ids(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CODE)
		fputs("become_root()", out);
	else
		fputs(form == TEXT_CALLS ? "setgid(0)\nsetgroups(0, NULL)\nsetuid(0)"
					 : "setgid(0), setgroups(0, NULL), setuid(0)",
			out);
}

static int take_root(struct launch *launch, const struct step *step, struct error *error)
{
	const struct join_place *place = step->argument;

	if (fchdir(launch->joined[place->root]) < 0 || chroot(".") < 0 ||
		fchdir(launch->joined[place->directory]) < 0)
		return error_call(error);
	return 0;
}

static void show_root(const struct step *step, enum text_form form, FILE *out)
{
	const struct join_place *place = step->argument;

	if (form == TEXT_CODE)
		fprintf(out, "fchdir(joined[%d])\nchroot(\".\")\nfchdir(joined[%d])", place->root,
			place->directory);
	else
		fputs(form == TEXT_CALLS ? "fchdir(_)\nchroot(\".\")\nfchdir(_)"
					 : "fchdir(root), chroot(\".\"), fchdir(directory)",
			out);
}

static int find_directory(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	return go_to(step->argument) < 0 ? error_call(error) : 0;
}

static void show_directory(const struct step *step, enum text_form form, FILE *out)
{
	fputs(form == TEXT_CODE ? "go_to(" : "chdir(", out);
	step_words(out, form, step->argument);
	putc(')', out);
}

const struct step_kind join_hide = {
	.name = "join.hide",
	.about = "No process of the joined namespaces can trace this one before the exec.",
	.manual = "ptrace(2)",
	.run = set_dumpable,
	.text = show_dumpable,
};

const struct step_kind join_show = {
	.name = "join.show",
	.about = "For the moment in which it writes its own id maps.",
	.manual = "user_namespaces(7)",
	.run = set_dumpable,
	.text = show_dumpable,
};

const struct step_kind join_open_process = {
	.name = "join.process",
	.about = "A handle of that process, to be used when its number may be out of sight.",
	.manual = "pidfd_open(2)",
	.run = open_process,
	.text = show_open_process,
	.hint = hint_gone,
};

const struct step_kind join_open_file = {
	.name = "join.file",
	.about = "A handle of that namespace, to be used when its file may be out of sight.",
	.manual = "namespaces(7)",
	.run = open_path,
	.text = show_open_path,
};

const struct step_kind join_open_directory = {
	.name = "join.place",
	.about = "A handle of that directory, to be used when its path may be out of sight.",
	.manual = "proc(5)",
	.run = open_path,
	.text = show_open_path,
};

const struct step_kind join_open_self = {
	.name = "join.self",
	.about = "A handle of its own files in /proc, which will be out of sight.",
	.manual = "proc(5)",
	.run = open_self,
	.text = show_open_self,
};

const struct step_kind join_enter = {
	.name = "join.enter",
	.about = "The process enters namespaces that exist; a PID namespace only its children.",
	.manual = "setns(2)",
	.flags = STEP_PRIVILEGED,
	.run = enter,
	.text = show_enter,
	.hint = hint_enter,
};

const struct step_kind join_ids = {
	.name = "join.ids",
	.about = "Root of the joined user namespace, where that has the id 0; else as before.",
	.manual = "setuid(2)",
	.flags = STEP_CHANGES_IDS,
	.optional = true,
	.run = take_ids,
	.text = show_ids,
};

const struct step_kind join_root = {
	.name = "join.root",
	.about = "Root and working directory of that process.",
	.manual = "chroot(2)",
	.flags = STEP_PRIVILEGED,
	.run = take_root,
	.text = show_root,
};

const struct step_kind join_directory = {
	.name = "join.directory",
	.about = "The same working directory, if it is there; else /.",
	.manual = "chdir(2)",
	.optional = true,
	.run = find_directory,
	.text = show_directory,
};
