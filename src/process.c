#include "process.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "sys.h"

static int make_process(struct launch *launch, const struct step *step, struct error *error)
{
	const struct process_clone_call *call = step->argument;
	unsigned flags = call->flags | (step->actor == OUTSIDE ? 0 : CLONE_PARENT);
	pid_t *pid = &launch->page->pid[call->newborn];

	/* The newborn has the turn from its first moment. */
	launch->newborn = call->newborn;
	launch->page->at++;
	if (sys_clone(launch->enter, launch->stack[call->newborn], flags, launch, pid) < 0)
		return error_call(error);
	return 0;
}

static void show_clone(const struct step *step, enum text_form form, FILE *out)
{
	const struct process_clone_call *call = step->argument;

	if (form == TEXT_CALLS)
		fputs("clone(child_stack=_, flags=", out);
	else
		fprintf(out, "clone(%s, %s, ", step_actors[call->newborn],
			form == TEXT_CODE ? "new_stack()" : "stack");
	namespaces_flag_names(out, call->flags);
	fputs(namespaces_of(call->flags) ? "|" : "", out);
	fputs(call->flags & CLONE_VM ? "CLONE_VM|CLONE_VFORK|" : "", out);
	fputs(step->actor == OUTSIDE ? "" : "CLONE_PARENT|", out);
	fputs("CLONE_PARENT_SETTID|SIGCHLD, ", out);
	if (form == TEXT_CODE)
		fprintf(out, "NULL, &pid->%s)", step_actors[call->newborn]);
	else
		fputs(form == TEXT_CALLS ? "parent_tid=_)" : "NULL, &pid)", out);
}

/* In place, or so that the children of this process are in them. */
static int unshare_kinds(struct launch *launch, const struct step *step, struct error *error)
{
	const unsigned *flags = step->argument;

	(void)launch;
	return unshare((int)*flags) < 0 ? error_call(error) : 0;
}

static void show_unshare(const struct step *step, enum text_form form, FILE *out)
{
	(void)form;
	fputs("unshare(", out);
	namespaces_flag_names(out, *(const unsigned *)step->argument);
	putc(')', out);
}

static int die_with_outside(struct launch *launch, const struct step *step, struct error *error)
{
	(void)step;
	return die_with(launch->alive) < 0 ? error_call(error) : 0;
}

static void show_pdeathsig(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	fputs(form == TEXT_CODE ? "die_with(outside)" : "prctl(PR_SET_PDEATHSIG, SIGKILL)", out);
}

/* All signals are blocked here, so that tcsetpgrp(3) from what is a background group by then does
 * not stop it with SIGTTOU (kernel-traps 50). */
static int take_foreground(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	if (setpgid(0, 0) < 0 || tcsetpgrp(STDIN_FILENO, getpgrp()) < 0)
		return error_call(error);
	return 0;
}

static void show_foreground(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CALLS)
		fputs("setpgid(0, 0)\nioctl(0, TIOCSPGRP, _)", out);
	else
		fprintf(out, "setpgid(0, 0)%stcsetpgrp(0, getpgrp())",
			form == TEXT_CODE ? "\n" : ", ");
}

static int restore_signals(struct launch *launch, const struct step *step, struct error *error)
{
	(void)step;
	/* kernel-traps 68 */
	if (swallow_stops() < 0)
		return error_call(error);
	if (launch->ignores_chld)
		signal(SIGCHLD, SIG_IGN);
	return sys_sigprocmask(SIG_SETMASK, &launch->inherited, NULL) < 0 ? error_call(error) : 0;
}

static void show_signals(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CALLS)
		fputs("rt_sigaction(SIGTSTP, _, _, 8)\nrt_sigaction(SIGTTIN, _, _, 8)\n"
		      "rt_sigaction(SIGTTOU, _, _, 8)\nrt_sigprocmask(SIG_SETMASK, _, NULL, 8)",
			out);
	else
		fprintf(out, "%ssigprocmask(SIG_SETMASK, &inherited, NULL)",
			form == TEXT_CODE ? "swallow_stops()\n" : "");
}

static int stop(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	errno = ECANCELED;
	return error_call(error);
}

static void show_stop(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	(void)form;
	fputs("return -1", out);
}

static int supervise(struct launch *launch, const struct step *step, struct error *error)
{
	(void)step;
	return launch->supervise(launch, error);
}

static void show_supervise(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CALLS)
		fputs("waitid(P_PID, _, _, WNOHANG|WEXITED|WSTOPPED, NULL)", out);
	else if (form == TEXT_CODE)
		fputs("waitpid(pid->inside, &status, 0)", out);
	else
		fputs("waitid(P_PID, pid, &info, WEXITED|WSTOPPED)", out);
}

/* The kinds that a clone or unshare step makes, as a set. */
static unsigned kinds_of(const struct step *step)
{
	const struct process_clone_call *call = step->argument;

	return namespaces_of(step->kind->flags & STEP_CLONES ? call->flags
							     : *(const unsigned *)step->argument);
}

/* Whether nothing that is known here stands against a new user namespace. */
static bool may_have_user(const struct facts *facts)
{
	return (facts->kinds & KIND_BIT(KIND_USER)) && facts->limit[KIND_USER] != 0 &&
	       facts->userns_clone != 0 && facts->chroot != YES && !facts->uid_unmapped &&
	       !facts->gid_unmapped;
}

/* Whether a refused user namespace has none of the causes that can be read: those of
 * create_user_ns in the kernel's kernel/user_namespace.c. */
static bool is_unexplained(const struct facts *facts)
{
	return (facts->probed & KIND_BIT(KIND_USER)) && facts->probe[KIND_USER] == EPERM &&
	       facts->seccomp == 0 && !facts->apparmor[0];
}

static void hint_refused(unsigned kinds, const struct facts *facts, FILE *out)
{
	bool privileged = facts_has_capability(facts, CAP_SYS_ADMIN);

	if (!(kinds & KIND_BIT(KIND_USER))) {
		if (kinds == 0 || privileged)
			return;
		fprintf(out, "CAP_SYS_ADMIN is needed for new namespaces (");
		namespaces_list(out, kinds, " ");
		fprintf(out, "), and uid %u lacks it", (unsigned)facts->uid);
		if (may_have_user(facts))
			fputs("; --user gives it in a new user namespace", out);
	} else if (facts->chroot == YES) {
		fputs("the kernel makes no user namespace in a chroot; use pivot_root instead of it, "
		      "or leave --user out",
			out);
	} else if (facts->userns_clone == 0 && !privileged) {
		fputs("kernel.unprivileged_userns_clone is 0: only root may make user namespaces here",
			out);
	} else if (facts->uid_unmapped || facts->gid_unmapped) {
		fprintf(out, "the caller's %s id is not mapped in the present user namespace",
			facts->uid_unmapped ? "user" : "group");
	} else if (facts->chroot == UNKNOWN && is_unexplained(facts)) {
		fputs("either the root directory was set by chroot(2), in which the kernel makes no "
		      "user namespace (use pivot_root instead of it), or a security module refuses it",
			out);
	}
}

static void hint_limit(int kind, const struct facts *facts, FILE *out)
{
	const struct namespace_kind *n = &namespaces[kind];

	if (facts->limit[kind] == 0) {
		fprintf(out, "no %s namespaces are allowed: /proc/sys/user/%s is 0", n->name,
			n->sysctl);
	} else {
		fprintf(out,
			"a limit on %s namespaces is reached: /proc/sys/user/%s is %lld for uid %u",
			n->name, n->sysctl, facts->limit[kind], (unsigned)facts->uid);
		if (kind == KIND_PID || kind == KIND_USER)
			fputs(", and they nest 32 deep at most", out);
		else
			fputs(", and a user namespace further out may set less", out);
	}
}

int process_refused_kind(unsigned kinds, int number, const struct facts *facts)
{
	if ((facts->probed & KIND_BIT(KIND_USER)) && facts->probe[KIND_USER] == number &&
		(kinds & KIND_BIT(KIND_USER)))
		return KIND_USER;
	for (int i = 0; i < KIND_COUNT; i++)
		if ((kinds & facts->probed & KIND_BIT(i)) && facts->probe[i] == number)
			return i;
	return -1;
}

static void hint_missing(unsigned kinds, const struct facts *facts, FILE *out)
{
	if (!(facts->known & FACT_MACHINE) || !(kinds & ~facts->kinds))
		return;
	fprintf(out, "this kernel, %s, has no such namespaces: ", facts->release);
	namespaces_list(out, kinds & ~facts->kinds, " ");
}

static void hint_foreseen(unsigned kinds, const struct facts *facts, FILE *out)
{
	if (kinds & ~facts->kinds) {
		hint_missing(kinds, facts, out);
		return;
	}
	for (int i = 0; i < KIND_COUNT; i++) {
		if ((kinds & KIND_BIT(i)) && facts->limit[i] == 0) {
			hint_limit(i, facts, out);
			return;
		}
	}
	hint_refused(kinds, facts, out);
}

static void hint_new(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	unsigned kinds = kinds_of(step);
	int kind = process_refused_kind(kinds, error->number, facts);

	if (error->number == ENOMEM && (step->kind->flags & STEP_CLONES) &&
		((const struct process_clone_call *)step->argument)->joined_pid) {
		fprintf(out,
			"the PID namespace of %s has lost its init, so nothing can be started in it",
			((const struct process_clone_call *)step->argument)->joined_pid);
		return;
	}
	if (!(facts->known & FACT_REFUSALS) || !(facts->known & FACT_CAPABILITIES))
		return;
	switch (error->number) {
	case 0:
		hint_foreseen(kinds, facts, out);
		break;
	case EPERM:
		hint_refused(kinds, facts, out);
		break;
	case ENOSPC:
		if (kind >= 0)
			hint_limit(kind, facts, out);
		break;
	case EINVAL:
		hint_missing(kinds, facts, out);
		break;
	case EAGAIN:
		if (facts->process_limit >= 0)
			fprintf(out, "uid %u may have %lld processes (ulimit -u)",
				(unsigned)facts->uid, facts->process_limit);
		break;
	case ENOMEM:
		if (facts->children_elsewhere)
			fputs("the PID namespace for children of this process has lost its init, so "
			      "nothing can be started in it",
				out);
		break;
	}
}

const struct step_kind process_clone = {
	.name = "clone",
	.about = "The process that becomes the command.",
	.manual = "clone(2)",
	.flags = STEP_CLONES | STEP_PRIVILEGED,
	.facts = FACT_PROBES,
	.run = make_process,
	.text = show_clone,
	.hint = hint_new,
};

const struct step_kind process_clone_between = {
	.name = "clone.between",
	.about = "A helper, which makes the command's process and ends.",
	.manual = "clone(2)",
	.flags = STEP_CLONES,
	.facts = FACT_PROBES,
	.run = make_process,
	.text = show_clone,
	.hint = hint_new,
};

const struct step_kind process_unshare_time = {
	.name = "time.unshare",
	.about =
		"Clocks of their own for the children of this process; the wall clock never moves.",
	.manual = "time_namespaces(7)",
	.flags = STEP_PRIVILEGED,
	.facts = FACT_PROBES,
	.run = unshare_kinds,
	.text = show_unshare,
	.hint = hint_new,
};

const struct step_kind process_unshare_user = {
	.name = "user.unshare",
	.about = "A user namespace inside of the caller's, or of the one that was joined.",
	.manual = "user_namespaces(7)",
	.flags = STEP_PRIVILEGED,
	.facts = FACT_PROBES,
	.run = unshare_kinds,
	.text = show_unshare,
	.hint = hint_new,
};

const struct step_kind process_unshare = {
	.name = "unshare",
	.about = "This very process moves into new namespaces.",
	.manual = "unshare(2)",
	.flags = STEP_PRIVILEGED,
	.facts = FACT_PROBES,
	.run = unshare_kinds,
	.text = show_unshare,
	.hint = hint_new,
};

const struct step_kind process_pdeathsig = {
	.name = "pdeathsig",
	.about = "It dies with nsrun, whatever ends nsrun.",
	.manual = "prctl(2)",
	.run = die_with_outside,
	.text = show_pdeathsig,
};

const struct step_kind process_foreground = {
	.name = "foreground",
	.about = "The shell leads a process group of its own in the terminal's foreground.",
	.manual = "tcsetpgrp(3)",
	.run = take_foreground,
	.text = show_foreground,
};

const struct step_kind process_signals = {
	.name = "signals",
	.about = "The command gets the signal mask that nsrun was started with.",
	.manual = "sigprocmask(2)",
	.run = restore_signals,
	.text = show_signals,
	.optional = true,
};

const struct step_kind process_stop = {
	.name = "stop",
	.about = "Nothing is executed: the launch was tried, and is undone.",
	.manual = "nsrun(1)",
	.run = stop,
	.text = show_stop,
};

const struct step_kind process_supervise = {
	.name = "supervise",
	.about = "Signals go to the command; its end is nsrun's.",
	.manual = "waitid(2)",
	.flags = STEP_ENDS,
	.run = supervise,
	.text = show_supervise,
};
